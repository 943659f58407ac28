"""The data package, judged by Frictionless itself: types, keys, links, sizes and hashes of every file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bi_offices import an_office

from riskscreen import bi

pytestmark = pytest.mark.slow
PYTHON = Path(__file__).parents[2] / ".venv-peers" / "frictionless" / "bin" / "python"
JUDGE = """
import json
from frictionless import validate
report = validate("datapackage.json")
print(json.dumps({task.name: [error.type for error in task.errors] for task in report.tasks}))
print(json.dumps([error.note for error in report.errors]))
"""
DAMAGE = {
    "a key that points nowhere": ("facts.csv", ",WK999901,", ",WK000000,", "foreign-key"),
    "a word for a figure": ("facts.csv", ",400,", ",many,", "type-error"),
    "a status of its own": ("facts.csv", ",suppressed,", ",secret,", "constraint-error"),
    "a row twice": ("areas.csv", "\nWK999901", "\nWK999902", "primary-key"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.is_file():
        pytest.skip("Frictionless is absent (make .venv-peers/frictionless/ready)")
    place = tmp_path_factory.mktemp("package")
    return bi.write(bi.read(an_office(place).path, channel="internal"), place / "csv", format="csv").folder


def judged(folder: Path) -> tuple[dict[str, list[str]], list[str]]:
    done = subprocess.run([str(PYTHON), "-c", JUDGE], capture_output=True, text=True, cwd=folder, check=True)
    tasks, errors = (json.loads(line) for line in done.stdout.splitlines())
    return tasks, errors


def test_frictionless_finds_no_fault(folder: Path) -> None:
    tasks, errors = judged(folder)
    assert len(tasks) == 13
    assert not any(tasks.values())
    assert errors == []


@pytest.mark.parametrize("kind", sorted(DAMAGE))
def test_frictionless_finds_what_was_damaged(folder: Path, tmp_path: Path, kind: str) -> None:
    name, old, new, expected = DAMAGE[kind]
    for path in folder.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    tasks: dict[str, Any] = judged(tmp_path)[0]
    assert expected in tasks[name.removesuffix(".csv")]
