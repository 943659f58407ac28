"""Handles on counts: what they show is safe, what they hold stays inside.

A handle names a table of counts in the engine. Printing it, showing it in a notebook, turning it into a frame or
pickling it gives only the rows at or above the release threshold and one row *rest*. Code inside the library that fits
or audits reads all counts with :func:`open_counts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from riskscreen.engine.duck import Engine

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20


class Handle:
    """Counts in the engine.

    Parameters
    ----------
    engine, table
        Where the counts are.
    threshold
        Rows with fewer families are shown only summed in *rest*.
    keys
        The columns that are not counts.
    count
        The count column that the threshold holds for.
    """

    kind = "handle"

    def __init__(self, engine: Engine, table: str, keys: tuple[str, ...], *, threshold: int, count: str = "families"):
        self.engine = engine
        self.table = table
        self.keys = keys
        self.threshold = threshold
        self.count = count

    def to_pandas(self) -> pd.DataFrame:
        """Rows at or above the threshold, largest first, and one row *rest* with the sum of the others.

        The rest is left out when it is itself below the threshold.
        """
        columns = ", ".join(self.keys)
        large = self.engine.frame(
            f"SELECT {columns}, {self.count} FROM {self.table} WHERE {self.count} >= {self.threshold} "
            f"ORDER BY {self.count} DESC, {columns}"
        )
        rest = self.engine.value(
            f"SELECT coalesce(sum({self.count}), 0) FROM {self.table} WHERE {self.count} < {self.threshold}"
        )
        if rest >= self.threshold:
            import pandas as pd

            row = dict.fromkeys(self.keys, "rest") | {self.count: rest}
            large = pd.concat([large.astype(object), pd.DataFrame([row]).astype(object)], ignore_index=True)
        return large

    def __repr__(self) -> str:
        shown = self.to_pandas()
        return f"{self.kind}: {len(shown)} rows of at least {self.threshold} {self.count}\n{shown.head(SHOWN)}"

    def _repr_html_(self) -> str:
        return str(self.to_pandas().head(SHOWN).to_html(index=False))

    def __reduce__(self) -> Any:
        return _released_rows, (self.to_pandas(),)


class Spine(Handle):
    """Persons and families after linking; shows only how many families there are per index date."""

    kind = "spine"


class Profiles(Handle):
    """``index_date, fold, area_block, <stressor levels>, outcome, families`` over the engine table ``levels``."""

    kind = "profiles"


class Cells(Handle):
    """``<keys asked for>, points, outcome, families``: ``levels`` scored in SQL inside the engine, then grouped."""

    kind = "cells"


def open_counts(handle: Handle) -> pd.DataFrame:
    """All rows of a handle, small ones too. Inside only: results made from it pass the gate before they leave."""
    order = ", ".join(handle.keys)
    return handle.engine.frame(f"SELECT * FROM {handle.table} ORDER BY {order}")


def _released_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame
