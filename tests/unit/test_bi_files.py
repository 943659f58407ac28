"""A star as files: whole or not at all, described by a data package, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlglot
from bi_offices import an_office

from riskscreen import bi
from riskscreen.bi import files
from riskscreen.bi.layout import STAR
from riskscreen.errors import MachineError, UsageError


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> bi.Star:
    return bi.read(an_office(tmp_path_factory.mktemp("office of files")).path, channel="internal")


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_star_gives_the_same_bytes(star: bi.Star, tmp_path: Path, form: str) -> None:
    for name in ("one", "two"):
        bi.write(star, tmp_path / name, format=form)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_every_format_holds_the_same_facts(star: bi.Star, tmp_path: Path) -> None:
    for form in bi.FORMATS:
        bi.write(star, tmp_path / form, format=form)
    expected = star.facts["value"].tolist()
    assert pq.read_table(tmp_path / "parquet" / "facts.parquet").equals(star.tables["facts"])
    text = pd.read_csv(tmp_path / "csv" / "facts.csv")
    dutch = pd.read_csv(tmp_path / "csv" / "nl" / "facts.csv", sep=";", decimal=",", encoding="utf-8-sig")
    with duckdb.connect(str(tmp_path / "duckdb" / "star.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT value FROM facts").fetchall()
        latest = connection.execute("SELECT count(*) FROM latest").fetchall()
    for values in (text["value"], dutch["value"], [value for (value,) in rows]):
        assert pd.Series(values, dtype="Float64").tolist() == expected
    assert latest == [(len(star.latest()),)]


def test_a_spreadsheet_runs_no_formula(star: bi.Star, tmp_path: Path) -> None:
    bi.write(star, tmp_path / "csv", format="csv")
    text = (tmp_path / "csv" / "nl" / "areas.csv").read_text(encoding="utf-8-sig")
    assert "'=Zuid" in text
    assert not re.search(r"(?m)(^|;)=", text)


def test_the_data_package_is_true(star: bi.Star, tmp_path: Path) -> None:
    """Types, rows, keys, links, sizes and hashes of every file, read back without riskscreen."""
    folder = bi.write(star, tmp_path / "package", format="csv").folder
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    frames = {}
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        frames[resource["name"]] = pd.read_csv(folder / resource["path"], dtype="string", keep_default_na=False)
    for resource in package["resources"]:
        if "schema" in resource:
            _follows(frames[resource["name"]], resource, frames)
    assert {r["name"].replace("-", "_") for r in package["resources"]} == {t.name for t in STAR} | {
        "latest",
        "latest_totals",
    }
    assert package["riskscreen"]["ledger_head"] == star.head


PATTERNS = {
    "string": r"(?s).*",
    "integer": r"-?\d+",
    "number": r"-?\d+(\.\d+)?(e-?\d+)?",
    "boolean": "true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "datetime": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}",
}


def _follows(frame: pd.DataFrame, resource: dict[str, Any], frames: dict[str, pd.DataFrame]) -> None:
    schema = resource["schema"]
    assert [field["name"] for field in schema["fields"]] == list(frame.columns)
    assert len(frame) == resource["rows"]
    assert not frame.duplicated(schema["primaryKey"]).any()
    for field in schema["fields"]:
        values, limits = frame[field["name"]], field.get("constraints", {})
        assert not (limits.get("required") and values.eq("").any()), field
        assert values[values.ne("")].str.fullmatch(PATTERNS[field["type"]]).all(), field
        assert set(values) <= set(limits.get("enum", values)), field
        assert field["title"]
        assert field["title_nl"]
    for link in schema.get("foreignKeys", ()):
        other = frames[link["reference"]["resource"]]
        assert set(frame[link["fields"][0]]) <= set(other[link["reference"]["fields"][0]])


def test_every_link_of_the_package_names_a_resource(star: bi.Star, tmp_path: Path) -> None:
    for form in bi.FORMATS:
        folder = bi.write(star, tmp_path / form, format=form).folder
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        names = {resource["name"] for resource in package["resources"]}
        assert all(re.fullmatch(r"[a-z0-9._-]+", name) for name in names)
        for resource in package["resources"]:
            for link in resource.get("schema", {}).get("foreignKeys", ()):
                assert link["reference"]["resource"] in names


def test_a_folder_made_before_is_replaced_and_any_other_is_not(star: bi.Star, tmp_path: Path) -> None:
    out = tmp_path / "for bi"
    bi.write(star, out, format="csv")
    bi.write(star, out, format="parquet")
    assert not list(out.glob("*.csv"))
    other = tmp_path / "my thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("one")
    with pytest.raises(UsageError, match="holds something else"):
        bi.write(star, other)
    assert (other / "chapter.txt").read_text() == "one"
    with pytest.raises(UsageError, match="choose from csv, duckdb, parquet"):
        bi.write(star, out, format="xlsx")


def test_a_full_disk_leaves_the_old_files(star: bi.Star, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "for bi"
    bi.write(star, out, format="csv")
    before = hashes(out)

    def full(*_: object, **__: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "csv_bytes", full)
    with pytest.raises(MachineError, match="No space left"):
        bi.write(star, out, format="csv")
    assert hashes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["for bi"]


def test_a_kill_in_the_middle_is_mended_by_the_next_run(star: bi.Star, tmp_path: Path) -> None:
    """A kill leaves the old folder, or for a moment none; never half of one."""
    (tmp_path / ".for bi.part").mkdir()
    (tmp_path / ".for bi.part" / "facts.csv").write_text("half")
    (tmp_path / ".for bi.old").mkdir()
    bi.write(star, tmp_path / "for bi", format="parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["for bi"]


def test_the_read_me_says_what_every_reader_must_know(star: bi.Star, tmp_path: Path) -> None:
    text = (bi.write(star, tmp_path / "x").folder / "READ-ME.txt").read_text(encoding="utf-8")
    for words in ("All families are synthetic.", "do not add up yourself", "tel niet zelf op", star.newest, star.head):
        assert words in text


def test_the_script_for_sql_server_is_marked_untested_and_reads_as_t_sql() -> None:
    script = bi.sql_server_script()
    assert script.startswith("-- UNTESTED")
    tables = [part for part in re.split(r";\n", script) if "CREATE TABLE" in part]
    assert len(tables) == len(STAR)
    for part in tables:
        assert sqlglot.parse_one(part, read="tsql").find(sqlglot.exp.Create)
    for view in re.findall(r"EXEC\('(CREATE VIEW.*?)'\);", script, re.S):
        assert sqlglot.parse_one(view.replace("''", "'"), read="tsql").find(sqlglot.exp.Create)


def test_no_name_is_reserved_in_any_database() -> None:
    from riskscreen.bi.flat import VIEWS
    from riskscreen.records.sql_names import RESERVED

    names = {field.name for table in STAR for field in table.fields} | {table.name for table in STAR} | set(VIEWS)
    assert names & RESERVED == set()
