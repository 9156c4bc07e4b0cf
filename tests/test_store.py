"""The tables of an index: the same by whatever way they came about, sound or said not to be, and never half written.

They are read here with sqlite3 itself, in an order that hangs on no row numbers.
"""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing, suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from dedup import archive, index
from dedup.check import check
from dedup.errors import StoreError
from dedup.index import Index
from dedup.model import Document
from dedup.read import read
from dedup.settings import NORMALISER_VERSION
from dedup.store import FORMAT, Changes, verify

TABLES = {
    "settings": "SELECT value FROM meta",
    "sources": "SELECT name, documents FROM source ORDER BY 1",
    "documents": "SELECT d.name, s.name, d.date, d.hash, d.paragraphs, d.words FROM document d JOIN source s ON s.id = d.source"
    " ORDER BY 1",
    "paragraphs": "SELECT d.name, p.ordinal, t.high, t.low, p.start, p.line, coalesce(p.body, t.body) FROM paragraph p"
    " LEFT JOIN document d ON d.id = p.document LEFT JOIN text t ON t.id = p.text ORDER BY 1, 2",
    "texts": "SELECT high, low, mask, words FROM text ORDER BY 1, 2",
}
PARAGRAPHS = (
    *(FERRY, FERRY.upper(), FERRY.replace(" ", ", "), FERRY_EDITED, BUDGET, ORCHARD),
    *(
        "UPDATED: 14:02, 3 May",
        "UPDATED: 09:41, 7 June",
        "Yes.",
        "- yes!",
        "...",
        "写真は、東京の空を飛ぶ飛行機。",
        "\0 nothing \0",
    ),
)


def dump(path: Path) -> dict[str, list[Any]]:
    """Return all that an index holds, in an order that hangs on its content alone."""
    with closing(sqlite3.connect(path)) as database:
        texts = {number: digest for number, *digest in database.execute("SELECT id, high, low FROM text")}
        held = {name: database.execute(query).fetchall() for name, query in TABLES.items()}
        return held | {"postings": sorted([packed >> 27, *texts[packed & 134217727]] for packed in read_postings(database))}


def read_postings(database: sqlite3.Connection) -> list[int]:
    """Return the postings of an index in the order of its blocks."""
    postings = []
    for first, width, rest in database.execute("SELECT * FROM posting ORDER BY first"):
        steps = (int.from_bytes(rest[at : at + width], "little") for at in range(0, len(rest), width))
        postings += accumulate(steps, initial=first)
    return postings


