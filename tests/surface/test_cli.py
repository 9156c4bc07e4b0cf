"""The command line: whole output, whole errors, exit codes."""

from __future__ import annotations

import gzip
import json
import sys

import pytest
from command import run
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files

from dedup.report import report_schema
from dedup.version import __version__

PHOTO = "Pictured: the grey cat on the quay on Friday evening (Photo: Harbour Post)"
CORPUS = {
    "herald/ferry.txt": article("Ferry leaves without anyone", FERRY, PHOTO, PHOTO, BUDGET),
    "post/ferry.md": article("Nobody aboard", FERRY_EDITED, CHESS, ORCHARD),
}
REPORT = """\
2 documents from 2 sources · 9 paragraphs · 135 words
51.9% of the words stand in a paragraph that is there twice or more

                              clusters  copies  words
caption    within a document         1       2     26
paragraph  across documents          1       2     44

CAPTION · within a document
 1  2 copies · the same words                                         c:d57ec184
    ./herald/ferry.txt:5  first
      “Pictured: the grey cat on the quay on Friday evening (Photo: Harbour
      Post)”
    ./herald/ferry.txt:7  same words

PARAGRAPH · across documents
 1  2 copies · 75 % alike                                             c:2f9daaf3
    ./herald/ferry.txt:3  first
      “The last ferry to the outer islands left the harbour on Friday with
      nobody aboard but the crew and one grey cat.”
    ./post/ferry.md:3     75 %  … the crew and ‹one›→‹two› grey … grey
        ‹cat›→‹cats›

Next: dedup audit . -o report.html
      dedup explain ./herald/ferry.txt:3 ./post/ferry.md:3
"""
CLOSING = "dedup: documents read: 2, clusters: 2; S.SS s\n"


@pytest.fixture
def corpus(tmp_path):
    return write_files(tmp_path, CORPUS)


def test_report_for_people(corpus):
    assert run(corpus, "audit", ".") == (REPORT, CLOSING, 0)


def test_report_for_machines(corpus):
    out, err, code = run(corpus, "audit", ".", "--format", "json")
    report = json.loads(out)

    assert (err, code) == (CLOSING, 0)
    assert [(c["kind"], c["scope"], [m["line"] for m in c["members"]]) for c in report["clusters"]] == [
        ("paragraph", "across", [3, 3]),
        ("caption", "within", [5, 7]),
    ]
    assert out == json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def test_reports_are_also_written_to_files(corpus):
    out, err, code = run(corpus, "audit", ".", "-o", "r.json", "--output", "post/s.JSON")
    written = (corpus / "r.json").read_bytes()

    assert (out, err, code) == (REPORT, "dedup: wrote r.json\ndedup: wrote post/s.JSON\n" + CLOSING, 0)
    assert json.loads(written)["schema"] == "dedup-report/1"
    assert (corpus / "post/s.JSON").read_bytes() == written


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("r.pdf", "r.pdf: no report has the suffix '.pdf'; name a file ending in .json .jsonl .csv .parquet .sarif .xml .html"),
        ("gone/r.json", "gone/r.json: there is no folder gone; make it first"),
        ("herald", "herald: no report has the suffix '(none)'; name a file ending in .json .jsonl .csv .parquet .sarif .xml .html"),
    ],
)
def test_output_that_cannot_be_written_is_refused_before_any_work(corpus, output, message):
    assert run(corpus, "audit", "no such input", "-o", output) == ("", f"dedup: {message}\n", 2)


@pytest.mark.parametrize(("limit", "code"), [("51%", 1), ("0.518", 1), ("52%", 0)])
def test_share_of_duplicates_over_the_limit_is_exit_code_1(corpus, limit, code):
    assert run(corpus, "audit", ".", "--fail-over", limit) == (REPORT, CLOSING, code)


@pytest.mark.parametrize("limit", ["much", "101%", "nan"])
def test_limit_that_is_no_share_is_refused(corpus, limit):
    out, err, code = run(corpus, "audit", ".", f"--fail-over={limit}")

    assert (out, code) == ("", 2)
    assert err.splitlines()[-1] == f"Error: Invalid value for '--fail-over': {limit!r} is no share; write 5% or 0.05"


def test_quiet_run_leaves_standard_error_empty(corpus):
    write_files(corpus, {"bad.jsonl": "no\n", "x.png": ""})
    out, err, code = run(corpus, "audit", ".", "--quiet", "-o", "r.json")

    assert (out.startswith("2 documents from 2 sources"), err, code) == (True, "", 0)


