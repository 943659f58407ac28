"""``riskscreen.bi`` in an environment that holds duckdb, pandas and pyarrow, and nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from bi_offices import an_office

from riskscreen import bi

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bi" / "bin" / "python"
ALONE = {"duckdb", "numpy", "pandas", "pyarrow", "python-dateutil", "six", "tzdata"}
READS = """
import sys
from pathlib import Path
from riskscreen import bi
from riskscreen.errors import UsageError
star = bi.read(sys.argv[1], "demo", channel="internal")
for format in bi.FORMATS:
    bi.write(star, Path(sys.argv[2]) / format, format=format)
try:
    bi.load_postgres(star)
except UsageError as error:
    print(error.what)
print(len(star.facts), len(star.totals), len(star.latest()), len(bi.read_table(sys.argv[1], "areas_open")))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    if not PYTHON.is_file():
        pytest.skip("the environment for BI is absent (make .venv-bi/ready)")
    return PYTHON


def run(python: Path, *given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), *given], capture_output=True, text=True, cwd=ROOT)


def test_it_holds_nothing_else(python: Path) -> None:
    done = run(python, "-c", "from importlib.metadata import distributions as d\nprint(*(x.name for x in d()))")
    found = {name.lower().replace("_", "-") for name in done.stdout.split()}
    assert found - ALONE <= {"pip", "setuptools", "wheel"}


def test_it_reads_and_writes_a_release(python: Path, tmp_path: Path) -> None:
    office = an_office(tmp_path).path
    done = run(python, "-W", "error", "-c", READS, str(office), str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    star = bi.read(office, channel="internal")
    numbers = [len(star.facts), len(star.totals), len(star.latest()), 3]
    assert done.stdout.splitlines() == [
        "PostgreSQL needs psycopg, which is not installed",
        " ".join(map(str, numbers)),
    ]
    here = bi.write(star, tmp_path / "here", format="csv").folder
    for name in ("facts.csv", "latest.csv", "nl/areas.csv"):
        assert (tmp_path / "out" / "csv" / name).read_bytes() == (here / name).read_bytes()


def test_its_lock_is_part_of_the_lock_of_the_whole() -> None:
    lean, whole = (
        set(re.findall(r"(?m)^([a-z0-9-]+==\S+)", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("requirements-bi.lock", "requirements.lock")
    )
    assert lean <= whole
    assert {line.split("==")[0] for line in lean} <= ALONE
