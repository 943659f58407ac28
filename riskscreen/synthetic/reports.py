"""Who is reported to the centre, by whom, and what follows: a process of its own, apart from need.

A family's rate in a year is a sum over professions. Each profession sees some families more often (police after an
incident, schools after absence), and reports need more often than no need; origin and education change the rate too,
so that an audit has something to find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.families import ADULT, MOTHER, YEAR, Calendar
from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.need import MILDER, NEED, TrueNeed
from riskscreen.synthetic.panel import Panel, Singles
from riskscreen.synthetic.people import People
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import Reporting, World

OUTCOMES = ("confirmed", "not_confirmed", "refuted")
REPORT, ADVICE = 0, 1
REPORT_KINDS = ("report", "advice")
_POLICE = "police"


@dataclass(frozen=True, eq=False)
class Cases:
    """Reports and advices about a family; arrays have shape (cases,); ``NEVER`` where something did not happen."""

    unit: Ints
    kind: npt.NDArray[np.int8]
    start: Ints
    recorded: Ints
    reporter: npt.NDArray[np.int8]
    follow_up: Flags
    triage: Ints
    investigation: Ints
    closed: Ints
    outcome: npt.NDArray[np.int8]  # position in OUTCOMES, -1 for none
    school_informed: Flags
    need: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.unit)

    def only(self, kept: npt.NDArray[np.bool_] | Ints) -> Cases:
        """Some of the cases, or the cases in another order."""
        return Cases(**{name: getattr(self, name)[kept] for name in Cases.__dataclass_fields__})


def make_cases(
    world: World, people: People, panel: Panel, need: TrueNeed, incident: Ints, days: Calendar, chance: Chance
) -> Cases:
    """Draw every report and advice of the history.

    Parameters
    ----------
    incident
        Day of the first domestic-violence incident per unit and year, ``NEVER`` for none, shape (units, years).
    """
    rules = world.reporting
    unit, day, reporter, kind = _arrivals(rules, people, panel, need, incident, days, chance)
    inside = (day >= days.start) & (day < days.end)
    unit, day, reporter, kind = unit[inside], day[inside], reporter[inside], kind[inside]
    cases = _followed_through(rules, need, unit, day, reporter, kind, chance)
    return _with_follow_up(rules, cases, chance)


def _arrivals(
    rules: Reporting,
    people: People,
    panel: Panel,
    need: TrueNeed,
    incident: Ints,
    days: Calendar,
    chance: Chance,
) -> tuple[Ints, Ints, npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Unit, day, reporter and kind of what comes in, year by year: an earlier report raises the rate of the next."""
    draws = chance.stream("reports")
    base = _group_score(rules, people, panel)
    earlier = np.zeros(len(people.units), dtype=bool)
    found: list[tuple[Ints, ...]] = []
    for year in range(panel.year_of(_year(days.start)), panel.shape[1]):
        rates = _rates(rules, people, panel, need, base, earlier, year)
        scale = chance.solved(f"reports.scale.{year}", _scaler(rules, rates.sum(axis=0), panel.family[:, year]))
        rates = _levelled(rules, rates, scale)
        for kind in (REPORT, ADVICE):
            mean = rates if kind == REPORT else _advice_rates(rules, rates, year, chance)
            number = draws.poisson(mean.sum(axis=0))
            unit = np.repeat(np.arange(len(number)), number)
            reporter = _pick(mean, unit, draws)
            day = _days(rules, panel, incident, unit, reporter, year, draws)
            found.append((unit, day, reporter, np.full(len(unit), kind)))
            if kind == REPORT:
                earlier = earlier | (number > 0)
    unit, day, reporter, kinds = (np.concatenate(part) for part in zip(*found, strict=True))
    return unit, day, reporter.astype(np.int8), kinds.astype(np.int8)


def _year(day: int) -> int:
    return int(np.datetime64(day, "D").astype("datetime64[Y]").astype(int)) + 1970


