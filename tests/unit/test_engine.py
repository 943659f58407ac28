from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine, sweep
from riskscreen.engine.handles import Profiles, open_counts


@pytest.fixture
def profiles(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Engine(tmp_path) as engine:
        engine.load(
            "counts", pd.DataFrame({"debt": [0, 1, 2, 2], "outcome": [0, 0, 0, 1], "families": [500, 10, 9, 3]})
        )
        yield Profiles(engine, "counts", ("debt", "outcome"), threshold=10)


def test_a_handle_shows_only_large_rows_and_the_rest(profiles: Profiles) -> None:
    shown = profiles.to_pandas()
    assert shown["families"].tolist() == [500, 10, 12]
    assert shown["debt"].tolist()[-1] == "rest"
    for text in (repr(profiles), profiles._repr_html_()):
        assert "500" in text
        assert " 9" not in text


def test_pickling_a_handle_gives_what_it_shows(profiles: Profiles) -> None:
    assert pickle.loads(pickle.dumps(profiles)).equals(profiles.to_pandas())


def test_a_small_rest_is_left_out(profiles: Profiles) -> None:
    profiles.engine.run("DELETE FROM counts WHERE families = 3")
    assert profiles.to_pandas()["families"].tolist() == [500, 10]


def test_inside_all_counts_are_there(profiles: Profiles) -> None:
    assert open_counts(profiles)["families"].sum() == 522


def test_the_work_folder_is_private_and_goes(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        assert stat.S_IMODE(engine.folder.stat().st_mode) == 0o700
        folder = engine.folder
        assert sweep(tmp_path) == 0, "a work folder in use stays"
    assert not folder.exists()


def test_a_work_folder_left_behind_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "riskscreen-work-killed"
    left.mkdir()
    (left / "rows.duckdb").write_bytes(b"rows")
    with Engine(tmp_path):
        assert not left.exists()


def test_an_engine_cannot_be_pickled(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine, pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(engine)
