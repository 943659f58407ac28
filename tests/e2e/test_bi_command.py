"""``riskscreen bi``: what a run released, for BI tools: quiet, refused where it must be, and no row about a family."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from bi_offices import an_office, withdraw
from click.testing import Result
from road import CANARY, Road
from typer.testing import CliRunner

from riskscreen import bi
from riskscreen.bi.books import open_books, released
from riskscreen.bi.saved import read_tables
from riskscreen.cli import app
from riskscreen.cli.leaving import leave_well
from riskscreen.errors import RefusedError, RiskscreenError
from riskscreen.governance.office import Office


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_office(tmp_path_factory.mktemp("the command")).path


def told(*given: object) -> Result:
    return CliRunner().invoke(app, ["bi", *map(str, given)], catch_exceptions=False)


def test_it_shows_what_there_is_and_what_to_do_next(made: Path) -> None:
    done = told("demo", "--office", made)
    heads = [line.split()[0] for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert heads == ["run", "latest", "releases", "figures", "ledger"]
    assert done.stderr.startswith("Next: riskscreen bi demo --to")


@pytest.mark.parametrize("form", bi.FORMATS)
def test_it_writes_a_folder(made: Path, tmp_path: Path, form: str) -> None:
    done = told("demo", "--office", made, "--to", tmp_path / "for bi", "--format", form, "--channel", "internal")
    assert done.exit_code == 0
    assert f"wrote      {len(_files(tmp_path / 'for bi'))} files in" in done.stdout
    assert "READ-ME.txt" in done.stderr


def test_json_is_one_object_per_line(made: Path, tmp_path: Path) -> None:
    done = told("demo", "--office", made, "--to", tmp_path / "x", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["latest"] in first["releases"]
    assert (second["format"], sorted(second["files"])) == ("parquet", _files(tmp_path / "x"))


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("--channel", "review"), 2, "by the review channel no file leaves"),
        (("--channel", "publiek"), 2, "there is no channel 'publiek'"),
        (("--format", "xlsx", "--to", "out"), 2, "choose from csv, duckdb, parquet"),
        (("--postgres", "host=db password=hush-hush"), 2, "holds a password"),
        (("--postgres", "postgresql://me:hush-hush@db/bi"), 2, "holds a password"),
        (("--postgres", "hush-hush"), 2, "cannot be read"),
        (("--postgres", "host=127.0.0.1 port=1 connect_timeout=2"), 7, "nothing was changed"),
    ],
)
def test_exit_codes(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RiskscreenError) as refused:
        told("demo", "--office", made, *given)
    assert refused.value.exit_code == code
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_ends_in_one_message(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, leave_well():
        app(["bi", "demo", "--office", str(made), "--postgres", "hush-hush"], standalone_mode=False)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("riskscreen: the connection string cannot be read")
    assert "hush" not in said
    assert "Traceback" not in said


def test_nothing_left_but_withdrawn_releases(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "office")
    withdraw(Office(tmp_path / "office"))
    done = told("demo", "--office", tmp_path / "office", "--to", tmp_path / "out")
    assert done.exit_code == 6
    assert "recall" in done.stderr
    assert len(pd.read_parquet(tmp_path / "out" / "latest.parquet")) == 0


@pytest.mark.parametrize("channel", ["internal", "public"])
def test_a_whole_run_loses_no_cell(road: Road, channel: str) -> None:
    """Every cell of every released table of a real run is a fact once, and intervals lie around their figures."""
    office = road.home / "office"
    star = bi.read(office, "small", channel=channel)
    release = released(open_books(office), "small", channel)[-1]
    cells = sum(len(saved.table.rows) * (len(saved.table.columns) - len(saved.keys)) for saved in read_tables(release))
    rows = [row for name in ("facts", "totals") for row in star.tables[name].to_pylist()]
    ends = sum(row[f"{end}_status"] is not None for row in rows for end in ("low", "high"))
    assert len(rows) + ends == cells == sum(star.table("released_tables")["cells"])
    assert len({tuple(row[key] for key in list(row)[:6]) for row in rows}) == len(rows)
    slack = 1e-9
    for row in rows:
        if {row["status"], row["low_status"], row["high_status"]} == {"shown"}:
            assert row["low"] - slack <= row["value"] <= row["high"] + slack, row
        assert (row["value"] is None and row["code"] is None) == (row["status"] in ("suppressed", "not_covered"))


def test_no_single_hidden_cell_is_left_by_a_sum(road: Road) -> None:
    star = bi.read(road.home / "office", "small", channel="internal")
    facts, totals = star.facts, star.totals
    counts = set(star.table("measures").query("kind == 'count'")["measure_key"])
    seen = 0
    for total in totals[totals["total_over"].eq("area") & totals["status"].eq("shown")].itertuples():
        keys = ["release_id", "measure_key", "group_key", "programme_key", "period_key"]
        line = facts[(facts[keys] == [getattr(total, key) for key in keys]).all(axis=1)]
        if total.measure_key not in counts or not line["additive"].any():
            continue
        seen += 1
        added = line.loc[line["additive"], "value"].sum()
        assert added <= total.value
        assert (line["status"] == "suppressed").sum() != 1 or added == total.value == 0
        assert not line["complete"].all() or added == total.value
    assert seen


def test_no_family_and_no_canary_leaves(road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(road.home)
    for form in bi.FORMATS:
        done = told(road.scenario, "--channel", "internal", "--to", tmp_path / form, "--format", form)
        assert done.exit_code == 0
        assert CANARY not in done.stdout
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert CANARY.encode() not in path.read_bytes(), path.name


def test_an_unreleased_table_of_a_run_says_whom_to_ask(road: Road) -> None:
    with pytest.raises(RefusedError, match="what is not released can only leave through a review"):
        bi.read_table(road.home / "office", "audit_offer", "small", channel="public")


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
