"""What is explained is what happens: by audit, by the oracles, and when its own advice is taken."""

from __future__ import annotations

import json

import naive
import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article, write_files
from hypothesis import assume, given
from hypothesis import strategies as st
from shapes import many_scripts

import dedup
from dedup.audit import audit
from dedup.errors import InputError
from dedup.explain import explain
from dedup.model import Document
from dedup.settings import Settings
from dedup.sketch import draw_permutations

vocabulary = st.sampled_from(["ferry", "cat", "the", "Quay", "on", "1988", "七"])
plain_text = st.lists(vocabulary, min_size=1, max_size=14).map(" ".join)
changes = st.fixed_dictionaries(
    {"threshold": st.sampled_from([0.2, 0.5, 0.6, 2 / 3, 0.75, 1.0]), "shingle": st.integers(1, 4), "min_words": st.integers(0, 8)}
)


@st.composite
def two_texts(draw):
    """Draw a text, and another one, or the same with some words changed."""
    text = draw(plain_text)
    if draw(st.booleans()):
        return text, draw(plain_text)
    words = text.split()
    for at in draw(st.lists(st.integers(0, len(words) - 1), max_size=2)):
        words[at] = draw(vocabulary)
    return text, " ".join(words)


def explain_texts(a, b, **settings):
    return explain(Document("a", a), Document("b", b), **settings)


def naive_sets(texts, shingle, min_words):
    return [set(naive.shingles(naive.words(text), shingle, min_words)) for text in texts]


@given(two_texts(), changes)
def test_pair_is_what_an_exact_audit_ties(texts, settings):
    found = explain_texts(*texts, exact=True, **settings)
    report = audit([Document(f"d{i}", text) for i, text in enumerate(texts)], exact=True, **settings)

    assert (found.is_pair, found.is_found) == (len(report.clusters) == 1,) * 2
    assert [cluster.members[1].similarity for cluster in report.clusters if found.is_pair] == [
        found.similarity.jaccard
    ] * found.is_pair


@given(two_texts(), changes)
def test_pair_is_found_when_the_bands_of_an_audit_find_it(texts, settings):
    found = explain_texts(*texts, **settings)
    report = audit([Document(f"d{i}", text) for i, text in enumerate(texts)], **settings)

    assert found.is_found == (len(report.clusters) == 1)


@given(two_texts(), changes)
def test_likeness_and_counts_are_those_of_naive_sets(texts, settings):
    found = explain_texts(*texts, **settings)
    a, b = naive_sets(texts, settings["shingle"], settings["min_words"])
    expected = [float(share) for share in (naive.jaccard(a, b), len(a & b) / len(a), len(a & b) / len(b))]
    similarity = found.similarity

    assert (found.shingles.shared, found.shingles.a_only, found.shingles.b_only) == (len(a & b), len(a - b), len(b - a))
    assert (found.a.shingles, found.b.shingles) == (len(a), len(b))
    similarity = found.similarity
    assert [similarity.jaccard, similarity.a_containment, similarity.b_containment] == pytest.approx(expected, abs=1e-6)


@given(two_texts(), changes)
def test_bands_agree_where_naive_signatures_do(texts, settings):
    found = explain_texts(*texts, **settings)
    bands, rows = found.bands.bands, found.bands.rows
    permutations = list(zip(*(column.tolist() for column in draw_permutations(bands * rows, Settings().seed)), strict=True))
    a, b = (naive.signature(sorted(one), permutations) for one in naive_sets(texts, settings["shingle"], settings["min_words"]))
    agreeing = [band for band in range(bands) if a[band * rows : band * rows + rows] == b[band * rows : band * rows + rows]]
    minima = sum(one == other for one, other in zip(a, b, strict=True))

    assert (list(found.bands.agreeing), found.bands.minima) == (agreeing, minima)
    assert found.similarity.estimate == pytest.approx(minima / (bands * rows), abs=1e-6)
    assert found.bands.chance == pytest.approx(naive.s_curve(found.similarity.jaccard, bands, rows), abs=1e-4)


@given(two_texts(), changes)
def test_widths_are_those_of_a_run_with_that_width(texts, settings):
    found = explain_texts(*texts, **settings)
    for width in found.widths:
        there = explain_texts(*texts, **settings | {"shingle": width.shingle})

        assert (width.jaccard, width.is_pair) == (there.similarity.jaccard, there.is_pair)


@given(two_texts(), changes)
def test_thresholds_that_are_advised_do_what_they_promise(texts, settings):
    found = explain_texts(*texts, **settings)
    if found.pair_up_to is not None and found.pair_up_to >= 0.04:
        assert explain_texts(*texts, **settings | {"threshold": found.pair_up_to}).is_pair
    if found.dropped_from is not None and found.dropped_from >= 0.04:
        assert not explain_texts(*texts, **settings | {"threshold": found.dropped_from}).is_pair

    assert (found.dropped_from is None) == (found.similarity.jaccard == 1.0)


