"""Other outcomes, and who reported, for target groups of a tiny town. The index date is 1 January 2024."""

from __future__ import annotations

import pandas as pd
import pytest
from stressor_towns import DAY, make_town, opened

from riskscreen.areas.groups import Targets
from riskscreen.areas.recording import Recorded, Standing, count_recorded, places_of, reporters_table
from riskscreen.records.definitions import Outcome, TargetGroup
from riskscreen.records.texts import same
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.loading import load_outcome
from riskscreen.stressors.profiling import profile

PEOPLE = """
family | person | role   | born       | death_date
anna   | ma     | parent | 1990-05-01 | -
anna   | kid    | child  | 2018-03-01 | -
anna   | sis    | child  | 2020-03-01 | 2024-05-01
bram   | bo     | parent | 1985-07-01 | -
bram   | bea    | child  | 2006-07-01 | -
cleo   | cas    | parent | 1985-07-01 | -
cleo   | cor    | child  | 2016-07-01 | -
"""
HEAD = "report | person | kind | follow_up | reporter | event_date | recorded_date | closed_date | outcome\n"
GROUP = TargetGroup("g", same("families with a child aged 4-11"), "child_4_11 = true", "4-11", ("family",))
FLAGS = {
    "anna": {"child_4_11": True, "area_block": "W1"},
    "bram": {"child_12_17": True, "area_block": "W1"},
    "cleo": {"child_4_11": True, "area_block": "W2"},
}


def recorded(name: str) -> Recorded:
    found = load_outcome(name)
    return Recorded(found.outcome, found.where, found.only_first)


def counted(
    reports: str, outcome: str = "new_report", wijken: tuple[str, ...] = ("W1", "W2")
) -> dict[str, tuple[int, ...]]:
    """Families, outcomes and those reported by the police, per group."""
    town = make_town(PEOPLE, {"reports": HEAD + reports}, families=FLAGS)
    with opened(town) as registers:
        profile(registers, Catalogue(()), "new_report", [DAY], 12)
        found = count_recorded(
            registers.engine, [GROUP], [recorded(outcome)], day=DAY, horizon=12, wijken=wijken
        ).counts
        if outcome == "new_report" and set(wijken) == {"W1", "W2"}:
            levels = registers.engine.value("SELECT coalesce(sum(outcome), 0) FROM levels WHERE NOT apart")
            assert found.loc[found["target_group"] == "everybody", "outcomes"].sum() == levels
    sums = found.groupby("target_group")[["families", "outcomes", "police"]].sum()
    return {
        str(name): tuple(int(value) for value in row) for name, row in zip(sums.index, sums.to_numpy(), strict=True)
    }


def test_a_family_counts_once_and_as_reported_by_the_police_when_one_report_was() -> None:
    reports = "1 | kid | report | false | police | 2024-02-01 | 2024-02-01 | - | -\n"
    reports += "2 | sis | report | false | education | 2024-03-01 | 2024-03-01 | - | -\n"
    reports += "3 | bea | report | false | health | 2024-03-01 | 2024-03-01 | - | -"
    assert counted(reports) == {"everybody": (3, 2, 1), "g": (2, 1, 1)}


@pytest.mark.parametrize(
    ("child", "day", "counts"),
    [
        ("kid", "2023-12-31", False),  # before the horizon
        ("kid", "2024-12-31", True),
        ("kid", "2025-01-01", False),  # after it
        ("sis", "2024-06-01", False),  # after her death
        ("bea", "2024-06-30", True),
        ("bea", "2024-07-01", False),  # 18 years old
    ],
)
def test_reports_count_as_for_the_outcome_of_the_run(child: str, day: str, counts: bool) -> None:
    found = counted(f"1 | {child} | report | false | police | {day} | {day} | {day} | -")
    assert found["everybody"][1] == int(counts)


def test_only_wijken_that_were_not_searched_count() -> None:
    reports = "1 | kid | report | false | police | 2024-02-01 | 2024-02-01 | - | -"
    assert counted(reports, wijken=("W2",)) == {"everybody": (1, 0, 0), "g": (1, 0, 0)}


def test_a_confirmed_report_is_another_outcome() -> None:
    reports = "1 | kid | report | false | police | 2024-02-01 | 2024-02-01 | 2024-04-01 | confirmed\n"
    reports += "2 | cor | report | false | police | 2024-02-01 | 2024-02-01 | 2024-04-01 | refuted"
    assert counted(reports, "confirmed_report")["g"] == (2, 1, 1)


def test_a_first_report_leaves_families_with_an_earlier_one_out() -> None:
    reports = "1 | kid | report | false | police | 2020-02-01 | 2020-02-01 | 2020-04-01 | -\n"
    reports += "2 | kid | report | false | police | 2024-02-01 | 2024-02-01 | - | -\n"
    reports += "3 | cor | report | false | health | 2024-02-01 | 2024-02-01 | - | -"
    assert counted(reports, "first_report") == {"everybody": (2, 1, 0), "g": (1, 1, 0)}


def standing(rows: list[tuple[str, str, int, int]]) -> Standing:
    outcome = Outcome("o", same("o"), same(""), ())
    frame = pd.DataFrame(rows, columns=["target_group", "area_block", "families", "outcomes"])
    return Standing(frame.assign(outcome_id="o", police=0), (outcome,))


def test_places_that_are_far_apart_are_sure_and_near_ones_are_not() -> None:
    rates = {"a": 30, "b": 11, "c": 10}
    rows = [(name, f"W{w}", 100, count + (w % 3 - 1)) for name, count in rates.items() for w in range(12)]
    found = {item.group: (item.place, item.low, item.high) for item in places_of(standing(rows))}
    assert found["a"] == (1, 1, 1)
    assert (found["b"][0], found["c"][0]) == (2, 3)


def test_the_same_rates_in_every_wijk_share_all_places() -> None:
    shifts = (-6, 5, -3, 2, 4, -2)
    rows = [
        (name, f"W{w}", 100, 10 + sign * shift)
        for name, sign in (("a", 1), ("b", -1))
        for w, shift in enumerate(shifts * 2)
    ]
    assert {(item.low, item.high) for item in places_of(standing(rows))} == {(1, 2)}


def test_too_few_outcomes_or_wijken_give_no_place_or_no_interval() -> None:
    few = [("a", f"W{w}", 50, 0) for w in range(6)] + [("b", f"W{w}", 50, 5) for w in range(6)]
    found = {item.group: (item.place, item.low) for item in places_of(standing(few))}
    assert found["a"] == (None, None)
    two = [(name, f"W{w}", 50, count) for name, count in (("a", 20), ("b", 10)) for w in range(2)]
    assert {(item.place, item.low) for item in places_of(standing(two))} == {(1, None), (2, None)}


def reporters(*, known: bool) -> dict[str, object]:
    """The row of all families: 120 with a report, 30 of them by the police."""
    everybody = standing([("everybody", f"W{w}", 500, 20) for w in range(6)])
    everybody.counts["police"] = 5
    (row,) = reporters_table(Targets((), 0.1, 0, 0, 0, 10), everybody, known=known).records()
    return row


def test_the_share_that_the_police_reported_has_an_interval() -> None:
    row = reporters(known=True)
    assert (row["families"], row["outcomes"], row["police"], row["share"]) == (3000, 120, 30, 0.25)
    assert row["low"] < 0.25 < row["high"]  # type: ignore[operator]


def test_a_register_that_does_not_say_who_reported_gives_no_share_instead_of_zero() -> None:
    row = reporters(known=False)
    assert (row["outcomes"], row["police"], row["share"]) == (120, None, None)
