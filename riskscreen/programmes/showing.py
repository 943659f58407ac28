"""One programme whole, for a reader and for a program."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from riskscreen.errors import UsageError
from riskscreen.programmes.assumptions import ASSUMPTIONS, EVIDENCE
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.published import ABOUT, MEASURED_ON
from riskscreen.records.definitions import DOMAINS, STAGES, Programme, PublishedEffect


def programme_text(catalogue: Catalogue, id_: str) -> str:
    """A programme in lines of text; figures as they were published, planning values marked as such."""
    item = _programme(catalogue, id_)
    planning = catalogue.planning[item.id]
    effects = [_effect_line(effect) for effect in item.effects] or ["no figure"]
    lines = [
        f"{item.name.en} / {item.name.nl}",
        item.description.en,
        "",
        f"for            {item.filter}",
        f"life stage     {STAGES[item.stage].en}; works on {', '.join(DOMAINS[name].en for name in item.domains)}",
        f"evidence       {EVIDENCE[item.evidence_level].en}",
        f"effect         {item.effect.en}",
        f"measured on    {MEASURED_ON[item.measured_on].en}",
        *(f"{'published' if not i else '':<15}{line}" for i, line in enumerate(effects)),
        f"source         {item.source}",
        f"meeting place  {item.meeting_place.en}; smallest group {item.minimum_group}",
        f"planning       EUR {planning.cost:,.0f} and {planning.hours:g} staff hours per place, "
        f"{planning.places} places a year, uptake {planning.uptake:.0%}: {ASSUMPTIONS[planning.assumption].en}",
    ]
    return "\n".join(lines)


def programme_ids(catalogue: Catalogue) -> str:
    """The id beside each name: commands, scenarios and spreadsheets of providers name a programme by it."""
    width = max(len(item.id) for item in catalogue.programmes)
    lines = [f"  {item.id:<{width}}  {item.name.en}" for item in catalogue.programmes]
    return "\n".join(["", "Ids, for riskscreen programmes ID and for files:", *lines])


def programme_json(catalogue: Catalogue, id_: str) -> str:
    """A programme as one JSON object on one line."""
    item = _programme(catalogue, id_)
    body: dict[str, Any] = asdict(item) | {"planning": asdict(catalogue.planning[item.id])}
    return json.dumps(body, ensure_ascii=False)


def _programme(catalogue: Catalogue, id_: str) -> Programme:
    for item in catalogue.programmes:
        if item.id == id_:
            return item
    raise UsageError(f"there is no programme {id_!r}", do=f"choose from {', '.join(catalogue.names)}")


def _effect_line(effect: PublishedEffect) -> str:
    interval = "no interval published" if effect.low is None else f"{effect.low:g} to {effect.high:g}"
    return (
        f"{effect.unit}: {effect.value:g} ({interval}), measured on {MEASURED_ON[effect.measured_on].en}, "
        f"about {ABOUT[effect.about].en} ({effect.source})"
    )
