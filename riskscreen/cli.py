"""The commands. Each calls one function; words and exit codes are all that is decided here."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import riskscreen
from riskscreen.errors import RiskscreenError

if TYPE_CHECKING:
    from riskscreen.records.tables import Table

app = typer.Typer(
    name="riskscreen",
    help="Stressors across domains from linked registers, as explainable scores for groups and areas. "
    "Never for a decision about one family.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
reviews = typer.Typer(help="Reviews by the ethics board.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(reviews, name="review")

Scenario = Annotated[str, typer.Argument(help="a scenario file, or the name of a shipped one such as demo")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object per line")]
Runs = Annotated[Path, typer.Option("--runs", help="folder of the runs")]
OfficeFolder = Annotated[Path, typer.Option("--office", help="folder of ledger, decisions and reviews")]
By = Annotated[str, typer.Option("--by", help="who decides (not the maker of the run)")]
Reason = Annotated[str, typer.Option("--reason", help="why, in one sentence")]
RunName = Annotated[str, typer.Argument(help="name of the run")]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="show the version and stop")] = False,
) -> None:
    if version:
        typer.echo(f"riskscreen {riskscreen.__version__}")
        raise typer.Exit


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
    result = run_job(scenario, runs=runs, tell=_quiet if json else typer.echo)
    typer.echo(result.to_json() if json else str(result))
    if result.waits:
        raise typer.Exit(6)


def _step(name: str, scenario: str, json: bool) -> None:
    from riskscreen.pipeline import run_step
    from riskscreen.records.show import json_lines

    result = run_step(name, scenario, tell=_quiet if json else typer.echo)
    for table in result.tables:
        typer.echo(json_lines(table.table) if json else f"{table}\n")


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
    from riskscreen.records.show import json_lines

    asked = {"model": model, "save_model": save_model, "clerk": clerk, "labels": labels, "truth": truth}
    found = link_any(scenario, out=out, effect=effect, tell=_quiet if json else typer.echo, **asked)
    typer.echo("\n".join(json_lines(table.table) for table in found.tables) if json else str(found))


@app.command()
def profile(scenario: Scenario = "demo", json: Json = False) -> None:
    """Compute stressor levels and profiles; show how often each stressor occurs.

    Example: riskscreen profile demo
    """
    _step("profile", scenario, json)


@app.command()
def fit(scenario: Scenario = "demo", json: Json = False) -> None:
    """Fit and compare count, card and challenger; show the card and how it does on a later date.

    Example: riskscreen fit demo
    """
    _step("fit", scenario, json)


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
    typer.echo(card_statement(scenario, dialect, table=table, **keys, tell=_aside), nl=False)
    _aside("A draft for review: use it only after the board approved this run (riskscreen review list).")


@app.command()
def compare(scenario: Scenario = "demo", json: Json = False) -> None:
    """Compare count, card, logistic, additive model and challenger, on later families and areas left out.

    Example: riskscreen compare demo
    """
    from riskscreen.records.show import json_lines

    for table in riskscreen.compare(scenario, tell=_quiet if json else typer.echo).tables:
        typer.echo(json_lines(table.table) if json else f"{table}\n")


@app.command()
def explain(scenario: Scenario = "demo", json: Json = False) -> None:
    """Show what each stressor adds, and how risk rises with the number of domains.

    Example: riskscreen explain demo
    """
    _step("explain", scenario, json)


@app.command()
def areas(scenario: Scenario = "demo", json: Json = False) -> None:
    """Estimate the outcome per wijk and buurt, with intervals.

    Example: riskscreen areas demo
    """
    _step("areas", scenario, json)


@app.command()
def targets(scenario: Scenario = "demo", json: Json = False) -> None:
    """Find readable target groups, with size, rate and the programme that fits.

    Example: riskscreen targets demo
    """
    _step("targets", scenario, json)


@app.command()
def places(scenario: Scenario = "demo", json: Json = False) -> None:
    """Divide places of programmes over areas and target groups within the budget.

    Example: riskscreen places demo
    """
    _step("places", scenario, json)


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
def check(scenario: Scenario = "demo", json: Json = False) -> None:
    """List every fault in the registers, with table, column, rule and row numbers; never values.

    Example: riskscreen check scenario.yaml
    """
    from riskscreen.pipeline import check_registers
    from riskscreen.records.show import json_lines

    found = check_registers(scenario, tell=_quiet if json else typer.echo)
    typer.echo(json_lines(found.table()) if json else str(found))
    if not found.ok:
        raise typer.Exit(4)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="folder with your own register files")],
    out: Annotated[Path, typer.Option("--out", help="where to write scenario, mapping and basis")] = Path(),
) -> None:
    """Look at your files; write a scenario, a mapping of columns and codes, and a form for the lawful basis.

    Example: riskscreen init exports --out .
    """
    from riskscreen.registers import init as init_files

    for path in init_files(folder, out):
        typer.echo(f"wrote {path}")
    typer.echo(
        f"Next: fill in {out / 'mapping.yaml'} and {out / 'basis.yaml'}, then: riskscreen check {out / 'scenario.yaml'}"
    )


@app.command()
def synthesize(
    world: Annotated[str, typer.Option("--world", help="a world of configs/worlds, or a world file")] = "voorbeeldstad",
    families: Annotated[
        int | None,
        typer.Option("--families", min=200, max=3_000_000, help="how many families; default what the world says"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="same seed, same registers")] = 1,
    out: Annotated[Path, typer.Option("--out", help="folder to make")] = Path("registers/synthetic"),
    geography: Annotated[
        Path | None, typer.Option("--geography", help="CBS file with real neighbourhoods; families stay synthetic")
    ] = None,
    municipal_figures: Annotated[
        Path | None, typer.Option("--municipal-figures", help="CBS file with provinces and figures of municipalities")
    ] = None,
    outline: Annotated[Path | None, typer.Option("--outline", help="GeoJSON with municipal boundaries")] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", help="code, as GM0202; default the whole geography")
    ] = None,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="how many at once")] = None,
) -> None:
    """Make synthetic registers whose truth is known; stopped and started again it goes on.

    Example: riskscreen synthesize --families 2000 --seed 7 --out registers/small
    """
    from riskscreen.registers.manifest import read_manifest
    from riskscreen.settings import synthetic_settings
    from riskscreen.synthetic import synthesize as make

    settings = synthetic_settings(
        world=world,
        families=families,
        geography=geography,
        municipal_figures=municipal_figures,
        outline=outline,
        municipality=municipality,
    )
    made = make(
        settings, seed=seed, out=out, name=out.name, processes=processes, tell=lambda line: typer.echo(line, err=True)
    )
    manifest = read_manifest(made)
    typer.echo(f"made {made}, a world as {world}")
    typer.echo("" if manifest is None else manifest.notice.en)
    typer.echo(f"next: riskscreen calibrate {made}")


@app.command()
def calibrate(
    folder: Annotated[Path, typer.Argument(help="synthetic registers with their truth (riskscreen synthesize)")],
    out: Annotated[Path | None, typer.Option("--out", help="write the chart: .html, .png or .svg")] = None,
    out_of_range: Annotated[
        bool, typer.Option("--out-of-range", help="only tuned figures that are out, and what moves them")
    ] = False,
    json: Json = False,
) -> None:
    """Compare a synthetic world with the published figures. It is a report: the exit code is 0 whatever it finds.

    Example: riskscreen calibrate registers/small --out chart.html
    """
    found = riskscreen.calibrate(folder)
    typer.echo(found.to_json_lines() if json else found.out_of_range() if out_of_range else str(found))
    if out is not None:
        written = found.save(out)
        typer.echo(f"wrote {written}", err=json)


@app.command()
def stressors(
    stressor: Annotated[
        str | None, typer.Argument(help="id of one stressor, to see it whole", show_default="all, as a listing")
    ] = None,
    json: Json = False,
) -> None:
    """List the stressors of the catalogue, or show one whole: definition, levels, five steps, evidence and SQL.

    Example: riskscreen stressors no_work
    """
    from riskscreen.stressors.loading import load_catalogue
    from riskscreen.stressors.page import catalogue_table

    catalogue = load_catalogue("all")
    if stressor is None:
        _show(catalogue_table(catalogue), json)
        return
    from riskscreen.stressors.showing import stressor_json, stressor_text

    typer.echo((stressor_json if json else stressor_text)(catalogue, stressor))


@app.command("signal-card")
def signal_card(
    out: Annotated[Path, typer.Option("--out", help="folder for the pages")] = Path("signal-card"),
    language: Annotated[str, typer.Option("--language", help="nl or en; default both")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="print them too, with a Chromium on this machine")] = False,
) -> None:
    """Write the signal card for professionals: signals in plain words, and what to do; no points, no figures.

    Example: riskscreen signal-card --out cards --language nl
    """
    from riskscreen.pipeline.signal_card import make_signal_card

    for path in make_signal_card(out, languages=(language,) if language else ("nl", "en"), pdf=pdf):
        typer.echo(f"wrote {path}")


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
        _step("audit", scenario, json)
        return
    from riskscreen.fairness import audit_file

    found = audit_file(
        file, outcome=outcome, selected=selected or None, score=score or None, by=by or [], own_data=own_data
    )
    typer.echo(found.to_json_lines() if json else str(found))


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
    typer.echo(found.to_json_lines() if json else str(found))
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

    found = check_integrity(scenario, multiverse=multiverse, checks=only or (), tell=_quiet if json else typer.echo)
    typer.echo(found.to_json() if json else str(found))
    if not found.ok:
        raise typer.Exit(5)


@reviews.command("list")
def review_list(office: OfficeFolder = Path("office"), json: Json = False) -> None:
    """List runs that wait for a review or were decided on.

    Example: riskscreen review list
    """
    from riskscreen.governance.reviews import review

    for state in review(office).list():
        typer.echo(state.to_json() if json else state.line())


@reviews.command("show")
def review_show(run: RunName, office: OfficeFolder = Path("office"), json: Json = False) -> None:
    """Show what is asked, the hashes it holds for, and every decision so far.

    Example: riskscreen review show demo
    """
    from riskscreen.governance.reviews import review

    state = review(office).show(run)
    typer.echo(state.to_json() if json else str(state))


def _decide(decision: str, run: str, office: Path, **given: Any) -> None:
    from riskscreen.governance.reviews import review

    typer.echo(str(review(office).decide(run, decision, **given)))


Until = Annotated[str, typer.Option("--until", help="last day that the approval holds, as 2027-01-31")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="internal or public; may be repeated")]


@reviews.command("approve")
def review_approve(
    run: RunName, by: By, reason: Reason, until: Until, channel: Channels = None, office: OfficeFolder = Path("office")
) -> None:
    """Approve exactly this run for the channels named (default: internal and public).

    Example: riskscreen review approve demo --by "A. Bakker" --reason "useful, harms weighed" --until 2027-06-30
    """
    _decide("approve", run, office, by=by, reason=reason, until=until, channels=channel)


@reviews.command("approve-with-conditions")
def review_approve_with_conditions(
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
    _decide(
        "approve-with-conditions",
        run,
        office,
        by=by,
        reason=reason,
        until=until,
        channels=channel,
        conditions=condition,
    )


@reviews.command("send-back")
def review_send_back(run: RunName, by: By, reason: Reason, office: OfficeFolder = Path("office")) -> None:
    """Send back with a question; nothing is released until it is answered.

    Example: riskscreen review send-back demo --by "A. Bakker" --reason "why these areas?"
    """
    _decide("send-back", run, office, by=by, reason=reason)


@reviews.command("reject")
def review_reject(run: RunName, by: By, reason: Reason, office: OfficeFolder = Path("office")) -> None:
    """Reject this run; nothing is released.

    Example: riskscreen review reject demo --by "A. Bakker" --reason "harms outweigh use"
    """
    _decide("reject", run, office, by=by, reason=reason)


@reviews.command("withdraw")
def review_withdraw(run: RunName, by: By, reason: Reason, office: OfficeFolder = Path("office")) -> None:
    """Withdraw an approval; every released file to recall is named.

    Example: riskscreen review withdraw demo --by "A. Bakker" --reason "an error in the register of debts"
    """
    _decide("withdraw", run, office, by=by, reason=reason)


class _Stop:
    """Asked to stop (Ctrl-C or a polite kill): leave by the same door as always, so that rows and locks are cleaned up.

    Libraries may turn the interrupt into an error of their own; ``number`` tells it from a fault.
    """

    number = 0

    def __call__(self, number: int, _: object) -> None:
        self.number = number
        raise KeyboardInterrupt

    def swallowed(self, what: sys.UnraisableHookArgs) -> None:
        """The interrupt fell in a callback that may not fail, where Python only prints it: interrupt once more."""
        if self.number and what.exc_type is KeyboardInterrupt:
            threading.Timer(0.05, _thread.interrupt_main, (self.number,)).start()
        else:
            sys.__unraisablehook__(what)


def main() -> None:
    """Run the command line; a user's mistake ends in one clear message and its exit code."""
    _utf8(sys.stdout)
    _utf8(sys.stderr)
    stop = _Stop()
    with suppress(ValueError):  # not the main thread: the caller has handlers of its own
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        sys.unraisablehook = stop.swallowed
    try:
        app(prog_name="riskscreen", standalone_mode=True)
    except BaseException as error:
        if stop.number:
            raise SystemExit(128 + stop.number) from None
        if not isinstance(error, (RiskscreenError, OSError)):
            raise
        _tell(error)
        raise SystemExit(error.exit_code if isinstance(error, RiskscreenError) else 7) from None


def _tell(error: RiskscreenError | OSError) -> None:
    if isinstance(error, RiskscreenError):
        typer.echo(f"riskscreen: {error}", err=True)
        return
    typer.echo(f"riskscreen: the machine refuses: {error.strerror or error}", err=True)
    typer.echo("What to do: check free disk space, rights and locks; earlier results are whole", err=True)


def _show(table: Table, json: bool) -> None:
    from riskscreen.records.show import json_lines, text_table

    typer.echo(json_lines(table) if json else text_table(table))


def _aside(line: str) -> None:
    """Tell it beside the output, which goes into a file or another program."""
    typer.echo(line, err=True)


def _quiet(_: str) -> None:
    """Say nothing: the output is for a program."""


def _utf8(stream: Any) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    main()
