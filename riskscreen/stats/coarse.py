"""Shares so coarse that they tell no few families."""

from __future__ import annotations

from math import floor

STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Widths that a share may be rounded to."""


def coarse_share(share: float, base: float, *, least: float = 10) -> float | None:
    """A share rounded to the narrowest step that holds at least ``least`` of its base.

    Whoever knows the base then knows the count behind the share to within ``least`` at best.

    Parameters
    ----------
    share
        From 0 to 1.
    base
        Families (or outcomes) that it is a share of.
    least
        Families that a step must hold.

    Returns
    -------
    float or None
        ``None`` when even the widest step holds too few.

    Examples
    --------
    >>> coarse_share(0.4237, 640), coarse_share(0.4237, 20_000), coarse_share(0.4237, 40)
    (0.42, 0.424, None)
    """
    for step in STEPS:
        if step * base >= least:
            return min(1.0, round(floor(share / step + 0.5 + 1e-9) * step, 6))  # halves all go up
    return None
