"""The slow judge of linkage: the rules of families once more, in plain Python, one person at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Verdict:
    """What the judge finds on one index date."""

    families: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: set[tuple[str, str, str]] = field(default_factory=set)


def age(born: date, day: date) -> int:
    """Birthdays passed: someone born on 29 February has the birthday on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def judge(rows: Rows, day: date, key: str = "k") -> Verdict:
    """Families and members on one index date."""
    return _Judge(rows, day, key).verdict()


class _Judge:
    def __init__(self, rows: Rows, day: date, key: str) -> None:
        self.day, self.key = day, key
        self.persons = {p["person"]: p for p in rows["persons"]}
        self.spells = _by(rows["household_spells"], "person")
        self.addresses = _by(rows.get("address_spells", ()), "person")
        self.parents = _by(rows.get("parentage", ()), "child")
        self.children = _by(rows.get("parentage", ()), "parent")
        self.areas = {a["area"]: a for a in rows.get("areas", ()) if a["kind"] == "buurt"}
        self.home = {name: spell for name in self.persons if (spell := self._home(name)) is not None}
        self.housemates: dict[str, list[str]] = {}
        for name in sorted(self.home):
            self.housemates.setdefault(self.home[name]["household"], []).append(name)
        self.pregnant = {p["person"] for p in rows.get("pregnancies", ()) if self._pregnant(p)}

    def verdict(self) -> Verdict:
        verdict = Verdict()
        groups = sorted({(s["household"], s["household_kind"]) for n, s in self.home.items() if self._is_child(n)})
        for household, kind in groups:
            self._with_children(verdict, household, kind)
        for mother in sorted(self.pregnant & set(self.home)):
            self._first_pregnancy(verdict, mother)
        return verdict

    def _with_children(self, verdict: Verdict, household: str, kind: str) -> None:
        children = [n for n in self._living(household) if self._is_child(n) and self.home[n]["household_kind"] == kind]
        adults = [n for n in self._living(household) if self.home[n]["role"] == "adult"]
        if not adults and kind == "private":
            return
        legal = {child: self._legal(child) for child in children}
        mothers = [n for n in adults if self.persons[n]["sex"] == "f" and any(n in legal[c] for c in children)]
        mothers.sort(key=lambda n: (not any(legal[c].get(n) for c in children), self.persons[n]["birth_date"], n))
        reference = (mothers or sorted(adults, key=self._seniority) or sorted(children, key=self._seniority))[0]
        family = reference + ("" if kind == "private" else f":{kind}")
        outside = {
            parent
            for child in children
            for parent in legal[child]
            if self._resident(parent) and self.home.get(parent, {}).get("household") != household
        }
        for role, people in (("child", children), ("parent", adults), ("outside_parent", outside)):
            verdict.members.update((family, person, role) for person in people)
        step = any(any(a in legal[c] for a in adults) and any(a not in legal[c] for a in adults) for c in children)
        form = "single_parent" if len(adults) < 2 else "stepfamily" if step else "couple"
        sex = self.persons[adults[0]]["sex"] if len(adults) == 1 else "not_single"
        born = max(self.persons[c]["birth_date"] for c in children)
        verdict.families[family] = self._row(reference, family, household, kind, children, adults) | {
            "prenatal": bool(self.pregnant & {*children, *adults}),
            "family_form": form,
            "sex_single_parent": sex,
            "parent_age_band": self._parent_band(reference) if adults else "unknown",
            "youngest_age_band": _child_band(age(born, self.day)),
        }

    def _first_pregnancy(self, verdict: Verdict, mother: str) -> None:
        household, kind = self.home[mother]["household"], self.home[mother]["household_kind"]
        if not self._first(mother) or any(self._is_child(n) for n in self._living(household)):
            return
        parents = {mother}
        if self.home[mother]["role"] == "adult":
            parents |= {
                n
                for n in self._living(household)
                if self.home[n]["role"] == "adult" and not (n in self.pregnant and self._first(n))
            }
        family = mother + ("" if kind == "private" else f":{kind}")
        verdict.members.update((family, person, "parent") for person in parents)
        verdict.families[family] = self._row(mother, family, household, kind, [], sorted(parents)) | {
            "prenatal": True,
            "family_form": "first_pregnancy",
            "sex_single_parent": "not_single",
            "parent_age_band": self._parent_band(mother),
            "youngest_age_band": "prenatal",
        }

    def _row(
        self, reference: str, family: str, household: str, kind: str, children: list[str], parents: list[str]
    ) -> dict[str, Any]:
        ages = [age(self.persons[c]["birth_date"], self.day) for c in children]
        origins = {self.persons[p].get("origin") for p in parents} - {None}
        digest = hashlib.md5((self.key + family).encode(), usedforsecurity=False).hexdigest()
        return {
            "household": household,
            "stratum": kind,
            "fold": int(digest[:8], 16) % 10,
            "children": len(children),
            "children_band": "3_up" if len(children) >= 3 else "2" if len(children) == 2 else "1",
            "child_0_3": any(a < 4 for a in ages),
            "child_4_11": any(4 <= a < 12 for a in ages),
            "child_12_17": any(a >= 12 for a in ages),
            "origin": "mixed" if len(origins) > 1 else next(iter(origins), "unknown"),
            **self._place(reference),
        }

    def _place(self, reference: str) -> dict[str, str]:
        spells = [s for s in self.addresses.get(reference, ()) if self._holds(s)]
        spells.sort(key=lambda s: s["address"])
        spells.sort(key=lambda s: (s["event_date"], s["recorded_date"]), reverse=True)
        found = self.areas.get(spells[0]["area"]) if spells else None
        if found is None:
            return {"area": "unknown", "area_block": "unknown", "urbanity": "unknown"}
        urbanity = found.get("urbanity")
        return {
            "area": found["area"],
            "area_block": found.get("within") or "unknown",
            "urbanity": "unknown" if urbanity is None else str(urbanity),
        }

    def _home(self, person: str) -> Row | None:
        """The household spell that holds on the day and began last (then was recorded last, then lowest number)."""
        spells = [s for s in self.spells.get(person, ()) if self._holds(s)]
        if not spells or not self._resident(person):
            return None
        spells.sort(key=lambda s: (s["household"], s["role"]))
        return max(spells, key=lambda s: (s["event_date"], s["recorded_date"]))

    def _holds(self, row: Row) -> bool:
        return self._usable(row) and not self._ended(row)

    def _usable(self, row: Row) -> bool:
        return bool(row["event_date"] < self.day and row["recorded_date"] < self.day)

    def _ended(self, row: Row) -> bool:
        end = row.get("end_date")
        return end is not None and end < self.day and (row.get("end_recorded_date") or end) < self.day

    def _resident(self, person: str) -> bool:
        found = self.persons.get(person)
        if found is None or not (found["birth_date"] < self.day and found["recorded_date"] < self.day):
            return False
        gone = [found.get("death_date"), found.get("emigration_date")]
        return not any(day is not None and day < self.day for day in gone)

    def _is_child(self, person: str) -> bool:
        return self.home[person]["role"] == "child" and age(self.persons[person]["birth_date"], self.day) < 18

    def _living(self, household: str) -> list[str]:
        return self.housemates.get(household, [])

    def _legal(self, child: str) -> dict[str, bool]:
        """Legal parents of a child who are known persons, and whether by birth."""
        found: dict[str, bool] = {}
        for row in self.parents.get(child, ()):
            if row["parent"] in self.persons and self._usable(row):
                found[row["parent"]] = found.get(row["parent"], False) or row["kind"] == "birth"
        return found

    def _first(self, mother: str) -> bool:
        return not any(self._usable(row) for row in self.children.get(mother, ()))

    def _pregnant(self, row: Row) -> bool:
        born = row.get("birth_date")
        known = born is not None and born < self.day and (row.get("birth_recorded_date") or born) < self.day
        return self._usable(row) and row["due_date"] >= self.day and not known

    def _seniority(self, person: str) -> tuple[date, str]:
        return self.persons[person]["birth_date"], person

    def _parent_band(self, person: str) -> str:
        years = age(self.persons[person]["birth_date"], self.day)
        return "under_25" if years < 25 else "25_34" if years < 35 else "35_44" if years < 45 else "45_up"


def _by(rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _child_band(years: int) -> str:
    return "0_3" if years < 4 else "4_11" if years < 12 else "12_17"
