"""Archives that nobody wrote: cut off and with bits turned, they are read as far as they go, and what is missing is named.

How long each test goes on is told by `budget`.
"""

from __future__ import annotations

import gzip
import random
import time
from pathlib import Path

import pytest
from budget import share_seconds
from corpora import NEWSROOM

from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.read.warc import read_warc
from dedup.settings import Settings

SECONDS = share_seconds(n_tests=2)
ARCHIVE = NEWSROOM.parent / "formats" / "crawl.warc.gz"


def read_names(path: Path, content: bytes) -> tuple[list[str], Problems]:
    path.write_bytes(content)
    problems = Problems()
    return [record.name for record in read_warc(Input("a", path, ".warc", ""), Settings(), problems)], problems


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_archive_that_is_cut_off_gives_its_first_records(tmp_path, suffix):
    """Where it is cut between records there is nothing to name."""
    content = ARCHIVE.read_bytes() if suffix == ".warc.gz" else gzip.decompress(ARCHIVE.read_bytes())
    path = tmp_path / f"a{suffix}"
    whole, _ = read_names(path, content)
    end, step = time.monotonic() + SECONDS, 0
    while step < 20 or time.monotonic() < end:
        at = random.Random(step).randrange(len(content))
        names, problems = read_names(path, content[:at])

        assert names == whole[: len(names)], at
        is_between = content[at:].lstrip(b"\r\n")[:5] in (b"", b"WARC/") or content[at:].startswith(b"\x1f\x8b")
        assert problems.skipped or is_between or at < 2, at
        step += 1


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_archive_with_bits_turned_is_read_as_far_as_it_goes(tmp_path, suffix):
    content = ARCHIVE.read_bytes() if suffix == ".warc.gz" else gzip.decompress(ARCHIVE.read_bytes())
    path = tmp_path / f"a{suffix}"
    whole, _ = read_names(path, content)
    end, seed = time.monotonic() + SECONDS, 0
    while seed < 20 or time.monotonic() < end:
        draw, damaged = random.Random(seed), bytearray(content)
        for _ in range(draw.choice((1, 1, 5, 50))):
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        names, problems = read_names(path, bytes(damaged))

        assert len(names) <= len(whole), seed
        assert suffix == ".warc" or names == whole or problems.skipped.total() + problems.ignored.total() > 0, seed
        seed += 1