def _group_score(rules: Reporting, people: People, panel: Panel) -> Singles:
    """What groups a family belongs to does to its rate: the bias that an audit may find."""
    units = people.units
    origin = units.origin[:, MOTHER]
    fixed = rules.outside_europe * (origin == 2) + rules.europe * (origin == 1)
    fixed = fixed + rules.low_education * (units.education[:, MOTHER] == 0)
    score = rules.single * panel.single + rules.children * np.maximum(panel.minors.astype(np.float32) - 2, 0)
    return np.asarray(fixed[:, None] + score, dtype=np.float32)


def _rates(
    rules: Reporting, people: People, panel: Panel, need: TrueNeed, base: Singles, earlier: Flags, year: int
) -> npt.NDArray[np.float64]:
    """Rate of every reporter for every unit in a year without the common scale, shape (reporters, units)."""
    level = need.of_family[:, year - 1]
    seen = base[:, year] + rules.need["milder"] * (level == MILDER) + rules.need["need"] * (level == NEED)
    seen = seen + rules.earlier * earlier + _contacts(rules.contacts, panel, year)
    common = np.where(panel.family[:, year], np.exp(seen), 0)
    rates = np.empty((len(rules.reporters), len(common)))
    for row, reporter in enumerate(rules.reporters.values()):
        score = reporter.policing * panel.policing[:, year] + _contacts(reporter.contacts, panel, year)
        rates[row] = reporter.share * common * np.exp(score)
    return rates


def _contacts(weights: Mapping[str, float], panel: Panel, year: int) -> npt.NDArray[np.float64]:
    total = np.zeros(panel.shape[0])
    for name, weight in weights.items():
        total += weight * panel.states[name][:, year]
    return total


def _scaler(rules: Reporting, rate: npt.NDArray[np.float64], family: Flags) -> Callable[[], float]:
    return lambda: _scale(rules, rate, family)


def _scale(rules: Reporting, rate: npt.NDArray[np.float64], family: Flags) -> float:
    """The factor with which the world's share of families has a report in the year."""
    rate = rate[family]
    low, high = -20.0, 5.0
    for _ in range(30):
        middle = (low + high) / 2
        scaled = np.exp(middle) * rate
        share = float(-np.expm1(-scaled / (1 + scaled / rules.most_per_year)).mean()) if len(rate) else 0.0
        low, high = (middle, high) if share < rules.families_per_year else (low, middle)
    return float(np.exp((low + high) / 2))


def _levelled(rules: Reporting, rates: npt.NDArray[np.float64], scale: float) -> npt.NDArray[np.float64]:
    """Scaled rates whose sum over reporters levels off."""
    return np.asarray(rates * scale / (1 + rates.sum(axis=0) * scale / rules.most_per_year))


def _advice_rates(
    rules: Reporting, rates: npt.NDArray[np.float64], year: int, chance: Chance
) -> npt.NDArray[np.float64]:
    """Police does not ask for advice; the others do so often that advices per report come out."""
    asks = np.array([name != _POLICE for name in rules.reporters])
    advice = rates * asks[:, None]
    scale = chance.solved(
        f"reports.advice.{year}", lambda: rules.advice_per_report * float(rates.sum()) / max(float(advice.sum()), 1e-9)
    )
    return np.asarray(advice * scale)


def _pick(mean: npt.NDArray[np.float64], unit: Ints, draws: np.random.Generator) -> Ints:
    ladder = np.cumsum(mean[:, unit], axis=0)
    chosen = draws.random(len(unit)) * (ladder[-1] if len(ladder) else 1.0)
    return np.asarray(np.minimum((chosen[None, :] >= ladder).sum(axis=0), len(mean) - 1))


