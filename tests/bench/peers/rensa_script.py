"""Near-duplicates with rensa: RMinHash in bulk, RMinHashLSH, union-find.

Usage: python rensa_script.py ROWS.jsonl --shingle N --num-perm N --bands B --rows R --threshold T --workers N
Sketching uses the threads of RAYON_NUM_THREADS; candidates are not verified. A row without a word is in no cluster.
RMinHashLSH wants a number of permutations that its bands divide, so it gets bands * rows of them.
"""

from __future__ import annotations

from common import UnionFind, parse_arguments, print_found, read_shingles
from rensa import RMinHash, RMinHashLSH

SEED = 42


def main() -> None:
    """Sketch every row, index all, query all at once, join what the index returns."""
    options = parse_arguments(__doc__)
    shingles = list(read_shingles(options.input, options.shingle))
    numbers = [number for number, row in enumerate(shingles) if row]
    num_perm = options.bands * options.rows
    sketches = RMinHash.from_token_sets([shingles[number] for number in numbers], num_perm=num_perm, seed=SEED)
    lsh = RMinHashLSH(threshold=options.threshold, num_perm=num_perm, num_bands=options.bands)
    lsh.insert_pairs(zip(numbers, sketches, strict=True))
    sets, n_pairs = UnionFind(len(shingles)), 0
    for number, others in zip(numbers, lsh.query_all(sketches), strict=True):
        for other in others:
            if other < number:
                sets.join(other, number)
                n_pairs += 1
    kept, clusters = sets.count()
    print_found(len(shingles), kept, clusters, n_pairs)


if __name__ == "__main__":
    main()
