"""Registers: your own, looked at and checked; or synthetic ones, made and compared with published figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import riskscreen
from riskscreen.cli.arguments import Json, Scenario
from riskscreen.cli.showing import aside, show, teller

app = typer.Typer()


@app.command()
def check(scenario: Scenario = "demo", json: Json = False) -> None:
    """List every fault in the registers, with table, column, rule and row numbers; never values.

    Example: riskscreen check scenario.yaml
    """
    from riskscreen.pipeline import check_registers
    from riskscreen.records.show import json_lines

    found = check_registers(scenario, tell=teller(json))
    show(found, json, lambda: json_lines(found.table()))
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
    made = make(settings, seed=seed, out=out, name=out.name, processes=processes, tell=aside)
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
    show(found.out_of_range() if out_of_range else found, json, found.to_json_lines)
    if out is not None:
        written = found.save(out)
        typer.echo(f"wrote {written}", err=json)
