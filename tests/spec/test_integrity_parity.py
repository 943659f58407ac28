"""What a run saw of an old index date, and what is recorded about it by now: every difference has its cause.

Three families, looked at on 1 January 2022. The default of Anna was recorded in March 2022. The benefit of Bea ended in
April 2021, which became known in May 2022: until then it seemed to go on. Of Cor everything was recorded at once.
"""

from __future__ import annotations

from datetime import date

from riskscreen.integrity.levels import Compute, compute_levels
from riskscreen.integrity.parity import find_differences, known_now_sql
from tests.integrity_town import also, design, made_up, town_copy

THEN = date(2022, 1, 1)
BORN = {"Anna": "1990-05-05", "Bea": "1988-02-02", "Cor": "1991-09-09", "Ada": "2016-01-01", "Ben": "2015-01-01"} | {
    "Cas": "2014-01-01"
}
HOMES = {"Anna": "a", "Ada": "a", "Bea": "b", "Ben": "b", "Cor": "c", "Cas": "c"}
SPELLS = {"event_date": "2018-01-01", "recorded_date": "2018-01-01", "household_kind": "private"}
PEOPLE = {
    "persons": [
        {"person": name, "birth_date": born, "sex": "f", "recorded_date": "2017-01-01"} for name, born in BORN.items()
    ],
    "household_spells": [
        {"person": name, "household": home, "role": "child" if BORN[name] > "2010" else "adult", **SPELLS}
        for name, home in HOMES.items()
    ],
    "debt": [
        {"person": "Anna", "kind": "health_premium_default", "event_date": "2021-06-01", "recorded_date": "2022-03-01"},
        {"person": "Cor", "kind": "health_premium_default", "event_date": "2021-06-01", "recorded_date": "2021-06-02"},
    ],
    "income": [
        {
            "person": "Bea",
            "kind": "social_assistance",
            "event_date": "2021-02-01",
            "recorded_date": "2021-02-02",
            "end_date": "2021-04-01",
            "end_recorded_date": "2022-05-01",
        }
    ],
}


def differences(then: Compute = compute_levels) -> tuple[str, dict[str, tuple[int, int]]]:
    frames, manifest = made_up(PEOPLE)
    with town_copy(frames, manifest, design("debt_default", "social_assistance"), dates=[THEN]) as town:
        found, parts = find_differences(town.copy, town.design, THEN, compute=compute_levels, then=then)
    return found[0].result, {part.cause: (part.levels, part.families) for part in parts}


def test_one_row_came_late_and_one_end_became_known_late() -> None:
    assert differences() == (
        "passed",
        {
            "coverage": (0, 0),
            "linkage": (0, 0),
            "late_recording": (1, 0),  # Anna
            "late_end": (1, 0),  # Bea
            "unexplained": (0, 0),
        },
    )


def test_a_level_that_was_computed_otherwise_then_has_no_cause() -> None:
    other = also("UPDATE levels SET debt_default = 0 WHERE family = 'Cor'")
    result, parts = differences(other)
    assert result == "failed"
    assert parts["unexplained"] == (1, 0)


def test_known_by_now_means_recorded_on_the_day_itself() -> None:
    text = known_now_sql("income", "base.income")
    assert "least(recorded_date, event_date) AS recorded_date" in text
    assert known_now_sql("areas", "base.areas") == "SELECT * FROM base.areas"
