"""HTML: one document a page, with the paragraphs that its markup tells and their roles."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import pytest
from corpora import write_files
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.model import CAPTION, FURNITURE, PROSE
from dedup.read.html import read_html
from dedup.read.html.extract import BLANK, extract_page
from dedup.read.html.tokens import read_attributes
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.settings import Settings


def paragraphs(html, is_xml=False):
    """Return the paragraphs of a page, as its offsets cut them out of its text."""
    page = extract_page(html, is_xml)
    return [page.text[start:end].decode() for start, end in zip(page.cuts.start, page.cuts.end, strict=True)]


def roles(html):
    """Return the paragraphs of each role."""
    found = dict.fromkeys((PROSE, CAPTION, FURNITURE), "")
    for text, role in zip(paragraphs(html), extract_page(html).cuts.role.tolist(), strict=True):
        found[role] += f" {text}" if found[role] else text
    return tuple(found.values())


def read_page(tmp_path, content, name="a.html"):
    """Return (records, examples of problems) of a file."""
    path = write_files(tmp_path, {name: content}) / name
    problems = Problems()
    records = list(read_html(Input(str(path), path, path.suffix, "site"), Settings(), problems))
    return records, problems.examples


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", ["One.", "Two."]),
        ("<p>One.<p>Two.", ["One.", "Two."]),
        ("<P>One.</P>\n<DIV>Two.</DIV>", ["One.", "Two."]),
        ("<div>a<p>b</p>c<div>d</div>e</div>", ["a", "b", "c", "d", "e"]),
        ("<h1>A</h1>b<hr>c<blockquote>d</blockquote>", ["A", "b", "c", "d"]),
        ("<ul><li>a<li>b<ol><li>c</ol>d</ul>", ["a", "b", "c", "d"]),
        ("<dl><dt>a<dd>b<dt>c</dl>", ["a", "b", "c"]),
        ("no markup at all", ["no markup at all"]),
        ("", []),
        (" <p> </p> <br>&nbsp;<br> <p>&#32;<p>&#1;<p>&shy; ", ["\u00ad"]),
    ],
)
def test_block_elements_part_paragraphs(html, expected):
    assert paragraphs(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>un<b>believ</b>able</p>", ["unbelievable"]),
        ("<p>un<b\nclass='a>b'>be</b><!-- > -->liev<x-y>able</x-y></p>", ["unbelievable"]),
        ("<p>a <a href=x>b</a> <i>c</i></p>", ["a b c"]),
        ("<p>long<wbr>word so\u00adft</p>", ["longword so\u00adft"]),
        ("<p>a <img src=x> b</p>", ["a b"]),
        ("<p>a<script>'</p>'</script>b</p>", ["ab"]),
    ],
)
def test_inline_markup_does_not_part_words(html, expected):
    assert paragraphs(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<br>b</p>", ["a\nb"]),
        ("<p>a<br/><br>b", ["a", "b"]),
        ("<p>a<br>\n &nbsp; <i></i><br>b", ["a", "b"]),
        ("<p>a</br><br><br></p><p><br>b", ["a", "b"]),
        ("<p>a  \n\t b\r\nc&nbsp;&nbsp;d\u2003e</p>", ["a b c d e"]),
        ("<p>\u200b&nbsp;a\u200bb \ufeff</p>", ["a\u200bb"]),
        (
            "<p>a &amp;amp; b &lt;p&gt; &eacute;&#233;&#xe9; &copy 2024 &bogus; AT&T &#0;",
            ["a &amp; b <p> ééé © 2024 &bogus; AT&T \ufffd"],
        ),
        ("<p>a\0b&#0;</p>", ["ab\ufffd"]),
        ("<p>2 < 3 <3 and 5 <= 6</p>", ["2 < 3 <3 and 5 <= 6"]),
    ],
)
def test_white_space_and_entities_are_read_as_a_browser_shows_them(html, expected):
    assert paragraphs(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<pre>\n  if a:\n    b\n\n\nc  \n</pre>d\n e", ["if a:\n    b", "c", "d e"]),
        ("<pre>a\r\nb\rc<br>d<b>\n\n</b>e</pre>", ["a\nb\nc\nd", "e"]),
        ("<pre>a &lt; b\n&nbsp;\nc</pre>", ["a < b", "c"]),
        ("<pre><div>a\nb</div>c</pre>", ["a\nb", "c"]),
    ],
)
def test_preformatted_text_keeps_its_lines(html, expected):
    assert paragraphs(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<table><tr><th>City<th>People<tr><td>Berlin<td>3.7</table>", ["City People", "Berlin 3.7"]),
        ("<table><tbody><tr><td>a</td>\n<td></td><td>b</td></tr></tbody></table>c", ["a b", "c"]),
        ("<table><tr><td>Menu<br>Home</td><td>Text<br>on", ["Menu\nHome", "Text\non"]),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></table>", ["a", "b", "c"]),
        ("<table><tr><td>a<table><tr><td>b<td>c</table><td>d<tr><td>e</table>", ["a", "b c", "d", "e"]),
    ],
)
def test_row_of_a_table_is_a_paragraph_unless_it_is_laid_out(html, expected):
    assert paragraphs(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<title>no</title><style>no{}</style><script>no</script>",
        "<script>if (a < b) '<p>no</p>'</script >",
        "<ScRiPt>no</sCrIpT>",
        "<noscript><p>no</p><img alt=no></noscript><iframe>no</iframe>",
        "<template><p>no</p><template>no</template>no</template>",
        "<svg><title>no</title><text>no</text><svg/><g>no</svg>",
        "<button>no</button><select><option>no<option>no</select><textarea><p>no</textarea>",
        "<video>no<p>no</p></video><canvas>no</canvas><object>no</object><dialog>no</dialog>",
        "<div hidden>no<div>no</div><p>no<p>no</div>",
        "<p HIDDEN>no",
        "<p hidden=''>no<b>no</b><br><br>no",
        "<span style='color:red; DISPLAY : None'>no<span>no</span>no</span>",
        "<i style='visibility:hidden'>no</i><img alt=no hidden>",
        "<table><tr hidden><td>no<td>no</table><ul><li hidden>no</ul>",
        "<!-- no --><!no><?no ?></ no><!-->",
        "<![CDATA[no]]>",
    ],
)
def test_what_is_not_shown_is_left_out(html):
    assert paragraphs(f"<div>one</div>{html}<div>two</div>") == ["one", "two"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>yes</p>",
        "<p aria-hidden=true>yes</p>",
        "<p hidden=until-found>yes</p>",
        "<p style='overflow:hidden; display:block'>yes</p>",
        "<p class=hidden data-hidden title='hidden none'>yes</p>",
        "<dialog open>yes</dialog>",
        "<details><summary>yes</summary></details>",
        "<body style='display:none'>yes",
        "<p hidden>no<p>yes",
        "<ul hidden></ul>yes",
        "<span hidden>no</span>yes",
        "<input hidden>yes",
        "<table><tr><td hidden>no<td>yes</table>",
        "<div><span hidden>no</div>yes",
        "<svg/>yes",
        "<math><mi>yes</mi></math>",
    ],
)
def test_what_is_shown_is_kept(html):
    assert paragraphs(html) == ["yes"]


@pytest.mark.parametrize(
    ("html", "prose", "caption", "furniture"),
    [
        ("<nav><ul><li>a</ul></nav>b<aside>c</aside>", "b", "", "a c"),
        ("<header>a</header><main><header>b</header>c<footer>d</footer></main><footer>e</footer>", "b c d", "", "a e"),
        ("<article><header>a</header><aside>b</aside><nav>c</nav></article>", "a", "", "b c"),
        ("<blockquote>a<footer>b</footer></blockquote><section><header>c</header></section>", "a b c", "", ""),
        ("<figure><img alt=a><figcaption>b <p>c</figcaption></figure>d", "d", "a b c", ""),
        ("<table><caption>a<tr><td>b</table>", "b", "a", ""),
        ("<p>a <img alt='b &quot;c&quot;'> d<p>e", "a d e", 'b "c"', ""),
        ("<p>a<img alt><img alt=' '><IMG ALT=b><img data-alt=c>", "a", "b", ""),
        ("<nav><img alt=a></nav><aside><figcaption>b</figcaption></aside>", "", "", "a b"),
        ("<div role=navigation>a</div><div role=Main><header>b</header></div><div role='contentinfo'>c</div>", "b", "", "a c"),
        ("<div role=article><footer>a</footer></div><footer>b", "a", "", "b"),
        ("<aside>a<p>b<div>c</aside>d", "d", "", "a b c"),
        ("<aside><ul><li>a</aside>b", "b", "", "a"),
        ("<div></nav></aside>a</div>", "a", "", ""),
        ("<nav><table><tr><td>a</div></nav>b</table></nav>c", "c", "", "ab"),
    ],
)
def test_role_of_a_paragraph_is_that_of_its_element(html, prose, caption, furniture):
    assert roles(html) == (prose, caption, furniture)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<meta property='article:published_time' content='2024-05-03T10:00:00+02:00'>", "2024-05-03T08:00:00"),
        ("<META NAME=Date CONTENT=2024-05-03>", "2024-05-03T00:00:00"),
        ("<time datetime=2024-05-03>3 May</time><time datetime=2024-05-04>", "2024-05-03T00:00:00"),
        ("<time datetime=2024-05-04></time><meta name=date content=2024-05-03>", "2024-05-03T00:00:00"),
        ("<nav><time datetime=2024-05-04></nav><time datetime=2024-05-03>", "2024-05-03T00:00:00"),
        ("<meta name=date content='last week'><time datetime=2024-05-03>", "2024-05-03T00:00:00"),
        ("<meta name=viewport content=2024-05-03><time>2024-05-03</time>", None),
    ],
)
def test_date_is_the_one_of_publication(html, expected):
    assert extract_page(f"{html}<p>text").date == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (' a="1" B=2 c', {"a": "1", "b": "2", "c": ""}),
        ("/a='x>y'/b = \n z/d=/", {"a": "x>y", "b": "z/d=/"}),
        (' a="&lt;&amp;" a=2', {"a": "<&"}),
        (' a="open', {"a": "open"}),
        (" a='", {"a": ""}),
        (' "="', {'"': ""}),
    ],
)
def test_attributes_are_read_as_browsers_do(source, expected):
    assert read_attributes(source) == expected


def test_self_closed_elements_are_whole_in_xhtml_alone():
    html = "<p/>a<script src='x'/>b<div hidden='hidden'/><title/>c<table><tr><td hidden='hidden'/><td>d"

    assert (paragraphs(html, is_xml=True), paragraphs(html)) == (["ab", "c", "d"], ["a"])


TAGS = "b span p div ul li h2 nav aside article figure figcaption dl header footer pre section blockquote"
HIDDEN = ("<p hidden>", "<div hidden>", "<span hidden>h</span>", "<script><p>s</script>", "<svg><text>t</text></svg>")
PIECES = [f"<{slash}{tag}>" for tag in TAGS.split() for slash in ("", "/")]
PIECES += ["a", "b", "c", "d", "&amp;", "&nbsp;", " ", "\n", "<br>", "<hr>", "<dt>", "<dd>", "<!--c-->", "<img alt=x>", *HIDDEN]
CELLS = ("<td>{}", "<td>{}</td>", "<th>{}", "<td hidden>{}")

flows = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
whole = st.recursive(
    st.sampled_from(["a", "b ", "<b>c</b>", "<br>", "<img alt=d>", "<span hidden>e</span>"]),
    lambda inner: st.tuples(
        st.sampled_from(TAGS.split()[2:]),
        st.lists(inner, max_size=4),
    ).map(lambda found: f"<{found[0]}>{''.join(found[1])}</{found[0]}>"),
    max_leaves=20,
)
rows = st.lists(st.tuples(st.sampled_from(CELLS), whole), max_size=4).map(
    lambda cells: "<tr>" + "".join(c.format(t) for c, t in cells)
)
tables = st.lists(rows, max_size=3).map(lambda found: f"<table>{''.join(found)}</table>")


@given(st.one_of(flows, whole, tables, st.lists(st.one_of(flows, tables), max_size=3).map("".join)))
def test_sloppy_markup_is_read_like_the_tree_that_a_parser_makes_of_it(html):
    """The oracle is a whole HTML parser: written out by it, with every end tag in place, the page says the same."""
    parser = pytest.importorskip("selectolax.lexbor").LexborHTMLParser(f"<body>{html}")
    mine, tidy = extract_page(html), extract_page(parser.html)

    assert (mine.text, mine.cuts.role.tolist()) == (tidy.text, tidy.cuts.role.tolist())


class _NaiveText(HTMLParser):
    """The text of a page without what is hidden or of scripts: its characters other than white space, in order."""

    def __init__(self):
        super().__init__()
        self.text = ""

    def handle_data(self, data):
        self.text += "".join(data.split())


@given(whole.filter(lambda html: "hidden" not in html and "img" not in html))
def test_no_character_is_lost_or_moved(html):
    naive = _NaiveText()
    naive.feed(html)

    assert "".join("".join(paragraphs(html)).split()) == naive.text


@given(st.lists(st.one_of(many_scripts, st.sampled_from(PIECES), st.text(max_size=9)), max_size=12).map("".join))
def test_paragraphs_are_apart_and_without_white_space_at_their_ends(html):
    page = extract_page(html)
    found = paragraphs(html)

    assert all(text == text.strip(BLANK) != "" for text in found)
    assert page.text.decode() == "\n\n".join(found)
    assert [len(column) for column in page.cuts] == [len(found)] * 3


@given(st.lists(many_scripts.filter(lambda text: "<" not in text and "&" not in text), max_size=6))
def test_text_comes_out_as_it_went_in_but_for_white_space(texts):
    expected = [" ".join(text.replace("\0", "").split()).strip(BLANK) for text in texts]

    assert paragraphs("".join(f"<p>{text}</p>" for text in texts)) == [text for text in expected if text]


def test_page_is_a_record_with_its_name_source_and_date(tmp_path):
    html = "<meta charset=utf-8><meta name=date content=2024-05-03><p>Grün.<figcaption>Ünder</figcaption>"
    (record,), examples = read_page(tmp_path, html)

    assert record[:5] == (str(tmp_path / "a.html"), "Grün.\n\nÜnder".encode(), "site", "2024-05-03T00:00:00", None)
    assert ([column.tolist() for column in record.cuts], examples) == ([[0, 8], [6, 14], [PROSE, CAPTION]], [])


def test_text_under_the_name_of_a_page_is_split_like_a_text(tmp_path):
    (record,), _ = read_page(tmp_path, "One, 2 < 3.\n\nTwo <ed@example.org> & so on.\n")

    assert (record.text, record.cuts) == (b"One, 2 < 3.\n\nTwo <ed@example.org> & so on.\n", None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "empty"),
        ("\ufeff \n", "empty"),
        ("<html><script>1</script>", "no text"),
        (bytes(range(256)) * 9, "unknown encoding (neither UTF-8 nor what the page says; save it as UTF-8)"),
    ],
)
def test_page_without_a_text_is_skipped_and_named(tmp_path, content, problem):
    assert read_page(tmp_path, content) == ([], [f"{tmp_path}/a.html: {problem}"])


def test_xhtml_file_is_read_as_such(tmp_path):
    html = "<?xml version='1.0'?><html><head><title/><script src='a'/></head><body><p>One.</p></body></html>"

    assert [record.text for record in read_page(tmp_path, html, "a.xhtml")[0]] == [b"One."]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div>" * 100_000 + "deep" + "</div>" * 100_000, ["deep"]),
        ("<div><b>" * 10_000 + "deep" + "</div>" * 10_000 + "<p>out", ["deep", "out"]),
        ("<ul><li>" * 20_000 + "deep", ["deep"]),
        ("<span hidden>" * 20_000 + "no" + "</span>" * 20_000 + "yes", ["yes"]),
        ("<p>x" + "<!--" * 100_000, ["x"]),
        ("<p>x<a b='" + "<" * 100_000, ["x"]),
        ("<p>x" + "<script>" * 100_000, ["x"]),
        ("<p>" + "x" * 10_000_000, ["x" * 10_000_000]),
    ],
    ids=["deep", "misnested", "lists", "hidden", "comments", "attribute", "scripts", "large"],
)
def test_hostile_page_is_read_all_the_same(html, expected):
    assert paragraphs(html) == expected


def test_neither_the_parser_nor_the_guess_is_loaded_for_a_page_that_says_its_encoding(tmp_path):
    write_files(tmp_path, {"a.html": "<meta charset=utf-8><p>One."})
    code = (
        "import sys; from pathlib import Path; from dedup.read.html import read_html; from dedup.read.streams import Input; "
        "from dedup.read.problems import Problems; from dedup.settings import Settings; path = Path(sys.argv[1]); "
        "list(read_html(Input('a', path, '.html', ''), Settings(), Problems())); "
        "print([name for name in ('charset_normalizer', 'pyarrow', 'numba') if name in sys.modules])"
    )

    assert (
        subprocess.run([sys.executable, "-c", code, tmp_path / "a.html"], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
