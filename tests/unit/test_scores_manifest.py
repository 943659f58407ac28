"""A reference model that is not as it was made is refused, with what is wrong and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riskscreen.errors import SettingsError
from riskscreen.records.card import Card, Line
from riskscreen.scores.manifest import NAME, check_manifest, manifest_text

CARD = Card("card", (Line("debt_arrears", ">=", 1.0, 2),), -4.5, 0.25)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "card.json").write_text(CARD.to_json(), encoding="utf-8")
    (tmp_path / "card.md").write_text("# Reference card\n", encoding="utf-8")
    (tmp_path / NAME).write_text(manifest_text(tmp_path, ("card.json", "card.md")), encoding="utf-8")
    return tmp_path


def test_a_model_as_it_was_made_passes(models: Path) -> None:
    check_manifest(models, needed=("card.json",))


def test_line_ends_of_another_system_do_not_matter(models: Path) -> None:
    (models / "card.md").write_bytes(b"# Reference card\r\n")
    check_manifest(models)


def test_every_altered_or_absent_file_is_named(models: Path) -> None:
    (models / "card.json").write_text(CARD.to_json().replace('"points": 2', '"points": 5'), encoding="utf-8")
    (models / "card.md").unlink()
    with pytest.raises(SettingsError) as caught:
        check_manifest(models, needed=("count.json",))
    said = str(caught.value)
    assert "card.json was altered after it was made" in said
    assert "card.md is not there" in said
    assert "count.json is not in manifest.json" in said
    assert "python -m riskscreen.pipeline.reference models" in said


ALTERED = {
    "newer": ({"schema": "models/2", "files": {"card.json": "0"}}, "has schema 'models/2'; this version reads"),
    "no schema": ({"files": {"card.json": "0"}}, "has schema None"),
    "no files": ({"schema": "models/1", "files": {}}, "lists no files"),
    "another form": (["card.json"], "has schema None"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_manifest_of_another_kind_is_refused(models: Path, how: str) -> None:
    body, reason = ALTERED[how]
    (models / NAME).write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(SettingsError, match=reason) as caught:
        check_manifest(models)
    assert caught.value.do


@pytest.mark.parametrize(("text", "reason"), [(None, "has no manifest.json"), ("{", "is no JSON")])
def test_a_manifest_that_cannot_be_read_is_refused(models: Path, text: str | None, reason: str) -> None:
    (models / NAME).unlink()
    if text is not None:
        (models / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        check_manifest(models)


NOT_A_CARD = {
    "newer": (CARD.to_json().replace("card/1", "card/2"), "has schema 'card/2'; this version reads 'card/1'"),
    "no JSON": (CARD.to_json()[:40], "no JSON object"),
    "a list": ("[]", "no JSON object"),
    "no lines": (json.dumps({"schema": "card/1", "name": "card"}), "misses something"),
    "a word for points": (CARD.to_json().replace('"points": 2', '"points": "many"'), "misses something"),
    "negative points": (CARD.to_json().replace('"points": 2', '"points": -2'), "breaks its rules"),
}


@pytest.mark.parametrize("how", NOT_A_CARD)
def test_text_that_is_no_card_is_refused(how: str) -> None:
    text, reason = NOT_A_CARD[how]
    with pytest.raises(SettingsError, match=reason):
        Card.from_json(text)
