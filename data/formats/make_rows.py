"""Write the same few rows in every format that has rows: `python data/formats/make_rows.py`, into the folder of this file.

Two of the articles share a paragraph, one has its text as a list of paragraphs in the formats that know lists (`paragraphs`), and
all have a site, a date and an address. The files are kept beside this script, so that a reader is tested on what others wrote.
"""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather, ipc, parquet

FOLDER = Path(__file__).parent
FERRY = "The last ferry to the outer islands left the harbour on Friday with nobody aboard but the crew and one grey cat."
ROWS = [
    ("a-1", "Herald", "2024-05-03T08:00:00", [FERRY, "“It was quiet,” said the mate, “even for a Friday in November.”"]),
    ("b-2", "Meridian", "2024-05-04T06:30:00", ["Ships, cats, and a harbour\nwith two lines.", FERRY]),
    (
        "c-3",
        "Coast Post",
        "2024-05-05T12:15:00",
        ["渡轮周五离开港口,船上只有船员和一只灰猫。", 'A "quoted"; semi-colon,\tand a tab.'],
    ),
]


def make_rows() -> list[dict[str, Any]]:
    """Return the rows as Python has them."""
    return [
        {"id": identity, "url": f"https://{site.lower().replace(' ', '-')}.example/{identity}", "site": site, "date": date}
        | {"text": "\n\n".join(paragraphs), "paragraphs": paragraphs, "meta": {"words": len(paragraphs[0].split())}}
        for identity, site, date, paragraphs in ROWS
    ]


def write_text_formats(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write rows.jsonl, rows.json, rows.csv and rows.tsv."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        with (folder / f"rows{suffix}").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", "url", "site", "date", "text"], extrasaction="ignore", delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)


def write_columnar_formats(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write rows.parquet, rows.arrow and rows.feather; their dates are timestamps, their sites stand in a dictionary."""
    dated = [row | {"date": datetime.fromisoformat(row["date"])} for row in rows]
    table = pa.Table.from_pylist(dated)
    table = table.set_column(2, "site", table["site"].dictionary_encode())
    parquet.write_table(table, folder / "rows.parquet", row_group_size=2)
    feather.write_feather(table, folder / "rows.feather")
    with ipc.new_file(folder / "rows.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


if __name__ == "__main__":
    write_text_formats(make_rows(), FOLDER)
    write_columnar_formats(make_rows(), FOLDER)
