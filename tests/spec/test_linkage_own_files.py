"""Record linkage on files of your own: settings that teach, clusters where asked, twins apart."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.linkage.file_settings import read_file_settings
from riskscreen.pipeline.linking import link_any
from tests.linkage_people import people, recorded

COLUMNS = """{given_names: Voornamen, name_prefix: Tussenvoegsel, surname: Naam, birth_date: Geboren, sex: MV,
      postcode: Postcode, house_number: Nr}"""
SETTINGS = f"""schema: linkage/1
files:
  clinic:
    path: clinic.csv
    id: client
    dates: '%d-%m-%Y'
    separator: ';'
    encoding: latin-1
    one_per_person: true
    codes: {{sex: {{V: f, M: m}}}}
    columns: {COLUMNS}
  school:
    path: school.parquet
    id: client
    codes: {{sex: {{V: f, M: m}}}}
    columns: {COLUMNS}
"""
NAMES = {
    "given_names": "Voornamen",
    "name_prefix": "Tussenvoegsel",
    "surname": "Naam",
    "birth_date": "Geboren",
    "sex": "MV",
    "postcode": "Postcode",
    "house_number": "Nr",
}
TWINS = [
    ("clinic", "twin-a", "Daan", "Zomeren", "2015-05-01", "V", "9999 XX", "7"),
    ("school", "twin-b", "Lotte", "Zomeren", "2015-05-01", "V", "9999 XX", "7"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("own")
    persons, rng = people(1_500, 21), np.random.default_rng(3)
    parts = {}
    for number, name in enumerate(("clinic", "school")):
        some = persons[rng.random(len(persons)) < 0.7].reset_index(drop=True)
        made = recorded(some, 30 + number).rename(columns=NAMES)
        made["MV"] = made["MV"].map({"f": "V", "m": "M"})
        made["client"] = name[0] + made["person"]
        parts[name] = made[["client", *NAMES.values()]]
    for name, *cells in TWINS:
        row = dict(zip(["client", "Voornamen", "Naam", "Geboren", "MV", "Postcode", "Nr"], cells, strict=True))
        row["Geboren"] = pd.Timestamp(row["Geboren"])
        parts[name] = pd.concat([parts[name], pd.DataFrame([row])], ignore_index=True)
    parts["school"].to_parquet(place / "school.parquet")
    text = parts["clinic"].assign(Geboren=parts["clinic"]["Geboren"].dt.strftime("%d-%m-%Y"))
    text.to_csv(place / "clinic.csv", index=False, sep=";", encoding="latin-1")
    (place / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def clusters(folder: Path) -> list[dict[str, str]]:
    found = link_any(str(folder / "settings.yaml"), out=folder / "clusters.csv", save_model=folder / "model.json")
    assert [part.name for part in found.tables] == ["linkage_files", "linkage_rates", "linkage_blocking"]
    assert "Next:" in str(found)
    return list(csv.DictReader((folder / "clusters.csv").read_text(encoding="utf-8").splitlines()))


def test_every_record_is_in_one_cluster_and_most_pairs_are_right(clusters: list[dict[str, str]]) -> None:
    together, persons = defaultdict(list), defaultdict(list)
    for row in clusters:
        assert set(row) == {"file", "id", "cluster"}
        together[row["cluster"]].append(row["id"])
        persons[row["id"][1:]].append(row["id"])
    assert len({(row["file"], row["id"]) for row in clusters}) == len(clusters)
    made = {tuple(sorted(ids)) for ids in together.values() if len(ids) == 2}
    true = {tuple(sorted(ids)) for ids in persons.values() if len(ids) == 2}
    assert len(made & true) > 0.985 * len(made)
    assert len(made & true) > 0.90 * len(true)


def test_twins_in_two_files_are_not_one_person(clusters: list[dict[str, str]]) -> None:
    found = {row["id"]: row["cluster"] for row in clusters}
    assert found["twin-a"] != found["twin-b"]


def test_the_saved_model_gives_the_same_clusters(folder: Path, clusters: list[dict[str, str]]) -> None:
    link_any(str(folder / "settings.yaml"), out=folder / "again.csv", model=folder / "model.json")
    assert (folder / "again.csv").read_bytes() == (folder / "clusters.csv").read_bytes()
    assert clusters


def test_nothing_is_overwritten_and_options_that_do_not_fit_are_told(folder: Path) -> None:
    taken = folder / "taken.csv"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        link_any(str(folder / "settings.yaml"), out=taken)
    assert taken.read_text(encoding="utf-8") == "mine"
    with pytest.raises(UsageError, match="no --out"):
        link_any(str(folder / "settings.yaml"))
    with pytest.raises(UsageError, match="--clerk"):
        link_any(str(folder / "settings.yaml"), out=folder / "other.csv", clerk=100)
    with pytest.raises(UsageError, match="files of your own"):
        link_any("demo", out=folder / "other.csv")


def test_all_faults_of_the_settings_are_told_at_once(tmp_path: Path) -> None:
    place = tmp_path / "bad.yaml"
    place.write_text(
        "schema: linkage/1\nblocking: {mine: [birthday]}\ncomparisons: [given, shoe_size]\nfiles:\n"
        "  a: {path: a.csv, id: x, columns: {surname: N, colour: C}}\n"
        "  b: {path: b.csv, id: x, columns: {surname: N, birth_date: B}, codes: {sex: {1: male}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as told:
        read_file_settings(place)
    text = str(told.value)
    for word in ("a.csv", "b.csv", "colour", "birth_date is obligatory", "birthday", "shoe_size", "'male'"):
        assert word in text, word


def test_unknown_keys_and_too_few_files_are_told(tmp_path: Path) -> None:
    place = tmp_path / "bad.yaml"
    place.write_text("schema: linkage/1\nspeed: high\nfiles: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        read_file_settings(place)
    assert "speed: unknown key" in str(told.value)
    assert "files" in str(told.value)


def test_faults_in_the_files_are_told_at_once_without_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,N,B\n1,Geheim,31/12/1980\n1,Bos,1/1/1990\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("x,M,B\n1,Bos,1980-01-01\n", encoding="utf-8")
    place = tmp_path / "s.yaml"
    columns = "{surname: N, birth_date: B}"
    place.write_text(
        f"schema: linkage/1\nfiles:\n  a: {{path: a.csv, id: x, columns: {columns}}}\n"
        f"  b: {{path: b.csv, id: x, columns: {columns}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(RegisterError) as told:
        link_any(str(place), out=tmp_path / "out.csv")
    text = str(told.value)
    for word in ("a: x occurs more than once for 1 row", "2 of 2 birth dates cannot be read", "b.csv has no column N"):
        assert word in text, word
    assert "Geheim" not in text
    assert not (tmp_path / "out.csv").exists()
