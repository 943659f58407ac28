"""Cells: ``levels`` scored in SQL inside the engine, then grouped."""

from __future__ import annotations

from collections.abc import Sequence

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import Cells
from riskscreen.records.card import Card
from riskscreen.records.card_sql import points_sql


def count_cells(
    engine: Engine,
    keys: Sequence[str],
    *,
    threshold: int,
    card: Card | None = None,
    where: str = "outcome IS NOT NULL AND NOT apart",
    name: str = "cells",
) -> Cells:
    """Group ``levels`` by the keys asked for, by points (with a card) and by outcome.

    Parameters
    ----------
    keys
        Columns of ``levels``, or ``expression AS name``.
    where
        Condition on ``levels``; by default families with a known outcome and no open case.
    name
        Name of the engine table that holds the cells.

    Returns
    -------
    Cells
        Columns: the key names, ``points`` (with a card), ``outcome``, ``families``, ``children``.
    """
    names = tuple(key.rsplit(" AS ", 1)[-1] for key in keys)
    columns = list(keys) + ([f"{points_sql(card)} AS points"] if card else []) + ["outcome"]
    group = names + (("points",) if card else ()) + ("outcome",)
    engine.run(
        f"CREATE OR REPLACE TABLE {name} AS SELECT {', '.join(columns)}, count(*) AS families, "
        f"sum(children)::BIGINT AS children FROM levels WHERE {where} GROUP BY ALL"
    )
    return Cells(engine, name, group, threshold=threshold)
