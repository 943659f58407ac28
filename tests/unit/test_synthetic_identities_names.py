"""Names and slips of the pen: the lists, and what goes wrong in writing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from riskscreen.errors import SettingsError
from riskscreen.synthetic.arrival.homes import make_homes
from riskscreen.synthetic.arrival.linking_settings import Linking
from riskscreen.synthetic.arrival.misspelling import glued, mistyped, unmarked, whole_surname, without_particle
from riskscreen.synthetic.arrival.names import check_cultures, name_lists
from riskscreen.synthetic.arrival.written_names import Written
from riskscreen.synthetic.sheets import Maker
from riskscreen.synthetic.world import load_world

WORDS = st.text(st.characters(categories=("Lu", "Ll"), max_codepoint=0x17F), min_size=1, max_size=12)


def one_slip(one: str, two: str) -> bool:
    """Brute force: does one letter replaced, left out, or exchanged with its neighbour turn one into two?"""
    for place in range(len(one)):
        if one[:place] + one[place + 1 :] == two:
            return True
        swapped = one[:place] + one[place + 1 : place + 2] + one[place] + one[place + 2 :]
        if swapped == two and one != two:
            return True
    return len(one) == len(two) and sum(a != b for a, b in zip(one, two, strict=True)) == 1


@given(st.lists(WORDS, min_size=1, max_size=20), st.integers(0, 2**32))
def test_a_mistyped_text_has_exactly_one_slip(words: list[str], seed: int) -> None:
    typed = mistyped(pa.array(words), np.random.default_rng(seed)).to_pylist()
    assert all(one_slip(one, two) and two for one, two in zip(words, typed, strict=True))


def test_all_three_slips_occur() -> None:
    typed = mistyped(pa.array(["Dekker"] * 300), np.random.default_rng(1)).to_pylist()
    lengths = {len(text) for text in typed}
    assert lengths == {5, 6}
    assert {"Dekekr", "Dekkr"} <= set(typed)


@pytest.mark.parametrize(
    ("prefix", "surname", "whole", "one", "bare"),
    [
        ("van der", "Berg", "van der Berg", "Vanderberg", "Berg"),
        (None, "El Idrissi", "El Idrissi", "Elidrissi", "Idrissi"),
        (None, "Yılmaz", "Yılmaz", "Yılmaz", "Yılmaz"),
        (None, "Elzenhof", "Elzenhof", "Elzenhof", "Elzenhof"),
    ],
)
def test_particles(prefix: str | None, surname: str, whole: str, one: str, bare: str) -> None:
    prefixes, surnames = pa.array([prefix], pa.string()), pa.array([surname])
    assert whole_surname(prefixes, surnames).to_pylist() == [whole]
    assert glued(prefixes, surnames).to_pylist() == [one]
    assert without_particle(surnames).to_pylist() == [bare]


def test_marks_are_lost() -> None:
    assert unmarked(pa.array(["Özdemir", "Łukasz", "Işık", "Zoë", "Weiß"])).to_pylist() == [
        "Ozdemir", "Lukasz", "Isik", "Zoe", "Weiss",
    ]  # fmt: skip


def test_rewriting_leaves_the_other_rows() -> None:
    written = Written(pa.array(["Jansen", "de Boer", "Smit"]), np.array([0, 1, 2, 1]))
    written.rewrite(np.array([1, 2]), pa.array(["Boer", ""]))
    written.clear(np.array([0]))
    assert written.all().to_pylist() == [None, "Boer", "Smit", "de Boer"], "an empty text changes nothing"


def test_the_lists_are_long_and_parted_at_the_particle() -> None:
    lists = name_lists()
    named = set(load_world("voorbeeldstad").linking.names.cultures["outside_europe"])
    assert named <= set(lists.cultures)
    for start, ladder in lists.surname_ladders:
        assert len(ladder) >= 100
        assert ladder[-1] == pytest.approx(1.0)
        names = lists.surnames[start : start + len(ladder)].to_pylist()
        assert all(name[0].isupper() for name in names)
        assert ladder[9] > 4 * 10 / len(ladder), "the first ten are far more common than others"
    assert all(len(ladder) >= 30 for _, ladder in lists.given_ladders)
    assert all(name.isalpha() for name in lists.given.to_pylist()), "a given name is one word: sources take the first"
    prefixes = {prefix for prefix in lists.prefixes.to_pylist() if prefix}
    assert {"van der", "de", "van", "ter", "van 't"} <= prefixes
    assert all(prefix == prefix.lower() for prefix in prefixes)


def test_who_lives_where_on_a_day() -> None:
    """The last address begun before a day, the first before all, none for who has none."""
    maker = Maker(20_000, "", 1, 0, 3, np.ones(3, dtype=bool))
    table = pa.table(
        {
            "address": maker.ids("A", np.array([4, 9, 4])),
            "area": pa.array(["BU01", "BU02", "BU01"]),
            "event_date": pa.array([100, 200, 150], pa.int32()).cast(pa.date32()),
            "recorded_date": pa.array([101, 201, 151], pa.int32()).cast(pa.date32()),
        }
    )
    homes = make_homes(table, np.array([0, 0, 2]), 3, maker)
    assert homes.at(np.array([0, 0, 0, 1, 2]), np.array([50, 199, 200, 150, 400])).tolist() == [0, 0, 1, -1, 2]
    assert homes.last(np.array([0, 1, 2])).tolist() == [1, -1, 2]
    place = list(zip(homes.postcode.to_pylist(), homes.house.tolist(), strict=True))
    assert place[0] == place[2]
    assert place[0] != place[1]


def _linking(**change: object) -> dict[str, object]:
    return load_world("voorbeeldstad").linking.model_dump() | change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sources": {"debts": {"missing": 0.1, "wrong": 0.1}}}, "debts is no register of persons: choose from income"),
        ({"sources": {"persons": {"missing": 0.1, "wrong": 0.1}}}, "persons is no register of persons"),
        ({"sources": {"debt": {"missing": 0.7, "wrong": 0.4}}}, "debt has 0.7 missing and 0.4 wrong, more than all"),
        ({"times": -1}, "greater than or equal to 0"),
    ],
)
def test_settings_that_cannot_hold_together(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Linking.model_validate(_linking(**change))


def test_all_faults_of_the_names_are_told_at_once() -> None:
    given = _linking()
    given["forms"] |= {"first_name": 0.9, "initials": 0.2}  # type: ignore[operator]
    given["names"] |= {"father_surname": {"married": 1.0}}  # type: ignore[operator]
    with pytest.raises(
        ValidationError, match=r"first_name and initials are 1.1 together.*needs married and not_married"
    ):
        Linking.model_validate(given)


def test_an_unknown_list_of_names_is_told_with_those_that_exist() -> None:
    rule = load_world("voorbeeldstad").linking.names.model_copy(
        update={
            "cultures": {"netherlands": {"dutch": 1.0}, "europe": {"french": 1.0}, "outside_europe": {"syrian": 1.0}}
        }
    )
    with pytest.raises(SettingsError, match="no lists of names called french"):
        check_cultures(rule, name_lists())


def test_poor_linkage_is_the_same_world_with_worse_registers() -> None:
    good, poor = load_world("voorbeeldstad"), load_world("poor-linkage")
    assert 3 <= poor.linking.times / good.linking.times <= 4
    same = poor.model_copy(update={"name": good.name, "linking": good.linking})
    assert same == good
