"""Names and slips of the pen: the lists, and what goes wrong in writing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskscreen.synthetic.homes import make_homes
from riskscreen.synthetic.misspelling import glued, mistyped, unmarked, whole_surname, without_particle
from riskscreen.synthetic.names import name_lists
from riskscreen.synthetic.sheets import Maker
from riskscreen.synthetic.world import load_world
from riskscreen.synthetic.written_names import Written

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
