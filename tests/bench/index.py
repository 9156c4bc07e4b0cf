"""Build, change and ask an index: `python tests/bench/index.py [--paragraphs 1000000] [--runs 5] [--work-dir DIR]`.

The corpus is made: so many distinct paragraphs, 75 a document, of 12 to 51 words drawn by Zipf's law (200 bytes on average). The
draft has about 1,000 words: a quarter of its paragraphs are published ones with every fifteenth word left out, the rest are new.
A cold check is a whole process; its time is told beside that of `python -c "import numpy"`, run in turns with it. "Nothing cached"
asks the kernel to forget the file first (posix_fadvise). A warm check is a call in a process that has checked before.
Processes run as installed ones do, with their modules compiled: PYTHONDONTWRITEBYTECODE is not handed on to them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from process import run_process

import dedup

WORDS, PER_DOCUMENT, SEED = 50_000, 75, 7
DEDUP = (sys.executable, "-m", "dedup")
NUMPY = (sys.executable, "-c", "import numpy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paragraphs", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    work = options.work_dir or Path(tempfile.mkdtemp(prefix="dedup-index-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        measure(work, options.paragraphs, options.runs)
    finally:
        if not options.work_dir:
            shutil.rmtree(work)


def measure(work: Path, n_paragraphs: int, n_runs: int) -> None:
    corpus, index, draft, article = (work / name for name in ("corpus.jsonl", "archive.dedup", "draft.txt", "article.txt"))
    make_corpus(corpus, n_paragraphs)
    make_draft(corpus, draft, article)
    for old in work.glob("archive.dedup*"):
        old.unlink()
    built = run_process([*DEDUP, "index", "add", str(index), str(corpus), "--quiet"], work / "run", dict(os.environ), 3600)
    held = dedup.Index.open(index).info()
    n_distinct = held["distinct_paragraphs"]
    say(f"build: {built.seconds:.1f} s, peak {built.largest_mb:,.0f} MB, for {n_distinct:,} distinct paragraphs")
    say(f"size: {held['bytes'] / 1e6:,.0f} MB, {held['bytes'] / n_distinct:.0f} bytes a paragraph")
    check = (*DEDUP, "check", str(draft), "--index", str(index), "--quiet")
    run(check)
    cold, numpy = time_in_turns([check, NUMPY], n_runs)
    say(f"cold check: {cold:.3f} s, import numpy {numpy:.3f} s, ratio {cold / numpy:.2f}")
    say(f"cold check, nothing cached: {time_uncached(check, index, n_runs):.3f} s")
    say(f"warm check: {time_warm(index, draft, n_runs) * 1000:.1f} ms")
    add, remove = (*DEDUP, "index", "add", str(index), str(article)), (*DEDUP, "index", "remove", str(index), str(article))
    added, removed = time_in_turns([add, remove], n_runs)
    say(f"add an article of {PER_DOCUMENT} paragraphs: {added:.3f} s, remove it: {removed:.3f} s (whole processes)")


def make_corpus(path: Path, n_paragraphs: int) -> None:
    generator = np.random.default_rng(SEED)
    lengths = generator.integers(2, 9, WORDS)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(letters[generator.integers(0, 26, length)]) for length in lengths]
    weights = 1 / np.arange(1, WORDS + 1) ** 0.9
    sizes = generator.integers(12, 52, n_paragraphs)
    drawn = generator.choice(WORDS, int(sizes.sum()), p=weights / weights.sum())
    ends = np.cumsum(sizes).tolist()
    with path.open("w") as file:
        for first in range(0, n_paragraphs, PER_DOCUMENT):
            some = range(first, min(first + PER_DOCUMENT, n_paragraphs))
            texts = (" ".join(words[word] for word in drawn[ends[i] - sizes[i] : ends[i]]) for i in some)
            file.write(json.dumps({"id": f"d{first // PER_DOCUMENT}", "text": "\n\n".join(texts)}) + "\n")


def make_draft(corpus: Path, draft: Path, article: Path) -> None:
    with corpus.open() as file:
        published = json.loads(file.readline())["text"].split("\n\n")
    rows = []
    for i, paragraph in enumerate(published[:32]):
        words = paragraph.split()
        kept = [word for k, word in enumerate(words) if k % 15 != 3] if i % 4 == 0 else [f"new{i}", *reversed(words)]
        rows.append(" ".join(kept))
    draft.write_text("\n\n".join(rows) + "\n")
    article.write_text("\n\n".join(" ".join(["fresh", str(i), *paragraph.split()[::-1]]) for i, paragraph in enumerate(published)))


def time_in_turns(commands: Sequence[Sequence[str]], n_runs: int) -> list[float]:
    """Return the median seconds of each command, run in turns."""
    seconds: list[list[float]] = [[] for _ in commands]
    for _ in range(n_runs):
        for i, command in enumerate(commands):
            seconds[i].append(run(command))
    return [statistics.median(one) for one in seconds]


def time_uncached(command: Sequence[str], index: Path, n_runs: int) -> float:
    seconds = []
    for _ in range(n_runs):
        with index.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        seconds.append(run(command))
    return statistics.median(seconds)


def time_warm(path: Path, draft: Path, n_runs: int) -> float:
    index = dedup.Index.open(path)
    seconds = []
    for _ in range(n_runs + 2):
        started = time.perf_counter()
        index.check(draft)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[2:])


def run(command: Sequence[str]) -> float:
    """Return the seconds of a whole process; it may say "findings" (1), nothing worse."""
    started = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=environment).returncode
    seconds = time.perf_counter() - started
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return seconds


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
