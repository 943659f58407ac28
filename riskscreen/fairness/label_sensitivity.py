"""Recorded reports are not the truth: what a conclusion becomes when need is recorded unevenly.

The model has four ratios, all set beforehand. Two are about reporting:

- ``k`` (*reporting ratio*): families with need that were not selected are reported with probability ``rho`` in the
  best reported group, and at least ``rho / k`` in any other: ``rho / m`` with ``1 <= m <= k``.
- ``c`` (*contact ratio*): within a group, a selected family with need (it has contact, or many points) is reported
  ``g`` times as often as one that was not selected, ``1 <= g <= c``. Every group has a ``g`` of its own: contact may
  bring need to light in one group and not in the other. Below 1 is not considered: professionals report what they see.

Two are about the registers:

- ``l`` (*link ratio*): a report that does not find its family is a report that was not made. The share that does is at
  most ``l`` times as high in one group as in another, and within a group at most ``l`` times as high among selected
  families (whose records were found) as among others. Links therefore make ``m`` at most ``k l`` and ``g`` at most
  ``c l``.
- ``u`` (*coverage ratio*): families that the registers do not know are not selected. For each family of a group that is
  known and was not selected there are ``v`` in all, ``1 <= v <= u``, with need as often as those.

A report is taken as need; ``rho`` itself cannot be known from reports. Need is therefore counted *as it would be
reported in the best reported group without contact*. With ``y1`` reports among the ``n1`` selected families of a group
and ``y0`` among its ``n0`` others, need is

    ``N1 = m * y1 / g`` and ``N0 = m * y0``, at most ``n1`` and ``n0`` (need cannot exceed families).

Every metric follows from the four cells ``N1, n1 - N1, N0, n0 - N0``:

- selection rate: ``n1 / (n1 + n0)``; rests on no label.
- true-positive rate: ``N1 / (N1 + N0) = y1 / (y1 + g * y0)``: ``m`` cancels, ``g`` does not (it divides the odds).
  False-negative rate: one minus it. (An ``m`` that makes need exceed families is one that the counts rule out.)
- shares of the selected, such as the predictive value ``N1 / n1 = PPV * m / g``: rest on both.
- shares of the families not selected, ``N0 / n0``: rest on ``m``; nobody there has contact.
- base rate ``(N1 + N0) / n``, calibration ``mean risk - base rate`` and false-positive rate
  ``(n1 - N1) / (n - N1 - N0)``: rest on both.

Coverage puts ``v n0`` and ``v N0`` for ``n0`` and ``N0``. It moves every share that sets the selected beside the others
(also the selection rate), not shares of the selected or of the others alone, nor calibration, which is about families
with a score.

Worst case. With the other ratios held, each of these is a quotient of two linear functions of ``m``, of ``1 / g``, or
of ``v``, whose denominator stays positive: it rises or falls all the way. A difference of two groups, each with ratios
of its own, is therefore largest and smallest at corners, ``m`` in ``{1, k l}``, ``g`` in ``{1, c l}`` and ``v`` in
``{1, u}``. A cap only stops such a function, but for the false-positive rate, which could then be anything. Bounds of
intervals are taken at the same corners; a test compares them with a grid. The assumptions for smaller ratios are among
those for larger ones, so bounds only widen.

Reading a verdict for the smallest bias that overturns it is known as sensitivity analysis for label bias (Fogliato,
Chouldechova and G'Sell 2020); bounds under unknown reporting are partial identification (Manski 2003).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskscreen.fairness.metrics import CALIBRATION, METRICS, share
from riskscreen.fairness.variance import Figures
from riskscreen.stats.intervals import Bounds, mover_difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RestsOn = Literal["truth", "no_label", "contact", "groups", "groups_and_contact"]


@dataclass(frozen=True, slots=True)
class Uneven:
    """How uneven recording may be: each ratio may be anything from 1 up to this value.

    Parameters
    ----------
    groups, contact, links, coverage
        ``k``, ``c``, ``l`` and ``u`` of this module, each at least 1.
    """

    groups: float = 1.0
    contact: float = 1.0
    links: float = 1.0
    coverage: float = 1.0


EVEN = Uneven()
MOST = 10.0
"""Ratios up to here are tried; a verdict that still stands then is said not to turn."""
STEP = 0.001
"""Turning points are found to this step."""


def rests_on(metric: str) -> RestsOn:
    """Which differences in reporting move a metric, from the cells it is made of.

    Examples
    --------
    >>> [rests_on(name) for name in ("selection_rate", "true_positive_rate", "base_rate")]
    ['no_label', 'contact', 'groups_and_contact']
    """
    above, below = METRICS[metric].numerator, METRICS[metric].denominator
    if (above[:, 0] == above[:, 1]).all() and (below[:, 0] == below[:, 1]).all():
        return "no_label"
    if not below[:, 0].any():
        return "contact"
    return "groups_and_contact" if below[1].any() else "groups"


def rests_on_coverage(metric: str) -> bool:
    """Would families that the registers do not know move this metric?

    Examples
    --------
    >>> [rests_on_coverage(name) for name in ("selection_rate", "true_positive_rate", "positive_predictive_value")]
    [True, True, False]
    """
    return metric != CALIBRATION and bool(METRICS[metric].denominator.any(axis=1).all())


def needed(
    cells: NDArray[np.int64] | Floats, groups: ArrayLike, contact: ArrayLike, coverage: ArrayLike = 1.0
) -> Floats:
    """Cells by need, from cells by report.

    Parameters
    ----------
    cells
        Families by selected and report, shape ``(..., 2, 2)``.
    groups, contact
        ``m`` and ``g``, of shape ``(...)`` or single: how many times less often need is reported than in the best
        reported group, and how many times as often with contact.
    coverage
        ``v``: families per known family that was not selected.

    Examples
    --------
    Of 100 selected families 30 have a report, of 900 others 60. Had contact doubled reporting, 15 would count:

    >>> needed(np.array([[840, 60], [70, 30]]), 1.0, 2.0).tolist()
    [[840.0, 60.0], [85.0, 15.0]]
    """
    families = cells.sum(axis=-1)
    need = np.minimum(cells[..., 1] * _times(groups, contact), families)
    whole = np.stack([families - need, need], axis=-1)
    whole[..., 0, :] *= np.asarray(coverage, np.float64)[..., None]
    return whole


def _times(groups: ArrayLike, contact: ArrayLike) -> Floats:
    """Families with need per report, not selected and selected: shape ``(..., 2)``."""
    m, g = np.broadcast_arrays(np.asarray(groups, np.float64), np.asarray(contact, np.float64))
    return np.stack([m, m / g], axis=-1)


def possible_ratios(cells: NDArray[np.int64] | Floats) -> Floats:
    """From which ``m`` on need would exceed the families, not selected and selected (there with ``g = 1``).

    Larger ratios are ruled out by the counts themselves; infinite without reports. Shape ``(..., 2)``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cells[..., 1] > 0, cells.sum(axis=-1) / cells[..., 1], np.inf)


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences between pairs of groups in one metric, and what their bounds need.

    Parameters
    ----------
    first, second
        Places of the groups of each pair, shape ``(pairs,)``.
    a, b
        Limits of the metric in the first and in the second group, as recorded, shape ``(pairs,)``.
    correlation
        Between the two values of each pair, shape ``(pairs,)``.
    """

    figures: Figures
    first: Ints
    second: Ints
    a: Bounds
    b: Bounds
    correlation: Floats


def label_bounds(among: Differences, uneven: Uneven) -> Bounds:
    """The widest bounds of each pair's difference when recording may be as uneven as this.

    Returns
    -------
    Bounds
        Shape ``(pairs,)``; the plain bounds when all is even.
    """
    metric = among.figures.metric
    corners = _corners(metric, uneven)
    moves = (_by_odds if rests_on(metric) in ("no_label", "contact") else _by_scale)(among.figures, corners)
    (p, a), (q, b) = moves(among.first, among.a), moves(among.second, among.b)
    bounds = mover_difference(
        p[:, None],
        Bounds(a.low[:, None], a.high[:, None]),
        q[None],
        Bounds(b.low[None], b.high[None]),
        among.correlation,
    )
    # Where need could take up a cell, a share of the families without need could be anything.
    low, high = np.nan_to_num(bounds.low, nan=-1.0), np.nan_to_num(bounds.high, nan=1.0)
    return Bounds(low.min(axis=(0, 1)), high.max(axis=(0, 1)))


def turning_point(stands: Callable[[float], bool]) -> float | None:
    """The smallest ratio at which a verdict no longer stands, to a step of 0.001; ``None``: not up to 10.

    Parameters
    ----------
    stands
        Does the verdict stand when a ratio may be anything up to this value? Once not, it never does again.

    Examples
    --------
    >>> turning_point(lambda ratio: ratio < 1.25), turning_point(lambda ratio: True)
    (1.25, None)
    """
    good, bad = 0, round((MOST - 1) / STEP)
    if stands(_ratio(bad)):
        return None
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if stands(_ratio(middle)) else (good, middle)
    return _ratio(bad)


def _ratio(steps: int) -> float:
    return round(1 + steps * STEP, 3)


@dataclass(frozen=True, slots=True)
class _Corners:
    """Extreme ``m``, ``g`` and ``v``, each of shape ``(corners, 1)``."""

    m: Floats
    g: Floats
    v: Floats


def _corners(metric: str, uneven: Uneven) -> _Corners:
    """Extremes of one group's ratios, without a ratio that does not move the metric."""
    on = rests_on(metric)
    most = (
        uneven.groups * uneven.links if on in ("groups", "groups_and_contact") else 1.0,
        uneven.contact * uneven.links if on in ("contact", "groups_and_contact") else 1.0,
        uneven.coverage if rests_on_coverage(metric) else 1.0,
    )
    ends = product(*((1.0, ratio) if ratio > 1 else (1.0,) for ratio in most))
    m, g, v = np.array(list(ends)).T[..., None]
    return _Corners(m, g, v)


