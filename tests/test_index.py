"""One protocol over every kind of index: built in one go, grown, compacted after removals, and in a folder that is read-only."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from string import ascii_lowercase

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, orderless, places, write_files

from dedup import band
from dedup.check import check
from dedup.errors import IndexMismatchError, InputError, SettingsError, StoreError
from dedup.index import Index
from dedup.model import Document
from dedup.read.dates import parse_date
from dedup.settings import Settings
from dedup.store import FORMAT, Changes, Writer

BANNER = "Island Times – news from the outer islands"
DATES = ("2024-05-03", "2024-05-04T10:00:00+02:00", None, "2023-01-01", None)
NOBODY = 65534


def fill(name: str, n_paragraphs: int) -> list[str]:
    """Return paragraphs of words that no other name's share."""
    rng = random.Random(name)
    return [" ".join("".join(rng.choices(ascii_lowercase, k=7)) for _ in range(14)).capitalize() + "." for _ in range(n_paragraphs)]


def print_article(number: int, *paragraphs: str) -> Document:
    """Return an article of the site "site": ten paragraphs with its banner and the moment of its last change above them."""
    stamp = f"UPDATED: {number + 9}:02, {number + 3} May 2024"
    return Document(f"site/{number}", article(BANNER, stamp, *paragraphs, *fill(f"site/{number}", 8)), "site", DATES[number])


ARCHIVE = [
    print_article(0, "Fähre – 渡船 – 🛳: Nächte, Ängste, Öl", FERRY),
    print_article(1),
    print_article(2, BUDGET),
    print_article(3, ORCHARD),
    Document("other/0", article("A note on chess in our town hall, by the secretary", CHESS, BUDGET), "other", DATES[4]),
    Document("other/empty", "...\n", "other"),
]
DRAFT = Document(
    "draft", article(BANNER, "UPDATED: 21:40, 9 June 2024", *fill("draft", 6), FERRY_EDITED, BUDGET.upper()), "desk", "2024-06-09"
)
TEXTS = {one.name: one.text for one in (*ARCHIVE, DRAFT)}


def make_bulk(path: Path) -> None:
    Index.open(path, "c").add(ARCHIVE)


def make_grown(path: Path) -> None:
    for one in ARCHIVE:
        Index.open(path, "c").add(one)


def make_compacted(path: Path) -> None:
    """Have an index hold other versions of the archive, and more besides, before it holds the archive alone."""
    others = [Document(f"gone/{i}", article(FERRY, *fill(f"gone/{i}", 30)), "gone") for i in range(20)]
    Index.open(path, "c").add([*(Document(one.name, CHESS + FERRY, "early") for one in ARCHIVE), *others])
    with Index.open(path, "w") as index:
        index.add(ARCHIVE)
        index.remove([one.name for one in others])
        index.compact()


MAKERS = {"bulk": make_bulk, "grown": make_grown, "compacted": make_compacted}


@contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody whom permission bits bind: this whole process is, so nothing but dedup should run within."""
    if os.getuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture(scope="module")
def made() -> Iterator[dict[str, Path]]:
    """Give the path of an index of each kind, where everybody may read them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        paths = {kind: folder / f"{kind}.dedup" for kind in MAKERS}
        for kind, make in MAKERS.items():
            make(paths[kind])
        closed = folder / "closed"
        closed.mkdir()
        paths["read-only"] = closed / "index.dedup"
        shutil.copy(paths["bulk"], paths["read-only"])
        paths["read-only"].chmod(0o444)
        closed.chmod(0o555)
        yield paths
        closed.chmod(0o755)


@pytest.fixture(params=[*MAKERS, "read-only"])
def index(request, made):
    if request.param != "read-only":
        yield Index.open(made[request.param])
        return
    with without_rights():
        if os.access(made["read-only"].parent, os.W_OK) or not os.access(made["read-only"], os.R_OK):
            pytest.skip("permission bits bind nobody here, or the folder of temporary files is closed to others")
        yield Index.open(made["read-only"])


@pytest.fixture(params=MAKERS)
def writing(request, made, tmp_path):
    """Give an index of each kind that may be written to."""
    return Index.open(shutil.copy(made[request.param], tmp_path / "index.dedup"), "w")


def find(report, document, text):
    """Return the cluster of a paragraph."""
    (cluster,) = [one for one in report.clusters if any(m.document == document and m.text == text for m in one.members)]
    return cluster


def without_seconds(report):
    said = json.loads(report.to_json())
    del said["summary"]["seconds"]
    return said


