"""Find the constant with which a share comes out, and say when none does."""

from __future__ import annotations

from collections.abc import Callable

from riskscreen.synthetic.streams import Chance

_LEAST, _MOST = -25.0, 8.0  # of a constant: a rate of practically never, and of several times a day
_TURNS = 40
_NEAR = 0.02  # a solved share may differ so much from the one asked for, relative to it
_NOTHING = 1e-6


def reached(
    place: str,
    share: float,
    expected: Callable[[float], float],
    chance: Chance,
    *,
    bounds: tuple[float, float] = (_LEAST, _MOST),
    turns: int = _TURNS,
) -> float:
    """The constant with which the expected share is the one asked for; a share out of reach is noted as a fault.

    Parameters
    ----------
    place
        Where the share stands in the world file.
    expected
        The share by constant; never falls as the constant rises.
    """
    low, high = bounds
    for _ in range(turns):
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < share else (low, middle)
    found = expected(high)
    if abs(found - share) > max(_NEAR * share, _NOTHING):
        word = "at most" if found < share else "at least"
        chance.constants.faults.append(f"{place}: {share:g} cannot be reached; {word} {found:.3g} in this world")
    return (low + high) / 2
