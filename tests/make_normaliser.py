"""Write dedup/normaliser.npz from this Python's Unicode data: `python tests/make_normaliser.py`, after a change of the rules."""

from pathlib import Path

import numpy as np

from dedup import normalise

if __name__ == "__main__":
    target = Path(normalise.__file__).with_name("normaliser.npz")
    with target.open("wb") as file:
        np.savez_compressed(file, **normalise.build_tables()._asdict())
