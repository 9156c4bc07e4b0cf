"""SARIF against the official schema, and against the rules of its specification that no schema can say.

The schema is the one of OASIS as json.schemastore.org serves it (in the package schemastore 0.2.3), unaltered.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, article, write_files
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from test_places import NOTHING, draft, published, report_of, tie

from dedup.audit import audit
from dedup.model import Document
from dedup.report.as_sarif import render_sarif
from dedup.report.places import list_findings
from dedup.report.wording import clean_text

SCHEMA = json.loads((Path(__file__).parent / "surface" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
PATH = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})"
REFERENCE = re.compile(rf"(?:(?:https?|file)://{PATH}*|(?![^/]*:)(?!/){PATH}*)(?:\?(?:{PATH}|\?)*)?(?:#(?:{PATH}|\?)*)?")
HOSTILE = [
    "\n::error::x",
    "]]>",
    "<script>alert(1)</script>",
    "\x1b[31m\0",
    "\u2028\u2029",
    '"',
    "{0}",
    "[x](http://evil.example)",
    "\\](x)",
]

formats = FormatChecker(formats=())
formats.checks("uri-reference")(lambda uri: REFERENCE.fullmatch(uri) is not None)
formats.checks("uri")(lambda uri: REFERENCE.fullmatch(uri) is not None and ":" in uri)
validator = Draft7Validator(SCHEMA, format_checker=formats)


def run_of(report):
    """Return the only run of a report, after validating all of it."""
    log = json.loads(render_sarif(report))
    validator.validate(log)
    (run,) = log["runs"]
    return run


def result_of(*members, **options):
    """Return the only result of a cluster."""
    (result,) = run_of(report_of(tie(*members, **options)))["results"]
    return result


def artifact_of(document):
    """Return how SARIF locates a document."""
    return result_of(published("a"), draft(document))["locations"][0]["physicalLocation"]["artifactLocation"]


def read_message(text):
    """Return a plain-text message as a viewer shows it, and where its links lead; see sections 3.11.5 and 3.11.6."""
    assert not set("{}") & set(text.replace("{{", "").replace("}}", "")), "a placeholder without an argument"
    links = re.findall(r"(?<!\\)\[(?:[^\[\]\\]|\\.)*\]\(([^)]*)\)", text)
    shown = re.sub(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\\([\[\]\\])", r"\1", shown).replace("{{", "{").replace("}}", "}"), links


def test_schema_is_whole_and_official():
    Draft7Validator.check_schema(SCHEMA)

    assert (SCHEMA["$schema"], len(SCHEMA["definitions"])) == ("http://json-schema.org/draft-07/schema#", 52)
    assert SCHEMA["$id"] == "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"


@pytest.mark.parametrize("change", [{"version": "2.0.0"}, {"runs": [{}]}, {"extra": 1}])
def test_schema_rejects_what_is_wrong(change):
    assert not validator.is_valid(json.loads(render_sarif(NOTHING)) | change)


@pytest.mark.parametrize("uri", ["a b", "a#b#c", "C:x", "/a", "50%", "é", "a\n", "//host/a", "http://x/[y]"])
def test_validator_rejects_what_is_no_reference(uri):
    assert not formats.conforms(uri, "uri-reference")


def test_report_without_findings_says_that_it_ran():
    run = run_of(NOTHING)

    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_text_is_indented_and_ends_with_a_line_end():
    text = render_sarif(NOTHING)

    assert (text.startswith('{\n  "$schema": '), text.endswith("\n}\n")) == (True, True)


def test_each_kind_has_a_rule_with_help():
    rules = run_of(NOTHING)["tool"]["driver"]["rules"]

    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("dedup/caption", "warning"),
        ("dedup/paragraph", "warning"),
        ("dedup/furniture", "note"),
        ("dedup/passage", "warning"),
    ]
    assert all(rule[key]["text"].endswith(".") for rule in rules for key in ("fullDescription", "help"))


@pytest.mark.parametrize(("kind", "level"), [("caption", "warning"), ("paragraph", "warning"), ("furniture", "note")])
def test_result_points_at_its_rule(kind, level):
    run = run_of(report_of(tie(published("a"), draft("b"), kind=kind)))
    (result,) = run["results"]

    assert (result["ruleId"], result["level"]) == (f"dedup/{kind}", level)
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_result_in_full():
    old = published("herald/ferry.txt", line=9)
    result = result_of(old, draft("my draft.md", FERRY_EDITED, line=7, similarity=0.96875))

    assert result == {
        "ruleId": "dedup/paragraph",
        "ruleIndex": 1,
        "level": "warning",
        "message": {"text": f"repeats a paragraph of [herald/ferry.txt:9](1) (96 % alike): “{FERRY_EDITED}”"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "my%20draft.md", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 7, "endLine": 7, "charOffset": 0, "charLength": len(FERRY_EDITED)},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "message": {"text": f"“{FERRY}”"},
                "physicalLocation": {
                    "artifactLocation": {"uri": "herald/ferry.txt", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 9, "endLine": 9, "charOffset": 0, "charLength": len(FERRY)},
                },
            }
        ],
        "partialFingerprints": {"dedup/cluster/v1": "00000000000000aa:1"},
        "properties": {"similarity": 0.96875, "scope": "across", "size": 2},
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_region_holds_the_paragraph_in_code_points_and_lines(newline):
    text = f"\U0001f600 é{newline * 2}{FERRY.replace(' ', newline, 2)}{newline * 2}{CHESS}"
    run = run_of(audit([Document("a", FERRY), Document("b", text)]))
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    start, end = region["charOffset"], region["charOffset"] + region["charLength"]

    assert (run["columnKind"], newline in run["newlineSequences"]) == ("unicodeCodePoints", True)
    assert text[start:end].split() == FERRY.split()
    assert (region["startLine"], region["endLine"]) == (3, 5)
    assert "".join(text.splitlines(keepends=True)[2:5]).strip() == text[start:end]


@pytest.mark.parametrize(
    ("document", "uri"),
    [
        ("herald/ferry strike.txt", "herald/ferry%20strike.txt"),
        ("50 % off #1.txt", "50%20%25%20off%20%231.txt"),
        ("a:b,c.txt", "a%3Ab%2Cc.txt"),
        ("./a/../b.txt", "b.txt"),
        ("../b.txt", "../b.txt"),
        ("新聞.txt", "%E6%96%B0%E8%81%9E.txt"),
        ("new\nline?x", "new%0Aline%3Fx"),
        ("-", "-"),
    ],
)
def test_relative_path_is_relative_to_the_base(document, uri):
    assert artifact_of(document) == {"uri": uri, "uriBaseId": "SRCROOT"}


@pytest.mark.parametrize(
    ("document", "uri"),
    [
        ("/srv/my drafts/a#1.txt", "file:///srv/my%20drafts/a%231.txt"),
        ("//srv/a.txt", "file:///srv/a.txt"),
        ("C:/drafts/a b.txt", "file:///C:/drafts/a%20b.txt"),
        ("https://herald.example/a?b=c&d#e", "https://herald.example/a?b=c&d#e"),
        ("HTTP://herald.example/50% off/é%20[1]#a#b", "http://herald.example/50%25%20off/%C3%A9%20%5B1%5D#a%23b"),
    ],
)
def test_absolute_path_and_address_have_no_base(document, uri):
    assert artifact_of(document) == {"uri": uri}


def test_base_is_described():
    assert run_of(NOTHING)["originalUriBaseIds"]["SRCROOT"]["description"]["text"]


def test_row_has_no_region_and_is_named():
    (location,) = result_of(published("a"), draft("a feed.jsonl#4 2", line=3))["locations"]

    assert location == {
        "physicalLocation": {"artifactLocation": {"uri": "a%20feed.jsonl", "uriBaseId": "SRCROOT"}},
        "logicalLocations": [{"fullyQualifiedName": "a feed.jsonl#4 2"}],
    }


def test_related_locations_are_at_most_twenty():
    result = result_of(*[published(f"old{i}") for i in range(30)], draft("new"))

    assert [location["id"] for location in result["relatedLocations"]] == list(range(1, 21))
    assert result["message"]["text"].startswith("repeats a paragraph of [old0:1](1) (the same words) and of 29 more places: ")


def test_message_links_to_the_copy_that_it_names():
    result = result_of(published("old", FERRY_EDITED), published("verbatim", similarity=0.8), draft("new", similarity=0.8))
    uris = [location["physicalLocation"]["artifactLocation"]["uri"] for location in result["relatedLocations"]]

    assert result["message"]["text"].startswith("repeats a paragraph of [verbatim:1](1) (the same words) and of 1 more place: ")
    assert (uris, result["properties"]["similarity"]) == (["verbatim", "old"], 1.0)


def test_places_of_one_file_have_fingerprints_of_their_own():
    members = (published("old"), draft("new", line=1), draft("new", line=5), draft("./new", line=9), draft("other", line=1))
    results = run_of(report_of(tie(*members), tie(*members, name="00000000000000bb")))["results"]
    fingerprints = [result["partialFingerprints"]["dedup/cluster/v1"] for result in results]

    assert fingerprints[:4] == [f"00000000000000aa:{i}" for i in (1, 2, 3, 1)]
    assert fingerprints[4:] == [f"00000000000000bb:{i}" for i in (1, 2, 3, 1)]


def test_fingerprint_stays_when_the_paragraph_moves():
    texts = article(CHESS, FERRY), article(FERRY)
    runs = [run_of(audit([Document("a", FERRY), Document("b", text)])) for text in texts]

    assert runs[0]["results"][0]["partialFingerprints"] == runs[1]["results"][0]["partialFingerprints"]


def test_similarity_that_nobody_measured_is_left_out():
    members = draft("first"), draft("second", BUDGET, similarity=0.9), published("old", CHESS, similarity=0.7)
    first, second = run_of(report_of(tie(*members)))["results"]

    assert (first["properties"]["similarity"], "similarity" in second["properties"]) == (0.7, False)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text):
    hostile = f"start {text} end"
    result = result_of(published(hostile, hostile), draft(hostile, hostile))
    shown, links = read_message(result["message"]["text"])

    assert links == ["1"]
    assert shown == f"repeats a paragraph of {clean_text(hostile)}:1 (the same words): “{clean_text(hostile)}”"
    assert shown.isprintable()


def test_brackets_that_make_no_link_are_left_as_they_are():
    result = result_of(published("a"), draft("b", "[Photo: the harbour at dawn]"))

    assert "“[Photo: the harbour at dawn]”" in result["message"]["text"]


@pytest.mark.parametrize("name", ["[a](b).txt", "a\\", "x]", "{a}"])
def test_name_in_a_link_is_shown_whole(name):
    shown, links = read_message(result_of(published(name), draft("b"))["message"]["text"])

    assert shown.startswith(f"repeats a paragraph of {name}:1 ")
    assert links == ["1"]


def test_skipped_records_are_notifications(tmp_path):
    write_files(tmp_path, {"feed.jsonl": '{"[a](http://x.example)": "{0}"}\n{"text": 1}\n{"text": "x"}\n'})
    (invocation,) = run_of(audit(tmp_path))["invocations"]
    messages = [notification["message"]["text"] for notification in invocation["toolExecutionNotifications"]]

    assert invocation["executionSuccessful"] is True
    assert [message.partition("feed.jsonl:")[2][:12] for message in messages] == ["1: no field ", "2: field 'te"]
    assert [read_message(message)[1] for message in messages] == [[], []]
    assert "(fields: [a](http://x.example); name one" in read_message(messages[0])[0]


def test_skipped_records_that_are_not_named_are_counted(tmp_path):
    write_files(tmp_path, {"feed.jsonl": '{"text": "x"}\n' + "no\n" * 30})
    (invocation,) = run_of(audit(tmp_path))["invocations"]

    assert invocation["toolExecutionNotifications"][-1] == {
        "level": "warning",
        "message": {"text": "records skipped in all: 30 (30 not JSON)"},
    }


def test_newsroom_is_valid():
    report = audit(NEWSROOM)

    assert len(run_of(report)["results"]) == sum(len(found.places) for found in list_findings(report))


def test_same_findings_give_the_same_bytes():
    assert render_sarif(audit(NEWSROOM)) == render_sarif(audit(NEWSROOM))


names = st.text(st.characters(exclude_categories=["Cs"]))


@given(names, names)
def test_any_name_and_text_is_valid(name, text):
    artifact = result_of(published(name, text), draft(name, text))["locations"][0]["physicalLocation"]["artifactLocation"]

    assert REFERENCE.fullmatch(artifact["uri"])


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/#"), min_size=1))
def test_uri_of_a_file_decodes_to_its_name(name):
    assert unquote(artifact_of(f"a/{name}.txt")["uri"]) == f"a/{name}.txt"
