"""The ledger: what left, what left by other ways, and going on after an edit."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from riskscreen.cli.arguments import Json, OfficeFolder
from riskscreen.cli.showing import show
from riskscreen.errors import UsageError

app = typer.Typer(help="What was released, to whom, under which rules, review and card.", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="who writes this in the ledger")]


@app.command("list")
def list_all(office: OfficeFolder = Path("office"), json: Json = False) -> None:
    """List everything that left, withdrawn or not, with the head of the chain.

    Example: riskscreen ledger list
    """
    from riskscreen.disclosure.ledger import list_ledger
    from riskscreen.governance.office import Office

    found = list_ledger(Office(_there(office)))
    show(found, json, found.to_json_lines)


@app.command("add-external")
def add_external(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with counts, heads in the first row")],
    key: Annotated[list[str], typer.Option("--key", help="column that says what a row is about; may be repeated")],
    count: Annotated[list[str], typer.Option("--count", help="column with counts; may be repeated")],
    to: Annotated[str, typer.Option("--to", help="who received it")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="how it left, and how that is known")],
    run: Annotated[str, typer.Option("--run", help="run whose registers it is about; default: all registers")] = "",
    left: Annotated[str, typer.Option("--left", help="day on which it left, as 2025-01-31")] = "",
    name: Annotated[str, typer.Option("--name", help="name of the table; default: of the file")] = "",
    office: OfficeFolder = Path("office"),
) -> None:
    """Put a table that left by another way in the ledger. It stands on record; the gate does not subtract it yet.

    Example: riskscreen ledger add-external counts.csv --key area --count families --to "the council" \
    --by "A. Bakker" --reason "sent by mail in 2025"
    """
    from riskscreen.disclosure.external import Gone, read_external
    from riskscreen.disclosure.external import add_external as add
    from riskscreen.governance.office import Office
    from riskscreen.governance.reviews import review

    place = Office(_there(office))
    registers = review(place).show(run).request.subject.registers if run else ""
    table = read_external(file, keys=key, counts=count, name=name)
    entry = add(place, table, Gone(by, reason, to, _day(left), run, registers), source=file.name)
    hidden = sum(value is None for row in table.rows for value in row)
    typer.echo(
        f"{entry.body['release']}: {table.name}, {len(table.rows)} rows, {hidden} hidden counts, line {entry.number} "
        f"of the ledger\nhead of the ledger: {place.ledger.head()}"
    )


@app.command()
def resolve(
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="what was found out about the edit")],
    log: Annotated[str, typer.Option("--log", help="ledger or decisions")] = "ledger",
    office: OfficeFolder = Path("office"),
) -> None:
    """Go on after a log was found edited, when no backup can be put back; who did so and why stands in it for good.

    Example: riskscreen ledger resolve --log decisions --by "A. Bakker" --reason "edited by mistake on 3 May"
    """
    from riskscreen.governance.office import Office
    from riskscreen.governance.resolving import resolve_log

    if log not in ("ledger", "decisions"):
        raise UsageError(f"there is no log {log!r}", do="choose from ledger, decisions")
    typer.echo(
        str(resolve_log(Office(_there(office)), "ledger" if log == "ledger" else "decisions", by=by, reason=reason))
    )


def _there(office: Path) -> Path:
    if not office.is_dir():
        raise UsageError(f"there is no office in {office}", do="stand in the folder of the office, or give --office")
    return office


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise UsageError(f"{given!r} is no date", do="write it as 2025-01-31") from None