def _days(
    rules: Reporting, panel: Panel, incident: Ints, unit: Ints, reporter: Ints, year: int, draws: np.random.Generator
) -> Ints:
    """A day in the year; police reports an incident within days."""
    begin, width = panel.years[year], panel.years[year + 1] - panel.years[year]
    day = begin + np.floor(draws.random(len(unit)) * width).astype(np.int64)
    known = incident[unit, year]
    soon = known + np.floor(draws.exponential(2.0, len(unit))).astype(np.int64)
    police = reporter == list(rules.reporters).index(_POLICE)
    after = police & (known < NEVER) & (draws.random(len(unit)) < rules.incident_reported_at_once)
    return np.asarray(np.where(after, soon, day))


def _followed_through(
    rules: Reporting,
    need: TrueNeed,
    unit: Ints,
    day: Ints,
    reporter: npt.NDArray[np.int8],
    kind: npt.NDArray[np.int8],
    chance: Chance,
) -> Cases:
    """Safety assessment, investigation, outcome and closing of every case."""
    draws = chance.stream("reports.followed")
    count = len(unit)
    position = np.clip(np.searchsorted(need.dates, day, side="right") - 1, 0, len(need.dates) - 1)
    level = need.of_family[unit, position]
    report = kind == REPORT
    triage = day + _triage_days(rules, count, draws)
    looked = report & (draws.random(count) < rules.investigated + rules.investigated_with_need * (level - 0.5))
    length = rules.investigation_days["mean"] + rules.investigation_days["sd"] * draws.standard_normal(count)
    investigation = triage + np.maximum(np.round(length), 14).astype(np.int64)
    watched = looked & (draws.random(count) < rules.monitored["share"])
    closed = np.where(looked, investigation, triage) + 7
    closed = closed + np.where(watched, np.round(draws.exponential(rules.monitored["days"], count)), 0).astype(np.int64)
    return Cases(
        unit=unit,
        kind=kind,
        start=day,
        recorded=day + np.floor(draws.exponential(rules.lag["mean"], count)).astype(np.int64),
        reporter=reporter,
        follow_up=np.zeros(count, dtype=bool),
        triage=np.where(report, triage, NEVER),
        investigation=np.where(looked, investigation, NEVER),
        closed=np.where(report, closed, day),
        outcome=_outcomes(rules, looked, level, int(report.sum()), chance),
        school_informed=draws.random(count) < rules.school_informed,
        need=level,
    )


def _triage_days(rules: Reporting, count: int, draws: np.random.Generator) -> Ints:
    """Days until the safety assessment is done: within the legal term, or late."""
    late = draws.random(count) < rules.triage["late"]
    wait = rules.triage["days"] + draws.exponential(rules.triage["late_days"], count)
    return 1 + np.floor(np.where(late, wait, draws.random(count) * rules.triage["days"])).astype(np.int64)


def _outcomes(
    rules: Reporting, looked: Flags, level: npt.NDArray[np.int8], reports: int, chance: Chance
) -> npt.NDArray[np.int8]:
    """Outcome of an investigation; the share refuted is of all reports."""
    confirmed = rules.confirmed_when_investigated["base"] + rules.confirmed_when_investigated["need"] * (level == NEED)
    seldom = np.where(level == NEED, rules.refuted_with_need, 1.0)
    refuted = seldom * chance.solved(
        "reports.refuted",
        lambda: rules.refuted / (1 - rules.follow_up) * reports / max(float(seldom[looked].sum()), 1.0),
    )
    drawn = chance.stream("reports.outcomes").random(len(looked))
    outcome = np.where(drawn < confirmed, 0, np.where(drawn > 1 - np.minimum(refuted, 1 - confirmed), 2, 1))
    return np.where(looked, outcome, -1).astype(np.int8)


