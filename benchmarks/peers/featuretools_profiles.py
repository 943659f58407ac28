"""The peer of the step ``profile`` with featuretools: counts per person and index date by its cut-off times.

What it computes is less than the levels: for every stressor that follows from events (a parent's own youth apart) the
number of rows its filter keeps, per member of a family with the role it is about, that became known (the later of
``event_date`` and ``recorded_date``) in the window before the index date. No distinct days, no durations, no families.

It gets its best settings: only the rows that filters keep, one dataframe per stressor, so that one primitive (count)
is all there is to do; only the persons concerned; three different cut-off times; nothing approximate; one process,
since the rows would have to be copied to others. Reading is in its time, importing is not.
Usage: featuretools_profiles.py DESCRIPTION.json REGISTERS_FOLDER LINKED_FOLDER
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from peak_memory import peak_kib

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import featuretools as ft

COMPARE = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def count_all(description: dict[str, Any], registers: Path, linked: Path) -> dict[str, int]:
    """Rows counted per stressor, over all persons and index dates."""
    members = read(linked, "members", ["index_date", "person", "role"])
    groups = defaultdict(list)
    for one in description["stressors"]:
        if one["dates"] and one["kind"] == "event":
            groups[one["about"], one["window_months"]].append(one)
    counted: dict[str, int] = {}
    for (role, months), chosen in groups.items():
        those = members.loc[members["role"] == role, ["person", "index_date"]].drop_duplicates()
        counted |= counts(those.rename(columns={"index_date": "time"}), months, chosen, registers)
    return counted


def counts(cutoffs: pd.DataFrame, months: int, chosen: list[dict[str, Any]], registers: Path) -> dict[str, int]:
    """One feature matrix: persons by index date, a count per stressor."""
    persons = cutoffs[["person"]].drop_duplicates()
    entities = ft.EntitySet("registers")
    entities.add_dataframe(persons, "persons", index="person", logical_types={"person": "Unknown"})
    for one in chosen:
        rows = known_rows(one, registers).merge(persons, on="person")
        rows.insert(0, "row", range(len(rows)))
        entities.add_dataframe(rows, one["id"], index="row", time_index="known", logical_types={"person": "Unknown"})
        entities.add_relationship("persons", "person", one["id"], "person")
    matrix, _ = ft.dfs(
        entityset=entities,
        target_dataframe_name="persons",
        cutoff_time=cutoffs,
        training_window=f"{months} months",
        include_cutoff_time=False,
        agg_primitives=["count"],
        trans_primitives=[],
        cutoff_time_in_index=True,
    )
    return {one["id"]: int(matrix[f"COUNT({one['id']})"].sum()) for one in chosen}


def known_rows(one: dict[str, Any], registers: Path) -> pd.DataFrame:
    """Persons and the day from which each row that the filter keeps was known."""
    columns = sorted({"person", "event_date", "recorded_date", *one["columns"]})
    rows = read(registers, one["register"], columns)
    rows = rows if one["where"] is None else rows.query(query(one["where"]))
    return pd.DataFrame({"person": rows["person"], "known": rows[["event_date", "recorded_date"]].max(axis=1)})


def query(part: dict[str, Any]) -> str:
    """A filter in pandas' own language."""
    if "not" in part:
        return f"not ({query(part['not'])})"
    for word in ("and", "or"):
        if word in part:
            return f" {word} ".join(f"({query(inner)})" for inner in part[word])
    if "in" in part:
        return f"{part['column']} in {part['in']}"
    return f"{part['column']} {COMPARE[part['op']]} {part['value']!r}"


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
    start = time.perf_counter()
    counted = count_all(description, Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({"seconds": time.perf_counter() - start, "peak_kib": peak_kib(), "counts": counted}))


if __name__ == "__main__":
    main()
