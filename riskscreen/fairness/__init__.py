"""Fairness: from cells to metrics, intervals and verdicts by group."""

from __future__ import annotations

from riskscreen.fairness.auditing import audit
from riskscreen.fairness.comparisons import Comparison
from riskscreen.fairness.files import FileAudit, audit_file
from riskscreen.fairness.results import Audit, Estimate, GroupRow, verdict_table
from riskscreen.fairness.sentences import verdict_sentence

__all__ = [
    "Audit",
    "Comparison",
    "Estimate",
    "FileAudit",
    "GroupRow",
    "audit",
    "audit_file",
    "verdict_sentence",
    "verdict_table",
]
