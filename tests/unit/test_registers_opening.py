"""Opening registers from every kind of source, with own names, and with a lawful basis."""

from __future__ import annotations

import json
import pickle
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.records.texts import same
from riskscreen.registers import Entry, Manifest, column_types, coverage_table, open_registers, schemas

PERSONS = pd.DataFrame(
    {
        "person": ["007", "008", "009"],
        "birth_date": ["1990-01-01", "1988-01-01", "2015-03-01"],
        "sex": ["f", "m", "f"],
        "origin": ["europe", None, "europe"],
        "recorded_date": ["2015-01-01"] * 3,
    }
)
HOMES = pd.DataFrame(
    {
        "person": ["007", "008", "009"],
        "household": ["12"] * 3,
        "role": ["adult", "adult", "child"],
        "household_kind": ["private"] * 3,
        "event_date": ["2015-03-01"] * 3,
        "end_date": [None, "2020-01-31", None],
        "recorded_date": ["2015-03-02"] * 3,
    }
)
REPORTS = pd.DataFrame(
    {
        "report": ["1"],
        "person": ["009"],
        "kind": ["report"],
        "event_date": ["2021-03-01"],
        "recorded_date": ["2021-03-02"],
        "reporter": ["police"],
        "follow_up": ["false"],
    }
)
FRAMES = {"persons": PERSONS, "household_spells": HOMES, "reports": REPORTS}
PERIOD = Entry("", date(2015, 1, 1), date(2025, 1, 1))
MADE_UP = Manifest("tiny", True, same("made up"), registers=dict.fromkeys(FRAMES, PERIOD))
SELECT = (
    "SELECT person, household, role, event_date, end_date, recorded_date FROM registers.household_spells ORDER BY 1"
)


def basis(folder: Path, **columns: Any) -> Path:
    """A filled-in basis for the registers named, with the columns each may read."""
    body = {
        name: {
            "law": "example law",
            "purpose": "prevention",
            "impact_assessment": "DPIA-1",
            "responsible": "A. Name",
            "retention_until": "2030-01-01",
            "columns": list(allowed) if isinstance(allowed, tuple) else allowed,
        }
        for name, allowed in columns.items()
    }
    path = folder / "basis.yaml"
    path.write_text(json.dumps({"schema": "basis/1", "registers": body}), encoding="utf-8")
    return path


def whole_basis(folder: Path) -> Path:
    return basis(folder, **dict.fromkeys(FRAMES, "all"))


