"""Other ways of selecting, to be looked at: what would be different, and for whom?

A what-if is a chance of being selected and a risk per profile, or per profile and group. All select the same share of
families, so that none looks better by selecting fewer. A what-if is no card: it has no lines, no SQL and no file, and
it cannot be pickled. What leaves is a card, fitted anew on the stressors that a scenario names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import RefusedError, UsageError
from riskscreen.stats.isotonic import rising

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["as_it_is", "other_stressors", "reads_sensitive_feature"]

LEAST_FAMILIES = 100
LEAST_OUTCOMES = 10
"""A group with fewer families or outcomes to fit on has no rule of its own: such groups are taken together."""
_HALVINGS = 60
_BEYOND = 1e-3
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """One way of selecting.

    Parameters
    ----------
    name
        A code, unique within a comparison, such as ``without single_parent``.
    kind
        ``as_it_is``: the card of the run; ``other_stressors``: a card on other stressors;
        ``reads_sensitive_feature``: an attribute was read to fit it or to select by it, so it can never be released.
    chance
        Chance of being selected, shape ``(rows,)`` over profiles, or over profiles and groups when ``attribute`` is
        given. It is 0 or 1 but for ties and lots.
    risk
        Estimated risk of a recorded outcome, shape ``(rows,)``.
    removed
        The stressors that it does without.
    attribute
        The attribute whose groups its rows are also by; ``None``: its rows are profiles.
    """

    name: str
    kind: Kind
    chance: Array
    risk: Array
    removed: tuple[str, ...] = ()
    attribute: str | None = None

    @property
    def may_be_proposed(self) -> bool:
        """Could a board take it up at all? Only a card on other stressors: it reads no sensitive feature."""
        return self.kind == "other_stressors"

    def __reduce__(self) -> Any:
        raise RefusedError(
            "a what-if cannot be stored or released",
            do="to take up other stressors, name them under stressors in a scenario, and run and review that",
        )


@dataclass(frozen=True, slots=True, eq=False)
class GroupRows:
    """Profiles by the groups of one attribute, with counts.

    Parameters
    ----------
    levels
        Shape ``(rows, stressors)``; ``nan`` is *not covered*.
    group
        Place of the group, shape ``(rows,)``.
    outcome, families
        Shape ``(rows,)``: 0 or 1, and how many families.
    """

    levels: Array
    group: Ints
    outcome: Array
    families: Array

    def __post_init__(self) -> None:
        if not len(self.levels) == len(self.group) == len(self.outcome) == len(self.families):
            raise UsageError("rows of profiles have columns of different lengths", do="give one value per row")


def pooled(group: Ints, fitted: GroupRows) -> Ints:
    """Groups with a rule of their own numbered from 0; small ones share the last number, or follow the largest group.

    They follow the largest when all of them together are too few as well.

    Parameters
    ----------
    group
        Places to be numbered, shape ``(rows,)``.
    fitted
        The families that decide which groups are small.
    """
    number = int(max(group.max(initial=0), fitted.group.max(initial=0))) + 1
    families = np.bincount(fitted.group, fitted.families, number)
    outcomes = np.bincount(fitted.group, fitted.families * fitted.outcome, number)
    large = _enough(families, outcomes)
    rest = int(large.sum()) if _enough(families[~large].sum(), outcomes[~large].sum()) else None
    own = np.cumsum(large) - 1
    other = own[int(np.argmax(np.where(large, families, -1)))] if rest is None else rest
    return np.asarray(np.where(large, own, other)[group], np.int64)


def _enough(families: Any, outcomes: Any) -> Any:
    return (families >= LEAST_FAMILIES) & (outcomes >= LEAST_OUTCOMES) & (families - outcomes >= LEAST_OUTCOMES)


def risk_at_share(risk: Array, families: Array, share: float) -> float:
    """The risk of the last family selected when a share is, highest risks first. Shapes ``(rows,)``."""
    order = np.argsort(-risk, kind="stable")
    place = np.searchsorted(np.cumsum(families[order]), share * families.sum())
    return float(risk[order][min(int(place), len(risk) - 1)])


def chance_at_share(score: Array, families: Array, share: float) -> Array:
    """Chance of being selected when the highest scores go first until a share of families is; ties draw lots.

    Parameters
    ----------
    score, families
        Shape ``(rows,)``.
    share
        From 0 to 1.

    Examples
    --------
    >>> chance_at_share(np.array([3.0, 2.0, 1.0]), np.array([10.0, 20.0, 70.0]), 0.2).tolist()
    [1.0, 0.5, 0.0]
    """
    values, code = np.unique(-score, return_inverse=True)
    size = np.bincount(code, families, len(values))
    left = share * families.sum() - (np.cumsum(size) - size)
    part = np.divide(left, size, out=np.zeros(len(values)), where=size > 0)
    return np.asarray(np.clip(part, 0.0, 1.0)[code])


def moved_to_share(chance: Array, families: Array, share: float) -> Array:
    """The same lots, made rarer or commoner for everybody alike until a share of families is selected.

    Too many: every chance is multiplied by one factor; too few: the same for the chances of not being selected. Rates
    that are equal between groups stay so.

    Parameters
    ----------
    chance, families
        Shape ``(rows,)``.
    """
    now = float(chance @ families / families.sum())
    if now >= share:
        return np.asarray(chance * (share / now if now > 0 else 0.0))
    return np.asarray(1.0 - (1.0 - chance) * ((1.0 - share) / (1.0 - now)))


def reweighing(group: Ints, outcome: Array, families: Array) -> Array:
    """Weights under which attribute and outcome are independent (Kamiran & Calders 2012, Knowl. Inf. Syst. 33:1).

    A family of group ``g`` with outcome ``y`` weighs ``P(g) P(y) / P(g, y)``; shape ``(rows,)``, to be multiplied with
    families. Totals per group and per outcome stay as they are, where a group has both outcomes.

    Examples
    --------
    >>> group, outcome = np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 0.0, 1.0])
    >>> families = np.array([90.0, 10.0, 70.0, 30.0])
    >>> (reweighing(group, outcome, families) * families).round(6).tolist()
    [80.0, 20.0, 80.0, 20.0]
    """
    cell = group * 2 + outcome.astype(np.int64)
    table = np.bincount(cell, families, (int(group.max(initial=0)) + 1) * 2).reshape(-1, 2)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    weight = np.divide(expected, table, out=np.ones_like(expected), where=table > 0)
    return np.asarray(weight.ravel()[cell])


def chance_within_groups(score: Array, group: Ints, families: Array, shares: Array) -> Array:
    """Chance of being selected when every group has a share of its own: a cut per group.

    With equal shares: demographic parity, exactly.

    Parameters
    ----------
    score, group, families
        Shape ``(rows,)``.
    shares
        Shape ``(groups,)``.
    """
    chance = np.zeros(len(score))
    for place, share in enumerate(shares):
        own = group == place
        chance[own] = chance_at_share(score[own], families[own], float(share))
    return chance


def shares_of_equal_reach(score: Array, rows: GroupRows, sizes: Array, share: float) -> Array:
    """Shares per group at which the same part of the families with the outcome is selected in every group.

    Equal opportunity by a cut per group (Hardt, Price & Srebro 2016, section 4), read from each group's curve of share
    selected against part reached; between two scores by lot.

    Parameters
    ----------
    score
        Of ``rows``, shape ``(rows,)``.
    rows
        Families to read the curves from; every group has families with the outcome.
    sizes
        Families per group among whom is selected, shape ``(groups,)``.
    share
        Share selected of all of these.
    """
    curves = [_reach(score, rows, place) for place in range(len(sizes))]
    edges = np.array([-_BEYOND]), np.array([1.0 + _BEYOND])
    ends = [
        (np.concatenate([[0.0], selected, [1.0]]), np.concatenate([edges[0], reached, edges[1]]))
        for selected, reached in curves
    ]

    def at(reach: float) -> Array:
        return np.array([np.interp(reach, reached, selected) for selected, reached in ends])

    low, high = -_BEYOND, 1.0 + _BEYOND
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle) @ sizes < share * sizes.sum() else (low, middle)
    # Where scores hold no family with the outcome the share jumps at one part reached: by lot, for all groups alike.
    less, more = at(low), at(high)
    part = (share * sizes.sum() - less @ sizes) / max(float((more - less) @ sizes), _SMALLEST)
    return np.asarray(less + min(max(float(part), 0.0), 1.0) * (more - less))


def reach_within_groups(fit_score: Array, rows: GroupRows, score: Array, group: Ints) -> Array:
    """How early a family is selected when equal parts are reached: one minus the part reached before it.

    Parameters
    ----------
    fit_score, rows
        To read each group's curve from; shape ``(rows,)``.
    score, group
        Of the families to be placed, shape ``(others,)``; between two known scores the line between them.
    """
    early = np.zeros(len(score))
    for place in np.unique(group):
        own = group == place
        values = np.unique(fit_score[rows.group == place])
        _, reached = _reach(fit_score, rows, int(place))
        middle = (1 - (reached[:-1] + reached[1:]) / 2)[::-1]  # in order of score
        early[own] = np.interp(score[own], values, middle)
    return early


def _reach(score: Array, rows: GroupRows, place: int) -> tuple[Array, Array]:
    """Share selected and part reached of one group, at every cut from none to all."""
    own = rows.group == place
    values, code = np.unique(-score[own], return_inverse=True)
    families = np.bincount(code, rows.families[own], len(values))
    outcomes = np.bincount(code, rows.families[own] * rows.outcome[own], len(values))
    selected, reached = (np.concatenate([[0.0], np.cumsum(part) / part.sum()]) for part in (families, outcomes))
    return selected, reached


def rank_within_groups(score: Array, group: Ints, families: Array) -> Array:
    """Share of the own group that scores lower, ties half: from 0 to 1, shape ``(rows,)``."""
    rank = np.zeros(len(score))
    for place in np.unique(group):
        own = group == place
        values, code = np.unique(score[own], return_inverse=True)
        size = np.bincount(code, families[own], len(values))
        rank[own] = ((np.cumsum(size) - size / 2) / max(float(size.sum()), 1.0))[code]
    return rank


def risk_of_score(fit_score: Array, outcome: Array, families: Array, score: Array) -> Array:
    """What a score stands for, whatever the group: the recorded rate at it, made to rise, of the families that fit.

    A rule that treats the same risk differently by group pays here: at one score its groups have other rates.

    Parameters
    ----------
    fit_score, outcome, families
        Families to read from, shape ``(rows,)``.
    score
        Scores to be read, shape ``(others,)``; between two known scores the line between them.

    Examples
    --------
    >>> fit = np.array([0.1, 0.1, 0.9, 0.9])
    >>> outcome, families = np.array([0.0, 1.0, 0.0, 1.0]), np.array([9.0, 1.0, 6.0, 4.0])
    >>> risk_of_score(fit, outcome, families, np.array([0.1, 0.5])).round(6).tolist()
    [0.1, 0.25]
    """
    values, code = np.unique(np.round(fit_score, 6), return_inverse=True)
    total = np.bincount(code, families, len(values)).astype(np.float64)
    hits = np.bincount(code, families * outcome, len(values))
    rate = np.divide(hits, total, out=np.zeros(len(values)), where=total > 0)
    return np.asarray(np.interp(np.round(score, 6), values, rising(rate, total)))
