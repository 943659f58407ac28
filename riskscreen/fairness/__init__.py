"""Fairness: from cells to metrics, intervals and verdicts by group."""

from __future__ import annotations

from riskscreen.fairness.auditing import audit
from riskscreen.fairness.bands import Band
from riskscreen.fairness.comparisons import Comparison
from riskscreen.fairness.files import FileAudit, audit_file
from riskscreen.fairness.intersections import Intersections, PooledGroup, pool_groups
from riskscreen.fairness.plane_table import label_plane_table
from riskscreen.fairness.reach import reach_table
from riskscreen.fairness.results import Audit, Estimate, GroupRow, verdict_table
from riskscreen.fairness.scored import score_table
from riskscreen.fairness.sentences import verdict_sentence
from riskscreen.fairness.step_tables import step_tables
from riskscreen.fairness.subgroups import Subgroup, WorstOff, find_worst_off
from riskscreen.fairness.thresholds import compare_thresholds

__all__ = [
    "Audit",
    "Band",
    "Comparison",
    "Estimate",
    "FileAudit",
    "GroupRow",
    "Intersections",
    "PooledGroup",
    "Subgroup",
    "WorstOff",
    "audit",
    "audit_file",
    "compare_thresholds",
    "find_worst_off",
    "label_plane_table",
    "pool_groups",
    "reach_table",
    "score_table",
    "step_tables",
    "verdict_sentence",
    "verdict_table",
]
