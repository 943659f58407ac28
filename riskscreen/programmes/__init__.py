"""Preventive programmes: who they are for, where families can be met, and how places could be spread."""

from __future__ import annotations

from riskscreen.programmes.allocation import Task, allocate, plan_of
from riskscreen.programmes.alternatives import Alternatives, compare_alternatives
from riskscreen.programmes.assumptions import Planning
from riskscreen.programmes.bundles import make_bundles
from riskscreen.programmes.catalogue import Catalogue, load_programmes
from riskscreen.programmes.country import CountryPlan, allocate_country
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.eligibility import count_eligible, offered_sql, places_sql
from riskscreen.programmes.frontier import Frontier, budget_frontier
from riskscreen.programmes.marginal import Marginals, marginal_values
from riskscreen.programmes.meeting import find_meetings
from riskscreen.programmes.plan import Offer, Plan
from riskscreen.programmes.plausible import families_there
from riskscreen.programmes.prevented import prevented_table
from riskscreen.programmes.provider_files import read_provider_files
from riskscreen.programmes.reach import Reach, count_reach, with_given
from riskscreen.programmes.reach_tables import given_table, reach_table, supply_tables
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
    "Reach",
    "Regret",
    "Task",
    "allocate",
    "allocate_country",
    "budget_frontier",
    "compare_alternatives",
    "compare_scenarios",
    "count_eligible",
    "count_reach",
    "families_there",
    "find_meetings",
    "given_table",
    "load_programmes",
    "make_bundles",
    "marginal_values",
    "offered_sql",
    "places_sql",
    "plan_of",
    "prevented_table",
    "reach_table",
    "read_provider_files",
    "scenarios_of",
    "supply_tables",
    "with_given",
]
