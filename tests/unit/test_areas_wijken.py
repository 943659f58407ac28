"""Who lives in each wijk, counted by hand and by brute force."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from wijken_example import made_stressor

from riskscreen.areas.wijken import KINDS, PILED, SEVERAL, describe_wijken
from riskscreen.engine.duck import Engine
from riskscreen.records.tables import TOTAL, Table
from riskscreen.records.texts import same

NOW, BEFORE = date(2025, 1, 1), date(2024, 1, 1)


STRESSORS = (
    made_stressor("arrears", "debt"),
    made_stressor("unpaid", "debt"),
    made_stressor("no_work", "work"),
    made_stressor("moves", "housing"),
)


def levels(rows: int = 400) -> pd.DataFrame:
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "index_date": draw.choice([BEFORE, NOW], rows),
            "area_block": draw.choice(["W1", "W2", "unknown"], rows),
            "family_form": draw.choice(["couple", "single_parent", "stepfamily"], rows),
            "apart": draw.random(rows) < 0.1,
            **{flag: draw.random(rows) < 0.4 for flag in ("prenatal", "child_0_3", "child_4_11", "child_12_17")},
        }
    )
    for one in STRESSORS[:3]:
        level = draw.integers(0, 3, rows).astype(float)
        level[draw.random(rows) < 0.2] = np.nan
        frame[one.id] = pd.array(level, dtype="Int8")
    return frame.assign(moves=pd.array([pd.NA] * rows, dtype="Int8"))


def found(frame: pd.DataFrame) -> tuple[Table, Table]:
    with Engine() as engine:
        engine.load("levels", frame)
        return describe_wijken(engine, STRESSORS, NOW, names={"W1": "Old Town"})


def row(table: Table, code: str, area: str) -> tuple[object, ...]:
    return next(tuple(r)[2:] for r in table.rows if r[:2] == (code, area))


def test_every_count_is_the_count_by_hand() -> None:
    frame = levels()
    families, domains = found(frame)
    inside = frame[(frame["index_date"] == NOW) & ~frame["apart"]]
    for wijk, part in inside[inside["area_block"] != "unknown"].groupby("area_block"):
        single = int((part["family_form"] == "single_parent").sum())
        assert row(families, "single_parent", str(wijk)) == (len(part), single, single / len(part))
        debt = part[["arrears", "unpaid"]]
        seen, with_debt = int(debt.notna().any(axis=1).sum()), int((debt > 0).any(axis=1).sum())
        assert row(domains, "debt", str(wijk)) == (seen, with_debt, with_debt / seen)


def test_the_total_is_the_sum_and_a_wijk_that_is_not_known_is_left_out() -> None:
    families, domains = found(levels())
    for table in (families, domains):
        assert {r[1] for r in table.rows} == {"W1", "W2", TOTAL}
        for code in {str(r[0]) for r in table.rows} - {"housing"}:
            parts = [row(table, code, wijk) for wijk in ("W1", "W2")]
            assert row(table, code, TOTAL)[:2] == tuple(sum(p[k] for p in parts) for k in (0, 1))  # type: ignore[misc]


def test_a_domain_that_nothing_was_seen_of_is_not_covered_and_never_absent() -> None:
    _, domains = found(levels())
    assert row(domains, "housing", "W1") == (None, None, None)
    assert row(domains, "housing", TOTAL) == (None, None, None)


def test_three_or_more_counts_domains_and_not_stressors() -> None:
    """Two stressors in debt and one in work are two domains."""
    frame = levels(3).assign(index_date=NOW, area_block="W1", apart=False, moves=pd.array([0, 1, 1], dtype="Int8"))
    frame["arrears"] = frame["unpaid"] = frame["no_work"] = pd.array([1, 1, 0], dtype="Int8")
    _, domains = found(frame)
    assert row(domains, SEVERAL, "W1")[:2] == (3, 1)


def test_every_code_has_a_wording_and_origin_is_none_of_them() -> None:
    families, domains = found(levels())
    assert {str(r[0]) for r in families.rows} == set(KINDS)
    assert {str(r[0]) for r in domains.rows} <= set(PILED)
    assert families.column("area").labels["W1"] == same("Old Town")
    assert not any("origin" in kind for kind in KINDS)