def test_standard_input_as_one_text(tmp_path):
    out, err, code = run(tmp_path, "audit", "-", "--format=json", given=article(FERRY, BUDGET, FERRY).encode())
    (cluster,) = json.loads(out)["clusters"]

    assert [(member["document"], member["line"]) for member in cluster["members"]] == [("-", 1), ("-", 5)]
    assert (err, code) == ("dedup: documents read: 1, clusters: 1; S.SS s\n", 0)


def test_standard_input_as_rows(tmp_path):
    rows = "".join(
        json.dumps({"body": FERRY, "key": key, "day": day}) + "\n" for key, day in (("x", "2024-05-04"), ("y", "2024-05-03"))
    )
    out, _, code = run(
        tmp_path, "audit", "-", "--format=json", "--text-field=body", "--id-field=key", "--date-field=day", given=rows.encode()
    )
    (cluster,) = json.loads(out)["clusters"]

    assert ([member["document"] for member in cluster["members"]], code) == (["-#y", "-#x"], 0)


def test_skipped_records_are_named_and_the_rest_counted(tmp_path):
    write_files(tmp_path, {"a.jsonl": '{"text": "One text."}\n' + "no\n" * 6 + "[]\n", "b.txt": b"One \xff.", "c.png": ""})
    out, err, code = run(tmp_path, "audit", ".")

    assert err.splitlines() == [
        *[f"dedup: skipped ./a.jsonl:{line}: not JSON (expecting value, column 1)" for line in range(2, 7)],
        "dedup: skipped 3 more records; in all: 1 invalid UTF-8, 6 not JSON, 1 not an object",
        "dedup: left out files of other kinds: 1 .png",
        "dedup: documents read: 1, records skipped: 8, clusters: 0; S.SS s",
    ]
    assert out.splitlines() == [
        "1 document · 1 paragraph · 2 words",
        "No paragraph is there twice · 8 records skipped (see below)",
        "",
        "Skipped: 8 records",
        *[f"    ./a.jsonl:{line}: not JSON (expecting value, column 1)" for line in range(2, 7)],
        "    … in all: 1 invalid UTF-8, 6 not JSON, 1 not an object",
    ]
    assert code == 0


def test_strict_run_stops_at_the_first_bad_record(tmp_path):
    write_files(tmp_path, {"a.jsonl": '{"text": "One text."}\nno\n[]\n'})
    message = "a.jsonl:2: not JSON (expecting value, column 1); without --strict it would be skipped and counted"

    assert run(tmp_path, "audit", "a.jsonl", "--strict") == ("", f"dedup: {message}\n", 2)


def test_path_that_is_not_there_is_refused(corpus):
    assert run(corpus, "audit", ".", "gone", "-o", "r.json") == ("", "dedup: gone: no such file or folder\n", 2)
    assert not (corpus / "r.json").exists()


def test_folder_without_a_document_is_refused_with_what_was_looked_for(tmp_path):
    write_files(tmp_path, {"empty/x.png": ""})
    suffixes = ".txt .text .md .markdown .html .htm .xhtml .warc .jsonl .ndjson .json .csv .tsv .parquet .arrow .feather"
    looked_for = f"looked for files ending in {suffixes}, each also with .gz, .bz2 or .zst"

    assert run(tmp_path, "audit", "empty") == ("", f"dedup: empty: no document (1 of kind .png); {looked_for}\n", 2)


@pytest.mark.parametrize(
    ("name", "content", "arguments"),
    [
        ("dedup.toml", "treshold = 0.5", ()),
        ("pyproject.toml", "[tool.dedup]\ntreshold = 0.5", ()),
        ("my.toml", "treshold = 0.5", ("--config", "my.toml")),
    ],
)
def test_unknown_setting_is_refused_with_the_nearest_name(corpus, name, content, arguments):
    write_files(corpus, {name: content})
    shown = name if arguments else corpus / name

    assert run(corpus, "audit", ".", *arguments) == (
        "",
        f"dedup: {shown}: no setting 'treshold'; did you mean 'threshold'?\n",
        2,
    )


def test_command_line_wins_over_the_file(corpus):
    write_files(corpus, {"dedup.toml": "threshold = 0.9\nshingle = 3\nexact = true\ntext-field = 'lead'"})
    out, _, code = run(corpus, "audit", ".", "--format=json", "--threshold=0.7", "--min-words", "4")
    settings = json.loads(out)["settings"]

    assert code == 0
    assert [settings[name] for name in ("threshold", "shingle", "min_words", "exact", "text_field")] == [0.7, 3, 4, True, "lead"]


