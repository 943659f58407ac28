"""What a released table becomes in the star: every cell once, with its status, and totals apart."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from bi_offices import AREA, DATES, GROUPS, OPEN, an_office, approve, areas, let_out, subject, withdraw

from riskscreen import bi
from riskscreen.bi.areas import area_of
from riskscreen.bi.books import open_books, releases_in
from riskscreen.bi.saved import saved_table
from riskscreen.errors import RefusedError
from riskscreen.governance.office import Office
from riskscreen.records.mergers import Merger, mergers
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import same


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_office(tmp_path_factory.mktemp("the door")).path


@pytest.fixture(scope="module")
def star(office: Path) -> bi.Star:
    return bi.read(office, "demo", channel="internal")


def one(frame: pd.DataFrame, measure: str, **keys: str) -> pd.Series:
    rows = frame[frame["measure_key"] == measure]
    for name, value in keys.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_figure_stands_between_the_ends_of_its_interval(star: bi.Star) -> None:
    fact = one(star.facts, "areas_open.rate", area_key="WK999901")
    assert fact["value"] == pytest.approx(0.08)
    assert (fact["low"], fact["high"]) == (pytest.approx(0.064), pytest.approx(0.096))
    assert (fact["status"], fact["low_status"], fact["high_status"]) == ("shown", "shown", "shown")
    assert "areas_open.rate_low" not in set(star.table("measures")["measure_key"])


def test_a_hidden_figure_has_a_status_and_no_value(star: bi.Star) -> None:
    fact = one(star.facts, "areas_wijk.outcomes", area_key="WK999902")
    assert pd.isna(fact["value"])
    assert fact["status"] == "suppressed"
    rate = one(star.facts, "areas_wijk.rate", area_key="WK999902")
    assert pd.isna(rate["value"])
    assert rate["status"] == "suppressed"


def test_what_is_not_known_is_not_covered_and_not_zero(star: bi.Star) -> None:
    fact = one(star.facts, "verdicts.since", group_key=_group(star, ", men"))
    assert fact["status"] == "not_covered"
    assert pd.isna(fact["value"])
    total = one(star.totals, "areas_open.rate")
    assert (total["status"], total["low_status"]) == ("shown", "not_covered")


def test_estimates_beside_a_hidden_count_are_rounded(office: Path) -> None:
    release = releases_in(open_books(office))[0]
    raw = json.loads((release.folder / "areas_wijk.json").read_text(encoding="utf-8"))
    expected = {**raw["columns"][1], "name": "expected", "kind": "estimate", "base": "families"}
    more = zip(raw["rows"], raw["status"], strict=True)
    lengthened = {
        "columns": [*raw["columns"], expected],
        "rows": [[*row, 0.012] for row in raw["rows"]],
        "status": [[*states, "shown"] for _, states in more],
    }
    found = saved_table(release, {**raw, **lengthened}).status
    beside = [row[2] for row in found]
    assert set(beside) == {"shown", "suppressed"}
    assert [row[-1] for row in found] == ["rounded" if state == "suppressed" else "shown" for state in beside]


def test_a_row_that_says_to_what_it_was_rounded_is_rounded(office: Path) -> None:
    release = releases_in(open_books(office))[0]
    raw = json.loads((release.folder / "areas_open.json").read_text(encoding="utf-8"))
    raw["rounded_to"] = [0.01, 0.0, 0.0]
    status = [
        dict(zip((c["name"] for c in raw["columns"]), row, strict=True)) for row in saved_table(release, raw).status
    ]
    assert [row["rate_low"] for row in status] == ["rounded", "shown", "not_covered"]
    assert {row["rate"] for row in status} == {"shown"}, "a rate is exact or hidden"


def test_totals_stand_apart_and_are_never_added(star: bi.Star) -> None:
    totals = star.totals
    assert set(star.facts["area_key"]) & {"total"} == set()
    assert one(totals, "areas_wijk.outcomes")["value"] == 81
    assert set(totals["total_over"]) == {"area"}
    assert not totals["additive"].any()


@pytest.mark.parametrize(
    ("measure", "additive", "complete"),
    [
        ("areas_open.families", True, True),
        ("areas_open.rate", False, False),  # a rate never adds up
        ("areas_wijk.families", True, True),
        ("areas_wijk.outcomes", True, False),  # some wijken are hidden: the sum is too small
        ("outcomes.families", False, False),  # declared so: the dates overlap
        ("verdicts.families", False, False),
    ],
)
def test_what_may_be_added(star: bi.Star, measure: str, additive: bool, complete: bool) -> None:
    facts = star.facts[(star.facts["measure_key"] == measure) & (star.facts["status"] == "shown")]
    assert len(facts)
    assert facts["additive"].eq(additive).all()
    assert facts["complete"].eq(complete).all()


def test_hidden_cells_are_never_additive(star: bi.Star) -> None:
    assert not star.facts.loc[star.facts["status"] != "shown", "additive"].any()


def test_a_table_whose_rows_do_not_make_its_total_adds_nothing(tmp_path: Path) -> None:
    rows = [tuple(1000 if c == 700 else c for c in row) for row in OPEN.rows]
    assert rows[-1][1] == 1000
    twice = Table("overlap", OPEN.title, OPEN.columns[:2], tuple(row[:2] for row in rows))
    assert not bi.read(an_office(tmp_path, (twice,)).path).facts["additive"].any()


def test_words_have_both_languages(star: bi.Star) -> None:
    fact = one(star.facts, "verdicts.verdict", group_key=_group(star, ", women"))
    assert (fact["code"], fact["word_en"], fact["word_nl"]) == ("gap", "gap", "kloof")
    assert pd.isna(fact["value"])
    assert fact["programme_key"] == "voorzorg"
    group = star.table("groups").set_index("group_key").loc[fact["group_key"]]
    assert (group["title_en"], group["name_nl"]) == ("attribute, group", "geslacht, vrouwen")
    parts = star.table("group_parts").query("group_key == @fact.group_key").sort_values("place")
    assert parts["code"].tolist() == ["sex", "f"]


def test_periods_are_index_dates_or_a_release(star: bi.Star) -> None:
    periods = star.table("periods").set_index("period_key")
    assert periods.loc["2024-01-01", "index_date"] == date(2024, 1, 1)
    key = one(star.facts, "areas_open.families", area_key="WK999901")["period_key"]
    assert (periods.loc[key, "first_date"], periods.loc[key, "last_date"]) == (date(2023, 1, 1), date(2024, 1, 1))


def test_the_public_door_has_no_internal_table(office: Path) -> None:
    public = bi.read(office, "demo")
    assert "verdicts" not in set(public.table("released_tables")["table_name"])
    assert public.channel == "public"


def test_latest_leaves_out_what_was_withdrawn(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    first = bi.read(office.path).newest
    approve(office, subject(card="d"))
    changed = areas(("WK999901", 410, 33), ("WK999902", 320, 30), name="areas_open")
    second = let_out(office, (changed,), card="d", time="2025-01-02T10:00:00+00:00")
    star = bi.read(office.path)
    assert star.newest == second
    assert set(star.latest()["release_id"]) == {second}
    assert star.releases == (first, second)
    withdraw(office)
    star = bi.read(office.path)
    assert star.newest == first
    marks = star.table("releases").set_index("release_id")
    assert marks["withdrawn"].to_dict() == {first: False, second: True}
    assert pd.notna(marks.loc[second, "withdrawn_at"])
    assert set(star.latest()["release_id"]) == {first}
    assert set(star.facts["release_id"]) == {first}, "it stays visible in releases; its figures are recalled"
    assert marks["loaded"].to_dict() == {first: True, second: False}
    with pytest.raises(RefusedError, match="its figures are recalled"):
        bi.read_table(office.path, "areas_open", release=second)


def test_a_group_code_with_another_meaning_is_another_group(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    for card, name in (("c", "debt"), ("d", "work")):
        approve(office, subject(card=card))
        key = Column("group", "key", same("group"), labels={"group_01": same(name)})
        let_out(office, (Table("t", same("t"), (key, OPEN.columns[1]), (("group_01", 400),)),), card=card)
    groups = bi.read(office.path).table("groups")
    assert sorted(groups["name_en"]) == ["debt", "work"]
    assert groups["group_key"].is_unique


def test_a_municipality_that_went_into_another_keeps_its_figures(tmp_path: Path) -> None:
    """Weesp went into Amsterdam on 24 March 2022; both codes of Amsterdam are told apart."""
    office = Office(tmp_path / "office")
    labels = {"GM0457": same("Weesp"), "GM0363": same("Amsterdam")}
    area = Column("area", "key", same("area"), labels=labels)
    for card, year, rows in (
        ("c", 2021, [("GM0457", 300, 30), ("GM0363", 9000, 300)]),
        ("d", 2023, [("GM0363", 9400, 400)]),
    ):
        approve(office, subject(card=card))
        dates = Table("outcomes", same("o"), DATES.columns, ((f"{year}-01-01", 9300),))
        let_out(office, (areas(*rows, area=area), dates), card=card, time=f"{year}-06-01T00:00:00+00:00")
    star = bi.read(office.path)
    found = star.table("areas").set_index("area_key")
    assert found.loc["GM0457", ["valid_to", "successor", "gemeente_now"]].tolist() == [
        date(2022, 3, 24),
        "GM0363@2022-03-24",
        "GM0363",
    ]
    assert found.loc["GM0363", "successor"] == "GM0363@2022-03-24"
    assert found.loc["GM0363@2022-03-24", "valid_from"] == date(2022, 3, 24)
    joined = star.facts.merge(found, left_on="area_key", right_index=True)
    families = joined[joined["measure_key"] == "areas_wijk.families"]
    sums = families.groupby(["release_id", "gemeente_now"])["value"].sum()
    assert sorted(sums) == [9300, 9400], "Weesp counts for Amsterdam in both releases"


def test_codes_over_time() -> None:
    known = mergers()
    buurt = area_of("BU05010203", same("b"), date(2022, 1, 1), known)
    assert (buurt.wijk, buurt.gemeente, buurt.gemeente_now) == ("WK050102", "GM0501", "GM1992")
    assert (buurt.valid_to, buurt.successor) == (date(2023, 1, 1), None), "which buurt it became is not known"
    new = area_of("GM1992", same("Voorne aan Zee"), date(2024, 1, 1), known)
    assert (new.key, new.valid_from, new.valid_to) == ("GM1992@2023-01-01", date(2023, 1, 1), None)
    other = area_of("GM0014", same("Groningen"), date(2024, 1, 1), known)
    assert (other.key, other.valid_from, other.gemeente_now) == ("GM0014", None, "GM0014")
    assert area_of("PV27", same("p"), date(2024, 1, 1), known).level == "provincie"


def test_a_merger_of_your_own(office: Path) -> None:
    own = Merger(date(2026, 1, 1), "GM8888", "Nieuwstad", "PV25", ("GM9999",))
    areas_then = bi.read(office, known=(own,)).table("areas").set_index("area_key")
    assert areas_then.loc["WK999901", ["gemeente_now", "valid_to"]].tolist() == ["GM8888", date(2026, 1, 1)]


def test_bounds_that_do_not_lie_around_a_figure_stand_alone(tmp_path: Path) -> None:
    """Such as those of another column: low and high are joined to the figure before them only where they fit."""
    names = ("families", "matches", "only_here", "low", "high")
    kinds = [
        Column(n, "count" if n == "families" else "estimate", same(n), "", base="" if n == "families" else "families")
        for n in names
    ]
    rows = (("WK999901", 400, 107.8, 20.5, 80.7, 134.8), ("WK999902", 500, 9.9, 7.5, 0.5, 19.3))
    star = bi.read(an_office(tmp_path, (Table("t", same("t"), (AREA, *kinds), rows),)).path)
    assert set(star.table("measures")["column_name"]) == set(names)


def test_a_released_table_by_its_name(office: Path) -> None:
    frame = bi.read_table(office, "areas_wijk", "demo")
    assert frame["families"].tolist() == [400, 300, 200, 500, 1400]
    assert frame["suppressed"].iloc[1].split() == ["outcomes", "rate", "rate_low", "rate_high"]
    assert len(bi.read_table(office, "verdicts", channel="internal")) == len(GROUPS.rows)


def test_it_shows_itself(star: bi.Star) -> None:
    assert str(star).splitlines()[0] == "run        demo, internal channel"
    assert repr(star) == "<star of demo, internal: 1 releases>"
    assert star.head in star._repr_html_()


def _group(star: bi.Star, name: str) -> str:
    groups = star.table("groups")
    return str(groups.loc[groups["name_en"].str.endswith(name), "group_key"].iloc[0])
