"""Reading for the pandas peer of profiles: columns of Parquet files, families and members, filters, calendar."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow.dataset import dataset
from pyarrow.types import is_string

COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KEYS = {"person", "child", "parent", "family"}
FAMILY_FACTS = ["family_form", "children", "child_0_3", "child_4_11", "child_12_17"]


@dataclass(frozen=True)
class Town:
    """Private families and their members on every index date; both are numbered from 0.

    ``date`` is the place of the index date in ``index_dates``; ``family`` of a member is the number of its family.
    """

    families: pd.DataFrame
    members: pd.DataFrame
    index_dates: list[str]

    def unseen(self, one: dict[str, Any]) -> np.ndarray:
        """0 for families on index dates at which the stressor can be seen, -1 for others."""
        seen = self.families["date"].isin([day["place"] for day in one["dates"]])
        return np.where(seen, 0, -1).astype("int8")


def read(folder: Path, table: str, columns: list[str], filters: Any = None) -> pd.DataFrame:
    """Columns of a table that is one file or a folder of files; dates as datetime64, codes as categories."""
    path = folder / table if (folder / table).is_dir() else folder / f"{table}.parquet"
    kinds = dataset(path, partitioning=None).schema
    codes = [name for name in columns if is_string(kinds.field(name).type) and name not in KEYS]
    as_pandas = {"date_as_object": False, "categories": codes}
    return pd.read_parquet(path, columns=columns, filters=filters, partitioning=None, to_pandas_kwargs=as_pandas)


def read_town(linked: Path, index_dates: list[str]) -> Town:
    """Families and members; members with birth dates."""
    days = pd.to_datetime(index_dates).astype("datetime64[ms]")
    families = read(linked, "families", ["family", "index_date", "stratum", *FAMILY_FACTS])
    families = families[families["stratum"] == "private"].drop(columns="stratum").reset_index(drop=True)
    members = read(linked, "members", ["index_date", "family", "person", "role"])
    numbered = families[["family", "index_date"]].assign(number=np.arange(len(families), dtype="int32"))
    members = members.merge(numbered, on=["index_date", "family"]).drop(columns="family")
    spine = read(linked, "spine", ["person", "birth_date"])
    members = members.merge(spine, on="person", how="left").rename(
        columns={"number": "family", "birth_date": "born", "role": "member_role"}
    )
    for frame in (families, members):
        frame["date"] = days.get_indexer(frame["index_date"]).astype("int8")
    members["member"] = np.arange(len(members), dtype="int32")
    return Town(families.drop(columns=["family", "index_date"]), members, index_dates)


def at_dates(one: dict[str, Any], key: str, town: Town, place: int | None = None) -> np.ndarray:
    """A border of a stressor per index date, in the order of the index dates."""
    borders = np.full(len(town.index_dates), np.datetime64("NaT"), dtype="datetime64[ms]")
    for day in one["dates"]:
        borders[day["place"]] = np.datetime64(day[key] if place is None else day[key][place])
    return borders


def holds(part: dict[str, Any], rows: pd.DataFrame) -> np.ndarray:
    """Rows for which a filter holds; what is unknown neither holds nor fails."""
    return _truth(part, rows)[0]


def _truth(part: dict[str, Any], rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Where a filter holds, and where it fails."""
    if "not" in part:
        true, false = _truth(part["not"], rows)
        return false, true
    for name, every, some in (("and", np.logical_and, np.logical_or), ("or", np.logical_or, np.logical_and)):
        if name in part:
            true, false = zip(*(_truth(inner, rows) for inner in part[name]), strict=True)
            return every.reduce(true), some.reduce(false)
    values = rows[part["column"]]
    known = values.notna().to_numpy()
    found = values.isin(part["in"]) if "in" in part else COMPARE[part["op"]](values, part["value"])
    found = found.fillna(False).to_numpy(dtype=bool)
    return found & known, ~found & known


def add_months(days: pd.Series, months: Any) -> pd.Series:
    """The same day of the month so many months later, or the last day of that month."""
    values = days.to_numpy().astype("datetime64[D]")
    month = values.astype("datetime64[M]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    last = (target + 1).astype("datetime64[D]") - 1
    moved = np.minimum(target.astype("datetime64[D]") + (values - month), last)
    return pd.Series(moved.astype("datetime64[ms]"), index=days.index)
