"""What piles up in target groups, how far they overlap, and their place in the truth, from counts by hand."""

from __future__ import annotations

import io
from datetime import date

import pandas as pd
import pytest

from riskscreen.areas.figures import estimate_group, mean_domains, together
from riskscreen.areas.groups import Targets
from riskscreen.areas.halves import Halves
from riskscreen.areas.piling import EVERYBODY, domain_shares, domains_table, overlap_table
from riskscreen.areas.truth import count_truth, judged_on_truth, true_places
from riskscreen.engine.duck import Engine
from riskscreen.errors import UsageError
from riskscreen.records.definitions import Stressor, TargetGroup
from riskscreen.records.texts import same

COUNTS = """debt,arrears,moves,families,outcome,area_block
1,1,0,600,0,W1
1,0,1,300,1,W1
0,0,1,100,0,W2
0,,0,1000,0,W2
"""
STRESSORS = {
    name: Stressor(name, 1, domain, "any", same(name), same(""), (same("no"), same("yes")), 12, "", "none", (), (), "")
    for name, domain in (("debt", "debt"), ("arrears", "debt"), ("moves", "housing"))
}
GROUPS = (
    TargetGroup("in_debt", same("in debt"), "debt >= 1", "any", ("debt",)),
    TargetGroup("moving", same("moving"), "moves >= 1", "any", ("housing",)),
)


def halves() -> Halves:
    frame = pd.read_csv(io.StringIO(COUNTS)).assign(children=1, index_date=date(2024, 1, 1))
    return Halves(frame, frame, frame.assign(outcome=float("nan")), STRESSORS)


def targets() -> Targets:
    parts = halves()
    return together([estimate_group(group, None, parts) for group in GROUPS], parts, 10)


def test_a_domain_counts_once_whatever_the_number_of_its_stressors() -> None:
    shares = domain_shares(targets(), halves())
    assert shares["in_debt"] == {"debt": 1.0, "housing": pytest.approx(300 / 900)}
    assert shares["moving"] == {"debt": 0.75, "housing": 1.0}
    assert shares[EVERYBODY] == {"debt": 0.45, "housing": 0.2}
    assert mean_domains(halves().present, halves()) == pytest.approx(0.65)


def test_the_table_says_which_domains_define_a_group() -> None:
    rows = {(row["group"], row["domain"]): row for row in domains_table(targets(), halves()).records()}
    assert (rows["in_debt", "piled_debt"]["defines"], rows["in_debt", "piled_housing"]["defines"]) == ("yes", "no")
    assert rows["in_debt", "piled_housing"]["share"] == 0.34  # 300 of 900, in steps of two per cent


def test_overlap_is_the_share_of_the_smaller_group_that_is_in_the_larger() -> None:
    (row,) = overlap_table(targets(), halves()).records()
    assert (row["smaller"], row["larger"], row["families"], row["share"]) == (
        "moving",
        "in_debt",
        400,
        0.75,
    )  # steps of 5%


def test_figures_of_a_group_by_hand() -> None:
    found = {item.group.id: item for item in targets().estimates}
    assert (found["in_debt"].families, found["in_debt"].outcomes) == (900, 300)
    assert found["in_debt"].rate == pytest.approx(1 / 3)
    assert found["moving"].rate == pytest.approx(0.75)
    assert found["moving"].share_of_outcomes == 1.0
    assert found["moving"].domains == 1.75
    assert found["moving"].flattery == 0.0


def levels() -> pd.DataFrame:
    """Twelve families: debt and need go together, moving and need do not."""
    rows = [(f"f{n}", n < 6, n % 2 == 0, n < 3, "W1" if n < 9 else "W2") for n in range(12)]
    frame = pd.DataFrame(rows, columns=["family", "debt", "moves", "outcome", "area_block"])
    flags = dict.fromkeys(("prenatal", "child_0_3", "child_4_11", "child_12_17", "apart"), False)
    frame = frame.astype({"debt": int, "moves": int, "outcome": int})
    return frame.assign(area="B1", children=1, index_date=date(2024, 1, 1), arrears=0, **flags)


def truth(persons: list[str], of: pd.DataFrame) -> pd.DataFrame:
    """All these members; those named have need."""
    return of[["person", "index_date"]].assign(need=of["person"].isin(persons))


def children(frame: pd.DataFrame, prefixes: str) -> pd.DataFrame:
    """One child per family and prefix."""
    own = [frame[["index_date", "family"]].assign(person=one + frame["family"]) for one in prefixes]
    return pd.concat(own, ignore_index=True).assign(role="child")


def test_a_family_has_need_when_one_of_its_children_has() -> None:
    frame = levels()
    members = children(frame, "cd")
    needing = truth(["cf0", "df0", "cf1", "cf2", "cf11"], members)
    with Engine(threads=1) as engine:
        engine.load("levels", frame)
        engine.load("members", members)
        counts = count_truth(engine, needing, list(STRESSORS), date(2024, 1, 1))
    assert (counts["families"].sum(), (counts["families"] * counts["need"]).sum()) == (12, 4)
    parts = judged_on_truth(Halves(counts, counts[counts["area_block"] == "W1"], counts, STRESSORS), counts)
    found = {one.group: one for one in true_places(targets(), parts)}
    assert (found["in_debt"].need_covered, found["in_debt"].share_with_need) == (1.0, 0.5)
    assert found["moving"].need_covered == pytest.approx(2 / 3)
    assert (found["in_debt"].place, found["moving"].place) == (1, 2)
    assert (found["in_debt"].recorded_place, found["moving"].recorded_place) == (2, 1)


def test_a_truth_of_another_world_is_refused() -> None:
    members, day = children(levels(), "c"), date(2024, 1, 1)
    known, strangers = truth(["cf0"], members), truth(["cf0"], members.assign(person="p" + members["person"]))
    with Engine(threads=1) as engine:
        engine.load("levels", levels())
        engine.load("members", members)
        for given, told in (
            (strangers, r"knows 0\.0% of the children"),
            (known.head(1), r"knows 8\.3% of the children"),  # a join that finds one child in twelve
            (known.assign(need=False), "no family with need"),
            (known.drop(columns="need"), "lacks need"),
        ):
            with pytest.raises(UsageError, match=told):
                count_truth(engine, given, list(STRESSORS), day)
