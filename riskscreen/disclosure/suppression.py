"""Secondary suppression: hide more counts until no hidden one can be worked out.

Greedy: every equation gets none or at least two hidden cells with a hidden sum of at least the threshold; then the
interval attack runs, and each cell that it narrows to less than the threshold gets another hidden cell beside it,
until the attack finds nothing. So the heuristic may hide more than needed, never less: the attack decides.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from riskscreen.disclosure.attacks import Mask, Narrow, weak_cells
from riskscreen.disclosure.system import Relation, System

_MARGIN_COST = 1e9
_LINE_COST = 4.0


def suppress(system: System, primary: Mask, threshold: int) -> Mask:
    """Which cells must be hidden so that none of them is known to within less than the threshold.

    Parameters
    ----------
    system
        The cells and what ties them together.
    primary
        The cells hidden by themselves, shape ``(cells,)``.
    threshold
        The width that the interval attack must leave to every hidden cell.

    Returns
    -------
    Mask
        Shape ``(cells,)``. True zeros are never used as helpers: who knows the area knows them.
    """
    hidden = primary | np.array([cell[0] < 0 for cell in system.cells], dtype=bool)
    search = _Search(system, hidden, threshold)
    hopeless: set[int] = set()
    solved: Narrow = {}
    while True:
        search.balance()
        found = weak_cells(system, search.hidden, threshold, solved=solved)
        weak = [cell for cell in found if cell not in hopeless]
        if not weak:
            return search.hidden
        if search.help(weak):
            continue
        # nothing in its own lines is left to hide: something further off may still be what narrows it
        near = search.nearby(weak[0])
        without = search.hidden.copy()
        without[near] = True
        if near and weak[0] not in weak_cells(system, without, threshold, solved=solved):
            search.hidden[near[0]] = True
        else:
            hopeless.add(weak[0])


class _Search:
    """The hidden cells so far."""

    def __init__(self, system: System, hidden: Mask, threshold: int) -> None:
        self.system = system
        self.hidden = hidden.copy()
        self.threshold = threshold
        self.values = np.array(system.values)
        self.lines: dict[int, list[int]] = defaultdict(list)
        for number, relation in enumerate(system.equations):
            for cell in relation.cells:
                self.lines[int(cell)].append(number)

    def balance(self) -> None:
        """Give every equation none or at least two hidden cells that sum to the threshold."""
        open_ = list(range(len(self.system.equations)))
        while open_:
            added = [self._add(n) for n in open_ if self._unbalanced(self.system.equations[n])]
            open_ = sorted({n for cell in added if cell is not None for n in self.lines[cell]})

    def help(self, weak: list[int]) -> bool:
        """Hide one more cell beside each weak one; False when nothing is left that would help."""
        done: set[int] = set()
        before = int(self.hidden.sum())
        for cell in weak:
            lines = [n for n in self.lines[cell] if n not in done]
            done.update(lines)
            added = [self._add(n) for n in lines]
            if not any(a is not None for a in added):
                self._open_wholes(cell)
        return int(self.hidden.sum()) > before

    def nearby(self, cell: int) -> list[int]:
        """Shown cells in any equation tied to this one through hidden cells: inner cells first, small ones first."""
        lines, todo = set(self.lines[cell]), list(self.lines[cell])
        while todo:
            cells = self.system.equations[todo.pop()].cells
            for other in (int(c) for c in cells if self.hidden[c]):
                fresh = set(self.lines[other]) - lines
                lines |= fresh
                todo += fresh
        tied = {int(c) for n in lines for c in self.system.equations[n].cells if not self.hidden[c]}
        found = [c for c in tied if self.values[c] > 0]
        return sorted(found, key=lambda c: (bool(self.system.margin[c]), float(self.values[c]), c))

    def _unbalanced(self, relation: Relation) -> bool:
        """One hidden cell alone, or too few families in all. A slack is no cover: nobody vouches that it is unknown."""
        hidden = [int(c) for c in relation.cells if self.hidden[c] and self.system.cells[c][0] >= 0]
        return len(hidden) == 1 or (len(hidden) > 1 and float(self.values[hidden].sum()) < self.threshold)

    def _worth(self, number: int) -> bool:
        cells = self.system.equations[number].cells
        return float(self.values[cells[self.hidden[cells]]].sum()) >= self.threshold

    def _add(self, number: int) -> int | None:
        """Hide the cheapest cell of an equation; None when it has none left."""
        cells = self.system.equations[number].cells
        shown = [int(c) for c in cells if not self.hidden[c] and self.values[c] > 0]
        if not shown:
            return None
        need = self.threshold - float(self.values[cells[self.hidden[cells]]].sum())
        best = min(shown, key=lambda c: (self._cost(c, number, need), c))
        self.hidden[best] = True
        return best

    def _cost(self, cell: int, number: int, need: float) -> float:
        """Small counts first, margins last; a cell whose other lines already hide something opens no new line."""
        fresh = sum(not self.hidden[self.system.equations[n].cells].any() for n in self.lines[cell] if n != number)
        cost = float(self.values[cell]) * (1.0 + _LINE_COST * fresh)
        if self.values[cell] < need:
            cost += 1e6
        return cost + (_MARGIN_COST if self.system.margin[cell] else 0.0)

    def _open_wholes(self, cell: int) -> None:
        """When nothing beside a cell is left to hide and the known wholes still narrow it: hide those wholes too."""
        lines = self.lines[cell]
        if lines and not any(self._worth(number) for number in lines):
            return
        for number in lines:
            for other in self.system.equations[number].cells:
                if self.hidden[other]:
                    self._hide_wholes(int(other))
        self._hide_wholes(cell)

    def _hide_wholes(self, cell: int) -> None:
        for whole in self.system.wholes.get(cell, ()):
            self.hidden[whole] = True
