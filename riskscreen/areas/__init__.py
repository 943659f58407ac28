"""Neighbourhood estimates and target groups: where and with which profiles prevention could reach most."""

from __future__ import annotations

from riskscreen.areas.comparing_charts import rank_chart, zonings_chart
from riskscreen.areas.curve import by_lot, covered, curve_table, ladders_of
from riskscreen.areas.elsewhere import farthest_need, need_elsewhere
from riskscreen.areas.funnels import funnel_chart
from riskscreen.areas.groups import TargetEstimate, Targets
from riskscreen.areas.halves import split_halves
from riskscreen.areas.naming import group_sentences
from riskscreen.areas.need import Reporting, need_range, need_sentence
from riskscreen.areas.outlines import Outlines, match_outlines
from riskscreen.areas.own import load_own_groups
from riskscreen.areas.placing import known_codes, why_no_wijken
from riskscreen.areas.ranking import apart_text
from riskscreen.areas.rates import AreaEstimate, AreaEstimates, estimate_areas, levels_known
from riskscreen.areas.targets import count_targets, eligible_sql, find_targets
from riskscreen.areas.zonings import compare_zonings
from riskscreen.records.frequencies import natural_frequency

__all__ = [
    "AreaEstimate",
    "AreaEstimates",
    "Outlines",
    "Reporting",
    "TargetEstimate",
    "Targets",
    "apart_text",
    "by_lot",
    "compare_zonings",
    "count_targets",
    "covered",
    "curve_table",
    "eligible_sql",
    "estimate_areas",
    "farthest_need",
    "find_targets",
    "funnel_chart",
    "group_sentences",
    "known_codes",
    "ladders_of",
    "levels_known",
    "load_own_groups",
    "match_outlines",
    "natural_frequency",
    "need_elsewhere",
    "need_range",
    "need_sentence",
    "rank_chart",
    "split_halves",
    "why_no_wijken",
    "zonings_chart",
]
