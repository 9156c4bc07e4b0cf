"""The report as JSON, and the JSON Schema that describes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

from dedup.listing import AT_ONCE, Listing
from dedup.model import KINDS, SCOPES, Cluster, DocumentFindings, JsonObject, Passage, Summary
from dedup.settings import SPLITS
from dedup.version import __version__

SCHEMA_NAME = "dedup-report/1"
ENCODED_AT_ONCE = 16
"""Clusters, passages or documents; the first clusters are the largest."""


def render_json(
    settings: JsonObject,
    summary: Summary,
    clusters: Sequence[Cluster],
    passages: Sequence[Passage],
    documents: Sequence[DocumentFindings],
) -> Iterator[bytes]:
    """Yield the report as indented JSON with a line end, in blocks."""
    tool = {"name": "dedup", "version": __version__}
    yield _indent({"schema": SCHEMA_NAME, "tool": tool, "settings": settings, "summary": summary}).removesuffix(b"\n}")
    for name, found in (("clusters", clusters), ("passages", passages), ("documents", documents)):
        yield from _render_list(name, found)
    yield b"\n}\n"


def _render_list(name: str, found: Sequence[Any]) -> Iterator[bytes]:
    """Yield what follows in an object: a name, and a list of things that are encoded some at a time."""
    empty = _indent({name: []}).removeprefix(b"{").removesuffix(b"]\n}")  # up to the bracket that opens the list
    yield b"," + empty
    end, opening, closing = b"]", b"{" + empty, b"\n  ]\n}"
    for is_wide, some in groupby(found, _is_wide):
        while part := list(islice(some, 1 if is_wide else ENCODED_AT_ONCE)):
            for block in _render_wide(name, part[0]) if is_wide else (_indent({name: part}),):
                yield b"," * (end != b"]" and block.startswith(opening)) + block.removeprefix(opening).removesuffix(closing)
                end = b"\n  ]"
    yield end


def _is_wide(one: Any) -> bool:
    return isinstance(one, Cluster) and isinstance(one.members, Listing)


def _render_wide(name: str, cluster: Cluster) -> Iterator[bytes]:
    """Yield a list of one cluster, whose members are made some at a time."""
    opening, closing = _indent({name: [replace(cluster, members=())]}).rsplit(b"[]", 1)
    before, behind = _indent({name: [{"members": []}]}).rsplit(b"[]", 1)
    yield opening + b"["
    for at in range(0, len(cluster.members), AT_ONCE):
        block = _indent({name: [{"members": list(cluster.members[at : at + AT_ONCE])}]})
        yield b"," * (at > 0) + block.removeprefix(before + b"[").removesuffix(b"\n      ]" + behind)
    yield b"\n      ]" + closing


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
