"""Rows with a near-duplicate, by rensa's fastest bulk way: one digest matrix, one-shot flags.

Usage: python rensa_flags_script.py ROWS.jsonl --shingle N --num-perm N --bands B --rows R --threshold T --workers N
It says of each row whether any other is like it, never which one: no pairs, no clusters, and `kept` counts only the
rows without a flag, where the other tools also keep one row of each cluster.
Leaves out: the "rho" digests of rensa's own benchmark. They sample positions of a row, and on rows as short as
paragraphs, at bands as narrow as these, flagged two and a half times as many rows as the full digests.
"""

from __future__ import annotations

from common import parse_arguments, print_found, read_shingles
from rensa import RMinHash, RMinHashLSH

SEED = 42


def main() -> None:
    """Sketch every row into one matrix and ask for all flags at once."""
    options = parse_arguments(__doc__)
    shingles = list(read_shingles(options.input, options.shingle))
    num_perm = options.bands * options.rows
    matrix = RMinHash.digest_matrix_from_token_sets([row for row in shingles if row], num_perm=num_perm, seed=SEED)
    lsh = RMinHashLSH(threshold=options.threshold, num_perm=num_perm, num_bands=options.bands)
    flags = lsh.query_duplicate_flags_matrix_one_shot(matrix)
    print_found(len(shingles), len(shingles) - sum(flags))


if __name__ == "__main__":
    main()
