"""From a published and a simulated value to the tolerance, and whether the one lies within the other's."""

from __future__ import annotations

from math import isnan

from riskscreen.synthetic.calibration.definitions import FigureEntry, Limits, Published
from riskscreen.synthetic.calibration.estimates import Estimate


def tolerance(published: Published, simulated: Estimate | None, limits: Limits) -> float:
    """The wider of a share of the published value and some standard errors of the simulated one."""
    error = 0.0 if simulated is None or isnan(simulated.error) else simulated.error
    return max(limits.share * abs(published.value), limits.errors * error)


def within(entry: FigureEntry, published: Published, simulated: Estimate | None, limits: Limits) -> bool:
    """Does the simulated value lie within the tolerance, or on the right side of a bound? What is unknown does not."""
    if simulated is None or isnan(simulated.value):
        return False
    if entry.bound is not None:
        return bool(simulated.value > published.value if entry.bound == "lower" else simulated.value <= published.value)
    low, high = band(entry, published, tolerance(published, simulated, limits))
    return bool(low <= simulated.value <= high)


def band(entry: FigureEntry, published: Published, half: float) -> tuple[float, float]:
    """Where a value is within: published plus or minus the tolerance, or the study's own interval if that is wider."""
    low, high = published.value - half, published.value + half
    if entry.interval:
        low = low if published.low is None else min(low, published.low)
        high = high if published.high is None else max(high, published.high)
    return low, high
