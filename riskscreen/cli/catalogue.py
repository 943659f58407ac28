"""The stressors and programmes that are shipped, for a reader and for professionals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskscreen.cli.arguments import Json

app = typer.Typer()


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

    catalogue = load_catalogue("all")
    if stressor is None:
        from riskscreen.records.show import json_lines, text_table
        from riskscreen.stressors.page import catalogue_table

        typer.echo((json_lines if json else text_table)(catalogue_table(catalogue)))
        return
    from riskscreen.stressors.showing import stressor_json, stressor_text

    typer.echo((stressor_json if json else stressor_text)(catalogue, stressor))


@app.command()
def programmes(
    programme: Annotated[
        str | None, typer.Argument(help="id of one programme, to see it whole", show_default="all, as a listing")
    ] = None,
    json: Json = False,
) -> None:
    """List the programmes of the catalogue, or show one whole: for whom, evidence, effect, meeting place, planning.

    Example: riskscreen programmes voorzorg
    """
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.programmes.showing import programme_ids
    from riskscreen.stressors.loading import load_catalogue

    catalogue = load_programmes(stressors=load_catalogue("all").ids)
    if programme is None:
        from riskscreen.records.show import json_lines, text_table

        typer.echo((json_lines if json else text_table)(catalogue.table()))
        if not json:
            typer.echo(programme_ids(catalogue))
        return
    from riskscreen.programmes.showing import programme_json, programme_text

    typer.echo((programme_json if json else programme_text)(catalogue, programme))


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
