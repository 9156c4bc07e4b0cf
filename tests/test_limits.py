"""When a check fails: what counts as a finding, how much of it is too much, and what is known or allowed."""

from __future__ import annotations

import json
from itertools import product

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from hypothesis import given
from hypothesis import strategies as st

from dedup.check import check
from dedup.errors import InputError, SettingsError
from dedup.limits import Limits, read_allowed, read_baseline, write_baseline
from dedup.model import KINDS, SCOPES, Cluster, Document, Member, Similarity

CAPTION = "Photo: the grey cat on the last ferry to the outer islands"
DRAFTS = [
    Document("a", article(FERRY, CAPTION, ORCHARD, CAPTION)),
    Document("b", article(FERRY_EDITED, BUDGET, CHESS)),
]
"""A paragraph across, 22 + 22 words, and a caption within, 12 + 12, of 127 words."""


def make_cluster(name: str = "00000000000000ff", kind: str = "paragraph", scope: str = "across", text: str = FERRY) -> Cluster:
    member = Member("a", 0, 0, len(text), 1, len(text.split()), 1.0, text)
    return Cluster(name, kind, scope, 2, 2, Similarity(1.0, 1.0), (member, member))


ALL = [make_cluster(kind=kind, scope=scope) for kind, scope in product(KINDS, SCOPES)]


def select(*fail_on: str) -> list[str]:
    return [f"{one.kind}:{one.scope}" for one in Limits(fail_on=fail_on).select_findings(ALL)]


def test_captions_and_paragraphs_count_unless_said_otherwise():
    found = [f"{one.kind}:{one.scope}" for one in Limits().select_findings(ALL)]

    assert found == ["caption:within", "caption:across", "paragraph:within", "paragraph:across"]


def test_kind_counts_in_both_scopes_and_kind_with_scope_in_one():
    assert select("furniture") == ["furniture:within", "furniture:across"]
    assert select("paragraph:within") == ["paragraph:within"]
    assert select("caption:across", "paragraph") == ["caption:across", "paragraph:within", "paragraph:across"]
    assert select("caption", "caption:within") == ["caption:within", "caption:across"]


def test_nothing_counts_when_nothing_is_named():
    assert (select(), Limits(fail_on=()).are_exceeded(0, 0.0)) == ([], False)


@pytest.mark.parametrize(
    "entry", ["", "text", "Caption", "caption:", ":within", ":", "caption:both", "within", "caption:within:across", "paragraph "]
)
def test_entry_that_is_no_kind_is_refused_with_those_there_are(entry):
    with pytest.raises(SettingsError) as refused:
        Limits(fail_on=("caption", entry))

    known = "there are caption, paragraph, furniture, passage, each alone or with :within or :across"
    assert f"fail-on: {entry!r} is no kind of finding; {known}" == str(refused.value)


@pytest.mark.parametrize("changes", [{"max_findings": -1}, {"max_ratio": -0.1}, {"max_ratio": 1.5}, {"max_ratio": float("nan")}])
def test_limit_that_makes_no_sense_is_refused(changes):
    with pytest.raises(SettingsError, match=next(iter(changes)).replace("_", "-")):
        Limits(**changes)


EXCEEDED = [
    ({}, 0, 0.0, False),
    ({}, 1, 0.0, True),
    ({"max_findings": 0}, 0, 1.0, False),
    ({"max_findings": 2}, 2, 1.0, False),
    ({"max_findings": 2}, 3, 0.0, True),
    ({"max_ratio": 0.05}, 99, 0.05, False),
    ({"max_ratio": 0.05}, 1, 0.051, True),
    ({"max_ratio": 0.0}, 1, 0.0, False),
    ({"max_findings": 2, "max_ratio": 0.05}, 2, 0.05, False),
    ({"max_findings": 2, "max_ratio": 0.05}, 3, 0.05, True),
    ({"max_findings": 2, "max_ratio": 0.05}, 2, 0.051, True),
]


@pytest.mark.parametrize(("limits", "n_findings", "ratio", "are_exceeded"), EXCEEDED)
def test_either_limit_fails_and_without_any_every_finding_does(limits, n_findings, ratio, are_exceeded):
    assert Limits(**limits).are_exceeded(n_findings, ratio) is are_exceeded


