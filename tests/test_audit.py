"""A whole run as the library gives it: what counts as there twice, in which order, and what changes nothing."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
import unicodedata

import pytest
from corpora import BUDGET, FERRY, NEWSROOM, ORCHARD, SENTENCES, SHARED, article, orderless, places, write_files
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from shapes import many_lines

import dedup
from dedup import band, pipeline
from dedup.audit import audit
from dedup.errors import InputError, SettingsError
from dedup.model import Document
from dedup.read import batches, read

SEED = SHARED / "seed" / "000_1012173faf556cf4.txt"


def audit_texts(*texts, **changes):
    return audit([Document(f"d{i}", text) for i, text in enumerate(texts)], **changes)


def without_seconds(report):
    said = json.loads(report.to_json())
    del said["summary"]["seconds"]
    return said


def test_copy_in_another_document_is_a_cluster_across():
    report = audit_texts(article(FERRY, BUDGET), article(ORCHARD, FERRY))
    (cluster,) = report.clusters

    assert (cluster.kind, cluster.scope, cluster.size, cluster.documents) == ("paragraph", "across", 2, 2)
    assert places(cluster) == {("d0", 0), ("d1", 1)}


def test_copy_in_the_same_document_is_a_cluster_within():
    (cluster,) = audit_texts(article(FERRY, BUDGET, FERRY), article(ORCHARD)).clusters

    assert (cluster.scope, cluster.documents, places(cluster)) == ("within", 1, {("d0", 0), ("d0", 2)})


def test_texts_that_share_nothing_have_no_cluster():
    report = audit_texts(*map(article, SENTENCES))

    assert (report.clusters, report.documents, report.summary.duplicate_ratio) == ((), (), 0.0)


def test_case_punctuation_and_accents_are_no_difference():
    (cluster,) = audit_texts("Très tôt, l'été passé: CAFÉ fermé!", "tres tot l'ete passe – cafe ferme").clusters

    assert cluster.similarity.min == 1.0


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_unicode_forms_are_no_difference(form):
    text = "Ångström führte Żółć, приёмник, สำหรับ ﬁnally, ガラス와 한국어 together in the naïve façade of 1887."
    first, second = audit_texts(text, unicodedata.normalize(form, text)).clusters[0].members

    assert (first.similarity, second.similarity) == (1.0, 1.0)


def test_short_paragraphs_are_compared_whole():
    report = audit_texts(article("Yes.", "Two words", "Yes", "two words!", "Two worlds"))

    assert [places(cluster) for cluster in report.clusters] == [{("d0", 1), ("d0", 3)}, {("d0", 0), ("d0", 2)}]


def test_min_words_says_which_paragraphs_are_short():
    edited = article("one two three four five six", "one two three four five seven")

    assert [len(audit_texts(edited, min_words=n).clusters) for n in (6, 7)] == [1, 0]


def test_threshold_decides_on_a_pair_and_is_included():
    texts = ("a b c d e f g h i", "a b c d e f g x y")  # 6 of 10 pairs of words are shared

    assert [len(audit_texts(*texts, threshold=t, exact=True).clusters) for t in (0.6, 0.61)] == [1, 0]


def test_documents_without_a_word_make_no_paragraph():
    summary = audit_texts("", " \n\n", "...\n\n— — —\n\n!?", "\u200b\ufeff", FERRY).summary

    assert (summary.documents, summary.paragraphs, summary.duplicate_paragraphs, summary.duplicate_ratio) == (5, 1, 0, 0.0)


def test_corpus_without_a_single_word_is_a_report_without_findings():
    report = audit_texts("", "...")

    assert (report.clusters, report.summary.words, report.summary.duplicate_ratio) == ((), 0, 0.0)


def test_earliest_date_represents_whatever_its_form():
    documents = [
        Document("undated", FERRY),
        Document("noon in Rome", FERRY, date="2024-05-03T12:00:00+02:00"),
        Document("late", FERRY, date="2024-05-03T10:30:00Z"),
        Document("evening before in New York", FERRY, date="2024-05-02T23:00:00-08:00"),
        Document("junk", FERRY, date="yesterday"),
    ]
    (cluster,) = audit(documents).clusters

    assert [m.document for m in cluster.members] == ["evening before in New York", "noon in Rome", "late", "undated", "junk"]


def test_first_in_the_input_represents_where_no_date_is_known():
    (cluster,) = audit([Document(name, FERRY) for name in "cab"]).clusters

    assert [member.document for member in cluster.members] == ["c", "a", "b"]


def test_equal_dates_keep_the_order_of_the_input():
    (cluster,) = audit([Document(name, FERRY, date="2024-05-03") for name in "cab"]).clusters

    assert [member.document for member in cluster.members] == ["c", "a", "b"]


def test_clusters_come_with_most_words_first():
    report = audit_texts(article("Good morning all", FERRY, BUDGET, BUDGET), article(FERRY, FERRY, "Good morning all"))

    assert [cluster.words for cluster in report.clusters] == sorted((cluster.words for cluster in report.clusters), reverse=True)
    assert len(report.clusters) == 3


def test_no_document_at_all_is_refused_with_what_was_looked_for(tmp_path):
    write_files(tmp_path, {"a.png": "", "b.jsonl": "{}\n[]\n"})

    with pytest.raises(InputError) as refused:
        audit(tmp_path)

    assert str(refused.value) == (
        f"{tmp_path}: no document (1 skipped: no field 'text'; 1 skipped: not an object; 1 of kind .png); "
        "looked for files ending in .txt .text .md .markdown .html .htm .xhtml .warc .jsonl .ndjson .json .csv .tsv .parquet .arrow"
        " .feather, each also with .gz, .bz2 or .zst"
    )


def test_no_input_is_refused():
    with pytest.raises(InputError, match=r"^no input: no document; looked for"):
        audit([])


def test_path_may_be_text_or_a_path_or_among_several(tmp_path):
    write_files(tmp_path, {"a.txt": FERRY, "b.txt": FERRY})
    reports = [audit(str(tmp_path)), audit(tmp_path), audit([tmp_path / "a.txt", str(tmp_path / "b.txt")])]

    assert [without_seconds(report) for report in reports] == [without_seconds(reports[0])] * 3


def test_documents_and_paths_may_be_mixed(tmp_path):
    write_files(tmp_path, {"a.txt": FERRY})
    (cluster,) = audit([Document("draft", FERRY), tmp_path]).clusters

    assert places(cluster) == {("draft", 0), (f"{tmp_path}/a.txt", 0)}


def test_settings_may_be_given_whole_or_by_name():
    settings = dedup.Settings(threshold=0.9, shingle=3)

    assert audit_texts(FERRY, settings=settings).settings == audit_texts(FERRY, threshold=0.9, shingle=3).settings


@pytest.mark.parametrize(("change", "message"), [({"treshold": 0.5}, "did you mean 'threshold'"), ({"threshold": 0.01}, "--exact")])
def test_setting_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(SettingsError, match=message):
        audit_texts(FERRY, **change)


def test_skipped_records_are_told_and_reported(tmp_path):
    write_files(tmp_path, {"a.jsonl": '{"text": "One."}\nno\n[]\n'})
    told = []
    report = audit(tmp_path, tell=told.append)

    assert (told, report.summary.skipped) == (list(report.problems), {"not JSON": 1, "not an object": 1})


def test_progress_counts_all_documents_and_texts():
    told = []
    audit_texts(FERRY, BUDGET, FERRY, progress=lambda stage, n_done: told.append((stage, n_done)))

    assert told == [("Reading", 3), ("Sketching", 2), ("Comparing", 0), ("Winnowing", 2)]


@pytest.fixture(scope="module")
def articles():
    return list(read([NEWSROOM]))


@pytest.mark.parametrize("changes", [{"jobs": 2}, {"jobs": 5}])
def test_number_of_threads_changes_nothing(articles, changes, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_BYTES", 4096)
    monkeypatch.setattr(pipeline, "CHUNK_TEXTS", 64)
    monkeypatch.setattr(pipeline, "CHUNK_PAIRS", 50)

    assert without_seconds(audit(articles, **changes)) == without_seconds(audit(articles, jobs=1))


def test_size_of_batches_changes_nothing(articles, monkeypatch):
    whole = without_seconds(audit(articles))
    monkeypatch.setattr(batches, "BATCH_BYTES", 1)
    monkeypatch.setattr(pipeline, "CHUNK_TEXTS", 10)

    assert without_seconds(audit(articles)) == whole


@pytest.mark.parametrize("seed", range(3))
def test_order_of_documents_changes_nothing_but_who_represents(articles, seed):
    shuffled = random.Random(seed).sample(articles, len(articles))

    assert orderless(audit(shuffled)) == orderless(audit(articles))


def test_comparing_all_pairs_finds_the_same_clusters(articles):
    assert orderless(audit(articles, exact=True)) == orderless(audit(articles))


def test_corpus_of_many_texts_is_cut_into_other_bands_says_so_and_has_the_same_clusters(articles, monkeypatch):
    usual = audit(articles)
    monkeypatch.setattr(band, "MANY_TEXTS", 0)
    many = audit(articles)

    told = [tuple(report.settings[name] for name in ("bands", "rows", "num_perm")) for report in (usual, many)]
    assert told == [(34, 4, 136), (57, 5, 285)]
    assert (many.settings["fingerprint"], orderless(many)) == (usual.settings["fingerprint"], orderless(usual))


def test_comparing_all_pairs_misses_none_for_sure(articles):
    assert (audit(articles, exact=True).summary.expected_recall, 0.99 < audit(articles).summary.expected_recall < 1.0) == (
        1.0,
        True,
    )


@given(st.lists(many_lines, max_size=4), st.sampled_from(["auto", "blank", "line"]))
def test_any_text_is_audited_and_offsets_cut_out_what_is_quoted(texts, split):
    texts = [*texts, *texts, FERRY]
    report = audit_texts(*texts, split=split)

    for cluster in report.clusters:
        for member in cluster.members:
            text = texts[int(member.document[1:])]
            assert member.text == text[member.start : member.end]
    json.loads(report.to_json())


words = st.lists(st.sampled_from(["pine", "oak", "elm", "ash", "yew", "fir", "bay", "fig"]), min_size=1, max_size=7).map(" ".join)


@profile(max_examples=40)
@given(st.lists(st.lists(words, min_size=1, max_size=4).map("\n\n".join), min_size=2, max_size=6), st.randoms())
def test_order_changes_no_cluster_of_small_documents(texts, rng):
    documents = [Document(f"d{i}", text, source=f"s{i % 2}") for i, text in enumerate(texts)]
    shuffled = rng.sample(documents, len(documents))

    assert {frozenset(places(c)) for c in audit(shuffled).clusters} == {frozenset(places(c)) for c in audit(documents).clusters}


def test_public_functions_are_not_hidden_by_the_modules_of_their_name():
    """`dedup.audit`, `dedup.read` and `dedup.sketch` are modules too, and the import system would bind those."""
    code = "import dedup.audit, dedup.sketch, dedup.read, dedup; print(*(type(getattr(dedup, n)).__name__ for n in dedup.__all__))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [name for name in done.stdout.split() if name == "module"] == []


def test_result_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        audit_texts(FERRY).clusters = ()


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not part of the project")
def test_seed_article_has_nine_captions_and_a_recycled_lead():
    report = audit(SEED)
    lead = next(cluster for cluster in report.clusters if cluster.members[0].line == 11)

    assert {cluster.scope for cluster in report.clusters} == {"within"}
    assert [member.line for member in lead.members] == [11, 23, 25]
    assert len(report.clusters) == 9
    assert {cluster.kind for cluster in report.clusters} == {"caption"}


def test_threshold_too_low_for_bands_is_refused_but_for_all_pairs():
    documents = [Document("a", FERRY), Document("b", f"{BUDGET} The last.")]

    with pytest.raises(SettingsError, match="raise it, or compare all pairs with --exact"):
        audit(documents, threshold=0.01)
    assert len(audit(documents, threshold=0.01, exact=True).clusters) == 1
