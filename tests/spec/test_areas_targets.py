"""Target groups, as a domain reader would check them."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pandas as pd
import pytest

from riskscreen.areas import count_targets, eligible_sql, find_targets, group_sentences, natural_frequency
from riskscreen.areas.figures import count_rate as _count_rate
from riskscreen.areas.naming import Condition, name_group, stage_of
from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.errors import UsageError
from riskscreen.records.definitions import Stressor, TargetGroup
from riskscreen.records.texts import Text, same
from riskscreen.settings import Targets as Settings

TRAIN, TEST, NOW = (date(2022, 1, 1), date(2023, 1, 1)), date(2024, 1, 1), date(2025, 1, 1)


def _stressor(name: str, domain: str, top: int = 1) -> Stressor:
    levels = (same("none"), same("some"), Text("in the past year", "in het afgelopen jaar"))[: top + 1]
    return Stressor(name, 1, domain, "any", same(name), same(""), levels, 12, "", "none", (), (), "")


STRESSORS = (
    _stressor("debt_arrears", "debt", 2),
    _stressor("parent_mental_health", "mental_health"),
    _stressor("single_parent", "family"),
)


def _planted(seed: int = 3, rate: float = 0.12) -> pd.DataFrame:
    """40 wijken; debt and mental-health care together have a rate of their own, all others 2%."""
    rng = np.random.default_rng(seed)
    frames = []
    for day in (*TRAIN, TEST, NOW):
        rows = 12_000
        frame = pd.DataFrame(
            {
                "index_date": day,
                "area_block": [f"W{block:02d}" for block in rng.integers(0, 40, rows)],
                "child_4_11": rng.random(rows) < 0.5,
                "debt_arrears": rng.choice([0.0, 1.0, 2.0, np.nan], rows, p=[0.7, 0.15, 0.1, 0.05]),
                "parent_mental_health": rng.choice([0.0, 1.0], rows, p=[0.75, 0.25]),
                "single_parent": rng.choice([0.0, 1.0], rows, p=[0.8, 0.2]),
            }
        )
        both = (frame["debt_arrears"] >= 1) & (frame["parent_mental_health"] >= 1)
        outcome = (rng.random(rows) < np.where(both, rate, 0.02)).astype(float)
        frames.append(frame.assign(outcome=outcome if day < NOW else np.nan, children=2))
    frame = pd.concat(frames)
    keys = [name for name in frame.columns if name != "children"]
    return frame.groupby(keys, dropna=False, as_index=False).agg(
        families=("children", "size"), children=("children", "sum")
    )


def test_the_planted_group_is_found_and_named() -> None:
    targets = find_targets(
        _planted(), stressors=STRESSORS, settings=Settings(), train=TRAIN, test=TEST, now=NOW, seed=1
    )
    best = targets.estimates[0]
    assert {"debt_arrears >= 1", "parent_mental_health >= 1"} <= set(best.group.filter.split(" and "))
    assert "payment arrears" in best.group.name.en or "debt_arrears" in best.group.name.en
    assert best.low < 0.12 < best.high
    assert best.rate > 3 * targets.base_rate
    assert best.again is not None
    assert best.again.much_the_same == 1.0
    assert best.rate_searched == pytest.approx(0.12, abs=0.03)


def test_without_a_report_on_steadiness_the_same_groups_are_found() -> None:
    """The multiverse asks for the groups only."""
    given = {"stressors": STRESSORS, "settings": Settings(), "train": TRAIN, "test": TEST, "now": NOW, "seed": 1}
    told, bare = (find_targets(_planted(), report=report, **given) for report in (True, False))  # type: ignore[arg-type]
    assert told.groups == bare.groups
    assert all(item.again is None for item in bare.estimates)


def test_rates_of_chosen_groups_are_honest_where_nothing_is_planted() -> None:
    """Groups chosen from noise look bad where they were chosen, and like everybody where they are judged."""
    outcomes = families = 0
    for seed in range(8):
        targets = find_targets(
            _planted(seed, rate=0.02),
            stressors=STRESSORS,
            settings=Settings(),
            train=TRAIN,
            test=TEST,
            now=NOW,
            seed=seed,
        )
        outcomes += sum(estimate.outcomes for estimate in targets.estimates)
        families += sum(estimate.families_test for estimate in targets.estimates)
    assert families > 5_000
    assert outcomes / families == pytest.approx(0.02, abs=0.005)


def test_the_same_seed_gives_the_same_groups_whatever_the_order_of_rows() -> None:
    counts = _planted()
    shuffled = counts.sample(frac=1.0, random_state=5)
    given = {"stressors": STRESSORS, "settings": Settings(), "train": TRAIN, "test": TEST, "now": NOW, "seed": 1}
    assert find_targets(counts, **given).table() == find_targets(shuffled, **given).table()  # type: ignore[arg-type]


def test_no_more_groups_and_conditions_than_allowed() -> None:
    targets = find_targets(
        _planted(),
        stressors=STRESSORS,
        settings=Settings(most=2, conditions=1),
        train=TRAIN,
        test=TEST,
        now=NOW,
        seed=1,
    )
    assert 1 <= len(targets.groups) <= 2
    assert all(" and " not in group.filter for group in targets.groups)


def test_a_date_without_families_is_told() -> None:
    counts = _planted()
    with pytest.raises(UsageError, match="no family on 2024-01-01"):
        find_targets(
            counts[counts["index_date"] != TEST],
            stressors=STRESSORS,
            settings=Settings(),
            train=TRAIN,
            test=TEST,
            now=NOW,
            seed=1,
        )


def test_as_many_families_by_stressor_count_with_ties_in_proportion() -> None:
    counts = pd.read_csv(
        io.StringIO(
            """a,b,outcome,families
