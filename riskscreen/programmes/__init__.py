"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""

from __future__ import annotations

from riskscreen.programmes.allocation import Floors, allocate
from riskscreen.programmes.alternatives import Alternatives, compare_alternatives
from riskscreen.programmes.assumptions import Planning
from riskscreen.programmes.bundles import make_bundles
from riskscreen.programmes.catalogue import Catalogue, load_programmes
from riskscreen.programmes.eligibility import count_eligible, fitting_programmes, offered_sql, places_sql
from riskscreen.programmes.meeting import find_meetings
from riskscreen.programmes.plan import Offer, Plan
from riskscreen.programmes.provider_files import read_provider_files
from riskscreen.programmes.reach import Reach, count_reach, with_given
from riskscreen.programmes.reach_tables import given_table, reach_table, supply_tables

__all__ = [
    "Alternatives",
    "Catalogue",
    "Floors",
    "Offer",
    "Plan",
    "Planning",
    "Reach",
    "allocate",
    "compare_alternatives",
    "count_eligible",
    "count_reach",
    "find_meetings",
    "fitting_programmes",
    "given_table",
    "load_programmes",
    "make_bundles",
    "offered_sql",
    "places_sql",
    "reach_table",
    "read_provider_files",
    "supply_tables",
    "with_given",
]