def test_setting_out_of_range_is_refused(corpus):
    assert run(corpus, "audit", ".", "--threshold", "1.5") == (
        "",
        "dedup: command line: threshold: 1.5 is not in (0, 1]; try 0.6\n",
        2,
    )


def test_threshold_too_low_for_the_bands_offers_the_other_way(corpus):
    out, err, code = run(corpus, "audit", ".", "--threshold", "0.01")

    assert (out, "compare all pairs with --exact" in err, code) == ("", True, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("audit", ".", "--treshold=0.5"), "Error: No such option"),
        (("audit",), "Error: Missing argument 'PATH...'."),
        (
            ("audit", ".", "--format", "yaml"),
            "Error: Invalid value for '--format': 'yaml' is not one of "
            "'text', 'json', 'jsonl', 'csv', 'sarif', 'github', 'junit', 'html'.",
        ),
        (("audit", ".", "--jobs", "many"), "Error: Invalid value for '--jobs': 'many' is not a valid integer."),
        (("adit", "."), "Error: No such command 'adit'."),
    ],
)
def test_command_that_makes_no_sense_is_refused(corpus, arguments, message):
    out, err, code = run(corpus, *arguments)

    assert (out, err.splitlines()[0].startswith("Usage: "), code) == ("", True, 2)
    assert err.splitlines()[-1].startswith(message)


def test_schema_is_that_of_the_report(tmp_path):
    out, err, code = run(tmp_path, "schema")

    assert (json.loads(out), err, code) == (report_schema(), "", 0)


def test_version(tmp_path):
    assert run(tmp_path, "--version") == (f"dedup, version {__version__}\n", "", 0)


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("audit", "--help")])
def test_help_loads_nothing_heavy(tmp_path, arguments):
    out, err, code = run(tmp_path, *arguments, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in err.splitlines()}

    assert (out.startswith("Usage: "), code, "click" in loaded) == (True, 0, True)
    assert loaded & {"numba", "numpy", "datasketch", "scipy", "pyarrow", "rich", "msgspec"} == set()


def test_settings_file_says_how_results_are_shown_and_the_command_line_wins(tmp_path):
    write_files(tmp_path, {"a.txt": f"{FERRY}\n\n{FERRY}", "dedup.toml": 'format = "json"\nfail-over = "5%"\nquiet = true\n'})
    shown = run(tmp_path, "audit", "a.txt")

    assert (shown.out[:1], shown.err, shown.code) == ("{", "", 1)
    assert run(tmp_path, "audit", "a.txt", "--format", "text", "--fail-over", "1.0").code == 0


def test_value_that_makes_no_sense_in_the_settings_file_is_refused(tmp_path):
    write_files(tmp_path, {"a.txt": FERRY, "dedup.toml": 'format = "pdf"\n'})
    refused = run(tmp_path, "audit", "a.txt")

    assert (refused.out, refused.code, "'pdf' is not one of 'text', 'json'" in refused.err) == ("", 2, True)


def test_command_of_a_shell_is_read_like_standard_input(tmp_path):
    write_files(tmp_path, {"a.jsonl.gz": gzip.compress(json.dumps({"text": FERRY}).encode() + b"\n")})
    code = f"{sys.executable} -m dedup audit <(zcat a.jsonl.gz) a.jsonl.gz --format json"
    out, err, code = run(tmp_path, "-c", code, command=("bash",))

    assert ([cluster["size"] for cluster in json.loads(out)["clusters"]], err, code) == (
        [2],
        "dedup: documents read: 2, clusters: 1; S.SS s\n",
        0,
    )


def test_token_of_an_address_is_never_shown(tmp_path):
    address = "memory://user:geheim@folder/a.txt?token=geheim"
    out, err, code = run(tmp_path, "audit", address)

    assert ("geheim" in out + err, code) == (False, 2)
    assert err == "dedup: memory://folder/a.txt: no such file or folder\n"


def test_draft_as_text_loads_nothing_for_other_formats(tmp_path):
    write_files(tmp_path, {"a.txt": FERRY})
    _, err, _ = run(tmp_path, "check", "a.txt", PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in err.splitlines() if "|" in line}

    assert loaded & {"pyarrow", "selectolax", "fsspec", "charset_normalizer", "backports", "compression"} == set()
