"""True need under stated assumptions about reporting: a range, never a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import SettingsError
from riskscreen.records.texts import Text

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reporting:
    """What is assumed about reporting.

    Parameters
    ----------
    known_low, known_high
        Of all maltreated children, the share that the reporting centre knows, per 1 (0.126 and 0.191 in the
        Netherlands: figures detect.cps2005 and detect.cps2010).
    between
        That share may differ between any two areas up to this ratio (``audit.reporting_ratio``).

    Raises
    ------
    SettingsError
        A share is not between 0 and 1, they are the wrong way round, or the ratio is below 1: all of these.
    """

    known_low: float
    known_high: float
    between: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.known_low <= self.known_high <= 1:
            faults.append(f"shares known {self.known_low} to {self.known_high}: needs 0 < low <= high <= 1")
        if self.between < 1:
            faults.append(f"ratio between areas {self.between}: at least 1")
        if faults:
            raise SettingsError(
                "the assumptions about reporting do not fit", faults=tuple(faults), do="mend these values"
            )


def need_range(low: Array, high: Array, reporting: Reporting) -> tuple[Array, Array]:
    """Share of families with need, from the interval of the recorded rate.

    With ``s`` the share of need that is recorded, ``need = recorded / s``. In one area ``s`` lies between
    ``known_low / sqrt(between)`` and ``known_high * sqrt(between)``: then the largest ratio between two areas of one
    level of reporting is ``between``. The range joins the lowest recorded rate with the highest ``s`` and the other way
    round; it is a range of what would be true under the assumption, not a 95% interval.

    Parameters
    ----------
    low, high
        Interval of the recorded rate per 1, any shape.
    reporting
        The assumption.

    Examples
    --------
    >>> low, high = need_range(np.array([0.018]), np.array([0.022]), Reporting(0.12, 0.20))
    >>> [round(float(value), 3) for value in (low[0], high[0])]
    [0.09, 0.183]
    """
    uneven = float(np.sqrt(reporting.between))
    most, least = min(reporting.known_high * uneven, 1.0), reporting.known_low / uneven
    return np.asarray(low / most), np.minimum(high / least, 1.0)


def need_sentence(reporting: Reporting) -> Text:
    """The assumption in words, for a note or a page."""
    few, many = (round(100 * share) for share in (reporting.known_low, reporting.known_high))
    ratio = f"{reporting.between:g}"
    return Text(
        f"Need is an assumption, not a count: that the reporting centre knows {few} to {many} of 100 maltreated "
        f"children, and that areas differ in this by a factor of at most {ratio}. Reports without maltreatment are not "
        "taken off.",
        f"De behoefte is een aanname, geen telling: dat Veilig Thuis {few} tot {many} van 100 mishandelde kinderen "
        f"kent, en dat gebieden daarin hoogstens een factor {ratio.replace('.', ',')} verschillen. Meldingen zonder "
        "mishandeling zijn er niet af.",
    )