@pytest.mark.parametrize(
    ("limits", "n_findings", "is_over"),
    [
        (Limits(), 2, True),
        (Limits(fail_on=("furniture",)), 0, False),
        (Limits(fail_on=("paragraph",), max_findings=1), 1, False),
        (Limits(fail_on=("paragraph:within", "caption:across")), 0, False),
        (Limits(max_findings=1), 2, True),
        (Limits(max_ratio=68 / 127), 2, False),
        (Limits(max_ratio=67 / 127), 2, True),
        (Limits(fail_on=("caption",), max_ratio=24 / 127), 1, False),
        (Limits(fail_on=("caption",), max_ratio=23 / 127), 1, True),
    ],
)
def test_check_is_over_its_limits_by_what_counts_alone(limits, n_findings, is_over):
    report = check(DRAFTS, limits=limits)

    assert (len(report.clusters), report.summary.words, report.summary.duplicate_words) == (2, 127, 68)
    assert (n_findings, n_findings, is_over) == (len(report.findings), report.summary.findings, report.is_over_limits)
    assert [one for one in report.clusters if one in report.findings] == list(report.findings)


def test_baseline_leaves_out_what_was_seen_and_no_more(tmp_path):
    path = tmp_path / "baseline.json"
    first = check(DRAFTS)
    write_baseline(path, first.findings)
    again = check(DRAFTS, baseline=read_baseline(path))
    more = check([*DRAFTS, Document("c", article(CHESS, ORCHARD))], baseline=read_baseline(path))

    assert (
        again.clusters, again.findings, again.documents, again.summary.findings, again.summary.baselined, again.is_over_limits
    ) == ((), (), (), 0, 2, False)  # fmt: skip
    assert (
        again.summary.duplicate_words, again.summary.duplicate_ratio, again.summary.clusters_by_kind
    ) == (0, 0.0, {"caption": 0, "paragraph": 0, "furniture": 0})  # fmt: skip
    assert (len(more.clusters), more.summary.findings, more.summary.baselined) == (2, 2, 2)
    assert not {one.id for one in more.clusters} & {one.id for one in first.clusters}


def test_baseline_of_some_leaves_the_others_with_their_documents(tmp_path):
    paragraph = next(one for one in check(DRAFTS).clusters if one.kind == "paragraph")
    report = check(DRAFTS, baseline=[paragraph.id])

    assert ([one.kind for one in report.clusters], [one.document for one in report.documents]) == (["caption"], ["a"])
    assert (report.documents[0].duplicate_paragraphs, report.documents[0].nearest) == (2, None)


def test_baseline_is_the_same_in_any_order_and_keeps_what_was_known(tmp_path):
    clusters = [make_cluster(f"{i:016x}", text=f"Text \u00e9\n {i}") for i in (3, 1, 2)]
    write_baseline(tmp_path / "a.json", clusters, {name: {"id": name} for name in ("00000000000000aa", "0000000000000001")})
    write_baseline(tmp_path / "b.json", clusters[::-1], {name: {"id": name} for name in ("0000000000000001", "00000000000000aa")})
    written = (tmp_path / "a.json").read_text(encoding="utf-8")

    assert written == (tmp_path / "b.json").read_text(encoding="utf-8")
    assert set(read_baseline(tmp_path / "a.json")) == {f"{i:016x}" for i in (1, 2, 3, 0xAA)}
    assert json.loads(written)["findings"][0] == {
        "id": "0000000000000001", "kind": "paragraph", "scope": "across", "text": "Text é 1"
    }  # fmt: skip
    assert [one["id"] for one in json.loads(written)["findings"]] == [f"{i:016x}" for i in (1, 2, 3, 0xAA)]


