"""The peer of the step ``profile`` with featuretools: days per family and index date by its cut-off times.

What it computes is less than the levels: for every stressor that follows from events (a parent's own youth apart) the
most distinct days, of all members with the role that it is about, on which a row that its filter keeps happened and
became known (the later of ``event_date`` and ``recorded_date``) in the window before the index date. No durations, no
ages, no protective circumstances, no levels.

It works as its manual says: families, members, persons and registers are dataframes of an entity set, a stressor is a
number of unique days with a condition (``where``) taken to the members and to their family, the index date is the
cut-off time, the window the training window. It gets its best settings: only the columns, registers and persons that
are needed, only the features that are asked for (none by search), one calculation for all stressors with the same
window, three different cut-off times, nothing approximate, one process (others would need copies of the rows). Reading
is in its time, importing is not.
Usage: featuretools_profiles.py DESCRIPTION.json REGISTERS_FOLDER LINKED_FOLDER
"""

from __future__ import annotations

import json
import operator
import sys
import warnings
from collections import defaultdict
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pandas.api.types import is_numeric_dtype
from stopwatch import Stopwatch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import featuretools as ft
    from featuretools.primitives import Max, NumUnique

COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KEYS = {"person": "Unknown"}
EPOCH = pd.Timestamp("2000-01-01")


def count_all(description: dict[str, Any], registers: Path, linked: Path) -> dict[str, int]:
    """Families per stressor with at least one such day, over all index dates."""
    members = read(linked, "members", ["index_date", "family", "person", "role"])
    members["at"] = members.groupby(["index_date", "family"]).ngroup()
    members.insert(0, "member", range(len(members)))
    groups = defaultdict(list)
    for one in description["stressors"]:
        if one["dates"] and one["kind"] == "event":
            groups[one["window_months"]].append(one)
    counted: dict[str, int] = {}
    for months, chosen in groups.items():
        counted |= counts(members, months, chosen, registers)
    return counted


def counts(members: pd.DataFrame, months: int, chosen: list[dict[str, Any]], registers: Path) -> dict[str, int]:
    """One feature matrix: families by index date, a number of days per stressor."""
    entities = entity_set(members, chosen, registers)
    features = {one["id"]: feature(one, entities) for one in chosen}
    names = {name: made.get_name() for name, made in features.items()}  # the same days at two ages are one feature
    matrix = ft.calculate_feature_matrix(
        list({made.get_name(): made for made in features.values()}.values()),
        entities,
        cutoff_time=members[["at", "index_date"]].drop_duplicates().rename(columns={"index_date": "time"}),
        training_window=f"{months} months",
        include_cutoff_time=False,
        cutoff_time_in_index=True,
    )
    return {name: int((matrix[column] > 0).sum()) for name, column in names.items()}


def entity_set(members: pd.DataFrame, chosen: list[dict[str, Any]], registers: Path) -> Any:
    """Families on an index date, their members, persons, and the rows about them that these stressors read."""
    entities = ft.EntitySet("registers")
    members = members[members["role"].isin({one["about"] for one in chosen})]
    persons = members[["person"]].drop_duplicates()
    entities.add_dataframe(members[["at"]].drop_duplicates(), "families", index="at", logical_types={"at": "Integer"})
    entities.add_dataframe(persons, "persons", index="person", logical_types=KEYS)
    entities.add_dataframe(
        members[["member", "at", "person", "role"]],
        "members",
        index="member",
        logical_types=KEYS | {"at": "Integer", "role": "Categorical"},
    )
    entities.add_relationship("families", "at", "members", "at")
    entities.add_relationship("persons", "person", "members", "person")
    for register in dict.fromkeys(one["register"] for one in chosen):
        codes = sorted({name for one in chosen if one["register"] == register for name in one["columns"]})
        rows = read(registers, register, ["person", "event_date", "recorded_date", *codes])
        rows = rows[rows["person"].isin(persons["person"])].reset_index(drop=True)
        rows["known"] = rows[["event_date", "recorded_date"]].max(axis=1)
        rows["day"] = (rows["event_date"] - EPOCH).dt.days
        rows.insert(0, "row", range(len(rows)))
        kinds = (
            KEYS | {"day": "Categorical"} | {name: "Categorical" for name in codes if not is_numeric_dtype(rows[name])}
        )
        rows = rows[["row", "person", "known", "day", *codes]]
        entities.add_dataframe(rows, register, index="row", time_index="known", logical_types=kinds)
        entities.add_relationship("persons", "person", register, "person")
    return entities


def feature(one: dict[str, Any], entities: Any) -> Any:
    """Most distinct days with a row of the stressor, of the members with the role that it is about."""
    rows = entities[one["register"]]
    where = None if one["where"] is None else condition(one["where"], rows)
    days = ft.Feature(rows.ww["day"], parent_dataframe_name="persons", primitive=NumUnique, where=where)
    own = ft.Feature(days, dataframe_name="members")
    role = ft.Feature(entities["members"].ww["role"]) == one["about"]
    return ft.Feature(own, parent_dataframe_name="families", primitive=Max, where=role)


def condition(part: dict[str, Any], rows: Any) -> Any:
    """A filter as a feature that is true or false."""
    if "not" in part:
        return ~condition(part["not"], rows)
    for word, joined in (("and", operator.and_), ("or", operator.or_)):
        if word in part:
            return reduce(joined, (condition(inner, rows) for inner in part[word]))
    column = ft.Feature(rows.ww[part["column"]])
    return column.isin(part["in"]) if "in" in part else COMPARE[part["op"]](column, part["value"])


def read(folder: Path, table: str, columns: list[str]) -> pd.DataFrame:
    """Columns of a table that is one file or a folder of files."""
    path = folder / table if (folder / table).is_dir() else folder / f"{table}.parquet"
    frame: pd.DataFrame = pq.read_table(path, columns=columns, partitioning=None).to_pandas(date_as_object=False)
    dates = {name: "datetime64[ns]" for name in columns if name.endswith("_date")}
    return frame.astype(dates)


def main() -> None:
    """Count, and print seconds, peak memory and what was counted."""
    warnings.simplefilter("ignore")
    description = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    watch = Stopwatch()
    counted = count_all(description, Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({**watch.read(), "counts": counted}))


if __name__ == "__main__":
    main()
