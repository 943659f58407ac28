"""Reports of every year in turn, and the knobs: how far need raises reporting, and how far earlier reports do.

A knob is solved on the rehearsal by going through the years again and again, with the same luck, until what was
published (or what the world asks for) comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from riskscreen.synthetic.intervals import Flags, Floats, Ints
from riskscreen.synthetic.lives.panel import Panel, Singles
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ADULT, YEAR
from riskscreen.synthetic.reporting.report_rates import (
    NEED_LEVEL,
    Effects,
    Homes,
    Levels,
    Seen,
    homes_of,
    levelled,
    lift_of,
    look,
    multipliers,
    new_only,
    numbers,
)
from riskscreen.synthetic.reporting.reporting_settings import Reporting
from riskscreen.synthetic.streams import Chance, Constants

REFERENCE_YEARS = (2022, 2023, 2024)  # the year of the published shares, and those beside it for a steadier sum
_TURNS = 25
_CLOSE = 0.004  # on the log odds
_TOO_FAR = 0.05
_GAIN = {"need": 0.6, "number": 1.0, "earlier": 1.9, "tendency": 1.5}  # first turn of a knob per unit that lacks
_LEAST = {"need": 0.0, "number": -20.0, "earlier": -20.0, "tendency": 0.1}


@dataclass(frozen=True, eq=False)
class Watch:
    """Everything about families that reporting depends on, and the luck of each family in each year.

    ``luck`` has shape (units, years), ``fate`` (was it reported before the simulated years?) and ``tendency`` (units,).
    """

    rules: Reporting
    people: People
    panel: Panel
    homes: Homes
    years: tuple[Seen, ...]
    luck: Singles
    fate: Singles
    tendency: Singles
    on_file_from: int  # first position of a year whose reports are in the registers


@dataclass(frozen=True, eq=False)
class Arrived:
    """What comes in in one year: rates by profession and family, and numbers by family, before days are drawn."""

    seen: Seen
    rates: Floats
    number: Ints
    on_file: Flags


def make_watch(rules: Reporting, people: People, panel: Panel, history_start: int, chance: Chance) -> Watch:
    """Look at every family in every year."""
    homes = homes_of(people)
    draws = chance.stream("reports.tendency")
    count = len(people.units)
    return Watch(
        rules=rules,
        people=people,
        panel=panel,
        homes=homes,
        years=look(rules, people, panel, homes),
        luck=chance.stream("reports.number").random(panel.shape, dtype=np.float32),
        fate=draws.random(count, dtype=np.float32),
        tendency=draws.standard_normal(count, dtype=np.float32),
        on_file_from=int(np.searchsorted(panel.years, history_start)),
    )


def calendar_year(panel: Panel, year: int) -> int:
    """The calendar year of a position in the panel."""
    return int(np.datetime64(int(panel.years[year]), "D").astype("datetime64[Y]").astype(int)) + 1970


def arrivals(watch: Watch, effects: Effects, chance: Chance) -> list[Arrived]:
    """Go through the years: a report raises the rate of the next."""
    rules, panel = watch.rules, watch.panel
    known = _known_before(watch, effects, chance)
    on_file = np.zeros(len(known), dtype=bool)
    found = []
    for seen in watch.years:
        year = calendar_year(panel, seen.year)
        lift = lift_of(seen, effects, watch.tendency, known)
        multiplier = multipliers(rules, seen, lift, effects.number, str(year), year, chance)
        rates = levelled(rules, seen, lift, multiplier)
        number = numbers(rates.sum(axis=0), watch.luck[seen.rows, seen.year])
        found.append(Arrived(seen, rates, number, on_file[seen.rows]))
        reported = seen.rows[number > 0]
        known[reported] = True
        on_file[reported] = seen.year >= watch.on_file_from
    return found


def _known_before(watch: Watch, effects: Effects, chance: Chance) -> Flags:
    """Who was reported before the simulated years: as if what holds in the first one had held since a first child."""
    rules, seen, homes = watch.rules, watch.years[0], watch.homes
    nobody = np.zeros(len(homes.first), dtype=bool)
    lift = lift_of(seen, effects, watch.tendency, nobody)
    year = calendar_year(watch.panel, seen.year)
    multiplier = multipliers(rules, seen, lift, effects.number, "before", year, chance)
    rate = levelled(rules, seen, lift, multiplier).sum(axis=0)
    past = (watch.panel.years[seen.year] - homes.first[seen.rows]) / YEAR
    exposed = np.clip(past, 0, rules.recurrence.memory_years)
    known = nobody.copy()
    known[seen.rows] = watch.fate[seen.rows] < -np.expm1(-rate * exposed)
    return known


def effects_of(watch: Watch, chance: Chance) -> Effects:
    """The effects of the world: those it gives, and those that are solved on the rehearsal."""
    rules = watch.rules
    start = Effects(
        need=(0.0, rules.need["milder"], rules.need["need"]),
        earlier=rules.recurrence.earlier if rules.recurrence.earlier is not None else 1.0,
        tendency=rules.recurrence.tendency if rules.recurrence.tendency is not None else 1.0,
        number=0.0,
    )
    wanted = _wanted(rules)
    found: list[dict[str, float]] = []

    def solved(knob: str) -> Callable[[], float]:
        def solve() -> float:
            if not found:
                found.append(_tuned(watch, start, wanted, chance))
            return found[0][knob]

        return solve

    return _with(start, {knob: chance.solved(f"reports.{knob}", solved(knob)) for knob in sorted(wanted)})


def _wanted(rules: Reporting) -> dict[str, float]:
    """What must come out, by the knob that is solved for it."""
    wanted = {}
    if rules.detection is not None:
        wanted["need" if rules.detection_by == "weight" else "number"] = rules.detection
    for knob in ("earlier", "tendency"):
        if getattr(rules.recurrence, knob) is None:
            wanted[knob] = rules.recurrence.share
    return wanted


def _with(start: Effects, knobs: dict[str, float]) -> Effects:
    """Effects with knobs turned; ``need`` multiplies the weight of need, not that of milder need."""
    none, milder, full = start.need
    times = knobs.get("need", 1.0)
    others = {name: value for name, value in knobs.items() if name != "need"}
    return replace(start, need=(none, milder, full * times), **others)


def _tuned(watch: Watch, start: Effects, wanted: dict[str, float], chance: Chance) -> dict[str, float]:
    """Knobs with which everything wanted comes out, each turned by what is still lacking on the log odds."""
    knobs = {knob: 1.0 if knob == "need" else float(getattr(start, knob)) for knob in wanted}
    lacking = _lacking(watch, _with(start, knobs), wanted, chance)
    gains = dict(_GAIN)
    for _ in range(_TURNS):
        if max(map(abs, lacking.values()), default=0.0) < _CLOSE:
            break
        before, lacked = knobs, lacking
        knobs = {knob: max(value + gains[knob] * lacking[knob], _LEAST[knob]) for knob, value in before.items()}
        lacking = _lacking(watch, _with(start, knobs), wanted, chance)
        gains = {knob: _gain(knob, knobs[knob] - before[knob], lacked[knob] - lacking[knob]) for knob in knobs}
    for knob, lack in lacking.items():
        if abs(lack) > _TOO_FAR:
            chance.constants.faults.append(_far(knob, wanted[knob], lack))
    return knobs


def _far(knob: str, aim: float, lack: float) -> str:
    """What the world asks for in vain, and what comes out."""
    reached = 1 / (1 + np.exp(lack - _log_odds(aim)))
    if knob in ("need", "number"):
        way = "; lower it, or set reporting.detection_by: number" if knob == "need" else "; lower it"
        return f"reporting.detection: {aim:.3g} cannot be reached, {reached:.3g} comes out{way}"
    return f"reporting.recurrence: a share of {aim:.3g} reported again cannot be reached, {reached:.3g} comes out"


def _lacking(watch: Watch, effects: Effects, wanted: dict[str, float], chance: Chance) -> dict[str, float]:
    """What is wanted less what comes out, on the log odds, by knob; constants of these turns are not kept."""
    got = measured(watch, arrivals(watch, effects, Chance(chance.seed, chance.place, Constants())))
    return {knob: _log_odds(aim) - _log_odds(_of(got, knob)) for knob, aim in wanted.items()}


def _gain(knob: str, turned: float, won: float) -> float:
    """How far to turn a knob per unit that lacks: as far as it took last time (the secant), within reason."""
    usual = _GAIN[knob]
    return float(np.clip(turned / won, usual / 3, usual * 8)) if turned * won > 0 else usual


def _log_odds(share: float) -> float:
    inside = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))


@dataclass(frozen=True)
class Measured:
    """What comes out in the reference years.

    ``detection``: share of children in need on 1 January about whom there is a new report in the year. ``again``: share
    of new reports about a family with an earlier report in the registers.
    """

    detection: float
    again: float


def _of(got: Measured, knob: str) -> float:
    return got.detection if knob in ("need", "number") else got.again


def measured(watch: Watch, years: list[Arrived]) -> Measured:
    """Expected shares in the reference years, given who was reported before them."""
    chosen = [came for came in years if calendar_year(watch.panel, came.seen.year) in REFERENCE_YEARS]
    chances = np.concatenate([_of_children_in_need(watch, came) for came in chosen])
    first = new = 0.0
    for came in chosen:
        total = came.rates.sum(axis=0)
        first += float(-np.expm1(-total[~came.on_file]).sum())
        new += float(new_only(watch.rules, total).sum())
    return Measured(float(chances.mean()) if len(chances) else 0.0, 1 - first / max(new, 1e-9))


def _of_children_in_need(watch: Watch, came: Arrived) -> Floats:
    """Chance of a new report in the year for every child in need on 1 January."""
    panel, rules = watch.panel, watch.rules
    children, seen = watch.people.children, came.seen
    if panel.child_need is None:
        return np.zeros(0)
    rate = np.zeros(panel.shape[0])
    rate[seen.rows] = new_only(rules, came.rates.sum(axis=0))
    level = panel.child_need[:, seen.year]
    minor = _minors_on(watch, panel.years[seen.year])
    weight = np.where(minor, naming_weight(rules, level), 0.0)
    whole = np.bincount(children.unit, weights=weight, minlength=panel.shape[0])
    needy = np.flatnonzero(minor & (level == NEED_LEVEL))
    first = weight[needy] / whole[children.unit[needy]]
    return np.asarray(-np.expm1(-rate[children.unit[needy]] * (first + (1 - first) * rules.per_child)))


def _minors_on(watch: Watch, day: int) -> Flags:
    people = watch.people
    gone = np.minimum(people.life_end[people.first_child :], people.children.birth + round(ADULT * YEAR))
    return np.asarray((people.life_start[people.first_child :] <= day) & (gone > day))


def naming_weight(rules: Reporting, level: Levels) -> Floats:
    """How likely a child is to be the one whom a report is about, against the other children of the family."""
    return np.where(level == NEED_LEVEL, rules.named_in_need, 1.0)
