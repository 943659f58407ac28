"""One stressor whole: what it is, its levels, why it may be used, what is known of it, and its SQL."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Any

from riskscreen.records.filters import format_filter
from riskscreen.stressors.compile import stressor_sql
from riskscreen.stressors.definitions import STEPS, Catalogue, Definition, EventRule
from riskscreen.stressors.evidence import published_figures
from riskscreen.stressors.page import definition_lines

EXAMPLE_DAY = date(2024, 1, 1)
"""The index date that the SQL is shown for."""
EXAMPLE_COVER = (date(1998, 1, 1), EXAMPLE_DAY)
"""The coverage of the register of parents' own youth that the SQL is shown for."""
WIDTH = 100


def shown_sql(definition: Definition) -> str:
    """The stressor's SQL as it runs, for one index date."""
    return stressor_sql(definition, (EXAMPLE_DAY,), EXAMPLE_COVER)


def stressor_text(catalogue: Catalogue, name: str) -> str:
    """One stressor for the terminal, in English with the Dutch names.

    Raises
    ------
    UsageError
        There is no such stressor in the catalogue.
    """
    definition = catalogue.get(name)
    stressor = definition.stressor
    parts = [
        f"{stressor.id}: {stressor.name.en} / {stressor.name.nl}",
        *_wrapped(stressor.description.en),
        *_wrapped(stressor.description.nl),
        "",
        *(line for text in definition_lines(definition) for line in _wrapped(text.replace("`", ""), "- ")),
        "",
        "Eligibility, written beforehand in five steps:",
        *(line for text in _steps(definition) for line in _wrapped(text, "- ")),
        "",
        f"SQL, for the index date {EXAMPLE_DAY}:",
        "",
        shown_sql(definition),
    ]
    return "\n".join(parts)


def stressor_json(catalogue: Catalogue, name: str) -> str:
    """The same as one JSON object on one line, in both languages.

    Raises
    ------
    UsageError
        There is no such stressor in the catalogue.
    """
    definition = catalogue.get(name)
    stressor, record = definition.stressor, definition.eligibility
    found = {
        "stressor": stressor.id,
        "version": stressor.version,
        "domain": stressor.domain,
        "stage": stressor.stage,
        "name": stressor.name.to_dict(),
        "description": stressor.description.to_dict(),
        "levels": [level.to_dict() for level in stressor.levels],
        "window_months": stressor.window_months,
        "window_reason": stressor.window_reason,
        "channel": stressor.channel,
        "registers": list(stressor.registers),
        "rule": _rule(definition),
        "overlap": definition.overlap.to_dict() if definition.overlap else None,
        "evidence": [_evidence(item.figure, item.direction) for item in definition.evidence],
        "purpose": stressor.purpose,
        "eligibility": {name: record.step(name).to_dict() for name in STEPS} | {"harm": record.harm.to_dict()},
        "sql": shown_sql(definition),
    }
    return json.dumps(found, ensure_ascii=False)


def _rule(definition: Definition) -> dict[str, Any]:
    rule = definition.rule
    if not isinstance(rule, EventRule):
        return {"rule": "fact", "levels": [format_filter(part) for part in rule.filters]}
    eased = rule.eased_by
    return {
        "rule": rule.measure,
        "register": rule.register,
        "about": rule.about,
        "where": format_filter(rule.where) if rule.where else None,
        "moment": rule.moment,
        "persons": rule.persons,
        "thresholds": list(rule.thresholds),
        "eased_by": None
        if eased is None
        else {"where": format_filter(eased.where), "moment": eased.moment, **eased.name.to_dict()},
    }


def _evidence(name: str, direction: str) -> dict[str, str]:
    return {"figure": name, "direction": direction, "value": str(published_figures().get(name, ""))}


def _steps(definition: Definition) -> Iterator[str]:
    for name, title in STEPS.items():
        yield f"{title.en.capitalize()}: {definition.eligibility.step(name).en}"
    yield f"Who may be harmed: {definition.eligibility.harm.en}"


def _wrapped(text: str, sign: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=sign, subsequent_indent=" " * len(sign), break_on_hyphens=False
    ) or [sign]