@given(two_texts(), st.integers(1, 4))
def test_shorter_min_words_do_what_they_promise(texts, shingle):
    found = explain_texts(*texts, shingle=shingle, min_words=20)
    least = min(found.a.words, found.b.words)

    assert (found.unshortened is None) == (least < shingle)
    if found.unshortened:
        there = explain_texts(*texts, shingle=shingle, min_words=found.unshortened.min_words)

        assert there.reason != "compared whole"
        assert (found.unshortened.jaccard, found.unshortened.is_pair) == (there.similarity.jaccard, there.is_pair)


@given(st.lists(many_scripts, min_size=2, max_size=2).map(tuple))
def test_any_script_is_explained(texts):
    assume(all(naive.words(text) for text in texts))
    found = explain_texts(*texts)

    assert json.loads(found.to_json())["is_pair"] is found.is_pair
    assert explain_texts(*texts[::-1]).similarity.jaccard == found.similarity.jaccard


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (FERRY, FERRY.upper().replace(" ", " - "), (True, "same words", False)),
        (FERRY, FERRY_EDITED, (True, "alike", False)),
        (FERRY, BUDGET, (False, "unlike", False)),
        ("One grey cat", "One grey dog", (False, "compared whole", False)),
        ("One grey cat", FERRY, (False, "compared whole", False)),
        ("Updated: 14:02, 3 May", "Updated: 09:41, 7 June", (False, "compared whole", True)),
        ("Updated again at 14:02 on 3 May", "Updated again at 14:02 on 3 May", (True, "same words", False)),
    ],
)
def test_reasons(a, b, expected):
    found = explain_texts(a, b)

    assert (found.is_pair, found.reason, found.same_but_figures) == expected


def test_pair_that_the_bands_miss_is_told_apart_from_one_that_they_see():
    words = [f"w{i}" for i in range(41)]
    edited = [f"x{i}" if i % 8 == 4 else word for i, word in enumerate(words)]  # 30 of 50 pairs of words: seen by 99.1 %
    texts = " ".join(words), " ".join(edited)
    seed = next(seed for seed in range(1000) if not explain_texts(*texts, seed=seed).is_found)
    found, missed = explain_texts(*texts, seed=seed), explain_texts(*texts, seed=seed, exact=True)

    assert (found.is_pair, found.is_found, found.bands.agreeing) == (True, False, ())
    assert (missed.is_pair, missed.is_found) == (True, True)


def test_examples_are_the_words_of_shingles_in_reading_order():
    found = explain_texts("The grey cat, the «old» cat sat still", "the grey cat the new cat sat still")

    assert found.shingles.shared_examples == ("The grey", "grey cat", "cat, the", "cat sat", "sat still")
    assert found.shingles.a_examples == ("the «old", "old» cat")
    assert found.shingles.b_examples == ("the new", "new cat")


def test_most_alike_paragraphs_of_two_documents_are_chosen():
    found = explain_texts(article(BUDGET, CHESS, FERRY), article("One grey cat", ORCHARD, FERRY_EDITED, CHESS))

    assert (found.a.paragraph, found.b.paragraph, found.choice.compared, found.choice.pairs) == (1, 3, 12, 2)
    assert (found.a.line, found.b.line, found.a.paragraphs, found.b.paragraphs) == (3, 7, 3, 4)


def test_of_the_same_likeness_the_longer_is_chosen():
    found = explain_texts(article("Advertisement", FERRY), article("Advertisement", FERRY))

    assert (found.a.paragraph, found.b.paragraph) == (1, 1)


def test_without_a_shared_shingle_single_words_choose():
    listed, turned = "Cat and ferry, harbour, crew", "Crew, harbour, ferry and cat"
    found = explain_texts(article(ORCHARD, listed), article(BUDGET, turned), min_words=0)

    assert (found.similarity.jaccard, found.a.paragraph, found.b.paragraph) == (0.0, 1, 1)


def test_paragraph_of_a_document_is_held_against_its_others(tmp_path):
    path = str(write_files(tmp_path, {"a.txt": article(BUDGET, FERRY, CHESS, FERRY_EDITED)}) / "a.txt")
    everything, one_line = explain(path, path), explain(path, f"{path}:7")

    assert (everything.a.paragraph, everything.b.paragraph, everything.choice.compared) == (1, 3, 6)
    assert (one_line.a.paragraph, one_line.b.paragraph, one_line.choice.compared) == (1, 3, 3)


def test_sides_stand_where_an_audit_says(tmp_path):
    places = "herald/ferry-strike.txt", "coast-post/ferry-crews-walk-out.txt"
    found = explain(*(NEWSROOM / place for place in places))
    for side in (found.a, found.b):
        text = next(document.text for document in dedup.read([side.document]))

        assert text[side.start : side.end] == side.text
        assert text[: side.start].count("\n") + 1 == side.line


