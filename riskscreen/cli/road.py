"""The main job, and each of its steps as a command of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import riskscreen
from riskscreen.cli.arguments import Json, Runs, Scenario
from riskscreen.cli.showing import aside, show, show_step, show_tables, teller

app = typer.Typer()


def _step(name: str, says: str) -> None:
    """Make the command of one step: it runs what the step needs, and shows what it made."""

    def command(scenario: Scenario = "demo", json: Json = False) -> None:
        show_step(name, scenario, json)

    app.command(name, help=f"{says}\n\nExample: riskscreen {name} demo")(command)


@app.command()
def run(
    scenario: Scenario = "demo",
    runs: Runs = Path("runs"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would run and what is missing")] = False,
    json: Json = False,
) -> None:
    """The main job: from registers to a reviewed, released result.

    Example: riskscreen run configs/arnhem.yaml
    """
    from riskscreen.pipeline import dry
    from riskscreen.pipeline import run as run_job

    if dry_run:
        typer.echo("\n".join(dry(scenario, runs=runs)))
        return
    result = run_job(scenario, runs=runs, tell=teller(json))
    show(result, json, result.to_json)
    if result.waits:
        raise typer.Exit(6)


@app.command()
def link(
    scenario: Annotated[
        str, typer.Argument(help="a scenario, or settings of record linkage on your own files (schema linkage/1)")
    ] = "demo",
    out: Annotated[Path | None, typer.Option("--out", help="own files: CSV of clusters to write")] = None,
    model: Annotated[Path | None, typer.Option("--model", help="use this trained model, train none")] = None,
    save_model: Annotated[Path | None, typer.Option("--save-model", help="write the model that was used")] = None,
    clerk: Annotated[
        int | None, typer.Option("--clerk", min=50, max=100_000, help="draw so many pairs to check by hand")
    ] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="that file of pairs, filled in")] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="true links of synthetic registers")] = None,
    effect: Annotated[bool, typer.Option("--effect", help="what missed links do to each stressor")] = False,
    json: Json = False,
) -> None:
    """Link the registers to persons and families, or files of your own to clusters; show how well.

    Example: riskscreen link demo
    """
    from riskscreen.pipeline.linking import link_any

    asked = {"model": model, "save_model": save_model, "clerk": clerk, "labels": labels, "truth": truth}
    found = link_any(scenario, out=out, effect=effect, tell=teller(json), **asked)
    show(found, json, found.to_json)


_step("profile", "Compute stressor levels and profiles; show how often each stressor occurs.")
_step("fit", "Fit and compare count, card and challenger; show the card and how it does on a later date.")


@app.command()
def sql(
    scenario: Scenario = "demo",
    dialect: Annotated[str, typer.Option("--dialect", help="duckdb, postgres or tsql (SQL Server)")] = "duckdb",
    key: Annotated[
        list[str] | None, typer.Option("--key", help="column of levels to group by; default index_date and area")
    ] = None,
    table: Annotated[str, typer.Option("--table", help="where the levels are, as warehouse.levels")] = "levels",
) -> None:
    """Print the chosen card as one SQL statement that returns groups of families, never a family.

    Example: riskscreen sql demo --dialect tsql
    """
    from riskscreen.pipeline.statement import card_statement

    keys = {"keys": tuple(key)} if key else {}
    typer.echo(card_statement(scenario, dialect, table=table, **keys, tell=aside), nl=False)
    aside("A draft for review: use it only after the board approved this run (riskscreen review list).")


@app.command()
def compare(scenario: Scenario = "demo", json: Json = False) -> None:
    """Compare count, card, logistic, additive model and challenger, on later families and areas left out.

    Example: riskscreen compare demo
    """
    show_tables(riskscreen.compare(scenario, tell=teller(json)).tables, json)
    aside(f"Next: riskscreen fit {scenario} shows the model that the rule chose; the comparison chooses nothing.")


_step("explain", "Show what each stressor adds, and how risk rises with the number of domains.")
_step("areas", "Estimate the outcome per wijk and buurt, with intervals.")
_step("targets", "Find readable target groups, with size, rate and the programme that fits.")
_step("reach", "Show who was offered a programme in the past year, who took it up, and who was not reached.")
_step("places", "Divide places of programmes over areas and target groups within the budget.")


@app.command()
def plan(
    scenario: Scenario = "demo",
    xlsx: Annotated[Path, typer.Option("--xlsx", help="workbook to write")] = Path("plan.xlsx"),
    json: Json = False,
) -> None:
    """Write the plan as a workbook with planning values that can be edited and read back: a draft for review.

    Example: riskscreen plan demo --xlsx my-plan.xlsx
    """
    from json import dumps

    from riskscreen.pipeline.planning import write_plan

    written = write_plan(scenario, xlsx, tell=teller(json))
    typer.echo(dumps({"file": str(written)}) if json else f"wrote {written}")
    aside(f"Next: change the coloured cells, and put assumptions: {written.name} in your scenario file.")


@app.command()
def release(scenario: Scenario = "demo", runs: Runs = Path("runs")) -> None:
    """Release what an approved review allows (runs what is needed first).

    Example: riskscreen release demo
    """
    run(scenario, runs)


@app.command()
def report(scenario: Scenario = "demo", runs: Runs = Path("runs")) -> None:
    """Write the report for the municipality (runs what is needed first).

    Example: riskscreen report demo
    """
    run(scenario, runs)


@app.command()
def sheets(
    scenario: Scenario = "demo",
    out: Annotated[Path, typer.Option("--out", help="folder for the pages")] = Path("sheets"),
    wijk: Annotated[
        list[str] | None, typer.Option("--wijk", help="code of a wijk; may be repeated; default all")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="nl or en; default both")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="print them too, with a Chromium on this machine")] = False,
) -> None:
    """Write one page per wijk: who lives there, what piles up, what is offered, where to meet, what stays unmet.

    Example: riskscreen sheets demo --wijk WK999911 --language nl --pdf
    """
    from riskscreen.pipeline.wijk_sheets import make_wijk_sheets

    languages = (language,) if language else ("nl", "en")
    pages = make_wijk_sheets(scenario, out, wijken=wijk or (), languages=languages, pdf=pdf, tell=aside)
    typer.echo(f"wrote {len(pages)} file{'' if len(pages) == 1 else 's'} in {out}; the first is {pages[0]}")
    aside(f"Next: open {pages[0]}; it prints on one sheet of A4.")
