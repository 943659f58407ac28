"""The field's named criteria in Fairlearn's forms, from counts; and which of them cannot hold together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.fairness.metrics import Floats, Method, difference, ratio, share, values_of
from riskscreen.records.texts import Text

Cells = NDArray[np.int64]
Aggregate = Literal["worst_case", "mean"]


def demographic_parity_difference(cells: Cells, *, method: Method = "between_groups") -> float:
    """Difference in selection rate (independence: Dwork et al. 2012).

    Parameters
    ----------
    cells
        Families by group, selected and outcome, shape ``(groups, 2, 2)``.
    method
        ``between_groups`` or ``to_overall``.
    """
    return _form("selection_rate", cells, method, float("nan"))[0]


def demographic_parity_ratio(cells: Cells, *, method: Method = "between_groups") -> float:
    """Ratio of selection rates, at most 1."""
    return _form("selection_rate", cells, method, float("nan"))[1]


def equal_opportunity_difference(
    cells: Cells, *, method: Method = "between_groups", empty: float = float("nan")
) -> float:
    """Difference in true-positive rate (Hardt, Price and Srebro 2016, definition 2.2).

    See :func:`equalized_odds_difference` for ``empty``.
    """
    return _form("true_positive_rate", cells, method, empty)[0]


def equal_opportunity_ratio(cells: Cells, *, method: Method = "between_groups", empty: float = float("nan")) -> float:
    """Ratio of true-positive rates, at most 1."""
    return _form("true_positive_rate", cells, method, empty)[1]


def equalized_odds_difference(
    cells: Cells,
    *,
    method: Method = "between_groups",
    agg: Aggregate = "worst_case",
    empty: float = float("nan"),
) -> float:
    """The larger (or the mean) of the differences in true- and false-positive rate.

    Hardt, Price and Srebro (2016), definition 2.1.

    Parameters
    ----------
    empty
        The rate of a group without any family to divide by. Here it is unknown (``nan``) and passed over; Fairlearn
        takes 0, which can invent a gap or hide one. ``empty=0`` gives Fairlearn's figure.
    """
    both = [_form(metric, cells, method, empty)[0] for metric in ("true_positive_rate", "false_positive_rate")]
    return float(max(both) if _worst(agg) else np.mean(both))


def equalized_odds_ratio(
    cells: Cells,
    *,
    method: Method = "between_groups",
    agg: Aggregate = "worst_case",
    empty: float = float("nan"),
) -> float:
    """The smaller (or the mean) of the ratios of true- and false-positive rates."""
    both = [_form(metric, cells, method, empty)[1] for metric in ("true_positive_rate", "false_positive_rate")]
    return float(min(both) if _worst(agg) else np.mean(both))


def predictive_parity_difference(
    cells: Cells, *, method: Method = "between_groups", empty: float = float("nan")
) -> float:
    """Difference in positive predictive value (Chouldechova 2017, definition 2).

    See :func:`equalized_odds_difference` for ``empty``: here the value of a group of whom nobody is selected.
    """
    return _form("positive_predictive_value", cells, method, empty)[0]


def predictive_parity_ratio(cells: Cells, *, method: Method = "between_groups", empty: float = float("nan")) -> float:
    """Ratio of positive predictive values, at most 1."""
    return _form("positive_predictive_value", cells, method, empty)[1]


@dataclass(frozen=True, slots=True)
class ConditionalParity:
    """Groups compared within strata: families that are alike on what may rightly count.

    Parameters
    ----------
    difference, ratio
        The largest difference and the smallest ratio of any stratum that was compared; ``nan`` without one.
    stratum
        The first stratum with the largest difference, counted from 0; ``None`` without one.
    differences, ratios
        Per stratum, shape ``(strata,)``; ``nan`` where the stratum was passed over.
    passed_over
        Strata with fewer than two groups of enough families: nothing is said about these.
    families_passed_over
        Families in those strata, and in groups too small to take part in the others.
    """

    difference: float
    ratio: float
    stratum: int | None
    differences: Floats
    ratios: Floats
    passed_over: tuple[int, ...]
    families_passed_over: int


def conditional_parity(
    cells: Cells,
    *,
    metric: str = "selection_rate",
    minimum: int = 1,
    method: Method = "between_groups",
    weighted: Floats | None = None,
) -> ConditionalParity:
    """A metric compared between groups within strata of a control; of the selection rate: conditional parity.

    Conditional statistical parity of Corbett-Davies et al. (2017); strata are Fairlearn's
    ``control_features``.

    Parameters
    ----------
    cells
        Families by stratum, group, selected and outcome, shape ``(strata, groups, 2, 2)``.
    metric
        Any metric of counts.
    minimum
        Fewest families a group's metric must divide by, within a stratum, to take part there; at least 1.
    method
        ``between_groups``, or ``to_overall``: to all families of the stratum.
    weighted
        Sums of sampling weights in the shape of ``cells``: values are then made of these, while ``minimum`` and what
        is passed over go by the families seen.

    Examples
    --------
    >>> town = [[[8, 0], [2, 0]], [[6, 0], [4, 0]]]
    >>> village = [[[5, 0], [5, 0]], [[0, 0], [0, 0]]]
    >>> found = conditional_parity(np.array([town, village]))
    >>> round(found.difference, 2), found.stratum, found.passed_over, found.families_passed_over
    (0.2, 0, (1,), 10)
    """
    if minimum < 1:
        raise UsageError(f"minimum is {minimum}", do="give 1 or more")
    enough = share(metric, cells)[1] >= minimum
    compared = enough.sum(axis=1) >= 2
    both = np.full((2, len(cells)), np.nan)
    for place in np.flatnonzero(compared):
        stratum = (cells if weighted is None else weighted)[place]
        groups = np.where(enough[place], values_of(metric, stratum), np.nan)
        overall = values_of(metric, stratum.sum(axis=0, keepdims=True))[0]
        both[:, place] = difference(groups, overall, method), ratio(groups, overall, method)
    gone = cells.sum(axis=(2, 3))[~(enough & compared[:, None])].sum()
    return ConditionalParity(
        _most(both[0]),
        -_most(-both[1]),
        int(np.nanargmax(both[0])) if compared.any() else None,
        both[0],
        both[1],
        tuple(int(place) for place in np.flatnonzero(~compared)),
        int(gone),
    )


def _most(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else float("nan")


def _worst(agg: Aggregate) -> bool:
    if agg not in ("worst_case", "mean"):
        raise UsageError(f"unknown aggregate {agg!r}", do="choose from worst_case, mean")
    return agg == "worst_case"


def _form(metric: str, cells: Cells, method: Method, empty: float) -> tuple[float, float]:
    groups = values_of(metric, cells)
    overall = values_of(metric, cells.sum(axis=0, keepdims=True))[0]
    groups, overall = np.where(np.isnan(groups), empty, groups), empty if np.isnan(overall) else overall
    return difference(groups, overall, method), ratio(groups, overall, method)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Criteria that cannot hold together for an attribute, since its groups have other base rates.

    Parameters
    ----------
    lowest, highest
        Base rates (share with a recorded outcome) of the groups that differ most.
    """

    attribute: str
    criteria: tuple[str, ...]
    lowest: float
    highest: float
    reason: Text


