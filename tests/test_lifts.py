"""Passages of whole corpora: what `audit` reports of runs that paragraphs share which are not alike as a whole."""

from __future__ import annotations

import dataclasses
import json
import re
from itertools import combinations
from pathlib import Path

import naive
import naive_paragraphs
import numpy as np
import pytest
from corpora import NEWSROOM, SHARED, article, write_files
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dedup.align import Runs
from dedup.audit import audit
from dedup.errors import SettingsError
from dedup.lifts import pick_apart
from dedup.model import Document
from dedup.report import report_schema

SEED = SHARED / "seed" / "000_1012173faf556cf4.txt"
RELATIONS = json.loads(NEWSROOM.with_suffix(".truth.json").read_text(encoding="utf-8"))["relations"]
LIFTS = [relation for relation in RELATIONS if relation["expect"] == "passage"]
COVERED = 0.9
"""Share of the characters of a planted run that the passage has to hold."""
MISSED: set[str] = set()
"""Relations that expect a passage and get none. A change is to be noticed."""


def unique(name, n):
    """Return n words of letters alone that no other name has."""
    return [name + "".join("abcdefghij"[int(figure)] for figure in str(i)) for i in range(n)]


def prose(*parts):
    return " ".join(word for part in parts for word in part)


RUN = unique("run", 12)


def lift(name):
    """Return a paragraph that holds the run, and is not like any of another name as a whole."""
    return prose(unique(f"{name}left", 15), RUN, unique(f"{name}right", 15))


def audit_texts(*texts, **changes):
    return audit([Document(f"d{i}", text) for i, text in enumerate(texts)], **changes)


one_side = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 20), st.integers(1, 8)).map(
    lambda side: (*side[:3], side[2] + side[3])
)
two_sides = st.tuples(one_side, one_side).filter(lambda run: run[0][1] != run[1][1])


@given(st.lists(two_sides, max_size=12))
def test_runs_that_overlap_none_before_them_are_kept(runs):
    table = np.array(runs, np.int64).reshape(-1, 2, 4)
    documents, texts, firsts, lasts = (table[:, :, i].copy() for i in range(4))
    a, b = (np.stack((firsts[:, side], lasts[:, side]), axis=1) for side in (0, 1))
    shared = np.zeros(len(table), np.int64)
    kept = pick_apart(Runs(texts, a, b, shared), documents.astype(np.int32))
    far = pick_apart(Runs(texts << 40, a, b, shared), documents << 40)

    assert kept.tolist() == naive.runs_apart(runs)
    assert far.tolist() == kept.tolist()


def sides(passage):
    return passage.a, passage.b


def spans(report):
    return [span for passage in report.passages for span in sides(passage)]


def where(passage):
    return {(span.document, span.paragraph) for span in sides(passage)}


def without_seconds(report):
    said = json.loads(report.to_json())
    del said["summary"]["seconds"]
    return said


@pytest.fixture(scope="module")
def newsroom():
    return audit(NEWSROOM)


@pytest.fixture(scope="module")
def seed():
    if not SEED.is_file():
        pytest.skip(f"{SEED} is not here: it is no part of the project")
    return audit([SEED])


@pytest.mark.parametrize(
    ("first", "other", "said", "words", "edits"),
    [
        ("Since then, there is an estimated", "Since then, there is an estimated", "Since then|number is unclear", 21, 0),
        ("Nearly two years after the war began", "Since then, there is an estimated", "Nearly two|against Russia", 23, 2),
        ("Zelensky urged foreign fighters", "Zelenskyy urged foreign fighters", "urged foreign|February 2022", 20, 0),
    ],
)
def test_article_lifts_its_own_sentences_into_captions(seed, first, other, said, words, edits):
    lines = {line: text for line, text in enumerate(SEED.read_text(encoding="utf-8").split("\n"), 1) if text}
    begin, end = said.split("|")
    found = [
        passage
        for passage in seed.passages
        if lines[passage.a.line].startswith(first) and lines[passage.b.line].startswith(other) and passage.a.text.startswith(begin)
    ]
    clusters = [{member.paragraph for member in cluster.members} for cluster in seed.clusters]

    assert [(passage.words, passage.a.text.endswith(end), passage.b.text.endswith(end)) for passage in found] == [
        (words, True, True)
    ]
    assert round(words / found[0].similarity) - words == edits
    assert not any({found[0].a.paragraph, found[0].b.paragraph} <= members for members in clusters)


