"""The report as JSON against its schema and against the contract."""

from __future__ import annotations

import copy
import json
from dataclasses import fields

import msgspec
import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from dedup.audit import audit
from dedup.model import CheckSummary, Document
from dedup.report import as_json, report_schema
from dedup.report.as_json import SCHEMA_NAME
from dedup.version import __version__

SUMMARY = [
    "documents", "sources", "paragraphs", "words", "distinct_paragraphs", "duplicate_paragraphs", "duplicate_words",
    "duplicate_ratio", "clusters", "clusters_by_kind", "clusters_by_scope", "passages", "common_runs", "candidate_pairs",
    "left_out_pairs", "verified_pairs", "expected_recall", "skipped", "decoded", "seconds",
]  # fmt: skip
SETTINGS = [
    "threshold", "shingle", "min_words", "split", "seed", "exact", "text_field", "id_field", "date_field", "source_field",
    "max_document", "passages", "passage_words",
    "num_perm", "bands", "rows", "scheme", "s_curve", "normaliser", "fingerprint",
]  # fmt: skip
PHOTO = "写真は、東京の空を飛ぶ飛行機。"

CORPORA = {
    "recycled": [Document("a", article(FERRY, BUDGET), "x"), Document("b", article(FERRY_EDITED, CHESS), "y")],
    "repeated": [Document("a", article(FERRY, FERRY, FERRY))],
    "nothing": [Document("a", article(FERRY)), Document("b", article(ORCHARD))],
    "wordless": [Document("", ""), Document("…", "…")],
    "scripts": [
        Document("新聞", "写真は、東京の空を飛ぶ飛行機。"),
        Document("\n", "写真は、東京の空を飛ぶ飛行機!"),
        Document("\U0001f600\0", "\0x"),
    ],
    "broken": [Document("a", "\ud800"), Document("\ud800", FERRY, "\udfff")],
    "newsroom": [NEWSROOM],
}


def report_of(name, **changes):
    return json.loads(audit(CORPORA[name], **changes).to_json())


@pytest.fixture(scope="module")
def validator():
    Draft202012Validator.check_schema(report_schema())
    return Draft202012Validator(report_schema())


@pytest.mark.parametrize("name", CORPORA)
def test_schema_describes_the_report(validator, name):
    validator.validate(report_of(name))


@pytest.mark.parametrize("changes", [{"exact": True}, {"threshold": 1}, {"min_words": 0, "shingle": 5}, {"text_field": "é"}])
def test_schema_describes_every_setting(validator, changes):
    validator.validate(report_of("recycled", **changes))


def test_schema_describes_the_passages_to_come(validator):
    span = {"document": "a", "paragraph": 0, "start": 0, "end": 5, "line": 1, "text": "a b c"}
    passage = {"words": 3, "similarity": 1.0, "a": span, "b": span, "a_share": 0.5, "b_share": 0.25}

    validator.validate(report_of("nothing") | {"passages": [passage]})


def drop(report, *path):
    """Return a report without one of its keys."""
    broken = copy.deepcopy(report)
    inner = broken
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return broken


def put(report, value, *path):
    """Return a report with one value changed."""
    broken = copy.deepcopy(report)
    inner = broken
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return broken