IMPOSSIBLE = Text(
    "The groups have a report at different rates. Then calibration within groups (the same estimated risk means the "
    "same share of reports) and equal shares wrongly selected and wrongly missed cannot hold together, unless nobody "
    "is selected or missed wrongly. Which one comes first is a choice for people.",
    "De groepen hebben niet even vaak een melding. Dan kunnen twee eisen niet samen: kalibratie per groep (dezelfde "
    "geschatte kans betekent hetzelfde aandeel meldingen) en een gelijk aandeel dat onterecht gekozen of onterecht "
    "gemist wordt. Alleen zonder fouten kan dat wel. Wat voorgaat, is een keuze van mensen.",
)
"""Kleinberg, Mullainathan and Raghavan (2017); Chouldechova (2017)."""

IMPOSSIBLE_CRITERIA = ("calibration_within_groups", "false_positive_rate", "false_negative_rate")


def implied_false_positive_rate(base_rate: float, predictive_value: float, false_negative_rate: float) -> float:
    """The FPR that follows from the other three (Chouldechova 2017, eq. 2.6): ``p/(1-p) * (1-PPV)/PPV * (1-FNR)``.

    With equal PPV and FNR, groups with other base rates must have other FPRs: the reason of :data:`IMPOSSIBLE`.

    Examples
    --------
    >>> round(implied_false_positive_rate(0.2, 0.5, 0.4), 2), round(implied_false_positive_rate(0.1, 0.5, 0.4), 3)
    (0.15, 0.067)
    """
    if not (0 < predictive_value <= 1 and 0 <= base_rate < 1):
        return float("nan")
    return base_rate / (1 - base_rate) * (1 - predictive_value) / predictive_value * (1 - false_negative_rate)
