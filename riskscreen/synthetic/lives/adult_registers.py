"""Registers about adults: income, debt, housing, care, justice and the parents' own youth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from riskscreen.synthetic.intervals import NEVER, Ints, gaps, merged
from riskscreen.synthetic.lives.circumstances import Events, clipped, doubled, joined, registered
from riskscreen.synthetic.lives.panel import Panel
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.registry import recorded_from
from riskscreen.synthetic.lives.units import MOTHER, PARTNER, YEAR, Calendar
from riskscreen.synthetic.sheets import Maker, Rows, Sheet, known, lagged, spell_sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_OWN_YOUTH = ("youth_care", "protection", "report")


def circumstance_sheets(
    world: World, people: People, events: Mapping[str, Events], days: Calendar, maker: Maker, chance: Chance
) -> list[Sheet]:
    """One register per name in the world's circumstances, except those that need more than their events."""
    by_register: dict[str, list[str]] = {}
    for name, what in world.circumstances.items():
        if what.register_ not in (None, "income", "debt", "housing"):
            by_register.setdefault(str(what.register_), []).append(name)
    return [
        _sheet(world, people, events, register, names, days, maker, chance) for register, names in by_register.items()
    ]


def _sheet(
    world: World,
    people: People,
    events: Mapping[str, Events],
    register: str,
    names: Sequence[str],
    days: Calendar,
    maker: Maker,
    chance: Chance,
) -> Sheet:
    draws = chance.stream(f"registers.{register}")
    parts, kinds = _with_kinds(world, people, events, names, draws)
    rows = joined_rows([_lagged(part, world.circumstances[name].lag, draws) for name, part in parts])
    return spell_sheet(register, known(in_history(rows, days.start), maker), kinds, maker)


def _with_kinds(
    world: World, people: People, events: Mapping[str, Events], names: Sequence[str], draws: np.random.Generator
) -> tuple[list[tuple[str, Events]], list[str]]:
    """Events of several circumstances with kinds numbered through."""
    kinds: list[str] = []
    parts: list[tuple[str, Events]] = []
    for name in names:
        what = world.circumstances[name]
        held = registered(events[name], what, draws)
        found = clipped(doubled(held, people) if what.both else held, people)
        shifted = Events(found.person, found.unit, (found.kind + len(kinds)).astype(np.int8), found.start, found.end)
        parts.append((name, shifted))
        kinds += list(what.all_kinds(name))
    return parts, kinds


def _lagged(events: Events, lag: float, draws: np.random.Generator) -> Rows:
    return lagged(events.person, events.kind, events.start, events.end, lag, draws)


def _told_together(part: Rows, whole: Rows) -> Rows:
    """Rows that are part of the spells of another circumstance are recorded with them: one source tells both."""
    keys = whole.person * 4 * NEVER + whole.start
    order = np.argsort(keys, kind="stable")
    wanted = part.person * 4 * NEVER + part.start
    if not len(order):
        return part.taken(np.zeros(len(wanted), dtype=bool))
    found = order[np.minimum(np.searchsorted(keys[order], wanted), len(order) - 1)]
    same = keys[found] == wanted
    return replace(part.taken(same), recorded=whole.recorded[found][same], end_recorded=whole.end_recorded[found][same])


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """Several sets of rows as one."""
    names = ("person", "kind", "start", "end", "recorded", "end_recorded")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    extra = {name: np.concatenate([part.extra[name] for part in parts]) for name in parts[0].extra}
    return Rows(**arrays, extra=extra)


def in_history(rows: Rows, start: int) -> Rows:
    """Leave out what was over before the history begins."""
    return rows.taken(np.asarray((rows.end >= start) & ((rows.end > rows.start) | (rows.start >= start))))


def income_sheet(
    world: World, people: People, events: Mapping[str, Events], days: Calendar, maker: Maker, chance: Chance
) -> Sheet:
    """Benefits, periods without work, low income, and work in between."""
    draws = chance.stream("registers.income")
    names = [name for name, what in world.circumstances.items() if what.register_ == "income"]
    parts, kinds = _with_kinds(world, people, events, names, draws)
    idle = joined([part for name, part in parts if world.circumstances[name].carrier == "adult"])
    person, start, end = merged(idle.person, idle.start, idle.end)
    adults = people.adults
    first = np.maximum(adults.birth + round(20 * YEAR), people.life_start[: people.first_child])
    last = np.minimum(adults.life_end, adults.birth + round(67 * YEAR))
    worker, begin, finish = gaps(first, np.maximum(first, last), person, start, end)
    rows = {name: _lagged(part, world.circumstances[name].lag, draws) for name, part in parts}
    for name in names:
        whole = world.circumstances[name].within
        if whole in rows:
            rows[name] = _told_together(rows[name], rows[whole])
    work = lagged(worker, np.full(len(worker), len(kinds)), begin, finish, 20.0, draws)
    every = joined_rows([*rows.values(), work])
    return spell_sheet("income", known(in_history(every, days.start), maker), [*kinds, "work"], maker)


