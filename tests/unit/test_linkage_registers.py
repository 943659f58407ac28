"""Registers whose numbers are missing, wrong or double: who is found, who is not, and what is said of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.errors import RegisterError, SettingsError, UsageError
from riskscreen.linkage import Linkage, link, read_model, replace_numbers
from riskscreen.linkage.clerical import read_sample, write_sample
from riskscreen.linkage.evidence import TOTAL, expected
from riskscreen.records.tables import Table
from riskscreen.records.texts import same
from riskscreen.registers import Entry, Manifest, Registers, open_registers, schemas
from tests.linkage_people import Frame, people, sources

DAY = date(2021, 1, 1)
WHOLE = Entry("", date(1950, 1, 1), date(2030, 1, 1))

PLANTED = """
register | person | given_names | prefix | surname  | birth_date | postcode | house
persons  | t1     | Daan Piet   | van    | Zomeren  | 2015-05-01 | 9999XX   | 7
persons  | t2     | Lotte       | van    | Zomeren  | 2015-05-01 | 9999XX   | 7
persons  | t3     | Anna Sietske |      | Slotstra | 2016-01-08 | 7777ZZ   | 9
persons  | t4     | Jet Sietske |       | Slotstra | 2016-01-08 | 7777ZZ   | 9
persons  | mum    | Saskia      | de     | Wit      | 1985-02-11 | 9999XX   | 7
persons  | new    | Noor        |        | Kalsbeek | 2020-03-03 | 8888YY   | 3
persons  | prov   |             |        | Kalsbeek | 2020-03-03 | 8888YY   | 3
debt     | t1     | Lotte       | van    | Zomeren  | 2015-05-01 | 9999XX   | 7
debt     | D1     | D.          |        | van Zomeren | 2015-05-01 | 9999XX | 7
debt     | D2     |             | van    | Zomeren  | 2015-05-01 | 9999XX   | 7
debt     | D3     | de Wit      |        | Saskia   | 1985-11-02 | 9999XX   | 7
debt     | mum    | Noor        |        | Kalsbeek | 2020-03-03 | 8888YY   | 3
debt     | D4     | Ferdinand   |        | Kwaadsteniet | 1931-01-09 | 1010AA | 1
"""
RIGHT = {"t1": "t2", "D1": "t1", "D2": None, "D3": "mum", "mum": "new"}
"""Whose the planted records are, as far as anybody can tell: a nameless record beside twins is of neither for sure."""


@dataclass
class Town:
    """Frames of registers with particulars, and the truth about numbers."""

    frames: dict[str, Frame]
    truth: Path


def planted() -> Frame:
    lines = [[cell.strip() for cell in line.split("|")] for line in PLANTED.strip().splitlines()]
    names = ["register", "person", "given_names", "name_prefix", "surname", "birth_date", "postcode", "house_number"]
    frame = pd.DataFrame([[cell or None for cell in line] for line in lines[1:]], columns=names)
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    late = frame["person"].eq("new")
    return frame.assign(sex=None, recorded_date=pd.Timestamp("2020-03-04")).assign(
        recorded_date=lambda f: f["recorded_date"].where(~late, pd.Timestamp("2020-04-04"))
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    persons = people(1_500, 11)
    made = sources(persons, 12, registers=("debt", "mental_health"), share=0.4, missing=0.06, sibling=0.02, twice=0.01)
    extra = planted()
    whole = pd.concat([made.particulars, extra], ignore_index=True)
    whole["house_number"] = whole["house_number"].astype("Int64")
    spine = whole[whole["register"] == "persons"].drop_duplicates("person")
    registered = pd.DataFrame(
        {
            "person": spine["person"],
            "birth_date": spine["birth_date"],
            "sex": spine["sex"].fillna("f"),
            "origin": ["netherlands" if i % 3 else "europe" for i in range(len(spine))],
            "recorded_date": spine["recorded_date"],
        }
    )
    homes = persons[["person", "home"]].assign(household=lambda f: "h" + f["home"].astype(str))
    spells = homes.assign(
        role=["adult" if i < 2 else "child" for i in homes.groupby("home").cumcount()],
        household_kind="private",
        event_date=pd.Timestamp("2020-06-01"),
        recorded_date=pd.Timestamp("2020-06-01"),
    ).drop(columns="home")
    debt = whole.loc[whole["register"] == "debt", ["person"]].assign(
        kind="arrears_signal", event_date=pd.Timestamp("2020-07-01"), recorded_date=pd.Timestamp("2020-07-01")
    )
    place = tmp_path_factory.mktemp("truth") / "links.parquet"
    links = pd.DataFrame([("debt", number, person) for number, person in RIGHT.items()] + [("persons", "prov", "new")])
    links.columns = pd.Index(["register", "number", "person"])
    links.loc[links["number"] == "D2", "person"] = "t2"
    pd.concat([made.links, links]).to_parquet(place)
    frames = {"persons": registered, "household_spells": spells, "debt": debt, "particulars": whole}
    return Town({name: _whole(frame, name) for name, frame in frames.items()} | {"reports": _empty("reports")}, place)


def _whole(frame: Frame, name: str) -> Frame:
    return frame.reindex(columns=list(schemas()[name].names)).reset_index(drop=True)


def _empty(name: str) -> Frame:
    return pd.DataFrame({column: pd.Series(dtype=object) for column in schemas()[name].names})


def opened(town: Town, engine: Engine | None = None, *, without: str = "") -> Registers:
    frames = {name: frame for name, frame in town.frames.items() if name != without}
    manifest = Manifest("town", True, same("made up"), registers=dict.fromkeys(frames, WHOLE))
    return open_registers(frames, manifest=manifest, engine=engine)


@pytest.fixture(scope="module")
def linked(town: Town) -> Iterator[tuple[Registers, Linkage]]:
    with Engine(threads=2) as engine, opened(town, engine) as registers:
        yield registers, link(registers, [DAY], key="k", truth=town.truth)


def crosswalk(registers: Registers) -> list[tuple[Any, ...]]:
    return registers.engine.rows("SELECT * FROM crosswalk ORDER BY ALL")


def table(linkage: Linkage, name: str) -> Table:
    return next(part for part in linkage.tables() if part.name == name)


def test_twins_newborns_and_names_turned_round(linked: tuple[Registers, Linkage]) -> None:
    registers, _ = linked
    found = {row[1]: row[2] for row in crosswalk(registers) if row[0] == "debt"}
    for number, person in RIGHT.items():
        assert found.get(number) == person, number
    assert "D4" not in found  # nobody of the register: the number stays as it came, unknown
    merged = {row[1]: row[2] for row in crosswalk(registers) if row[0] == "persons"}
    assert merged.get("prov") == "new"  # the number recorded last is kept
    assert not {"t1", "t2", "t3", "t4"} & {*merged, *merged.values()}  # not even with a second name in common


def test_the_views_have_the_persons_replaced(linked: tuple[Registers, Linkage], town: Town) -> None:
    registers, _ = linked
    numbers = {row[0] for row in registers.engine.rows("SELECT person FROM registers.debt")}
    assert {"t1", "t2", "mum", "new"} <= numbers
    assert not {"D1", "D3"} & numbers
    rows = len(town.frames["debt"])
    assert registers.engine.value("SELECT count(*) FROM registers.debt") == rows
    assert registers.engine.value("SELECT count(*) FROM registers.persons WHERE person = 'prov'") == 0
    first = registers.engine.value("SELECT recorded_date FROM registers.persons WHERE person = 'new'")
    assert first == date(2020, 3, 4)  # known from the first day of either number
    replace_numbers(registers)  # once more changes nothing
    assert registers.engine.value("SELECT count(*) FROM registers.debt") == rows


def test_nearly_all_records_are_linked_and_hardly_any_wrongly(linked: tuple[Registers, Linkage]) -> None:
    rows = {(row["scope"], row["method"]): row for row in table(linked[1], "linkage_rates").records()}
    true = rows["all_records", "truth"]
    assert float(true["false_match_rate"]) < 0.002  # type: ignore[arg-type]
    assert float(true["missed_match_rate"]) < 0.02  # type: ignore[arg-type]
    astray = rows["astray", "truth"]
    assert int(astray["records"]) > 100  # type: ignore[call-overload]
    assert float(astray["missed_match_rate"]) < 0.15  # type: ignore[arg-type]


def test_quality_is_by_group_and_never_public_then(linked: tuple[Registers, Linkage]) -> None:
    groups = table(linked[1], "linkage_rates_by_group")
    assert groups.channels == ("review", "internal")
    assert set(groups.values("attribute")) == {"origin", "age", "sex", "arrival"}
    rows = groups.records()
    whole = next(row for row in table(linked[1], "linkage_rates").records() if row["method"] == "model")
    for attribute in ("origin", "age", "sex", "arrival"):
        part = [int(r["linked"] or 0) for r in rows if r["attribute"] == attribute and r["method"] == "model"]
        assert sum(part) == whole["linked"]


def test_every_table_passes_the_gate(linked: tuple[Registers, Linkage], tmp_path: Path) -> None:
    from riskscreen.disclosure.gate import gate
    from riskscreen.governance.office import Office
    from riskscreen.settings import Release

    shown = gate(
        linked[1].tables(), channel="review", office=Office(tmp_path), subject=None, release=Release(), day=DAY
    )
    assert {"linkage_rules", "linkage_rates", "linkage_rates_by_group", "linkage_blocking"} <= {t.name for t in shown}


def test_the_model_can_be_saved_and_given_back_and_gives_the_same(
    linked: tuple[Registers, Linkage], town: Town, tmp_path: Path
) -> None:
    registers, linkage = linked
    assert linkage.found is not None
    assert linkage.found.model.trained_on == "number"
    place = tmp_path / "model.json"
    place.write_text(linkage.found.model.to_json(), encoding="utf-8")
    assert read_model(place) == linkage.found.model
    with Engine(threads=1) as engine, opened(town, engine) as again:
        link(again, [DAY], key="k", model=place)
        assert crosswalk(again) == crosswalk(registers)
    with Engine(threads=1) as engine, opened(town, engine) as anew:  # another number of threads, trained anew
        made = link(anew, [DAY], key="k")
        assert made.found is not None
        assert made.found.model.to_json() == linkage.found.model.to_json()
        assert crosswalk(anew) == crosswalk(registers)


def test_a_file_that_is_no_model_is_told() -> None:
    with pytest.raises(SettingsError, match="no trained model"):
        read_model('{"schema": "other/1"}')


def test_without_particulars_it_is_as_before(town: Town) -> None:
    with Engine(threads=1) as engine, opened(town, engine, without="particulars") as registers:
        made = link(registers, [DAY], key="k")
        assert made.found is None
        assert [part.name for part in made.tables()] == [
            "linkage",
            "linkage_by_group",
            "linkage_cases",
            "family_groups",
        ]
        assert crosswalk(registers) == []
        assert not registers.engine.has("registers.debt_as_arrived")


def test_following_the_truth_puts_every_number_right(linked: tuple[Registers, Linkage], town: Town) -> None:
    assert linked[1].found is not None
    model = linked[1].found.model.to_json()  # it decides nothing here; training one takes the most time
    with Engine(threads=1) as engine, opened(town, engine) as registers:
        link(registers, [DAY], key="k", truth=town.truth, follow_truth=True, model=model)
        unknown = registers.engine.value(
            "SELECT count(*) FROM registers.debt WHERE person NOT IN (SELECT person FROM registers.persons)"
        )
        assert unknown == 1  # D4, who is nobody of the register
        with pytest.raises(UsageError, match="not given"):
            link(registers, [DAY], key="k", follow_truth=True)
        with pytest.raises(RegisterError, match="no truth about links"):
            link(registers, [DAY], key="k", truth=town.truth.parent / "elsewhere")


def test_a_clerk_looks_at_pairs_and_the_answers_come_back(
    linked: tuple[Registers, Linkage], town: Town, tmp_path: Path
) -> None:
    registers, linkage = linked
    engine, found = registers.engine, linkage.found
    assert found is not None
    place = write_sample(engine, found, tmp_path, 150)
    assert place.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="already"):
        write_sample(engine, found, tmp_path, 150)
    rows = list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))
    assert 100 <= len(rows) <= 200
    assert not {"weight", "probability", "linked"} & set(rows[0])  # the clerk is not told what the model thinks
    _answer(place, rows)
    sample = read_sample(place)
    assert sum(sample.checked) == len(rows) - 1
    assert any(sample.linked)
    assert not all(sample.linked)
    sums = expected(engine)
    rates = sample.rates(sums)[TOTAL]
    assert rates.checked == len(rows) - 1
    assert rates.false_match.low <= rates.false_match.value <= rates.false_match.high  # type: ignore[operator]
    again = link(registers, [DAY], key="k", labels=place, truth=town.truth, model=found.model.to_json())
    methods = {row["method"] for row in table(again, "linkage_rates").records()}
    assert methods == {"model", "clerical", "truth"}


def _answer(place: Path, rows: list[dict[str, str]]) -> None:
    """A clerk who says yes when the birth dates agree, and does not know about the first."""
    for number, row in enumerate(rows):
        row["same"] = "unknown" if not number else "yes" if row["birth_date_a"] == row["birth_date_b"] else "nee"
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_answers_that_cannot_be_read_are_all_told(tmp_path: Path) -> None:
    body = {
        "schema": "clerical-sample/1",
        "strata": {"linked 1": {"linked": True, "expected": 0.9}},
        "pairs": {"all": {"all": {"linked 1": 5}}},
        "sample": {"1": "linked 1", "2": "linked 1"},
    }
    (tmp_path / "clerical.json").write_text(json.dumps(body), encoding="utf-8")
    place = tmp_path / "clerical.csv"
    place.write_text("pair,same\n1,maybe\n1,yes\n7,no\n", encoding="utf-8")
    with pytest.raises(RegisterError) as told:
        read_sample(place)
    assert len(told.value.faults) == 3
    assert "maybe" not in str(told.value)
