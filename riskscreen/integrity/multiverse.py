"""The design multiverse: the whole road from levels to verdicts again, for every combination of other choices.

It answers one question: in what share of the combinations does each target group and each verdict of the run stay? It
gives no figure by which one combination could be preferred to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol

from riskscreen.areas.targets import eligible_sql
from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.errors import RiskscreenError
from riskscreen.integrity.choices import Combination, altered, combinations, other_family
from riskscreen.integrity.copies import Copy, as_it_is
from riskscreen.integrity.levels import Compute, Design
from riskscreen.integrity.progress import Progress, Tell
from riskscreen.records.definitions import TargetGroup
from riskscreen.registers.handle import Registers
from riskscreen.settings import IndexDates
from riskscreen.stressors.definitions import Catalogue, OutcomeDefinition

SAME = 0.5
"""Share of families in either group that must be in both (Jaccard) for two groups to be the same one."""
FEWEST_OUTCOMES = 100
"""Recorded outcomes on the train dates that another outcome needs to be tried in place of the run's own."""
Verdicts = Mapping[tuple[str, str, str], str]
"""Verdict per subject, attribute and metric."""


class Studied(Protocol):
    """What the road gives: chosen model, target groups and verdicts."""

    @property
    def model(self) -> str: ...

    @property
    def groups(self) -> tuple[TargetGroup, ...]: ...

    @property
    def verdicts(self) -> Verdicts: ...


Study = Callable[[Engine, Catalogue, str], Studied]
"""From the engine table ``levels``, the catalogue and the outcome that made it, to model, groups and verdicts."""