BREAKS = {
    "no schema": lambda report: drop(report, "schema"),
    "another version": lambda report: put(report, "dedup-report/2", "schema"),
    "unknown key": lambda report: put(report, 1, "extra"),
    "share above one": lambda report: put(report, 1.1, "summary", "duplicate_ratio"),
    "negative count": lambda report: put(report, -1, "summary", "documents"),
    "unknown kind": lambda report: put(report, "banner", "clusters", 0, "kind"),
    "unknown scope": lambda report: put(report, "inside", "clusters", 0, "scope"),
    "lone member": lambda report: drop(report, "clusters", 0, "members", 1),
    "id of other digits": lambda report: put(report, "6D5633FBF2714E72", "clusters", 0, "id"),
    "member without text": lambda report: drop(report, "clusters", 0, "members", 0, "text"),
    "line zero": lambda report: put(report, 0, "clusters", 0, "members", 0, "line"),
    "document without nearest": lambda report: drop(report, "documents", 0, "nearest"),
    "skipped as list": lambda report: put(report, [], "summary", "skipped"),
    "setting left out": lambda report: drop(report, "settings", "fingerprint"),
    "count as text": lambda report: put(report, "7", "summary", "words"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_schema_rejects_a_broken_report(validator, name):
    broken = BREAKS[name](report_of("recycled"))

    with pytest.raises(ValidationError):
        validator.validate(broken)


def test_keys_are_those_of_the_contract_in_its_order():
    report = report_of("recycled")
    (cluster,) = report["clusters"]

    assert list(report) == ["schema", "tool", "settings", "summary", "clusters", "passages", "documents"]
    assert list(report["tool"]) == ["name", "version"]
    assert list(report["settings"]) == SETTINGS
    assert list(report["summary"]) == SUMMARY
    assert list(report["summary"]["clusters_by_kind"]) == ["caption", "paragraph", "furniture"]
    assert list(report["summary"]["clusters_by_scope"]) == ["within", "across"]
    assert list(cluster) == ["id", "kind", "scope", "size", "documents", "similarity", "members"]
    assert list(cluster["similarity"]) == ["min", "mean"]
    assert list(cluster["members"][0]) == ["document", "paragraph", "start", "end", "line", "words", "similarity", "text"]
    assert list(report["documents"][0]) == [
        "document",
        "source",
        "paragraphs",
        "words",
        "duplicate_paragraphs",
        "duplicate_ratio",
        "nearest",
    ]
    assert list(report["documents"][0]["nearest"]) == ["document", "shared_words", "a_share", "b_share"]


def test_schema_names_all_keys_and_requires_them():
    schema = report_schema()
    cluster = schema["properties"]["clusters"]["items"]

    assert sorted(schema["properties"]["summary"]["required"]) == sorted(SUMMARY)
    assert sorted(schema["properties"]["settings"]["required"]) == sorted(SETTINGS)
    assert (cluster["required"], cluster["additionalProperties"]) == (list(cluster["properties"]), False)


def test_schema_knows_what_only_a_check_has():
    schema = report_schema()
    summary, member = schema["properties"]["summary"], schema["properties"]["clusters"]["items"]["properties"]["members"]["items"]

    assert set(summary["properties"]) - set(summary["required"]) == {f.name for f in fields(CheckSummary)} - set(SUMMARY)
    assert set(member["properties"]) - set(member["required"]) == {"origin"}


def test_settings_say_how_pairs_were_looked_for():
    settings = report_of("recycled")["settings"]

    assert (settings["num_perm"], settings["bands"], settings["rows"], settings["scheme"]) == (136, 34, 4, "affine32")
    assert settings["s_curve"][5] == [0.6, round(1 - (1 - 0.6**4) ** 34, 6)]


def test_report_ends_with_a_line_end_and_holds_text_as_it_is():
    text = audit(CORPORA["scripts"]).to_json()

    assert (text.endswith("}\n"), PHOTO in text) == (True, True)


def test_same_run_gives_the_same_bytes():
    texts = [audit(CORPORA["newsroom"]).to_json().splitlines() for _ in range(2)]

    assert [line for line in texts[0] if "seconds" not in line] == [line for line in texts[1] if "seconds" not in line]


@pytest.mark.parametrize("at_once", [1, 2, 16, 1000])
@pytest.mark.parametrize("name", ["newsroom", "scripts", "nothing"])
def test_report_is_the_same_in_blocks_as_at_once(monkeypatch, name, at_once):
    monkeypatch.setattr(as_json, "ENCODED_AT_ONCE", at_once)
    report = audit(CORPORA[name])
    parts = {"schema": SCHEMA_NAME, "tool": {"name": "dedup", "version": __version__}}
    parts |= {"settings": report.settings, "summary": report.summary}
    parts |= {part: tuple(getattr(report, part)) for part in ("clusters", "passages", "documents")}

    assert report.to_json() == msgspec.json.format(msgspec.json.encode(parts), indent=2).decode() + "\n"
