"""A corpus without its duplicates: what goes, what stays, and that both together are what there was."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article, write_files
from hypothesis import given
from hypothesis import strategies as st
from splitting import FILLER, OTHER, THIRD

from dedup.audit import audit
from dedup.clean import clean
from dedup.corpus import tell_apart
from dedup.errors import InputError, LimitError, SettingsError
from dedup.folder import restore
from dedup.model import Document
from dedup.policy import Policy
from dedup.read import read
from dedup.report.cleaning import Size
from dedup.settings import Settings

ALL = Policy(max_removed=1.0)
MAST = "The Evening Herald, founded in the year 1887"


def read_texts(*paths, settings=None):
    return {document.name: document.text for document in read(paths, settings)}


def read_log(folder):
    return [json.loads(line) for line in (folder / "removed.jsonl").read_text().splitlines()]


def assert_account_is_right(folder, originals, settings=None):
    """Assert that each entry quotes its document, and that what is left and what went are together what there was."""
    entries = read_log(folder)
    for entry in entries:
        text = originals[entry["document"]]
        start, end = entry["start"], entry["end"]
        assert text[start:end] == entry["text"]
        assert text[start - len(entry["before"]) : start] == entry["before"]
        assert text[end : end + len(entry["after"])] == entry["after"]
        assert entry["paragraph"] >= 0
        kept = entry["kept"]
        if kept:
            assert kept["document"] in entry["why"]
            assert entry["scope"] == ("within" if kept["document"] == entry["document"] else "across")
    removed = {(entry["document"], entry["start"], entry["end"]) for entry in entries}
    for entry in entries:
        kept = entry["kept"]
        assert not kept or not any(
            document == kept["document"] and start <= kept["start"] < end for document, start, end in removed
        )
    assert {document.name: document.text for document in restore(folder)} == originals
    return entries


def clusters_left(folder, policy, **changes):
    """Return the clusters of a cleaned corpus that the policy would have taken out."""
    report = audit([folder], **changes)
    found = []
    for cluster in report.clusters:
        documents = Counter(member.document for member in cluster.members)
        is_repeated = {"across": len(documents) > 1, "within": max(documents.values()) > 1}
        if cluster.kind == "furniture":
            found += [cluster] if policy.drops("furniture", cluster.scope) else []
        elif any(is_repeated[scope] and policy.drops(cluster.kind, scope) for scope in is_repeated):
            found.append(cluster)
    return found


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(keep="last"),
        Policy(keep="longest", order="name"),
        Policy(keep="none", max_removed=1.0),
        Policy(drop=("caption", "paragraph", "furniture"), order="input"),
        Policy(drop=("paragraph:within", "furniture:within"), order="name", keep="last"),
        Policy(passages=True),
    ],
)
def test_newsroom_is_left_without_what_the_policy_drops_and_nothing_is_lost(tmp_path, policy):
    found = clean([NEWSROOM], tmp_path / "a", policy=policy)
    again = clean([tmp_path / "a"], tmp_path / "b", policy=policy)

    assert_account_is_right(tmp_path / "a", read_texts(NEWSROOM))
    assert clusters_left(tmp_path / "a", policy) == []
    assert (again.removed, again.before) == ((), found.after)
    assert len(found.removed) > 5
    assert read_texts(tmp_path / "a") == {name.replace("/b/", "/a/"): text for name, text in read_texts(tmp_path / "b").items()}


def test_newsroom_plan_is_a_regression():
    """The figures were looked at by hand: see the truth file for what is a repeat."""
    found = clean([NEWSROOM], "unused", dry_run=True)

    assert found.before == Size(52, 1126, 25765)
    assert found.count_kinds() == {
        ("caption", "within"): (84, 1426),
        ("furniture", "across"): (344, 2677),
        ("furniture", "within"): (2, 17),
        ("paragraph", "across"): (53, 2385),
    }
    assert not Path("unused").exists()


def test_caption_goes_within_a_document_and_paragraph_across_documents(tmp_path):
    folder = write_files(tmp_path / "in", {"a.txt": article(BUDGET, ORCHARD, ORCHARD), "b.txt": article(CHESS, BUDGET, FERRY)})
    found = clean([folder], tmp_path / "out", policy=ALL)

    assert (tmp_path / "out/a.txt").read_text() == article(BUDGET, ORCHARD)
    assert (tmp_path / "out/b.txt").read_text() == article(CHESS, FERRY)
    assert [(one.document, one.paragraph, one.kind, one.scope) for one in found.removed] == [
        (f"{folder}/a.txt", 2, "caption", "within"),
        (f"{folder}/b.txt", 1, "paragraph", "across"),
    ]
    assert [one.why for one in found.removed] == [
        f"kept {folder}/a.txt ¶1 (first in its document)",
        f"kept {folder}/a.txt ¶0 (first by name)",
    ]


ROWS = [
    {"id": "new", "text": article(FERRY, CHESS), "date": "2024-05-01"},
    {"id": "old", "text": article(ORCHARD, FERRY_EDITED), "date": "2024-02-11"},
    {"id": "none", "text": article(FERRY, FERRY + " It was " + BUDGET)},
]


@pytest.mark.parametrize(
    ("policy", "kept", "why"),
    [
        (ALL, "old", "earliest, 2024-02-11"),
        (Policy(keep="last", max_removed=1.0), "new", "latest, 2024-05-01"),
        (Policy(order="input", max_removed=1.0), "new", "first of the input"),
        (Policy(order="input", keep="last", max_removed=1.0), "none", "last of the input"),
        (Policy(order="name", max_removed=1.0), "new", "first by name"),
        (Policy(keep="longest", max_removed=1.0), "old", "longest, 22 words"),
    ],
)
def test_copy_that_stays_is_told_with_the_reason(tmp_path, policy, kept, why):
    path = write_files(tmp_path, {"in/rows.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS)}) / "in/rows.jsonl"
    found = clean([path], tmp_path / "out", policy=policy, date_field="date")

    told = {one.why for one in found.removed}
    assert len(told) == 1
    assert told.pop().startswith(f"kept {path}#{kept} ¶")
    assert all(one.why.endswith(f"({why})") for one in found.removed)


def test_kept_copy_that_goes_later_is_told_by_the_one_that_stays(tmp_path):
    """Once it no longer stands twice a caption without a cue is a paragraph, and of those one in all stays."""
    folder = write_files(
        tmp_path / "in", {"a.txt": article(BUDGET, FERRY, FERRY), "b.txt": article(ORCHARD, FERRY_EDITED, FERRY, CHESS)}
    )
    found = clean([folder], tmp_path / "out", policy=ALL)

    assert {one.kind for one in found.removed if one.scope == "across"} == {"paragraph"}
    assert [(one.document[-5:], one.paragraph, one.kept.document[-5:], one.kept.paragraph, one.scope) for one in found.removed] == [
        ("a.txt", 2, "a.txt", 1, "within"),
        ("b.txt", 1, "a.txt", 1, "across"),
        ("b.txt", 2, "a.txt", 1, "across"),
    ]
    assert [one.similarity for one in found.removed] == [1.0, found.removed[1].similarity, 1.0]
    assert 0.6 <= found.removed[1].similarity < 1.0
    assert_account_is_right(tmp_path / "out", read_texts(folder))
    assert clusters_left(tmp_path / "out", ALL) == []


def test_document_of_which_nothing_stays_is_dropped_or_kept(tmp_path):
    rows = [{"id": 7, "text": FERRY, "x": [1]}, {"id": 8, "text": FERRY, "x": [2.0]}, {"id": 9, "text": CHESS}]
    folder = write_files(
        tmp_path / "in", {"a.txt": FERRY, "b.txt": BUDGET, "c.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}
    )
    dropped = clean([folder], tmp_path / "dropped", policy=ALL)
    kept = clean([folder], tmp_path / "kept", policy=Policy(empty="keep", max_removed=1.0))

    assert (dropped.emptied, kept.emptied) == (2, 2)
    assert (tmp_path / "dropped/c.jsonl").read_text() == json.dumps(rows[2]) + "\n"
    assert [json.loads(line) for line in (tmp_path / "kept/c.jsonl").read_text().splitlines()] == [
        rows[0] | {"text": ""},
        rows[1] | {"text": ""},
        rows[2],
    ]
    for out in ("dropped", "kept"):
        assert_account_is_right(tmp_path / out, read_texts(folder))


def test_file_of_which_nothing_stays_is_not_written(tmp_path):
    folder = write_files(tmp_path / "in", {"a.txt": FERRY, "b/c.txt": FERRY, "b/d.txt": CHESS})
    clean([folder], tmp_path / "out", policy=ALL)

    assert sorted(path.name for path in (tmp_path / "out").rglob("*.txt")) == ["a.txt", "d.txt"]
    assert_account_is_right(tmp_path / "out", read_texts(folder))


def test_too_much_is_refused_and_nothing_is_written(tmp_path):
    folder = write_files(tmp_path / "in", {"a.txt": FERRY, "b.txt": FERRY, "c.txt": FERRY})
    plans = []

    with pytest.raises(LimitError, match=r"66.7% of the words would go, more than --max-removed 50%; nothing is written"):
        clean([folder], tmp_path / "out", show=plans.append)
    assert not (tmp_path / "out").exists()
    assert [len(plan.removed) for plan in plans] == [2]
    assert clean([folder], tmp_path / "out", dry_run=True).removed_share > 0.5
    assert clean([folder], tmp_path / "out", policy=ALL).files == 1


def test_short_paragraphs_stay_on_demand(tmp_path):
    folder = write_files(tmp_path / "in", {"a.txt": article("Yes.", FERRY, BUDGET), "b.txt": article("Yes.", FERRY, CHESS)})
    found = clean([folder], tmp_path / "out", policy=Policy(least_words=3))

    assert [one.text for one in found.removed] == [FERRY]
    assert [one.text for one in clean([folder], tmp_path / "all").removed] == ["Yes.", FERRY]


def test_sentences_of_a_passage_go_and_the_rest_of_them_stays(tmp_path):
    mine = f"{FILLER} {FERRY} {BUDGET} That was the whole of it, said the clerk."
    edited = BUDGET.replace("surprised", "very surprised")
    theirs = f"{OTHER} {THIRD} He saw that {FERRY} {edited} Then the bells of the old church rang."
    folder = write_files(tmp_path / "in", {"a.txt": article(mine), "b.txt": article(theirs, CHESS)})
    found = clean([folder], tmp_path / "out", policy=Policy(passages=True, drop=()))

    went = [(one.kind, one.scope, one.text, one.before, one.after) for one in found.removed]
    assert went == [("passage", "across", edited, "", " ")]
    assert (tmp_path / "out/b.txt").read_text() == article(theirs.replace(f"{edited} ", ""), CHESS)
    assert [(one.why, one.words) for one in found.removed] == [(f"kept {folder}/a.txt ¶0 (first by name)", 21)]
    assert_account_is_right(tmp_path / "out", read_texts(folder))
    assert clean([tmp_path / "out"], tmp_path / "again", policy=Policy(passages=True, drop=())).removed == ()


paragraphs = st.sampled_from(
    [
        FERRY,
        FERRY_EDITED,
        BUDGET,
        ORCHARD,
        CHESS,
        MAST,
        "Share",
        "Photo: J. Doe",
        "* * *",
        "- item one two",
        "---",
        "Heading\n---",
        "# One",
        "a: b",
    ]
)
gaps = st.sampled_from(["\n", "\n\n", "\n\n\n", "\r\n\r\n", "\n\f", " \n"])
texts = st.lists(st.tuples(paragraphs, gaps), min_size=1, max_size=6).map(lambda pairs: "".join(map("".join, pairs)))
policies = st.builds(
    Policy,
    drop=st.lists(st.sampled_from(["caption:within", "caption", "paragraph:across", "paragraph", "furniture"]), unique=True).map(
        tuple
    ),
    keep=st.sampled_from(["first", "last", "longest", "none"]),
    order=st.sampled_from(["date", "input", "name"]),
    passages=st.booleans(),
    empty=st.sampled_from(["drop", "keep"]),
    max_removed=st.just(1.0),
)


@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, max_size=4), policies)
def test_left_and_removed_are_together_what_there_was(tmp_path_factory, files, rows, policy):
    base = tmp_path_factory.mktemp("clean")
    contents = {f"{'ab'[i % 2]}/{i}.{'txt' if i % 3 else 'md'}": text for i, text in enumerate(files)}
    if rows:
        contents["c/rows.jsonl"] = "".join(json.dumps({"n": i, "text": text}) + "\n" for i, text in enumerate(rows))
    folder = write_files(base / "in", contents)
    found = clean([folder], base / "out", policy=policy)

    assert_account_is_right(base / "out", read_texts(folder))
    assert sum(one.words for one in found.removed) == found.before.words - found.after.words
    if found.after.documents:
        assert clusters_left(base / "out", policy) == []
        assert clean([base / "out"], base / "again", policy=policy).removed == ()


def test_result_hangs_neither_on_jobs_nor_on_the_order_of_the_inputs(tmp_path):
    folders = sorted(NEWSROOM.iterdir())
    outputs = []
    for name, paths, jobs in (("a", folders, 1), ("b", folders[::-1], 2), ("c", folders[1:] + folders[:1], 3)):
        clean(paths, tmp_path / name, jobs=jobs)
        outputs.append(
            {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        )

    assert outputs[0] == outputs[1] == outputs[2]
    assert len(outputs[0]) == 54


@pytest.mark.parametrize("empty", ["drop", "keep"])
@given(
    st.lists(
        st.tuples(st.sampled_from([None, 1, 2, 3, "x", "x (2)", ""]), st.sampled_from([FERRY, BUDGET, ""])), min_size=1, max_size=8
    )
)
def test_names_are_those_that_reports_print(tmp_path_factory, empty, rows):
    base = tmp_path_factory.mktemp("names")
    written = "".join(json.dumps({"text": text} | ({} if key is None else {"id": key})) + "\n" for key, text in rows)
    folder = write_files(base / "in", {"a.jsonl": written, "b.txt": article(FERRY, CHESS)})
    clean([folder], base / "out", policy=Policy(empty=empty, max_removed=1.0))
    names = tell_apart([document.name for document in read([folder])])

    assert [document.name for document in restore(base / "out")] == names
    assert {entry["document"] for entry in read_log(base / "out")} <= set(names)


def test_document_that_is_no_file_is_refused():
    with pytest.raises(InputError, match="a: is no file; a clean writes files again"):
        clean([Document("a", "text")], "out")


def test_input_that_can_be_read_but_once_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"One."))))
    with pytest.raises(InputError, match="-: can be read but once, and a clean reads each input twice; save it as a file"):
        clean(["-"], tmp_path / "out")


def test_no_document_is_an_error(tmp_path):
    folder = write_files(tmp_path / "in", {"a.txt": ""})

    with pytest.raises(InputError, match="no document"):
        clean([folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_settings_that_read_otherwise_are_kept_for_the_way_back(tmp_path):
    rows = "".join(
        json.dumps({"name": name, "said": {"by": text}}) + "\n" for name, text in (("x", article(FERRY, BUDGET)), ("y", FERRY))
    )
    folder = write_files(tmp_path / "in", {"a.jsonl": rows})
    settings = Settings(text_field="said.by", id_field="name", split="line")
    found = clean([folder], tmp_path / "out", settings, policy=ALL)

    assert found.emptied == 1
    assert_account_is_right(tmp_path / "out", read_texts(folder, settings=settings))


def test_unknown_setting_is_refused(tmp_path):
    with pytest.raises(SettingsError):
        clean([NEWSROOM], tmp_path / "out", thresold=0.5)


def test_paragraph_of_which_all_sentences_go_goes_with_its_gap(tmp_path):
    """Two articles lend a sentence each to a third; without white space between sentences too."""
    said = "港务局长说，港内共有两艘拖轮可用，但浪高超过六米时不能靠近大船。"
    asked = "值班员每隔十分钟用灯光向船上报告一次距离，直到天亮为止。"
    others = (
        "昨天傍晚渔民们在码头等了三个小时。",
        "没有人知道下一班船什么时候开。",
        "灯塔看守人退休以后一直没有人接替。",
        "今年冬天比往年来得更早也更冷。",
    )
    texts = [f"{others[0]}{said}{others[1]}{others[3] * 2}", f"{others[2]}{asked}{others[3]}{others[1] * 2}", f"{said}{asked}"]
    folder = write_files(
        tmp_path / "in", {"a.txt": article(texts[0]), "b.txt": article(texts[1]), "c.txt": article(CHESS, texts[2], BUDGET)}
    )
    clean([folder], tmp_path / "out", policy=Policy(passages=True, drop=()))

    assert (tmp_path / "out/c.txt").read_text() == article(CHESS, BUDGET)
    assert [
        entry["text"] for entry in assert_account_is_right(tmp_path / "out", read_texts(folder)) if "c.txt" in entry["document"]
    ] == [said, asked]


def test_sentence_with_markup_in_it_stays(tmp_path):
    linked = BUDGET.replace("the budget", "[the budget](https://example.org/budget)")
    texts = {"a.md": article(f"{FILLER} {FERRY} {BUDGET}"), "b.md": article(f"{OTHER} {THIRD} {FERRY} {linked}")}
    folder = write_files(tmp_path / "in", texts)
    clean([folder], tmp_path / "out", policy=Policy(passages=True, drop=()))

    assert (tmp_path / "out/b.md").read_text() == article(f"{OTHER} {THIRD} {linked}")
