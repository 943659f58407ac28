"""The demands of an allocation by name, as sparse rows over its unknowns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.programmes.problem import Floats, Problem, Whole
from riskscreen.records.definitions import STAGE_FLAGS

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SLACK = 0.999
"""What rounding down to whole places may take from a floor."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Named rows ``low <= rows @ unknowns <= high``; ``rows`` has shape ``(own rows, unknowns without flows)``."""

    name: str
    rows: csr_array
    low: Floats
    high: Floats


def demands(problem: Problem) -> tuple[Demand, ...]:
    """Every demand by its name, but those left out; the smallest groups always hold."""
    made = [(name, make(problem)) for name, make in _DEMANDS.items() if name not in problem.left_out]
    return tuple(Demand(name, rows, low, high) for name, (rows, low, high) in made if rows.shape[0])


Rows = tuple["csr_array", Floats, Floats]


def sparse_rows(parts: Sequence[tuple[Whole, Whole, Floats]], shape: tuple[int, int]) -> csr_array:
    """A sparse matrix from (row, column, number) triples of arrays."""
    from scipy.sparse import csr_array

    if not parts:
        return csr_array(shape)
    rows, columns, numbers = (np.concatenate(each) for each in zip(*parts, strict=True))
    return csr_array((numbers.astype(np.float64), (rows, columns)), shape=shape)


def _at(row: int, columns: Whole, numbers: Floats) -> tuple[Whole, Whole, Floats]:
    return np.full(len(columns), row, np.int64), columns.astype(np.int64), numbers


def _all_options(problem: Problem) -> Whole:
    return np.arange(len(problem.options))


def _waiting_at(problem: Problem) -> Whole:
    return len(problem.options) + len(problem.opened) + np.arange(len(problem.programmes))


def _spent(problem: Problem, each: Floats, most: float) -> Rows:
    """At most so much of something that every place takes, waiting lists too."""
    if np.isinf(most):
        return sparse_rows([], (0, problem.size)), np.zeros(0), np.zeros(0)
    own = each[problem.options.programme]
    parts = [_at(0, _all_options(problem), own), _at(0, _waiting_at(problem), each)]
    return sparse_rows(parts, (1, problem.size)), np.array([-np.inf]), np.array([most])


def _budget(problem: Problem) -> Rows:
    return _spent(problem, problem.cost, problem.budget)


def _hours(problem: Problem) -> Rows:
    return _spent(problem, problem.hours, problem.staff)


def _per_programme(problem: Problem) -> csr_array:
    """Places per programme, waiting list included, shape ``(programmes, unknowns)``."""
    many = len(problem.programmes)
    parts = [
        (problem.options.programme, _all_options(problem), np.ones(len(problem.options))),
        (np.arange(many), _waiting_at(problem), np.ones(many)),
    ]
    return sparse_rows(parts, (many, problem.size))


def _places(problem: Problem) -> Rows:
    return _per_programme(problem), np.full(len(problem.programmes), -np.inf), problem.places


def _contracted(problem: Problem) -> Rows:
    rows, bound = _per_programme(problem), problem.contracted > 0
    return rows[bound], problem.contracted[bound], np.full(int(bound.sum()), np.inf)


def _waiting(problem: Problem) -> Rows:
    bound = np.flatnonzero(problem.waiting)
    parts = [(np.arange(len(bound)), _waiting_at(problem)[bound], np.ones(len(bound)))]
    return sparse_rows(parts, (len(bound), problem.size)), problem.waiting[bound], np.full(len(bound), np.inf)


def _minimum_reach(problem: Problem) -> Rows:
    """At least so large a share of every target group is approached."""
    groups, options = len(problem.groups), problem.options
    share = problem.floors.minimum_reach
    if not share or not groups:
        return sparse_rows([], (0, problem.size)), np.zeros(0), np.zeros(0)
    parts = [(options.group, _all_options(problem), 1 / problem.uptake[options.programme])]
    rows = sparse_rows(parts, (groups, problem.size))
    return rows, share * problem.group_families, np.full(groups, np.inf)


