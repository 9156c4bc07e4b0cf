"""Writes the pages and the web archive that stand beside it: `python data/formats/make_pages.py`.

Small articles as sites serve them, written for this project: with menus, a picture whose line stands twice (as its alternative text
and below it), teasers and a footer; one in windows-1251; and a crawl of them, a record a gzip member, packed as servers do.
"""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent

MENU = """<header class="site"><a href="/"><img src="/logo.svg" alt="Harbour Post"></a>
<nav aria-label="Sections"><ul><li><a href="/news">News</a></li>
<li><a href="/sport">Sport</a></li><li><a href="/sea">Sea</a></li></ul></nav>
</header>"""

FOOTER = """<footer><p>&copy; 2024 Harbour Post. All rights reserved.</p>
<ul><li><a href="/about">About us</a><li><a href="/privacy">Privacy</a></ul></footer>
<script>window.track = function (a) { return a < 2 && "<p>not a paragraph</p>"; };</script>"""

LINE = "The ferry Aurora on her last evening at the old pier, seen from the breakwater. Photo: Harbour Post"

FERRY = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Last ferry leaves the old pier - Harbour Post</title>
<meta property="article:published_time" content="2024-02-09T18:30:00+01:00">
<style>.lead {{ font-weight: bold }}</style>
</head>
<body>
{MENU}
<main>
<article>
<header>
<h1>Last ferry leaves the old pier</h1>
<p class="byline">By <a href="/staff/ines-holm">Ines Holm</a>, <time datetime="2024-02-09T18:30:00+01:00">9 February 2024</time></p>
</header>
<figure><picture><source srcset="/aurora.webp"><img src="/aurora.jpg" alt="{LINE}"></picture>
<figcaption>{LINE}</figcaption></figure>
<p class="lead">The last ferry to the outer islands left the harbour on <b>Friday</b> with nobody aboard but the crew and one grey
cat.</p>
<p>After ninety&#8209;one years the pier is too shallow for the ships that replace her, the <a href="/council">council</a>
said&nbsp;&mdash; and dredging it would cost more than a new one.
<p>&ldquo;I took her to school every day for nine years,&rdquo; said a passenger.<br><br>The new pier opens in May.
<aside><h2>More on this</h2>
<ul><li><a href="/a">Council throws out the budget again<img src="a.jpg" alt="Councillors in the chamber"></a></ul></aside>
<table><caption>Sailings a year</caption><tr><th>Year<th>Sailings<tr><td>1933<td>1,204<tr><td>2023<td>388</table>
<p hidden>Subscribe to read on.</p>
<footer>Ines Holm has reported from the islands since 2011.</footer>
</article>
</main>
{FOOTER}
</body>
</html>
"""

BUDGET = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Council throws out the budget again - Harbour Post</title>
<meta name="date" content="2024-02-12"></head>
<body>
{MENU}
<main><article>
<h1>Council throws out the budget again</h1>
<div>Councillors threw out the budget for the third time since spring, and nobody in the chamber seemed surprised by it.
<p>The last ferry to the outer islands left the harbour on Friday with nobody aboard but the crew and one grey cat.</p>
Among the cuts were the dredging of the old pier and the lights of the breakwater.</div>
</article></main>
{FOOTER}
</body></html>
"""

RUSSIAN = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>Последний паром</title></head>
<body><div role="navigation"><a href="/">Главная</a> <a href="/news">Новости</a></div>
<h1>Последний паром ушёл от старого причала</h1>
<img src="a.jpg" alt="Паром «Аврора» в последний вечер у старого причала"><br>
Последний паром к дальним островам вышел из гавани в пятницу: на борту не было никого, кроме команды и одного серого кота.<br><br>
За девяносто один год причал стал слишком мелким для новых судов, сообщили в совете.
</body></html>
"""


def write_record(kind: str, uri: str, block: bytes) -> bytes:
    """Return a record of an archive as a gzip member."""
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-02-13T06:00:00Z\r\n"
    media_type = "application/warc-fields" if kind == "warcinfo" else f"application/http; msgtype={kind}"
    head += f"Content-Type: {media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def answer(body: bytes, media_type: str, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP response."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {media_type}", *headers)
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def write_archive() -> bytes:
    """Return a crawl of the pages, with what else a crawler brings home."""
    host = "https://post.example"
    packed = gzip.compress(BUDGET.encode(), mtime=0)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    records = [
        ("warcinfo", "", b"software: none\r\n"),
        ("request", f"{host}/ferry", b"GET /ferry HTTP/1.1\r\nHost: post.example\r\n\r\n"),
        ("response", f"{host}/ferry", answer(FERRY.encode(), "text/html; charset=utf-8")),
        ("response", f"{host}/budget", answer(chunks, "text/html", "Content-Encoding: gzip", "Transfer-Encoding: chunked")),
        ("response", f"{host}/old", answer(b"<p>Moved.", "text/html", "Location: /ferry", status="301 Moved Permanently")),
        ("response", f"{host}/logo.svg", answer(b"<svg/>", "image/svg+xml")),
        ("response", "https://pocta.example/parom", answer(RUSSIAN.encode("cp1251"), "text/html")),
        ("response", f"{host}/notice.txt", answer(b"The new pier opens in May.\n\nMind the step.\n", "text/plain")),
    ]
    return b"".join(write_record(*record) for record in records)


def main() -> None:
    """Write the files."""
    (FOLDER / "ferry.html").write_bytes(FERRY.encode())
    (FOLDER / "budget.html").write_bytes(BUDGET.encode())
    (FOLDER / "parom.htm").write_bytes(RUSSIAN.encode("cp1251"))
    (FOLDER / "crawl.warc.gz").write_bytes(write_archive())


if __name__ == "__main__":
    main()
