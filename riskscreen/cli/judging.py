"""Judging what was made: an audit by group, a run's files, a model as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskscreen.cli.arguments import Json, OfficeFolder, Scenario
from riskscreen.cli.showing import aside, show, show_step, teller
from riskscreen.errors import UsageError

app = typer.Typer()


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(help="a CSV or Parquet file of any origin; without: the scenario")
    ] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="column with 0 and 1")] = "",
    selected: Annotated[str, typer.Option("--selected", help="column with 0 and 1: who gets the offer")] = "",
    score: Annotated[str, typer.Option("--score", help="column with a probability")] = "",
    points: Annotated[str, typer.Option("--points", help="column with whole points")] = "",
    by: Annotated[list[str] | None, typer.Option("--by", help="column to compare groups by; may be repeated")] = None,
    count: Annotated[str, typer.Option("--count", help="column with the families of a row; <10 or x: suppressed")] = "",
    confusion: Annotated[
        str, typer.Option("--confusion", help="columns tp,fp,fn,tn of a table with a row per group")
    ] = "",
    weights: Annotated[str, typer.Option("--weights", help="column with sampling weights: 1 / chance drawn")] = "",
    sample: Annotated[
        str, typer.Option("--sample", help="column with 1 (drawn at random) and 0 (only because selected)")
    ] = "",
    block: Annotated[str, typer.Option("--block", help="column with the neighbourhood, drawn as a whole")] = "",
    control: Annotated[
        list[str] | None, typer.Option("--control", help="column that families are to be alike on; may be repeated")
    ] = None,
    threshold_share: Annotated[
        float | None, typer.Option("--threshold-share", help="share that a score or points select")
    ] = None,
    own_data: Annotated[bool, typer.Option("--own-data", help="show small groups too; output not for release")] = False,
    scenario: Annotated[
        str, typer.Option("--scenario", help="audit this scenario; of a file: take its settings of audit")
    ] = "demo",
    json: Json = False,
) -> None:
    """Audit a file by group, or the offers and the score of a scenario.

    Example: riskscreen audit table.csv --outcome reported --selected offered --by sex --by age_band --json

    Example: riskscreen audit groups.csv --confusion tp,fp,fn,tn --by region
    """
    if file is None:
        given = (outcome, selected, score, points, by, count, confusion, weights, sample, block, control)
        if any(given) or threshold_share is not None or own_data:
            raise UsageError("options about a file were given, but no file", do="name it: riskscreen audit FILE ...")
        show_step("audit", scenario, json)
        return
    from riskscreen.fairness import audit_file
    from riskscreen.settings import load_scenario

    found = audit_file(
        file,
        outcome=outcome,
        selected=selected or None,
        score=score or None,
        points=points or None,
        by=by or [],
        own_data=own_data,
        count=count or None,
        confusion=_four(confusion),
        weights=weights or None,
        sample=sample or None,
        block=block or None,
        control=control or (),
        threshold_share=threshold_share,
        settings=load_scenario(scenario).audit,
    )
    show(found, json, found.to_json_lines)


def _four(columns: str) -> dict[str, str] | None:
    """The four columns of counts by part; a part without a column is a fault that the audit tells."""
    named = [name.strip() for name in columns.split(",")]
    if len(named) > 4:
        raise UsageError(f"--confusion names {len(named)} columns", do="name four: those of tp,fp,fn,tn, in this order")
    return dict(zip(("tp", "fp", "fn", "tn"), named, strict=False)) if columns else None


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
    out: Annotated[
        Path | None, typer.Option("--out", help="folder for two pages for the board, in Dutch and in English")
    ] = None,
    json: Json = False,
) -> None:
    """Show which stressors tell of an attribute, and what selecting otherwise would do to all groups and pairs.

    Example: riskscreen mitigate demo --without low_education --out board
    """
    from riskscreen.pipeline.mitigating import mitigate as mitigate_run

    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", do="name a folder for the pages")
    found = mitigate_run(scenario, without=without or (), attribute=attribute, tell=teller(json))
    show(found, json, found.to_json)
    for path in found.write(out) if out is not None else ():
        (aside if json else typer.echo)(f"wrote {path}")