Moves = Callable[[Ints, Bounds], tuple[Floats, Bounds]]
"""From places of groups and their limits as recorded to values and limits at every corner, ``(corners, pairs)``."""


def _by_odds(figures: Figures, corners: _Corners) -> Moves:
    """For a share selected, of all or of those with need: the odds of being selected are divided by ``g v``."""
    less = corners.g * corners.v
    times = 1 / less if METRICS[figures.metric].numerator[1, 1] else less

    def moved(rate: Floats) -> Floats:
        return np.asarray(rate * times / (rate * times + 1 - rate))

    return lambda place, limits: (moved(figures.value[place]), Bounds(moved(limits.low), moved(limits.high)))


def _by_scale(figures: Figures, corners: _Corners) -> Moves:
    """For any metric: limits keep their distance in standard errors (delta method; design effect as recorded)."""
    metric, cells = figures.metric, figures.counts.population
    above, below = share(metric, needed(cells, corners.m, corners.g, corners.v))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = above / below
        wider = _error(metric, cells, corners) / _error(metric, cells, _corners(metric, EVEN))
    least = 0.0
    if metric == CALIBRATION:
        value, least = figures.mean_risk - value, -1.0
    value = np.where(_takes_up(metric, cells, corners), np.nan, value)

    def moved(place: Ints, limits: Bounds) -> tuple[Floats, Bounds]:
        new, old, times = value[:, place], figures.value[place], wider[:, place]
        # Where the error cannot be told, the limits are as wide as the metric allows.
        with np.errstate(invalid="ignore"):
            low = np.nan_to_num(new - (old - limits.low) * times, nan=least)
            high = np.nan_to_num(new + (limits.high - old) * times, nan=1.0)
        return new, Bounds(np.clip(low, least, new), np.clip(high, new, 1.0))

    return moved


