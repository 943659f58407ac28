"""Candidate lines of a card, and the choice among them by a search on the penalised deviance.

Lines are added one at a time; then every line is weighed against every other candidate, and dropped, replaced or
joined by another as long as that pays. All of it is read from the patterns of the chosen lines
(:mod:`riskscreen.scores.patterns`), so that its cost hardly grows with the number of families.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Side
from riskscreen.scores.patterns import Crossed, Groups, Holdings, cross, divided, group, holdings_of, one_group
from riskscreen.stats.logistic import LogisticFit, expit, fit_logistic
from riskscreen.stats.profiles import UniqueProfiles

Array = NDArray[np.float64]

_TRIED = 2
"""Candidates that are fitted exactly at every step: those with the best score test."""
_ROUNDS = 3
_HOPEFUL = 0.9
"""A line is only tried if it promises this share of what the line brings whose place it would take, or the best one."""
_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Candidate:
    """``level of column`` at or beyond ``cut``."""

    column: int
    side: Side
    cut: float

    def holds(self, levels: Array) -> NDArray[np.bool_]:
        """Where the line holds, shape ``(rows,)``; ``nan`` (not covered) never does."""
        return self.holds_in(levels[:, self.column])

    def holds_in(self, column: Array) -> NDArray[np.bool_]:
        """The same from its own column of levels."""
        return column >= self.cut if self.side == ">=" else column <= self.cut


@dataclass(frozen=True, slots=True)
class Selection:
    """Chosen lines and their nonnegative logistic fit: the continuous card before rounding."""

    crossed: Crossed
    fit: LogisticFit


def candidate_lines(
    profiles: UniqueProfiles, *, monotone: bool, max_cuts: int, min_outcomes: float
) -> tuple[tuple[Candidate, ...], Holdings]:
    """All lines that a card could have, in the order of the columns, and what they hold for.

    Parameters
    ----------
    monotone
        Only ``>=``: a higher level never scores less.
    max_cuts
        Cuts per column and side; with more distinct values the cuts are quantiles.
    min_outcomes
        Least number of families with the outcome for which the line holds.
    """
    sides: tuple[Side, ...] = (">=",) if monotone else (">=", "<=")
    found: list[Candidate] = []

    def usable() -> Iterator[NDArray[np.bool_]]:
        for candidate, mask in _every_line(profiles, sides, max_cuts):
            if min_outcomes <= 0 or profiles.positive[mask].sum() >= min_outcomes:
                found.append(candidate)
                yield mask

    holdings = holdings_of(usable(), profiles.positive, profiles.total)
    return tuple(found), holdings


@dataclass(frozen=True, slots=True)
class Path:
    """A card that grows: ``fits[size]`` is the nonnegative fit of the first ``size`` lines of ``order``."""

    order: tuple[int, ...]
    fits: tuple[LogisticFit, ...]


def growing_path(holdings: Holdings, *, max_lines: int, min_gain: float, ridge: float) -> Path:
    """The card of no line, of one line, and so on, as :func:`select_lines` grows it: for the choice of a size."""
    search = _Search(holdings, max_lines, min_gain, ridge)
    states = list(search.growing(search.start(one_group(holdings))))
    return Path(states[-1].crossed.chosen, tuple(state.fit for state in states))


def select_lines(holdings: Holdings, *, max_lines: int, min_gain: float, ridge: float) -> Selection:
    """Add the line that gains most, until none brings ``min_gain``; then drop, replace and add while that pays.

    The gain is the drop in penalised deviance. Candidates are ranked by the score test (Rao 1948), which needs no fit,
    and the best few are fitted.
    """
    search = _Search(holdings, max_lines, min_gain, ridge)
    state = search.grown(search.start(one_group(holdings)))
    for _ in range(_ROUNDS):
        better = search.grown(search.exchanged(search.pruned(state)))
        if sorted(better.crossed.chosen) == sorted(state.crossed.chosen):
            break
        state = better
    order = np.argsort(state.crossed.chosen)
    return search.kept(state, [int(place) for place in order if state.fit.coefficients[place] > 0])


@dataclass(frozen=True, slots=True)
class _State:
    groups: Groups
    crossed: Crossed
    fit: LogisticFit


@dataclass(frozen=True, slots=True)
class _Search:
    holdings: Holdings
    max_lines: int
    min_gain: float
    ridge: float

    def start(self, groups: Groups) -> _State:
        """The fit of these lines."""
        crossed = cross(self.holdings, groups)
        return _State(groups, crossed, fit_patterns(crossed, tuple(range(len(crossed.chosen))), self.ridge))

    def grown(self, state: _State) -> _State:
        """Lines added one at a time, as long as they bring enough."""
        return list(self.growing(state))[-1]

    def growing(self, state: _State) -> Iterator[_State]:
        """The state itself, then with one line more each time."""
        yield state
        while len(state.crossed.chosen) < self.max_lines:
            found = self._best(state.crossed, state.fit)
            if found is None or state.fit.objective - found[1].objective < self.min_gain:
                break
            groups = divided(self.holdings, state.groups, found[0])
            state = _State(groups, cross(self.holdings, groups), found[1])
            yield state

    def pruned(self, state: _State) -> _State:
        """Lines that no longer bring enough left out, the least useful first."""
        while state.crossed.chosen:
            least = int(np.argmin(_steady(brought_by_each(state.crossed, state.fit, self.ridge))))
            rest = _others(state, least)
            if (
                fit_patterns(state.crossed, rest, self.ridge, state.fit).objective
                >= state.fit.objective + self.min_gain
            ):
                break
            state = self.start(group(self.holdings, [state.crossed.chosen[place] for place in rest]))
        return state

    def exchanged(self, state: _State) -> _State:
        """Every line replaced once by the best other, where that lowers the penalised deviance."""
        promised = exchange_promises(state.crossed, state.fit, self.ridge)
        for line in state.crossed.chosen:
            place = state.crossed.chosen.index(line)
            found = self._exchange(state, place, promised[place])
            if found is not None:
                chosen = [state.crossed.chosen[other] for other in _others(state, place)]
                state = self.start(group(self.holdings, [*chosen, found]))
                promised = exchange_promises(state.crossed, state.fit, self.ridge)
        return state

    def _exchange(self, state: _State, place: int, promised: Array) -> int | None:
        """The candidate that lowers the objective most in this line's place."""
        rest, fits = _others(state, place), list[tuple[float, int]]()
        near = replace(state.fit, coefficients=state.fit.coefficients[list(rest)])
        below = state.fit.objective - _TIE
        for line in np.argsort(-_steady(promised), kind="stable")[:_TRIED]:
            if promised[line] > _HOPEFUL:
                found = fit_with(state.crossed, rest, int(line), near, self.ridge, below)
                below = min(below, found.objective)
                fits.append((round(found.objective, 6), int(line)))
        best = min(fits, default=(np.inf, 0))
        return best[1] if best[0] < state.fit.objective - _TIE else None

    def kept(self, state: _State, places: list[int]) -> Selection:
        """Only these of the chosen lines, in this order."""
        chosen = tuple(state.crossed.chosen[place] for place in places)
        if len(places) < len(state.crossed.chosen):
            final = self.start(group(self.holdings, chosen))
            return Selection(final.crossed, final.fit)
        crossed = replace(state.crossed, chosen=chosen, patterns=state.crossed.patterns[:, places])
        return Selection(crossed, replace(state.fit, coefficients=state.fit.coefficients[places]))

    def _best(self, crossed: Crossed, fit: LogisticFit) -> tuple[int, LogisticFit] | None:
        """The candidate that lowers the objective most beside the chosen lines.

        A fit that clearly will not come below the one before it is given up.
        """
        every, statistic = tuple(range(len(crossed.chosen))), score_tests(crossed, fit, self.ridge)
        order = np.argsort(-_steady(statistic), kind="stable")[:_TRIED]
        fits: list[tuple[LogisticFit, int]] = []
        below = np.inf
        for line in (int(line) for line in order if statistic[line] > max(0.0, _HOPEFUL * statistic[order[0]])):
            fits.append((fit_with(crossed, every, line, fit, self.ridge, below), line))
            below = min(below, fits[-1][0].objective)
        if not fits:
            return None
        best, line = min(fits, key=lambda found: (round(found[0].objective, 6), found[1]))
        return line, best


