"""How well a sensitive feature can be recovered from the stressors, and which stressors carry it.

A card never reads origin or family form, yet its stressors may tell them. An estimator, given as an argument, guesses
the group of an attribute from the levels; it is fitted on some folds of families and judged on others. Only counts come
in: levels of all stressors by one attribute at a time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.drawing import REPLICATES, Dealt, deal
from riskscreen.fairness.labels import UNKNOWN, in_order
from riskscreen.stats.association import Association, cramers_v
from riskscreen.stats.discrimination import Figure, auroc, auroc_of_bins

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FIT_FOLDS = tuple(range(7))
LOOKED_AT = 5
"""So many stressors, those that go together with the attribute most, are left out in turn."""
LEAST_DROP = 0.005
"""A stressor carries an attribute when the skill falls by at least this much without it, beyond chance."""
_BINS = 200
_EDGE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ProxyCounts:
    """Families by levels of stressors and by one attribute.

    Parameters
    ----------
    attribute, groups
        Its name and values; groups with too few families to learn or judge from are not among them.
    stressors
        Names of the columns of ``levels``.
    levels
        Shape ``(rows, stressors)``; ``nan`` is *not covered*.
    group
        Place in ``groups``, shape ``(rows,)``.
    held_out
        Rows of families that judge; the others fit. Shape ``(rows,)``.
    block
        Neighbourhood as a whole number from 0, shape ``(rows,)``.
    families
        Whole numbers, shape ``(rows,)``.
    left_out
        Groups that were left out.
    """

    attribute: str
    groups: tuple[str, ...]
    stressors: tuple[str, ...]
    levels: Array
    group: Ints
    held_out: NDArray[np.bool_]
    block: Ints
    families: Array
    left_out: tuple[str, ...] = ()

    def without(self, stressor: str) -> ProxyCounts:
        """The same families without one of the stressors."""
        place = self.stressors.index(stressor)
        names = tuple(name for name in self.stressors if name != stressor)
        return ProxyCounts(
            self.attribute,
            self.groups,
            names,
            np.delete(self.levels, place, axis=1),
            self.group,
            self.held_out,
            self.block,
            self.families,
            self.left_out,
        )


@dataclass(frozen=True, slots=True)
class GroupRecovery:
    """How well one group is told from all others, on families that were held out.

    Parameters
    ----------
    families, others
        Held-out families of the group, and all others.
    auroc
        Chance that a family of the group is held likelier to be of it than a family that is not: 0.5 is a coin.
    """

    group: str
    families: int
    others: int
    auroc: Figure


@dataclass(frozen=True, slots=True)
class Recovery:
    """How well an attribute can be recovered.

    Parameters
    ----------
    estimator
        Name of what recovered it.
    families
        Held-out families.
    skill
        One minus the log-loss over that of the attribute's own shares: 0 nothing recovered, 1 everything. Below 0: the
        guesses were worse than the shares.
    groups
        One figure per group.
    """

    attribute: str
    estimator: str
    families: int
    skill: Figure
    groups: tuple[GroupRecovery, ...]
    left_out: tuple[str, ...]

    @property
    def recovered(self) -> bool:
        """Is there skill beyond chance?"""
        return bool(self.skill.low > 0)


@dataclass(frozen=True, slots=True)
class Carrier:
    """What one stressor tells of an attribute.

    Parameters
    ----------
    association
        Its own Cramér's V with the attribute, on all families.
    drop
        How much skill is lost when the estimator is fitted without it; ``None`` when that was not tried, since others
        go together with the attribute more.
    """

    attribute: str
    stressor: str
    families: int
    association: Association
    drop: Figure | None

    @property
    def carries(self) -> bool:
        """Is skill lost without it, beyond chance and more than a trifle?"""
        return self.drop is not None and self.drop.low > 0 and self.drop.value >= LEAST_DROP


def proxy_counts(
    counts: pd.DataFrame,
    stressors: tuple[str, ...],
    attribute: str,
    *,
    fit_folds: Collection[int] = FIT_FOLDS,
    minimum: int = 100,
) -> ProxyCounts | None:
    """Read a frame of counts; ``None`` when fewer than two groups have enough families.

    Parameters
    ----------
    counts
        Columns ``fold, area_block, <stressors>, <attribute>, families``; missing values of the attribute are the group
        *unknown*.
    fit_folds
        Families of these folds fit, all others judge.
    minimum
        Fewest families of a group on either side.

    Raises
    ------
    UsageError
        A column is missing.
    """
    import pandas as pd

    needed = {"fold", "area_block", attribute, "families"} | set(stressors)
    if missing := sorted(needed - set(counts.columns)):
        raise UsageError(f"the counts lack {', '.join(missing)}", do="count families by stressors, fold and attribute")
    values = counts[attribute].astype(object).where(counts[attribute].notna(), UNKNOWN).astype(str)
    held_out = ~counts["fold"].isin(list(fit_folds)).to_numpy()
    families = counts["families"].to_numpy(np.float64)
    every = in_order(attribute, sorted(values.unique()))
    groups = tuple(
        group
        for group in every
        for own in [(values == group).to_numpy()]
        if min(families[own & held_out].sum(), families[own & ~held_out].sum()) >= minimum
    )
    if len(groups) < 2:
        return None
    keep = values.isin(groups).to_numpy()
    levels = np.column_stack([counts[name].to_numpy(np.float64, na_value=np.nan) for name in stressors])
    return ProxyCounts(
        attribute,
        groups,
        stressors,
        levels[keep],
        np.array([groups.index(group) for group in values[keep]], np.int64),
        held_out[keep],
        pd.factorize(counts["area_block"], sort=True)[0].astype(np.int64)[keep],
        families[keep],
        tuple(group for group in every if group not in groups),
    )


def steps_of(levels: Array) -> Array:
    """A 0/1 column per level above the lowest (*at least this level*), and one for *not covered* where it occurs.

    Parameters
    ----------
    levels
        Shape ``(rows, stressors)``; ``nan`` is *not covered*.

    Returns
    -------
    Array
        Shape ``(rows, steps)``.

    Examples
    --------
    >>> steps_of(np.array([[0.0], [2.0], [1.0], [np.nan]])).astype(int).tolist()
    [[0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]]
    """
    steps = []
    for column in levels.T:
        absent = np.isnan(column)
        steps += [column >= cut for cut in np.unique(column[~absent])[1:]]
        steps += [absent] if absent.any() and not absent.all() else []
    return np.column_stack(steps).astype(np.float64) if steps else np.zeros((len(levels), 1))


def recover(
    counts: ProxyCounts, estimator: Any, *, name: str = "", seed: int = 1, replicates: int = REPLICATES
) -> Recovery:
    """How well an attribute is recovered on families that were held out.

    Parameters
    ----------
    estimator
        Any scikit-learn classifier with ``fit(X, y, sample_weight)`` and ``predict_proba``; a copy of it is fitted on
        the 0/1 columns of :func:`steps_of`.
    name
        What to call it; default its class.
    seed, replicates
        For the intervals, which draw neighbourhoods.
    """
    judged = _judged(counts, estimator, seed, replicates)
    return Recovery(
        counts.attribute,
        name or type(estimator).__name__,
        int(judged.families.sum()),
        _skill(judged),
        tuple(_group(counts, judged, place) for place in range(len(counts.groups))),
        counts.left_out,
    )


def find_carriers(
    counts: ProxyCounts,
    estimator: Any,
    *,
    looked_at: int = LOOKED_AT,
    seed: int = 1,
    replicates: int = REPLICATES,
) -> tuple[Carrier, ...]:
    """Every stressor's own association with an attribute; of the strongest, the skill lost without it. Strongest first.

    Parameters
    ----------
    estimator, seed, replicates
        As for :func:`recover`; the same draws with and without the stressor, so that the interval is of the difference.
    looked_at
        How many of the strongest are left out in turn.
    """
    dealt = deal(counts.block, counts.families, seed=seed, replicates=replicates)
    own = {name: _association(counts, dealt, place) for place, name in enumerate(counts.stressors)}
    order = sorted(own, key=lambda name: (-np.nan_to_num(own[name].value), name))
    tried = [name for name in order[:looked_at] if own[name].value > 0 and len(counts.stressors) > 1]
    whole = _judged(counts, estimator, seed, replicates) if tried else None
    drops = {
        name: _drop(whole, _judged(counts.without(name), estimator, seed, replicates))
        for name in tried
        if whole is not None
    }
    families = int(counts.families.sum())
    return tuple(Carrier(counts.attribute, name, families, own[name], drops.get(name)) for name in order)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Held-out families with their chances of every group.

    ``chances`` has shape ``(rows, groups)``; ``loss`` and ``share_loss`` shape ``(rows,)``.
    """

    group: Ints
    families: Array
    chances: Array
    loss: Array
    share_loss: Array
    dealt: Dealt