def test_runs_are_the_passages_of_an_audit():
    run = FERRY.removesuffix(".")
    texts = (f"{BUDGET} {run}, said the mate.", f"{CHESS} {ORCHARD} But {run.lower()} and two dogs.")
    found = explain_texts(*texts)
    report = audit([Document("a", texts[0]), Document("b", texts[1])])

    assert found.passages == report.passages
    assert len(found.passages) == 1
    assert explain_texts(*texts, passages=False).passages == ()


def test_diff_joins_to_both_texts():
    found = explain_texts(FERRY, FERRY_EDITED)

    assert [(piece.a, piece.b) for piece in found.diff if not piece.same] == [("one", "two"), ("cat", "cats")]


ROWS = [{"id": "a1", "text": FERRY}, {"id": "x:9", "text": article(BUDGET, FERRY_EDITED)}, {"id": "a1", "text": CHESS}]


@pytest.fixture
def feed(tmp_path, monkeypatch):
    monkeypatch.chdir(
        write_files(tmp_path, {"feed.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS), "a.txt": article(FERRY, BUDGET)})
    )


@pytest.mark.parametrize(
    ("place", "document", "line", "text"),
    [
        ("feed.jsonl#a1", "feed.jsonl#a1", 1, FERRY),
        ("feed.jsonl#a1:1", "feed.jsonl#a1", 1, FERRY),
        ("feed.jsonl#a1 (2)", "feed.jsonl#a1 (2)", 1, CHESS),
        ("feed.jsonl#x:9:3", "feed.jsonl#x:9", 3, FERRY_EDITED),
        ("a.txt:3", "a.txt", 3, BUDGET),
        ("./a.txt:1", "./a.txt", 1, FERRY),
    ],
)
def test_places_as_reports_print_them(feed, place, document, line, text):
    found = explain(place, Document("other", ORCHARD))

    assert (found.a.document, found.a.line, found.a.text, found.choice) == (document, line, text, None)


def test_every_place_that_an_audit_prints_is_found(monkeypatch):
    monkeypatch.chdir(NEWSROOM.parent)
    members = [member for cluster in audit(["formats"]).clusters for member in cluster.members]
    found = [explain(f"{member.document}:{member.line}", Document("text", member.text, ""), split="blank") for member in members]

    assert len({member.document.partition("#")[0] for member in members}) > 8
    assert [(side.document, side.line, side.text) for side in (one.a for one in found)] == [
        (member.document, member.line, member.text) for member in members
    ]


def test_line_inside_a_paragraph_names_it(tmp_path):
    path = write_files(tmp_path, {"a.txt": article("one\ntwo\nthree", FERRY)}) / "a.txt"

    assert explain(f"{path}:2", Document("other", ORCHARD)).a.text == "one\ntwo\nthree"


def test_file_of_two_rows_is_read_once(feed, monkeypatch):
    import dedup.named as module

    read = []
    monkeypatch.setattr(module, "read_given", lambda given, *rest, real=module.read_given: read.append(given) or real(given, *rest))

    assert explain("feed.jsonl#a1", "./feed.jsonl#x:9:3").is_pair
    assert read == [["feed.jsonl"]]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("feed.jsonl#a2", "feed.jsonl#a2: not among the 3 documents of feed.jsonl; nearest: feed.jsonl#a1, "),
        ("feed.jsonl", "feed.jsonl: holds 3 documents; name one of them, such as feed.jsonl#a1"),
        ("feed.jsnl#a1", "feed.jsnl#a1: no such file; did you mean feed.jsonl?"),
        ("b.txt:9", "b.txt:9: no such file; did you mean a.txt?"),
        ("nowhere/b.txt", "nowhere/b.txt: no such file"),
        ("a.txt:2", "a.txt:2: no paragraph stands there; the nearest begin at lines 1 and 3"),
        ("a.txt:99", "a.txt:99: no paragraph stands there; the nearest begin at line 3"),
        (".", ".: is a folder; name a file in it, or a document as reports print it"),
        (Document("empty", "…"), "empty: holds no word; name a document that does"),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(feed, place, message):
    with pytest.raises(InputError) as raised:
        explain(place, Document("other", ORCHARD))

    assert str(raised.value).startswith(message)


def test_paragraph_is_not_held_against_itself(feed):
    with pytest.raises(InputError, match="A and B are the same paragraph"):
        explain("a.txt:3", "./a.txt:3")


def test_json_has_the_names_of_the_contract():
    told = json.loads(explain_texts(FERRY, FERRY_EDITED).to_json())

    assert told["schema"] == "dedup-explanation/1"
    assert {"document", "paragraph", "start", "end", "line", "text", "words"} <= set(told["a"])
    assert {"threshold", "bands", "rows", "fingerprint"} <= set(told["settings"])
    assert told["similarity"] == {"jaccard": 0.75, "a_containment": 0.857143, "b_containment": 0.857143, "estimate": 0.742647}
