"""Bad input: one clear message with every fault, and never a value from a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness import audit, compare_thresholds, find_worst_off, pool_groups
from riskscreen.settings import Audit as AuditSettings


def frame(**changes) -> pd.DataFrame:
    return pd.DataFrame({"y": [0, 1, 0, 1], "s": [0, 1, 1, 0], "g": ["a", "a", "b", "b"]} | changes)


def told(kind, data=None, **call) -> str:
    call = {"outcome": "y", "selected": "s", "by": ["g"]} | call
    with pytest.raises(kind) as caught:
        audit(frame() if data is None else data, **call)
    return str(caught.value)


def test_every_fault_of_the_call_is_told_at_once() -> None:
    message = told(UsageError, outcome="need", score="risk", by=["g", "g", "orgin"], threshold_share=2)
    for part in (
        "exactly one of selected, score and points",
        "there is no column 'need'",
        "there is no column 'orgin'",
        "g is named twice",
        "threshold_share is 2",
        "the columns are: y, s, g",
    ):
        assert part in message


def test_every_fault_of_the_columns_is_told_at_once() -> None:
    data = frame(y=[0, 2, 1, 0], s=[0, 1, None, 1], n=[1, 0, -3, 2.5])
    message = told(RegisterError, data, count="n")
    for part in (
        "y is not 0 or 1 (or false or true) in 1 rows",
        "s has no value in 1 rows",
        "n is no whole number in 1 rows",
        "n is below 0 in 1 rows",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("column", "values", "call", "part"),
    [
        ("y", ["yes", "no", "yes", "no"], {}, "not 0 or 1 (or false or true) in 4 rows"),
        ("p", [0.1, 1.2, -0.1, 0.5], {"selected": None, "score": "p"}, "outside 0 to 1 in 2 rows"),
        ("p", [0.1, np.nan, 0.1, 0.5], {"selected": None, "score": "p"}, "outside 0 to 1 in 1 rows"),
        ("p", list("wxyz"), {"selected": None, "score": "p"}, "holds words"),
        ("p", [1, 2.5, 3, 4], {"selected": None, "points": "p"}, "no whole number in 1 rows"),
        ("p", [1, 2, 3, 4], {"risk": "p"}, "risk: p is missing or outside 0 to 1"),
    ],
)
def test_columns_that_do_not_fit_their_part(column, values, call, part) -> None:
    assert part in told(RegisterError, frame(**{column: values}), **call)


def test_no_value_of_a_row_is_told() -> None:
    assert "secret" not in told(RegisterError, frame(y=["secret"] * 4))


def test_no_rows() -> None:
    assert "there are no rows" in told(RegisterError, frame().head(0))


def test_a_column_that_occurs_twice() -> None:
    doubled = frame()
    doubled.columns = ["y", "g", "g"]
    assert "column g occurs 2 times" in told(UsageError, doubled, selected="y")


def test_a_column_with_a_value_per_row_is_no_grouping() -> None:
    many = pd.DataFrame({"y": [0, 1] * 60, "s": [0, 1] * 60, "g": range(120)})
    assert "g has 120 different values; at most 50" in told(RegisterError, many)


def test_data_that_are_no_table() -> None:
    assert "the data are a list" in told(UsageError, [1, 2, 3])


def test_a_column_cannot_play_two_parts() -> None:
    assert "y already plays another part" in told(UsageError, by=["y"])


def test_more_than_thirty_verdicts_are_refused() -> None:
    wide = frame(**{f"g{i}": ["a", "a", "b", "b"] for i in range(16)})
    message = told(UsageError, wide, by=[f"g{i}" for i in range(16)])
    assert "16 columns and 2 metrics make 32 verdicts" in message


def test_a_confirmatory_metric_must_exist_and_have_a_tolerance() -> None:
    settings = AuditSettings(confirmatory=("accuracy", "base_rate"))
    message = told(UsageError, settings=settings)
    assert "there is no metric accuracy" in message
    assert "tolerances: none is given for base_rate" in message


def test_unknown_subject_and_threshold() -> None:
    message = told(UsageError, subject="card", threshold=0)
    assert "allowed: offer, threshold" in message
    assert "threshold is 0" in message


def test_a_risk_function_needs_points_and_gives_probabilities() -> None:
    assert "there are no points" in told(UsageError, risk=lambda x: x)
    data = frame(p=[1, 2, 3, 4])
    assert "outside 0 to 1" in told(RegisterError, data, selected=None, points="p", risk=lambda x: x)


@pytest.mark.parametrize(
    ("weights", "part"),
    [
        ([1, 0, 2, 3], "not above 0 in 1 rows; a weight is 1 divided by the chance of being drawn"),
        ([1, -1, np.nan, np.inf], "missing, infinite or not above 0 in 3 rows"),
        (list("wxyz"), "weights: w holds words; allowed: numbers above 0"),
        (pd.to_datetime(["2026-01-01"] * 4), "weights: w holds words; allowed: numbers above 0"),
        ([1, 1, 2, 1e7], "allowed: at most 1e+12, and at most 1e+06 times the smallest"),
        ([1e300] * 4, "weights: the largest of w is far above the others or above any population"),
    ],
)
def test_weights_that_are_no_weights(weights, part) -> None:
    assert part in told(RegisterError, frame(w=weights), weights="w")


@pytest.mark.parametrize(
    ("sample", "part"),
    [
        ([0, 0, 0, 0], "sample: r is 1 nowhere; without a random sample there is no fair base"),
        ([0, 1, 2, 1], "sample: r is not 0 or 1 (or false or true) in 1 rows"),
        ([0, 1, None, 1], "sample: r has no value in 1 rows"),
    ],
)
def test_samples_that_are_no_samples(sample, part) -> None:
    assert part in told(RegisterError, frame(r=sample), sample="r")


def test_weights_and_sample_have_columns_of_their_own() -> None:
    message = told(UsageError, weights="s", sample="y", by=["s", "g"])
    for part in (
        "by: s already plays another part",
        "weights: s already plays the part of selected",
        "sample: y already plays the part of outcome",
    ):
        assert part in message


def test_faults_of_sample_weights_and_counts_are_told_at_once() -> None:
    data = frame(w=[1, 2, 0, 1], r=[1, 1, 1, 5], n=[1, "ten", 3, 4])
    message = told(RegisterError, data, weights="w", sample="r", count="n")
    for part in ("sample: r is not 0 or 1", "weights: w is missing", "count: n is no whole number in 1 rows"):
        assert part in message
    assert "ten" not in message.replace("written", "")


def test_counts_of_zero_alone_are_no_families() -> None:
    assert "there are no families to audit" in told(RegisterError, frame(n=[0, 0, 0, 0]), count="n")


def test_a_column_without_a_name_is_absent() -> None:
    assert "selected: there is no column ''" in told(UsageError, selected="")


def test_confusion_counts_are_named_each_once() -> None:
    data = pd.DataFrame({"g": ["a", "b"], "n": [20, 30]})
    call = {"outcome": "", "selected": None}
    assert "n is named twice" in told(UsageError, data, confusion=dict.fromkeys(("tp", "fp", "fn", "tn"), "n"), **call)
    assert "confusion is a tuple; give the column of each" in told(UsageError, data, confusion=("n",), **call)


def test_a_frame_is_a_frame_whatever_its_columns_are_called() -> None:
    data = frame(df=1, project=1, engine=1, table=1)
    assert audit(data, outcome="y", selected="s", by=["g"]).families == 4


def test_an_outcome_is_needed() -> None:
    assert "outcome: name the column with the recorded outcome" in told(UsageError, outcome="")


def test_a_million_groups_of_a_relation_are_no_grouping() -> None:
    import duckdb

    many = duckdb.sql("SELECT range AS g, range % 2 AS y, range % 3 // 2 AS s FROM range(1000)")
    assert "g has 1000 different values; at most 50" in told(RegisterError, many)


def test_a_relation_without_the_column() -> None:
    import duckdb

    assert "there is no column 'y'; the columns are: g" in told(UsageError, duckdb.sql("SELECT 1 AS g"))


def test_booleans_nullable_and_categorical_columns_are_welcome() -> None:
    plain = audit(frame(), outcome="y", selected="s", by=["g"])
    other = frame().astype({"y": "boolean", "s": bool, "g": "category"})
    assert audit(other, outcome="y", selected="s", by=["g"]).rows == plain.rows


def test_anything_with_to_pandas_is_welcome() -> None:
    class Polars:
        def to_pandas(self) -> pd.DataFrame:
            return frame()

    assert audit(Polars(), outcome="y", selected="s", by="g").families == 4


def test_a_handle_on_cells_is_audited_with_its_counts() -> None:
    from riskscreen.engine.duck import Engine
    from riskscreen.engine.handles import Cells

    with Engine() as engine:
        engine.load("cells", frame(families=[500, 30, 20, 400]))
        handle = Cells(engine, "cells", ("g", "y", "s"), threshold=100)
        found = audit(handle, outcome="y", selected="s", by=["g"])
    assert [row.families for row in found.rows] == [530, 420, 950]
    assert found.counted_by == "families"


def test_whole_numbers_and_numbers_with_missing_values_are_the_same_groups() -> None:
    found = audit(frame(g=[1.0, 2.0, np.nan, 2.0]), outcome="y", selected="s", by=["g"])
    assert found.counts[0].groups == ("1", "2", "unknown")


def test_a_threshold_that_is_no_number_hides_all_or_nothing_and_is_refused() -> None:
    message = told(UsageError, threshold=float("nan"), seed=-1)
    assert "threshold is nan; allowed: 1 or more" in message
    assert "seed is -1; allowed: 0 or more" in message
    with pytest.raises(UsageError, match="threshold is nan; allowed: 1 or more"):
        pool_groups(frame(), outcome="y", selected="s", by="g", threshold=float("nan"))


def test_a_thousand_written_with_a_dot_is_not_read_as_one() -> None:
    cells = frame(n=["1.000", "250", "<10", "12.345"])
    assert "n is no whole number in 2 rows; allowed: a whole number (1000, not 1.000)" in told(
        RegisterError, cells, count="n"
    )


def test_outcome_selection_and_control_have_columns_of_their_own() -> None:
    message = told(UsageError, selected="y", control=["y", "h", "h"], data=frame(h=1))
    for part in (
        "selected: y already plays the part of outcome",
        "outcome: y already plays the part of control",
        "control: h is named twice",
    ):
        assert part in message


@pytest.mark.parametrize("part", ["by", "control", "block"])
def test_lists_are_no_groups(part) -> None:
    data = frame(h=[["a"], ["b"], ["a"], ["b"]])
    call = {"block": "h"} if part == "block" else {part: ["h"]}
    assert f"{part}: h holds lists or records" in told(RegisterError, data, **call)


def test_complex_numbers_are_no_flags() -> None:
    assert "y is not 0 or 1" in told(RegisterError, frame(y=[0j, 1j, 0j, 1j]))


def test_a_row_of_totals_would_count_every_family_twice() -> None:
    cells = [(g, y, s, n) for g, n in (("a", 40), ("b", 60), ("Totaal", 100)) for y in (0, 1) for s in (0, 1)]
    frame = pd.DataFrame(cells, columns=["g", "y", "s", "families"])
    with pytest.raises(RegisterError) as told:
        audit(frame, outcome="y", selected="s", by=["g"])
    assert "the group Totaal of g is the sum of all others" in str(told.value)
    # A group that is only called so is a group.
    frame.loc[frame.g == "Totaal", "families"] = 90
    assert len(audit(frame, outcome="y", selected="s", by=["g"]).rows) == 4


def test_a_risk_function_gives_one_risk_per_row() -> None:
    frame = pd.DataFrame({"g": ["a", "b"] * 20, "y": [0, 1] * 20, "p": range(40)})
    with pytest.raises(RegisterError, match="one risk per row"):
        audit(frame, outcome="y", points="p", by=["g"], risk=lambda points: np.array([0.5]))


def test_what_was_searched_and_curves_print_nothing_small() -> None:
    frame = pd.DataFrame(
        {"g": ["a", "b"] * 20, "h": ["c", "c", "d", "d"] * 10, "y": [0, 1, 1, 1] * 10, "s": [0, 1] * 20}
    )
    call = {"outcome": "y", "selected": "s", "by": ["g", "h"]}
    worst = find_worst_off(frame, **call, metric="selection_rate", minimum=1)
    assert "figures hidden" in repr(worst)
    assert "0." not in repr(worst)
    assert "value" not in repr(compare_thresholds(frame, **call, minimum=1, replicates=100)[0])


def test_one_metric_may_be_named_alone() -> None:
    frame = pd.DataFrame({"g": ["a", "b"] * 200, "y": [0, 1, 1, 0] * 100, "s": [0, 1] * 200})
    call = {"outcome": "y", "selected": "s", "by": "g"}
    assert {row.metric for row in pool_groups(frame, **call, metrics="selection_rate").rows} == {"selection_rate"}
    assert {band.metric for band in compare_thresholds(frame, **call, metrics="selection_rate")} == {"selection_rate"}
