"""Pages and a web archive as a corpus, from the files that stand in data/formats."""

from __future__ import annotations

import gzip
import runpy

import pytest
from corpora import NEWSROOM

from dedup.audit import audit
from dedup.read import read

FORMATS = NEWSROOM.parent / "formats"
PAGES = ("ferry.html", "budget.html", "parom.htm", "crawl.warc.gz")
LINE = "The ferry Aurora on her last evening at the old pier, seen from the breakwater. Photo: Harbour Post"
FERRY = "The last ferry to the outer islands left the harbour on Friday with nobody aboard but the crew and one grey cat."


def test_line_below_a_picture_and_its_alt_text_are_one_caption():
    report = audit([FORMATS / "ferry.html"])

    assert [(found.kind, found.scope, [member.text for member in found.members]) for found in report.clusters] == [
        ("caption", "within", [LINE, LINE])
    ]


def test_what_two_pages_share_is_told_by_its_kind():
    report = audit([FORMATS / "ferry.html", FORMATS / "budget.html"])
    found = {(cluster.kind, cluster.members[0].text) for cluster in report.clusters}

    assert ("caption", LINE) in found
    assert ("paragraph", FERRY) in found
    assert {text for kind, text in found if kind == "furniture"} >= {"© 2024 Harbour Post. All rights reserved.", "About us"}


def test_places_in_a_report_are_places_in_the_text_that_was_read():
    documents = {document.name: document.text for document in read([FORMATS / name for name in PAGES])}
    report = audit([FORMATS / name for name in PAGES])
    members = [member for cluster in report.clusters for member in cluster.members]

    assert members
    assert all(documents[member.document][member.start : member.end] == member.text for member in members)


def test_page_says_the_same_in_a_file_and_in_an_archive():
    pages = {name: document for name in PAGES[:3] for document in read([FORMATS / name])}
    crawled = {document.name.rpartition("/")[2]: document for document in read([FORMATS / "crawl.warc.gz"])}

    assert set(crawled) == {"ferry", "budget", "parom", "notice.txt"}
    assert all(crawled[name.partition(".")[0]].text == page.text for name, page in pages.items())
    assert [(crawled[name].source, crawled[name].date) for name in ("ferry", "parom")] == [
        ("post.example", "2024-02-09T17:30:00"),
        ("pocta.example", "2024-02-13T06:00:00"),
    ]


@pytest.mark.parametrize("name", PAGES)
def test_files_are_those_that_their_script_writes(name, tmp_path):
    script = runpy.run_path(str(FORMATS / "make_pages.py"))
    script["main"].__globals__["FOLDER"] = tmp_path
    script["main"]()
    opened = gzip.open if name.endswith(".gz") else open  # what is packed is not the same in every version of zlib
    made, kept = (opened(folder / name, "rb").read() for folder in (tmp_path, FORMATS))

    assert made == kept
