"""`dedup explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dedup.cli.options import comparing_options, exact_option, gather_changes, passage_options, reading_options
from dedup.cli.output import print_text, write_out
from dedup.progress import Narrator

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--text", "are_texts", is_flag=True, help="A and B are the texts themselves.")
@comparing_options
@exact_option
@passage_options
@reading_options
@click.option("--format", "printed", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(a: str, b: str, are_texts: bool, printed: str, quiet: bool, **options: Any) -> int:
    """Tell why two paragraphs are a pair or not: what they share, and what would change it.

    A and B are named as reports print them: herald/ferry.txt, feed.jsonl#7, or with the line of a paragraph, herald/ferry.txt:9.
    Of several paragraphs the two that are most alike are explained. Exits with 0 whether they are a pair or not.
    """
    from dedup.explain import explain as run_explain  # noqa: PLC0415  numpy takes a tenth of a second: not for --help
    from dedup.model import Document  # noqa: PLC0415  the same

    changes = gather_changes(options)
    given = (Document("A", a), Document("B", b)) if are_texts else (a, b)
    with Narrator(quiet) as narrator:
        found = run_explain(*given, tell=narrator.tell, **changes)
    if printed == "json":
        write_out(found.to_json().encode())
        return 0

    def print_it(console: Console) -> None:
        from dedup.report.as_explanation import print_explanation  # noqa: PLC0415  rich takes a twentieth of a second

        print_explanation(found, console)

    print_text(print_it)
    return 0
