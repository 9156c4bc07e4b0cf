"""Near-duplicates with datasketch: MinHash, MinHashLSH, union-find, the way its documentation strings them together.

Usage: python datasketch_script.py ROWS.jsonl --shingle N --num-perm N --bands B --rows R --threshold T --workers N
One process; candidates are not verified. A row without a word is in no cluster.
"""

from __future__ import annotations

from common import UnionFind, parse_arguments, print_found, read_shingles
from datasketch import MinHash, MinHashLSH


def main() -> None:
    """Sketch every row, index all, query each, join what the index returns."""
    options = parse_arguments(__doc__)
    shingles = ([s.encode() for s in row] for row in read_shingles(options.input, options.shingle))
    sketches = MinHash.bulk(shingles, num_perm=options.num_perm)
    lsh = MinHashLSH(num_perm=options.num_perm, params=(options.bands, options.rows))
    for row, sketch in enumerate(sketches):
        if not sketch.is_empty():
            lsh.insert(row, sketch)
    sets, n_pairs = UnionFind(len(sketches)), 0
    for row, sketch in enumerate(sketches):
        for other in [] if sketch.is_empty() else lsh.query(sketch):
            if other < row:
                sets.join(other, row)
                n_pairs += 1
    kept, clusters = sets.count()
    print_found(len(sketches), kept, clusters, n_pairs)


if __name__ == "__main__":
    main()
