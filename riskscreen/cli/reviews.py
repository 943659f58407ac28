"""Reviews by the ethics board: what waits, what was decided, and deciding."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from riskscreen.cli.arguments import Json, OfficeFolder
from riskscreen.cli.showing import show

app = typer.Typer(help="Reviews by the ethics board.", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="who decides (not the maker of the run)")]
Reason = Annotated[str, typer.Option("--reason", help="why, in one sentence")]
RunName = Annotated[str, typer.Argument(help="name of the run")]
Until = Annotated[str, typer.Option("--until", help="last day that the approval holds, as 2027-01-31")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="internal or public; may be repeated")]


def _decide(decision: str, run: str, office: Path, **given: Any) -> None:
    from riskscreen.governance.reviews import review

    typer.echo(str(review(office).decide(run, decision, **given)))


def _decision(name: str, says: str, reason: str) -> None:
    """Make the command of a decision that takes a reason and nothing else."""

    def command(run: RunName, by: By, reason: Reason, office: OfficeFolder = Path("office")) -> None:
        _decide(name, run, office, by=by, reason=reason)

    example = f'riskscreen review {name} demo --by "A. Bakker" --reason "{reason}"'
    app.command(name, help=f"{says}\n\nExample: {example}")(command)


@app.command("list")
def list_all(office: OfficeFolder = Path("office"), json: Json = False) -> None:
    """List runs that wait for a review or were decided on.

    Example: riskscreen review list
    """
    from riskscreen.governance.reviews import review

    for state in review(office).list():
        show(state.line(), json, state.to_json)


@app.command("show")
def show_one(run: RunName, office: OfficeFolder = Path("office"), json: Json = False) -> None:
    """Show what is asked, the hashes it holds for, and every decision so far.

    Example: riskscreen review show demo
    """
    from riskscreen.governance.reviews import review

    state = review(office).show(run)
    show(state, json, state.to_json)


@app.command()
def approve(
    run: RunName, by: By, reason: Reason, until: Until, channel: Channels = None, office: OfficeFolder = Path("office")
) -> None:
    """Approve exactly this run for the channels named (default: internal and public).

    Example: riskscreen review approve demo --by "A. Bakker" --reason "useful, harms weighed" --until 2027-06-30
    """
    _decide("approve", run, office, by=by, reason=reason, until=until, channels=channel)


@app.command()
def approve_with_conditions(
    run: RunName,
    by: By,
    reason: Reason,
    until: Until,
    condition: Annotated[list[str], typer.Option("--condition", help="what must hold; may be repeated")],
    channel: Channels = None,
    office: OfficeFolder = Path("office"),
) -> None:
    """Approve under conditions, which are printed on every report.

    Example: riskscreen review approve-with-conditions demo --by "A. Bakker" --reason "ok" --until 2027-06-30 \
    --condition "evaluate uptake after six months"
    """
    given = {"by": by, "reason": reason, "until": until, "channels": channel, "conditions": condition}
    _decide("approve-with-conditions", run, office, **given)


_decision("send-back", "Send back with a question; nothing is released until it is answered.", "why these areas?")
_decision("reject", "Reject this run; nothing is released.", "harms outweigh use")
_decision(
    "withdraw",
    "Withdraw an approval; every released file to recall is named.",
    "an error in the register of debts",
)
