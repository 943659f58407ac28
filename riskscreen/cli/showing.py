"""What a command prints: for a reader lines and tables, for a program one JSON object per line and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable


def teller(json: bool) -> Callable[[str], None]:
    """Who hears how the work goes: the reader; a program does not."""
    return _quiet if json else typer.echo


def aside(line: str) -> None:
    """Tell it beside the output, which goes into a file or another program."""
    typer.echo(line, err=True)


def show(result: object, json: bool, as_json: Callable[[], str]) -> None:
    """Print a result as it shows itself, or what ``as_json`` makes of it."""
    typer.echo(as_json() if json else str(result))


def show_tables(tables: Iterable[ReleasedTable], json: bool) -> None:
    """Print released tables."""
    from riskscreen.records.show import json_lines

    for table in tables:
        typer.echo(json_lines(table.table) if json else f"{table}\n")


def show_step(name: str, scenario: str, json: bool) -> None:
    """Run the main job up to one step, and print what that step made."""
    from riskscreen.pipeline import run_step

    result = run_step(name, scenario, tell=teller(json))
    show_tables(result.tables, json)
    if result.note:
        aside(result.note)


def _quiet(_: str) -> None:
    """Say nothing: the output is for a program."""
