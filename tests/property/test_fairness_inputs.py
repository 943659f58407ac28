"""One audit, whatever form the data have; and what must not change it."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.fairness import Audit, audit

FEW = settings(max_examples=25, deadline=None)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Rows of two attributes, a missing value now and then."""
    rows, seed = draw(st.integers(20, 400)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "form": rng.choice(["couple", "single", "step"], rows, p=[0.6, 0.3, 0.1]),
            "urbanity": rng.integers(1, draw(st.integers(2, 5)), rows),
            "reported": (rng.random(rows) < draw(st.floats(0, 1))).astype(int),
            "offered": (rng.random(rows) < draw(st.floats(0, 1))).astype(int),
            "points": rng.integers(0, 6, rows),
            "area": rng.integers(0, draw(st.integers(1, 12)), rows),
            "weight": rng.choice([0.5, 2.0, 8.0], rows),
        }
    )
    data.loc[rng.random(rows) < 0.05, "form"] = None
    return data


def audited(data, **parts) -> Audit:
    call = {"outcome": "reported", "by": ["form", "urbanity"], "threshold": 1} | parts
    return audit(data, **({} if "points" in call else {"selected": "offered"}), **call)


def assert_alike(one: Audit, other: Audit, within: float = 1e-9) -> None:
    """The same verdicts, and every figure within so much."""
    assert [item.verdict for item in one.verdicts] == [item.verdict for item in other.verdicts]
    for first, second in zip((*one.verdicts, *one.explored), (*other.verdicts, *other.explored), strict=True):
        assert (first.compared, first.left_out, first.reason) == (second.compared, second.left_out, second.reason)
        for name in ("difference", "low", "high", "ratio", "to_overall", "visible"):
            assert getattr(first, name) == pytest.approx(getattr(second, name), abs=within, nan_ok=True), name
    for first, second in zip(one.rows, other.rows, strict=True):
        assert (first.group, first.families, first.outcomes) == (second.group, second.families, second.outcomes)
        for a, b in zip(first.estimates, second.estimates, strict=True):
            assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=within)


@FEW
@given(data=frames(), weight=st.floats(1e-3, 1e6), block=st.booleans(), points=st.booleans())
def test_equal_weights_change_nothing(data, weight, block, points) -> None:
    parts = {"block": "area"} if block else {}
    parts |= {"points": "points"} if points else {}
    assert_alike(audited(data, **parts), audited(data.assign(weight=weight), weights="weight", **parts))


@FEW
@given(data=frames(), times=st.sampled_from([0.25, 8.0, 1024.0]), block=st.booleans())
def test_the_scale_of_weights_changes_nothing(data, times, block) -> None:
    parts = {"weights": "weight"} | ({"block": "area"} if block else {})
    assert_alike(audited(data, **parts), audited(data.assign(weight=data.weight * times), **parts))


@FEW
@given(data=frames(), block=st.booleans())
def test_rows_counted_into_cells_change_nothing(data, block) -> None:
    parts = {"weights": "weight"} | ({"block": "area"} if block else {})
    cells = data.groupby(list(data.columns), dropna=False).size().reset_index(name="families")
    assert_alike(audited(data, **parts), audited(cells, **parts))
    assert_alike(audited(data, **parts), audited(data.sample(frac=1, random_state=1), **parts))


@FEW
@given(data=frames(), points=st.booleans())
def test_frame_polars_and_relation_give_the_same_bytes(data, points) -> None:
    parts = {"points": "points"} if points else {"block": "area", "control": "urbanity", "by": ["form"]}
    text = audited(data, **parts).to_json()
    assert audited(polars.from_pandas(data), **parts).to_json() == text
    assert audited(duckdb.from_df(data), **parts).to_json() == text


@FEW
@given(data=frames())
def test_a_relation_with_weights_or_a_sample_gives_the_same(data) -> None:
    data["drawn"] = np.arange(len(data)) % 3 != 0
    relation = duckdb.from_df(data)
    assert_alike(audited(data, weights="weight"), audited(relation, weights="weight"))
    assert audited(data, sample="drawn").to_json() == audited(relation, sample="drawn").to_json()


@FEW
@given(data=frames())
def test_cells_of_a_relation_and_of_a_frame_give_the_same(data) -> None:
    cells = data.groupby(["form", "urbanity", "reported", "offered"], dropna=False).size().reset_index(name="families")
    assert audited(duckdb.from_df(cells)).to_json() == audited(cells).to_json()


@FEW
@given(data=frames(), seed=st.integers(0, 99))
def test_a_suppressed_cell_gives_no_nan_and_no_figure_that_rests_on_it(data, seed) -> None:
    cells = data.groupby(["form", "urbanity", "reported", "offered"]).size().reset_index(name="families").astype(object)
    cells.loc[seed % len(cells), "families"] = "<10"
    found = audited(cells)
    found.to_json()
    gone = cells.loc[seed % len(cells)]
    for row in found.rows:
        if row.group in (gone.form, str(gone.urbanity), "total"):
            assert row.families is None
            assert row.estimate("base_rate").value is None
    for item in (*found.verdicts, *found.explored):
        assert set(item.suppressed).isdisjoint(item.compared)
        assert item.difference is None or item.difference == item.difference
