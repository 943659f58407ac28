"""The interval attack: how closely can each hidden count be worked out from what is shown?

For every hidden cell the smallest and largest value that fits all equations and inequalities, by linear programming
(Fischetti and Salazar 2001, "Solving the cell suppression problem on tabular data with linear constraints"). The
relaxation is exact for one- and two-way tables; elsewhere an integer attacker could know slightly more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.disclosure.system import Relation, System
from riskscreen.errors import RefusedError

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Problem:
    """The hidden cells of one component with everything known about them."""

    cells: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    equal: NDArray[np.float64]
    equal_to: NDArray[np.float64]
    above: NDArray[np.float64]
    above_to: NDArray[np.float64]

    @property
    def key(self) -> bytes:
        """Everything that decides its intervals: two problems with one key have one answer."""
        parts = (self.cells, self.low, self.high, self.equal, self.equal_to, self.above, self.above_to)
        return b"|".join(part.tobytes() for part in parts)


Narrow = dict[bytes, list[int]]
"""Per problem (see ``key``) the cells that the attack narrows too much."""


def weak_cells(
    system: System, hidden: Mask, width: float, *, known: bool = True, solved: Narrow | None = None
) -> list[int]:
    """Hidden cells whose value can be worked out to within less than ``width``.

    Parameters
    ----------
    system
        Cells with true values and relations.
    hidden
        Which cells are not shown, shape ``(cells,)``; slacks always are.
    width
        The required difference between the largest and the smallest value that fit.
    known
        Are the values of hidden cells the true ones (before a release), or unknown (re-checking one)?
    solved
        Answers of earlier attacks on the same system with the same width, and room for those of this one: hiding a few
        more cells leaves most sets of hidden cells as they were.
    """
    answers: Narrow = {} if solved is None else solved
    values, weak = np.array(system.values), []
    for problem in _problems(system, hidden):
        key = problem.key
        if key not in answers:
            low, high = _solve(problem, values[problem.cells] if known else None, width)
            answers[key] = [int(c) for c in problem.cells[(high - low) < width - 1e-6] if system.cells[c][0] >= 0]
        weak += answers[key]
    return sorted(weak)


def intervals(system: System, hidden: Mask) -> dict[int, tuple[float, float]]:
    """Exact smallest and largest value of every hidden cell (slow: two programmes per cell)."""
    out = {}
    for problem in _problems(system, hidden):
        low, high = _solve(problem, np.array(system.values)[problem.cells], float("inf"))
        out.update({int(c): (float(a), float(b)) for c, a, b in zip(problem.cells, low, high, strict=True)})
    return out


def _problems(system: System, hidden: Mask) -> list[_Problem]:
    """One problem per set of hidden cells that are tied together."""
    values = np.array(system.values)
    equations = [_reduced(r, hidden, values) for r in system.equations]
    inequalities = [_reduced(r, hidden, values) for r in system.inequalities]
    low, high = _boxes(inequalities, values)
    equations = [r for r in equations if len(r.cells)]
    inequalities = [r for r in inequalities if len(r.cells) > 1]
    groups = _components(np.flatnonzero(hidden), equations + inequalities)
    tied = defaultdict(lambda: ([], []))  # type: ignore[var-annotated]
    for kind, relations in enumerate((equations, inequalities)):
        for relation in relations:
            tied[groups[int(relation.cells[0])]][kind].append(relation)
    members = defaultdict(list)
    for cell, group in groups.items():
        members[group].append(cell)
    return [_problem(np.array(sorted(c)), *tied[g], low, high) for g, c in sorted(members.items())]


def _reduced(relation: Relation, hidden: Mask, values: NDArray[np.float64]) -> Relation:
    """The relation with the shown cells moved to the constant."""
    open_ = hidden[relation.cells]
    known = float(relation.coefficients[~open_] @ values[relation.cells[~open_]])
    return Relation(relation.cells[open_], relation.coefficients[open_], relation.constant - known)


def _boxes(inequalities: list[Relation], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    low = np.zeros(len(values))
    high = np.full(len(values), 10.0 * values.sum() + 1e6)
    for relation in inequalities:
        if len(relation.cells) == 1:
            cell, sign = int(relation.cells[0]), float(relation.coefficients[0])
            if sign > 0:
                low[cell] = max(low[cell], relation.constant)
            else:
                high[cell] = min(high[cell], -relation.constant)
    return low, high


def _components(cells: NDArray[np.int64], relations: list[Relation]) -> dict[int, int]:
    parent = {int(c): int(c) for c in cells}

    def root(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    for relation in relations:
        first = root(int(relation.cells[0]))
        for cell in relation.cells[1:]:
            parent[root(int(cell))] = first
    return {cell: root(cell) for cell in parent}


def _problem(
    cells: NDArray[np.int64],
    equations: list[Relation],
    inequalities: list[Relation],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> _Problem:
    at = {int(c): k for k, c in enumerate(cells)}

    def matrix(relations: list[Relation]) -> NDArray[np.float64]:
        out = np.zeros((len(relations), len(cells)))
        for row, relation in enumerate(relations):
            np.add.at(out[row], [at[int(c)] for c in relation.cells], relation.coefficients)
        return out

    return _Problem(
        cells,
        low[cells],
        high[cells],
        matrix(equations),
        np.array([r.constant for r in equations]),
        matrix(inequalities),
        np.array([r.constant for r in inequalities]),
    )


def _solve(
    problem: _Problem, values: NDArray[np.float64] | None, width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not len(problem.equal) and not len(problem.above):
        return problem.low, problem.high
    if len(problem.equal) == 1 and not len(problem.above) and np.all(np.abs(problem.equal) == 1.0):
        return _one_equation(problem)
    start = _optimum(problem, np.zeros(len(problem.cells))) if values is None else values
    return _by_programmes(problem, start, width)


def _one_equation(problem: _Problem) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One equation over boxes has its intervals in closed form."""
    sign, constant = problem.equal[0], float(problem.equal_to[0])
    least, most = np.where(sign > 0, problem.low, -problem.high), np.where(sign > 0, problem.high, -problem.low)
    lower = np.maximum(least, constant - (most.sum() - most))
    upper = np.minimum(most, constant - (least.sum() - least))
    return np.where(sign > 0, lower, -upper), np.where(sign > 0, upper, -lower)


