"""The door for BI lets out released tables only, refuses what was tampered with, and says whom to ask."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bi_offices import OPEN, an_office, approve, let_out, subject, withdraw

from riskscreen import bi
from riskscreen.errors import RefusedError, ReviewError, UsageError
from riskscreen.governance.office import Office

ROOT = Path(__file__).parents[2]
DOOR = [
    "FORMATS",
    "Loaded",
    "Star",
    "Written",
    "load_postgres",
    "read",
    "read_table",
    "releases",
    "sql_server_script",
    "write",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_office(tmp_path_factory.mktemp("the door")).path


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    """A copy of the office to damage."""
    shutil.copytree(made, tmp_path / "office")
    return tmp_path / "office"


def test_the_names_are_pinned() -> None:
    assert bi.__all__ == DOOR
    assert all(getattr(bi, name).__doc__ for name in DOOR)


BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

ALLOWED = {"duckdb", "_duckdb", "pandas", "pyarrow", "numpy", "dateutil", "six", "pytz", "tzdata", "riskscreen"}

class Blocked(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top not in ALLOWED and not top.startswith("__"):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
"""
READS = """
from pathlib import Path
from riskscreen import bi
star = bi.read(sys.argv[1], "demo", channel="internal")
for format in bi.FORMATS:
    bi.write(star, Path(sys.argv[2]) / format, format=format)
print(len(star.facts), len(star.latest()), len(bi.read_table(sys.argv[1], "areas_open")), len(bi.releases(sys.argv[1])))
"""


def test_it_works_with_duckdb_pandas_and_pyarrow_alone(made: Path, tmp_path: Path) -> None:
    """The slow suite does the same in an environment that really holds nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + READS, str(made), str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(len(bi.read(made, channel="internal").facts))] * 2 + ["3", "2"]
    blocks = subprocess.run(
        [sys.executable, "-c", BLOCKED + "import riskscreen.settings"], capture_output=True, text=True, cwd=ROOT
    )
    assert "is blocked" in blocks.stderr, "the hook bites"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = {"pandas", "duckdb", "pyarrow", "numpy", "pydantic", "psycopg", "filelock"}
    seen = f"import riskscreen.bi, sys\nprint(*(set(sys.modules) & {heavy!r}))"
    done = subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_a_changed_file_is_refused(office: Path) -> None:
    path = next((office / "released").glob("public-*/areas_wijk.json"))
    path.write_text(path.read_text(encoding="utf-8").replace("400", "401"), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"areas_wijk\.json: the file was changed"):
        bi.read(office)
    with pytest.raises(RefusedError, match="changed after the release"):
        bi.read_table(office, "areas_open")
    assert len(bi.read(office, channel="internal").facts), "the other release is whole"


def test_a_file_that_is_gone_is_refused(office: Path) -> None:
    next((office / "released").glob("public-*/areas_wijk.parquet")).unlink()
    with pytest.raises(RefusedError, match="the file is gone"):
        bi.read(office)


@pytest.mark.parametrize("log", ["ledger", "decisions"])
def test_an_edited_log_is_refused(office: Path, log: str) -> None:
    path = office / f"{log}.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("demo", "dome", 1), encoding="utf-8")
    for reads in (bi.read, bi.releases, lambda place: bi.read_table(place, "areas_open")):
        with pytest.raises(RefusedError, match="chain of"):
            reads(office)


def test_a_release_that_does_not_stand_in_the_ledger_is_not_seen(office: Path) -> None:
    real = next((office / "released").glob("public-*"))
    shutil.copytree(real, office / "released" / "public-0000000000000000")
    assert bi.read(office).releases == (real.name,)


def test_what_was_not_released_says_whom_to_ask(office: Path) -> None:
    with pytest.raises(RefusedError, match="'verdicts' was not released") as refused:
        bi.read_table(office, "verdicts", channel="public")
    assert "ask Board, who decided on demo" in str(refused.value)
    assert "Ann Maker, who made it" in str(refused.value)
    with pytest.raises(RefusedError, match="'public-1' was not released"):
        bi.read_table(office, "areas_open", release="public-1")


def test_a_run_that_waits_says_whom_to_ask(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    office.ledger.append("rule", {"run": "demo"}, time="2025-01-01T00:00:00+00:00")
    with pytest.raises(ReviewError, match="never put to the board"):
        bi.read(office.path, "demo")
    from riskscreen.governance.reviews import request_review

    request_review(office, subject(), purpose="help", programmes=("voorzorg",), areas=("n",), synthetic=True)
    with pytest.raises(ReviewError, match="waits for a review: ask the board, or Ann Maker"):
        bi.read(office.path, "demo")


def test_the_review_channel_and_unknown_ones_are_refused(office: Path) -> None:
    with pytest.raises(UsageError, match="by the review channel no file leaves"):
        bi.read(office, channel="review")
    with pytest.raises(UsageError, match="'secret'"):
        bi.read(office, channel="secret")


def test_only_an_office_is_read(office: Path, tmp_path: Path, committed_registers: Path) -> None:
    with pytest.raises(RefusedError, match="holds registers"):
        bi.read(committed_registers)
    with pytest.raises(UsageError, match="is no office"):
        bi.read(tmp_path / "elsewhere")
    (office / "run.json").write_text("{}")
    with pytest.raises(UsageError, match="is a run folder"):
        bi.read(office)
    with pytest.raises(RefusedError, match="not a DataFrame"):
        bi.read(pd.DataFrame({"secret name": [1]}))  # type: ignore[arg-type]


def test_several_runs_must_be_named(office: Path) -> None:
    with pytest.raises(ReviewError, match="nothing of other was released"):
        bi.read(office, "other")


def test_only_stars_are_written(tmp_path: Path) -> None:
    for value in (pd.DataFrame({"canary": [1]}), OPEN, {"facts": []}):
        with pytest.raises(RefusedError, match="takes a star") as refused:
            bi.write(value, tmp_path / "out")  # type: ignore[arg-type]
        assert "canary" not in str(refused.value)
        with pytest.raises(RefusedError, match="takes a star"):
            bi.load_postgres(value)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_star_cannot_be_made_or_changed(office: Path) -> None:
    star = bi.read(office)
    with pytest.raises(RefusedError):
        bi.Star(object(), "demo", "public", "", {})
    with pytest.raises(RefusedError):
        star.run = "other"
    with pytest.raises(TypeError):
        star.tables["facts"] = star.tables["totals"]  # type: ignore[index]
    for change in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(RefusedError):
            change(star)
    with pytest.raises(RefusedError):
        type("Mine", (bi.Star,), {})
    facts = star.facts
    facts["value"] = 7.0
    assert star.facts["value"].ne(7.0).any(), "a frame is a copy"


def test_a_withdrawn_release_whose_files_were_recalled_stays_visible(office: Path) -> None:
    withdraw(Office(office))
    for folder in (office / "released").iterdir():
        shutil.rmtree(folder)
    star = bi.read(office)
    assert star.newest == ""
    releases = star.table("releases")
    assert releases["withdrawn"].all()
    assert not releases["loaded"].any()
    assert len(star.latest()) == 0
    with pytest.raises(RefusedError, match="was withdrawn"):
        bi.read_table(office, "areas_open")
    assert bi.releases(office)["withdrawn"].all()


def test_released_again_after_a_withdrawal(office: Path) -> None:
    books = Office(office)
    withdraw(books)
    approve(books, subject())
    again = let_out(books, (OPEN,), time="2025-01-03T10:00:00+00:00")
    star = bi.read(office)
    assert star.newest == again
    assert json.dumps(star.releases).count(again) == 1
