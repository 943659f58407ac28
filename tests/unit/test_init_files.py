"""riskscreen init on a folder of Dutch CSV exports: what it guesses, and what it never writes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from riskscreen.errors import RegisterError, UsageError
from riskscreen.registers import check, init, open_registers
from riskscreen.registers.mapping import read_mapping
from riskscreen.settings import load_scenario

RENAMED = {
    "persons": (
        "Personen 2025.csv",
        {
            "person": "RINPERSOON",
            "birth_date": "geboortedatum",
            "sex": "geslacht",
            "death_date": "overlijdensdatum",
            "emigration_date": "vertrekdatum",
            "origin": "herkomst",
            "education": "opleidingsniveau",
            "education_date": "opleidingsdatum",
            "recorded_date": "registratiedatum",
        },
    ),
    "household_spells": (
        "huishoudens.csv",
        {
            "person": "bsn_pseudo",
            "household": "huishoudnummer",
            "role": "rol",
            "household_kind": "soort huishouden",
            "event_date": "ingangsdatum",
            "end_date": "einddatum",
            "end_recorded_date": "registratiedatum_einde",
            "recorded_date": "registratiedatum",
        },
    ),
    "reports": (
        "meldingen_vt.csv",
        {
            "report": "meldingsnummer",
            "person": "kindnummer",
            "kind": "soort",
            "event_date": "meldingsdatum",
            "recorded_date": "registratiedatum",
            "reporter": "melder",
            "follow_up": "vervolgmelding",
            "triage_date": "triagedatum",
            "investigation_date": "onderzoeksdatum",
            "closed_date": "afsluitdatum",
            "outcome": "uitkomst",
            "school_informed": "school_ingelicht",
        },
    ),
    "debt": (
        "vroegsignalering.csv",
        {
            "person": "rinpersoon",
            "kind": "soort",
            "source": "bron",
            "event_date": "begindatum",
            "end_date": "einddatum",
            "end_recorded_date": "registratiedatum_einde",
            "recorded_date": "registratiedatum",
        },
    ),
}
DUTCH = {
    "geslacht": {"f": "V", "m": "M"},
    "rol": {"adult": "volwassene", "child": "kind", "other": "overig"},
    "soort huishouden": {"private": "particulier", "foster": "pleeggezin", "institution": "instelling"},
    "vervolgmelding": {True: "J", False: "N"},
    "school_ingelicht": {True: "J", False: "N"},
    "melder": {"police": "Politie", "education": "Leerkracht"},
}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed registers as a municipality might export them."""
    folder = tmp_path_factory.mktemp("mijn bestanden")
    source = Path(__file__).resolve().parents[2] / "data" / "synthetic"
    for register, (name, columns) in RENAMED.items():
        frame = pd.read_parquet(source / f"{register}.parquet").rename(columns=columns)[list(columns.values())]
        for column in frame.columns:
            if "datum" in column:
                frame[column] = pd.to_datetime(frame[column]).dt.strftime("%d-%m-%Y")
            if column in DUTCH:
                frame[column] = frame[column].map(lambda value, codes=DUTCH[column]: codes.get(value, value))
        if register == "persons":
            frame["opmerking"] = ["canary-é"] * len(frame)
        frame.to_csv(folder / name, sep=";", index=False, encoding="cp1252")
    return folder