def _smallest_groups(problem: Problem) -> Rows:
    """A programme that works in groups starts in an area only with enough places, and is paid for where it starts."""
    options, opened = problem.options, problem.opened
    many, first = len(opened), len(options)
    if not many:
        return sparse_rows([], (0, problem.size)), np.zeros(0), np.zeros(0)
    index = {(int(p), int(a)): k for k, (p, a) in enumerate(opened)}
    own = np.flatnonzero(problem.smallest[options.programme] > 1)
    of = np.array([index[int(options.programme[i]), int(options.area[i])] for i in own], dtype=np.int64)
    most = problem.most[own]
    room = np.minimum(np.bincount(of, most, many), problem.places[opened[:, 0]])
    at, k = first + np.arange(many), np.arange(many)
    each = 2 * many + np.arange(len(own))
    parts = [
        (of, own, np.ones(len(own))),
        (k, at, -problem.smallest[opened[:, 0]]),
        (many + of, own, np.ones(len(own))),
        (many + k, at, -room),
        (each, own, np.ones(len(own))),  # each option apart leaves little room to half open one
        (each, first + of, -most),
    ]
    high = np.concatenate([np.full(many, np.inf), np.zeros(many + len(own))])
    low = np.concatenate([np.zeros(many), np.full(many + len(own), -np.inf)])
    return sparse_rows(parts, (2 * many + len(own), problem.size)), low, high


def _total(problem: Problem) -> Rows:
    """The last unknown holds all places: it keeps the rows of floors short."""
    parts = [
        _at(0, _all_options(problem), np.ones(len(problem.options))),
        _at(0, np.array([problem.size - 1]), np.array([-1.0])),
    ]
    return sparse_rows(parts, (1, problem.size)), np.zeros(1), np.zeros(1)


def _something(problem: Problem) -> Rows:
    parts = [_at(0, np.array([problem.size - 1]), np.ones(1))] if problem.something else []
    many = int(problem.something)
    return sparse_rows(parts, (many, problem.size)), np.ones(many), np.full(many, np.inf)


def _fair_share(problem: Problem) -> Rows:
    """Places in an area are at least its share of all places, less what rounding down takes.

    Shares follow the places that families there could take. By families alone, an area where nothing more can be
    placed would hold up all others: their need would stay unmet with money left.
    """
    options = problem.options
    here, room = np.unique(options.area), _room(problem)
    if not problem.floors.fair_share or not room.any():
        return sparse_rows([], (0, problem.size)), np.zeros(0), np.zeros(0)
    share = problem.floors.fair_share * room[here] / room.sum()
    rank = np.searchsorted(here, options.area)
    parts = [
        (rank, _all_options(problem), np.ones(len(options))),
        (np.arange(len(here)), np.full(len(here), problem.size - 1), -share),
    ]
    rows = sparse_rows(parts, (len(here), problem.size))
    return rows, np.full(len(here), -SLACK), np.full(len(here), np.inf)


def _room(problem: Problem) -> Floats:
    """Places that can surely be filled per area: in every target group there, by the programme that fills most."""
    options, groups = problem.options, max(len(problem.groups), 1)
    most = np.zeros(len(problem.areas) * groups)
    np.maximum.at(most, options.area * groups + options.group, problem.most)
    return np.asarray(most.reshape(len(problem.areas), groups).sum(axis=1))


def _kind_floor(problem: Problem, stage: bool, share: float) -> Rows:
    """Families of a life stage or family form get at least that part of the places that their number would give."""
    chosen = [k for k, name in enumerate(problem.kinds) if (name in STAGE_FLAGS) is stage]
    pools, options = problem.pools, problem.options
    fitting = pools.fits.any(axis=1)
    everyone = float(pools.everyone[fitting].sum())
    if not share or not chosen or not everyone:
        return sparse_rows([], (0, problem.size)), np.zeros(0), np.zeros(0)
    part = share * pools.kinds[fitting][:, chosen].sum(axis=0) / everyone
    parts = [_at(row, _all_options(problem), options.kinds[:, k]) for row, k in enumerate(chosen)]
    parts += [_at(row, np.array([problem.size - 1]), np.array([-part[row]])) for row in range(len(chosen))]
    rows = sparse_rows(parts, (len(chosen), problem.size))
    return rows, np.full(len(chosen), -SLACK), np.full(len(chosen), np.inf)


def _stages(problem: Problem) -> Rows:
    return _kind_floor(problem, True, problem.floors.stages)


def _family_forms(problem: Problem) -> Rows:
    return _kind_floor(problem, False, problem.floors.family_forms)


_DEMANDS: Mapping[str, Callable[[Problem], Rows]] = {
    "budget": _budget,
    "hours": _hours,
    "places": _places,
    "contracted": _contracted,
    "waiting": _waiting,
    "minimum_reach": _minimum_reach,
    "fair_share": _fair_share,
    "stages": _stages,
    "family_forms": _family_forms,
    "smallest_groups": _smallest_groups,
    "total": _total,
    "something": _something,
}
"""Demands in the order in which they are told."""
