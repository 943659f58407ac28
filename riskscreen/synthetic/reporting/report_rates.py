"""How often each profession reports each family in each year.

A rate is a product: what a profession sees of the family (contacts, area, groups), true need, a lasting tendency that
nobody sees, and whether the family was reported before. One multiplier per profession and year makes the published
numbers of reports come out, so a change of rules is a step in what is recorded and none in need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.errors import UsageError
from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, MOTHER, YEAR
from riskscreen.synthetic.reporting.reporting_settings import Kind, Reporter, Reporting
from riskscreen.synthetic.streams import Chance

Levels = npt.NDArray[np.int8]
NEED_LEVEL = 2
_TURNS = 15
_CLOSE = 0.02


@dataclass(frozen=True, eq=False)
class Homes:
    """From when to when a unit has a minor here, and when its oldest and youngest child were born; shape (units,)."""

    first: Ints
    last: Ints
    oldest: Ints
    youngest: Ints


@dataclass(frozen=True, eq=False)
class Seen:
    """Families with a minor in one year, as reporters see them.

    Attributes
    ----------
    rows
        Units, shape (families,).
    level
        Highest level of need among their minors on 1 January, shape (families,).
    weight
        Relative rate by contacts, area and groups, and by the part of the year with a minor, shape (professions,
        families).
    minors
        Number of minors in the middle of the year.
    """

    year: int
    rows: Ints
    level: Levels
    weight: Singles
    minors: int


@dataclass(frozen=True)
class Effects:
    """What raises a family's rate besides what is seen, on the logarithm; ``number`` raises all rates at once."""

    need: tuple[float, float, float]
    earlier: float
    tendency: float
    number: float


def homes_of(people: People) -> Homes:
    """When each unit has a minor."""
    children, count = people.children, len(people.units)
    first, last, oldest, youngest = (np.full(count, bound) for bound in (NEVER, -NEVER, NEVER, -NEVER))
    gone = np.minimum(people.life_end[people.first_child :], children.birth + round(ADULT * YEAR))
    np.minimum.at(first, children.unit, people.life_start[people.first_child :])
    np.maximum.at(last, children.unit, gone)
    np.minimum.at(oldest, children.unit, children.birth)
    np.maximum.at(youngest, children.unit, children.birth)
    return Homes(first, last, oldest, youngest)


def levels(panel: Panel) -> Levels:
    """Level of need of the units on 1 January of each year, shape (units, years).

    Raises
    ------
    UsageError
        Need was not drawn yet.
    """
    if panel.need is None:
        raise UsageError("reports depend on need, and need was not drawn yet", do="note the need in the panel first")
    return panel.need


def look(rules: Reporting, people: People, panel: Panel, homes: Homes) -> tuple[Seen, ...]:
    """What reporters see in every year of which need is known: all but the first."""
    need = levels(panel)
    minors = panel.minors.sum(axis=0)
    found = []
    for year in range(1, panel.shape[1]):
        begin, end = panel.years[year], panel.years[year + 1]
        there = np.clip((np.minimum(homes.last, end) - np.maximum(homes.first, begin)) / (end - begin), 0, 1)
        rows = np.flatnonzero(there > 0)
        weight = _weights(rules, people, panel, homes, rows, year) * there[rows].astype(np.float32)
        found.append(Seen(year, rows, need[rows, year], weight, int(minors[year])))
    return tuple(found)


def _weights(rules: Reporting, people: People, panel: Panel, homes: Homes, rows: Ints, year: int) -> Singles:
    common = _groups(rules, people, panel, rows, year) + _contacts(rules.contacts, panel, rows, year)
    if panel.surveillance is not None:  # who takes part in a programme is seen more
        common += panel.surveillance[rows, year]
    weights = np.empty((len(rules.reporters), len(rows)), dtype=np.float32)
    for position, reporter in enumerate(rules.reporters.values()):
        own = _contacts(reporter.contacts, panel, rows, year)
        own += np.float32(reporter.policing) * panel.policing[rows, year]
        weights[position] = np.exp(common + own) * _of_age(reporter, panel, homes, rows, year)
    return weights


def _groups(rules: Reporting, people: People, panel: Panel, rows: Ints, year: int) -> Singles:
    """What groups a family belongs to does to its rate: the bias that an audit may find."""
    units = people.units
    origin = units.origin[rows, MOTHER]
    score = rules.outside_europe * (origin == 2) + rules.europe * (origin == 1)
    score = score + rules.low_education * (units.education[rows, MOTHER] == 0) + rules.single * panel.single[rows, year]
    return np.asarray(score + rules.children * np.maximum(panel.minors[rows, year] - 2.0, 0), dtype=np.float32)


def _contacts(weights: Mapping[str, float], panel: Panel, rows: Ints, year: int) -> Singles:
    total = np.zeros(len(rows), dtype=np.float32)
    for name, weight in weights.items():
        total += np.float32(weight) * panel.states[name][rows, year]
    return total


def _of_age(reporter: Reporter, panel: Panel, homes: Homes, rows: Ints, year: int) -> Flags:
    """Families with a child whom the profession can see."""
    middle = panel.years[year] + 182
    seen = middle - homes.oldest[rows] >= reporter.least_age * YEAR
    if reporter.most_age is not None:
        seen &= middle - homes.youngest[rows] < (reporter.most_age + 1) * YEAR
    return np.asarray(seen)


