"""The door for BI: what was released, as files or in PostgreSQL."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskscreen.cli.arguments import Json, Scenario
from riskscreen.cli.showing import aside
from riskscreen.errors import UsageError

if TYPE_CHECKING:
    from riskscreen.bi import Loaded, Star, Written

app = typer.Typer()


@app.command()
def bi(
    scenario: Scenario = "demo",
    to: Annotated[Path | None, typer.Option("--to", help="folder to write; one made before is replaced")] = None,
    format: Annotated[str, typer.Option("--format", help="parquet, csv or duckdb")] = "parquet",
    channel: Annotated[str, typer.Option("--channel", help="public or internal")] = "public",
    postgres: Annotated[
        str | None,
        typer.Option("--postgres", help="connection string without password (PGPASSWORD or ~/.pgpass has it)"),
    ] = None,
    schema: Annotated[str, typer.Option("--schema", help="default riskscreen_public or riskscreen_internal")] = "",
    reader: Annotated[str, typer.Option("--reader", help="role that may only read; default SCHEMA_reader")] = "",
    office: Annotated[Path | None, typer.Option("--office", help="default: the office of the scenario")] = None,
    json: Json = False,
) -> None:
    """Show what was released for BI; write it as a star schema, or load it into PostgreSQL; exit code 6: all withdrawn.

    Example: riskscreen bi demo --to for-power-bi --format csv

    Example: riskscreen bi demo --channel internal --postgres "host=db dbname=bi user=loader"
    """
    from riskscreen.bi import load_postgres, read, write
    from riskscreen.settings import load_scenario

    if postgres is not None:
        _no_password(postgres)
    settings = load_scenario(scenario)
    star = read(settings.office if office is None else office, settings.name, channel=channel)
    written = None if to is None else write(star, to, format=format)
    loaded = None if postgres is None else load_postgres(star, postgres, schema=schema or None, reader=reader or None)
    typer.echo("\n".join(_lines(star, written, loaded, json)))
    if not star.newest:
        aside("Every release was withdrawn: recall what was made of them, and make a new run.")
        raise typer.Exit(6)
    aside(_next(scenario, written, loaded))


def _no_password(dsn: str) -> None:
    from riskscreen.bi.postgres import has_password

    if has_password(dsn):
        raise UsageError(
            "the connection string holds a password: everyone on this machine who lists processes can read it",
            do="leave it out, change it, and put the new one in PGPASSWORD, ~/.pgpass or a service file",
        )


def _lines(star: Star, written: Written | None, loaded: Loaded | None, json: bool) -> list[str]:
    if not json:
        return [str(part) for part in (star, written, loaded) if part is not None]
    facts, totals = (star.tables[name].num_rows for name in ("facts", "totals"))
    head = {"run": star.run, "channel": star.channel, "latest": star.newest, "releases": star.releases}
    objects: list[dict[str, object]] = [
        {**head, "facts": facts, "totals": totals, "suppressed": star.hidden, "ledger": star.head}
    ]
    if written is not None:
        objects.append({"folder": str(written.folder), "format": written.format, "files": written.files})
    if loaded is not None:
        names = ("schema", "reader", "added", "kept", "removed", "latest", "facts", "totals")
        objects.append({name: getattr(loaded, name) for name in names})
    return [dumps(one, ensure_ascii=False) for one in objects]


def _next(scenario: str, written: Written | None, loaded: Loaded | None) -> str:
    if loaded is not None:
        return f"Next: GRANT {loaded.reader} TO a login of the BI tool, and open {loaded.schema}.latest with it."
    if written is not None:
        return f"Next: read {written.folder / 'READ-ME.txt'} first: it says what may be added up; then open the files."
    return f"Next: riskscreen bi {scenario} --to for-bi writes it as files; --postgres loads it into a database."
