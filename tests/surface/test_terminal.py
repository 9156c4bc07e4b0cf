"""How the command behaves towards its surroundings: pipes, terminals, signals, full disks and its own faults."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from command import DEDUP, make_environment, mask, run
from corpora import BUDGET, FERRY, article, write_files

COLOUR = re.compile(r"\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m")
CLOSING = "dedup: documents read: 1, clusters: 1; S.SS s\n"


@pytest.fixture
def corpus(tmp_path):
    return write_files(tmp_path, {"a.txt": article(FERRY, BUDGET, FERRY)})


def run_on_terminal(folder, *arguments, **environment):
    """Return (what the terminal got, exit code) of a run with standard output and error on it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*DEDUP, *arguments],
        cwd=folder,
        env=make_environment(TERM="xterm-256color", **environment),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    got = b""
    try:
        while block := os.read(ours, 65536):
            got += block
    except OSError:  # how a terminal ends on Linux
        pass
    finally:
        os.close(ours)
    return got.decode(), process.wait(60)


@pytest.mark.parametrize("arguments", [("audit", "."), ("audit", ".", "--format=json"), ("schema",)])
def test_reader_that_goes_away_is_no_error(corpus, arguments):
    """`dedup audit . | head` must not say "findings" (1), let alone a fault."""
    process = subprocess.Popen(
        [*DEDUP, *arguments], cwd=corpus, env=make_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    err = mask(process.stderr.read().decode())
    process.stderr.close()

    assert (err, process.wait(60)) == (CLOSING if arguments[0] == "audit" else "", 0)


def test_reader_that_goes_away_does_not_hide_the_findings(corpus):
    process = subprocess.Popen(
        [*DEDUP, "audit", ".", "--quiet", "--fail-over=1%"], cwd=corpus, env=make_environment(), stdout=subprocess.PIPE
    )
    process.stdout.close()

    assert process.wait(60) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_full_disk_is_refused_without_a_traceback(corpus):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*DEDUP, "audit", ".", "--quiet"], cwd=corpus, env=make_environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (done.stderr.decode(), done.returncode) == ("dedup: standard output: cannot be written (No space left on device)\n", 2)


def test_interrupt_is_exit_code_130(tmp_path):
    os.mkfifo(tmp_path / "slow.txt")
    process = subprocess.Popen(
        [*DEDUP, "audit", "slow.txt"],
        cwd=tmp_path,
        env=make_environment(),
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  no threads here; jobs in the background ignore it
    )
    with open(tmp_path / "slow.txt", "wb"):  # opens when the other end is being read
        process.send_signal(signal.SIGINT)
        err = mask(process.stderr.read().decode())
        process.stderr.close()

        assert (err.strip(), process.wait(60)) == ("dedup: interrupted", 130)


def test_fault_of_ours_is_exit_code_3_with_a_traceback(corpus):
    code = (
        "import sys, dedup.audit, dedup.cli\n"
        "def fail(*arguments, **options): raise ZeroDivisionError('made for this test')\n"
        "sys.modules['dedup.audit'].audit = fail\n"
        "dedup.cli.main()"
    )
    out, err, exit_code = run(corpus, "audit", ".", command=(sys.executable, "-c", code))
    lines = err.splitlines()

    assert (out, exit_code, lines[0]) == ("", 3, "Traceback (most recent call last):")
    assert lines[-2:] == [
        "ZeroDivisionError: made for this test",
        "dedup: this is a fault of dedup's; please report it with the lines above",
    ]


def test_output_to_a_pipe_has_no_escape_codes(corpus):
    out, err, _ = run(corpus, "audit", ".", TERM="xterm-256color", COLUMNS="200")

    assert ("\x1b" in out + err, max(map(len, out.splitlines())) <= 80) == (False, True)


def test_terminal_gets_colour_and_progress(corpus):
    got, code = run_on_terminal(corpus, "audit", ".")

    assert (bool(COLOUR.search(got)), code) == (True, 0)
    assert "\r\x1b[KReading 1 documents" in got
    assert got.index("Reading") < got.index("documents read: 1") < got.index("2 copies")


def test_terminal_gets_no_colour_where_none_is_wanted(corpus):
    got, code = run_on_terminal(corpus, "audit", ".", NO_COLOR="1")

    assert (COLOUR.findall(got), "2 copies" in got, code) == ([], True, 0)


def test_terminal_gets_no_progress_from_a_quiet_run(corpus):
    got, _ = run_on_terminal(corpus, "audit", ".", "--quiet", NO_COLOR="1")

    assert ("\r\x1b[K" in got, "Reading" in got) == (False, False)


def test_report_for_machines_is_plain_on_a_terminal_too(corpus):
    got, _ = run_on_terminal(corpus, "audit", ".", "--format=json", "--quiet")

    assert (got.splitlines()[0], "\x1b" in got) == ("{", False)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_terminal_of_another_encoding_gets_escapes_and_machines_get_utf8(tmp_path, format_):
    write_files(tmp_path, {"a.txt": article("Zwölf Boxkämpfer jagen Viktor über den großen Sylter Deich") * 2})
    out, err, code = run(tmp_path, "audit", ".", f"--format={format_}", "--quiet", PYTHONIOENCODING="ascii")

    assert ("Zw\\xf6lf" in out, "Zwölf" in out, err, code) == (format_ == "text", format_ == "json", "", 0)


def test_hostile_rows_and_names_cannot_write_to_the_terminal(tmp_path):
    write_files(tmp_path, {"\x1b[2Ja.jsonl": '{"\\u001b[31mred": 1}\n{"text": "One text."}\n'})
    relaxed, strict = run(tmp_path, "audit", "."), run(tmp_path, "audit", ".", "--strict")

    assert [text for text in (*relaxed[:2], *strict[:2]) if "\x1b" in text] == []
    assert "\\u001b[2Ja.jsonl:1: no field 'text' (fields: \\u001b[31mred; name one with --text-field)" in strict.err


def test_file_name_that_is_not_utf8_reaches_every_output(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt"), "w") as file:
        file.write(article(FERRY, FERRY))
    text, json_ = run(tmp_path, "audit", "."), run(tmp_path, "audit", ".", "--format", "json")

    assert ("caf\\udce9.txt:1" in text.out, '"./caf\\\\udce9.txt"' in json_.out, text.code, json_.code) == (True, True, 0, 0)


def test_closed_standard_input_is_refused(tmp_path):
    command = ("sh", "-c", 'exec "$@" <&-', "sh", *DEDUP)

    assert run(tmp_path, "audit", "-", command=command) == (
        "",
        "dedup: -: standard input is closed; pipe a text or rows into it\n",
        2,
    )
