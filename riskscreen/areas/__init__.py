"""Neighbourhood estimates and target groups: where and with which profiles prevention could reach most."""

from __future__ import annotations

from riskscreen.areas.curve import by_lot, covered, curve_table, ladders_of
from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.halves import split_halves
from riskscreen.areas.naming import group_sentences
from riskscreen.areas.own import load_own_groups
from riskscreen.areas.rates import AreaEstimate, AreaEstimates, estimate_areas
from riskscreen.areas.targets import count_targets, eligible_sql, find_targets
from riskscreen.records.frequencies import natural_frequency

__all__ = [
    "AreaEstimate",
    "AreaEstimates",
    "TargetEstimate",
    "Targets",
    "by_lot",
    "count_targets",
    "covered",
    "curve_table",
    "eligible_sql",
    "estimate_areas",
    "find_targets",
    "group_sentences",
    "ladders_of",
    "load_own_groups",
    "natural_frequency",
    "split_halves",
]