def covered(relation, report):
    """Return the share of the planted run that one passage between two members holds, on the side where it holds less."""
    best = 0.0
    for one, other in combinations(relation["members"], 2):
        for passage in report.passages:
            for mine, its in (sides(passage), sides(passage)[::-1]):
                best = max(best, min(share_of(one, mine), share_of(other, its)))
    return best


def share_of(member, span):
    """Return how much of a member's run, or of any of the member where it has none, a span holds."""
    path = NEWSROOM / member["document"]
    if Path(span.document) != path:
        return 0.0
    text = path.read_bytes().decode()
    start = text.index(member["text"])
    if "run" not in member:
        return float(start <= span.start and span.end <= start + len(member["text"]))
    run = re.compile(r"\s+".join(map(re.escape, member["run"].split()))).search(text, start)
    return max(0, min(span.end, run.end()) - max(span.start, run.start())) / (run.end() - run.start())


def test_lifted_paragraphs_of_the_newsroom_share_a_passage(newsroom):
    """Where the truth names no run (abridged paragraphs) any passage between the two is enough."""
    shares = {relation["id"]: covered(relation, newsroom) for relation in LIFTS}

    assert len(LIFTS) >= 25
    assert {name for name, share in shares.items() if share < COVERED} == MISSED


def test_passages_of_the_newsroom_are_few_and_mostly_planted(newsroom):
    planted = [{(str(NEWSROOM / m["document"]), m["text"]) for m in relation["members"]} for relation in RELATIONS]
    texts = {path: path.read_bytes().decode() for path in NEWSROOM.rglob("*.txt")}

    def lies_in(span, members):
        text = texts[Path(span.document)]
        return any(document == span.document and span.start >= text.index(said) for document, said in members)

    unplanted = [p for p in newsroom.passages if not any(all(lies_in(span, members) for span in sides(p)) for members in planted)]

    Draft202012Validator(report_schema()).validate(json.loads(newsroom.to_json()))
    assert len(newsroom.passages) == newsroom.summary.passages
    assert len(unplanted) <= 0.1 * len(newsroom.passages)


def test_spans_of_the_newsroom_stand_where_they_say(newsroom):
    for span in spans(newsroom):
        text = Path(span.document).read_bytes().decode()

        assert span.text == text[span.start : span.end]
        assert span.line == len(re.split("\r\n|[\r\n]", text[: span.start]))


def test_spans_begin_and_end_with_whole_words(newsroom):
    for span in spans(newsroom):
        text = Path(span.document).read_bytes().decode()
        n_words = [len(naive.words(part)) for part in (text[: span.start], span.text, text[span.end :])]

        assert sum(n_words) == len(naive.words(text))
        assert naive.words(span.text[-1]) != []


def test_shares_and_similarity_are_those_of_the_words(newsroom):
    for passage in newsroom.passages:
        a, b = (naive.words(span.text) for span in sides(passage))
        paragraphs = [naive.words(paragraph_of(span)) for span in sides(passage)]
        passed_a, passed_b, shared = naive.follow(a, b)

        assert (passed_a, passed_b, shared) == (len(a), len(b), passage.words)
        assert passage.similarity == round(shared / max(len(a), len(b)), 6)
        assert [passage.a_share, passage.b_share] == [round(shared / len(words), 6) for words in paragraphs]


def paragraph_of(span):
    text = Path(span.document).read_bytes().decode()
    start, end, _ = naive_paragraphs.paragraphs(text, "auto")[span.paragraph]
    assert start <= span.start < span.end <= end
    return text[start:end]


def test_passages_lie_between_clusters_the_longest_first(newsroom):
    lengths = [passage.words for passage in newsroom.passages]
    clusters = [{(member.document, member.paragraph) for member in cluster.members} for cluster in newsroom.clusters]

    assert lengths == sorted(lengths, reverse=True)
    assert not [passage for passage in newsroom.passages for members in clusters if where(passage) <= members]