def _judged(counts: ProxyCounts, estimator: Any, seed: int, replicates: int) -> _Judged:
    from sklearn.base import clone
    from threadpoolctl import threadpool_limits

    steps, out = steps_of(counts.levels), counts.held_out
    columns, group, families = _summed(steps[~out], counts.group[~out], counts.families[~out])
    with threadpool_limits(1):  # sums in the same order on every machine
        model = clone(estimator)
        model.fit(columns, group, sample_weight=families)
        chances = model.predict_proba(steps[out])  # every group has families that fit: classes are all places in order
    shares = np.bincount(group, families, len(counts.groups)) / families.sum()
    there = counts.group[out]
    return _Judged(
        there,
        counts.families[out],
        chances,
        -np.log(np.maximum(chances[np.arange(len(there)), there], _EDGE)),
        -np.log(shares[there]),
        deal(counts.block[out], counts.families[out], seed=seed, replicates=replicates),
    )


def _summed(columns: Array, group: Ints, families: Array) -> tuple[Array, Ints, Array]:
    """Equal rows once, with their families: the fit is the same and takes less time."""
    every, code = np.unique(np.column_stack([columns, group]), axis=0, return_inverse=True)
    total = np.bincount(code.ravel(), families, len(every)).astype(np.float64)
    return every[:, :-1], every[:, -1].astype(np.int64), total


