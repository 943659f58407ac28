"""Why families cannot be told apart by wijk: what is missing, and what to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.areas.tree import UNKNOWN
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

NO_ADDRESSES = Text(
    "There are no wijken: no register says where families live. Give address_spells with the code of the buurt of each "
    "address (column area).",
    "Er zijn geen wijken: geen register zegt waar gezinnen wonen. Geef address_spells met de code van de buurt van "
    "elk adres (kolom area).",
)
NO_REGISTER = Text(
    "There are no wijken: there is no register of areas. Give areas with every buurt and wijk (area, kind, name) and "
    "the wijk in which each buurt lies (within).",
    "Er zijn geen wijken: er is geen register van gebieden. Geef areas met alle buurten en wijken (area, kind, name) "
    "en de wijk waarin elke buurt ligt (within).",
)
NO_BUURTEN = Text(
    "There are no wijken: the register of areas has no area of the kind buurt. Give every buurt a line with kind: "
    "buurt, and its wijk in the column within.",
    "Er zijn geen wijken: het register van gebieden heeft geen gebied van de soort buurt. Geef elke buurt een regel "
    "met kind: buurt, en zijn wijk in de kolom within.",
)
NO_WITHIN = Text(
    "There are no wijken: the register of areas does not say in which wijk a buurt lies. Fill the column within of "
    "areas for every buurt.",
    "Er zijn geen wijken: het register van gebieden zegt niet in welke wijk een buurt ligt. Vul de kolom within van "
    "areas voor elke buurt.",
)
NOBODY_THERE = Text(
    "There are no wijken: no family on the index dates has an address in a buurt that lies in a wijk. Look at the "
    "codes and the dates in address_spells.",
    "Er zijn geen wijken: geen gezin heeft op de peildatums een adres in een buurt die in een wijk ligt. Kijk naar de "
    "codes en de datums in address_spells.",
)


def known_codes(cells: pd.DataFrame, column: str) -> tuple[str, ...]:
    """The areas in counts, without *unknown*, in order.

    Parameters
    ----------
    cells
        Counts.
    column
        ``area`` (buurt) or ``area_block`` (wijk).
    """
    if column not in cells.columns:
        return ()
    return tuple(sorted({str(code) for code in cells[column].dropna()} - {UNKNOWN, ""}))


def why_no_wijken(cells: pd.DataFrame, areas: pd.DataFrame | None, *, addresses: bool) -> Text | None:
    """What is missing when no family has a wijk; ``None`` when some do.

    Parameters
    ----------
    cells
        Counts with ``area_block``.
    areas
        The register of areas, ``None`` without one.
    addresses
        Is there a register of addresses?
    """
    if known_codes(cells, "area_block"):
        return None
    if not addresses:
        return NO_ADDRESSES
    if areas is None:
        return NO_REGISTER
    buurten = areas[areas["kind"] == "buurt"] if "kind" in areas.columns else areas.iloc[:0]
    if buurten.empty:
        return NO_BUURTEN
    if "within" not in buurten.columns or buurten["within"].isna().all():
        return NO_WITHIN
    return NOBODY_THERE