@pytest.fixture(scope="module")
def written(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("uit")
    assert [path.name for path in init(exports, out)] == ["scenario.yaml", "mapping.yaml", "basis.yaml"]
    return out


def test_registers_columns_and_form_are_guessed(written: Path) -> None:
    names = read_mapping(written / "mapping.yaml")
    assert set(names.registers) == set(RENAMED)
    for register, (file, columns) in RENAMED.items():
        own = names.of(register)
        assert (own.file, own.separator, own.dates) == (file, ";", "%d-%m-%Y")
        assert own.columns == columns
    assert names.of("persons").encoding == "cp1252"


def test_codes_are_guessed_and_the_unknown_ones_left_to_fill_in(written: Path) -> None:
    names = read_mapping(written / "mapping.yaml")
    assert names.of("persons").codes["sex"] == {"V": "f", "M": "m"}
    assert names.of("household_spells").codes["role"]["volwassene"] == "adult"
    assert names.of("reports").codes["follow_up"] == {"J": "true", "N": "false"}
    text = (written / "mapping.yaml").read_text(encoding="utf-8")
    assert "# \"Leerkracht\": ''" in text
    assert '"Politie": "police"' in text


def test_nothing_but_codes_is_written(written: Path, exports: Path) -> None:
    whole = "".join(path.read_text(encoding="utf-8") for path in written.iterdir())
    assert "canary" not in whole
    person = pd.read_csv(exports / "Personen 2025.csv", sep=";", encoding="cp1252", dtype=str)
    for column in ("RINPERSOON", "geboortedatum"):
        assert not any(value in whole for value in person[column].head(300))


def test_the_form_is_refused_empty_and_opens_filled_in(written: Path, exports: Path, tmp_path: Path) -> None:
    scenario = load_scenario(written / "scenario.yaml")
    assert scenario.registers.path is not None
    assert scenario.registers.path.resolve() == exports.resolve()
    filled = (written / "basis.yaml").read_text(encoding="utf-8").replace('""', '"filled in"')
    basis = tmp_path / "basis.yaml"
    basis.write_text(filled.replace("retention_until:", "retention_until: 2030-01-01"), encoding="utf-8")
    mapping = tmp_path / "mapping.yaml"
    text = (written / "mapping.yaml").read_text(encoding="utf-8")
    mapping.write_text(text.replace("# \"Leerkracht\": ''", '"Leerkracht": education'), encoding="utf-8")
    with open_registers(scenario.registers.path, mapping=mapping, basis=basis) as registers:
        report = check(registers)
        assert report.ok, str(report)
        assert set(registers.present) == set(RENAMED)


def test_nothing_is_overwritten(written: Path, exports: Path) -> None:
    before = (written / "basis.yaml").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match=r"scenario\.yaml, mapping\.yaml, basis\.yaml already"):
        init(exports, written)
    assert (written / "basis.yaml").read_text(encoding="utf-8") == before


def test_a_rare_code_or_a_column_of_many_values_is_not_listed(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    sexes = ["V"] * 30 + ["M"] * 30 + ["geheim"] * 9
    pd.DataFrame({"person": range(69), "birth_date": "1990-01-01", "sex": sexes}).to_csv(
        folder / "persons.csv", index=False
    )
    kinds = [f"waarde{n}" for n in range(25)] * 12
    pd.DataFrame({"person": range(300), "kind": kinds}).to_csv(folder / "income.csv", index=False)
    init(folder, tmp_path / "out")
    text = (tmp_path / "out" / "mapping.yaml").read_text(encoding="utf-8")
    assert '"V": "f"' in text
    assert "geheim" not in text
    assert "waarde" not in text


def test_a_duckdb_file_and_an_empty_folder(tmp_path: Path) -> None:
    database = tmp_path / "eigen.duckdb"
    connection = duckdb.connect(str(database))
    connection.execute(
        "CREATE TABLE personen AS SELECT '1' AS rinpersoon, DATE '1990-01-01' AS geboortedatum, 'V' AS geslacht"
    )
    connection.close()
    init(database, tmp_path / "out")
    raw = yaml.safe_load((tmp_path / "out" / "mapping.yaml").read_text(encoding="utf-8"))
    assert raw["registers"]["persons"]["table"] == "main.personen"
    empty = tmp_path / "leeg"
    empty.mkdir()
    with pytest.raises(RegisterError, match="no CSV, Parquet or DuckDB"):
        init(empty, tmp_path / "out2")
