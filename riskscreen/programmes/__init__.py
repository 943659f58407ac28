"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""

from __future__ import annotations

from riskscreen.programmes.allocation import Task, allocate, plan_of
from riskscreen.programmes.alternatives import Alternatives, compare_alternatives
from riskscreen.programmes.catalogue import Catalogue, Planning, load_programmes
from riskscreen.programmes.country import CountryPlan, allocate_country
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.eligibility import count_eligible, fitting_programmes, offered_sql, places_sql
from riskscreen.programmes.plan import Offer, Plan

__all__ = [
    "Alternatives",
    "Catalogue",
    "CountryPlan",
    "Floors",
    "Offer",
    "Plan",
    "Planning",
    "Task",
    "allocate",
    "allocate_country",
    "compare_alternatives",
    "count_eligible",
    "fitting_programmes",
    "load_programmes",
    "offered_sql",
    "places_sql",
    "plan_of",
]