def _with_follow_up(rules: Reporting, cases: Cases, chance: Chance) -> Cases:
    """Set apart what comes in during open involvement, and add more of it until its share comes out."""
    draws = chance.stream("reports.follow_up")
    cases = _marked(cases)
    new = np.flatnonzero((cases.kind == REPORT) & ~cases.follow_up)
    have = int(((cases.kind == REPORT) & cases.follow_up).sum())
    wanted = rules.follow_up / (1 - rules.follow_up) * len(new)
    length = (cases.closed - cases.start)[new]
    weight = length * np.exp(rules.follow_up_with_need * cases.need[new]) if len(new) else length
    mean = weight * chance.solved("reports.follow_up", lambda: max(wanted - have, 0) / max(float(weight.sum()), 1.0))
    origin = np.repeat(new, draws.poisson(mean))
    more = cases.only(origin)
    wait = 1 + np.floor(draws.random(len(origin)) * (more.closed - more.start - 1)).astype(np.int64)
    shift = more.start + wait
    reporter = cases.reporter[new[draws.integers(0, max(len(new), 1), len(origin))]] if len(new) else more.reporter
    triage = shift + _triage_days(rules, len(origin), draws)
    added = Cases(
        **{name: getattr(more, name) for name in ("unit", "kind", "school_informed", "need")},
        start=shift,
        recorded=shift + (more.recorded - more.start),
        reporter=reporter,
        follow_up=np.ones(len(origin), dtype=bool),
        triage=triage,
        closed=np.maximum(more.closed, triage),
        investigation=np.full(len(origin), NEVER),
        outcome=np.full(len(origin), -1, dtype=np.int8),
    )
    names = Cases.__dataclass_fields__
    together = Cases(**{name: np.concatenate([getattr(cases, name), getattr(added, name)]) for name in names})
    return together.only(np.lexsort((together.kind, together.start, together.unit)))


def _marked(cases: Cases) -> Cases:
    """Mark reports that begin before an earlier report about the unit is closed."""
    cases = cases.only(np.lexsort((cases.kind, cases.start, cases.unit)))
    stride = 4 * NEVER
    closes = np.where(cases.kind == REPORT, cases.closed, 0) + cases.unit * stride
    busy = np.concatenate([[0], np.maximum.accumulate(closes)[:-1]]) if len(cases) else closes
    follow = (cases.kind == REPORT) & (cases.start + cases.unit * stride < busy)
    return replace(cases, follow_up=follow)


def case_states(cases: Cases, panel: Panel) -> dict[str, Flags]:
    """In which years a unit was reported, and in which an investigation confirmed it; shape (units, years)."""
    confirmed = cases.outcome == OUTCOMES.index("confirmed")
    days = {"reported": (cases.kind == REPORT, cases.start), "confirmed": (confirmed, cases.investigation)}
    states = {}
    for name, (which, day) in days.items():
        year = np.searchsorted(panel.years, day[which], side="right") - 1
        inside = year < panel.shape[1]
        states[name] = np.zeros(panel.shape, dtype=bool)
        states[name][cases.unit[which][inside], year[inside]] = True
    return states


@dataclass(frozen=True, eq=False)
class Named:
    """Cases per child: position in the cases and number of the child, in order of case and child."""

    case: Ints
    child: Ints


def name_children(rules: Reporting, people: People, cases: Cases, chance: Chance) -> Named:
    """Which minors of the family a case names: always one, each further one by chance; an advice names one."""
    draws = chance.stream("reports.children")
    children = people.children
    offsets = np.searchsorted(children.unit, np.arange(len(people.units) + 1))
    counts = (offsets[1:] - offsets[:-1])[cases.unit]
    case = np.repeat(np.arange(len(cases)), counts)
    child = offsets[cases.unit][case] + np.arange(len(case)) - np.repeat(np.cumsum(counts) - counts, counts)
    day = cases.start[case]
    gone = np.minimum(people.life_end[people.first_child :], children.birth + round(ADULT * YEAR))
    here = (children.birth[child] <= day) & (day < gone[child])
    case, child = case[here], child[here]
    order = np.lexsort((draws.random(len(case)), case))
    case, child = case[order], child[order]
    first = np.concatenate([[True], case[1:] != case[:-1]]) if len(case) else np.zeros(0, dtype=bool)
    further = (cases.kind[case] == REPORT) & (draws.random(len(case)) < rules.per_child)
    case, child = case[first | further], child[first | further]
    order = np.lexsort((child, case))
    return Named(case[order], child[order])
