"""The commands. Each calls one function; words and exit codes are all that is decided here."""

from __future__ import annotations

from typing import Annotated

import typer

import riskscreen
from riskscreen.cli import bi, catalogue, judging, registers, reviews, road
from riskscreen.cli import ledger as ledgers
from riskscreen.cli.leaving import leave_well

app = typer.Typer(
    name="riskscreen",
    help="Stressors across domains from linked registers, as explainable scores for groups and areas. "
    "Never for a decision about one family.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (road, registers, catalogue, judging, bi):
    app.add_typer(group.app)
app.add_typer(reviews.app, name="review")
app.add_typer(ledgers.app, name="ledger")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="show the version and stop")] = False,
) -> None:
    if version:
        typer.echo(f"riskscreen {riskscreen.__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a user's mistake ends in one clear message and its exit code."""
    with leave_well():
        app(prog_name="riskscreen", standalone_mode=True)