def test_threads_change_nothing_and_order_of_documents_at_most_which_copy_a_passage_names(newsroom):
    found = audit(sorted(NEWSROOM.rglob("*.txt"))[::-1])

    assert without_seconds(audit(NEWSROOM, jobs=4)) == without_seconds(audit(NEWSROOM, jobs=1))
    assert [p.words for p in found.passages] == [p.words for p in newsroom.passages]
    assert what_is_lifted(found) == what_is_lifted(newsroom)


def what_is_lifted(report):
    return sorted(sorted(" ".join(span.text.split()) for span in sides(passage)) for passage in report.passages)


LINK = '[{}](https://example.org/path/page.html "Some title")'
MARKDOWN = {
    "inside": [*RUN[:5], LINK.format(RUN[5]), *RUN[6:]],
    "first": [LINK.format(RUN[0]), *RUN[1:]],
    "last": [*RUN[:-1], LINK.format(RUN[-1])],
    "code behind": [*RUN, "`code_here`"],
    "image": [*RUN[:6], "![](image.png)", *RUN[6:]],
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_spans_are_cut_from_the_document(tmp_path, name):
    text = f"# Title of é\n\n{prose(unique('a', 15))}\r\n{prose(MARKDOWN[name])} {prose(unique('b', 15))}\n"
    write_files(tmp_path, {"a.md": text, "b.txt": lift("other")})
    (passage,) = audit([tmp_path]).passages
    last = text.index(RUN[-1], text.index(RUN[0])) + len(RUN[-1])

    assert passage.words == len(RUN)
    assert passage.a.text == text[passage.a.start : passage.a.end]
    assert passage.a.line == len(re.split("\r\n|[\r\n]", text[: passage.a.start])) == 4
    assert (passage.a.start, passage.a.end) == (text.index(RUN[0]), last)


@pytest.mark.parametrize(
    "word",
    ["6", "ß", "船", "ﬁ", "½", "e\u0301", "क़ि", "ـة", "\U0001d400", "㎏", "℃", "㎡", "™", "Ⓐ", "㍻"],
)
@pytest.mark.parametrize("behind", ["", ".", "!” – ", " 🚢 "])
def test_last_word_is_whole_in_any_script(word, behind):
    """Signs such as "㎏" are read as the letters that they stand for, and are words."""
    texts = [prose(unique(name, 15), RUN, [word + behind], unique(f"{name}end", 15)) for name in ("first", "second")]
    (passage,) = audit_texts(*texts).passages

    assert passage.words == len(RUN) + len(naive.words(word))
    assert [span.text for span in sides(passage)] == [prose(RUN, [word])] * 2


def test_offsets_count_characters_of_the_document():
    texts = [f"🚢 船 é\r\n\r\n“{lift('first')}”", f"\ufeffx\n\n\n{lift('second')}"]
    report = audit_texts(*texts)

    assert [texts[int(span.document[1:])][span.start : span.end] for span in spans(report)] == [prose(RUN)] * 2
    assert [(span.line, span.paragraph) for span in spans(report)] == [(3, 1), (4, 1)]


def test_case_and_punctuation_are_no_edit():
    texts = [prose(unique("a", 20), RUN, unique("b", 20)), prose(unique("c", 20), [w.upper() + "," for w in RUN], unique("d", 20))]
    (passage,) = audit_texts(*texts).passages

    assert (passage.words, passage.similarity) == (12, 1.0)


def test_passages_can_be_switched_off():
    texts = [lift("first"), lift("second")]
    report = audit_texts(*texts, passages=False)

    assert (report.passages, report.documents, report.summary.passages) == ((), (), 0)
    assert len(audit_texts(*texts).passages) == 1


@pytest.mark.parametrize(("least", "n_passages"), [(11, 1), (12, 1), (13, 0), (1000, 0)])
def test_shorter_runs_than_asked_for_are_no_passages(least, n_passages):
    assert len(audit_texts(lift("first"), lift("second"), passage_words=least).passages) == n_passages


@pytest.mark.parametrize("least", [-1, 0, 4, 1001])
def test_length_out_of_bounds_is_refused(least):
    with pytest.raises(SettingsError, match="passage-words"):
        audit_texts("text", passage_words=least)


@pytest.mark.parametrize("least", [6, 7])
def test_shortest_length_that_may_be_asked_for_finds_every_such_run(least):
    texts = [prose(unique(f"{name}a", 15), RUN[:least], unique(f"{name}b", 15)) for name in ("first", "second")]

    assert [passage.words for passage in audit_texts(*texts, passage_words=least).passages] == [least]


def test_copies_of_a_lift_in_one_document_are_one_passage():
    report = audit_texts(lift("first"), article(lift("second"), lift("second")))

    assert [cluster.size for cluster in report.clusters] == [2]
    assert [where(passage) for passage in report.passages] == [{("d0", 0), ("d1", 0)}]


@pytest.mark.parametrize("more", ["more", ""])
def test_every_document_with_a_copy_of_a_lift_has_its_passage(more):
    """Whether the copies are exact makes no difference."""
    report = audit_texts(lift("first"), lift("second"), f"{lift('second')} {more}")

    assert sorted(sorted(where(passage)) for passage in report.passages) == [[("d0", 0), (f"d{i}", 0)] for i in (1, 2)]


def test_run_in_many_paragraphs_comes_once_per_pair_of_documents():
    report = audit_texts(lift("first"), article(*(lift(name) for name in "abcde")))
    across = [passage for passage in report.passages if passage.a.document != passage.b.document]

    assert len(across) == 1


def test_no_document_shares_more_words_than_it_has():
    report = audit_texts(prose(RUN, unique("x", 3)), article(*(lift(name) for name in "abcde")))

    assert [document.nearest.shared_words for document in report.documents] == [12, 12]
    Draft202012Validator(report_schema()).validate(json.loads(report.to_json()))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 2, 1)])
