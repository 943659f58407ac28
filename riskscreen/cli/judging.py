"""Judging what was made: an audit by group, a run's files, a model as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskscreen.cli.arguments import Json, OfficeFolder, Scenario
from riskscreen.cli.showing import show, show_step, teller

app = typer.Typer()


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(help="a CSV or Parquet file of any origin; without: the scenario")
    ] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="column with 0 and 1")] = "",
    selected: Annotated[str, typer.Option("--selected", help="column with 0 and 1: who gets the offer")] = "",
    score: Annotated[str, typer.Option("--score", help="column with a probability")] = "",
    by: Annotated[list[str] | None, typer.Option("--by", help="column to compare groups by; may be repeated")] = None,
    own_data: Annotated[bool, typer.Option("--own-data", help="show small groups too; output not for release")] = False,
    scenario: Annotated[str, typer.Option("--scenario", help="audit this scenario when no file is given")] = "demo",
    json: Json = False,
) -> None:
    """Audit a file by group, or the offers and the score of a scenario.

    Example: riskscreen audit table.csv --outcome reported --selected offered --by sex --by age_band --json
    """
    if file is None:
        show_step("audit", scenario, json)
        return
    from riskscreen.fairness import audit_file

    found = audit_file(
        file, outcome=outcome, selected=selected or None, score=score or None, by=by or [], own_data=own_data
    )
    show(found, json, found.to_json_lines)


@app.command()
def verify(
    run: Annotated[Path, typer.Argument(help="a run folder, such as runs/demo")],
    office: OfficeFolder = Path("office"),
    json: Json = False,
) -> None:
    """Check hashes, chain and released tables of a run, without the registers.

    Example: riskscreen verify runs/demo
    """
    from riskscreen.disclosure.verify import verify as verify_run
    from riskscreen.governance.office import Office

    found = verify_run(run, Office(office) if office.exists() else None)
    show(found, json, found.to_json_lines)
    if not found.ok:
        raise typer.Exit(5)


@app.command()
def integrity(
    scenario: Scenario = "demo",
    multiverse: Annotated[
        bool, typer.Option("--multiverse", help="48 combinations of other choices: what stays? (minutes)")
    ] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="one check by name; may be repeated")] = None,
    json: Json = False,
) -> None:
    """Examine a model as a whole: leakage, monotonicity, age, parity, registers absent; exit code 5 when it fails.

    Example: riskscreen integrity demo --multiverse
    """
    from riskscreen.pipeline.integrity import check_integrity

    found = check_integrity(scenario, multiverse=multiverse, checks=only or (), tell=teller(json))
    show(found, json, found.to_json)
    if not found.ok:
        raise typer.Exit(5)


@app.command()
def mitigate(
    scenario: Scenario = "demo",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="stressor to leave out; several are left out together; default: the carriers"),
    ] = None,
    attribute: Annotated[
        str, typer.Option("--attribute", help="what the what-ifs that are never released read; default: largest gap")
    ] = "",
    json: Json = False,
) -> None:
    """Show which stressors tell of an attribute, and what selecting otherwise would do to all groups and pairs.

    Example: riskscreen mitigate demo --without low_education
    """
    from riskscreen.pipeline.mitigating import mitigate as mitigate_run

    found = mitigate_run(scenario, without=without or (), attribute=attribute, tell=teller(json))
    show(found, json, found.to_json)