def fit_patterns(
    crossed: Crossed, places: tuple[int, ...], ridge: float, near: LogisticFit | None = None
) -> LogisticFit:
    """The nonnegative fit of some of the chosen lines; ``near`` is a fit of all of them to start from."""
    start = None if near is None else np.concatenate([[near.intercept], near.coefficients[list(places)]])
    design = crossed.patterns[:, list(places)]
    return fit_logistic(design, crossed.positive, crossed.total, ridge=ridge, nonnegative=True, start=start)


def brought_by_each(crossed: Crossed, fit: LogisticFit, ridge: float) -> Array:
    """About how much the objective would rise without each line: its squared log-odds over their variance (Wald)."""
    inside, risks = _with_risks(crossed, fit)
    return _brought(_inverse_curve(crossed, inside, risks, ridge), fit)


def fit_with(
    crossed: Crossed, places: tuple[int, ...], line: int, fit: LogisticFit, ridge: float, below: float = np.inf
) -> LogisticFit:
    """The nonnegative fit of these lines and one candidate, starting from the fit without it; see ``below`` there."""
    with_total, with_positive = crossed.line_total[line], crossed.line_positive[line]
    inside = crossed.patterns[:, list(places)]
    total = np.concatenate([crossed.total - with_total, with_total])
    positive = np.concatenate([crossed.positive - with_positive, with_positive])
    design = np.column_stack([np.vstack([inside, inside]), np.repeat([0.0, 1.0], len(inside))])
    seen = total > 0
    start = np.concatenate([[fit.intercept], fit.coefficients, [0.0]])
    return fit_logistic(
        design[seen], positive[seen], total[seen], ridge=ridge, nonnegative=True, start=start, below=below
    )


