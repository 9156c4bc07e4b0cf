"""Time `dedup audit` beside datasketch, rensa, text-dedup and datatrove on one corpus, each as a whole process.

Usage: python tests/bench/peers.py CORPUS [--paragraphs 100000] [--runs 3] [--only NAME,...] [--work-dir DIR]
                                   [--dedup-options=--no-passages] [--timeout SECONDS] [--json FILE]
CORPUS is a .jsonl or .jsonl.gz with a field `text`; its first non-empty lines become one row each. `dedup` is the one
of the environment this script runs in; each peer gets a virtual environment of its own, kept in the work folder.
Runs take turns (A B C A B C), since a machine's speed drifts. A peer that fails is named with its error and left out.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import itertools
import json
import os
import platform
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from process import MEGABYTE, ProcessError, Run, run_process

SCRIPTS = Path(__file__).with_name("peers")


@dataclass(frozen=True, slots=True)
class Settings:
    """What all tools are told; bands, rows and num_perm are replaced by those of dedup's own report."""

    threshold: float = 0.7
    shingle: int = 3
    num_perm: int = 128
    bands: int = 25
    rows: int = 5
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Input:
    """The same paragraphs as one file, and as one file for each worker."""

    paragraphs: int
    file: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool found; None where it does not say."""

    rows: int
    kept: int
    clusters: int | None = None
    pairs: int | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """How to install a peer, how to run it, and where it says what it found (given its run folder)."""

    name: str
    package: str
    requirements: tuple[str, ...]
    command: Callable[[Path, Input, Settings], list[str]]
    read_found: Callable[[Path], Found]


@dataclass(slots=True)
class Result:
    """All runs of one tool, or why there are none."""

    name: str
    version: str = "-"
    runs: list[Run] = field(default_factory=list)
    found: Found | None = None
    error: str | None = None

    @property
    def seconds(self) -> float | None:
        """Return the median wall time, or None when the tool failed."""
        return statistics.median(run.seconds for run in self.runs) if self.runs and not self.error else None

    def as_json(self) -> dict[str, object]:
        """Return the result as plain objects, with its median."""
        return asdict(self) | {"median_seconds": self.seconds}


# --- The paragraphs


def read_paragraphs(corpus: Path) -> Iterator[str]:
    """Yield the non-empty lines of each row's text."""
    opened = gzip.open if corpus.suffix == ".gz" else open
    with opened(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from filter(None, (text.strip() for text in json.loads(line).get("text", "").splitlines()))


def write_input(corpus: Path, limit: int, workers: int, folder: Path) -> Input:
    """Write the first paragraphs as rows: one file with all, and one file for each worker."""
    shards = folder / "shards"
    shutil.rmtree(shards, ignore_errors=True)
    shards.mkdir(parents=True)
    written = 0
    with contextlib.ExitStack() as stack:
        whole = stack.enter_context(open(folder / "paragraphs.jsonl", "w", encoding="utf-8"))
        parts = [stack.enter_context(open(shards / f"{i}.jsonl", "w", encoding="utf-8")) for i in range(workers)]
        for number, text in enumerate(itertools.islice(read_paragraphs(corpus), limit)):
            row = json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n"
            whole.write(row)
            parts[number % workers].write(row)
            written += 1
    return Input(written, folder / "paragraphs.jsonl", shards)


# --- The tools


def script(name: str, *, folder: bool = False) -> Callable[[Path, Input, Settings], list[str]]:
    """Return how to run one of the scripts beside this file, on the file of rows or on the folder of them."""

    def command(python: Path, rows: Input, settings: Settings) -> list[str]:
        options = [(f"--{key.replace('_', '-')}", str(value)) for key, value in asdict(settings).items()]
        return [str(python), str(SCRIPTS / name), str(rows.folder if folder else rows.file), *sum(options, ())]

    return command


def text_dedup_command(python: Path, rows: Input, settings: Settings) -> list[str]:
    """Return text-dedup's own command on a local file."""
    command = [str(python), "-m", "text_dedup.minhash", "--path", "json", "--data_files", str(rows.file)]
    command += ["--split", "train", "--cache_dir", "cache", "--output", "kept", "--column", "text", "--min_length", "1"]
    command += ["--ngram", str(settings.shingle), "--num_perm", str(settings.num_perm)]
    command += ["--threshold", str(settings.threshold), "--b", str(settings.bands), "--r", str(settings.rows)]
    return [*command, "--num_proc", str(settings.workers)]


def read_text_dedup(folder: Path) -> Found:
    """Return the rows before and after from text-dedup's log."""
    log = (folder / "stdout.txt").read_text(errors="replace")
    counts = dict(re.findall(r"(Before|After)\s*:\s*(\d+)", log))
    return Found(int(counts["Before"]), int(counts["After"]))


def read_script(folder: Path) -> Found:
    """Return what a script printed as its last line."""
    return Found(**json.loads((folder / "stdout.txt").read_text().strip().split("\n")[-1]))


def read_dedup(folder: Path) -> Found:
    """Return what dedup's report says; of each cluster one paragraph is kept."""
    report = json.loads((folder / "stdout.txt").read_text())
    summary, sizes = report["summary"], [cluster["size"] for cluster in report["clusters"]]
    kept = summary["paragraphs"] - sum(sizes) + len(sizes)
    return Found(summary["paragraphs"], kept, len(sizes), summary.get("verified_pairs"))


PEERS = (
    Tool("datasketch", "datasketch", ("datasketch>=2",), script("datasketch_script.py"), read_script),
    Tool("rensa", "rensa", ("rensa>=0.5",), script("rensa_script.py"), read_script),
    Tool("rensa-flags", "rensa", ("rensa>=0.5",), script("rensa_flags_script.py"), read_script),
    Tool("text-dedup", "text-dedup", ("text-dedup>=0.4,<0.5",), text_dedup_command, read_text_dedup),
    Tool(
        "datatrove",
        "datatrove",
        ("datatrove[io,processing]>=0.10", "spacy"),
        script("datatrove_script.py", folder=True),
        read_script,
    ),
)


def dedup_tool(options: list[str]) -> Tool:
    """Return dedup itself, with further options of its own."""

    def command(python: Path, rows: Input, settings: Settings) -> list[str]:
        told = ["--threshold", str(settings.threshold), "--shingle", str(settings.shingle)]
        told += ["--jobs", str(settings.workers), *options]
        return [str(python), "-m", "dedup", "audit", str(rows.file), "--no-passages", *told, "--format", "json"]

    return Tool("dedup", "dedup", (), command, read_dedup)


def install(tool: Tool, work: Path) -> Path:
    """Return the Python of a peer's virtual environment, made on first use."""
    home = work / "venvs" / tool.package
    python, stamp = home / "bin" / "python", home / "installed.txt"
    if not stamp.exists() or stamp.read_text().split() != [*tool.requirements]:
        say(f"installing {tool.package} ...")
        shutil.rmtree(home, ignore_errors=True)
        call([sys.executable, "-m", "venv", str(home)])
        call([str(python), "-m", "pip", "install", "--quiet", *tool.requirements])
        stamp.write_text("\n".join(tool.requirements))
    return python


def call(command: list[str]) -> str:
    """Return a short command's standard output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise ProcessError(((done.stderr or done.stdout).strip() or "no output").split("\n")[-1])
    return done.stdout.strip()


def read_version(python: Path, package: str) -> str:
    """Return the version of an installed package."""
    return call([str(python), "-c", f"from importlib.metadata import version as v; print(v({package!r}))"])


# --- The benchmark


class Bench:
    """The paragraphs, the settings, and one result for each tool."""

    def __init__(self, rows: Input, work: Path, timeout: float, dedup_options: list[str]) -> None:
        """Take the paragraphs and the folder to work in; nothing runs yet."""
        self.rows, self.work, self.timeout = rows, work, timeout
        self.settings, self.dedup = Settings(), dedup_tool(dedup_options)
        self.results: dict[str, Result] = {}
        self.pythons = {"dedup": Path(sys.executable)}
        self.first_run = Result("dedup, first run")

    def environment(self) -> dict[str, str]:
        """Return the environment of every tool: no hub, a fixed number of threads, a kernel cache of its own."""
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
        hub = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(self.work / "hub")}
        kernels = {"DEDUP_CACHE_DIR": str(self.work / "kernels")}
        wide = {"COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}  # logs are read line by line
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as pip compiled the peers
        return kept | hub | kernels | wide | dict.fromkeys(threads, str(self.settings.workers))

    def measure(self, tool: Tool, result: Result) -> None:
        """Add one run to a result; once it has failed it is left alone."""
        if result.error:
            return
        folder = self.work / "runs" / tool.name
        command = tool.command(self.pythons[tool.name], self.rows, self.settings)
        try:
            run = run_process(command, folder, self.environment(), self.timeout)
            result.found = tool.read_found(folder)
        except ProcessError as error:
            result.error = str(error)
        except (OSError, LookupError, TypeError, ValueError) as error:
            result.error = f"ran, but what it found cannot be read: {error!r}"
        else:
            result.runs.append(run)
        say(f"{result.name}: {result.error or f'{run.seconds:.2f} s'}")

    def start_dedup(self) -> None:
        """Run dedup with an empty kernel cache, and take over the bands that its report names."""
        shutil.rmtree(self.work / "kernels", ignore_errors=True)
        (self.work / "kernels").mkdir()
        self.measure(self.dedup, self.first_run)
        result = self.results["dedup"] = Result("dedup", error=self.first_run.error)
        if result.error:
            return
        report = json.loads((self.work / "runs" / "dedup" / "stdout.txt").read_text())
        told = {key: report["settings"][key] for key in ("bands", "rows", "num_perm")}
        self.settings = Settings(**asdict(self.settings) | told)
        result.version = self.first_run.version = str(report["tool"]["version"])

    def prepare(self, tool: Tool) -> None:
        """Install a peer and open its result."""
        result = self.results[tool.name] = Result(tool.name)
        try:
            self.pythons[tool.name] = install(tool, self.work)
            result.version = read_version(self.pythons[tool.name], tool.package)
        except (ProcessError, OSError) as error:
            result.error = f"not installed: {error}"
            say(f"{tool.name}: {result.error}")

    def run(self, peers: list[Tool], runs: int) -> None:
        """Run dedup once cold, then all tools in turn."""
        self.start_dedup()
        for tool in peers:
            self.prepare(tool)
        for tool in [self.dedup, *peers] * runs:
            self.measure(tool, self.results[tool.name])


# --- What is printed


def say(line: str) -> None:
    """Print progress, apart from the results."""
    print(line, file=sys.stderr, flush=True)


def show(value: float | None, digits: int = 0) -> str:
    """Return a number with thousands parted, or a dash."""
    return "-" if value is None else f"{value:,.{digits}f}"


def format_row(result: Result, reference: float | None) -> list[str]:
    """Return one tool's cells."""
    found, seconds = result.found, result.seconds
    if not found or seconds is None:
        return [result.name, result.version, "failed"]
    ratio = f"{seconds / reference:.1f}x" if reference else "-"
    memory = [show(max(run.largest_mb for run in result.runs)), show(max(run.tree_mb for run in result.runs))]
    counts = [show(count) for count in (found.rows, found.kept, found.clusters, found.pairs)]
    return [result.name, result.version, show(seconds, 2), ratio, *memory, *counts]


def format_table(rows: list[list[str]]) -> str:
    """Return rows as text in columns, the first two flush left."""
    rows = [row + [""] * (len(rows[0]) - len(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligns = "<<" + ">" * (len(widths) - 2)
    lines = (map(format, row, map("{}{}".format, aligns, widths)) for row in rows)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def describe(bench: Bench, runs: int) -> dict[str, object]:
    """Return the settings and the machine, as printed and kept."""
    machine = {"cores": os.cpu_count(), "system": platform.system(), "machine": platform.machine()}
    size = {"paragraphs": bench.rows.paragraphs, "megabytes": round(bench.rows.file.stat().st_size / MEGABYTE, 1)}
    return size | {"runs": runs} | asdict(bench.settings) | machine | {"python": platform.python_version()}


def print_results(bench: Bench, runs: int) -> None:
    """Print the settings, the table, dedup's first run, and what went wrong."""
    print("  ".join(f"{key} {value}" for key, value in describe(bench, runs).items()), end="\n\n")
    head = ["tool", "version", "median s", "to dedup", "peak MB", "tree MB", "rows", "kept", "clusters", "pairs"]
    results = list(bench.results.values())
    reference = bench.results["dedup"].seconds
    print(format_table([head, *(format_row(result, reference) for result in results)]), end="\n\n")
    if bench.first_run.runs:
        run = bench.first_run.runs[0]
        print(f"dedup's first run, empty kernel cache: {run.seconds:.2f} s, peak {run.largest_mb:,.0f} MB")
    print("peak MB: the largest process; tree MB: all processes at once, sampled, shared pages counted each time")
    print("pairs: dedup verified, of distinct texts; others candidates; rensa-flags keeps no row of a cluster")
    for result in results:
        if result.error:
            print(f"{result.name}: {result.error}")
        elif result.found and result.found.rows != bench.rows.paragraphs:
            print(f"{result.name}: counted {result.found.rows} rows of {bench.rows.paragraphs}")


def parse_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--paragraphs", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help=f"peers to run, of {', '.join(p.name for p in PEERS)}")
    parser.add_argument("--work-dir", type=Path, default=Path(tempfile.gettempdir()) / "dedup-peers")
    parser.add_argument("--dedup-options", default="", help="further options for dedup audit, in one string, after an = sign")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds that one run may take")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if unknown := set(options.only) - {peer.name for peer in PEERS}:
        parser.error(f"--only: no peer named {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    """Write the paragraphs, run every tool, print the table."""
    options = parse_arguments()
    work = options.work_dir.resolve()
    rows = write_input(options.corpus, options.paragraphs, Settings().workers, work)
    bench = Bench(rows, work, options.timeout, shlex.split(options.dedup_options))
    bench.run([peer for peer in PEERS if not options.only or peer.name in options.only], options.runs)
    print_results(bench, options.runs)
    if options.json:
        kept = {"settings": describe(bench, options.runs), "first_run": bench.first_run.as_json()}
        kept["tools"] = [result.as_json() for result in bench.results.values()]
        options.json.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
