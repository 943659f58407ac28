"""The peer of the step ``profile``: the same levels by vectorised pandas, from the same files.

As a good analyst would write it: only the columns that are needed, one merge per register, whole-column arithmetic, no
loop over persons or families. What it is to compute is read from a neutral description of the stressors
(``benchmarks/stressor_rules.py``); no line of riskscreen runs here. Levels are ``int8``, with -1 for *not covered*.
Importing libraries is not in its time; it prints one JSON object with seconds, peak memory and counts of levels.
Usage: pandas_profiles.py DESCRIPTION.json REGISTERS_FOLDER LINKED_FOLDER [LEVELS.parquet]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas_facts import facts
from pandas_reading import Town, add_months, at_dates, holds, read, read_town
from stopwatch import Stopwatch

SPELL = ["end_date", "end_recorded_date"]


def level_table(description: dict[str, Any], registers: Path, linked: Path) -> pd.DataFrame:
    """One row per private family and index date, one column per stressor."""
    town, stressors = read_town(linked, description["index_dates"]), description["stressors"]
    columns: dict[str, Any] = {}
    by_register = defaultdict(list)
    for one in stressors:
        if one["dates"] and one["kind"] != "fact":
            by_register[one["register"]].append(one)
    for register, chosen in by_register.items():
        rows = member_rows(town, registers, register, chosen)
        for one in chosen:
            columns[one["id"]] = (own_youth if one["kind"] == "own_youth" else event)(one, rows, town)
    states = [one for one in stressors if one["dates"] and one["kind"] == "fact"]
    if states:
        frame = facts(town, registers, linked)
        columns |= {one["id"]: fact(one, frame, town) for one in states}
    unseen = np.full(len(town.families), -1, dtype="int8")
    levels = {one["id"]: columns.get(one["id"], unseen) for one in stressors}
    return pd.DataFrame({"date": town.families["date"], **levels})


def member_rows(town: Town, registers: Path, register: str, chosen: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a register that had happened and were recorded, per member of a family on an index date."""
    rows = read_register(registers, register, chosen)
    rows = rows[wanted(rows, chosen)]
    members = town.members[town.members["member_role"].isin({one["about"] for one in chosen})]
    keep = ["person", "member", "member_role", "date", "index_date"]
    keep += ["born"] if any(one["ages"] for one in chosen) else []
    joined = rows.merge(members[keep], on="person").drop(columns="person")
    usable = (joined["event_date"] < joined["index_date"]) & (joined["recorded_date"] < joined["index_date"])
    return joined[usable]


def read_register(registers: Path, register: str, chosen: list[dict[str, Any]]) -> pd.DataFrame:
    """The columns that its stressors need; the rows from the earliest window on when only starts of spells count."""
    columns = {"person", "event_date", "recorded_date"}
    filtered: set[str] = set()
    for one in chosen:
        filtered |= {*one["columns"], *one["eased_columns"]}
        filtered |= {guard for name in one["columns"] for guard in one["later"].get(name, ())}
    spells = has_spells(chosen)
    youth = any(one["kind"] == "own_youth" for one in chosen)
    since = None if spells or youth else [("event_date", ">=", pd.Timestamp(earliest(chosen)).date())]
    return read(registers, register, sorted(columns | filtered | set(SPELL if spells else [])), since)


def has_spells(chosen: list[dict[str, Any]]) -> bool:
    """Does any stressor need the ends of spells?"""
    return any(one["moment"] != "start" or one["eased_by"] for one in chosen)


def earliest(chosen: list[dict[str, Any]]) -> str:
    """First day of the widest window."""
    return min(day["start"] for one in chosen for day in one["dates"])


def wanted(rows: pd.DataFrame, chosen: list[dict[str, Any]]) -> np.ndarray:
    """Rows that some filter keeps and that reach into some window; what is known later is looked at later."""
    keep = np.zeros(len(rows), dtype=bool)
    for one in chosen:
        early = one["where"] is None or any(name in one["later"] for name in one["columns"])
        keep |= True if early else holds(one["where"], rows)
        keep |= holds(one["eased_by"]["where"], rows) if one["eased_by"] else False
    if has_spells(chosen):
        over = rows[SPELL].max(axis=1).where(rows["end_date"].notna())
        keep &= (over.isna() | (over >= earliest(chosen))).to_numpy()
    return keep


