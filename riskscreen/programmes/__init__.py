"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""

from __future__ import annotations

from riskscreen.programmes.allocation import Task, allocate, plan_of
from riskscreen.programmes.alternatives import Alternatives, compare_alternatives
from riskscreen.programmes.catalogue import Catalogue, Planning, load_programmes
from riskscreen.programmes.country import CountryPlan, allocate_country
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.eligibility import count_eligible, fitting_programmes, offered_sql, places_sql
from riskscreen.programmes.frontier import Frontier, budget_frontier
from riskscreen.programmes.marginal import Marginals, marginal_values
from riskscreen.programmes.plan import Offer, Plan
from riskscreen.programmes.prevented import prevented_table
from riskscreen.programmes.scenarios import Regret, compare_scenarios, scenarios_of

__all__ = [
    "Alternatives",
    "Catalogue",
    "CountryPlan",
    "Floors",
    "Frontier",
    "Marginals",
    "Offer",
    "Plan",
    "Planning",
    "Regret",
    "Task",
    "allocate",
    "allocate_country",
    "budget_frontier",
    "compare_alternatives",
    "compare_scenarios",
    "count_eligible",
    "fitting_programmes",
    "load_programmes",
    "marginal_values",
    "offered_sql",
    "places_sql",
    "plan_of",
    "prevented_table",
    "scenarios_of",
]