def _takes_up(metric: str, cells: NDArray[np.int64] | Floats, corners: _Corners) -> NDArray[np.bool_]:
    """Would need exceed a cell, in a share of the families without need? Shape ``(corners, groups)``."""
    below = METRICS[metric].denominator
    exceeds = (_times(corners.m, corners.g) > possible_ratios(cells)).any(axis=-1)
    return np.asarray(exceeds & bool((below[:, 0] != below[:, 1]).any()))


def _error(metric: str, cells: NDArray[np.int64] | Floats, corners: _Corners) -> Floats:
    """Standard error of a share of need among independent families, half a family added to every cell."""
    padded: Floats = cells + np.float64(0.5)
    # Of a reported family, this part counts as need and the rest does not.
    part = np.minimum(_times(corners.m, corners.g), possible_ratios(padded))
    masks = (METRICS[metric].numerator, METRICS[metric].denominator)
    above, below = (_per_family(mask, part, corners.v) for mask in masks)
    total = (padded * below).sum(axis=(-2, -1))
    rate = (padded * above).sum(axis=(-2, -1)) / total
    square = (padded * (above - rate[..., None, None] * below) ** 2).sum(axis=(-2, -1))
    return np.asarray(np.sqrt(square) / total)


def _per_family(mask: Floats, part: Floats, coverage: Floats) -> Floats:
    """What a family of each recorded cell adds to a sum over cells by need, shape ``(..., 2, 2)``."""
    reported = part * mask[:, 1] + (1 - part) * mask[:, 0]
    added = np.stack([np.broadcast_to(mask[:, 0], reported.shape), reported], axis=-1)
    added[..., 0, :] *= coverage[..., None]
    return added
