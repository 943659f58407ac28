"""Registers whose truth is known: a fictional municipality, or real neighbourhoods with synthetic families."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.settings import Synthetic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["open_truth", "synthesize"]


def synthesize(
    settings: Synthetic,
    *,
    seed: int,
    out: Path,
    name: str,
    id_prefix: str = "",
    processes: int | None = None,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Make a folder of synthetic registers: Parquet, ``manifest.json``, and the truth apart.

    A small world has one file per register; a large one has a folder per register, parted by municipality. It is made
    beside the wanted folder, part by part: stopped at any moment and started again, it goes on where it was.

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
    processes
        How many processes at once; default the processors of the machine, at most 4. The content is the same.
    tell
        Gets a line now and then about how far it is.

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

    return make(settings, seed=seed, out=Path(out), name=name, id_prefix=id_prefix, processes=processes, tell=tell)


def open_truth(folder: Path, table: str = "need") -> pd.DataFrame:
    """What no register holds, such as the true need of children. For tests and benchmarks only.

    Parameters
    ----------
    folder
        Made by :func:`synthesize`.
    table
        A table of ``folder/truth``; default the need of children.

    Returns
    -------
    pandas.DataFrame
        For ``need``: ``person`` (a child), ``index_date``, ``severity`` (log-odds scale, 0 at the threshold of need),
        ``need``, ``milder_need``, ``main_type``, ``types`` (how many), ``by_parent``, ``violence``, ``disorders`` (of
        parents, at most 2) and ``dual``; one row per minor and index date. ``survey`` and ``pupils`` are the two
        published studies done again, ``programmes`` what programmes do and where they have started, ``links`` the right
        numbers of persons who arrived under others.

    Raises
    ------
    RegisterError
        The folder holds no such truth.
    """
    from riskscreen.synthetic.making import read_truth

    return read_truth(Path(folder), table)
