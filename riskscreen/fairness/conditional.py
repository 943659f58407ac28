"""Groups compared among families that are alike on a control: what an audit with ``control`` adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from riskscreen.fairness.criteria import ConditionalParity, conditional_parity
from riskscreen.fairness.metrics import Floats, Ints

_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts of one attribute by stratum of a control.

    Parameters
    ----------
    attribute, groups
        Its name and values.
    control, strata
        The columns that families are to be alike on, and their values together.
    cells
        Families seen by stratum, group, selected and outcome, shape ``(strata, groups, 2, 2)``.
    weighted
        The same as sums of sampling weights; ``None``: every family counts as one.
    """

    attribute: str
    groups: tuple[str, ...]
    control: str
    strata: tuple[str, ...]
    cells: Ints = field(repr=False)
    weighted: Floats | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """Conditional parity of one attribute: the selection rate compared between groups within every stratum.

    Parameters
    ----------
    counted
        What was counted.
    parity
        The comparison; strata and groups too small to compare are counted in it.
    minimum
        Fewest families of a group, within a stratum, to take part.
    """

    counted: Strata
    parity: ConditionalParity
    minimum: int


def strata_of(columns: Mapping[str, tuple[Ints, tuple[str, ...]]]) -> tuple[str, Ints, tuple[str, ...]]:
    """The strata of one or more columns together: their name, the place of each row, and those that occur.

    Parameters
    ----------
    columns
        Per column the place of each row's value, shape ``(rows,)``, and the values.
    """
    sizes = [len(values) for _, values in columns.values()]
    there, place = np.unique(np.ravel_multi_index([code for code, _ in columns.values()], sizes), return_inverse=True)
    each = np.stack(np.unravel_index(there, sizes), axis=1)
    named = [
        " × ".join(values[at] for at, (_, values) in zip(row, columns.values(), strict=True)) for row in each.tolist()
    ]
    return " × ".join(columns), np.asarray(place.ravel(), np.int64), tuple(named)


def count_strata(
    attribute: str,
    code: Ints,
    groups: tuple[str, ...],
    control: tuple[str, Ints, tuple[str, ...]],
    cell: Ints,
    weight: Floats,
    stands_for: Floats | None = None,
) -> Strata:
    """Count rows of one attribute by stratum.

    Parameters
    ----------
    code, cell, weight, stands_for
        Place of the group, ``2 * selected + outcome``, families seen, and these weighted, per row.
    control
        As :func:`strata_of` gives it.
    """
    name, place, strata = control
    shape = (len(strata), len(groups), 2, 2)
    where = (place * len(groups) + code) * 4 + cell

    def summed(per_row: Floats) -> Floats:
        return np.asarray(np.bincount(where, weights=per_row, minlength=int(np.prod(shape))).reshape(shape), np.float64)

    weighted = None if stands_for is None else summed(stands_for)
    return Strata(attribute, groups, name, strata, np.rint(summed(weight)).astype(np.int64), weighted)


def compare_within(counted: Strata, minimum: int) -> Conditional:
    """Conditional parity, with the fewest families that the settings ask for a verdict."""
    return Conditional(counted, conditional_parity(counted.cells, minimum=minimum, weighted=counted.weighted), minimum)


def conditional_dict(item: Conditional, threshold: int) -> dict[str, Any]:
    """What is shown, as plain values: the stratum with the largest difference, and how much was passed over.

    The figures of that stratum stay when every group compared there has ``threshold`` families selected and as many
    not selected; they have three decimals.
    """
    counted, parity, place = item.counted, item.parity, item.parity.stratum
    shown = place is not None and _large(counted.cells[place], item.minimum, threshold)
    gone = parity.families_passed_over
    return {
        "attribute": counted.attribute,
        "control": counted.control,
        "metric": "selection_rate",
        "stratum": counted.strata[place] if shown and place is not None else None,
        "difference": _rounded(parity.differences, place) if shown else None,
        "ratio": _rounded(parity.ratios, place) if shown else None,
        "strata": len(counted.strata),
        "passed_over": [counted.strata[number] for number in parity.passed_over],
        "families_passed_over": None if 0 < gone < threshold else gone,
    }


def _large(cells: Ints, minimum: int, threshold: int) -> bool:
    selected = cells.sum(axis=2)
    return bool((selected[selected.sum(axis=1) >= minimum] >= threshold).all())


def _rounded(values: Floats, place: int | None) -> float | None:
    return None if place is None or np.isnan(values[place]) else round(float(values[place]), _DECIMALS)
