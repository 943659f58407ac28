"""Facts about families on their index date, for the pandas peer of profiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pandas_reading import Town, add_months, read

LEVELS = ["low", "middle", "high"]


def facts(town: Town, registers: Path, linked: Path) -> pd.DataFrame:
    """One row per family: the columns that stressors of the kind ``fact`` are about."""
    spine = read(linked, "spine", ["person", "birth_date", "sex", "education", "education_date", "recorded_date"])
    made = town.families.assign(
        highest_education=highest_education(town, spine), smallest_birth_interval_months=birth_interval(town)
    )
    if not list(registers.glob("parentage*")):
        return made.assign(mother_age_at_birth=np.nan, legal_parents=np.nan)
    links = read(registers, "parentage", ["child", "parent", "kind", "event_date", "recorded_date"])
    of_children = known_links(town, links)
    return made.assign(
        mother_age_at_birth=mother_age(town, of_children, spine), legal_parents=legal_parents(town, of_children)
    )


def highest_education(town: Town, spine: pd.DataFrame) -> pd.Series:
    """Highest education of the parents that was known before the index date."""
    parents = town.members.loc[town.members["member_role"] == "parent", ["person", "family", "index_date"]]
    known = spine.loc[spine["education"].notna(), ["person", "education", "education_date"]]
    known = parents.merge(known, on="person")
    known = known[known["education_date"] < known["index_date"]]
    number = known["education"].map({name: place for place, name in enumerate(LEVELS)}).astype("int8")
    highest = number.groupby(known["family"]).max().reindex(town.families.index)
    return highest.map(dict(enumerate(LEVELS)))


def known_links(town: Town, links: pd.DataFrame) -> pd.DataFrame:
    """Legal parents of the children of families, as known before the index date."""
    children = town.members.loc[
        town.members["member_role"] == "child", ["person", "member", "family", "index_date", "born"]
    ]
    found = children.rename(columns={"person": "child"}).merge(links, on="child")
    known = (found["event_date"] < found["index_date"]) & (found["recorded_date"] < found["index_date"])
    return found.loc[known, ["child", "parent", "kind", "member", "family", "born", "index_date"]]


def mother_age(town: Town, links: pd.DataFrame, spine: pd.DataFrame) -> pd.Series:
    """Lowest age of a mother by birth who was entered before; in a first pregnancy her age on the index date."""
    names = {"birth_date": "of_mother", "recorded_date": "entered"}
    women = spine.loc[spine["sex"] == "f", ["person", *names]].rename(columns=names)
    births = links[links["kind"] == "birth"].merge(women, left_on="parent", right_on="person")
    births = births[births["entered"] < births["index_date"]]
    ages = whole_years(births["of_mother"], births["born"]).groupby(births["family"]).min()
    first = town.families.index[town.families["children"] == 0]
    expecting = town.members[(town.members["member_role"] == "parent") & town.members["family"].isin(first)]
    expecting = expecting[["person", "family", "index_date"]].merge(women, on="person")
    own = whole_years(expecting["of_mother"], expecting["index_date"]).groupby(expecting["family"]).min()
    return ages.reindex(town.families.index).fillna(own.reindex(town.families.index))


def legal_parents(town: Town, links: pd.DataFrame) -> pd.Series:
    """Legal parents of the child with fewest."""
    children = town.members.loc[town.members["member_role"] == "child", ["member", "family"]]
    parents = links[["member", "parent"]].drop_duplicates().groupby("member").size()
    number = parents.reindex(children["member"], fill_value=0).to_numpy()
    return pd.Series(number, index=children.index).groupby(children["family"]).min().reindex(town.families.index)


def birth_interval(town: Town) -> pd.Series:
    """Shortest time in whole months between births that follow one another; twins do not count."""
    children = town.members.loc[town.members["member_role"] == "child", ["family", "born"]]
    children = children.sort_values(["family", "born"])
    before = children.groupby("family")["born"].shift()
    pairs = children.assign(before=before)[before.notna()]
    months = whole_months(pairs["before"], pairs["born"])
    return months[months >= 1].groupby(pairs["family"]).min().reindex(town.families.index)


def whole_months(start: pd.Series, end: pd.Series) -> pd.Series:
    """Completed months from one day to another."""
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    return months - (add_months(start, months.to_numpy()) > end)


def whole_years(start: pd.Series, end: pd.Series) -> pd.Series:
    """Completed years from one day to another."""
    return whole_months(start, end) // 12
