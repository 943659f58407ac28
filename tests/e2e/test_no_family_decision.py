"""No public function gives anything about one family.

Every public callable is listed here with how it is called. What it gives is shown in every way that Python knows, and
searched for the canary that every key in the registers carries, and for rows about a few families.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from road import CANARY, FAMILIES, Road

import riskscreen
from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import Handle
from riskscreen.records.tables import Table

KEYS = {"family", "person", "household", "child", "parent", "address", "report"}
COUNTS = ("families", "children", "outcomes", "selected", "selected_outcomes", "linked", "with_stressor", "eligible")


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"sex": ["f", "m"] * 40, "reported": [0, 1, 0, 0] * 20, "offered": [1, 0] * 40})


def _registers(road: Road) -> Any:
    return riskscreen.open_registers(road.home / "register files")


def _matrix() -> tuple[Any, Any]:
    return np.array([[0, 1], [1, 2], [2, 0], [0, 0]] * 30, dtype=float), np.array([0, 1, 1, 0] * 30)


CALLS: Mapping[str, Callable[[Road], Any]] = {
    "Card": lambda road: riskscreen.Card.from_json((road.home / road.result.folder / "card.json").read_text()),
    "RiskCard": lambda road: riskscreen.RiskCard().fit(*_matrix()),
    "Scenario": lambda road: riskscreen.load_scenario(road.scenario),
    "StressorCount": lambda road: riskscreen.StressorCount().fit(*_matrix()),
    "allocate": lambda road: riskscreen.allocate(road.scenario),
    "audit": lambda road: riskscreen.audit(_frame(), outcome="reported", selected="offered", by=["sex"]),
    "check": lambda road: riskscreen.check(_registers(road)),
    "compare": lambda road: riskscreen.compare(road.scenario),
    "estimate_areas": lambda road: riskscreen.estimate_areas(road.scenario),
    "explain": lambda road: riskscreen.explain(road.scenario),
    "find_targets": lambda road: riskscreen.find_targets(road.scenario),
    "fit": lambda road: riskscreen.fit(road.scenario),
    "link": lambda road: riskscreen.link(road.scenario),
    "load_scenario": lambda road: riskscreen.load_scenario(road.scenario),
    "open_registers": _registers,
    "profile": lambda road: riskscreen.profile(road.scenario),
    "release": lambda road: riskscreen.release(road.scenario),
    "report": lambda road: riskscreen.report(road.scenario),
    "review": lambda road: riskscreen.review(road.home / "office"),
    "run": lambda road: riskscreen.run(road.scenario),
    "calibrate": lambda road: riskscreen.calibrate(road.home / "register files"),
    "synthesize": lambda road: None,  # writes registers, which are inside by definition; returns their path
    "verify": lambda road: riskscreen.verify(road.home / road.result.folder),
}
"""Every public callable; a new one is added here or this test fails."""

ESTIMATORS = {"RiskCard", "StressorCount", "Card"}
"""They score any matrix that a user already has; the library cannot prevent that (docs/explanation/safety.md)."""


@dataclass(frozen=True)
class Shown:
    """Everything that a result shows of itself."""

    text: str
    tables: tuple[Table, ...]
    frames: tuple[pd.DataFrame, ...]


def everything(result: Any) -> Shown:
    """A result in every way that it can be looked at."""
    parts, frames, tables = [repr(result), str(result)], [], []
    for method in ("_repr_html_", "to_json", "to_json_lines"):
        if hasattr(result, method):
            parts.append(str(getattr(result, method)()))
    if hasattr(result, "to_pandas"):
        frames.append(result.to_pandas())
    given = getattr(result, "tables", ())
    for released in given if isinstance(given, tuple) else ():
        tables.append(released.table if hasattr(released, "table") else released)
        frames.append(released.to_pandas())
        parts += [str(released), released._repr_html_(), released.to_json()]
    for value in vars(result).values() if hasattr(result, "__dict__") else ():
        if isinstance(value, Handle):
            frames.append(value.to_pandas())
            parts.append(repr(value))
    try:
        parts.append(pickle.dumps(result).decode("latin-1"))
    except Exception as error:  # what cannot be pickled cannot leak that way
        parts.append(str(error))
    return Shown("\n".join(parts), tuple(tables), tuple(frames))


def test_no_family_decision_every_public_callable_is_listed() -> None:
    assert set(CALLS) == {name for name in riskscreen.__all__ if callable(getattr(riskscreen, name))}


@pytest.mark.parametrize("name", sorted(set(CALLS) - ESTIMATORS))
def test_no_family_decision(name: str, road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(road.home)
    shown = everything(CALLS[name](road))
    assert CANARY not in shown.text
    assert CANARY not in json.dumps([frame.to_json() for frame in shown.frames])
    for frame in shown.frames:
        assert len(frame) < FAMILIES / 4, "no result has about a row per family"
        assert not KEYS & set(frame.columns)
        for column in set(COUNTS) & set(frame.columns):
            counts = pd.to_numeric(frame[column], errors="coerce").dropna()
            assert ((counts == 0) | (counts >= 10)).all(), f"{name} shows a small count in {column}"


def test_no_family_decision_sql_returns_groups(road: Road) -> None:
    sql = (road.home / road.result.folder / "score.sql").read_text(encoding="utf-8")
    assert "HAVING count(*) >= 10" in sql
    outer = sql.rsplit("SELECT", 1)[1].split("FROM", 1)[0]
    assert not any(key in outer.replace("families", "") for key in KEYS)


def test_no_family_decision_the_engine_stays_inside() -> None:
    assert "Engine" not in riskscreen.__all__
    with Engine() as engine, pytest.raises(TypeError):
        pickle.dumps(engine)