def _skill(judged: _Judged) -> Figure:
    value, drawn = _skills(judged)
    return judged.dealt.figure(value, drawn)


def _skills(judged: _Judged) -> tuple[float, Array]:
    loss, shares = judged.dealt.sums(judged.loss), judged.dealt.sums(judged.share_loss)
    return float(1 - loss.sum() / shares.sum()), 1 - (judged.dealt.draws @ loss) / (judged.dealt.draws @ shares)


def _drop(whole: _Judged, without: _Judged) -> Figure:
    value, drawn = _skills(whole)
    less, drawn_less = _skills(without)
    return whole.dealt.figure(value - less, drawn - drawn_less)


def _group(counts: ProxyCounts, judged: _Judged, place: int) -> GroupRecovery:
    own, chance = judged.group == place, judged.chances[:, place]
    bins = _quantiles(chance, judged.families)
    number = int(bins.max()) + 1
    tables = judged.dealt.tables(bins * 2 + own, number * 2)
    drawn = (judged.dealt.draws @ tables).reshape(-1, number, 2)
    value = auroc(chance, own.astype(np.float64), judged.families)
    figure = judged.dealt.figure(value, auroc_of_bins(drawn[:, :, 1], drawn[:, :, 0]), "logit")
    families = int(judged.families[own].sum())
    return GroupRecovery(counts.groups[place], families, int(judged.families.sum()) - families, figure)


def _quantiles(chance: Array, families: Array) -> Ints:
    """At most two hundred bins of about equally many families, in order; for replicates only. Shape ``(rows,)``."""
    values, code = np.unique(chance, return_inverse=True)
    total = np.bincount(code, families, len(values))
    middle = (np.cumsum(total) - total / 2) / total.sum()
    bins = np.minimum(np.floor(middle * _BINS), _BINS - 1)
    return np.asarray(np.unique(bins, return_inverse=True)[1][code], np.int64)


def _association(counts: ProxyCounts, dealt: Dealt, place: int) -> Association:
    """Cramér's V of the levels of one stressor (*not covered* is one of them) with the groups."""
    levels, groups = np.unique(counts.levels[:, place], return_inverse=True)[1], len(counts.groups)
    rows = int(levels.max()) + 1
    tables = dealt.tables(levels * groups + counts.group, rows * groups)
    return cramers_v(tables.reshape(-1, rows, groups), dealt.draws)