def score_tests(crossed: Crossed, fit: LogisticFit, ridge: float) -> Array:
    """How much each candidate promises to lower the penalised deviance beside the chosen lines (Rao 1948).

    ``-1`` for candidates that are chosen, that would get no points, or that the chosen lines already imply.
    """
    around = _around(crossed, fit, ridge)
    usable = (around.score > 0) & around.told_apart
    return np.where(usable, around.score**2 / np.where(usable, around.left, 1.0), -1.0)


def exchange_promises(crossed: Crossed, fit: LogisticFit, ridge: float) -> Array:
    """The share of what a chosen line brings that each candidate promises in its place, ``(chosen, candidates)``.

    Read from the curve at the fit of all chosen lines, so without any fit: a line left out costs about its squared
    log-odds over their variance (Wald 1943), and the candidate's score and curve beside the other lines follow from the
    same quadratic. ``-1`` as in :func:`score_tests`.
    """
    around = _around(crossed, fit, ridge)
    shared = around.regressed[1:] / np.diag(around.inverse)[1:, None]  # with each chosen line, given the others
    left = around.left + around.regressed[1:] * shared
    score = around.score + shared * fit.coefficients[:, None]
    brought = _brought(around.inverse, fit)
    usable = (score > 0) & around.told_apart & (brought > 0)[:, None]
    return np.where(usable, score**2 / np.where(usable, left * brought[:, None], 1.0), -1.0)


@dataclass(frozen=True, slots=True)
class _Around:
    """The penalised log-likelihood near a fit.

    Parameters
    ----------
    inverse
        Of the curve (minus the second derivatives) of intercept and chosen lines.
    score, left
        Slope and curve of each candidate, the latter with the chosen lines at their best; shape ``(candidates,)``.
    regressed
        Each candidate regressed on intercept and chosen lines, shape ``(chosen + 1, candidates)``.
    told_apart
        Candidates that are neither chosen nor implied by the chosen lines.
    """

    inverse: Array
    score: Array
    left: Array
    regressed: Array
    told_apart: NDArray[np.bool_]


