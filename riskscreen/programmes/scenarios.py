"""What if planning values are wrong: plans made under each scenario, valued under every other; worst-case regret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.programmes.allocation import Task, check_task, places_of
from riskscreen.programmes.clashes import explain_clash
from riskscreen.programmes.never_twice import Families, never_twice
from riskscreen.programmes.plan import Plan
from riskscreen.programmes.problem import Floats, Problem
from riskscreen.programmes.solving import System, relax, system_of
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

NAMES: Mapping[str, Text] = {
    "as_planned": Text("as planned", "zoals gepland"),
    "uptake_lower": Text("a quarter fewer families take part", "een kwart minder gezinnen doet mee"),
    "uptake_higher": Text("a quarter more families take part", "een kwart meer gezinnen doet mee"),
    "costs_higher": Text("places cost a fifth more", "plekken kosten een vijfde meer"),
    "need_elsewhere": Text("need lies elsewhere", "de behoefte ligt elders"),
    "evidence_equal": Text("all evidence counts the same", "al het bewijs telt even zwaar"),
    "evidence_strict": Text("untested programmes hardly count", "niet-onderzochte programma's tellen nauwelijks"),
}
ELSEWHERE = "need_elsewhere"
UPTAKE, COSTS, HARDLY = 0.25, 0.2, 0.05
UNTESTED = ("well_founded", "not_evaluated", "unknown")
FREE = frozenset(
    {"fair_share", "stages", "family_forms", "minimum_reach", "contracted", "random_share", "smallest_groups"}
)
"""Demands on the making of a plan, not on what it gives once places are there."""


@dataclass(frozen=True)
class Regret:
    """Plans by the scenario that they were made for, and scenarios that may turn out true.

    Parameters
    ----------
    scenarios
        Codes, see ``NAMES``.
    values
        What each plan gives under each scenario, shape ``(plans, scenarios)``.
    base
        Families in target groups.
    """

    scenarios: tuple[str, ...]
    values: NDArray[np.float64]
    base: int

    @property
    def regret(self) -> Floats:
        """What each plan misses of the best of these plans under each scenario, as a share of it."""
        best = self.values.max(axis=0)
        return np.asarray(np.divide(best - self.values, best, out=np.zeros_like(self.values), where=best > 0))

    @property
    def worst(self) -> Floats:
        """Largest regret of each plan, shape ``(plans,)``."""
        return np.asarray(self.regret.max(axis=1, initial=0.0))

    @property
    def steadiest(self) -> str:
        """The scenario whose plan has the least worst-case regret; the first of equals."""
        return self.scenarios[int(np.argmin(np.round(self.worst, 9)))]

    def table(self) -> Table:
        """``plan_regret``; not yet released."""
        rows: list[tuple[Value, ...]] = [
            (
                name,
                *(round(float(x), 3) for x in self.regret[i]),
                round(float(self.worst[i]), 3),
                _yes(name == self.steadiest),
                self.base,
            )
            for i, name in enumerate(self.scenarios)
        ]
        return Table(
            "plan_regret",
            Text("What a plan misses when something else turns out true", "Wat een plan mist als het anders loopt"),
            _columns(self.scenarios),
            tuple(rows),
            note=Text(
                " ".join([_NOTE.en, *([_ELSEWHERE.en] if ELSEWHERE in self.scenarios else [])]),
                " ".join([_NOTE.nl, *([_ELSEWHERE.nl] if ELSEWHERE in self.scenarios else [])]),
            ),
        )

    def __str__(self) -> str:
        lines = [f"least worst-case regret: the plan for '{NAMES[self.steadiest].en}'"]
        for name, worst in zip(self.scenarios, self.worst, strict=True):
            lines.append(f"  plan for '{NAMES[name].en}' misses at most {worst:.1%}")
        return "\n".join(lines)

    __repr__ = __str__

    def plot(self, *, language: str = "en") -> Any:
        """Regret of every plan under every scenario (altair)."""
        import altair as alt

        nl = language == "nl"
        values = [
            {
                "plan": getattr(NAMES[made], language),
                "scenario": getattr(NAMES[true], language),
                "regret": float(self.regret[i, j]),
            }
            for i, made in enumerate(self.scenarios)
            for j, true in enumerate(self.scenarios)
        ]
        return (
            alt.Chart(alt.Data(values=values))
            .mark_rect()
            .encode(
                y=alt.Y(
                    "plan:N",
                    sort=None,
                    title="plan gemaakt voor" if nl else "plan made for",
                    axis=alt.Axis(labelLimit=0),
                ),
                x=alt.X("scenario:N", sort=None, title="wat waar blijkt" if nl else "what turns out true"),
                color=alt.Color("regret:Q", title="gemist" if nl else "missed", legend=alt.Legend(format=".0%")),
            )
            .properties(width=360)
        )


def scenarios_of(task: Task, area_need: Mapping[str, float] | None = None) -> dict[str, Task]:
    """The scenarios for a task.

    Parameters
    ----------
    area_need
        Need per area over what the plan takes it to be, as it might also be (from the bounds of area estimates); areas
        that are not in it have 1. Without it there is no scenario *need elsewhere*.
    """
    levels = task.catalogue.evidence_weights
    mean = sum(levels.values()) / len(levels) if levels else 1.0
    strict = {level: HARDLY if level in UNTESTED else weight for level, weight in levels.items()}
    made = {
        "as_planned": task,
        "uptake_lower": _with_uptake(task, 1 - UPTAKE),
        "uptake_higher": _with_uptake(task, 1 + UPTAKE),
        "costs_higher": _with_costs(task, 1 + COSTS),
        "evidence_equal": _with_weights(task, dict.fromkeys(levels, mean)),
        "evidence_strict": _with_weights(task, strict),
    }
    if area_need:
        made[ELSEWHERE] = replace(task, area_need=dict(area_need))
    return {name: made[name] for name in NAMES if name in made}


def compare_scenarios(tasks: Mapping[str, Task], plan: Plan | None = None) -> Regret:
    """Regret of the plan made for each scenario under every scenario (minimax regret: Savage 1951).

    A plan is places per programme, target group and area. Under another scenario some of them cannot be filled without
    approaching a family twice, or no longer be paid: the best of what remains counts, by a linear problem. Plans are
    made by the linear problem too, so their places need not be whole; the plan given is as it is.

    Parameters
    ----------
    tasks
        A task per scenario, about the same areas and programmes; see :func:`scenarios_of`.
    plan
        The plan for ``as_planned``, when it was made already.

    Raises
    ------
    SettingsError
        A scenario has faults, or no plan meets its demands.
    """
    for task in tasks.values():
        check_task(task)
    problems = {name: task.problem() for name, task in tasks.items()}
    families = _families(problems)
    made = {
        name: _made(problem, families[name])
        if plan is None or name != "as_planned"
        else _named(problem, places_of(problem, plan).astype(np.float64))
        for name, problem in problems.items()
    }
    free = {n: system_of(replace(p, left_out=FREE), families[n]) for n, p in problems.items()}
    values = [[_value(places, problems[name], free[name]) for name in tasks] for places in made.values()]
    base = max((round(float(p.group_families.sum())) for p in problems.values()), default=0)
    return Regret(tuple(tasks), np.array(values, dtype=np.float64).reshape(len(tasks), len(tasks)), base)


def _families(problems: Mapping[str, Problem]) -> dict[str, Families]:
    """Rows of families per scenario, made once for those with the same families and uptake."""
    made: dict[tuple[bytes, ...], Families] = {}
    of = {}
    for name, problem in problems.items():
        pools = problem.pools
        key = tuple(each.tobytes() for each in (problem.uptake, pools.area, pools.group, pools.fits, pools.families))
        made[key] = of[name] = made[key] if key in made else never_twice(problem)
    return of


Places = Mapping[tuple[str, str, str], float]
"""Places per programme, target group and area."""


def _made(problem: Problem, families: Families) -> Places:
    parts = relax(system_of(problem, families))
    if parts is None:
        raise explain_clash(problem)
    return _named(problem, parts.unknowns[: len(problem.options)])


def _named(problem: Problem, places: Floats) -> Places:
    return {key: float(many) for key, many in zip(_names(problem), places, strict=True) if many > 1e-9}


def _names(problem: Problem) -> Iterator[tuple[str, str, str]]:
    options = problem.options
    for p, g, a in zip(options.programme, options.group, options.area, strict=True):
        yield problem.programmes[p], problem.groups[g], problem.areas[a]


def _value(places: Places, problem: Problem, system: System) -> float:
    """What a plan gives when the values of the problem turn out true."""
    options = problem.options
    there = np.array([places.get(key, 0.0) for key in _names(problem)])
    upper = system.upper.copy()
    upper[: len(options)] = np.minimum(there, options.families * problem.uptake[options.programme])
    found = relax(system.between(np.zeros(len(upper)), upper).among(upper > 0))
    return 0.0 if found is None else found.value


def _with_uptake(task: Task, factor: float) -> Task:
    planning = {
        name: replace(values, uptake=min(1.0, values.uptake * factor))
        for name, values in task.catalogue.planning.items()
    }
    return replace(task, catalogue=replace(task.catalogue, planning=planning))


def _with_costs(task: Task, factor: float) -> Task:
    planning = {name: replace(values, cost=values.cost * factor) for name, values in task.catalogue.planning.items()}
    return replace(task, catalogue=replace(task.catalogue, planning=planning))


def _with_weights(task: Task, weights: Mapping[str, float]) -> Task:
    return replace(task, catalogue=replace(task.catalogue, evidence_weights=weights))


_NOTE = Text(
    "Each row is a plan made for one scenario, each column what turns out true: the share of value that it misses of "
    "the best of these plans. Places that can no longer be filled or paid lapse. The steadiest plan has the smallest "
    "largest regret. Planning values and scenarios are assumptions.",
    "Elke rij is een plan dat voor één scenario is gemaakt, elke kolom is wat waar blijkt: het deel van de waarde dat "
    "het mist van het beste van deze plannen. Plekken die niet meer te vullen of te betalen zijn, vervallen. Het "
    "stevigste plan heeft de kleinste grootste spijt. Planwaarden en scenario's zijn aannames.",
)
_ELSEWHERE = Text(
    "Need lies elsewhere: every wijk with enough families has the rate at the end of its 95% interval that lies "
    "farthest from what the profiles there say; all wijken together have the same need as before. That all of them lie "
    "at such an end at once is unlikely: it shows how much hangs on it.",
    "De behoefte ligt elders: elke wijk met genoeg gezinnen staat op het eind van zijn 95%-interval dat het verst ligt "
    "van wat de profielen daar zeggen; samen blijft de behoefte even groot. Dat alle wijken tegelijk aan zo'n eind "
    "liggen is niet waarschijnlijk: het laat zien hoeveel ervan afhangt.",
)


def _yes(held: bool) -> str:
    return "yes" if held else "no"


def _columns(scenarios: tuple[str, ...]) -> tuple[Column, ...]:
    def share(name: str, text: Text) -> Column:
        return Column(name, "estimate", text, "share", base="eligible")

    yes_no = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
    return (
        Column("plan", "key", Text("plan made for", "plan gemaakt voor"), labels=NAMES),
        *(share(name, NAMES[name]) for name in scenarios),
        share("worst", Text("missed at most", "mist hoogstens")),
        Column("steadiest", "code", Text("least worst-case regret", "kleinste grootste spijt"), labels=yes_no),
        Column(
            "eligible",
            "count",
            Text("families in target groups", "gezinnen in doelgroepen"),
            "families",
            additive=False,
        ),
    )