1,1,1,4
1,1,0,6
1,0,1,5
0,1,0,15
0,0,0,70
"""
        )
    )
    # the 10 with two stressors (4 reported) and half of the 20 with one (half of 5)
    assert _count_rate(counts, ["a", "b"], 20) == pytest.approx((4 + 2.5) / 20)


LEVELS = pd.DataFrame(
    {
        "debt_arrears": [2, 1, 0, None, 2],
        "child_0_3": [True, True, True, True, False],
    }
)


def test_not_covered_is_never_eligible() -> None:
    group = TargetGroup("g", same("g"), "debt_arrears >= 1 and child_0_3 = true", "0-3", ("debt",))
    with Engine() as engine:
        engine.load("levels", LEVELS)
        found = engine.rows(f"SELECT {eligible_sql(group)} FROM levels ORDER BY rowid")
    assert [row[0] for row in found] == [True, True, False, False, False]


def test_counts_for_the_search_come_from_the_engine_without_open_cases() -> None:
    levels = LEVELS.assign(
        index_date=TEST,
        area_block="W1",
        outcome=[1, 0, 0, 0, 0],
        apart=[False, False, False, False, True],
        children=1,
        prenatal=False,
        child_4_11=False,
        child_12_17=False,
    )
    with Engine() as engine:
        engine.load("levels", levels)
        counts = open_counts(count_targets(engine, ["debt_arrears"], threshold=10))
    assert counts["families"].sum() == 4
    assert counts["debt_arrears"].isna().sum() == 1


@pytest.mark.parametrize(
    ("conditions", "en", "nl", "stage"),
    [
        (
            [Condition("child_0_3", 1), Condition("debt_arrears", 1)],
            "families with debt_arrears and a child aged 0-3",
            "gezinnen met debt_arrears en een kind van 0-3 jaar",
            "0-3",
        ),
        (
            [Condition("debt_arrears", 2), Condition("parent_mental_health", 1), Condition("single_parent", 1)],
            "families with debt_arrears (in the past year), a parent in mental-health care and a single parent",
            "gezinnen met debt_arrears (in het afgelopen jaar), een ouder in de ggz en een alleenstaande ouder",
            "any",
        ),
    ],
)
def test_groups_are_named_in_words(conditions: list[Condition], en: str, nl: str, stage: str) -> None:
    stressors = {item.id: item for item in STRESSORS}
    assert name_group(conditions, stressors).to_dict() == {"en": en, "nl": nl}
    assert stage_of(conditions, stressors) == stage


def test_both_sides_of_a_rate_are_told() -> None:
    text = natural_frequency(0.0681)
    assert text.en == "Of 1,000 such families about 68 are reported within a year, 932 are not."
    assert text.nl == "Van 1.000 zulke gezinnen krijgen er binnen een jaar ongeveer 68 een melding en 932 niet."
    whole = group_sentences(Text("families with debt", "gezinnen met schulden"), 1234, 0.0681, 0.05, 0.09)
    assert whole.en.startswith("Families with debt: 1,234 families now. Of 1,000")
    assert whole.nl.endswith("Het echte aantal ligt waarschijnlijk tussen 50 en 90.")