def _around(crossed: Crossed, fit: LogisticFit, ridge: float) -> _Around:
    inside, risks = _with_risks(crossed, fit)
    spread = risks * (1.0 - risks)
    own = crossed.line_total @ spread + ridge  # a candidate is 0 or 1, so its square is itself
    shared = (crossed.line_total @ (inside * spread[:, None])).T
    inverse = _inverse_curve(crossed, inside, risks, ridge)
    regressed = inverse @ shared
    left = own - np.einsum("ij,ij->j", shared, regressed)
    told_apart = left > 1e-9 * own
    told_apart[list(crossed.chosen)] = False
    score = crossed.line_positive.sum(axis=1) - crossed.line_total @ risks
    return _Around(inverse, score, left, regressed, told_apart)


def _with_risks(crossed: Crossed, fit: LogisticFit) -> tuple[Array, Array]:
    """The patterns with a column of ones, and the risk of each."""
    inside = np.column_stack([np.ones(len(crossed.total)), crossed.patterns])
    return inside, expit(inside @ np.concatenate([[fit.intercept], fit.coefficients]))


def _inverse_curve(crossed: Crossed, inside: Array, risks: Array, ridge: float) -> Array:
    """Inverse of minus the second derivatives; the intercept has next to no penalty, for tables without families."""
    penalty = ridge * np.eye(inside.shape[1])
    penalty[0, 0] = 1e-9
    return np.asarray(np.linalg.inv((inside.T * (crossed.total * risks * (1.0 - risks))) @ inside + penalty))


def _brought(inverse: Array, fit: LogisticFit) -> Array:
    return np.asarray(fit.coefficients**2 / np.diag(inverse)[1:])


def _others(state: _State, place: int) -> tuple[int, ...]:
    return tuple(other for other in range(len(state.crossed.chosen)) if other != place)


def _steady(values: Array) -> Array:
    """Nine digits: ties stay ties on every machine."""
    largest = float(np.max(np.abs(values), initial=0.0)) or 1.0
    return np.round(values / largest, 9)


def _every_line(
    profiles: UniqueProfiles, sides: tuple[Side, ...], most: int
) -> Iterator[tuple[Candidate, NDArray[np.bool_]]]:
    for place in range(profiles.levels.shape[1]):
        column = np.ascontiguousarray(profiles.levels[:, place])
        levels, families = _distinct(column, profiles.total)
        for side in sides:
            for cut in _cuts(levels, families, side, most):
                candidate = Candidate(place, side, float(cut))
                yield candidate, candidate.holds_in(column)


def _distinct(column: Array, total: Array) -> tuple[Array, Array]:
    """Distinct covered levels, ascending, and families with each."""
    covered = ~np.isnan(column)
    if not covered.all():
        column, total = column[covered], total[covered]
    if len(column) and column.min() >= 0 and column.max() < 256 and np.all(column == np.rint(column)):
        code = column.astype(np.int64)
        present = np.flatnonzero(np.bincount(code))
        return present.astype(np.float64), _sums(code, total)[present]
    levels, code = np.unique(column, return_inverse=True)
    return levels, _sums(code, total)


def _sums(code: NDArray[np.int64], total: Array) -> Array:
    return np.asarray(np.bincount(code, total), dtype=np.float64)


def _cuts(levels: Array, families: Array, side: Side, most: int) -> Array:
    inner = levels[1:] if side == ">=" else levels[:-1]
    if len(inner) <= most:
        return inner
    below = np.cumsum(families)
    shares = np.arange(1, most + 1) * (below[-1] / (most + 1))
    at = np.unique(np.searchsorted(below, shares))
    return np.intersect1d(levels[at], inner)
