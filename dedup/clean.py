"""Clean a corpus: write it again without its duplicate paragraphs, and an account of every one that was taken out.

What happens: read and pair as an audit does -> classify -> plan which copies go -> cut them out -> look again at what is left, as
it will be read from the new files, until nothing more goes -> write the files again, the account beside them.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from dedup.corpus import Corpus
from dedup.errors import InputError, LimitError, SettingsError
from dedup.excerpt import plan_excerpts
from dedup.findings import Tied, compare_members, list_furniture, name_clusters, read_kinds, tie_clusters, write_names
from dedup.folder import Job, Stamp, check_folder, place_outputs, stamp_file, write_folder
from dedup.ledger import Gone, Ledger, Origin
from dedup.lifts import find_lifts, winnow_corpus
from dedup.manifest import tell_naming
from dedup.model import Batch, Document, Flags, Ints, Kind
from dedup.pipeline import Progress, carry_found, find_pairs, ingest_batches, no_progress, state_settings
from dedup.plan import plan_removals, rank_documents
from dedup.policy import Policy
from dedup.read import (
    BATCH_READERS,
    Inputs,
    Problems,
    describe_nothing,
    find_inputs,
    is_markdown,
    is_page,
    list_inputs,
    make_writable,
    read_batches,
)
from dedup.read.remote import is_address
from dedup.read.streams import Input
from dedup.recut import Cuts, cut_away, cut_batch
from dedup.report.cleaning import Cleaning, Size, SourceSize
from dedup.rewrite.removals import Ranges
from dedup.settings import Settings, change_settings
from dedup.spill import Spill


def clean(
    inputs: Inputs,
    folder: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    policy: Policy | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    show: Callable[[Cleaning], None] | None = None,
    **changes: Any,
) -> Cleaning:
    """Write files again below a folder, without their duplicate paragraphs, and return what was taken out of them.

    inputs: files and folders; each is read twice. policy: what goes and what stays. dry_run: plan it and write nothing. show:
    called with the plan before anything is written. changes, progress, tell: as in `audit`.
    Raises InputError when there is no document, SettingsError when the folder cannot be written to or lies in the input,
    LimitError when more goes than `policy.max_removed`; then nothing is written.
    """
    started = time.perf_counter()
    settings, policy = change_settings(settings or Settings(), changes), policy or Policy()
    problems = Problems(settings.strict, tell)
    if is_address(os.fspath(folder)):
        raise SettingsError(f"{folder}: is an address; name a folder on this machine, and copy that")
    folder = Path(folder)
    given = _list_paths(inputs)
    files = _find_files(given, policy, problems)
    check_folder(folder, given, files)
    outputs, stamps = place_outputs(given, files), list(map(stamp_file, files))
    spill = Spill(settings.memory, settings.temp_dir or "")
    with spill.guard(), spill.start_pool(settings.threads) as pool:
        cleaned = _Cleaner(files, settings, policy, pool, spill, progress or no_progress)
        cleaned.read(read_batches(files, settings, problems))
        if not cleaned.origin.names:
            raise InputError(describe_nothing(given, problems))
        cleaned.take_out()
        found = Cleaning(
            settings=state_settings(settings),
            policy=policy,
            before=cleaned.before,
            after=cleaned.measure(),
            sources=cleaned.compare_sources(),
            removed=tuple(cleaned.ledger.close()),
            emptied=len(cleaned.emptied),
            skipped=dict(sorted(problems.skipped.items())),
            decoded=dict(sorted(problems.decoded.items())),
            problems=tuple(problems.examples),
            ignored=dict(problems.ignored),
            seconds=round(time.perf_counter() - started, 3),
        )
        if show:
            show(found)
        if dry_run:
            return found
        if found.removed_share > policy.max_removed:
            raise LimitError(
                f"{found.removed_share:.1%} of the words would go, more than --max-removed {policy.max_removed:.0%}; nothing is "
                f"written. Look at the plan, and raise --max-removed if it is right"
            )
        jobs = cleaned.list_jobs(outputs, stamps)
        n_written = write_folder(folder, jobs, found, settings, pool, progress or no_progress)
    return replace(found, files=n_written, seconds=round(time.perf_counter() - started, 3))


def _list_paths(inputs: Inputs) -> list[str | os.PathLike[str]]:
    given = list_inputs(inputs)
    for one in given:
        if isinstance(one, Document):
            raise InputError(f"{one.name}: is no file; a clean writes files again, so name some")
    return [one for one in given if not isinstance(one, Document)]


def _find_files(given: Sequence[str | os.PathLike[str]], policy: Policy, problems: Problems) -> list[Input]:
    """Return the files to read; unless they are to be taken as given, in the order of their names, as a folder is walked.

    Of one that has several names, as links have, the first in that order is taken.
    """
    is_given = policy.order == "input"
    files = find_inputs(given if is_given else sorted(given, key=os.fspath), problems)
    for source in files:
        if source.path is None and not is_address(source.name):
            raise InputError(f"{source.name}: can be read but once, and a clean reads each input twice; save it as a file")
    files = [source._replace(name=make_writable([source.name])[0]) for source in files]
    return files if is_given else sorted(files, key=lambda source: _order_as_walked(source.name))


def _order_as_walked(name: str) -> tuple[tuple[int, str], ...]:
    *folders, file = name.split("/")
    return (*((1, folder) for folder in folders), (0, file))


class _Cleaner:
    """The corpus of a clean, from how it was read to what is left of it.

    documents: int64, which of the documents that were read each one is that is left. emptied: those of which nothing is left.
    """

    def __init__(
        self, files: Sequence[Input], settings: Settings, policy: Policy, pool: Executor, spill: Spill, progress: Progress
    ) -> None:
        self._files, self._settings, self._policy, self._progress = files, settings, policy, progress
        self._pool, self._spill = pool, spill
        self.emptied: set[int] = set()

    def read(self, batches: Iterable[Batch]) -> None:
        """Read the corpus."""
        self._corpus = corpus = ingest_batches(batches, self._settings, self._pool, self._progress, self._spill)
        self._found = find_pairs(corpus, self._settings, self._pool, self._progress)
        self._file_of = _join(batch.files for batch in corpus.batches)
        self._number_of = _join(batch.numbers for batch in corpus.batches)
        self._own_names = [name for batch in corpus.batches for name in batch.names]
        self._is_markdown = np.array([is_markdown(file.name) for file in self._files], bool)[self._file_of]
        self.documents = np.arange(len(corpus.names))
        self.origin = Origin(
            list(corpus.names),
            list(corpus.dates),
            [self._files[i].name for i in self._file_of.tolist()],
            self._number_of.tolist(),
            np.append(0, np.cumsum(corpus.document_paragraphs)).data,
            corpus.start_point.data,
            corpus.line.data,
        )
        self._rank = rank_documents(corpus.names, corpus.dates, self._policy)
        self.ledger = Ledger(self.origin, self._policy, self._settings)
        self.before = self.measure()
        self._sources, self._words = corpus.sources, corpus.document_words

    def take_out(self) -> None:
        """Take out what the policy drops, again and again until nothing more goes."""
        is_sure = True
        while True:
            gone = self._plan_pass()
            if gone is not None or self._has_pages():
                is_sure = self._go_on(gone)
            elif is_sure:
                return
            else:
                self._found, is_sure = find_pairs(self._corpus, self._settings, self._pool, no_progress), True

    def _go_on(self, gone: Gone | None) -> bool:
        """Take out what goes and read what is left; return whether its pairs are all that would be found anew.

        Those found before are, unless pairs were passed over in crowded buckets, which have room now.
        """
        if gone is not None:
            self.ledger.book(self._corpus, self.documents, gone)
        digests, found = self._corpus.digests, self._found
        batches = deque(self._cut(gone))
        del self._corpus
        taken = (batches.popleft() for _ in range(len(batches)))  # none is held any longer than it takes to move it
        self._corpus = ingest_batches(taken, self._settings, self._pool, self._check, self._spill)
        carried = carry_found(found, digests, self._corpus)
        self._found = carried or find_pairs(self._corpus, self._settings, self._pool, no_progress)
        return carried is None or not found.n_left_out

    def measure(self) -> Size:
        """Return how much there is."""
        return Size(len(self._corpus.names), len(self._corpus.document), int(self._corpus.document_words.sum()))

    def compare_sources(self) -> tuple[SourceSize, ...]:
        """Return how much of each source there was and is."""
        names = list(dict.fromkeys(self._sources))
        number = {name: i for i, name in enumerate(names)}
        of_all = np.array([number[name] for name in self._sources], np.int64)
        of_left = of_all[self.documents]
        columns = [
            np.bincount(of_all, minlength=len(names)),
            np.bincount(of_left, minlength=len(names)),
            np.bincount(of_all, self._words, len(names)).astype(np.int64),
            np.bincount(of_left, self._corpus.document_words, len(names)).astype(np.int64),
        ]
        return tuple(map(SourceSize, names, *(column.tolist() for column in columns)))

    def list_jobs(self, outputs: Sequence[Path], stamps: Sequence[Stamp]) -> list[Job]:
        """Return what becomes of each file; one that holds no document is copied, unless it would come out as rows."""
        removals: list[dict[int, Ranges | None]] = [{} for _ in self._files]
        counts = Counter(self._file_of.tolist())
        for document, (file, number) in enumerate(zip(self._file_of.tolist(), self._number_of.tolist(), strict=True)):
            if self._policy.empty == "drop" and document in self.emptied:
                removals[file][number] = None
            elif gone := self.ledger.trace.list_gone(document):
                removals[file][number] = gone
        return [
            Job(source, stamp, output, removals[i], counts[i], *naming)
            for i, (source, output, stamp, naming) in enumerate(
                zip(self._files, outputs, stamps, self._tell_namings(), strict=True)
            )
            if counts[i] or _is_copied(source)
        ]

    def _tell_namings(self) -> Iterator[tuple[str, dict[int, str]]]:
        """Yield by what the documents of each file are named."""
        edges = np.searchsorted(self._file_of, np.arange(len(self._files) + 1))  # the files were read in their order
        numbers = self._number_of.tolist()
        for source, (first, last) in zip(self._files, pairwise(edges.tolist()), strict=True):
            rows = slice(first, last)
            yield tell_naming(source.name, numbers[rows], self._own_names[rows], self.origin.names[rows])

    def _plan_pass(self) -> Gone | None:
        """Return what goes of the corpus as it is now, None for nothing."""
        corpus, tied = self._corpus, tie_clusters(self._corpus, self._found)
        rank, marks = self._rank[self.documents], self._is_markdown[self.documents]
        kinds = read_kinds(corpus, tied, self._pool)
        planned = plan_removals(corpus, tied, kinds, self._policy, rank)
        if len(planned.gone):
            cuts, names = cut_away(corpus, planned.gone, marks), name_clusters(corpus, tied)
            others = np.where(planned.kept < 0, planned.first, planned.kept)
            return Gone(
                paragraph=planned.gone,
                start=corpus.start[planned.gone],
                end=corpus.end[planned.gone],
                cut_start=cuts[:, 0],
                cut_end=cuts[:, 1],
                kept=planned.kept,
                kept_points=np.stack((corpus.start_point[planned.kept], corpus.end_point[planned.kept]), axis=1),
                kinds=[kinds[i] for i in planned.cluster.tolist()],
                clusters=write_names(names[planned.cluster]).tolist(),
                is_within=planned.is_within,
                similarity=compare_members(corpus, others, planned.gone, tied.masks),
            )
        return self._plan_excerpts(tied, kinds, rank, marks) if self._policy.passages else None

    def _plan_excerpts(self, tied: Tied, kinds: Sequence[Kind], rank: Ints, marks: Flags) -> Gone | None:
        furniture = list_furniture(self._corpus, tied, kinds)
        settings = replace(self._settings, passages=True)
        winnowed = winnow_corpus(self._corpus, settings, self._pool, no_progress)
        lifted = find_lifts(self._corpus, winnowed, tied.roots, furniture, settings, self._pool)
        return plan_excerpts(self._corpus, lifted, self._policy, rank, marks)

    def _has_pages(self) -> bool:
        return any(batch.blocks is not None and self._is_page(batch) for batch in self._corpus.batches)

    def _is_page(self, batch: Batch) -> bool:
        return is_page(self._files[int(_known(batch.files)[0])]) if len(batch) else False

    def _cut(self, gone: Gone | None) -> Iterator[Batch]:
        """Yield the batches without what goes, and note which documents are left."""
        corpus, left, first = self._corpus, [np.empty(0, np.int64)], 0
        for number, batch in enumerate(corpus.batches):
            cuts = _select_cuts(corpus, number, first, gone)
            files = [self._files[i] for i in _known(batch.files).tolist()]
            keeps_empty = np.array([self._policy.empty == "keep" and _is_row(file) for file in files], bool)
            documents = self.documents[first : first + len(batch)]
            again, is_empty = cut_batch(batch, cuts, self._is_markdown[documents], self._is_page(batch), keeps_empty)
            self.emptied.update(documents[is_empty].tolist())
            left.append(documents[~is_empty | keeps_empty])
            first += len(batch)
            yield again
        self.documents = np.concatenate(left)

    def _check(self, _: str, n_done: int) -> None:
        self._progress("Checking", n_done)


def _select_cuts(corpus: Corpus, number: int, first_document: int, gone: Gone | None) -> Cuts:
    """Return what goes of one batch."""
    if gone is None:
        return Cuts(*np.empty((3, 0), np.int64))
    rows = slice(*np.searchsorted(gone.paragraph, corpus.batch_starts[number : number + 2]).tolist())
    return Cuts(corpus.document[gone.paragraph[rows]] - first_document, gone.cut_start[rows], gone.cut_end[rows])


def _is_copied(source: Input) -> bool:
    """Return whether a file that holds no document can be written again."""
    return source.path is not None and not is_page(source) and os.access(source.path, os.R_OK)


def _is_row(source: Input) -> bool:
    return source.suffix in BATCH_READERS or is_page(source)


def _join(columns: Iterable[Ints | None]) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *map(_known, columns)])


def _known(column: Ints | None) -> Ints:
    """Return a column of documents that stand in files."""
    return np.empty(0, np.int64) if column is None else column
