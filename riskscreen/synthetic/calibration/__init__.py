"""Is a synthetic world like what was published? One figure at a time, as ``configs/calibration.yaml`` defines them."""

from __future__ import annotations

from pathlib import Path

from riskscreen.synthetic.calibration.results import Calibration, Line

__all__ = ["Calibration", "Line", "calibrate"]


def calibrate(folder: Path | str) -> Calibration:
    """Compare a folder of synthetic registers with the published figures.

    Parameters
    ----------
    folder
        Made by :func:`riskscreen.synthesize`: registers and their truth, of one part or of many.

    Returns
    -------
    Calibration
        One line per figure. It prints itself, ``to_json_lines()`` gives one object per figure, ``plot()`` a chart,
        ``save("chart.html")`` a page; ``out_of_range()`` only what is to be tuned.

    Raises
    ------
    RegisterError
        There are no registers, they are not synthetic, or they are broken.
    """
    from riskscreen.synthetic.calibration.measuring import measured

    return measured(Path(folder))
