"""The HTML report in a browser: it opens, searches, compares, links and hands out, and what a corpus says stays text."""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.resources import files
from urllib.parse import quote

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article

from dedup.audit import audit
from dedup.check import check
from dedup.diff import diff_words
from dedup.index import Index
from dedup.limits import read_allowed
from dedup.model import Document
from dedup.report import page as page_data

playwright = pytest.importorskip("playwright.sync_api", reason="the page is driven by playwright")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
HOSTILE = "<script>window.hurt = 1</script></script> ]]> \"'`& <img src=x onerror='window.hurt = 2'> \u202eevil\u202c"
VIEWS = ("#overview", "#clusters", "#passages", "#documents", "#cluster=", "#document=")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def show(browser, tmp_path):
    """Return a function that opens a report; what the page complains of or asks of the network fails the test."""
    contexts, complaints = [], []

    def open_report(report, address="", **options):
        report.write(tmp_path / "r.html")
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "blob:")) or complaints.append(request.url))
        page.goto(f"{(tmp_path / 'r.html').as_uri()}{address}")
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def report():
    return audit([NEWSROOM])


@pytest.fixture(scope="module")
def hostile():
    texts = [article(FERRY, f"{HOSTILE} {ORCHARD}"), article(FERRY_EDITED, f"{HOSTILE} {ORCHARD}")]
    return audit([Document(f"{i}{HOSTILE}", text, source=HOSTILE) for i, text in enumerate(texts)])