def test_info_counts_what_is_there(index):
    told = index.info()
    counts = {"documents": 6, "sources": 2, "paragraphs": 47, "distinct_paragraphs": 43}

    assert counts == {name: told[name] for name in counts}
    assert (str(index.path), FORMAT, index.path.stat().st_size) == (told["path"], told["format"], told["bytes"])
    assert Settings().fingerprint() == told["settings"]["fingerprint"]


def test_index_is_sound(index):
    assert index.verify() == []


def test_exact_repeat_is_found_in_other_case(index):
    cluster = find(index.check(DRAFT), "draft", BUDGET.upper())
    found = [(m.document, m.paragraph, m.origin, m.similarity, m.text) for m in cluster.members]

    assert (cluster.kind, cluster.scope, cluster.size, cluster.documents) == ("paragraph", "across", 3, 3)
    assert sorted(found) == [
        ("draft", 9, "draft", 1.0, BUDGET.upper()),
        ("other/0", 2, "index", 1.0, BUDGET),
        ("site/2", 2, "index", 1.0, BUDGET),
    ]


def test_edited_repeat_is_found(index):
    cluster = find(index.check(DRAFT), "draft", FERRY_EDITED)
    first, second = cluster.members

    assert (first.document, first.paragraph, first.origin, first.text) == ("site/0", 3, "index", FERRY)
    assert (second.document, second.paragraph, second.origin, second.text) == ("draft", 8, "draft", FERRY_EDITED)
    assert 0.6 <= second.similarity == cluster.similarity.min < 1.0 == first.similarity


def test_furniture_of_a_source_is_known_in_a_draft_of_another(index):
    cluster = find(index.check(DRAFT), "draft", BANNER)

    assert (cluster.kind, cluster.size) == ("furniture", 5)
    assert places(cluster) == {("draft", 0)} | {(f"site/{i}", 0) for i in range(4)}


def test_furniture_of_its_own_source_is_found_when_only_figures_and_dates_differ(index):
    cluster = find(index.check(replace(DRAFT, source="site")), "draft", "UPDATED: 21:40, 9 June 2024")

    assert (cluster.kind, cluster.size, cluster.similarity.min) == ("furniture", 5, 1.0)
    assert places(cluster) == {("draft", 1)} | {(f"site/{i}", 1) for i in range(4)}


def test_members_stand_where_they_say(index):
    members = [member for cluster in index.check(DRAFT).clusters for member in cluster.members]

    assert [m.text for m in members] == [TEXTS[m.document][m.start : m.end] for m in members]
    assert [m.line for m in members] == [TEXTS[m.document].count("\n", 0, m.start) + 1 for m in members]
    assert {m.document for m in members if m.origin == "draft"} == {"draft"}


def test_dates_are_told_and_the_earliest_represents(index):
    report = index.check(DRAFT)
    dated = {one.name: parse_date(one.date) for one in (*ARCHIVE, DRAFT) if one.date}

    assert dated == report.dates
    assert find(report, "draft", BANNER).members[0].document == "site/3"
    assert find(report, "draft", BUDGET.upper()).members[0].document == "draft"


def test_draft_is_told_of_alone_with_its_nearest(index):
    (listed,) = index.check(DRAFT).documents

    assert (
        listed.document, listed.source, listed.paragraphs, listed.duplicate_paragraphs, listed.nearest.document
    ) == ("draft", "desk", 10, 3, "site/0")  # fmt: skip


def test_draft_without_a_repeat_has_no_finding(index):
    report = index.check(Document("clean", article(*fill("clean", 9))))

    assert (report.clusters, report.documents, report.findings, report.is_over_limits) == ((), (), (), False)


def test_what_the_archive_repeats_among_itself_is_no_finding(index):
    assert places(find(index.check(Document("d", CHESS)), "d", CHESS)) == {("d", 0), ("other/0", 1)}
    assert len(index.check(Document("d", CHESS)).clusters) == 1


def test_draft_is_not_held_against_its_own_earlier_state(index):
    report = index.check(ARCHIVE[2])
    cluster = find(report, "site/2", BUDGET)

    assert {("site/2", 2), ("other/0", 2)} == places(cluster)
    assert len(ARCHIVE) - 1 == report.summary.index_documents
    assert [m for c in report.clusters for m in c.members if (m.document, m.origin) == ("site/2", "index")] == []


