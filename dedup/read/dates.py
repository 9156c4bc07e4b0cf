"""Dates in one form, so that they compare as text and the earliest copy can be told."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_date(value: object) -> str | None:
    """Return a date (ISO 8601, or seconds since 1970) in UTC and ISO 8601, so that dates compare as text; None for any other."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        else:
            return None
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
