"""The chosen card of a scenario as one SQL statement, for the people who keep the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from riskscreen.pipeline.running import Tell, open_job, silent
from riskscreen.records.card import Card
from riskscreen.records.card_sql import KEYS
from riskscreen.settings import Scenario, load_scenario


def card_statement(
    scenario: str | Path | Scenario = "demo",
    dialect: str = "duckdb",
    *,
    keys: Sequence[str] = KEYS,
    table: str = "levels",
    tell: Tell = silent,
) -> str:
    """The chosen card as SQL that returns groups of at least the scenario's threshold.

    Parameters
    ----------
    scenario, tell
        As for :func:`riskscreen.run`. Steps whose inputs did not change are not run again.
    dialect, keys, table
        As for :meth:`riskscreen.Card.to_sql`; wrong ones are refused before anything is run.

    Returns
    -------
    str
        The statement, with the card in words above it.
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    Card("", (), 0.0, 0.0).to_sql(dialect, threshold=given.release.threshold, keys=keys, table=table)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("fit")
        card: Card = job.value("fit").chosen
        stressors = job.value("profile")["stressors"]
    return card.to_sql(dialect, threshold=given.release.threshold, keys=keys, stressors=stressors, table=table)
