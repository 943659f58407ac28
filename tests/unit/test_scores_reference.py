"""The reference model that ships: text that agrees with itself and with the catalogue."""

from __future__ import annotations

import json

import pytest
from simulated_counts import TEST, TRAIN, counts_frame, stressors

from riskscreen.errors import SettingsError, UsageError
from riskscreen.records.card import Card
from riskscreen.records.card_sql import DIALECTS
from riskscreen.scores.fit import Fit, fit
from riskscreen.scores.manifest import check_manifest
from riskscreen.scores.recalibration import load_reference
from riskscreen.scores.reference import FILES, STATEMENTS, TEXTS, write_reference
from riskscreen.settings import Scores, shipped_model
from riskscreen.stressors.loading import load_catalogue


@pytest.fixture(scope="module")
def small_fit() -> Fit:
    return fit(
        counts_frame(5_000, 2, base=-4.2),
        stressors=stressors(),
        settings=Scores(max_lines=5),
        train=TRAIN,
        test=TEST,
        seed=1,
        replicates=200,
    )


def test_the_shipped_card_keeps_to_the_rules():
    card = load_reference()
    assert 1 <= len(card.lines) <= Scores().max_lines == 20
    assert all(1 <= line.points <= 5 and line.side == ">=" for line in card.lines)
    assert card.slope > 0
    assert card.about["fitted_on"] == "synthetic registers"
    assert card.about["world"] == "region"


def test_the_shipped_files_agree():
    catalogue = tuple(definition.stressor for definition in load_catalogue("all").definitions)
    card = load_reference()
    for dialect, name in STATEMENTS.items():
        assert shipped_model(name).read_text(encoding="utf-8") == card.to_sql(dialect, stressors=catalogue)
    assert tuple(STATEMENTS) == DIALECTS
    check_manifest(shipped_model("."), needed=TEXTS)
    page = shipped_model("card.md").read_text(encoding="utf-8")
    assert page.count("\n| ") == len(card.lines) + 5  # lines of the card, three models, two heads
    metrics = json.loads(shipped_model("metrics.json").read_text(encoding="utf-8"))
    assert metrics["about"] == dict(card.about)
    assert set(metrics["models"]) == {"count", "card", "challenger"}


def test_the_shipped_models_use_stressors_of_the_catalogue():
    known = {definition.stressor.id: definition.stressor.top for definition in load_catalogue("all").definitions}
    for name in ("card", "count"):
        for line in load_reference(name).lines:
            assert 1 <= line.cut <= known[line.stressor]


def test_writing_gives_the_same_bytes_and_reads_back(tmp_path, small_fit):
    about = {"world": "test", "seed": 1}
    for place in ("one", "two"):
        written = write_reference(small_fit, tmp_path / place, stressors=stressors(), threshold=10, about=about)
        assert [path.name for path in written] == list(FILES)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    again = Card.from_json((tmp_path / "one" / "card.json").read_text(encoding="utf-8"))
    check_manifest(tmp_path / "one", needed=TEXTS)
    assert again.lines == small_fit.card.lines
    assert dict(again.about) == about


def test_a_reference_is_not_made_from_a_reference(tmp_path, small_fit):
    import dataclasses

    with pytest.raises(UsageError, match="nothing was fitted"):
        write_reference(
            dataclasses.replace(small_fit, local=False), tmp_path, stressors=stressors(), threshold=10, about={}
        )


def test_an_altered_model_is_not_used(tmp_path, small_fit, monkeypatch):
    write_reference(small_fit, tmp_path, stressors=stressors(), threshold=10, about={"world": "test"})
    monkeypatch.setattr("riskscreen.scores.recalibration.shipped_model", tmp_path.__truediv__)
    assert load_reference().lines == small_fit.card.lines
    page = tmp_path / "card.md"
    page.write_text(page.read_text(encoding="utf-8").replace("synthetic", "real"), encoding="utf-8")
    with pytest.raises(SettingsError, match="not as it was made") as caught:
        load_reference("count")
    assert "card.md was altered" in str(caught.value)
