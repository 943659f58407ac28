"""The reference card, recalibrated on local counts where there are too few outcomes to fit anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.records.card import Card
from riskscreen.scores.manifest import check_manifest
from riskscreen.settings import shipped_model
from riskscreen.stats.logistic import expit, fit_logistic
from riskscreen.stats.rows import Rows

PER_PARAMETER = 10
"""Outcomes needed per fitted number: the same rule of thumb as for lines."""

_DIGITS = 6
_STEPS = 100

How = Literal["intercept_and_slope", "intercept", "none"]


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A card with local log-odds, and what could be fitted for it."""

    card: Card
    how: How


def load_reference(name: Literal["card", "count"] = "card") -> Card:
    """The reference card (or count) that ships with riskscreen.

    Raises
    ------
    SettingsError
        It is not there, was altered after it was made, or is newer than this version reads.
    """
    path = shipped_model(f"{name}.json")
    check_manifest(path.parent, needed=(path.name,))
    try:
        return Card.from_json(path.read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError(
            f"the reference model {path.name} is not there", do="install riskscreen again: models/ ships with it"
        ) from None


def adapted(card: Card, stressors: tuple[str, ...]) -> Card:
    """The card without lines on stressors that this catalogue does not have."""
    return replace(card, lines=tuple(line for line in card.lines if line.stressor in stressors))


def recalibrate(card: Card, rows: Rows) -> Recalibrated:
    """Fit the log-odds of a card anew: intercept and slope, the intercept alone, or nothing.

    Ten outcomes are needed per fitted number. A slope that would turn negative is not taken over.
    """
    points = card.points(rows.columns(), rows=len(rows.families)).astype(np.float64)
    hits = rows.outcomes
    misses = float(rows.families.sum()) - hits
    if min(hits, misses) >= 2 * PER_PARAMETER and np.ptp(points[rows.families > 0]) > 0:
        fit = fit_logistic(points[:, None], rows.families * rows.outcome, rows.families)
        if fit.coefficients[0] > 0:
            return Recalibrated(_with(card, fit.intercept, float(fit.coefficients[0])), "intercept_and_slope")
    if min(hits, misses) >= PER_PARAMETER:
        return Recalibrated(_with(card, _intercept(card.slope * points, rows, card.intercept), card.slope), "intercept")
    return Recalibrated(card, "none")


def _with(card: Card, intercept: float, slope: float) -> Card:
    return replace(card, intercept=round(intercept, _DIGITS), slope=round(slope, _DIGITS))


def _intercept(offset: np.ndarray[tuple[int], np.dtype[np.float64]], rows: Rows, start: float) -> float:
    """The intercept at which expected and recorded outcomes are equal (Newton, steps of at most 1)."""
    value = start
    for _ in range(_STEPS):
        risks = expit(value + offset)
        gap = rows.outcomes - float(np.sum(rows.families * risks))
        step = gap / max(float(np.sum(rows.families * risks * (1 - risks))), 1e-12)
        value += math.copysign(min(abs(step), 1.0), step)
        if abs(step) < 1e-12:
            break
    return value
