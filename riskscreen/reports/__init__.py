"""Pages for people: the report for a municipality and the dossier for its ethics board."""

from __future__ import annotations

from riskscreen.reports.content import Dates, Fact, Picture, ReportContent, Request, ReviewFacts
from riskscreen.reports.pages import write_dossier, write_public, write_report

__all__ = [
    "Dates",
    "Fact",
    "Picture",
    "ReportContent",
    "Request",
    "ReviewFacts",
    "write_dossier",
    "write_public",
    "write_report",
]
