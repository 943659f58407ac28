"""Neighbourhood estimates and target groups: where and with which profiles prevention could reach most."""

from __future__ import annotations

from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.naming import group_sentences
from riskscreen.areas.rates import AreaEstimate, AreaEstimates, estimate_areas
from riskscreen.areas.targets import count_targets, eligible_sql, find_targets
from riskscreen.records.frequencies import natural_frequency

__all__ = [
    "AreaEstimate",
    "AreaEstimates",
    "TargetEstimate",
    "Targets",
    "count_targets",
    "eligible_sql",
    "estimate_areas",
    "find_targets",
    "group_sentences",
    "natural_frequency",
]
