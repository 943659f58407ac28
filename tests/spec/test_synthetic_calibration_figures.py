"""Figures against a slow count in plain Python, on the committed registers; and what must not change them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from riskscreen.synthetic.calibration import Calibration, calibrate

DATES = ("birth_date", "event_date", "end_date", "triage_date")


class Slow:
    """The registers row by row, with the right person in place of the number that arrived."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        links = folder / "truth" / "links.parquet"
        rows = pq.read_table(links).to_pylist() if links.is_file() else []
        self.right = {(row["register"], row["number"]): row["person"] for row in rows}
        self.persons = {r["person"]: r for r in self.read("persons") if r["person"] == r["number_"]}
        self.homes = self.read("household_spells")
        self.parents: dict[str, list[str]] = defaultdict(list)
        for row in self.read("parentage"):
            self.parents[row["child"]].append(row["parent"])

    def mother(self, child: str) -> str:
        """The mother, else a parent, else the child itself; of two, the lowest number."""
        parents = self.parents.get(child, [])
        women = [parent for parent in parents if self.persons[parent]["sex"] == "f"]
        return min(women or parents or [child])

    def read(self, register: str) -> list[dict]:
        rows = pq.read_table(self.folder / f"{register}.parquet").to_pylist()
        for row in rows:
            row["number_"] = row.get("person")
            for column in ("person", "child", "parent"):
                if row.get(column) is not None:
                    row[column] = self.right.get((register, row[column]), row[column])
        return rows

    def age(self, person: str, day: pd.Timestamp) -> int:
        born = self.persons[person]["birth_date"]
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def households(self, day: pd.Timestamp) -> dict[str, dict[str, list[str]]]:
        """Who lives in which private household on a day, by role; households with children only."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"adult": [], "child": [], "other": []})
        for row in self.homes:
            if (
                row["household_kind"] == "private"
                and on(row, day)
                and self.persons[row["person"]]["birth_date"] < day.date()
            ):
                found[row["household"]][row["role"]].append(row["person"])
        return {home: who for home, who in found.items() if who["child"]}

    def minors(self, day: pd.Timestamp) -> set[str]:
        return {
            row["person"]
            for row in self.homes
            if row["role"] == "child" and on(row, day) and self.age(row["person"], day) < 18
            and self.persons[row["person"]]["birth_date"] < day.date()
        }  # fmt: skip


def on(row: dict, day: pd.Timestamp) -> bool:
    return row["event_date"] < day.date() and (row["end_date"] is None or row["end_date"] >= day.date())


def during(row: dict, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    return row["event_date"] < end.date() and (row["end_date"] is None or row["end_date"] >= start.date())


@pytest.fixture(scope="module")
def slow(committed_registers: Path) -> Slow:
    return Slow(committed_registers)


@pytest.fixture(scope="module")
def found(committed_registers: Path) -> Calibration:
    return calibrate(committed_registers)


def test_sizes_of_households(slow: Slow, found: Calibration) -> None:
    homes = slow.households(pd.Timestamp("2024-01-01")).values()
    three = sum(len(who["child"]) >= 3 for who in homes)
    alone = sum(len(who["adult"]) == 1 for who in homes)
    assert found.line("base.large_family").simulated == pytest.approx(100 * three / len(homes))
    assert found.line("base.single_parent_hh").simulated == pytest.approx(100 * alone / len(homes))


def test_minors_with_social_assistance_at_home_at_the_end_of_2022(slow: Slow, found: Calibration) -> None:
    day = pd.Timestamp("2023-01-01")
    aided = {r["person"] for r in slow.read("income") if r["kind"] == "social_assistance" and on(r, day)}
    minors = with_aid = 0
    for who in slow.households(day).values():
        young = sum(slow.age(child, day) < 18 for child in who["child"])
        minors += young
        with_aid += young * bool(aided & {*who["adult"], *who["child"], *who["other"]})
    assert found.line("base.bijstand_child").simulated == pytest.approx(100 * with_aid / minors)


def test_minors_with_youth_care_in_2023(slow: Slow, found: Calibration) -> None:
    start, end = pd.Timestamp("2023-01-01"), pd.Timestamp("2024-01-01")
    minors = slow.minors(end)
    helped = {r["person"] for r in slow.read("youth_care") if during(r, start, end)}
    assert found.line("jz.share_u18.2023").simulated == pytest.approx(100 * len(minors & helped) / len(minors))


def test_reports_first_again_and_during_involvement(slow: Slow, found: Calibration) -> None:
    """One reporter on one day about the children of one mother is one report; what came before tells the rest."""
    reports: dict[tuple, dict] = {}
    for row in slow.read("reports"):
        if row["kind"] == "report" and row["person"] in slow.persons:
            one = reports.setdefault((slow.mother(row["person"]), row["event_date"], row["reporter"]), row)
            one["follow_up"] |= row["follow_up"]
            one["triage_date"] = min(filter(None, (one["triage_date"], row["triage_date"])), default=None)
    earlier: dict[str, list[tuple]] = defaultdict(list)
    counted = dict.fromkeys(("all", "first", "again", "follow_up", "assessed"), 0)
    for (family, day, _), row in sorted(reports.items(), key=lambda item: item[0][:2]):
        before = [old for old in earlier[family] if old[0] < day]
        earlier[family].append((day, row["triage_date"]))
        if day.year == 2023:
            counted["all"] += 1
            counted["first"] += not before and not row["follow_up"]
            counted["again"] += bool(before) and not row["follow_up"]
            counted["follow_up"] += row["follow_up"]
            counted["assessed"] += any(triage is not None and triage > day for _, triage in before)
    for name, part in (
        ("vt.first.2023", "first"),
        ("vt.rereport.2023", "again"),
        ("vt.followup.2023", "follow_up"),
        ("vt.followup.during_assessment", "assessed"),
    ):
        assert found.line(name).simulated == pytest.approx(100 * counted[part] / counted["all"]), name
    minors = len(slow.minors(pd.Timestamp("2024-01-01")))
    assert found.line("vt.received.2023").simulated == pytest.approx(1000 * counted["all"] / minors)


def test_births_by_order(slow: Slow, found: Calibration) -> None:
    births: dict[str, list] = defaultdict(list)
    for row in slow.read("parentage"):
        if row["kind"] == "birth" and slow.persons[row["parent"]]["sex"] == "f":
            births[row["parent"]].append(slow.persons[row["child"]]["birth_date"])
    orders = [i for days in births.values() for i, day in enumerate(sorted(days), start=1) if day.year == 2023]
    assert found.line("births.second.2023").simulated == pytest.approx(100 * orders.count(2) / len(orders))


def in_parts(folder: Path, out: Path) -> Path:
    """The same rows, every register and every table of the truth in two files by municipality."""
    out.mkdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for path in sorted(folder.rglob("*.parquet")):
        table, to = pq.read_table(path), out / path.relative_to(folder).with_suffix("")
        half = table.num_rows // 2
        for code, part in (("GM0001", table.slice(0, half)), ("GM0002", table.slice(half))):
            (to / f"municipality={code}").mkdir(parents=True)
            pq.write_table(part, to / f"municipality={code}" / "0.parquet", store_schema=False)
        if path.parent == folder:
            hashes = sorted(hashlib.sha256(p.read_bytes()).hexdigest() + "\n" for p in to.rglob("*.parquet"))
            entry = manifest["registers"][path.stem]
            entry |= {"file": path.stem, "sha256": hashlib.sha256("".join(hashes).encode()).hexdigest()}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


def test_registers_in_parts_give_the_same_figures(
    committed_registers: Path, found: Calibration, tmp_path: Path
) -> None:
    assert calibrate(in_parts(committed_registers, tmp_path / "parts")).to_json_lines() == found.to_json_lines()


def test_a_number_that_arrived_wrong_counts_for_the_right_person(
    committed_registers: Path, found: Calibration, tmp_path: Path
) -> None:
    """Every number of a youth-care provider mistyped, and the truth saying so: the same children have care."""
    folder = tmp_path / "mistyped"
    shutil.copytree(committed_registers, folder)
    path = folder / "youth_care.parquet"
    care = pd.read_parquet(path)
    right = care.person
    known = folder / "truth" / "links.parquet"
    if known.is_file():
        links = pd.read_parquet(known)
        own = links[links.register == "youth_care"].set_index("number").person
        right = care.person.map(own).fillna(care.person)
        links = links[links.register != "youth_care"]
    else:
        links = pd.DataFrame({"register": [], "number": [], "person": []}, dtype=str)
    wrong = pd.DataFrame({"register": "youth_care", "number": "X" + right, "person": right}).drop_duplicates()
    pd.concat([links, wrong]).to_parquet(known, index=False)
    care.assign(person="X" + right).to_parquet(path, index=False)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["registers"]["youth_care"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert calibrate(folder).line("jz.share_u18.2023").simulated == found.line("jz.share_u18.2023").simulated
    known.unlink()
    assert calibrate(folder).line("jz.share_u18.2023").simulated == 0.0
