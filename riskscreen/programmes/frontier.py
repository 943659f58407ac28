"""What more or less money would give: the best there is at twelve budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from riskscreen.programmes.allocation import Task, check_task
from riskscreen.programmes.plan import Plan
from riskscreen.programmes.problem import Problem
from riskscreen.programmes.solving import Parts, relax, tightened
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

STEPS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Budgets, in parts of today's."""
TODAY = 1.0

MARKS = {
    "other": Text("another budget", "een ander budget"),
    "today": Text("today's budget", "het budget van nu"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """The best there is at one budget.

    Parameters
    ----------
    budget
        EUR.
    value
        At most; ``None``: no plan meets all demands.
    places, approached
        Places and families approached there.
    share_of_need
        Share of the unmet need in target groups that is met there.
    today
        Is it today's budget?
    """

    budget: float
    value: float | None
    places: float | None
    approached: float | None
    share_of_need: float | None
    today: bool


@dataclass(frozen=True)
class Frontier:
    """Points by budget, and the families in target groups they are about."""

    points: tuple[Point, ...]
    base: int

    def table(self) -> Table:
        """``budget_frontier``; not yet released."""
        rows: list[tuple[Value, ...]] = []
        for at, point in enumerate(self.points):
            share = None if point.share_of_need is None else round(point.share_of_need, 3)
            mark = "today" if point.today else "other"
            numbers = (None if n is None else float(round(n)) for n in (point.places, point.approached))
            rows.append((f"b{at:02d}", mark, point.budget, *numbers, share, self.base))
        return Table(
            "budget_frontier",
            Text("What another budget would give", "Wat een ander budget zou opleveren"),
            _columns(len(self.points)),
            tuple(rows),
            note=Text(
                "The best there is at every budget, with places that need not be whole: a plan in whole places gives a "
                "little less. Unmet need is reckoned by the rate of recorded reports of each target group. Empty: no "
                "plan at that budget meets all demands. Planning values.",
                "Het beste dat er bij elk budget is, met plekken die niet heel hoeven te zijn: een plan met hele "
                "plekken geeft iets minder. Onvervulde behoefte is gerekend met het deel meldingen in elke doelgroep. "
                "Leeg: bij dat budget kan niet aan alle eisen worden voldaan. Planwaarden.",
            ),
        )

    def plot(self, *, language: str = "en") -> Any:
        """Share of unmet need against the budget, today's marked (altair)."""
        import altair as alt

        values = [
            {"budget": p.budget, "share": p.share_of_need, "today": p.today}
            for p in self.points
            if p.share_of_need is not None
        ]
        nl = language == "nl"
        base = alt.Chart(alt.Data(values=values)).encode(
            x=alt.X("budget:Q", title="budget (EUR)", axis=alt.Axis(format=",.0f", tickCount=6)),
            y=alt.Y(
                "share:Q",
                title="deel van de onvervulde behoefte" if nl else "share of unmet need",
                axis=alt.Axis(format=".0%"),
            ),
        )
        now = base.transform_filter("datum.today").mark_point(filled=True, size=140, color="#b5541c")
        return (base.mark_line(point=True, color="#1f3a5f") + now).properties(width=480, height=280)


def budget_frontier(task: Task, plan: Plan) -> Frontier:
    """The best there is at twelve budgets, by the linear problem.

    The value is a concave, rising function of the budget (a linear problem in its right-hand side). Rounded rows of
    families hold whatever the budget, so they are found once.

    Parameters
    ----------
    task
        What the plan was made from.
    plan
        The plan at today's budget.
    """
    check_task(task)
    problem = task.problem()
    known = tightened(problem)
    if known is None:
        return Frontier((), plan.in_groups)
    system, _ = known
    row = system.names.index("budget")
    points = []
    for step in STEPS:
        high = system.high.copy()
        high[row] = task.budget * step
        found = relax(system.up_to(high))
        points.append(_point(task, problem, plan, step, found))
    return Frontier(tuple(points), plan.in_groups)


def _point(task: Task, problem: Problem, plan: Plan, step: float, found: Parts | None) -> Point:
    budget, today = task.budget * step, step == TODAY
    if found is None:
        return Point(budget, None, None, None, None, today)
    options = problem.options
    places = found.unknowns[: len(options)]
    rates = np.array([task.rates[group] for group in problem.groups])
    need = float(places @ rates[options.group]) if len(options) else 0.0
    approached = float(places @ (1 / problem.uptake[options.programme]))
    share = need / plan.unmet_need if plan.unmet_need else None
    return Point(budget, found.value, float(places.sum()), approached, share, today)


def _columns(points: int) -> tuple[Column, ...]:
    labels = {f"b{at:02d}": Text(f"budget {at + 1}", f"budget {at + 1}") for at in range(points)}
    return (
        Column("point", "key", Text("budget", "budget"), labels=labels),
        Column("mark", "code", Text("which", "welk"), labels=MARKS),
        Column("budget", "number", Text("budget", "budget"), "EUR"),
        Column("places", "number", Text("places", "plekken"), "places"),
        Column("approached", "number", Text("families approached", "benaderde gezinnen"), "families"),
        Column(
            "share_of_need",
            "estimate",
            Text("share of unmet need", "deel van de onvervulde behoefte"),
            "share",
            base="eligible",
        ),
        Column(
            "eligible",
            "count",
            Text("families in target groups", "gezinnen in doelgroepen"),
            "families",
            additive=False,
        ),
    )
