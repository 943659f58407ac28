"""Registers whose truth is known: a fictional municipality, or real neighbourhoods with synthetic families."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.settings import Synthetic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["open_truth", "synthesize"]


def synthesize(settings: Synthetic, *, seed: int, out: Path, name: str, id_prefix: str = "") -> Path:
    """Make a folder of synthetic registers: one Parquet file each, ``manifest.json``, and the truth apart.

    Parameters
    ----------
    settings
        Which world, how many families, and the real neighbourhoods if any.
    seed
        The same settings and seed give the same bytes.
    out
        Folder to make; one that is there is replaced.
    name
        Name of the registers in the manifest.
    id_prefix
        Put before every id: a canary test searches for it everywhere.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    SettingsError
        The world or the geography has faults, or the municipality is not in it.
    MachineError
        The folder cannot be written.
    """
    from riskscreen.synthetic.making import make

    return make(settings, seed=seed, out=Path(out), name=name, id_prefix=id_prefix)


def open_truth(folder: Path) -> pd.DataFrame:
    """True need of children: what no register holds. For tests and benchmarks only.

    Returns
    -------
    pandas.DataFrame
        ``person`` (a child), ``index_date``, ``severity`` (log-odds scale, 0 at the threshold of need), ``need`` and
        ``milder_need``; one row per minor and index date.

    Raises
    ------
    RegisterError
        The folder holds no truth.
    """
    from riskscreen.synthetic.making import read_truth

    return read_truth(Path(folder))