def test_where_a_lift_stands_among_near_copies_changes_nothing(order):
    texts = [lift("first"), lift("first") + " more", lift("second")]
    report = audit_texts(article(*(texts[i] for i in order)))

    assert [cluster.size for cluster in report.clusters] == [2]
    assert len(report.passages) == 1


def test_two_runs_of_one_pair_are_two_passages_the_longest_first():
    other = unique("other", 20)
    texts = [prose(RUN, unique("a", 25), other, unique("b", 20)), prose(unique("c", 25), other, unique("d", 25), RUN)]

    assert [(passage.words, passage.a.text) for passage in audit_texts(*texts).passages] == [(20, prose(other)), (12, prose(RUN))]


def test_nearest_counts_the_words_of_passages_and_clusters():
    copy = prose(unique("copy", 20))
    for n_shared, report in [
        (12, audit_texts(lift("first"), prose(unique("alone", 30)), lift("second"))),
        (32, audit_texts(article(lift("first"), copy), copy, article(lift("second"), copy))),
    ]:
        found = {document.document: document for document in report.documents}
        share = round(n_shared / found["d0"].words, 6)

        assert dataclasses.astuple(found["d0"].nearest) == ("d2", n_shared, share, share)
        assert (found["d0"].duplicate_paragraphs > 0) == ("d1" in found) == (n_shared > 12)


def test_passage_within_a_document_makes_nothing_near():
    report = audit_texts(article(lift("first"), lift("second")))

    assert [where(passage) for passage in report.passages] == [{("d0", 0), ("d0", 1)}]
    assert [document.nearest for document in report.documents] == [None]


def test_set_phrase_is_counted_and_left_out():
    report = audit_texts(*(lift(f"x{'abcdefghij'[i // 10]}{'abcdefghij'[i % 10]}") for i in range(100)))

    assert report.passages == ()
    assert report.summary.common_runs > 0


def test_furniture_is_lifted_from_nowhere():
    line = prose(["Subscribe"], unique("terms", 14))
    pages = [article(prose(unique(f"page{spelt}", 30)), prose(unique(f"more{spelt}", 30)), line) for spelt in "abcdefghij"]
    report = audit_texts(*pages, prose(unique("body", 20), naive.words(line), unique("rest", 20)))

    assert [cluster.kind for cluster in report.clusters] == ["furniture"]
    assert report.passages == ()
