"""The catalogue as plain JSON, so that peers compute the same stressors without our code.

``{"index_dates": [...], "stressors": [...]}``. Every stressor has ``id``, ``kind`` (``event``, ``own_youth``, ``fact``)
and ``dates``: per index date at which it can be seen the ``place`` of that date, the first day of its window
(``start``) and, for recency, the first day of each higher level (``cuts``). The other keys are those of the stressor's
rule. A filter is ``{"column", "op", "value"}``, ``{"column", "in"}``, ``{"not"}``, ``{"and"}`` or ``{"or"}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from riskscreen.records.filters import And, Compare, Filter, In, Not, Or, columns_of
from riskscreen.settings import add_months
from riskscreen.stressors.coverage import RegistersLike, covered_dates, window_start
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule, FactRule
from riskscreen.stressors.sources import LATER, STAGE_AGES


def described(catalogue: Catalogue, registers: RegistersLike, index_dates: Sequence[date]) -> dict[str, Any]:
    """Every stressor of the catalogue, with the index dates at which these registers cover it."""
    stressors = [_stressor(definition, registers, index_dates) for definition in catalogue]
    return {"index_dates": [day.isoformat() for day in index_dates], "stressors": stressors}


def _stressor(definition: Definition, registers: RegistersLike, index_dates: Sequence[date]) -> dict[str, Any]:
    rule, seen = definition.rule, covered_dates(definition, registers, index_dates)
    dates = [_date(definition, day, index_dates.index(day)) for day in seen]
    if isinstance(rule, FactRule):
        filters = [described_filter(part) for part in rule.filters]
        return {"id": definition.id, "kind": "fact", "dates": dates, "filters": filters}
    told = {"id": definition.id, "kind": "event", "dates": dates, **_rule(rule)}
    told["window_months"] = definition.stressor.window_months
    if definition.stressor.stage == "own_youth":
        cover = registers.present[rule.register]
        first = 216 - definition.stressor.window_months
        told |= {"kind": "own_youth", "from_month": first, "cover": [cover.from_.isoformat(), cover.until.isoformat()]}
    return {**told, "ages": STAGE_AGES.get(definition.stressor.stage)}


def _date(definition: Definition, day: date, place: int) -> dict[str, Any]:
    rule = definition.rule
    recency = rule.thresholds[1:] if isinstance(rule, EventRule) and rule.measure == "recency" else ()
    return {
        "place": place,
        "start": window_start(definition.stressor, day).isoformat(),
        "cuts": [add_months(day, -months).isoformat() for months in recency],
    }


def _rule(rule: EventRule) -> dict[str, Any]:
    eased = rule.eased_by
    return {
        "register": rule.register,
        "about": rule.about,
        "where": described_filter(rule.where),
        "measure": rule.measure,
        "thresholds": list(rule.thresholds),
        "moment": rule.moment,
        "persons": rule.persons,
        "columns": sorted({*columns_of(rule.where)} if rule.where else ()),
        "later": LATER.get(rule.register, {}),
        "eased_by": eased and {"where": described_filter(eased.where), "moment": eased.moment},
        "eased_columns": sorted(columns_of(eased.where)) if eased else [],
    }


def described_filter(part: Filter | None) -> dict[str, Any] | None:
    """A filter as plain values."""
    match part:
        case None:
            return None
        case Compare(column, operator, value):
            return {"column": column, "op": operator, "value": value}
        case In(column, values):
            return {"column": column, "in": list(values)}
        case Not(inner):
            return {"not": described_filter(inner)}
        case And(parts):
            return {"and": [described_filter(inner) for inner in parts]}
        case Or(parts):
            return {"or": [described_filter(inner) for inner in parts]}
