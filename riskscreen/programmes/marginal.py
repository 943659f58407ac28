"""What a little more money, hours or places would give, confirmed by making the plan again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from riskscreen.programmes.allocation import Task, check_task, places_of
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.choosing import Solution, priced_places
from riskscreen.programmes.plan import Plan
from riskscreen.programmes.prices import Prices, prices_of
from riskscreen.programmes.problem import Problem
from riskscreen.programmes.solving import GAP, solve_again
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

MONEY, HOURS, PLACES = 10_000.0, 100.0, 10.0
"""How much more is looked at."""
MOST = 2
"""Most programmes for which more places are looked at."""

WHAT = {
    "budget": Text("10,000 EUR more", "10.000 euro meer"),
    "hours": Text("100 staff hours more", "100 uren meer"),
    "places": Text("10 places more", "10 plekken meer"),
}


@dataclass(frozen=True, slots=True)
class Marginal:
    """One thing that there could be more of.

    Parameters
    ----------
    what
        ``budget``, ``hours`` or ``places``.
    programme
        Whose places; empty for the others.
    expected
        Value added by the shadow prices of the linear problem.
    confirmed
        Value added when the plan is made again.
    families
        Families approached more then.
    places
        Places more (fewer) per programme then.
    """

    what: str
    programme: str
    expected: float
    confirmed: float
    families: float
    places: dict[str, int]

    def sentence(self, names: dict[str, Text], *, language: str = "en") -> str:
        """In words: what more would give, and where it would go."""
        what = getattr(WHAT[self.what], language)
        if self.programme:
            what += f" ({getattr(names[self.programme], language)})"
        gains = sorted(((many, name) for name, many in self.places.items() if many > 0), reverse=True)
        to = ", ".join(f"{getattr(names[name], language)} (+{many})" for many, name in gains[:2])
        more = f"{self.families:,.0f}".replace(",", "." if language == "nl" else ",")
        if self.confirmed <= 0 or not to:
            return f"{what}: geen gezin meer" if language == "nl" else f"{what} would give no family more an offer"
        if self.families < 1:
            told = "niet meer gezinnen, wel een zwaarder tellend aanbod"
            return f"{what}: {told}, vooral {to}" if language == "nl" else _better(what, to)
        if language == "nl":
            return f"{what}: {more} gezinnen meer krijgen een aanbod, vooral {to}"
        return f"{what} would give {more} families more an offer; it would go to {to}"


def _better(what: str, to: str) -> str:
    return f"{what} would reach no more families, but with offers that count for more; it would go to {to}"


@dataclass(frozen=True)
class Marginals:
    """What more of each would give."""

    rows: tuple[Marginal, ...]
    catalogue: Catalogue
    base: int

    def table(self) -> Table:
        """``marginal``; not yet released."""
        rows: list[tuple[Value, ...]] = []
        for row in self.rows:
            to = max(row.places, key=lambda name: (row.places[name], name), default=None)
            gained = to if to is not None and row.places[to] > 0 else None
            key = f"{row.what}.{row.programme}" if row.programme else row.what
            moved = float(sum(row.places.values()))
            rows.append(
                (key, moved, round(row.families, 1), gained, round(row.expected, 2), round(row.confirmed, 2), self.base)
            )
        return Table(
            "marginal",
            Text("What a little more would give", "Wat iets meer zou opleveren"),
            _columns(self._keys(), self.catalogue.names),
            tuple(rows),
            note=Text(
                "The plan was made again with a little more of one thing. Expected: by the shadow prices of the linear "
                "problem. Confirmed: by the new plan; whole places make it jump. Value is families expected to take "
                "part, times the group's rate of recorded reports, times the evidence weight. Planning values.",
                "Het plan is opnieuw gemaakt met van één ding iets meer. Verwacht: volgens de schaduwprijzen. "
                "Bevestigd: volgens het nieuwe plan; door hele plekken verspringt het. De waarde is: gezinnen die "
                "meedoen, maal het deel met een melding in hun groep, maal het gewicht van het bewijs. Planwaarden.",
            ),
        )

    def _keys(self) -> dict[str, Text]:
        keys = {"budget": WHAT["budget"], "hours": WHAT["hours"]}
        for name, text in self.catalogue.names.items():
            more = WHAT["places"]
            keys[f"places.{name}"] = Text(f"{more.en}: {text.en}", f"{more.nl}: {text.nl}")
        return keys

    def __str__(self) -> str:
        return "\n".join(row.sentence(self.catalogue.names) for row in self.rows)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def marginal_values(task: Task, plan: Plan) -> Marginals:
    """What 10,000 EUR, 100 hours and 10 places more would give, each confirmed by making the plan again.

    Shadow prices (duals) of the linear problem say which limits bind and what one more is worth; programmes with the
    highest price of places are looked at. The new plan is looked for near the plan. Both are in whole places and either
    may miss its gap, so that small differences are not told from none.

    Parameters
    ----------
    task
        What the plan was made from.
    plan
        The plan.
    """
    check_task(task)
    problem = task.problem()
    prices = prices_of(problem)
    if prices is None or not plan.offers:
        return Marginals((), task.catalogue, plan.in_groups)
    priced_places(prices, GAP)
    prices.keep(places_of(problem, plan))
    rows = []
    for what, programme, at, step in _looked_at(prices):
        new = solve_again(prices, _with_more(problem, what, programme, step))
        name = problem.programmes[programme] if programme >= 0 else ""
        rows.append(_told(problem, plan, what, name, step * float(prices.best.prices[at]), new))
    return Marginals(tuple(rows), task.catalogue, plan.in_groups)


def _looked_at(prices: Prices) -> Iterator[tuple[str, int, int, float]]:
    """What there could be more of: its code, programme (-1: none), limit and step."""
    names, worth = np.array(prices.limits.names), prices.best.prices
    for what, step in (("budget", MONEY), ("hours", HOURS)):
        for at in np.flatnonzero(names == what):
            yield what, -1, int(at), step
    places = np.flatnonzero(names == "places")
    for programme in np.argsort(-worth[places], kind="stable")[:MOST]:
        if worth[places[programme]] > 1e-9:
            yield "places", int(programme), int(places[programme]), PLACES


def _with_more(problem: Problem, what: str, programme: int, step: float) -> Problem:
    if what == "budget":
        return replace(problem, budget=problem.budget + step)
    if what == "hours":
        return replace(problem, staff=problem.staff + step)
    return replace(problem, places=problem.places + step * (np.arange(len(problem.places)) == programme))


def _told(problem: Problem, plan: Plan, what: str, programme: str, expected: float, new: Solution | None) -> Marginal:
    before = places_of(problem, plan)
    after = before if new is None or new.value < plan.value else new.places
    options = problem.options
    moved = np.bincount(options.programme, after - before, len(problem.programmes))
    places = {name: int(many) for name, many in zip(problem.programmes, moved, strict=True) if many}
    families = float((after - before) @ (1 / problem.uptake[options.programme]))
    return Marginal(what, programme, expected, problem.value(after) - problem.value(before), families, places)


def _columns(keys: dict[str, Text], programmes: dict[str, Text]) -> tuple[Column, ...]:
    return (
        Column("what", "key", Text("what more there is", "waarvan er meer is"), labels=keys),
        Column("places", "number", Text("places more", "plekken meer"), "places"),
        Column("approached", "number", Text("families approached more", "meer gezinnen benaderd"), "families"),
        Column("most_to", "code", Text("goes mostly to", "gaat vooral naar"), labels=programmes),
        Column("expected", "estimate", Text("value expected", "verwachte waarde"), base="eligible"),
        Column("confirmed", "estimate", Text("value confirmed", "bevestigde waarde"), base="eligible"),
        Column(
            "eligible",
            "count",
            Text("families in target groups", "gezinnen in doelgroepen"),
            "families",
            additive=False,
        ),
    )