def test_baseline_shows_the_beginning_of_a_long_text(tmp_path):
    write_baseline(tmp_path / "a.json", [make_cluster(text=article(FERRY, BUDGET, CHESS))])
    (entry,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["findings"]

    assert entry["text"] == f"{FERRY} {BUDGET}"[:120]


def test_empty_baseline_is_one(tmp_path):
    write_baseline(tmp_path / "a.json", [])

    assert read_baseline(tmp_path / "a.json") == {}


DAMAGED = {
    "empty": b"",
    "cut off": b'{"schema": "dedup-baseline/1", "findings": [{"id": "0',
    "a list": b"[]",
    "a number": b"7",
    "no schema": b'{"findings": []}',
    "no findings": b'{"schema": "dedup-baseline/1"}',
    "findings of another kind": b'{"schema": "dedup-baseline/1", "findings": ["0"]}',
    "findings without id": b'{"schema": "dedup-baseline/1", "findings": [{"kind": "caption"}]}',
    "an id that is a list": b'{"schema": "dedup-baseline/1", "findings": [{"id": []}]}',
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_file_that_is_no_baseline_is_refused_with_what_makes_one(tmp_path, name):
    path = tmp_path / "baseline.json"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(InputError) as refused:
        read_baseline(path)

    assert f"{path}: is no baseline; --write-baseline {path} makes one" == str(refused.value)


def test_baseline_of_another_version_is_refused_with_both(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text('{"schema": "dedup-baseline/2", "findings": []}', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_baseline(path)

    assert f"{path}: is a baseline of kind 'dedup-baseline/2', this dedup knows 'dedup-baseline/1'; write it anew" == str(
        refused.value
    )


def test_missing_baseline_and_allowed_texts_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\); --write-baseline .*no\.json makes it"):
        read_baseline(tmp_path / "no.json")
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\)"):
        read_allowed(tmp_path / "no.txt")
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_allowed(tmp_path)


ALLOWED = {
    "blank lines": "One.\n\nTwo.\n",
    "blank lines with blanks": "One.\n \t \nTwo.",
    "Windows": "One.\r\n\r\nTwo.\r\n",
    "old Macintosh": "One.\r\rTwo.\r",
    "byte order mark": "\ufeffOne.\n\nTwo.\n",
    "many blank lines": "\n\n\nOne.\n\n\n\n \n\nTwo.\n\n\n",
    "indented": "  One.  \n\n\tTwo.\t\n",
}


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed_texts_have_blank_lines_between_them(tmp_path, name):
    folder = write_files(tmp_path, {"allowed.txt": ALLOWED[name]})

    assert read_allowed(folder / "allowed.txt") == ("One.", "Two.")


def test_allowed_text_may_go_over_lines_and_an_empty_file_allows_nothing(tmp_path):
    folder = write_files(tmp_path, {"a.txt": "One\r\ngoes on.\n\n\nTwo.", "b.txt": "", "c.txt": " \n\n\t\n"})

    assert [read_allowed(folder / name) for name in ("a.txt", "b.txt", "c.txt")] == [("One\ngoes on.", "Two."), (), ()]


def test_allowed_texts_that_are_not_utf_8_are_refused_with_the_place(tmp_path):
    folder = write_files(tmp_path, {"allowed.txt": b"Caf\xe9"})

    with pytest.raises(InputError, match=r"allowed\.txt: invalid UTF-8 at offset 3; save it as UTF-8"):
        read_allowed(folder / "allowed.txt")


visible = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


@given(st.lists(visible, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
def test_texts_that_are_joined_by_blank_lines_are_read_as_they_were(tmp_path_factory, texts, newline):
    path = tmp_path_factory.getbasetemp() / "allowed.txt"
    path.write_bytes((newline * 2).join(texts).encode())

    assert tuple(texts) == read_allowed(path)


def test_allowed_paragraph_is_left_out_exact_or_edited_and_counted():
    report = check(DRAFTS, allow=[f"  {FERRY.upper().replace(' ', ', ')}"])
    (cluster,) = report.clusters

    assert (cluster.kind, report.summary.allowed, report.summary.findings) == ("caption", 2, 1)


def test_allowed_paragraph_keeps_the_places_of_the_others():
    (cluster,) = check(DRAFTS, allow=[FERRY]).clusters

    assert [(m.document, m.paragraph, m.line, m.text) for m in cluster.members] == [("a", 1, 3, CAPTION), ("a", 3, 7, CAPTION)]


@pytest.mark.parametrize(("text", "n_allowed"), [(FERRY, 2), (FERRY_EDITED, 2), (" ".join(FERRY.split()[:12]), 0)])
def test_text_is_allowed_when_it_is_as_like_it_as_a_pair(text, n_allowed):
    report = check([Document("a", FERRY), Document("b", FERRY)], allow=[text])

    assert (report.summary.allowed, len(report.clusters)) == (n_allowed, 0 if n_allowed else 1)


def test_short_text_is_allowed_by_its_words_alone():
    drafts = [Document("a", article("Read more", "Read this")), Document("b", article("Read this", "Read more"))]
    report = check(drafts, allow=["read MORE!"])
    (cluster,) = report.clusters

    assert ([member.text for member in cluster.members], report.summary.allowed) == (["Read this", "Read this"], 2)


def test_texts_without_a_word_or_not_in_any_draft_allow_nothing():
    assert check(DRAFTS, allow=["...", "", CHESS[::-1]]).clusters == check(DRAFTS).clusters


def test_everything_may_be_allowed():
    report = check(DRAFTS, allow=[FERRY, CAPTION, ORCHARD, BUDGET, CHESS])

    assert (report.clusters, report.summary.allowed, report.summary.findings, report.is_over_limits) == ((), 7, 0, False)
    assert report.summary.distinct_paragraphs <= report.summary.paragraphs
