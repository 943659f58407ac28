"""The budget that a plan is made with: it stands in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.errors import SettingsError
from riskscreen.settings import Scenario

if TYPE_CHECKING:
    from riskscreen.programmes import Catalogue


def budget_of(scenario: Scenario, catalogue: Catalogue) -> float:
    """EUR in a year: the planning values may say it, else the scenario does.

    Raises
    ------
    SettingsError
        Both say it and differ.
    """
    if catalogue.budget is None:
        return scenario.budget
    if "budget" in scenario.model_fields_set and scenario.budget != catalogue.budget:
        raise SettingsError(
            f"budget is {scenario.budget:,.0f} EUR in the scenario and {catalogue.budget:,.0f} in the planning values",
            do="take budget out of the scenario, or give both the same",
        )
    return catalogue.budget
