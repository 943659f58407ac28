"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""

from __future__ import annotations

from riskscreen.programmes.allocation import Floors, allocate
from riskscreen.programmes.alternatives import Alternatives, compare_alternatives
from riskscreen.programmes.bundles import make_bundles
from riskscreen.programmes.catalogue import Catalogue, Planning, load_programmes
from riskscreen.programmes.eligibility import count_eligible, fitting_programmes, offered_sql, places_sql
from riskscreen.programmes.meeting import find_meetings
from riskscreen.programmes.plan import Offer, Plan

__all__ = [
    "Alternatives",
    "Catalogue",
    "Floors",
    "Offer",
    "Plan",
    "Planning",
    "allocate",
    "compare_alternatives",
    "count_eligible",
    "find_meetings",
    "fitting_programmes",
    "load_programmes",
    "make_bundles",
    "offered_sql",
    "places_sql",
]