@dataclass(frozen=True, slots=True)
class Result:
    """One combination: what of the run was found again. Holds no figure about how well it does.

    Parameters
    ----------
    done
        Could the road be gone at all? If not, nothing of the run was found again.
    model
        Was the same model chosen?
    groups
        Ids of the run's target groups that were found again.
    verdicts
        The verdicts here.
    """

    combination: Combination
    done: bool
    model: bool = False
    groups: frozenset[str] = frozenset()
    verdicts: Verdicts | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """In how many combinations one conclusion of the run stays.

    Parameters
    ----------
    turned
        Combinations that conclude the opposite (a gap where the run shows none, or the other way round).
    """

    name: tuple[str, ...]
    kept: int
    turned: int
    of: int

    @property
    def share(self) -> float:
        """Share of the combinations."""
        return self.kept / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Multiverse:
    """Shares over all combinations.

    Parameters
    ----------
    combinations, done
        How many there are, and in how many the road could be gone.
    model
        In how many the same model was chosen.
    groups, verdicts
        Per target group and per verdict of the run.
    own_agrees
        Does the run's own combination give the run's own groups and verdicts?
    other
        The other outcome; ``None``: none has enough events.
    """

    combinations: tuple[Combination, ...]
    done: int
    model: Kept
    groups: tuple[Kept, ...]
    verdicts: tuple[Kept, ...]
    own_agrees: bool
    other: OutcomeDefinition | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What the run concluded, and the outcomes that it could have used instead (the first with enough events is)."""

    model: str
    groups: tuple[TargetGroup, ...]
    verdicts: Verdicts
    outcomes: tuple[OutcomeDefinition, ...] = ()


def explore(
    copy: Copy, design: Design, dates: IndexDates, run: Run, *, study: Study, compute: Compute, tell: Tell
) -> Multiverse:
    """Go the road in every combination and count what stays.

    Parameters
    ----------
    study
        The road from levels to verdicts, as the run went it.
    compute
        Makes families and levels from registers.
    tell
        Gets a line now and then, with the time left.
    """
    results = []
    other = _other_outcome(copy.show(as_it_is), design, dates, run, compute)
    every = combinations(None if other is None else other.id, design.family)
    progress = Progress("multiverse", len(every), tell)
    for result in _results(copy, design, dates, run, other, every, study, compute):
        results.append(result)
        progress.step()
    return replace(summed(run, results), other=other)


def summed(run: Run, results: Sequence[Result]) -> Multiverse:
    """Shares over the results of all combinations."""
    own = next(result for result in results if result.combination.own)
    return Multiverse(
        tuple(result.combination for result in results),
        sum(result.done for result in results),
        Kept((run.model,), sum(result.model for result in results), 0, len(results)),
        tuple(
            Kept((group.id,), sum(group.id in result.groups for result in results), 0, len(results))
            for group in run.groups
        ),
        tuple(_kept_verdict(name, verdict, results) for name, verdict in run.verdicts.items()),
        own.groups == {group.id for group in run.groups} and own.verdicts == run.verdicts and own.model,
    )


def _kept_verdict(name: tuple[str, str, str], verdict: str, results: Sequence[Result]) -> Kept:
    found = [(result.verdicts or {}).get(name, "not_enough_evidence") for result in results]
    opposite = {"gap": "no_gap_shown", "no_gap_shown": "gap"}.get(verdict)
    kept = sum(one == verdict and result.done for one, result in zip(found, results, strict=True))
    return Kept((*name, verdict), kept, found.count(opposite) if opposite else 0, len(results))


def _results(
    copy: Copy,
    design: Design,
    dates: IndexDates,
    run: Run,
    outcome: OutcomeDefinition | None,
    every: Sequence[Combination],
    study: Study,
    compute: Compute,
) -> Iterator[Result]:
    """Families and levels are made once each; outcome and missing rule only change a column and a filter."""
    made, registers = "", copy.show(as_it_is)
    for (family, window, threshold), group in groupby(sorted(every, key=_levels_of), key=_levels_of):
        other = _otherwise(design, family, window, threshold)
        if family != made:
            _make_families(registers, other, dates, outcome, compute)
            made = family
        _make_levels(registers, other, dates, compute)
        for combination in group:
            _choose_rows(copy.engine, other.catalogue, combination)
            yield _one(copy.engine, other, dates, run, combination, study)


def _levels_of(combination: Combination) -> tuple[str, str, str]:
    """What decides the levels of a combination."""
    return combination.family, combination.window, combination.threshold


def _otherwise(design: Design, family: str, window: str, threshold: str) -> Design:
    rule = design.family if family == "as_set" else other_family(design.family)[1]
    return replace(design, catalogue=altered(design.catalogue, window, threshold), family=rule)


def _other_outcome(
    registers: Registers, design: Design, dates: IndexDates, run: Run, compute: Compute
) -> OutcomeDefinition | None:
    """The first outcome with enough events on the train dates."""
    for outcome in run.outcomes:
        _make_families(registers, design, dates, outcome, compute)
        days = ", ".join(literal(day) for day in dates.train)
        events = registers.engine.value(
            f"SELECT count(*) FROM other_outcome WHERE outcome = 1 AND index_date IN ({days})"
        )
        if events >= FEWEST_OUTCOMES:
            return outcome
    return None


def _make_families(
    registers: Registers, design: Design, dates: IndexDates, outcome: OutcomeDefinition | None, compute: Compute
) -> None:
    """Families by this rule, and ``other_outcome``: what they have by the other outcome."""
    few = Catalogue(design.catalogue.definitions[:1])
    chosen = design.outcome if outcome is None else outcome.id
    compute(registers, replace(design, outcome=chosen, catalogue=few), dates.all)
    registers.engine.run("CREATE OR REPLACE TABLE other_outcome AS SELECT index_date, family, outcome FROM levels")


def _make_levels(registers: Registers, design: Design, dates: IndexDates, compute: Compute) -> None:
    """``levels_as_set``: with a column for each outcome."""
    compute(registers, design, dates.all, families=False)
    registers.engine.run(
        "CREATE OR REPLACE TABLE levels_as_set AS SELECT l.*, o.outcome AS other_outcome\n"
        "FROM levels AS l LEFT JOIN other_outcome AS o USING (index_date, family)"
    )


def _choose_rows(engine: Engine, catalogue: Catalogue, combination: Combination) -> None:
    """``levels`` with the outcome and the families of the combination."""
    outcome = "outcome" if combination.outcome == "as_set" else "other_outcome"
    where = "TRUE"
    if combination.missing == "left_out":
        where = " AND ".join(f"{name} IS NOT NULL" for name in _seen(engine, catalogue)) or "TRUE"
    engine.run(
        f"CREATE OR REPLACE TEMP VIEW levels AS SELECT * EXCLUDE (other_outcome) REPLACE ({outcome} AS outcome)\n"
        f"FROM levels_as_set WHERE {where}"
    )


def _seen(engine: Engine, catalogue: Catalogue) -> list[str]:
    """Stressors covered for somebody on every index date: one that nobody has would leave out everybody."""
    parts = ", ".join(f"count({name})" for name in catalogue.ids)
    counts = engine.rows(f"SELECT {parts} FROM levels_as_set GROUP BY index_date")
    return [name for place, name in enumerate(catalogue.ids) if all(row[place] for row in counts)]


def _one(engine: Engine, design: Design, dates: IndexDates, run: Run, combination: Combination, study: Study) -> Result:
    outcome = design.outcome if combination.outcome == "as_set" else combination.outcome
    try:
        studied = study(engine, design.catalogue, outcome)
    except RiskscreenError:  # too few families or outcomes to go the road: nothing stays
        return Result(combination, done=False)
    groups = matched(engine, run.groups, studied.groups, dates)
    return Result(combination, True, studied.model == run.model, groups, studied.verdicts)


def matched(
    engine: Engine, groups: Sequence[TargetGroup], found: Sequence[TargetGroup], dates: IndexDates
) -> frozenset[str]:
    """Ids of the groups that were found again: at least half of the families of both together are in both.

    Counted over the families that both designs look at, on the newest index date. Reads ``levels`` and ``levels_run``.
    """
    if not groups or not found:
        return frozenset()
    left = [f"({eligible_sql(group)}) AS a{place}" for place, group in enumerate(groups)]
    right = [f"({eligible_sql(group)}) AS b{place}" for place, group in enumerate(found)]
    pairs = [(i, j) for i in range(len(groups)) for j in range(len(found))]
    parts = [f"count(*) FILTER (a{i} AND b{j}), count(*) FILTER (a{i} OR b{j})" for i, j in pairs]
    on = f"WHERE index_date = {literal(dates.now)}"
    row: tuple[Any, ...] = engine.rows(
        f"SELECT {', '.join(parts)} FROM (SELECT family, {', '.join(left)} FROM levels_run {on})\n"
        f"JOIN (SELECT family, {', '.join(right)} FROM levels {on}) USING (family)"
    )[0]
    again = {
        groups[i].id
        for place, (i, _) in enumerate(pairs)
        if row[2 * place + 1] and row[2 * place] >= SAME * row[2 * place + 1]
    }
    return frozenset(again)