def number_of(rules: Reporting, kind: Kind, year: int) -> float:
    """Reports or advices about children in the country in a year: straight lines between the years that are known."""
    totals = {of: totals.whole(kind) for of, totals in sorted(rules.by_year.items())}
    known = {of: value for of, value in totals.items() if value is not None}
    return float(getattr(rules.about_children, kind) * np.interp(year, list(known), list(known.values())))


def targets(rules: Reporting, kind: Kind, year: int, minors: int) -> Floats:
    """How many new reports, or advices, each profession makes in a world with so many minors."""
    asks = [kind == "reports" or reporter.asks_advice for reporter in rules.reporters.values()]
    shares = np.array(list(rules.shares.values())) * asks
    before = getattr(rules.code.before, kind) if year < rules.code.from_.year else 1.0
    rule = np.array([before if reporter.under_code else 1.0 for reporter in rules.reporters.values()])
    new = 1 - rules.follow_up.share if kind == "reports" else 1.0
    return np.asarray(new * number_of(rules, kind, year) * minors / rules.minors * shares / shares.sum() * rule)


def open_years(rules: Reporting) -> float:
    """For how long the centre is involved after a new report, on average, in years."""
    seen = rules.investigation.share / (1 - rules.follow_up.share)
    days = mean_days(rules.triage.days, rules.triage.late, rules.triage.late_days) + 7
    term = rules.investigation.term
    days += seen * mean_days(term.days, term.late, term.late_days)
    days += (1 - seen) * rules.followed_on.share * rules.followed_on.days + rules.monitored.share * rules.monitored.days
    return float(days / YEAR)


def mean_days(days: float, late: float, late_days: float) -> float:
    """Mean of a term that is met evenly, or exceeded by so many days on average."""
    return (1 - late) * days / 2 + late * (days + late_days)


def lift_of(seen: Seen, effects: Effects, tendency: Singles, known: Flags) -> Floats:
    """What need, tendency and earlier reports do to the rates of the families, shape (families,)."""
    score = np.asarray(effects.need)[seen.level] + effects.tendency * tendency[seen.rows]
    return np.asarray(np.exp(score + effects.earlier * known[seen.rows]), dtype=np.float64)


def levelled(rules: Reporting, seen: Seen, lift: Floats, multiplier: Floats) -> Floats:
    """Rates of what comes in, by profession; their sum levels off towards the most there can be in a year."""
    rates = multiplier[:, None] * seen.weight * lift
    return np.asarray(rates / (1 + rates.sum(axis=0) / rules.most_per_year))


def new_only(rules: Reporting, rates: Floats) -> Floats:
    """Rate of new reports: what comes in during involvement is a follow-up, as in a counter with a dead time."""
    return np.asarray(rates / (1 + rates * open_years(rules)))


def multipliers(
    rules: Reporting, seen: Seen, lift: Floats, number: float, name: str, calendar_year: int, chance: Chance
) -> Floats:
    """One multiplier per profession, with which the number of its new reports comes out."""
    wanted = targets(rules, "reports", calendar_year, seen.minors) * np.exp(number)
    found: list[Floats] = []

    def solved(position: int) -> Callable[[], float]:
        def solve() -> float:
            if not found:
                factor, short = _balanced(rules, seen, lift, wanted)
                found.append(factor)
                chance.constants.faults.extend(f"reporting.by_year, {calendar_year}: {what}" for what in short)
            return float(found[0][position])

        return solve

    names = enumerate(rules.reporters)
    return np.array([chance.solved(f"reports.rate.{name}.{who}", solved(position)) for position, who in names])


def _balanced(rules: Reporting, seen: Seen, lift: Floats, wanted: Floats) -> tuple[Floats, list[str]]:
    """Multipliers by profession, and what is short when the families cannot have so many reports."""
    weight = seen.weight.astype(np.float64)
    raw = weight @ lift
    possible = (raw > 0) & (wanted > 0)
    factor = np.where(possible, wanted / np.where(possible, raw, 1), 0.0)
    got = wanted
    for _ in range(_TURNS):
        total = (factor @ weight) * lift
        arrived = total / (1 + total / rules.most_per_year)
        share = np.where(total > 0, new_only(rules, arrived) / np.where(total > 0, total, 1), 0)
        got = factor * (weight @ (lift * share))
        factor = np.where(possible, factor * wanted / np.where(got > 0, got, 1), 0.0)
    short = got.sum() < (1 - _CLOSE) * wanted.sum()
    return factor, [
        f"{wanted.sum():,.0f} new reports wanted, {got.sum():,.0f} fit; raise most_per_year"
    ] if short else []


def numbers(mean: Floats, luck: Singles) -> Ints:
    """How many come in at a mean (Poisson), by one number between 0 and 1 per family: the same luck, the same order."""
    count = np.zeros(len(mean), dtype=np.int64)
    term = np.exp(-mean)
    active = np.flatnonzero(luck > term)
    term, reached = term[active], term[active].copy()
    order = 0
    while len(active):
        order += 1
        count[active] += 1
        term = term * mean[active] / order
        reached = reached + term
        more = (luck[active] > reached) & (term > 0)
        active, term, reached = active[more], term[more], reached[more]
    return count
