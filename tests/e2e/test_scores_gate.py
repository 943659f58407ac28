"""The tables of scores and explanation pass the gate, and what matters in them is shown."""

from __future__ import annotations

from datetime import date

import pytest
from simulated_counts import TEST, TRAIN, counts_frame, stressors

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.explanation.explain import explain
from riskscreen.governance.office import Office
from riskscreen.scores.fit import fit
from riskscreen.settings import Release, Scores


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> dict[str, ReleasedTable]:
    counts = counts_frame(8_000, 7, base=-4.4)
    fitted = fit(counts, stressors=stressors(), settings=Scores(), train=TRAIN, test=TEST, seed=1, replicates=200)
    explained = explain(fitted.chosen, counts, stressors(), challenger=fitted.challenger)
    tables = gate(
        [*fitted.tables, *explained.tables],
        channel="review",
        office=Office(tmp_path_factory.mktemp("office")),
        subject=None,
        release=Release(),
        day=date(2026, 1, 1),
    )
    return {one.table.name: one for one in tables}


def test_every_table_passes(released):
    assert set(released) == {
        "performance",
        "calibration",
        "card_lines",
        "points",
        "points_next",
        "contributions",
        "contributions_domain",
        "accumulation",
        "domain_combinations",
        "challenger_contributions",
        "disagreement",
    }


@pytest.mark.parametrize("name", ["performance", "calibration", "points", "contributions", "disagreement"])
def test_bands_and_models_are_large_enough_to_be_shown(released, name):
    hidden = [place for row in released[name].status for place in row if place == "suppressed"]
    assert not hidden


def test_lines_of_the_card_are_shown_even_where_their_families_are_not(released):
    table = released["card_lines"].table
    assert all(row["points"] is not None and row["meaning"] is not None for row in table.records())
