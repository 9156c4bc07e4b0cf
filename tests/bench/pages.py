"""How fast pages are read, in megabytes of HTML a second on one core: `python tests/bench/pages.py [FILE...]`.

Made pages of an article's make-up: menus, scripts, styles, drawings, linked paragraphs, pictures, teasers. And pages made to take
long: deep nesting, tags without an end, 10 MB of one kind. With files, those instead.
"""

from __future__ import annotations

import gzip
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from dedup.read.html.decode import decode_page
from dedup.read.html.extract import extract_page
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.read.warc import read_warc
from dedup.settings import Settings

WORDS = "the of harbour ferry council island winter mayor price a to and said in that report year for was on Größe"


def make_sentence(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS.split(), k=draw.randint(8, 24))).capitalize() + "."


def make_paragraph(draw: random.Random) -> str:
    link = f'<a href="https://example.org/{draw.random()}" class="link link--inline" data-track="body">{make_sentence(draw)}</a>'
    text = " ".join((make_sentence(draw), link, f"<em>{make_sentence(draw)}</em>", make_sentence(draw), "Q&amp;A&nbsp;&mdash; ok"))
    return f'<div class="block"><p class="article__text" data-component="text-block">{text}</p></div>\n'


def make_picture(draw: random.Random) -> str:
    line = make_sentence(draw)
    sizes = ", ".join(f"https://img.example.org/{draw.random()}.jpg {width}w" for width in (320, 640, 1280))
    image = f'<picture><source srcset="{sizes}"><img src="a.jpg" alt="{line}"></picture>'
    return f'<figure class="picture">{image}<figcaption>{line}</figcaption></figure>'


def make_page(seed: int, n_paragraphs: int, script_bytes: int) -> str:
    """Return a page; of script_bytes, a half stands in the head and a half before the end, as data of the page."""
    draw = random.Random(seed)
    items = "".join(f'<li class="menu__item"><a href="/section/{i}">{draw.choice(WORDS.split())} {i}</a></li>' for i in range(60))
    data = ('window.__data.push({id:1,html:"<div>a</div>",flag:a<b&&c>d});\n' * (script_bytes // 126 + 1))[: script_bytes // 2]
    drawing = '<svg viewBox="0 0 24 24"><g><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10"/></g></svg>'
    body = "".join(make_paragraph(draw) + (make_picture(draw) if i % 5 == 0 else "") for i in range(n_paragraphs))
    teasers = "".join(f'<article><h3><a href="/{i}">{make_sentence(draw)}</a></h3>{drawing}</article>' for i in range(20))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page {seed}</title><script>{data}</script></head>'
        f'<body><header class="top">{drawing}<nav><ul>{items}</ul></nav></header><main><article><h1>{make_sentence(draw)}</h1>'
        f'<time datetime="2024-05-03T10:00:00Z">3 May</time>{body}</article></main><aside>{teasers}</aside>'
        f'<footer><ul>{items}</ul></footer><script type="application/json">{data}</script></body></html>'
    )


HOSTILE = {
    "2,000,000 open div": "<div>" * 2_000_000 + "text",
    "1,000,000 open p and ul li": "<p><ul><li>" * 1_000_000 + "text",
    "1,000,000 open hidden span": "<span hidden>" * 800_000 + "text",
    "10 MB of <": "<" * 10_000_000,
    "10 MB of <!--": "<!--" * 2_500_000,
    '10 MB of <a b="': '<a b="' * 1_600_000,
    "10 MB of <script>": "<script>" * 1_250_000,
    "10 MB of -": "<!--" + "-" * 10_000_000,
    "10 MB of attributes": "<p " + " ".join(f"a{i}=hidden" for i in range(700_000)) + ">text",
    "10 MB of <br>": "<br>" * 2_500_000 + "text",
    "10 MB of <b>x</b>": "<b>x</b>" * 1_250_000,
    "10 MB of cells": "<table><tr>" + "<td>x" * 2_000_000,
    "10 MB of blanks": "<p>" + " " * 10_000_000 + "x",
    "10 MB of blanks in pre": "<pre>" + " " * 10_000_000 + "x",
    "10 MB of &amp": "&amp" * 2_500_000,
    "1,000,000 stray ends": "<div>" * 100_000 + "</p></li></td></table>" * 400_000,
}


def measure(page: bytes) -> tuple[float, int]:
    """Return the seconds that a page takes, the best of three, and the number of its paragraphs."""
    best, found = 1e9, 0
    for _ in range(3 if len(page) < 2_000_000 else 1):
        start = perf_counter()
        text, _encoding = decode_page(page) or ("", "")
        found = len(extract_page(text).cuts.start)
        best = min(best, perf_counter() - start)
    return best, found


def print_line(name: str, page: bytes) -> None:
    seconds, found = measure(page)
    print(f"{name:45} {len(page) / 1e6:7.2f} MB {1e3 * seconds:9.1f} ms {len(page) / 1e6 / seconds:8.1f} MB/s {found:8} paragraphs")


def write_archive(path: Path, n_pages: int) -> int:
    """Write an archive of pages, a gzip member each; return the bytes of HTML in it."""
    n_bytes = 0
    with path.open("wb") as file:
        for i in range(n_pages):
            page = make_page(i, 60, 60_000).encode()
            block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/{i}\r\nContent-Length: {len(block)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + block + b"\r\n\r\n", 6))
            n_bytes += len(page)
    return n_bytes


def measure_archive() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.warc.gz")
        n_bytes = write_archive(path, 300)
        start = perf_counter()
        found = sum(1 for _ in read_warc(Input("a", path, ".warc", ""), Settings(), Problems()))
        seconds = perf_counter() - start
    print(f"archive of {found} pages: {n_bytes / 1e6:.1f} MB of HTML, {n_bytes / 1e6 / seconds:.1f} MB/s, unpacking included")


def main(paths: list[str]) -> None:
    for path in paths:
        print_line(path, Path(path).read_bytes())
    if paths:
        return
    for n_paragraphs, script_bytes in ((30, 0), (30, 30_000), (30, 150_000), (100, 60_000), (10_000, 100_000)):
        page = make_page(1, n_paragraphs, script_bytes)
        print_line(f"article of {n_paragraphs} paragraphs, {script_bytes:,} bytes of scripts", page.encode())
    measure_archive()
    for name, hostile in HOSTILE.items():
        print_line(name, hostile.encode())


if __name__ == "__main__":
    main(sys.argv[1:])