def test_drafts_are_held_against_each_other_and_themselves(index):
    mine = fill("mine", 3)
    drafts = [Document("a", article(mine[0], mine[1], FERRY)), Document("b", article(mine[2], mine[0], mine[2], FERRY_EDITED))]
    report = index.check(drafts)
    found = {frozenset(places(cluster)): cluster.scope for cluster in report.clusters}

    assert found == {
        frozenset({("a", 0), ("b", 1)}): "across",
        frozenset({("b", 0), ("b", 2)}): "within",
        frozenset({("a", 2), ("b", 3), ("site/0", 3)}): "across",
    }
    assert (report.summary.documents, report.summary.paragraphs, report.summary.duplicate_paragraphs) == (2, 7, 6)


def test_check_keeps_nothing_between_calls(index):
    first = without_seconds(index.check(DRAFT))
    index.check([Document("draft", BANNER), *ARCHIVE[:3]])

    assert first == without_seconds(index.check(DRAFT))


def test_many_threads_may_check_at_once(index):
    drafts = [Document(f"d{i}", article(BANNER, FERRY_EDITED, *fill(f"d{i}", i), CHESS)) for i in range(16)]
    alone = [without_seconds(index.check(draft)) for draft in drafts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(index.check, drafts * 3))

    assert alone * 3 == [without_seconds(report) for report in together]


def test_however_it_was_made_an_index_says_the_same(index, made):
    assert orderless(Index.open(made["bulk"]).check(DRAFT)) == orderless(index.check(DRAFT))


def test_opened_for_reading_it_refuses_changes(index):
    for change in (lambda: index.add(DRAFT), lambda: index.remove("site/0"), index.compact):
        with pytest.raises(StoreError, match="opened for reading; open it with mode 'w' to change it"):
            change()

    assert len(ARCHIVE) == index.info()["documents"]


def test_unchanged_documents_are_passed_over_and_changed_ones_replaced(writing):
    others = [Document("site/0", FERRY), Document("site/1", ARCHIVE[1].text, "elsewhere", ARCHIVE[1].date), Document("new", CHESS)]
    changed_date = Document(ARCHIVE[2].name, ARCHIVE[2].text, "site", "2024-05-05")

    assert Changes(unchanged=6) == writing.add(ARCHIVE).changes
    assert Changes(added=1, replaced=2, unchanged=3) == writing.add([*others, *ARCHIVE[3:]]).changes
    assert Changes(replaced=1) == writing.add(changed_date).changes
    assert Changes(replaced=3) == writing.add(ARCHIVE[:3]).changes
    assert Changes(removed=1) == writing.remove(["new", "new"])
    assert (writing.verify(), writing.info()["documents"]) == ([], 6)


def test_replaced_document_is_found_by_its_new_paragraphs_alone(writing):
    writing.add(Document("site/0", CHESS, "site"))
    report = writing.check([Document("old", FERRY), Document("new", CHESS)])

    assert [{("new", 0), ("other/0", 1), ("site/0", 0)}] == [places(cluster) for cluster in report.clusters]


def test_removed_document_is_found_no_more(writing):
    writing.remove("other/0")
    report = writing.check([Document("a", CHESS), Document("b", BUDGET)])

    assert [{("b", 0), ("site/2", 2)}] == [places(cluster) for cluster in report.clusters]


def test_change_that_fails_midway_changes_nothing(writing, monkeypatch):
    def fail(*arguments):
        raise RuntimeError

    before = writing.info()
    monkeypatch.setattr(Writer, "_drop_orphans", fail)
    for change in (lambda: writing.add(Document("site/0", CHESS)), lambda: writing.remove("site/0")):
        with pytest.raises(RuntimeError):
            change()

    assert (before, []) == (writing.info(), writing.verify())


def test_document_with_a_lone_surrogate_is_skipped_and_counted(writing):
    told = []
    added = writing.add([Document("bad", "\ud800"), Document("good", FERRY)], tell=told.append)
    report = writing.check([Document("bad", FERRY + "\udfff"), Document("fine", FERRY)])

    assert (Changes(added=1), {"lone surrogate": 1}) == (added.changes, added.skipped)
    assert list(added.problems) == told == ["bad: lone surrogate (at character 0)"]
    assert (report.summary.skipped, report.summary.documents) == ({"lone surrogate": 1}, 1)


def test_strict_stops_at_the_first_bad_record_and_writes_nothing(writing):
    with pytest.raises(InputError, match=r"bad: lone surrogate .*; without --strict it would be skipped"):
        Index.open(writing.path, "w", strict=True).add([Document("good", FERRY), Document("bad", "\ud800")])

    assert len(ARCHIVE) == writing.info()["documents"]