def wait(page, expression):
    """Wait until an expression holds; the page's policy lets the driver poll only from outside."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never held: {expression}")


def status(page):
    return page.locator("main .status").inner_text()


def change(page, name, value):
    """Fill a filter and wait until the list has followed it into the address."""
    field = page.locator(f"[name={name}]")
    field.select_option(value) if field.evaluate("e => e.localName") == "select" else field.fill(value)
    wait(page, f"location.hash.includes({name + '=' + quote(value)!r})")


def save(page):
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as CSV").click()
    with open(waiting.value.path(), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_overview_tells_the_verdict_and_draws_its_charts(show, report):
    page = show(report)

    assert page.locator("h1").inner_text().startswith(f"{report.summary.duplicate_ratio:.1%}".replace("%", " %"))
    assert page.locator("nav a[aria-current]").inner_text() == "Overview"
    assert page.locator(".chart h2").all_inner_texts() == [
        "Duplicate words by kind and scope", "Duplicate words by source", "How alike copies are", "How large clusters are",
        "Words shared between sources", "Strongest pairs of documents",
    ]  # fmt: skip
    assert page.locator("svg[role=img]").first.get_attribute("aria-label").startswith("Copies by similarity: 60 to 65 % 6; ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_view_is_wider_than_its_window(show, report, width, scheme):
    page = show(report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    ends = {"#cluster=": report.clusters[0].id, "#document=": quote(report.documents[0].document, safe="")}
    for view in VIEWS:
        page.evaluate("hash => { location.hash = hash; }", view + ends.get(view, ""))
        wait(page, "document.querySelector('main').textContent.length > 100")

        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_filters_keep_what_they_say_and_stand_in_the_address(show, report):
    page = show(report, "#clusters")
    change(page, "kind", "caption")
    change(page, "most", "99")
    wanted = [one for one in report.clusters if one.kind == "caption" and one.similarity.min <= 0.99]

    assert status(page) == f"{len(wanted)} clusters of {len(report.clusters)}"
    page.reload()
    page.wait_for_selector("main .status")
    assert status(page) == f"{len(wanted)} clusters of {len(report.clusters)}"


@pytest.mark.parametrize(
    ("name", "value", "keeps"),
    [
        ("scope", "within", lambda one: one.scope == "within"),
        ("source", f"{NEWSROOM}/herald", lambda one: any("/herald/" in member.document for member in one.members)),
        ("least", "80", lambda one: one.similarity.min >= 0.8),
        ("size", "4", lambda one: one.size >= 4),
        ("q", "LIGHTHOUSE crowns", lambda one: all(word in told(one) for word in ("lighthouse", "crowns"))),
    ],
)
def test_each_filter_keeps_its_clusters(show, report, name, value, keeps):
    page = show(report, f"#clusters?{name}={quote(value)}")

    assert status(page).startswith(f"{sum(map(keeps, report.clusters))} cluster")


def told(cluster):
    return " ".join(f"{member.document} {member.text}" for member in cluster.members).lower()


def test_rows_are_sorted_and_leafed_through(show, report):
    page = show(report, "#clusters?sort=size")
    sizes = sorted((cluster.size for cluster in report.clusters), reverse=True)
    read_sizes = "all => all.map(b => Number(b.textContent.split(' ')[0]))"

    assert page.locator(".figures b").evaluate_all(read_sizes) == sizes[:50]
    page.get_by_role("button", name="Next").click()
    assert page.locator(".figures b").evaluate_all(read_sizes) == sizes[50:100]
    assert page.url.endswith("#clusters?sort=size&page=2")


def test_cluster_opens_to_its_copies_with_what_differs(show):
    report = audit([Document("a", article(FERRY, CHESS)), Document("b", article(FERRY_EDITED, ORCHARD)), Document("c", FERRY)])
    page = show(report, "#clusters")
    page.locator("summary").click()
    page.wait_for_selector(".members")

    assert page.locator(".members .place").all_inner_texts() == ["a:1", "b:1", "c:1"]
    assert page.locator(".members .like").all_inner_texts() == ["first", "75 % alike", "same words"]
    assert (page.locator("del").all_inner_texts(), page.locator("ins").all_inner_texts()) == (["one", "cat"], ["two", "cats"])


def test_keyboard_reaches_search_and_opens_rows(show, report):
    page = show(report, "#clusters")
    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.name") == "q"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".members")
    assert page.locator("details.finding[open] .members").count() == 1


def test_links_lead_to_one_cluster_passage_and_document(show, report):
    cluster = report.clusters[7]
    page = show(report, f"#cluster={cluster.id}")

    assert page.locator("details[open] .members li").count() == min(cluster.size, 20)
    page.evaluate("location.hash = '#passages'")
    page.locator("summary").first.click()
    page.get_by_role("link", name="Link to this").click()
    wait(page, "location.hash.startsWith('#passage=')")
    assert page.locator("mark").count() == 2
    page.locator(".side a.place").first.click()
    wait(page, "location.hash.startsWith('#document=')")
    assert page.locator("h1").inner_text() in report.passages[0].a.document


def test_document_shows_its_duplicates_and_the_gaps_between(show):
    long = " ".join((*BUDGET.split()[:14], "which is where the likeness ends because", *ORCHARD.split()[3:]))
    report = audit([Document("a", article(CHESS, "One.", "Two.", FERRY, long, "Three.")), Document("b", article(FERRY, BUDGET))])
    page = show(report, "#document=a")

    assert [text.split("\n")[0] for text in page.locator(".parts > li").all_inner_texts()] == [
        "3 paragraphs of its own", "paragraph", "passage", "1 paragraph of its own"
    ]  # fmt: skip
    assert page.locator(".copies a").all_inner_texts() == ["b:1", "b:3"]


@pytest.mark.parametrize("address", ["#cluster=none", "#passage=<b>", "#document=%E0%A4%A", "#document=gone"])
def test_address_of_nothing_says_so(show, report, address):
    assert page_text(show(report, address)).startswith(("This file has no", "No finding in this report"))


def page_text(page):
    return page.locator("main").inner_text()


def test_saved_rows_are_those_of_the_csv_report(show, hostile):
    def read_row(row):
        return row | {"similarity": float(row["similarity"])}

    wanted = list(csv.DictReader(io.StringIO(hostile.render("csv"), newline="")))

    assert list(map(read_row, save(show(hostile, "#clusters")))) == list(map(read_row, wanted))


def test_saved_cell_is_no_formula_and_rows_are_the_filtered(show):
    report = audit([Document(name, article(f"=1+1 {FERRY}", CHESS if name > "b" else ORCHARD)) for name in "@abcd"])
    rows = save(show(report, "#clusters?q=ferry"))

    assert [row["document"] for row in rows] == ["'@", "a", "b", "c", "d"]
    assert not any(row["text"].startswith("=") for row in rows)


def test_text_for_the_allow_list_is_one_entry_of_it(show, report, tmp_path):
    cluster = report.clusters[0]
    page = show(report, f"#cluster={cluster.id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy for --allow").click()
    page.wait_for_selector("text=Copied")
    (tmp_path / "allow.txt").write_text(page.evaluate("navigator.clipboard.readText()"), encoding="utf-8")

    assert read_allowed(tmp_path / "allow.txt") == (cluster.members[0].text,)


@pytest.mark.parametrize("view", VIEWS)
def test_text_of_a_corpus_is_never_markup(show, hostile, view):
    ends = {"#cluster=": hostile.clusters[0].id, "#document=": quote(hostile.documents[0].document, safe="")}
    page = show(hostile, view + ends.get(view, ""))
    for row in page.locator("details.finding").all():
        if row.get_attribute("open") is None:
            row.locator("summary").click()
    wait(page, "document.querySelectorAll('details[open]').length === document.querySelectorAll('.opened').length")

    assert page.evaluate("[window.hurt, document.querySelectorAll('main img, main script').length]") == [None, 0]
    if view in ("#clusters", "#documents", "#document="):
        assert "\\u202eevil\\u202c" in page_text(page)
        assert "\u202e" not in page_text(page)


def test_policy_forbids_what_is_from_outside(browser, tmp_path, hostile):
    hostile.write(tmp_path / "r.html")
    page = browser.new_page()
    page.goto((tmp_path / "r.html").as_uri())
    forbidden = page.evaluate(
        """() => new Promise((resolve) => {
            const seen = [];
            const note = (event) => seen.push(event.effectiveDirective) > 2 && resolve(seen);
            document.addEventListener('securitypolicyviolation', note);
            const image = new Image();
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(Object.assign(document.createElement('style'), { textContent: 'p { color: red }' }));
            fetch('http://127.0.0.1:9/').catch(() => {});
        })"""
    )
    page.close()

    assert sorted(forbidden) == ["connect-src", "img-src", "style-src-elem"]


def test_paper_is_white_in_the_dark(show, report):
    page = show(report, "#clusters", color_scheme="dark")
    page.emulate_media(media="print")

    assert page.evaluate("['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])") == [
        "rgb(27, 28, 30)",
        "rgb(255, 255, 255)",
    ]
    assert not page.locator(".filters").is_visible()


def test_without_scripts_the_counts_are_there(show, report):
    page = show(report, java_script_enabled=False)

    assert f"{report.summary.documents} from 4 sources" in page.locator("table").inner_text()
    assert "need JavaScript" in page.locator("noscript").inner_text()


def test_page_says_what_it_leaves_out(show, report, monkeypatch):
    monkeypatch.setattr(page_data, "MOST_CHARACTERS", 6000)
    page = show(report, "#clusters")
    listed = page.locator("details.finding").count()

    assert (
        page.locator(".notice")
        .inner_text()
        .startswith(
            f"This file lists the first {listed} clusters, those with most words; {len(report.clusters) - listed} are left out."
        )
    )


def test_check_tells_drafts_from_what_is_published(show, tmp_path):
    with Index.open(tmp_path / "i.dedup", "c") as index:
        index.add([Document("old.txt", article(FERRY, BUDGET), source="herald", date="2024-02-11")])
        page = show(index.check([Document("new.md", article(FERRY_EDITED, CHESS))]))

    assert page.locator("h1").text_content() == "1 finding in 1 draft, over the limits"
    page.evaluate("location.hash = '#clusters'")
    page.locator("summary").click()
    page.wait_for_selector(".members")
    assert [text.split() for text in page.locator(".where").all_inner_texts()] == [
        ["old.txt:1", "published", "2024-02-11", "first"], ["new.md:1", "draft", "75", "%", "alike"]
    ]  # fmt: skip


def test_report_of_nothing_opens(show):
    page = show(check([Document("a", FERRY)]))

    assert page.locator("h1").text_content() == "0 findings in 1 draft, within the limits"


PAIRS = [
    (FERRY, FERRY_EDITED),
    ("a b c d e f", "b a d c f e"),
    ("", "one"),
    ("one", ""),
    ("Über Straße", "UBER STRASSE!"),
    ("(AP) The end.", "The end (AP)"),
    ("研究所の調査では、入り江の内側で", "研究所の調査によれば入り江の内側でも"),
    ("विद्यालय की स्थापना", "विद्यालय में स्थापना"),
    ("ΟΔΟΣ οδός", "οδος ΟΔΟΣ"),
    ("soft\u00adhyphen cafe\u0301", "softhyphen café"),
    ("x " * 40 + "y", "y " + "x " * 39),
    ("ภาษาไทย", "ภาษาไท"),
    ("non-stop 1,5 km", "non stop 1.5 km"),
    ("العربية مُدَرِّس", "العربية مدرس"),
    ("the cat the dog the", "the dog the cat the"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_browser_compares_words_as_the_library_does(browser, before, after):
    page = browser.new_page()
    scripts = [(files("dedup.report") / "html" / name).read_text(encoding="utf-8") for name in ("text.js", "diff.js")]
    page.add_script_tag(content="\n".join(scripts))
    pieces = json.loads(page.evaluate("([a, b]) => JSON.stringify(diffWords(a, b))", [before, after]))
    page.close()

    assert [(piece["same"], piece["before"], piece["after"]) for piece in pieces] == diff_words(before, after)