def _by_programmes(
    problem: _Problem, values: NDArray[np.float64], width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear programmes; every solution found widens all intervals, so few cells need their own."""
    low, high = values.copy(), values.copy()
    n = len(values)
    tries = [np.where(np.arange(n) % 2, 1.0, -1.0), np.ones(n)]
    if np.isfinite(width):
        for direction in (*tries, *(-t for t in tries)):
            _widen(low, high, _optimum(problem, direction))
    for k in range(n):
        for sign in (1.0, -1.0):
            if high[k] - low[k] < width:
                direction = np.zeros(n)
                direction[k] = sign
                _widen(low, high, _optimum(problem, direction))
    return low, high


def _widen(low: NDArray[np.float64], high: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    np.minimum(low, found, out=low)
    np.maximum(high, found, out=high)


def _optimum(problem: _Problem, direction: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.optimize import linprog

    answer = linprog(
        direction,
        A_eq=problem.equal if len(problem.equal) else None,
        b_eq=problem.equal_to if len(problem.equal) else None,
        A_ub=-problem.above if len(problem.above) else None,
        b_ub=-problem.above_to if len(problem.above) else None,
        bounds=np.column_stack([problem.low, problem.high]),
        method="highs",
    )
    if answer.x is None:
        raise RefusedError(
            f"the interval attack on hidden counts has no answer ({answer.message})",
            do="nothing leaves; report this with the names of the tables",
        )
    return np.asarray(answer.x, dtype=np.float64)