def debt_sheet(
    world: World, people: People, events: Mapping[str, Events], days: Calendar, maker: Maker, chance: Chance
) -> Sheet:
    """Spells that debt problems leave, and signals of arrears with their source."""
    draws = chance.stream("registers.debt")
    forms = list(world.debt_forms)
    problem = events["debt_problem"]
    chosen = draws.random((len(problem), len(forms))) < np.array([world.debt_forms[form].share for form in forms])
    chosen[~chosen.any(axis=1), 0] = True  # every registered debt problem shows in one form at least
    parts = []
    for position, form in enumerate(forms):
        rule, on = world.debt_forms[form], np.flatnonzero(chosen[:, position])
        start = problem.start[on] + np.round(rule.delay * YEAR * draws.random(len(on)) * 2).astype(np.int64)
        length = np.maximum(draws.exponential(rule.length * YEAR, len(on)), 30).astype(np.int64)
        end = np.maximum(np.maximum(problem.end[on], start + 30), start + length * (rule.length > 2))
        parts.append(Events(problem.person[on], problem.unit[on], np.full(len(on), position, np.int8), start, end))
    signal = registered(events["arrears_signal"], world.circumstances["arrears_signal"], draws)
    parts.append(
        Events(signal.person, signal.unit, np.full(len(signal), len(forms), np.int8), signal.start, signal.end)
    )
    found = _without_overlap(clipped(joined(parts), people))
    rows = _lagged(found, world.circumstances["arrears_signal"].lag, draws)
    sources = list(world.signal_sources)
    shares = np.array(list(world.signal_sources.values()))
    premium = forms.index("health_premium_default") if "health_premium_default" in forms else -1
    source = np.searchsorted(np.cumsum(shares / shares.sum()), draws.random(len(found)), side="right")
    source = np.where(
        found.kind == len(forms), source, np.where(found.kind == premium, sources.index("health_insurer"), -1)
    )
    rows = Rows(rows.person, rows.kind, rows.start, rows.end, rows.recorded, rows.end_recorded, {"source": source})
    rows = known(in_history(rows, days.start), maker)
    return spell_sheet("debt", rows, [*forms, "arrears_signal"], maker, {"source": sources})


def _without_overlap(events: Events) -> Events:
    """The same days, in one spell where a person had two of a kind at once."""
    kinds = int(events.kind.max(initial=0)) + 1
    key = events.person * kinds + events.kind
    owner, start, end = merged(key, events.start, events.end)
    unit = events.unit[np.argsort(key, kind="stable")][np.searchsorted(np.sort(key), owner)]
    return Events(owner // kinds, unit, (owner % kinds).astype(np.int8), start, end)


def housing_sheet(
    world: World,
    people: People,
    panel: Panel,
    events: Mapping[str, Events],
    days: Calendar,
    maker: Maker,
    chance: Chance,
) -> Sheet:
    """Tenure of every adult, another one after leaving the home, and evictions."""
    draws = chance.stream("registers.housing")
    adults, units, rule = people.adults, people.units, world.tenure
    middle = panel.shape[1] // 2
    odds = (
        np.log(rule["owner"] / (1 - rule["owner"]))
        + rule["latent"] * units.latent
        + rule["deprivation"] * panel.deprivation[:, middle]
    )
    owner = draws.random(len(units)) < 1 / (1 + np.exp(-odds))
    renting = np.where(draws.random(len(adults)) < rule["social_rent_of_renters"], 1, 2)
    home = np.where(owner[adults.unit], 0, renting[adults.of_unit[adults.unit, MOTHER]])
    leaves = np.where(adults.slot == PARTNER, units.partner_until[adults.unit], adults.home_until)
    after = np.where(draws.random(len(adults)) < 0.3, 0, renting)
    gone = np.flatnonzero(leaves < adults.life_end)
    person = np.concatenate([np.arange(len(adults)), gone])
    kind = np.concatenate([home, after[gone]])
    start = np.maximum(np.concatenate([adults.home_from, leaves[gone]]), people.life_start[person])
    end = np.minimum(np.concatenate([adults.home_until, np.full(len(gone), NEVER)]), adults.life_end[person])
    lives = end > start
    tenure = lagged(person[lives], kind[lives], start[lives], end[lives], 10.0, draws)
    evicted = clipped(doubled(events["eviction"], people), people)
    evictions = lagged(evicted.person, np.full(len(evicted), 3), evicted.start, evicted.end, 10.0, draws)
    rows = joined_rows([tenure, evictions])
    return spell_sheet(
        "housing",
        known(in_history(rows, days.start), maker),
        ["owner", "social_rent", "private_rent", "eviction"],
        maker,
    )


def own_youth_sheet(world: World, people: People, days: Calendar, maker: Maker, chance: Chance) -> Sheet:
    """What an older register still holds about parents who were young here after it began.

    It kept the same share of everything since it began, so that what is seen of a parent's youth says nothing about
    the parent's age; of who was young before it began, or elsewhere, it says nothing at all.
    """
    draws = chance.stream("registers.own_youth")
    rule, adults = world.own_youth_register, people.adults
    since = int(np.datetime64(world.history.own_youth_from, "D").astype(int))
    hurt = adults.maltreated
    chances = (
        np.where(hurt, rule["youth_care_maltreated"], rule["youth_care"]),
        np.where(hurt, rule["protection_maltreated"], rule["protection"]),
        np.where(hurt, rule["report_maltreated"], rule["report"]),
    )
    parts = [_young(adults.birth, chance, kind, draws) for kind, chance in enumerate(chances)]
    person, kind, day = (np.concatenate([part[i] for part in parts]) for i in range(3))
    here = day >= np.maximum(recorded_from(people, chance)[person], since)
    kept = here & (day < days.end) & (draws.random(len(day)) < rule["kept"])
    person, kind, day = person[kept], kind[kept], day[kept]
    rows = known(lagged(person, kind, day, day, 30.0, draws), maker)
    sheet = spell_sheet("own_youth", rows, _OWN_YOUTH, maker)
    return Sheet(sheet.register, sheet.table, first=since)


def _young(birth: Ints, chance: np.ndarray, kind: int, draws: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    person = np.flatnonzero(draws.random(len(birth)) < chance)
    age = np.clip(draws.normal(10.5, 4.5, len(person)), 0.1, 17.8)
    return person, np.full(len(person), kind), birth[person] + np.round(age * YEAR).astype(np.int64)