def csv_folder(folder: Path, **options: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in FRAMES.items():
        frame.to_csv(folder / f"{name}.csv", index=False, **options)
    return folder


def test_every_source_gives_the_same_rows(tmp_path: Path) -> None:
    spaced = tmp_path / "my registers"
    csv_folder(spaced)
    parquet = tmp_path / "par quet"
    parquet.mkdir()
    database = tmp_path / "rows.duckdb"
    connection = duckdb.connect(str(database))
    for name, frame in FRAMES.items():
        typed = frame.assign(**{c: pd.to_datetime(frame[c]) for c in frame.columns if c.endswith("_date")})
        typed.to_parquet(parquet / f"{name}.parquet")
        connection.register("incoming", typed)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.close()
    lawful = whole_basis(tmp_path)
    found = []
    for source in (spaced, parquet, database):
        with open_registers(source, basis=lawful) as registers:
            found.append(registers.engine.rows(SELECT))
            assert not registers.synthetic
    with open_registers(FRAMES, manifest=MADE_UP) as registers:
        found.append(registers.engine.rows(SELECT))
        assert registers.synthetic
    assert found[0][1] == ("008", "12", "adult", date(2015, 3, 1), date(2020, 1, 31), date(2015, 3, 2))
    assert all(rows == found[0] for rows in found)


def test_views_have_every_column_of_the_schema_with_its_type(tmp_path: Path) -> None:
    with open_registers(FRAMES, manifest=MADE_UP) as registers:
        for name in FRAMES:
            types = registers.engine.columns(f"registers.{name}")
            assert types == {column.name: column.sql_type for column in schemas()[name].columns}


def test_own_names_codes_dates_and_constants(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    PERSONS.assign(sex=["V", "M", "V"], birth_date=["01-01-1990", "01-01-1988", "01-03-2015"]).rename(
        columns={"person": "RinPersoon", "birth_date": "geboortedatum", "sex": "geslacht"}
    ).drop(columns="recorded_date").to_csv(folder / "pers.csv", index=False, sep=";", encoding="cp1252")
    HOMES.drop(columns="household_kind").to_csv(folder / "household_spells.csv", index=False)
    REPORTS.to_csv(folder / "reports.csv", index=False)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        """
        schema: mapping/1
        registers:
          persons:
            file: pers.csv
            separator: ";"
            encoding: cp1252
            dates: "%d-%m-%Y"
            columns: {person: rinpersoon, birth_date: geboortedatum, sex: geslacht, recorded_date: geboortedatum}
            codes: {sex: {V: f, M: m}}
            covers: {from: 2014-01-01, until: 2024-01-01}
          household_spells:
            constants: {household_kind: private}
        """,
        encoding="utf-8",
    )
    with open_registers(folder, mapping=mapping, basis=whole_basis(tmp_path)) as registers:
        rows = registers.engine.rows("SELECT person, birth_date, sex, recorded_date FROM registers.persons ORDER BY 1")
        assert rows[0] == ("007", date(1990, 1, 1), "f", date(1990, 1, 1))
        assert registers.engine.rows("SELECT DISTINCT household_kind FROM registers.household_spells") == [("private",)]
        assert registers.covers("persons", date(2014, 1, 1), date(2024, 1, 1))
        assert not registers.covers("persons", date(2014, 1, 1), date(2024, 1, 2))
        assert not registers.covers("debt", date(2014, 1, 1), date(2014, 1, 2))


def test_every_fault_of_a_mapping_is_told_at_once(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "schema: mapping/1\nregisters:\n  personen: {file: x.csv}\n"
        "  persons: {columns: {geslacht: sex}, codes: {sex: {V: woman}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as told:
        open_registers(csv_folder(tmp_path / "r"), mapping=mapping)
    assert len(told.value.faults) == 3
    for word in ("personen: unknown register", "unknown column geslacht", "'woman' is no code"):
        assert word in str(told.value)


def test_a_mapping_to_files_or_columns_that_are_not_there_is_told_at_once(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "schema: mapping/1\nregisters:\n  debt: {file: schuld.csv}\n  income: {columns: {kind: soort}}\n"
        "  persons: {columns: {sex: geslacht}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as told:
        open_registers(csv_folder(tmp_path / "r"), mapping=mapping)
    assert len(told.value.faults) == 3
    for word in ("schuld.csv", "income: mapped, but", "no column geslacht"):
        assert word in str(told.value)


def test_without_mark_or_basis_nothing_opens(tmp_path: Path) -> None:
    for source in (FRAMES, csv_folder(tmp_path / "r")):
        with pytest.raises(RegisterError, match="written lawful basis"):
            open_registers(source)


def test_columns_and_registers_without_basis_are_not_read(tmp_path: Path) -> None:
    folder = csv_folder(tmp_path / "r")
    shutil.copy(folder / "reports.csv", folder / "police_incidents.csv")
    lawful = basis(
        tmp_path,
        persons=("person", "birth_date", "sex", "recorded_date"),
        household_spells="all",
        reports="all",
    )
    with open_registers(folder, basis=lawful) as registers:
        assert registers.withheld == ("police_incidents",)
        assert not registers.has("police_incidents")
        assert registers.opened["persons"].withheld == ("origin",)
        assert registers.engine.rows("SELECT DISTINCT origin FROM registers.persons") == [(None,)]
        tables = registers.engine.rows("SELECT table_schema, table_name FROM information_schema.tables")
        assert not [name for _, name in tables if "police" in name]
        assert "origin" not in registers.engine.columns("incoming.persons_rows")
        assert "no lawful basis" in repr(registers)


def test_an_obligatory_register_without_basis_is_told(tmp_path: Path) -> None:
    lawful = basis(tmp_path, persons="all", reports="all")
    with pytest.raises(RegisterError, match=r"household_spells \(households\): no lawful basis names it"):
        open_registers(csv_folder(tmp_path / "r"), basis=lawful)


def test_a_basis_that_is_not_filled_in_or_has_ended_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, path = csv_folder(tmp_path / "r"), whole_basis(tmp_path)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("example law", "").replace('"2030-01-01"', "null"), encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        open_registers(folder, basis=path)
    assert len(told.value.faults) == 6
    path.write_text(whole, encoding="utf-8")
    monkeypatch.setattr("riskscreen.registers.opening.utc_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    open_registers(folder, basis=path).close()
    monkeypatch.setattr("riskscreen.registers.opening.utc_now", lambda: datetime(2030, 1, 2, tzinfo=UTC))
    with pytest.raises(RegisterError, match="term for keeping") as ended:
        open_registers(folder, basis=path)
    assert len(ended.value.faults) == 3


def test_only_persons_households_and_reports_are_obligatory() -> None:
    with pytest.raises(RegisterError, match="obligatory") as told:
        open_registers({"persons": PERSONS}, manifest=MADE_UP)
    assert told.value.exit_code == 4
    assert len(told.value.faults) == 2
    with open_registers(FRAMES, manifest=MADE_UP) as registers:
        assert set(registers.present) == set(FRAMES)


def test_the_synthetic_mark_holds_for_the_very_files_only(committed_registers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(committed_registers, folder)
    with open_registers(folder) as registers:
        assert registers.synthetic
        whole = set(registers.present)
    shutil.copy(folder / "income.parquet", folder / "disability.parquet")
    with pytest.raises(RegisterError, match="not the ones") as told:
        open_registers(folder)
    assert told.value.faults == ("disability: disability.parquet",)
    shutil.copytree(committed_registers, folder, dirs_exist_ok=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["registers"]["debt"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with open_registers(folder) as registers:
        assert set(registers.present) == whole - {"debt"}, "a file that the manifest does not name stays closed"


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "manifest/2"}', '{"schema": "manifest/1"}'])
def test_a_broken_or_newer_manifest_is_refused(text: str, tmp_path: Path) -> None:
    folder = csv_folder(tmp_path / "r")
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(RegisterError, match="make the registers again"):
        open_registers(folder)


def test_broken_files_are_told_and_quote_nothing(tmp_path: Path) -> None:
    folder = csv_folder(tmp_path / "r")
    (folder / "debt.parquet").write_bytes(b"PAR1 secret-value")
    (folder / "income.csv").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        open_registers(folder, basis=whole_basis(tmp_path))
    assert len(told.value.faults) == 2
    assert "secret-value" not in str(told.value)
    with pytest.raises(RegisterError, match="no DuckDB file"):
        open_registers(folder / "persons.csv")
    with pytest.raises(RegisterError, match="there are no registers"):
        open_registers(folder / "nowhere")


def test_the_handle_shows_no_row_and_no_small_count() -> None:
    with open_registers(FRAMES, manifest=MADE_UP, threshold=10) as registers:
        for shown in (repr(registers), registers._repr_html_()):
            assert "007" not in shown
            assert "fewer than 10" in shown
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(registers)


def test_the_content_hash_follows_content_and_not_the_order_of_rows() -> None:
    def digest(**changed: pd.DataFrame) -> str:
        with open_registers({**FRAMES, **changed}, manifest=MADE_UP) as registers:
            return registers.content_hash

    assert digest() == digest(persons=PERSONS.iloc[::-1])
    assert digest() != digest(persons=PERSONS.assign(sex=["m", "m", "f"]))


def test_opening_again_in_the_same_engine_replaces_the_registers() -> None:
    with open_registers(FRAMES, manifest=MADE_UP) as registers:
        open_registers({**FRAMES, "persons": PERSONS.head(1)}, manifest=MADE_UP, engine=registers.engine)
        assert registers.engine.value("SELECT count(*) FROM registers.persons") == 1


def test_frames_of_unknown_registers_and_a_manifest_for_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown register"):
        open_registers({**FRAMES, "people": PERSONS}, manifest=MADE_UP)
    with pytest.raises(UsageError, match="frames only"):
        open_registers(csv_folder(tmp_path / "r"), manifest=MADE_UP)


def test_coverage_says_what_cannot_be_seen() -> None:
    later = Manifest(
        "tiny",
        True,
        same("made up"),
        registers={**MADE_UP.registers, "reports": Entry("", date(2020, 1, 1), PERIOD.until)},
    )
    with open_registers(FRAMES, manifest=later) as registers:
        rows = {row["register"]: row for row in coverage_table(registers, {"debt": 2}).records()}
    assert list(rows) == list(schemas())
    assert rows["debt"] == {
        "register": "debt", "status": "absent", "from": None, "until": None, "rows": None, "stressors": 2
    }  # fmt: skip
    assert (rows["reports"]["status"], rows["reports"]["from"]) == ("partly", "2020-01-01")
    assert rows["persons"]["rows"] == 3


def test_schemas_are_whole() -> None:
    assert len(schemas()) == 24
    for register in schemas().values():
        assert set(register.key) <= set(register.names)
        for column in register.columns:
            assert column.meaning.en
            assert column.meaning.nl
            assert column.legal.en.endswith("Not legal advice.")
            assert (column.lowest is None) == (column.highest is None)
    sensitive = [
        (r.name, c.name) for r in schemas().values() for c in r.columns if c.sensitivity == "sensitive_feature"
    ]
    assert sensitive == [("persons", "origin")]


def test_filters_get_types_and_never_a_sensitive_column() -> None:
    assert column_types("persons")["birth_date"] == "date"
    assert "origin" not in column_types("persons")
    assert column_types("areas")["urbanity"] == "number"
    with pytest.raises(UsageError, match="there is no register"):
        column_types("people")
