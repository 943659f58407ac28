"""Named streams and periods: the small parts that everything else rests on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskscreen.errors import SettingsError
from riskscreen.synthetic.intervals import crossed, gaps, merged
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import load_world


def _days(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_same_seed_and_name_draw_the_same() -> None:
    assert Chance(7).stream("moves").random(3).tolist() == Chance(7).stream("moves").random(3).tolist()


def test_other_name_or_seed_draws_otherwise() -> None:
    first = Chance(7).stream("moves").random(3).tolist()
    assert Chance(7).stream("reports").random(3).tolist() != first
    assert Chance(8).stream("moves").random(3).tolist() != first


def test_merged_joins_periods_that_overlap_or_touch() -> None:
    owner, start, end = merged(_days(1, 0, 0, 0), _days(5, 1, 3, 9), _days(6, 4, 7, 12))
    assert list(zip(owner, start, end, strict=True)) == [(0, 1, 7), (0, 9, 12), (1, 5, 6)]


def test_gaps_are_what_is_left() -> None:
    owner, start, end = gaps(_days(0, 0, 5), _days(10, 10, 5), _days(0, 0), _days(2, 6), _days(4, 12))
    assert list(zip(owner, start, end, strict=True)) == [(0, 0, 2), (0, 4, 6), (1, 0, 10)]


def test_crossed_gives_overlaps_with_the_own_group() -> None:
    left, right, start, end = crossed(
        _days(1, 0), _days(2, 0), _days(9, 3), _days(0, 1, 3), _days(1, 0, 5), _days(10, 5, 20)
    )
    assert list(zip(left, right, start, end, strict=True)) == [(0, 1, 2, 5), (0, 2, 5, 9), (1, 0, 1, 3)]


def test_world_names_only_figures_that_are_shipped(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text("schema: world/1\nneed: {share: {figure: no.such.figure, over: 100}}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="figures") as caught:
        load_world(str(path))
    assert "no.such.figure (value)" in caught.value.faults


def test_unknown_world_says_which_there_are() -> None:
    with pytest.raises(SettingsError, match="no world atlantis") as caught:
        load_world("atlantis")
    assert "voorbeeldstad" in caught.value.do


def test_world_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    from riskscreen.settings import shipped

    text = (shipped("worlds") / "voorbeeldstad.yaml").read_text(encoding="utf-8")
    path = tmp_path / "odd.yaml"
    path.write_text(text + "\nmoon: full\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="1 fault") as caught:
        load_world(str(path))
    assert caught.value.faults[0].startswith("moon")
