from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskscreen.engine.duck import Engine
from riskscreen.errors import MachineError
from riskscreen.pipeline.folder import run_folder, write_text
from riskscreen.pipeline.store import Store, key_of, settings_by_content
from riskscreen.settings import load_scenario


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as opened:
        yield opened


def make(runs: Path, text: str) -> None:
    with run_folder(runs, "demo") as folder:
        write_text(folder / "report.html", text)


def contents(runs: Path) -> set[str]:
    return {path.name for path in runs.iterdir() if not path.name.endswith(".lock")}


def test_a_later_run_replaces_the_folder(tmp_path: Path) -> None:
    runs = tmp_path / "my runs"
    make(runs, "first")
    make(runs, "second")
    assert (runs / "demo" / "report.html").read_text() == "second"
    assert contents(runs) == {"demo"}


def test_a_run_that_fails_leaves_the_earlier_one_whole(tmp_path: Path) -> None:
    make(tmp_path, "first")
    with pytest.raises(KeyError), run_folder(tmp_path, "demo") as folder:
        write_text(folder / "report.html", {}["half"])
    assert (tmp_path / "demo" / "report.html").read_text() == "first"
    assert contents(tmp_path) == {"demo"}


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with run_folder(tmp_path, "demo"), pytest.raises(MachineError, match="another riskscreen"):
        make(tmp_path, "second")


def test_two_runs_of_other_names_do_not_wait(tmp_path: Path) -> None:
    with run_folder(tmp_path, "arnhem") as folder:
        write_text(folder / "report.html", "arnhem's")
        make(tmp_path, "demo's")
    assert contents(tmp_path) == {"demo", "arnhem"}


def test_after_a_kill_between_the_renames_the_earlier_run_comes_back(tmp_path: Path) -> None:
    make(tmp_path, "first")
    (tmp_path / "demo").rename(tmp_path / ".demo.earlier")
    (tmp_path / ".demo.new").mkdir()
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path, "demo"):
        raise KeyboardInterrupt
    assert (tmp_path / "demo" / "report.html").read_text() == "first"


def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="No space left") as caught, run_folder(tmp_path, "demo"):
        raise OSError(28, "No space left on device")
    assert caught.value.exit_code == 7


def test_kept_results_are_private_and_keyed(tmp_path: Path, engine: Engine) -> None:
    store = Store(tmp_path, "demo")
    store.keep("fit", "key-1", {"lines": 9}, engine)
    assert store.load("fit", "key-1") == {"lines": 9}
    assert store.load("fit", "key-2") is None
    assert stat.S_IMODE((tmp_path / ".riskscreen").stat().st_mode) == 0o700


def test_engine_tables_come_back(tmp_path: Path, engine: Engine) -> None:
    store = Store(tmp_path, "demo")
    engine.run("CREATE TABLE levels AS SELECT 1 AS debt, DATE '2024-01-01' AS index_date")
    store.keep("profile", "key", 1, engine, ["levels"])
    engine.run("DROP TABLE levels")
    store.load_table(engine, "levels")
    assert engine.value("SELECT count(*) FROM levels WHERE debt = 1") == 1


def test_nothing_is_kept_where_nothing_may_be_written(engine: Engine) -> None:
    store = Store(None, "demo")
    store.keep("fit", "key", 1, engine)
    assert store.load("fit", "key") is None


def test_a_damaged_result_is_no_result(tmp_path: Path, engine: Engine) -> None:
    store = Store(tmp_path, "demo")
    store.keep("fit", "key", list(range(1000)), engine)
    (kept,) = tmp_path.rglob("fit.pickle")
    kept.write_bytes(kept.read_bytes()[:100])
    assert store.load("fit", "key") is None


def test_on_a_full_disk_nothing_is_kept_and_the_job_goes_on(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, "demo")

    def full(self: Path, _: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    store.keep("fit", "key", 1, engine)
    assert store.load("fit", "key") is None
    assert list(tmp_path.rglob("fit.*")) == []


def test_a_named_file_counts_by_its_content(tmp_path: Path) -> None:
    given = load_scenario("demo").model_copy(update={"assumptions": tmp_path / "a.yaml"})
    (tmp_path / "a.yaml").write_text("cost: 1", encoding="utf-8")
    before = settings_by_content(given)
    (tmp_path / "a.yaml").write_text("cost: 2", encoding="utf-8")
    assert settings_by_content(given) != before


def test_a_key_follows_what_it_depends_on() -> None:
    assert key_of({"seed": 1, "needs": ["a"]}) == key_of({"needs": ["a"], "seed": 1})
    assert key_of({"seed": 1}) != key_of({"seed": 2})