def change(path: Path, *statements: str) -> None:
    """Change the tables of an index behind its back."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            assert database.execute(statement).rowcount, "changes nothing"


def build(path: Path, documents: list[Document], **changes: Any) -> Path:
    """Build an index in one go."""
    Index.open(path, "c", **changes).add(documents)
    return path


def grow(path: Path, groups: list[list[Document]], **changes: Any) -> Path:
    """Make an index of one document, which is taken out when others have been added group by group."""
    build(path, [Document("the first", article("Seed of an index that goes again.", BUDGET), "the first's")], **changes)
    writing = Index.open(path, "w")
    for group in groups:
        writing.add(group)
    writing.remove("the first")
    return path


@pytest.fixture(scope="module")
def articles():
    return list(read([NEWSROOM]))


@pytest.fixture(scope="module")
def sound(tmp_path_factory, articles):
    return build(tmp_path_factory.mktemp("sound") / "sound.dedup", articles)


@pytest.fixture
def copied(tmp_path, sound):
    path = tmp_path / "index.dedup"
    path.write_bytes(sound.read_bytes())
    return path


@pytest.mark.parametrize("seed", range(2))
def test_growing_document_by_document_gives_the_tables_of_a_bulk_build(tmp_path, articles, sound, seed):
    shuffled = random.Random(seed).sample(articles, len(articles))
    grown = grow(tmp_path / "grown", [[one] for one in shuffled])

    assert dump(sound) == dump(grown)
    assert Index.open(grown).verify() == []


def test_order_and_threads_and_transactions_change_no_table(tmp_path, articles, sound, monkeypatch):
    for module in (archive, index):
        monkeypatch.setattr(module, "PARAGRAPHS_AT_ONCE", 7)
    built = [build(tmp_path / "one thread", articles, jobs=1), build(tmp_path / "backwards", articles[::-1], jobs=5)]
    grown = grow(tmp_path / "grown", [articles[::2], articles[1::2]], jobs=3)

    assert [dump(path) for path in (*built, grown)] == [dump(sound)] * 3


def test_replacing_and_removing_leave_no_trace(tmp_path, articles, sound):
    walked = build(tmp_path / "walked", [Document(one.name, FERRY_EDITED) for one in articles])
    rng, writing = random.Random(5), Index.open(walked, "w")
    for _ in range(30):
        some = rng.sample(articles, 5)
        writing.add([Document(one.name, rng.choice(some).text[: rng.randrange(900)], one.source, "2024-05-03") for one in some])
        writing.remove([one.name for one in rng.sample(some, 2)])
    writing.add(articles)
    written = dump(walked)
    Index.open(walked, "w").compact()

    assert dump(sound) == written == dump(walked)
    assert Index.open(walked).verify() == []


documents = st.builds(
    Document,
    name=st.sampled_from("abcdef"),
    text=st.lists(st.sampled_from(PARAGRAPHS), max_size=4).map(lambda some: article(*some)),
    source=st.sampled_from(["", "north", "south"]),
    date=st.sampled_from([None, "2024-05-03", "2024-05-04"]),
)
steps = st.one_of(st.lists(documents, min_size=1, max_size=3, unique_by=lambda one: one.name), st.sets(st.sampled_from("abcdef")))


@profile(max_examples=40)
@given(st.lists(steps, max_size=8))
@example([[Document("a", FERRY)], [Document("b", FERRY.upper())], {"a"}, [Document("a", FERRY)], {"b"}])
@example([[Document("a", article(FERRY, BUDGET))], {"a"}, [Document("b", "Yes."), Document("c", article(BUDGET, FERRY, "- yes!"))]])
def test_whatever_was_added_and_removed_only_what_is_left_shows(tmp_path_factory, walk):
    folder = tmp_path_factory.mktemp("walk")
    path, held = grow(folder / "walked", []), {}
    for step in walk:
        if isinstance(step, set):
            names = sorted(step & set(held))
            Index.open(path, "w").remove(names)
            held = {name: one for name, one in held.items() if name not in step}
        else:
            done = Index.open(path, "w").add(step).changes
            counts = [sum(one.name not in held for one in step), sum(held.get(one.name, one) != one for one in step)]
            held |= {one.name: one for one in step}
            assert [*counts, len(step) - sum(counts), 0] == list(done)

    assert Index.open(path).verify() == []
    if held:
        assert dump(build(folder / "built", list(held.values()))) == dump(path)
    else:
        assert [name for name, rows in dump(path).items() if rows] == ["settings"]


def test_removing_everything_leaves_empty_tables(copied, articles):
    Index.open(copied, "w").remove([one.name for one in articles])

    assert {name: len(rows) for name, rows in dump(copied).items()} == dict.fromkeys([*TABLES, "postings"], 0) | {"settings": 1}
    assert Index.open(copied).verify() == []


def test_compacting_gives_back_the_room_of_what_was_removed(copied, articles):
    Index.open(copied, "w").remove([one.name for one in articles[4:]])
    before, after = Index.open(copied, "w").compact()

    assert (before > 3 * after, after) == (True, copied.stat().st_size)


SET, LAST = "UPDATE posting SET", "first = (SELECT max(first) FROM posting)"
DAMAGES = {
    "a posting is gone": (f"{SET} rest = substr(rest, 1, length(rest) - width) WHERE {LAST}", "1 postings are missing"),
    "a block is gone": (f"DELETE FROM posting WHERE {LAST}", r"\d+ postings are missing"),
    "a posting too many": ("INSERT INTO posting VALUES (12345678901, 1, x'')", "1 postings are too many"),
    "half a posting": (f"{SET} rest = substr(rest, 2) WHERE {LAST}", "1 blocks of postings that cannot be read"),
    "postings of no width": (f"{SET} width = 0 WHERE {LAST}", "1 blocks of postings that cannot be read"),
    "postings too wide": (f"{SET} width = 9 WHERE {LAST}", "1 blocks of postings that cannot be read"),
    "postings of a worded width": (f"{SET} width = 'wide' WHERE {LAST}", "1 blocks of postings that cannot be read"),
    "postings in words": (f"{SET} rest = 'rest'", r"\d+ blocks of postings that cannot be read"),
    "a posting twice": (f"{SET} rest = CAST(rest || zeroblob(width) AS BLOB) WHERE {LAST}", "1 blocks .* that do not rise"),
    "falling postings": (f"{SET} width = 8, rest = x'ffffffffffffffff' WHERE {LAST}", "1 blocks .* that do not rise"),
    "blocks that overlap": (f"{SET} first = (SELECT min(first) + 1 FROM posting) WHERE {LAST}", "not from the one before"),
    "other words": ("UPDATE text SET body = 'Something else entirely.' WHERE id = 7", "1 texts whose words are not those"),
    "another digest": ("UPDATE text SET low = low + 1 WHERE id = 7", "1 texts whose words are not those"),
    "a paragraph is gone": ("DELETE FROM paragraph WHERE document = 3 AND ordinal = 2", "another number of paragraphs"),
    "a count of paragraphs": ("UPDATE document SET paragraphs = 0 WHERE id = 3", "1 documents with another number of paragraphs"),
    "a count of words": ("UPDATE document SET words = words + 1 WHERE id = 3", "1 documents with another number of words"),
    "a count of documents": ("UPDATE source SET documents = 99 WHERE id = 1", "1 sources with another number of documents"),
    "a text of no paragraph": ("INSERT INTO text SELECT 99999, 1, 2, NULL, 1, 'x'", "1 texts without a paragraph"),
    "a text is gone": ("DELETE FROM text WHERE id = 7", r"\d paragraphs without a text"),
    "a text twice": ("INSERT INTO text SELECT 9999, high, low, mask, 1, body FROM text WHERE id = 7", "1 texts that are there"),
    "a document is gone": ("DELETE FROM document WHERE id = 3", r"\d+ paragraphs without a document"),
    "a source is gone": ("DELETE FROM source WHERE id = 1", r"\d+ documents without a source"),
    "another source": ("UPDATE document SET source = 2 WHERE id = 1", "2 sources with another number of documents"),
    "a text's count of words": ("UPDATE text SET words = words + 1 WHERE id = 7", "documents with another number of words"),
    "another mask": ("UPDATE text SET mask = 5 WHERE id = 7", "mask"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(copied, damage, monkeypatch):
    monkeypatch.setattr(verify, "TEXTS_AT_ONCE", 100)
    statement, told = DAMAGES[damage]
    change(copied, statement)
    faults = Index.open(copied).verify()

    assert [fault for fault in faults if re.search(told, fault)] != [], faults


def test_sound_index_has_no_fault(sound, monkeypatch):
    monkeypatch.setattr(verify, "TEXTS_AT_ONCE", 100)
    monkeypatch.setattr(verify, "BLOCKS_AT_ONCE", 3)

    assert Index.open(sound).verify() == []


def ask_everything(path: Path) -> list[str]:
    """Return what is said of a file by each verb, which has to be a StoreError that names it or nothing."""
    draft = Document("draft", FERRY)
    verbs = {
        "info": lambda: Index.open(path).info(),
        "check": lambda: Index.open(path).check(draft),
        "check by path": lambda: check(draft, path),
        "verify": lambda: Index.open(path).verify(),
        "add": lambda: Index.open(path, "w").add(draft),
        "make": lambda: Index.open(path, "c").add(draft),
        "remove": lambda: Index.open(path, "w").remove("draft"),
        "compact": lambda: Index.open(path, "w").compact(),
    }
    said = []
    for name, verb in verbs.items():
        try:
            verb()
            said.append(f"{name} works")
        except StoreError as error:
            said.append(str(error).removeprefix(f"{path}: "))
    return said


@pytest.mark.parametrize("size", [15, 16, 99, 100, 511, 512, 1023, 4096, 8191, 8192, 8193, 100_000, -8193, -8192])
def test_truncated_file_is_refused_and_left_alone(copied, size):
    rest = copied.read_bytes()[:size]
    copied.write_bytes(rest)

    assert {"is damaged or no index"} == {" ".join(said.split()[:5]) for said in ask_everything(copied)}
    assert rest == copied.read_bytes()


NO_INDEXES = {
    "empty": b"",
    "one byte": b"S",
    "a text": b"The quick brown fox\n" * 1000,
    "zeros": bytes(20_000),
    "a head and no more": b"SQLite format 3\0" + bytes(9000),
}


@pytest.mark.parametrize("name", NO_INDEXES)
def test_file_that_is_no_index_is_refused_and_left_alone(tmp_path, name):
    path = tmp_path / "index.dedup"
    path.write_bytes(NO_INDEXES[name])
    said = ask_everything(path)

    assert [one for one in said if " works" in one or "no index" not in one] == []
    assert (NO_INDEXES[name], ["index.dedup"]) == (path.read_bytes(), [one.name for one in tmp_path.iterdir()])


def test_other_sqlite_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "browser.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE meta(name, value)")
    before = path.read_bytes()

    assert {"is an SQLite file, but no index of dedup's; name another"} == set(ask_everything(path))
    assert before == path.read_bytes()


@pytest.mark.parametrize("version", [FORMAT - 1, FORMAT + 1])
def test_unknown_format_is_refused_with_both_versions_and_the_way_out(copied, version):
    with closing(sqlite3.connect(copied)) as database:
        database.execute(f"PRAGMA user_version = {version}")
    told = f"has format {version}, this dedup knows {FORMAT}; use the dedup that made it, or build the index anew"

    assert {told} == set(ask_everything(copied))


@pytest.mark.parametrize("table", ["meta", "document", "text", "posting"])
def test_missing_table_is_a_store_error(copied, table):
    with closing(sqlite3.connect(copied)) as database:
        database.execute(f"DROP TABLE {table}")

    assert "verify works" not in ask_everything(copied)


@pytest.mark.parametrize("value", ["{", "[]", "7", '{"normaliser": 1, "threshold": "high"}'])
def test_damaged_settings_are_a_store_error(copied, value):
    change(copied, f"UPDATE meta SET value = '{value}'")

    assert [said for said in ask_everything(copied) if said.endswith("works")] == []


def test_lost_page_is_told_whichever_it_is(tmp_path, articles):
    """No verb fails with anything but a StoreError, and `verify` either finds faults or is refused."""
    whole, silent = build(tmp_path / "whole", articles[:12]).read_bytes(), []
    for at in range(0, len(whole), 8192):
        path = tmp_path / f"page {at // 8192}"
        path.write_bytes(whole[:at] + bytes(8192) + whole[at + 8192 :])
        with suppress(StoreError):
            silent += [] if Index.open(path).verify() else [at]
        ask_everything(path)

    assert silent == []


def test_folder_is_refused(tmp_path):
    assert [said for said in ask_everything(tmp_path) if said.endswith("works")] == []


@pytest.mark.parametrize("mode", ["r", "w"])
def test_missing_file_is_refused_with_the_command_that_makes_it(tmp_path, mode):
    path = tmp_path / "index.dedup"
    with pytest.raises(StoreError) as refused:
        Index.open(path, mode)

    assert f"{path}: there is no such index; `dedup index add {path} PATH...` makes one" == str(refused.value)


@pytest.mark.parametrize("verb", ["verify", "info", "compact"])
def test_index_that_is_still_to_be_made_has_nothing_to_tell(tmp_path, verb):
    with pytest.raises(StoreError, match="there is no such index"):
        getattr(Index.open(tmp_path / "index.dedup", "c"), verb)()


def test_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be made \(No such file or directory\); name a folder that can be written to"):
        Index.open(tmp_path / "no" / "index.dedup", "c").add(Document("draft", FERRY))


def test_other_normaliser_is_refused_with_both_versions_and_the_way_out(copied):
    change(copied, "UPDATE meta SET value = json_set(value, '$.normaliser', 99)")
    told = f"built with normaliser 99, this dedup has {NORMALISER_VERSION}; build the index anew"

    assert {told} == set(ask_everything(copied))


def test_unknown_name_is_refused_and_nothing_removed(copied, articles):
    name = articles[0].name
    with pytest.raises(StoreError) as refused:
        Index.open(copied, "w").remove([name, name.rpartition("/")[2]])

    told = f"{copied}: has no document {name.rpartition('/')[2]!r}, did you mean {name!r}?; nothing was changed"
    assert told == str(refused.value)
    assert len(articles) == Index.open(copied).info()["documents"]


@pytest.mark.parametrize("name", ["", "nothing/", "%", "\ud800", "a\0b"])
def test_strange_unknown_name_is_refused_without_a_guess(copied, name):
    with pytest.raises(StoreError, match=r"has no document .*; nothing was changed") as refused:
        Index.open(copied, "w").remove(name)

    assert "did you mean" not in str(refused.value)


def test_names_that_repeat_or_look_counted_are_kept_apart(tmp_path):
    repeated = [Document("x", FERRY), Document("x", BUDGET), Document("x (2)", ORCHARD)]
    built = build(tmp_path / "built", repeated)
    grown = grow(tmp_path / "grown", [repeated])

    assert dump(built) == dump(grown)
    assert Index.open(built).info()["documents"] == 3


def test_name_with_a_null_is_a_name_like_any(tmp_path):
    path = build(tmp_path / "built", [Document("a", FERRY), Document("a\0b", BUDGET, "s\0t")])
    writing = Index.open(path, "w")

    unchanged = writing.add(Document("a\0b", BUDGET, "s\0t")).changes
    replaced = writing.add(Document("a\0b", CHESS, "s\0t")).changes
    removed = writing.remove("a\0b")

    assert [Changes(unchanged=1), Changes(replaced=1), Changes(removed=1)] == [unchanged, replaced, removed]
    assert dump(build(tmp_path / "other", [Document("a", FERRY)])) == dump(path)


def test_index_of_markdown_is_sound_whatever_goes(tmp_path):
    """What a reader leaves out of a text, such as a link's target, is no word of it to the index either."""
    linked = FERRY.replace("ferry", "[ferry](https://example.org/times/of/the/last/ferry)")
    marked, plain = Document("a.md", article(linked, BUDGET)), Document("b.txt", article(FERRY, CHESS))
    path = build(tmp_path / "index", [marked, plain])
    faults = [Index.open(path).verify()]
    for name in ("b.txt", "a.md"):
        Index.open(path, "w").remove(name)
        faults.append(Index.open(path).verify())

    assert (faults, {name: len(rows) for name, rows in dump(path).items() if rows}) == ([[], [], []], {"settings": 1})
