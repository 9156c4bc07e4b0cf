"""The HTML report as a file: what it holds, what cannot get into it, and the counts behind its charts."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article
from hypothesis import given
from shapes import many_scripts

from dedup.audit import audit
from dedup.check import check
from dedup.model import Document
from dedup.read import read
from dedup.report import page

HOSTILE = "</script><script>alert(1)</script> ]]> --> \"'`&amp; \u2028 \u202eevil\u202c"
LIFT = " ".join(BUDGET.split()[:14])


@pytest.fixture(scope="module")
def report():
    return audit(NEWSROOM)


@pytest.fixture(scope="module")
def overview(report):
    return unpack(report.render("html"))["overview"]


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of each script and style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.contents = [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag in ("script", "style") and data.strip():
            self.contents.setdefault(attributes.get("type", tag), data)


def unpack(text):
    return json.loads(gzip.decompress(b64decode(Page(text).contents["application/octet-stream"])))


def test_file_is_written_by_its_suffix(report, tmp_path):
    report.write(tmp_path / "r.html")

    assert (tmp_path / "r.html").read_text(encoding="utf-8") == report.render("html")


def test_same_run_gives_the_same_bytes(report):
    assert audit(NEWSROOM).render("html") == report.render("html")


def test_page_asks_for_nothing_outside_itself(report):
    asking = [
        (tag, name) for tag, given in Page(report.render("html")).elements for name in given if name in ("src", "srcset", "style")
    ]

    assert asking == []
    assert not any(tag in ("link", "iframe", "img", "object", "base") for tag, _ in Page(report.render("html")).elements)


def test_policy_lets_in_the_one_script_and_style_alone(report):
    shown = Page(report.render("html"))
    policy = next(given["content"] for tag, given in shown.elements if given.get("http-equiv") == "Content-Security-Policy")
    hashes = [f"'sha256-{b64encode(sha256(shown.contents[name].encode()).digest()).decode()}'" for name in ("module", "style")]

    assert policy == (
        f"default-src 'none'; script-src {hashes[0]}; style-src {hashes[1]}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_text_of_a_corpus_is_nowhere_but_in_the_packed_data():
    hostile = audit([Document(name, article(FERRY, f"{HOSTILE} {ORCHARD}"), source=HOSTILE) for name in (HOSTILE, "b")])
    plain = audit([Document(name, article(FERRY, f"{CHESS} {ORCHARD}")) for name in ("a", "b")])
    texts = [report.render("html") for report in (hostile, plain)]
    around = [re.sub(r'(id="data">)[^<]*|<title>.*?</title>|<td>.*?</td>', "", text) for text in texts]

    assert around[0] == around[1]
    assert HOSTILE in unpack(texts[0])["names"]


@given(many_scripts)
def test_any_text_comes_back_from_the_page(text):
    report = audit([Document("a", f"{FERRY} {text}"), Document("b", f"{FERRY} {text}")])
    wanted = {member.text for cluster in report.clusters for member in cluster.members}

    assert set(unpack(report.render("html"))["texts"]) == wanted


def test_clusters_passages_and_documents_are_those_of_the_report(report):
    held = unpack(report.render("html"))

    assert [row[0] for row in held["clusters"]] == [cluster.id for cluster in report.clusters]
    assert [[held["texts"][member[7]] for member in row[9]] for row in held["clusters"]] == [
        [member.text for member in cluster.members] for cluster in report.clusters
    ]
    assert [(row[1], held["texts"][row[4][6]]) for row in held["passages"]] == [(one.words, one.a.text) for one in report.passages]
    assert [held["names"][row[0]] for row in held["documents"]] == [one.document for one in report.documents]
    assert held["left_out"] == {"clusters": 0, "passages": 0, "documents": 0}


def test_what_does_not_fit_is_left_out_and_counted(report, monkeypatch):
    monkeypatch.setattr(page, "MOST_CHARACTERS", 6000)
    monkeypatch.setattr(page, "MOST_DOCUMENTS", 10)
    held = unpack(report.render("html"))

    assert 0 < len(held["clusters"]) < len(report.clusters)
    assert 0 < len(held["passages"]) < len(report.passages)
    assert {name: len(held[name]) + held["left_out"][name] for name in ("clusters", "passages", "documents")} == {
        "clusters": len(report.clusters), "passages": len(report.passages), "documents": len(report.documents)
    }  # fmt: skip


def test_long_cluster_is_cut_and_keeps_its_size(monkeypatch):
    monkeypatch.setattr(page, "MOST_MEMBERS", 3)
    (row,) = unpack(audit([Document(str(i), FERRY) for i in range(5)]).render("html"))["clusters"]

    assert (row[3], len(row[9])) == (5, 3)


def test_words_of_kinds_and_of_sources_add_up(report, overview):
    assert sum(kind["words"] for kind in overview["kinds"]) == report.summary.duplicate_words
    assert sum(sum(row[1:]) for row in overview["sources"]) == report.summary.duplicate_words
    assert sum(kind["clusters"] for kind in overview["kinds"]) == report.summary.clusters


def test_similarities_count_every_copy_and_sizes_every_cluster(report, overview):
    copies = [member.similarity for cluster in report.clusters for member in cluster.members[1:]]

    assert sum(overview["similarities"]) == len(copies)
    assert overview["similarities"][-1] == copies.count(1.0)
    assert sum(size["clusters"] for size in overview["sizes"]) == report.summary.clusters


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("x", "y"), [[0, 22], [22, 0]]),  # in both once
        (("x", "x"), [[22]]),  # there again
        (("x", "x", "y"), [[22, 22], [22, 0]]),  # of y's and x's copies the fewer words
    ],
)
def test_heat_map_counts_words_that_two_sources_share(sources, words):
    report = audit([Document(str(i), FERRY, source=source) for i, source in enumerate(sources)])

    assert unpack(report.render("html"))["overview"]["heat"] == {"sources": sorted(set(sources)), "words": words}


def test_heat_map_counts_passages():
    long = " ".join((LIFT, "which is where the likeness ends because", *ORCHARD.split()[3:], *CHESS.split()[2:]))
    report = audit([Document("a", article(BUDGET, FERRY), source="x"), Document("b", article(long, FERRY), source="y")])
    words = unpack(report.render("html"))["overview"]["heat"]["words"]

    assert len(report.passages) == 1
    assert words[0][1] == 22 + report.passages[0].words


def test_sources_over_twelve_are_counted_together():
    held = unpack(audit([Document(str(i), FERRY, source=f"s{i:02}") for i in range(15)]).render("html"))["overview"]

    assert (len(held["sources"]), held["more_sources"], held["more_source_words"]) == (12, 3, 66)


def test_pairs_are_named_once_strongest_first(overview):
    pairs = [frozenset((pair["a"], pair["b"])) for pair in overview["pairs"]]

    assert len(set(pairs)) == len(pairs) == 15
    assert [pair["words"] for pair in overview["pairs"]] == sorted((pair["words"] for pair in overview["pairs"]), reverse=True)


def test_contexts_are_what_stands_around_the_runs(report):
    texts = {document.name: document.text for document in read([NEWSROOM])}

    assert len(report.contexts) == len(report.passages)
    for passage, context in zip(report.passages, report.contexts, strict=True):
        for span, (before, behind) in ((passage.a, context.a), (passage.b, context.b)):
            text = texts[span.document]
            assert text[: span.start].endswith(before.removeprefix("… "))
            assert text[span.end :].startswith(behind.removesuffix(" …"))


def test_check_says_where_its_members_are_from():
    report = check([Document("a", article(FERRY, CHESS)), Document("b", article(FERRY_EDITED, ORCHARD))])
    held = unpack(report.render("html"))

    assert [member[8] for member in held["clusters"][0][9]] == ["draft", "draft"]
    assert (held["is_check"], held["summary"]["findings"], held["clusters"][0][8]) == (True, 1, 1)


def test_report_shows_itself_in_short():
    report = audit([Document("a", FERRY), Document("b", FERRY)])
    checked = check([Document("a", FERRY), Document("b", FERRY)])

    assert repr(report) == "<Report: 2 documents, 1 cluster, 0 passages, 100.0% duplicate words>"
    assert repr(checked) == "<Report: 2 drafts, 1 finding over the limits, 1 cluster, 0 passages, 100.0% duplicate words>"


def test_notebook_shows_a_table_in_which_nothing_is_markup(tmp_path):
    (tmp_path / "<b>.jsonl").write_text(json.dumps({"id": 1, "text": FERRY}) + "\n{broken\n")
    shown = audit([tmp_path])._repr_html_()

    assert '<tr><th scope="row">documents</th><td>1 from 1 source</td></tr>' in shown
    assert '<tr><th scope="row">skipped</th><td>1 record (' in shown
    assert {tag for tag, _ in Page(shown).elements} == {"table", "caption", "tbody", "tr", "th", "td"}


def list_contrasts():
    """Return each pair of colours that text and its ground have in the style, by theme."""
    style = (files("dedup.report") / "html" / "style.css").read_text(encoding="utf-8")
    themes = {}
    for theme, block in zip(("light", "dark"), re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2], strict=True):
        themes[theme] = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    text = ["ink", "soft", "accent", "caption", "paragraph", "furniture", "passage"]
    pairs = [(name, ground, 4.5) for name in text for ground in ("paper", "raised")]
    pairs += [("ins-ink", "ins", 4.5), ("del-ink", "del", 4.5), ("ink", "mark", 4.5), ("edge", "paper", 3), ("bar", "paper", 3)]
    pairs += [("ink", f"heat{i}", 4.5) for i in (1, 2, 3)] + [("heat-dark", "heat5", 4.5), ("focus", "paper", 3)]
    pairs += [("heat-dark", "heat4", 4.5)]
    return [(theme, *pair, colours[pair[0]], colours[pair[1]]) for theme, colours in themes.items() for pair in pairs]


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("theme", "name", "ground", "least", "colour", "behind"), list_contrasts())
def test_colours_have_the_contrast_of_wcag_aa(theme, name, ground, least, colour, behind):
    darker, lighter = sorted((luminance(colour), luminance(behind)))

    assert (lighter + 0.05) / (darker + 0.05) >= least