@pytest.mark.parametrize("documents", [[], [Document("bad", "\ud800")]])
def test_no_document_at_all_is_refused(writing, documents):
    for verb in (writing.add, writing.check):
        with pytest.raises(InputError, match="no document"):
            verb(documents)


def test_files_and_folders_are_added_by_their_path(tmp_path):
    folder = write_files(tmp_path / "corpus", {"a.txt": FERRY, "b/c.jsonl": json.dumps({"id": 7, "text": BUDGET}), "d.png": ""})
    told = []
    index = Index.open(tmp_path / "index.dedup", "c")
    added = index.add([folder, Document("given", CHESS)], progress=lambda stage, n_done: told.append((stage, n_done)))
    removed = index.remove([f"{folder}/a.txt", f"{folder}/b/c.jsonl#7"])

    assert (Changes(added=3), {".png": 1}, Changes(removed=2)) == (added.changes, added.ignored, removed)
    assert sorted(told) == [("Reading", 1), ("Reading", 1), ("Reading", 1), ("Sketching", 3), *[("Winnowing", 1)] * 3]


def test_unknown_mode_is_refused(made):
    with pytest.raises(StoreError, match="'a' is no mode; open it with 'r', 'w' or 'c'"):
        Index.open(made["bulk"], "a")


def test_settings_are_kept_from_the_first_add_on(tmp_path):
    path = tmp_path / "index.dedup"
    with Index.open(path, "c", threshold=0.75, shingle=3, min_words=4, seed=9, split="line") as index:
        index.add([Document("a", FERRY)])
    opened = Index.open(path)
    kept = {"threshold": 0.75, "shingle": 3, "min_words": 4, "seed": 9, "split": "line"}

    assert kept == {name: value for name, value in asdict(opened.settings).items() if name in kept}
    assert [] == opened.verify() == Index.open(path, threshold=0.75, seed=9).verify()
    assert () == opened.check(Document("edited", FERRY_EDITED), allow=[]).clusters != opened.check(Document("same", FERRY)).clusters


def test_setting_that_is_unknown_or_makes_no_sense_is_refused(made, tmp_path):
    with pytest.raises(SettingsError, match="did you mean 'threshold'"):
        Index.open(made["bulk"], treshold=0.6)
    with pytest.raises(SettingsError, match="--exact"):
        Index.open(tmp_path / "index.dedup", "c", threshold=0.01).add(DRAFT)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["threshold", "shingle", "min_words", "min-words", "seed"])
def test_other_settings_are_refused_with_both_values_and_the_way_out(made, name):
    path, option = made["bulk"], name.replace("_", "-")
    built = getattr(Settings(), name.replace("-", "_"))
    asked = {name: 0.7 if name == "threshold" else built + 1}
    told = f"{path}: built with {option}={built}, asked for {option}={asked[name]}; drop {option} or build a new index"
    verbs = [lambda mode=mode: Index.open(path, mode, **asked) for mode in "rwc"]

    for verb in (*verbs, lambda: check(DRAFT, path, **asked)):
        with pytest.raises(IndexMismatchError) as refused:
            verb()
        assert told == str(refused.value)


def test_index_that_was_made_meanwhile_with_other_settings_is_not_written_to(tmp_path):
    path = tmp_path / "index.dedup"
    waiting = Index.open(path, "c", threshold=0.7)
    make_bulk(path)

    with pytest.raises(IndexMismatchError, match=r"threshold=0\.6.*threshold=0\.7"):
        waiting.add(DRAFT)

    assert Index.open(path).verify() == []


def test_index_keeps_its_bands_however_many_texts_it_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(band, "MANY_TEXTS", 1)
    make_bulk(tmp_path / "index")
    index = Index.open(tmp_path / "index")

    assert (index.info()["settings"]["bands"], index.info()["settings"]["rows"]) == (34, 4)
    assert index.verify() == []
    assert {cluster.kind for cluster in index.check(DRAFT).clusters} == {"paragraph", "furniture"}


def test_text_read_beside_markdown_is_unchanged_when_it_is_added_alone(tmp_path):
    write_files(tmp_path, {"in/a.txt": article(FERRY), "in/b.md": article(BUDGET, "`code` is left out")})
    index = Index.open(tmp_path / "index", "c")
    index.add(tmp_path / "in")

    assert index.add(tmp_path / "in" / "a.txt").changes == Changes(unchanged=1)
