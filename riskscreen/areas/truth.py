"""The place of target groups in the truth of a synthetic world. Notebooks, tests and benchmarks call it; no run does.

True need is about children; a family has need when one of its children has. Rows stay in the engine: the truth is put
beside ``members`` there, and counts come out. The truth numbers every child once, as it should be; a child that arrived
under two numbers may be in ``members`` under the other one (:func:`truth_by_number`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.areas.groups import Targets
from riskscreen.areas.halves import Halves
from riskscreen.areas.membership import in_group
from riskscreen.engine.cells import count_cells
from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.engine.sql import literal
from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.definitions import STAGE_FLAGS

if TYPE_CHECKING:
    import pandas as pd

TABLE = "true_need_of_families"
KNOWN = 0.95
"""Children of the families that the truth knows at least; less is a join gone wrong, and all that follows with it."""


@dataclass(frozen=True, slots=True)
class TruePlace:
    """A group by true need, where the groups are judged.

    Parameters
    ----------
    group
        Its id.
    share_with_need
        Share of its families with a child in need.
    need_covered
        Share of all families with need that are in the group.
    place, recorded_place
        Its place among the groups by true need, and by recorded outcomes; 1 is the highest rate.
    """

    group: str
    share_with_need: float
    need_covered: float
    place: int
    recorded_place: int


def truth_by_number(truth: pd.DataFrame, links: pd.DataFrame, *, what: str = "need") -> pd.DataFrame:
    """The truth of every child under each number that it arrived under in the register of persons.

    Parameters
    ----------
    truth
        One row per child and index date, as the table ``need`` of a world.
    links
        ``register``, ``number`` and right ``person`` of who arrived under other numbers too, as the table ``links``.
    what
        ``need`` or ``milder_need``.

    Returns
    -------
    pandas.DataFrame
        ``person`` (any number), ``index_date`` and ``need``, for :func:`count_truth`.
    """
    import pandas as pd

    own = truth[["person", "index_date"]].assign(need=truth[what].to_numpy())
    twice = links.loc[links["register"] == "persons", ["person", "number"]].merge(own, on="person")
    other = twice.drop(columns="person").rename(columns={"number": "person"})
    return pd.concat([own, other], ignore_index=True).drop_duplicates(["person", "index_date"])


def load_truth(engine: Engine, truth: pd.DataFrame, day: date) -> None:
    """Make the table ``true_need_of_families``: the families with a child in need on one date.

    Parameters
    ----------
    engine
        With ``members``.
    truth
        ``person`` (numbered as in ``members``), ``index_date`` and ``need`` of all children, from
        :func:`truth_by_number`.

    Raises
    ------
    UsageError
        The truth lacks a column, knows fewer than 95% of these children, or no family with need.
    """
    missing = {"person", "index_date", "need"} - set(truth.columns)
    if missing:
        raise UsageError(f"the truth lacks {', '.join(sorted(missing))}", do="use open_truth of the same world")
    engine.load("true_children", truth[["person", "index_date", "need"]])
    known = share_known(engine, day)
    if known < KNOWN:
        told = f"the truth knows {known:.1%} of the children on that date; at least {KNOWN:.0%} are needed"
        raise UsageError(told, do="use truth_by_number on the tables need and links of the same world")
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT DISTINCT m.family FROM members m "
        "JOIN true_children t ON t.person = m.person AND t.index_date::DATE = m.index_date "
        f"WHERE t.need AND m.index_date = {literal(day)}"
    )
    if not engine.value(f"SELECT count(*) FROM {TABLE}"):
        raise UsageError("the truth knows no family with need on that date", do="use open_truth of the same world")


def share_known(engine: Engine, day: date) -> float:
    """The share of the children in ``members`` on one date who have a row in ``true_children``; 0 without children."""
    found = engine.value(
        "SELECT count(t.person) / nullif(count(*), 0) FROM members m LEFT JOIN "
        "(SELECT DISTINCT person, index_date::DATE AS index_date FROM true_children) t USING (person, index_date) "
        f"WHERE m.role = 'child' AND index_date = {literal(day)}"
    )
    return float(found or 0)


def count_truth(
    engine: Engine, truth: pd.DataFrame, stressors: Sequence[str], day: date, *, card: Card | None = None
) -> pd.DataFrame:
    """Counts of the families on one date by wijk, buurt, flags, levels, outcome and true need.

    Parameters
    ----------
    engine
        With ``levels`` and ``members``.
    truth
        As for :func:`load_truth`, which makes the table of families with need on the way.
    stressors
        Ids of the stressors.
    card
        Adds ``points``.

    Raises
    ------
    UsageError
        The truth lacks a column, or knows too few of these children.
    """
    load_truth(engine, truth, day)
    keys = (
        "index_date",
        "area_block",
        "area",
        *STAGE_FLAGS,
        *stressors,
        f"(family IN (FROM {TABLE}))::TINYINT AS need",
    )
    where = f"NOT apart AND outcome IS NOT NULL AND index_date = {literal(day)}"
    cells = count_cells(engine, keys, threshold=10, card=card, where=where, name="true_cells")
    return open_counts(cells)


def judged_on_truth(halves: Halves, counts: pd.DataFrame) -> Halves:
    """The same halves, with the counts of :func:`count_truth` in the wijken that judge."""
    here = set(halves.judged["area_block"])
    return replace(halves, judged=counts[counts["area_block"].isin(here)])


def true_places(targets: Targets, halves: Halves) -> tuple[TruePlace, ...]:
    """The place of every group by true need, beside its place by recorded outcomes.

    Parameters
    ----------
    halves
        From :func:`judged_on_truth`.
    """
    frame = halves.judged
    families = frame["families"].to_numpy(np.float64)
    need = families * frame["need"].to_numpy(np.float64)
    inside = [in_group(frame, group) for group in targets.groups]
    rates = np.array([need[one].sum() / max(families[one].sum(), 1) for one in inside])
    recorded = np.array([item.rate for item in targets.estimates])
    by_need, by_record = (_places(one) for one in (rates, recorded))
    return tuple(
        TruePlace(group.id, float(rates[k]), float(need[inside[k]].sum() / need.sum()), by_need[k], by_record[k])
        for k, group in enumerate(targets.groups)
    )


def _places(rates: np.ndarray) -> list[int]:
    order = np.argsort(-rates, kind="stable")
    return [int(np.flatnonzero(order == k)[0]) + 1 for k in range(len(rates))]