def event(one: dict[str, Any], rows: pd.DataFrame, town: Town) -> np.ndarray:
    """Levels of a stressor that follows from events, per family."""
    rows = about(one, rows)
    counted = rows[kept(one, rows)]
    counted = counted.assign(start=at_dates(one, "start", town)[counted["date"]])
    measure, latest = measured(one, counted)
    level = reached(one, measure, town.members["date"].loc[measure.index].to_numpy(), town)
    if one["eased_by"]:
        level -= eased(one["eased_by"], rows[holds(one["eased_by"]["where"], rows)], latest, level.index)
    return family_levels(one, level.clip(lower=0), town)


def about(one: dict[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the right members, at the index dates and in the stage of life that the stressor is about."""
    keep = (rows["member_role"] == one["about"]) & rows["date"].isin([day["place"] for day in one["dates"]])
    return rows[keep.to_numpy()]


def kept(one: dict[str, Any], rows: pd.DataFrame) -> np.ndarray:
    """Which rows does the stressor's filter keep, with what was not yet known left empty?"""
    keep = np.ones(len(rows), dtype=bool)
    if one["where"] is not None:
        known = {
            name: rows[name].where(np.logical_and.reduce([rows[guard] < rows["index_date"] for guard in guards]))
            for name, guards in one["later"].items()
            if name in one["columns"]
        }
        keep = holds(one["where"], rows.assign(**known) if known else rows)
    if one["ages"]:
        first, last = (add_months(rows["born"], 12 * age) for age in one["ages"])
        keep &= (rows["event_date"] >= first).to_numpy() & (rows["event_date"] < last).to_numpy()
    return keep


def known_end(rows: pd.DataFrame) -> pd.Series:
    """Had the spell ended, and was that recorded?"""
    recorded = rows["end_recorded_date"].fillna(rows["end_date"])
    return (rows["end_date"] < rows["index_date"]) & (recorded < rows["index_date"])


def measured(one: dict[str, Any], rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Per member the count, the days or the latest day, and the latest day that counts."""
    day = pd.Timedelta(days=1)
    if one["moment"] == "during":
        end = rows["end_date"].clip(lower=rows["event_date"] + day)
        until = end.where(known_end(rows), rows["index_date"])
        rows = rows.assign(until=until, day=until - day)[until > rows["start"]]
    elif one["moment"] == "end":
        rows = rows.assign(day=rows["end_date"])[known_end(rows) & (rows["end_date"] >= rows["start"])]
    else:
        rows = rows.assign(day=rows["event_date"])[rows["event_date"] >= rows["start"]]
    latest = rows.groupby("member")["day"].max()
    if one["measure"] == "duration_days":
        return covered_days(rows), latest
    if one["measure"] == "count":
        return rows[["member", "day"]].drop_duplicates().groupby("member").size(), latest
    return latest, latest


def covered_days(rows: pd.DataFrame) -> pd.Series:
    """Days with at least one spell: a spell adds only the days after those already seen."""
    first = rows["event_date"].clip(lower=rows["start"])
    spells = rows[["member", "until"]].assign(first=first).sort_values(["member", "first", "until"])
    seen = spells.groupby("member")["until"].cummax().groupby(spells["member"]).shift()
    begin = spells["first"].where(~(seen > spells["first"]), seen)
    days = (spells["until"] - begin).dt.days.clip(lower=0)
    return days.groupby(spells["member"]).sum()


def reached(one: dict[str, Any], measure: pd.Series, dates: np.ndarray, town: Town) -> pd.Series:
    """The highest level whose threshold the measure reaches."""
    if one["measure"] == "recency":
        level = np.ones(len(measure), dtype="int8")
        for place in range(len(one["thresholds"]) - 1):
            level += measure.to_numpy() >= at_dates(one, "cuts", town, place)[dates]
        return pd.Series(level, index=measure.index)
    level = np.searchsorted(one["thresholds"], measure.to_numpy(), side="right").astype("int8")
    return pd.Series(level, index=measure.index)


def eased(by: dict[str, Any], rows: pd.DataFrame, latest: pd.Series, members: pd.Index) -> np.ndarray:
    """Is a member's level lowered?"""
    over = known_end(rows)
    if by["moment"] == "during":
        found = rows.loc[~over, "member"]
    else:
        last = latest.reindex(rows["member"]).to_numpy()
        found = rows.loc[over.to_numpy() & (rows["end_date"].to_numpy() >= last), "member"]
    return members.isin(found.unique()).astype("int8")


def family_levels(one: dict[str, Any], level: pd.Series, town: Town) -> np.ndarray:
    """The level of a family is that of its worst, or of its least affected, member."""
    if one["persons"] == "any":
        families = level.groupby(town.members["family"].loc[level.index].to_numpy()).max()
    else:
        those = town.members.loc[town.members["member_role"] == one["about"], "family"]
        families = level.reindex(those.index, fill_value=0).groupby(those).min()
    made = town.unseen(one)
    seen = made >= 0
    made[families.index] = families.to_numpy()
    return np.where(seen, made, -1).astype("int8")


def own_youth(one: dict[str, Any], rows: pd.DataFrame, town: Town) -> np.ndarray:
    """Levels of a stressor about a parent's own youth: -1 where no parent's youth lies in the register's coverage."""
    those = town.members[town.members["member_role"] == one["about"]]
    start, end = (add_months(those["born"], months) for months in (one["from_month"], 216))
    those = those.assign(start=start, until=end.clip(upper=those["index_date"]))
    those = those[(those["start"] >= one["cover"][0]) & (those["until"] <= one["cover"][1])]
    those = those[those["date"].isin([day["place"] for day in one["dates"]])]
    found = about(one, rows)
    found = found[kept(one, found)].merge(those[["member", "start", "until"]], on="member")
    found = found[(found["event_date"] >= found["start"]) & (found["event_date"] < found["until"])]
    days = found[["member", "event_date"]].drop_duplicates().groupby("member").size()
    days = days.reindex(those["member"], fill_value=0)
    families = reached(one, days, those["date"].to_numpy(), town).groupby(those["family"].to_numpy()).max()
    made = np.full(len(town.families), -1, dtype="int8")
    made[families.index] = families.to_numpy()
    return made


def fact(one: dict[str, Any], frame: pd.DataFrame, town: Town) -> np.ndarray:
    """The highest level whose filter holds, 0 when none does, -1 when that is unknown."""
    made = np.full(len(frame), -1, dtype="int8")
    made[np.logical_and.reduce([holds({"not": part}, frame) for part in one["filters"]])] = 0
    for level, part in enumerate(one["filters"], start=1):
        made[holds(part, frame)] = level
    return np.where(town.unseen(one) >= 0, made, -1).astype("int8")


def counts(levels: pd.DataFrame, description: dict[str, Any]) -> dict[str, int]:
    """Families per stressor, index date and level."""
    made = {}
    for one in description["stressors"]:
        for (place, level), families in levels.groupby(["date", one["id"]]).size().items():
            name = "not covered" if level < 0 else level
            made[f"{one['id']} {description['index_dates'][place]} {name}"] = int(families)
    return made


def main() -> None:
    """Make the levels and print seconds, peak memory and counts."""
    description = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    watch = Stopwatch()
    levels = level_table(description, Path(sys.argv[2]), Path(sys.argv[3]))
    profiles = levels.groupby(list(levels.columns)).size().groupby("date").size()
    used = watch.read()
    told = counts(levels, description)
    told |= {f"profiles {description['index_dates'][place]}": int(n) for place, n in profiles.items()}
    if len(sys.argv) > 4:
        levels.to_parquet(sys.argv[4], index=False)
    print(json.dumps({**used, "counts": told}))


if __name__ == "__main__":
    main()
