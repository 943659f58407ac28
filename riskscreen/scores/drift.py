"""What a total of points may mean on a next index date: the card recalibrated on every known date, and their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.scores.bands import Band, points_code, points_label
from riskscreen.stats.drift import FEWEST_DATES, Between, between_dates, reach
from riskscreen.stats.logistic import expit, fit_logistic
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

PER_DATE = 20
"""Outcomes (and families without) needed on a date to fit its level and its slope: ten per fitted number."""

KNOWN = Text(
    "The card was fitted anew on every known index date. How much its level and slope moved from date to date is in "
    "the interval for a next date, with the chance of who happens to have these points then. Dates count as draws from "
    "one process: a trend that goes on or a new rule lies outside it.",
    "De puntenkaart is op elke bekende peildatum opnieuw aangepast. Hoeveel het niveau en de helling per peildatum "
    "verschilden, zit in het interval voor een volgende peildatum. Het toeval van dat moment zit er ook in. De "
    "peildata tellen als trekkingen uit hetzelfde proces: een trend die doorgaat of een nieuwe regel valt erbuiten.",
)
UNKNOWN = Text(
    f"With fewer than {FEWEST_DATES} index dates with enough outcomes nothing can be known about drift: no interval "
    f"for a next date is given. The interval in the table of points holds for the test date only.",
    f"Met minder dan {FEWEST_DATES} peildata met genoeg uitkomsten is niets te zeggen over verschuiving in de tijd. "
    f"Daarom staat er geen interval voor een volgende peildatum. Het interval in de puntentabel geldt alleen voor de "
    f"testdatum.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """Families per total of points on every known date.

    Parameters
    ----------
    positive, total
        Families with the outcome, and all: shape ``(dates, totals)``.
    """

    positive: Array
    total: Array


@dataclass(frozen=True, slots=True)
class Drift:
    """How the log-odds of the card moved over the known dates.

    Parameters
    ----------
    level, slope
        Of the log-odds at the mean family, and their slope relative to the card.
    centre
        Mean log-odds of the families; the slope turns around it.
    """

    level: Between
    slope: Between
    centre: float


@dataclass(frozen=True, slots=True)
class NextRate:
    """The recorded rate of a band on a next date: with drift, and as if dates did not differ."""

    low: float
    high: float
    low_without_drift: float
    high_without_drift: float


def dated(card: Card, dates: Sequence[Rows]) -> Dated:
    """Families per total of points for one card on several dates."""
    size = card.most_points + 1
    positive, total = np.zeros((len(dates), size)), np.zeros((len(dates), size))
    for place, rows in enumerate(dates):
        points = card.points(rows.columns(), rows=len(rows.families))
        positive[place] = np.bincount(points, rows.families * rows.outcome, size)
        total[place] = np.bincount(points, rows.families, size)
    return Dated(positive, total)


def drift_of(card: Card, given: Dated) -> Drift | None:
    """Level and slope of the card on every date and their spread; ``None`` with too few dates to know.

    Parameters
    ----------
    given
        Families on the known dates; a date with fewer than 20 outcomes (or families without) is left out.
    """
    hits, misses = given.positive.sum(axis=1), (given.total - given.positive).sum(axis=1)
    usable = np.minimum(hits, misses) >= PER_DATE
    logits = card.intercept + card.slope * np.arange(given.total.shape[1], dtype=np.float64)
    seen = given.total.sum(axis=0) > 0
    if usable.sum() < FEWEST_DATES or np.ptp(logits[seen]) == 0:
        return None
    centre = float(np.average(logits, weights=given.total[usable].sum(axis=0)))
    fits = [
        _date_fit(logits - centre, positive, total)
        for positive, total in zip(given.positive[usable], given.total[usable], strict=True)
    ]
    levels, slopes, level_errors, slope_errors = np.array(fits).T
    return Drift(between_dates(levels, level_errors), between_dates(slopes, slope_errors), centre)


def next_rates(card: Card, drift: Drift, held: Dated, families: Array, bands: Sequence[Band]) -> tuple[NextRate, ...]:
    """Intervals for the recorded rate of every band on a next date.

    Parameters
    ----------
    held
        Families that took no part in the fit, on the known dates: they say where the rate of a band lies.
    families
        How many families a band would hold on the next date, shape ``(bands,)``: as many as on the last one.
    bands
        Bands of totals of points.

    Notes
    -----
    On the scale of log-odds the variance is that of drift (level, and slope times the distance of the band from the
    mean family), of the band's own rate so far, and of sampling on the next date, ``1 / (n p (1 - p))``.
    """
    hits = np.array([held.positive[:, band.first : band.last + 1].sum() for band in bands])
    total = np.array([held.total[:, band.first : band.last + 1].sum() for band in bands])
    rate = (hits + 0.5) / (total + 1.0)
    middle = np.log(rate / (1.0 - rate))
    away = np.array([_mean_logit(card, held, band) for band in bands]) - drift.centre
    noise = 1.0 / (total * rate * (1.0 - rate)) + 1.0 / (families * rate * (1.0 - rate))
    moved = drift.level.variance + away**2 * drift.slope.variance
    half = reach(moved, noise, drift.level.dates)
    without = reach(np.zeros(len(bands)), noise, drift.level.dates)
    low, high = expit(middle - half), expit(middle + half)
    low_without, high_without = expit(middle - without), expit(middle + without)
    return tuple(NextRate(*(float(x) for x in four)) for four in zip(low, high, low_without, high_without, strict=True))


def points_next_table(card: Card, drift: Drift | None, held: Dated, last: Dated, bands: Sequence[Band]) -> Table:
    """Per band of points: what was recorded on the known dates, and an interval for a next date.

    Parameters
    ----------
    last
        All families on the last known date: as many are expected on the next one.
    """
    highest = max((band.last for band in bands), default=0)
    codes = [points_code(band, highest) for band in bands]
    families = np.array([last.total[:, band.first : band.last + 1].sum() for band in bands])
    found = next_rates(card, drift, held, families, bands) if drift is not None and bands else None
    body = tuple(
        (code, *_recorded(held, band), *(_bounds(found[place]) if found else (None,) * 4))
        for place, (code, band) in enumerate(zip(codes, bands, strict=True))
    )
    labels = {code: points_label(band, highest) for code, band in zip(codes, bands, strict=True)}
    note = UNKNOWN if drift is None else KNOWN
    return Table("points_next", _TITLE, _columns(labels), body, note)


_TITLE = Text(
    "What a total of points may mean on a next index date",
    "Wat een totaal aan punten op een volgende peildatum kan zijn",
)


def _columns(labels: dict[str, Text]) -> tuple[Column, ...]:
    def bound(name: str, en: str, nl: str) -> Column:
        return Column(name, "estimate", Text(en, nl), "per 1,000", base="families")

    return (
        Column("points", "key", Text("points", "punten"), "points", labels=labels),
        Column("families", "count", Text("families, known dates", "gezinnen, bekende peildata"), "families"),
        Column("outcomes", "count", Text("with a new report", "met een nieuwe melding"), "families"),
        Column("observed", "rate", Text("recorded rate", "geregistreerd aandeel"), "per 1,000", "outcomes", "families"),
        bound("next_low", "next date: from", "volgende peildatum: van"),
        bound("next_high", "next date: to", "volgende peildatum: tot"),
        bound("same_low", "without drift: from", "zonder verschuiving: van"),
        bound("same_high", "without drift: to", "zonder verschuiving: tot"),
    )


def _recorded(held: Dated, band: Band) -> tuple[Value, ...]:
    inside = slice(band.first, band.last + 1)
    families, outcomes = int(held.total[:, inside].sum()), int(held.positive[:, inside].sum())
    return families, outcomes, outcomes / families if families else None


def _bounds(found: NextRate) -> tuple[Value, ...]:
    return found.low, found.high, found.low_without_drift, found.high_without_drift


def _mean_logit(card: Card, held: Dated, band: Band) -> float:
    points = np.arange(band.first, band.last + 1, dtype=np.float64)
    weights = held.total[:, band.first : band.last + 1].sum(axis=0)
    mean = float(np.average(points, weights=weights)) if weights.sum() > 0 else float(points.mean())
    return card.intercept + card.slope * mean


def _date_fit(logits: Array, positive: Array, total: Array) -> tuple[float, float, float, float]:
    """Level and slope on one date, and their standard errors from the information matrix."""
    fit = fit_logistic(logits[:, None], positive, total)
    risks = expit(fit.intercept + fit.coefficients[0] * logits)
    weight = total * risks * (1.0 - risks)
    full = np.column_stack([np.ones(len(logits)), logits])
    errors = np.sqrt(np.diag(np.linalg.pinv((full.T * weight) @ full)))
    return fit.intercept, float(fit.coefficients[0]), float(errors[0]), float(errors[1])
