"""Bundles: which programmes fit a group together, who leads, and a family that counts once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from riskscreen.engine.duck import Engine
from riskscreen.programmes.bundles import Fitting, bundles_table, count_fitting, leads, make_bundles
from riskscreen.records.definitions import Programme, TargetGroup
from riskscreen.records.texts import same

DAY = date(2025, 1, 1)


def programme(name: str, domains: tuple[str, ...], filter_: str = "debt_arrears >= 1") -> Programme:
    return Programme(
        id=name,
        name=same(name),
        description=same(name),
        stage="any",
        domains=domains,
        filter=filter_,
        evidence_level="good",
        effect=same(""),
        figures=(),
        meeting_place=same("school"),
        minimum_group=1,
        source="",
    )


def group(domains: tuple[str, ...]) -> TargetGroup:
    return TargetGroup("g", same("g"), "debt_arrears >= 1", "any", domains)


def fitting(counts: Mapping[str, int]) -> Fitting:
    """Families of group g by the programmes that fit, as ``a+b``."""
    return Fitting({"g": {frozenset(name.split("+")) - {""}: count for name, count in counts.items()}})


DEBT, CARE, BOTH = (
    programme("debt", ("debt",)),
    programme("care", ("mental_health",)),
    programme("both", ("debt", "work")),
)


def test_the_best_fit_leads_and_others_cover_what_it_leaves_open() -> None:
    found = make_bundles(
        fitting({"debt+care": 60, "debt": 20, "": 20}), [group(("debt", "mental_health"))], [DEBT, CARE]
    )
    (bundle,) = found
    assert [(part.programme, part.role, part.domains) for part in bundle.parts] == [
        ("debt", "lead", ("debt",)),
        ("care", "beside", ("mental_health",)),
    ]
    assert (bundle.share, bundle.open, leads(found)) == (0.8, (), {"g": "debt"})


def test_a_family_that_several_programmes_fit_counts_once() -> None:
    both = fitting({"debt+care": 40, "debt": 30, "care": 10, "": 20})
    assert (both.share("g", ["debt"]), both.share("g", ["care"]), both.share("g", ["debt", "care"])) == (0.7, 0.5, 0.8)


def test_the_lead_is_chosen_by_what_the_group_is_about_and_piled_domains_come_after() -> None:
    piled = {"g": {"mental_health": 0.7, "work": 0.2, "debt": 1.0}}
    (bundle,) = make_bundles(fitting({"debt+care": 100}), [group(("debt",))], [DEBT, CARE], piled)
    assert bundle.domains == ("debt", "mental_health")
    assert [part.programme for part in bundle.parts] == ["debt", "care"]


def test_one_programme_that_works_on_all_stands_alone() -> None:
    (bundle,) = make_bundles(fitting({"debt+both": 100}), [group(("debt", "work"))], [DEBT, BOTH])
    assert [part.programme for part in bundle.parts] == ["both"]


def test_a_programme_that_fits_few_of_its_families_does_not_join() -> None:
    (bundle,) = make_bundles(fitting({"debt+care": 20, "debt": 80}), [group(("debt", "mental_health"))], [DEBT, CARE])
    assert [part.programme for part in bundle.parts] == ["debt"]
    assert bundle.open == ("mental_health",)


def test_a_group_that_nothing_fits_has_no_lead() -> None:
    found = make_bundles(fitting({"": 100}), [group(("debt",))], [DEBT, CARE])
    assert (found[0].lead, leads(found)) == (None, {})
    assert bundles_table(found, fitting({"": 100}), [group(("debt",))], {}).rows == ()


def test_families_are_counted_in_every_group_they_are_in() -> None:
    levels = pd.DataFrame({"debt_arrears": [2, 1, 0, None, 1], "moves": [1, 0, 1, 1, 1], "apart": [False] * 4 + [True]})
    groups = [group(("debt",)), TargetGroup("m", same("m"), "moves >= 1", "any", ("housing",))]
    with Engine(threads=1) as engine:
        engine.load("levels", levels.assign(index_date=DAY))
        found = count_fitting(engine, groups, [DEBT, programme("gone", ("debt",), "not_there >= 1")], DAY)
    assert found.families["g"] == {frozenset({"debt"}): 2}
    assert found.families["m"] == {frozenset({"debt"}): 1, frozenset(): 2}


def test_the_table_gives_shares_that_tell_nothing_of_a_few() -> None:
    counts = fitting({"debt+care": 203, "debt": 404, "": 33})
    bundles = make_bundles(counts, [group(("debt", "mental_health"))], [DEBT, CARE])
    places = {"debt/g": ("school", 0.123), "care/g": ("school", None)}
    rows = bundles_table(bundles, counts, [group(())], {}, places, {"school": same("school")}).records()
    assert [(row["programme"], row["share"], row["together"], row["met"]) for row in rows] == [
        ("debt", 0.94, 0.94, 0.12),  # 607 and 640 families: steps of two per cent
        ("care", 0.32, 0.94, None),
    ]
