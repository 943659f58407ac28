"""The worst-off subgroup, found without being told where, and judged on families that took no part in the search.

Half of the neighbourhoods (of the families, without neighbourhoods) are searched: of every combination of up to three
attributes the group whose metric lies furthest on the bad side of all other families, in standard errors. The other
half then says how far that group is off, with an interval that needs no correction for the many groups that were tried
(data splitting: Cox 1975, Biometrika 62:441). Then the halves change places, so that two answers stand side by side;
when they name different groups, the search found no one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.intake import Columns, Rows, names_of, read_rows
from riskscreen.fairness.labels import HIDDEN, attribute_text, group_text
from riskscreen.fairness.metrics import CALIBRATION, METRICS, Counts, share
from riskscreen.fairness.variance import Figures, figures_of
from riskscreen.records.texts import Text
from riskscreen.stats.discrimination import FEWEST_BLOCKS
from riskscreen.stats.intervals import Bounds, mover_difference, t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95
MOST_CONDITIONS = 3
_SPLIT = "subgroup"


@dataclass(frozen=True, slots=True, repr=False)
class Subgroup:
    """A subgroup found in one half, and what the other half says of it.

    Parameters
    ----------
    conditions
        The group of each attribute that defines it.
    searched
        Subgroups that were large enough to be looked at.
    families, outcomes
        Families and recorded outcomes of the subgroup in the judging half.
    value, rest
        The metric of the subgroup and of all other families in the judging half; ``nan`` where it divides by none.
    low, high
        95% interval of ``value - rest``; ``nan`` with too few families in the judging half.
    worse
        Does the whole interval lie on the bad side?
    small
        Is one of its four cells (selected by outcome) below the threshold? Printing it then shows no figures.
    """

    conditions: Mapping[str, str]
    searched: int
    families: int
    outcomes: int
    value: float
    rest: float
    low: float
    high: float
    worse: bool
    small: bool = False

    def __str__(self) -> str:
        looked = f"{self.name.en} (of {self.searched} looked at)"
        if self.small or np.isnan(self.low):
            return f"{looked}: figures {HIDDEN.en if self.small else 'unknown'}"
        said = "worse off" if self.worse else "not shown to be worse off"
        apart = f"{self.value:.3f} beside {self.rest:.3f} of all others, apart {self.low:.3f} to {self.high:.3f}"
        return f"{looked}: {apart}; {said}"

    __repr__ = __str__

    @property
    def name(self) -> Text:
        """Its conditions in words."""
        parts = [(attribute_text(one), group_text(one, group)) for one, group in self.conditions.items()]
        return Text(
            ", ".join(f"{one.en}: {group.en}" for one, group in parts),
            ", ".join(f"{one.nl}: {group.nl}" for one, group in parts),
        )


@dataclass(frozen=True, slots=True, repr=False)
class WorstOff:
    """Both answers of the search; ``same`` when they name one subgroup.

    Parameters
    ----------
    metric
        What was compared.
    answers
        One per half that was searched; fewer when no subgroup was large enough.
    """

    metric: str
    answers: tuple[Subgroup, ...]

    def __str__(self) -> str:
        halves = [f"half {number}: {answer}" for number, answer in enumerate(self.answers, start=1)]
        said = "shown: the same one in both halves" if self.shown else "not shown in both halves"
        return "\n".join([f"worst off on {self.metric}", *(halves or ["no subgroup was large enough"]), said])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    @property
    def same(self) -> bool:
        """Did both halves point at the same subgroup?"""
        return len(self.answers) == 2 and self.answers[0].conditions == self.answers[1].conditions

    @property
    def shown(self) -> bool:
        """Did both halves point at one subgroup, and did both find it worse off on the families of the other?"""
        return self.same and all(one.worse for one in self.answers)


def find_worst_off(
    data: Any,
    *,
    outcome: str,
    by: str | Sequence[str],
    selected: str | None = None,
    points: str | None = None,
    score: str | None = None,
    threshold_share: float = 0.05,
    count: str | None = None,
    block: str | None = None,
    metric: str = "true_positive_rate",
    offer_is: str = "help",
    conditions: int = 2,
    minimum: int = 30,
    threshold: int = 10,
    seed: int = 1,
) -> WorstOff:
    """Search for the subgroup that is worst off, and judge it on other families.

    Parameters
    ----------
    data, outcome, by, selected, points, score, threshold_share, count, block
        As for :func:`riskscreen.audit`.
    metric
        Any metric of the audit but calibration.
    offer_is
        ``help`` or ``burden``: which side is the bad one for the share selected.
    conditions
        Most attributes that define a subgroup, 1 to 3.
    minimum
        Fewest families in the metric's denominator for a subgroup, and for all others, in each half.
    threshold
        Figures of a subgroup that has fewer families in one of its four cells are not printed.
    seed
        Of the split.

    Raises
    ------
    UsageError, RegisterError
        With every fault at once.
    """
    _check(metric, offer_is, conditions, minimum)
    rows = read_rows(data, Columns(outcome, names_of(by), selected, score, points, count, None, block), threshold_share)
    halves = _halves(rows, seed)
    answers = []
    for weight, other in (halves, halves[::-1]):
        found, searched = _worst(rows, weight, metric, offer_is, conditions, minimum)
        if found is not None:
            answers.append(_judged(rows, other, found, searched, metric, offer_is, minimum, threshold))
    return WorstOff(metric, tuple(answers))


def _check(metric: str, offer_is: str, conditions: int, minimum: int) -> None:
    allowed = [name for name in METRICS if name != CALIBRATION]
    faults = [] if metric in allowed else [f"metric is {metric!r}; allowed: {', '.join(allowed)}"]
    faults += [] if offer_is in ("help", "burden") else [f"offer_is is {offer_is!r}; allowed: help, burden"]
    if not 1 <= conditions <= MOST_CONDITIONS:
        faults.append(f"conditions is {conditions}; allowed: 1 to {MOST_CONDITIONS}")
    faults += [] if minimum >= 1 else [f"minimum is {minimum}; allowed: 1 or more"]
    if faults:
        raise UsageError("the worst-off subgroup cannot be searched this way", faults=tuple(faults), do="mend the call")


def _halves(rows: Rows, seed: int) -> tuple[Floats, Floats]:
    """Families per row in either half: neighbourhoods as a whole, else single families."""
    rng = np.random.default_rng(seed)
    if _blocked(rows):
        first = rng.permutation(rows.neighbourhoods)[rows.blocks] % 2 == 0
        return np.where(first, rows.weight, 0.0), np.where(first, 0.0, rows.weight)
    own = rng.binomial(np.rint(rows.weight).astype(np.int64), 0.5).astype(np.float64)
    return own, rows.weight - own


def _blocked(rows: Rows) -> bool:
    return rows.neighbourhoods >= 2 * FEWEST_BLOCKS  # each half needs enough of them


Place = tuple[tuple[str, int], ...]
"""The place of the group of each attribute that defines a subgroup."""


def _worst(
    rows: Rows, weight: Floats, metric: str, offer_is: str, conditions: int, minimum: int
) -> tuple[Place | None, int]:
    """The subgroup furthest on the bad side of all others, and how many were looked at."""
    best, place, searched = -np.inf, None, 0
    for names, cells in _tables(rows, weight, conditions):
        off = _off(cells, metric, offer_is, minimum)
        searched += int(np.isfinite(off).sum())
        at = int(np.argmax(off))
        if off[at] > best:
            best, sizes = float(off[at]), [len(rows.groups[name][1]) for name in names]
            places = np.unravel_index(at, sizes)
            place = tuple((name, int(one)) for name, one in zip(names, places, strict=True))
    return place, searched


def _tables(rows: Rows, weight: Floats, conditions: int) -> Iterator[tuple[tuple[str, ...], Floats]]:
    """Per combination of attributes the cells of its groups, shape ``(groups, 2, 2)``."""
    cell = rows.selected * 2 + rows.outcome
    for size in range(1, conditions + 1):
        for names in combinations(rows.groups, size):
            code = np.zeros(len(cell), np.int64)
            for name in names:
                code = code * len(rows.groups[name][1]) + rows.groups[name][0]
            number = int(np.prod([len(rows.groups[name][1]) for name in names]))
            cells = np.bincount(code * 4 + cell, weight, number * 4).astype(np.float64)
            yield names, cells.reshape(number, 2, 2)


def _off(cells: Floats, metric: str, offer_is: str, minimum: int) -> Floats:
    """Standard errors on the bad side of all others, shape ``(groups,)``; minus infinity for what is too small."""
    above, below = share(metric, cells)
    rest_above, rest_below = above.sum() - above, below.sum() - below
    enough = (below >= minimum) & (rest_below >= minimum)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = above / below - rest_above / rest_below
        pooled = above.sum() / below.sum()
        error = np.sqrt(pooled * (1 - pooled) * (1 / below + 1 / rest_below))
        off = (-apart if _low_is_bad(metric, offer_is) else apart) / error
    return np.where(enough & np.isfinite(off), off, -np.inf)


def _low_is_bad(metric: str, offer_is: str) -> bool:
    low = METRICS[metric].worst_low
    return not low if offer_is == "burden" and metric == "selection_rate" else low


def _judged(
    rows: Rows, weight: Floats, found: Place, searched: int, metric: str, offer_is: str, minimum: int, threshold: int
) -> Subgroup:
    """What families outside the search say of a subgroup."""
    inside = np.ones(len(weight), np.bool_)
    for name, place in found:
        inside &= rows.groups[name][0] == place
    figures = figures_of(_counts(rows, weight, inside), metric)
    low, high = _interval(figures, minimum)
    bad = high < 0 if _low_is_bad(metric, offer_is) else low > 0
    cells = figures.counts.totals[0]
    return Subgroup(
        {name: rows.groups[name][1][place] for name, place in found},
        searched,
        int(cells.sum()),
        int(cells[:, 1].sum()),
        float(figures.value[0]),
        float(figures.value[1]),
        low,
        high,
        bool(bad),
        bool((cells < threshold).any()),
    )


def _counts(rows: Rows, weight: Floats, inside: NDArray[np.bool_]) -> Counts:
    """The subgroup and all other families, by neighbourhood."""
    block = np.unique(rows.blocks[weight > 0], return_inverse=True)[1] if _blocked(rows) else None
    own = np.zeros(int((weight > 0).sum()), np.int64) if block is None else block
    number = int(own.max(initial=0)) + 1
    some = weight > 0
    place = ((own * 2 + ~inside[some]) * 2 + rows.selected[some]) * 2 + rows.outcome[some]
    cells = np.bincount(place, weight[some], number * 8).reshape(number, 2, 2, 2)
    return Counts(_SPLIT, ("subgroup", "others"), np.rint(cells).astype(np.int64))


def _interval(figures: Figures, minimum: int) -> tuple[float, float]:
    """95% interval of the subgroup's value minus that of the others."""
    if (figures.seen < minimum).any():
        return float("nan"), float("nan")
    one, other = np.array([0]), np.array([1])
    quantile = t_quantile(1 - LEVEL, figures.pair_freedom(one, other))
    alike = 0.0
    if figures.blocked:
        shared = (figures.influence.T @ figures.influence)[0, 1]
        alike = float(np.clip(shared / np.sqrt(np.prod(figures.variance)), -1, 1))
    first, second = figures.limits(quantile, one), figures.limits(quantile, other)
    bounds: Bounds = mover_difference(figures.value[one], first, figures.value[other], second, alike)
    return float(bounds.low[0]), float(bounds.high[0])
