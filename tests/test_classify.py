"""What a cluster is: each rule of `classify`, and where it stops."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from dedup.audit import audit
from dedup.classify import Places, find_copies, find_furniture, find_kinds
from dedup.cues import CUED_WORDS, has_cue
from dedup.model import CAPTION, FURNITURE, PROSE, Document, Flags, Ints, Kind
from dedup.report import Report


class Layout(NamedTuple):
    """Documents laid out as columns: equal paragraphs have equal numbers in `group`."""

    texts: list[str]
    group: Ints
    places: Places

    def which(self, text: str) -> Ints:
        """Return the paragraphs that say this."""
        return np.flatnonzero([mine == text for mine in self.texts])


def lay_out(documents: Sequence[Sequence[str]], sources: Sequence[int] | None = None) -> Layout:
    texts = [text for paragraphs in documents for text in paragraphs]
    numbers = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    group = np.array([numbers[text] for text in texts])
    document = np.repeat(np.arange(len(documents)), [len(paragraphs) for paragraphs in documents])
    ordinal = np.concatenate([np.arange(len(paragraphs)) for paragraphs in documents])
    words = np.array([len(text.split()) for text in texts])
    source = np.array(sources or [0] * len(documents))
    from_end = np.array([len(paragraphs) for paragraphs in documents])[document] - 1 - ordinal
    is_copy = find_copies(group, document, words, source, np.bincount(document, words, len(source)).astype(np.int64))
    in_source = np.bincount(source[~is_copy], minlength=source.max(initial=0) + 1)
    return Layout(texts, group, Places(document, ordinal, from_end, words, source, is_copy, in_source))


def prose(name: object, n_words: int = 30) -> str:
    """Return a paragraph that shares no word with that of another name; every word holds a figure, so that it has no mask."""
    return " ".join(f"{name}w{i}" for i in range(n_words))


def article(name: object, n_paragraphs: int = 10) -> list[str]:
    return [prose(f"{name}p{i}") for i in range(n_paragraphs)]


def furniture_of(documents: Sequence[Sequence[str]], sources: Sequence[int] | None = None) -> set[str]:
    """Return the texts that stand as furniture."""
    layout = lay_out(documents, sources)
    return {layout.texts[i] for i in np.flatnonzero(find_furniture(layout.group, layout.places))}


def kind_of(documents: Sequence[Sequence[str]], *said: str) -> Kind:
    """Return the kind of the cluster of all paragraphs that say one of these."""
    layout = lay_out(documents)
    members = np.concatenate([layout.which(text) for text in said])
    is_furniture = find_furniture(layout.group, layout.places)
    return kind_of_cluster(members, is_furniture, layout.places, layout.texts)


def kind_of_cluster(members: Ints, is_furniture: Flags, places: Places, texts: Sequence[str]) -> Kind:
    """Return the kind of the cluster of some paragraphs."""
    members = np.sort(members)
    some = [texts[i] for i in members]
    is_cued = np.array([count <= CUED_WORDS and has_cue(text) for count, text in zip(places.words[members], some, strict=True)])
    offsets = np.array([0, len(members)])
    return find_kinds(offsets, is_furniture[members], is_cued, places.select(members), lambda rows: [some[i] for i in rows])[0]


def copies_of(documents: Sequence[Sequence[str]], sources: Sequence[int] | None = None) -> list[int]:
    """Return the documents that are copies as a whole."""
    return np.flatnonzero(lay_out(documents, sources).places.is_copy).tolist()


def test_later_version_is_a_copy_and_the_first_is_none() -> None:
    first = article("a")
    assert copies_of([first, [*first[:-1], prose("new")], first]) == [1, 2]


def test_document_with_a_quarter_of_its_own_is_no_copy() -> None:
    first = article("a", 9)
    assert copies_of([first, [*first, *article("b", 3)]]) == []
    assert copies_of([first, [*first, *article("b", 2)]]) == [1]


def test_article_of_another_source_is_no_copy() -> None:
    assert copies_of([article("a"), article("a")], sources=[0, 1]) == []


def test_shared_short_lines_make_no_copy() -> None:
    menu = [prose(f"line{i}", 19) for i in range(20)]
    assert copies_of([[*menu, "One"], [*menu, "Two"]]) == []


def test_text_on_many_pages_is_no_sign_of_a_copy() -> None:
    shared = article("boilerplate", 4)
    pages = [[f"Page {i}", *shared] for i in range(11)]
    assert copies_of(pages[:10]) == list(range(1, 10))
    assert copies_of(pages) == []


# Furniture of a source


def test_line_in_half_of_the_documents_is_furniture() -> None:
    documents = [[*article(i, 5), *["Share this article"] * (i < 3), *article(f"{i}b", 5)] for i in range(6)]
    assert furniture_of(documents) == {"Share this article"}
    assert furniture_of([*documents, article("one more")]) == set()


def test_two_documents_do_not_make_a_site() -> None:
    assert furniture_of([["The Herald", *article(i)] for i in range(2)]) == set()
    assert furniture_of([["The Herald", *article(i)] for i in range(3)]) == {"The Herald"}


def test_banner_of_three_articles_is_furniture_and_what_two_recycle_is_not() -> None:
    recycled = prose("recycled")
    documents = [["The Herald", prose(i), recycled] if i < 2 else ["The Herald", prose(i)] for i in range(3)]
    assert furniture_of(documents) == {"The Herald"}
    assert kind_of(documents, "The Herald") == "furniture"
    assert kind_of(documents, recycled) == "paragraph"


@pytest.mark.parametrize(
    ("n_words", "n_holding", "n_documents", "expected"),
    [
        *((15, 3, 6, True), (15, 3, 7, False)),
        *((16, 3, 3, False), (16, 5, 5, False)),  # background that follow-ups share
        *((16, 6, 12, True), (16, 6, 13, False)),
    ],
)
def test_longer_text_needs_more_documents_to_be_common(n_words: int, n_holding: int, n_documents: int, expected: bool) -> None:
    text = prose("shared", n_words)
    documents = [[*article(i), *[text] * (i < n_holding), *article(f"{i}b")] for i in range(n_documents)]
    assert (furniture_of(documents) == {text}) == expected


@pytest.mark.parametrize(("place", "expected"), [(0, True), (4, True), (5, False), (-7, True), (-8, False)])
def test_line_that_keeps_its_place_is_furniture(place: int, expected: bool) -> None:
    """Three of ten documents have it, too few to be common; of 21 paragraphs the last seven are the tail."""
    documents = [article(i, 20) for i in range(10)]
    for paragraphs in documents[:3]:
        paragraphs.insert(place if place >= 0 else len(paragraphs) + 1 + place, "Politics")
    assert (furniture_of(documents) == {"Politics"}) == expected


@pytest.mark.parametrize(
    ("n_words", "n_holding", "expected"),
    [(15, 3, True), (20, 3, False), (20, 4, True), (21, 4, False), (25, 5, True), (26, 9, False)],
)
def test_longer_line_at_its_place_needs_more_documents(n_words: int, n_holding: int, expected: bool) -> None:
    line = prose("line", n_words)
    documents = [[line, *article(i)] if i < n_holding else article(i) for i in range(20)]
    assert (furniture_of(documents) == {line}) == expected


@pytest.mark.parametrize(("n_paragraphs", "n_tail"), [(15, 5), (30, 10), (36, 12), (60, 12)])
def test_tail_grows_with_the_document(n_paragraphs: int, n_tail: int) -> None:
    for n_after, expected in ((n_tail - 1, {"Politics"}), (n_tail, set())):
        body = n_paragraphs - 1 - n_after
        documents = [[*article(i, body), "Politics", *article(f"{i}b", n_after)] if i < 3 else article(i) for i in range(10)]
        assert furniture_of(documents) == expected


def test_line_that_wanders_is_no_furniture() -> None:
    documents = [article(i, 20) for i in range(20)]
    for paragraphs in documents[:4]:
        paragraphs.insert(0, "Politics")
    for paragraphs in documents[4:6]:
        paragraphs.insert(10, "Politics")
    assert furniture_of(documents) == set()
    assert furniture_of(documents[:5] + documents[6:]) == {"Politics"}


def test_place_means_nothing_in_a_short_document() -> None:
    for n_others, expected in ((6, set()), (7, {"Yes indeed"})):
        assert furniture_of([[*["Yes indeed"] * (i < 3), *article(i, n_others)] for i in range(10)]) == expected


def test_sources_are_judged_one_by_one() -> None:
    """What is the banner of one site is a mere phrase on another."""
    site = [["Coast Post", *article(i)] for i in range(3)]
    others = [article(f"o{i}") for i in range(20)]
    others[0].insert(5, "Coast Post")
    layout = lay_out([*site, *others], sources=[0] * 3 + [1] * 20)
    stands = find_furniture(layout.group, layout.places)[layout.which("Coast Post")]
    assert stands.tolist() == [True, True, True, False]


def test_documents_of_one_paragraph_have_no_furniture() -> None:
    assert furniture_of([[prose(i)] for i in range(9)] + [["I agree"]] * 4) == set()


def test_order_of_documents_changes_no_furniture() -> None:
    documents = [["The Herald", *article(i), "Comments"] for i in range(5)] + [article("x")]
    shuffled = random.Random(1).sample(documents, len(documents))
    assert furniture_of(documents) == furniture_of(shuffled) == {"The Herald", "Comments"}


# Kinds


def test_recycled_paragraph_is_a_paragraph() -> None:
    shared = prose("shared")
    assert kind_of([[*article(i), shared] for i in range(2)], shared) == "paragraph"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Sigrid Almquist, Transport Correspondent", "furniture"),
        ("Von Jutta Wernes und Karl-Heinz Moor in Skarvik", "furniture"),
        ("By the end of the war there were 20 left in town.", "paragraph"),
        ("By Sigrid Almquist and six more reporters from all over the island and beyond it", "paragraph"),
        ("Sigrid Almquist", "furniture"),
        ("Opinion", "furniture"),
        ("Five words make a headline", "paragraph"),
    ],
)
def test_byline_or_label_at_the_head_is_furniture(line: str, expected: Kind) -> None:
    documents = [["Site", f"Headline {i}", line, *article(i)] for i in range(2)]
    assert kind_of(documents, line) == expected


def test_byline_further_down_is_a_paragraph() -> None:
    line = "By Sigrid Almquist"
    assert kind_of([[*article(i, 5), line, *article(f"{i}b", 20)] for i in range(2)], line) == "paragraph"


def test_label_needs_documents_and_length() -> None:
    assert kind_of([["Opinion", "Opinion here", "Opinion", *article(1)]], "Opinion") == "paragraph"
    assert kind_of([["Opinion", *article(i, 3)] for i in range(2)], "Opinion") == "paragraph"


def test_line_of_a_link_list_is_furniture_with_the_headline_it_names() -> None:
    headline, link = "Bridge toll to rise by more than a third", "- Bridge toll to rise by more than a third"
    first, second = ["Site", headline, *article(1)], ["Site", "Other", *article(2), "Read more", link, "Comments"]
    assert kind_of([first, second], headline, link) == "furniture"


def test_link_to_the_article_itself_is_furniture() -> None:
    headline, link = "Bridge toll to rise by more than a third", "1. Bridge toll to rise by more than a third"
    assert kind_of([["Site", headline, *article(1), "Most read", link]], headline, link) == "furniture"


@pytest.mark.parametrize("line", ["- two eggs and a pinch of salt", "2) Two eggs and a pinch of salt"])
def test_list_item_within_one_article_is_no_link(line: str) -> None:
    assert kind_of([[*article(1, 6), line, *article(2, 3), line, prose("end")]], line) == "paragraph"


def test_list_item_far_from_the_end_is_no_link() -> None:
    line = "- two eggs and a pinch of salt"
    assert kind_of([[*article(i, 6), line, *article(f"{i}b", 12)] for i in range(2)], line) == "paragraph"
    assert kind_of([[*article(i, 6), line, *article(f"{i}b", 11)] for i in range(2)], line) == "furniture"


def test_long_list_item_is_no_link() -> None:
    for n_words, expected in ((24, "furniture"), (25, "paragraph")):
        line = "- " + prose("item", n_words)
        assert kind_of([[*article(i), line] for i in range(2)], line) == expected


@pytest.mark.parametrize(("n_words", "expected"), [(2, "paragraph"), (3, "caption"), (60, "caption"), (61, "paragraph")])
def test_line_doubled_next_to_itself_is_a_caption(n_words: int, expected: Kind) -> None:
    line = prose("caption", n_words)
    assert kind_of([[*article(1, 5), line, line, *article(2, 5)]], line) == expected


def test_caption_may_differ_from_its_neighbour_and_stand_in_the_body_too() -> None:
    one, other = prose("caption", 20), prose("caption", 19)
    assert kind_of([[one, *article(1, 5), one, other, *article(2, 5)]], one, other) == "caption"


def test_line_repeated_further_on_is_a_paragraph() -> None:
    line = prose("refrain", 20)
    assert kind_of([[*article(1, 5), line, prose("between"), line, *article(2, 5)]], line) == "paragraph"


CUES = """
Pictured: boatswain Ove Rimstad | Ian Cunningham, 74, (pictured left) with a friend | File photo: the harbour
Ships at rest (AP Photo/Jane Doe) | Ships at rest. (AP) | Ships at rest (John Doe/AFP via Getty Images)
Ships at rest (Photo: Coast Post) | Ships at rest (Jane Doe, via AP) | Photograph: Jane Doe/The Herald | Ships at rest. Photo: Jane
Ships at rest — Picture: PA | Credit: Jane Doe
Das Schiff liegt im Hafen. (Foto: Imago) | Archivbild: Hafen | Bild: Jutta Wernes
Photo : Jean Dupont | Le port de Brest (Crédit photo : AFP) | Le port (photo d'archives)
Foto de archivo del puerto | En la imagen, el puerto | Nella foto, il porto
Statek w porcie, fot. Jan Kowalski | Skipet ved kai (Foto: NTB)
Корабль в порту (Фото: ТАСС) | На фото: корабль в порту | السفينة في الميناء (تصوير: علي) | صورة: السفينة في الميناء
बंदरगाह में जहाज (फोटो: पीटीआई) | फाइल फोटो: बंदरगाह | 写真：港に停泊する船 | 港に停泊する船（写真：共同）
【写真】港に停泊する船 | 港に停泊する船=田中撮影
图为港口的船只 | 港口的船只（图／新华社） | 港口的船只(图/新华社) | 港口的船只。新华社记者 张三 摄 | 항구의 배 [사진=연합뉴스]
"""
NO_CUES = """
KYIV (Reuters) - The minister said on Monday | The self-image of the city | A photo of the scene was sent | On the map (PAGE 3)
The big picture: inflation is slowing. | Credits for the film ran long. | Other content, such as [images](https://a.example/images)
Das Bild von der Stadt hat sich gewandelt. | They had pictured a quiet life by the sea.
По данным фотографов, корабль затонул. | 図書館は月曜日に閉館する。 | 计划的图景已经清楚。
"""


def lines_of(rows: str) -> list[str]:
    return [line.strip() for row in rows.strip().split("\n") for line in row.split(" | ")]


@pytest.mark.parametrize("line", lines_of(CUES))
def test_picture_cue_makes_a_caption(line: str) -> None:
    assert kind_of([[*article(i), line, *article(f"{i}b")] for i in range(2)], line) == "caption"


@pytest.mark.parametrize("line", lines_of(NO_CUES))
def test_talk_of_pictures_is_no_cue(line: str) -> None:
    assert kind_of([[*article(i), line, *article(f"{i}b")] for i in range(2)], line) == "paragraph"


def test_cue_in_a_long_paragraph_is_none() -> None:
    for n_words, expected in ((89, "caption"), (90, "paragraph")):
        text = prose("long", n_words) + " pictured"
        assert kind_of([[*article(i), text, *article(f"{i}b")] for i in range(2)], text) == expected


def test_caption_of_a_stock_picture_is_no_furniture() -> None:
    line = "File photo: Norrholm harbour"
    assert kind_of([[line, *article(i)] for i in range(5)], line) == "caption"


def test_cluster_is_furniture_when_half_of_its_members_are() -> None:
    site = [["Coast Post", *article(i)] for i in range(3)]
    elsewhere = [*article("o", 6), "Coast Post", *article("p", 6)]
    layout = lay_out([*site, *[elsewhere] * 4], sources=[0, 0, 0, 1, 2, 3, 4])
    is_furniture = find_furniture(layout.group, layout.places)
    members = layout.which("Coast Post")

    assert kind_of_cluster(members[:6], is_furniture, layout.places, layout.texts) == "furniture"
    assert kind_of_cluster(members, is_furniture, layout.places, layout.texts) == "paragraph"


# Through the whole audit


def write(name: str, *paragraphs: str, source: str = "herald") -> Document:
    return Document(f"{source}/{name}", "\n\n".join(paragraphs), source)


def kinds_in(report: Report) -> dict[str, str]:
    """Return the kind of each cluster by the text that represents it."""
    return {cluster.members[0].text: cluster.kind for cluster in report.clusters}


def test_three_versions_of_an_article_are_no_furniture() -> None:
    body = article("story")
    versions = [write(f"v{i}", "Storm hits the western shore tonight", *body, prose(f"new{i}")) for i in range(3)]
    assert set(kinds_in(audit(versions)).values()) == {"paragraph"}


def test_banner_over_three_versions_and_three_other_articles_is_furniture() -> None:
    body = article("story")
    versions = [write(f"v{i}", "The Norrholm Herald", *body, prose(f"new{i}")) for i in range(3)]
    others = [write(f"o{i}", "The Norrholm Herald", *article(f"o{i}")) for i in range(3)]
    kinds = kinds_in(audit([*versions, *others]))

    assert kinds.pop("The Norrholm Herald") == "furniture"
    assert set(kinds.values()) == {"paragraph"}


def test_wire_stories_on_two_sites_leave_each_its_banner() -> None:
    stories = [article(f"s{i}") for i in range(4)]
    post = [write(f"{i}", "post news for you", *story, source="post") for i, story in enumerate(stories)]
    times = [write(f"{i}", "times news for you", *story, source="times") for i, story in enumerate(stories)]
    kinds = kinds_in(audit([*post, *times]))

    assert kinds.pop("post news for you") == kinds.pop("times news for you") == "furniture"
    assert set(kinds.values()) == {"paragraph"}


def stamp(i: int) -> str:
    return f"PUBLISHED: 0{i}:10, {i + 3} May 2024\nUPDATED: 1{i}:4{i}, 1{i} June 2024\nVIEWS: {i},{i}04"


def test_timestamps_that_differ_in_figures_are_one_piece_of_furniture() -> None:
    report = audit([write(f"a{i}", "The Norrholm Herald", stamp(i), *article(i)) for i in range(1, 5)])
    cluster = next(cluster for cluster in report.clusters if cluster.members[0].text == stamp(1))
    assert (cluster.kind, cluster.size, cluster.similarity.min) == ("furniture", 4, 1.0)


def test_timestamps_are_learned_for_each_source() -> None:
    """The two of the other source are not enough to be its furniture, and their figures differ."""
    documents = [write(f"a{i}", stamp(i), *article(i)) for i in range(1, 5)]
    documents += [write(f"b{i}", stamp(i), *article(f"b{i}"), source="post") for i in range(5, 7)]
    report = audit(documents)

    assert [(cluster.kind, cluster.size) for cluster in report.clusters] == [("furniture", 4)]


def test_templates_with_other_figures_and_names_are_not_tied() -> None:
    lines = (
        "Skarvik IF 3, Lindeby BK 1 (half-time 2-0, 4,112 spectators)",
        "Hallmar FK 0, Tornsund 2 (half-time 0-1, 1,960 spectators)",
        "High water at Skarvik 04:12 and 16:40, low water 10:21",
        "High water at Ostervik 05:37 and 18:02, low water 11:49",
    )
    report = audit([write(f"a{i}", *article(i, 6), line, *article(f"{i}b", 6)) for i, line in enumerate(lines)])

    assert report.clusters == ()


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        ((CAPTION, CAPTION), "caption"),
        ((CAPTION, PROSE), "caption"),
        ((CAPTION, PROSE, PROSE), "paragraph"),
        ((FURNITURE, PROSE), "furniture"),
        ((FURNITURE, PROSE, PROSE), "paragraph"),
        ((PROSE, PROSE), "paragraph"),
    ],
)
def test_role_of_half_the_members_is_believed(roles, kind):
    layout = lay_out([[*article(i), prose("same"), *article(f"after{i}")] for i in range(len(roles))])
    members = layout.which(prose("same"))
    given = np.full(len(layout.group), PROSE, np.uint8)
    given[members] = roles
    places = layout.places._replace(roles=given)

    assert kind_of_cluster(members, find_furniture(layout.group, places), places, layout.texts) == kind
