"""Stressors: definitions in YAML become SQL, SQL becomes levels, levels become profiles."""

from __future__ import annotations

from riskscreen.stressors.compile import stressor_sql
from riskscreen.stressors.definitions import Catalogue, Definition, OutcomeDefinition
from riskscreen.stressors.loading import load_catalogue, load_outcome
from riskscreen.stressors.page import catalogue_page, catalogue_table
from riskscreen.stressors.profiling import Profiling, profile

__all__ = [
    "Catalogue",
    "Definition",
    "OutcomeDefinition",
    "Profiling",
    "catalogue_page",
    "catalogue_table",
    "load_catalogue",
    "load_outcome",
    "profile",
    "stressor_sql",
]
