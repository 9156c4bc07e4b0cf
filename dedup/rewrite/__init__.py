"""Files written again in their own format and compression, without what was found to be there twice."""
