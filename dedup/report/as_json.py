"""The report as JSON, and the JSON Schema that describes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from dedup.listing import Tabled
from dedup.model import KINDS, SCOPES, Cluster, DocumentFindings, JsonObject, Member, Passage, Summary
from dedup.report.json_rows import break_line, render_rows
from dedup.settings import SPLITS
from dedup.table import Choices, Table
from dedup.version import __version__

SCHEMA_NAME = "dedup-report/1"
ENCODED_AT_ONCE = 16
"""Clusters, passages or documents; the first clusters are the largest."""
DEPTH = 2
"""At which things of the lists stand."""


def render_json(
    settings: JsonObject,
    summary: Summary,
    clusters: Sequence[Cluster],
    passages: Sequence[Passage],
    documents: Sequence[DocumentFindings],
    n_threads: int = 1,
) -> Iterator[bytes]:
    """Yield the report as indented JSON with a line end, in blocks."""
    tool = {"name": "dedup", "version": __version__}
    yield _indent({"schema": SCHEMA_NAME, "tool": tool, "settings": settings, "summary": summary}).removesuffix(b"\n}")
    for name, found in (("clusters", clusters), ("passages", passages), ("documents", documents)):
        yield from _render_list(name, found, n_threads)
    yield b"\n}\n"


def _render_list(name: str, found: Sequence[Any], n_threads: int) -> Iterator[bytes]:
    """Yield what follows in an object: a name, and a list of things that are written some at a time."""
    empty = _indent({name: []}).removeprefix(b"{").removesuffix(b"]\n}")  # up to the bracket that opens the list
    yield b"," + empty
    skipped, end = 1, b"]"
    for block in _render_tables(found, n_threads) if isinstance(found, Tabled) else _render_things(found):
        yield block[skipped:]
        skipped, end = 0, b"\n  ]"
    yield end


def _render_tables(found: Tabled[Any], n_threads: int) -> Iterator[bytes]:
    """Yield things as they stand in a list, with a comma in front of each."""
    for written in found.render(_write_narrow, n_threads):
        if isinstance(written, bytes):
            yield written
        else:
            yield from _render_wide(written, n_threads)


def _write_narrow(table: Table) -> bytes | Table:
    """Return a table as JSON; one with a cluster whose members are a listing as it is."""
    return table if isinstance(table.columns.get("members"), Choices) else render_rows(table, DEPTH).data.tobytes()


def render_members(members: Tabled[Member], depth: int | None, n_threads: int) -> Iterator[bytes]:
    """Yield what stands in a list of members, some at a time. depth: as in `render_rows`."""
    skipped = 1  # the first comma
    for block in members.render(lambda some: render_rows(some, depth).data.tobytes(), n_threads):
        yield block[skipped:]
        skipped = 0


def split_wide(table: Table) -> tuple[Table, Tabled[Member]]:
    """Return (the row of a cluster without its members, these)."""
    columns = table.columns.copy()
    members: Any = columns.pop("members")
    return Table(table.make, columns), members.values[0]


def _render_things(found: Sequence[Any]) -> Iterator[bytes]:
    empty = _indent({"": []}).removesuffix(b"]\n}")
    remaining = iter(found)
    while part := list(islice(remaining, ENCODED_AT_ONCE)):
        yield b"," + _indent({"": part}).removeprefix(empty).removesuffix(b"\n  ]\n}")


def _render_wide(table: Table, n_threads: int) -> Iterator[bytes]:
    """Yield one cluster, whose members are written some at a time. table: its row."""
    head, members = split_wide(table)
    end = break_line(DEPTH) + b"}"
    yield render_rows(head, DEPTH).data.tobytes().removesuffix(end) + b"," + break_line(DEPTH + 1) + b'"members": ['
    yield from render_members(members, DEPTH + 2, n_threads)
    yield break_line(DEPTH + 1) + b"]" + end


def _indent(content: JsonObject) -> bytes:
    import msgspec  # noqa: PLC0415  7 ms, and a report is rarely JSON

    return msgspec.json.format(msgspec.json.encode(content), indent=2)


def report_schema() -> JsonObject:
    """Return the JSON Schema (2020-12) of the report."""
    origin = {"enum": ["draft", "index"]}  # of `check` only
    span = _object(document=_TEXT, paragraph=_COUNT, start=_COUNT, end=_COUNT, line=_FROM_ONE, text=_TEXT)
    span["properties"]["origin"] = origin
    member = _object(
        document=_TEXT, paragraph=_COUNT, start=_COUNT, end=_COUNT, line=_FROM_ONE, words=_FROM_ONE, similarity=_SHARE, text=_TEXT
    )
    member["properties"]["origin"] = origin
    cluster = _object(
        id={"type": "string", "pattern": "^[0-9a-f]{16}$"},
        kind={"enum": list(KINDS)},
        scope={"enum": list(SCOPES)},
        size={"type": "integer", "minimum": 2},
        documents=_FROM_ONE,
        similarity=_object(min=_SHARE, mean=_SHARE),
        members={"type": "array", "items": member, "minItems": 2},
    )
    nearest = _object(document=_TEXT, shared_words=_FROM_ONE, a_share=_SHARE, b_share=_SHARE)
    document = _object(
        document=_TEXT,
        source=_TEXT,
        paragraphs=_COUNT,
        words=_COUNT,
        duplicate_paragraphs=_COUNT,
        duplicate_ratio=_SHARE,
        nearest={"anyOf": [nearest, {"type": "null"}]},
    )
    passage = _object(words=_FROM_ONE, similarity=_SHARE, a=span, b=span, a_share=_SHARE, b_share=_SHARE)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dedup report",
        **_object(
            schema={"const": SCHEMA_NAME},
            tool=_object(name={"const": "dedup"}, version=_TEXT),
            settings=_settings_schema(),
            summary=_summary_schema(),
            clusters={"type": "array", "items": cluster},
            passages={"type": "array", "items": passage},
            documents={"type": "array", "items": document},
        ),
    }


_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_FROM_ONE = {"type": "integer", "minimum": 1}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def _object(**properties: Any) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _settings_schema() -> JsonObject:
    curve = {"type": "array", "items": {"type": "array", "prefixItems": [_SHARE, _SHARE], "minItems": 2, "maxItems": 2}}
    return _object(
        threshold=_SHARE,
        shingle=_FROM_ONE,
        min_words=_COUNT,
        split={"enum": list(SPLITS)},
        num_perm=_FROM_ONE,
        seed=_COUNT,
        exact={"type": "boolean"},
        text_field=_TEXT_OR_NULL,
        id_field=_TEXT_OR_NULL,
        date_field=_TEXT_OR_NULL,
        source_field=_TEXT_OR_NULL,
        max_document=_FROM_ONE,
        passages={"type": "boolean"},
        passage_words=_FROM_ONE,
        normaliser=_FROM_ONE,
        bands=_FROM_ONE,
        rows=_FROM_ONE,
        scheme=_TEXT,
        s_curve=curve,
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{16}$"},
    )


def _summary_schema() -> JsonObject:
    counts = ("documents", "sources", "paragraphs", "words", "distinct_paragraphs", "duplicate_paragraphs", "duplicate_words")
    pairs = ("passages", "common_runs", "candidate_pairs", "left_out_pairs", "verified_pairs")
    of_check = ("findings", "baselined", "allowed", "index_documents", "unread_copies")
    schema = _object(
        **dict.fromkeys(counts, _COUNT),
        duplicate_ratio=_SHARE,
        clusters=_COUNT,
        clusters_by_kind=_object(**dict.fromkeys(KINDS, _COUNT)),
        clusters_by_scope=_object(**dict.fromkeys(SCOPES, _COUNT)),
        **dict.fromkeys(pairs, _COUNT),
        expected_recall=_SHARE,
        skipped={"type": "object", "additionalProperties": _FROM_ONE},
        decoded={"type": "object", "additionalProperties": _FROM_ONE},
        seconds={"type": "number", "minimum": 0},
    )
    schema["properties"] |= dict.fromkeys(of_check, _COUNT)
    return schema
