"""Reports and advices at the centre, and what follows: a process of its own, apart from need.

How often who reports whom is in ``report_rates`` and ``report_knobs``. Here reports get their days, a safety
assessment, sometimes an investigation, an end of involvement, and the follow-up reports during it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, YEAR, Calendar
from riskscreen.synthetic.reporting.report_knobs import (
    Arrived,
    Watch,
    arrivals,
    calendar_year,
    effects_of,
    make_watch,
    naming_weight,
)
from riskscreen.synthetic.reporting.report_rates import NEED_LEVEL, levels, numbers, targets
from riskscreen.synthetic.reporting.reporting_settings import Reporting, Term
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

OUTCOMES = ("confirmed", "not_confirmed", "refuted")
CONFIRMED, NOT_CONFIRMED, REFUTED, NO_FINDING = 0, 1, 2, -1
REPORT, ADVICE = 0, 1
REPORT_KINDS = ("report", "advice")
WORK_WEEK = 7  # calendar days of the five working days for a safety assessment
_POLICE = "police"
_SHORTEST_INVESTIGATION = 14


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

    def since(self, day: int) -> Cases:
        """Cases that came in on a day or later."""
        return self.only(self.start >= day)

    def sorted(self) -> Cases:
        """In order of unit, day and kind."""
        return self.only(np.lexsort((self.kind, self.start, self.unit)))


def make_cases(
    world: World, geography: Geography, people: People, panel: Panel, incident: Ints, days: Calendar, chance: Chance
) -> Cases:
    """Draw every report and advice of the simulated years, also of those before the registers begin.

    Parameters
    ----------
    incident
        Day of the first domestic-violence incident per unit and year, ``NEVER`` for none, shape (units, years).
    """
    rules = world.reporting
    watch = make_watch(rules, people, panel, days.start, chance)
    years = arrivals(watch, effects_of(watch, chance), chance)
    came = [*_reports(watch, years, incident, chance), *_advices(watch, years, chance)]
    unit, day, reporter, kind = _together(came)
    kept = day < days.end
    cases = _followed_through(rules, panel, unit[kept], day[kept], reporter[kept], kind[kept], chance)
    cases = _with_follow_up(rules, panel, geography, _marked(cases), chance)
    return cases.only(cases.start < days.end).sorted()


_Came = tuple[Ints, Ints, Ints, Ints]


def _together(parts: Iterable[_Came]) -> tuple[Ints, Ints, npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    unit, day, reporter, kind = (np.concatenate(part) for part in zip(*parts, strict=True))
    return unit, day, reporter.astype(np.int8), kind.astype(np.int8)


def _reports(watch: Watch, years: list[Arrived], incident: Ints, chance: Chance) -> Iterable[_Came]:
    draws = chance.stream("reports")
    for came in years:
        row = np.repeat(np.arange(len(came.number)), came.number)
        unit = came.seen.rows[row]
        reporter = _pick(came.rates, row, draws)
        day = _days(watch, unit, came.seen.year, draws)
        soon = _after_incident(watch.rules, incident[unit, came.seen.year], unit, reporter, draws)
        inside = (watch.homes.first[unit] <= soon) & (soon < watch.homes.last[unit])
        day = np.where(inside, soon, day)
        yield unit, day, reporter, np.full(len(unit), REPORT)


def _advices(watch: Watch, years: list[Arrived], chance: Chance) -> Iterable[_Came]:
    """Those who ask for advice do so about the families that they would report."""
    draws = chance.stream("reports.advices")
    for came in years:
        rates = came.rates * _advice_factors(watch, came, chance)[:, None]
        luck = np.asarray(draws.random(rates.shape[1], dtype=np.float32), dtype=np.float32)
        number = numbers(rates.sum(axis=0), luck)
        row = np.repeat(np.arange(len(number)), number)
        unit = came.seen.rows[row]
        yield unit, _days(watch, unit, came.seen.year, draws), _pick(rates, row, draws), np.full(len(unit), ADVICE)


def _advice_factors(watch: Watch, came: Arrived, chance: Chance) -> Floats:
    """Advices per report of each profession, so that the number of advices of the year comes out."""
    year = calendar_year(watch.panel, came.seen.year)
    wanted = targets(watch.rules, "advices", year, came.seen.minors)
    have = came.rates.sum(axis=1)
    factors = np.where(have > 0, wanted / np.where(have > 0, have, 1), 0.0).tolist()
    names = [f"reports.advice.{year}.{who}" for who in watch.rules.reporters]
    return np.array([chance.solved(name, partial(float, factor)) for name, factor in zip(names, factors, strict=True)])


def _pick(rates: Floats, row: Ints, draws: np.random.Generator) -> Ints:
    """Who reports, given that somebody does."""
    ladder = np.cumsum(rates[:, row], axis=0)
    chosen = draws.random(len(row)) * (ladder[-1] if len(ladder) else 1.0)
    return np.asarray(np.minimum((chosen[None, :] >= ladder).sum(axis=0), len(rates) - 1))


def _days(watch: Watch, unit: Ints, year: int, draws: np.random.Generator) -> Ints:
    """A day in the year on which the family has a minor."""
    begin = np.maximum(watch.panel.years[year], watch.homes.first[unit])
    end = np.minimum(watch.panel.years[year + 1], watch.homes.last[unit])
    return np.asarray(begin + np.floor(draws.random(len(unit)) * (end - begin)).astype(np.int64))


def _after_incident(rules: Reporting, known: Ints, unit: Ints, reporter: Ints, draws: np.random.Generator) -> Ints:
    """Day on which the police reports an incident, within days of it; ``2 * NEVER`` for other reports."""
    soon = known + np.floor(draws.exponential(2.0, len(unit))).astype(np.int64)
    police = np.flatnonzero(reporter == (list(rules.reporters).index(_POLICE) if _POLICE in rules.reporters else -1))
    first = np.zeros(len(unit), dtype=bool)
    first[police[np.unique(unit[police], return_index=True)[1]]] = True
    after = first & (known < NEVER) & (draws.random(len(unit)) < rules.incident_reported_at_once)
    return np.where(after, soon, 2 * NEVER)


def _followed_through(
    rules: Reporting,
    panel: Panel,
    unit: Ints,
    day: Ints,
    reporter: npt.NDArray[np.int8],
    kind: npt.NDArray[np.int8],
    chance: Chance,
) -> Cases:
    """Safety assessment, investigation, outcome and closing of every case, as if it were new."""
    draws = chance.stream("reports.followed")
    count = len(unit)
    level = level_on(panel, unit, day)
    report = kind == REPORT
    triage = day + _term_days(rules.triage, count, draws)
    chances = _investigated(rules, level, report, chance)
    looked = draws.random(count) < chances
    taken = np.maximum(_term_days(rules.investigation.term, count, draws), _SHORTEST_INVESTIGATION)
    investigation = triage + taken
    onward = np.round(draws.exponential(rules.followed_on.days, count)).astype(np.int64)
    onward = np.where(draws.random(count) < rules.followed_on.share, onward, 0)
    watched = np.round(draws.exponential(rules.monitored.days, count)).astype(np.int64)
    watched = np.where(draws.random(count) < rules.monitored.share, watched, 0)
    closed = np.where(looked, investigation, triage + onward) + WORK_WEEK + watched
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
        outcome=np.where(looked, _findings(rules, level, chances, chance), NO_FINDING).astype(np.int8),
        school_informed=draws.random(count) < rules.school_informed,
        need=level,
    )


def level_on(panel: Panel, unit: Ints, day: Ints) -> npt.NDArray[np.int8]:
    """Level of need of families on the last 1 January before a day (the last one that there is)."""
    year = np.clip(np.searchsorted(panel.years, day, side="right") - 1, 0, panel.shape[1] - 1)
    return np.asarray(levels(panel)[unit, year])


def _term_days(term: Term, count: int, draws: np.random.Generator) -> Ints:
    """Days that something takes: within its legal term, or late."""
    late = draws.random(count) < term.late
    wait = term.days + draws.exponential(term.late_days, count)
    return 1 + np.floor(np.where(late, wait, draws.random(count) * term.days)).astype(np.int64)


def _investigated(rules: Reporting, level: npt.NDArray[np.int8], report: Flags, chance: Chance) -> Floats:
    """Chance of an investigation; the share investigated is of all reports, follow-ups as well."""
    odds = np.where(report, np.exp(rules.investigation.with_need * level), 0.0)
    wanted = rules.investigation.share / (1 - rules.follow_up.share)
    scale = chance.solved("reports.investigated", lambda: wanted * report.sum() / max(float(odds.sum()), 1e-9))
    return np.minimum(odds * scale, 1.0)


def _findings(rules: Reporting, level: npt.NDArray[np.int8], chances: Floats, chance: Chance) -> Ints:
    """What an investigation finds; some are broken off and find nothing."""
    found = rules.investigation
    needy = level == NEED_LEVEL
    score = found.confirmed_with_need * needy
    constant = chance.solved("reports.confirmed", lambda: _constant(score, chances, found.part("confirmed")))
    confirmed = 1 / (1 + np.exp(-(constant + score)))
    seldom = np.where(needy, found.refuted_with_need, 1.0)
    mean = chance.solved("reports.refuted", lambda: float(np.average(seldom, weights=np.maximum(chances, 1e-9))))
    scale = found.part("refuted") / mean
    refuted = np.minimum(seldom * scale, 1 - confirmed)
    draws = chance.stream("reports.outcomes")
    drawn, finished = draws.random(len(level)), draws.random(len(level)) < found.finished
    outcome = np.where(drawn < confirmed, CONFIRMED, np.where(drawn > 1 - refuted, REFUTED, NOT_CONFIRMED))
    return np.where(finished, outcome, NO_FINDING)


def _constant(score: Floats, weight: Floats, share: float) -> float:
    """The constant of a log-odds score with which the weighted mean chance is a share."""
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        mean = float(np.average(1 / (1 + np.exp(-(middle + score))), weights=np.maximum(weight, 1e-9)))
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2


def _marked(cases: Cases) -> Cases:
    """Set apart reports that come in before an earlier report about the unit is closed.

    They are not investigated apart, and the centre may stay involved for longer.
    """
    cases = cases.sorted()
    stride = 4 * NEVER
    closes = np.where(cases.kind == REPORT, cases.closed, 0) + cases.unit * stride
    busy = np.concatenate([[0], np.maximum.accumulate(closes)[:-1]]) if len(cases) else closes
    follow = (cases.kind == REPORT) & (cases.start + cases.unit * stride < busy)
    return replace(
        cases,
        follow_up=follow,
        investigation=np.where(follow, NEVER, cases.investigation),
        outcome=np.where(follow, NO_FINDING, cases.outcome).astype(np.int8),
        closed=np.where(follow, np.maximum(cases.closed, busy - cases.unit * stride), cases.closed),
    )


def _with_follow_up(rules: Reporting, panel: Panel, geography: Geography, cases: Cases, chance: Chance) -> Cases:
    """Add reports during involvement until their share of the province comes out."""
    draws = chance.stream("reports.follow_up")
    new = np.flatnonzero((cases.kind == REPORT) & ~cases.follow_up)
    length = (cases.closed - cases.start)[new]
    weight = length * np.exp(rules.follow_up.with_need * cases.need[new])
    have = int(((cases.kind == REPORT) & cases.follow_up).sum())
    have_each = chance.solved("reports.follow_up.marked", lambda: have / max(len(new), 1))
    usual = chance.solved("reports.follow_up.weight", lambda: float(weight.mean()) if len(new) else 1.0)
    share = _province_share(rules, panel, geography, cases.unit[new], cases.start[new])
    wanted = np.maximum(share / (1 - share) - have_each, 0)
    parent = np.repeat(new, draws.poisson(weight / usual * wanted))
    added = _followed_up(rules, panel, cases.only(parent), draws)
    names = Cases.__dataclass_fields__
    return Cases(**{name: np.concatenate([getattr(cases, name), getattr(added, name)]) for name in names})


def _province_share(rules: Reporting, panel: Panel, geography: Geography, unit: Ints, day: Ints) -> Floats:
    """Share of follow-ups among the reports of the province where the family lives."""
    known = rules.follow_up
    by_municipality = np.array([known.provinces.get(at.province or "", known.share) for at in geography.municipalities])
    year = np.clip(np.searchsorted(panel.years, day, side="right") - 1, 0, panel.shape[1] - 1)
    return np.asarray(by_municipality[geography.municipality[panel.area[unit, year]]])


def _followed_up(rules: Reporting, panel: Panel, parent: Cases, draws: np.random.Generator) -> Cases:
    """Reports during the involvement that followed their parents, mostly soon after."""
    count, scale = len(parent), rules.follow_up.wait_days
    open_days = np.maximum(parent.closed - parent.start - 1, 1)
    within = -np.expm1(-open_days / scale)
    wait = 1 + np.floor(np.minimum(-scale * np.log1p(-draws.random(count) * within), open_days - 1)).astype(np.int64)
    start = parent.start + np.minimum(wait, open_days)
    triage = start + _term_days(rules.triage, count, draws)
    return replace(
        parent,
        start=start,
        recorded=start + (parent.recorded - parent.start),
        reporter=_usual_reporters(rules, panel, start, draws),
        follow_up=np.ones(count, dtype=bool),
        triage=triage,
        closed=np.maximum(parent.closed, triage),
        investigation=np.full(count, NEVER),
        outcome=np.full(count, NO_FINDING, dtype=np.int8),
    )


def _usual_reporters(rules: Reporting, panel: Panel, day: Ints, draws: np.random.Generator) -> npt.NDArray[np.int8]:
    """Reporters in the shares of the year."""
    year = np.clip(np.searchsorted(panel.years, day, side="right") - 1, 0, panel.shape[1] - 1)
    by_year = [targets(rules, "reports", calendar_year(panel, at), 1) for at in range(panel.shape[1])]
    ladder = np.cumsum(by_year, axis=1) / np.sum(by_year, axis=1, keepdims=True)
    drawn = draws.random(len(day))
    chosen = (drawn[:, None] >= ladder[year]).sum(axis=1)
    return np.asarray(np.minimum(chosen, len(rules.reporters) - 1), dtype=np.int8)


def case_states(cases: Cases, panel: Panel) -> dict[str, Flags]:
    """In which years a unit was reported, and in which an investigation confirmed it; shape (units, years)."""
    confirmed = cases.outcome == CONFIRMED
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


def name_children(rules: Reporting, people: People, panel: Panel, cases: Cases, chance: Chance) -> Named:
    """Which minors of the family a case names: always one, sooner one in need; each further one by chance.

    An advice names one.
    """
    draws = chance.stream("reports.children")
    children = people.children
    offsets = np.searchsorted(children.unit, np.arange(len(people.units) + 1))
    counts = (offsets[1:] - offsets[:-1])[cases.unit]
    case = np.repeat(np.arange(len(cases)), counts)
    child = offsets[cases.unit][case] + np.arange(len(case)) - np.repeat(np.cumsum(counts) - counts, counts)
    day = cases.start[case]
    gone = np.minimum(people.life_end[people.first_child :], children.birth + round(ADULT * YEAR))
    here = (people.life_start[people.first_child + child] <= day) & (day < gone[child])
    case, child = case[here], child[here]
    turn = draws.exponential(1.0, len(case)) / naming_weight(rules, _levels_of(panel, child, cases.start[case]))
    order = np.lexsort((turn, case))
    case, child = case[order], child[order]
    first = np.concatenate([[True], case[1:] != case[:-1]]) if len(case) else np.zeros(0, dtype=bool)
    further = (cases.kind[case] == REPORT) & (draws.random(len(case)) < rules.per_child)
    case, child = case[first | further], child[first | further]
    order = np.lexsort((child, case))
    return Named(case[order], child[order])


def _levels_of(panel: Panel, child: Ints, day: Ints) -> npt.NDArray[np.int8]:
    levels(panel)  # need was drawn
    year = np.clip(np.searchsorted(panel.years, day, side="right") - 1, 0, panel.shape[1] - 1)
    return np.zeros(len(child), dtype=np.int8) if panel.child_need is None else panel.child_need[child, year]
