"""The audit on Apache Spark: the stages and kernels of the local engine, for corpora that one machine does not hold.

What happens: read files, a task some of them -> tell exact copies by their digests -> sketch and band the distinct texts -> pair
bucket mates -> verify candidates -> tie them into components -> learn the copies and the furniture of each source -> describe
whole clusters -> follow runs of words -> describe passages and documents. Each is a stage of Parquet in the work folder. An index
takes its documents from there (see `kept`).

Results are those of the local engine byte for byte: what hangs on the order of the input hangs on numbers that the reader gives
(see `ingest`), and what is learned from a whole corpus is learned from groups that stand in one place (see `sites`).
Leaves out: comparing all pairs (`exact`), standard input, and Documents instead of files.
"""

from dedup.spark.run import audit

__all__ = ["audit"]
