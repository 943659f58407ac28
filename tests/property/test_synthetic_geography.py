"""Dividing and settling: what holds for every geography."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskscreen.errors import UsageError
from riskscreen.records.texts import Text
from riskscreen.synthetic.geography.areas import Geography, Municipality, standardised
from riskscreen.synthetic.geography.division import apportioned, parts
from riskscreen.synthetic.geography.settling import settlement

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any)
TOWNS = st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=12), min_size=1, max_size=5).filter(
    lambda towns: any(map(any, towns))
)


def _geography(towns: list[list[int]], deprivation: Any = None) -> Geography:
    sizes = np.concatenate([np.array(town) for town in towns])
    count = len(sizes)
    municipality = np.repeat(np.arange(len(towns)), [len(town) for town in towns])
    weight = sizes / sizes.sum()
    zeros = np.zeros(count)
    return Geography(
        codes=tuple(f"BU{i:08d}" for i in range(count)),
        weight=weight,
        deprivation=zeros if deprivation is None else deprivation,
        policing=zeros,
        europe=zeros,
        outside_europe=zeros,
        urbanity=np.ones(count, dtype=np.int64),
        hidden=zeros,
        municipality=municipality,
        province=np.zeros(count, dtype=np.int64),
        minors=None,
        municipalities=tuple(Municipality(f"GM{i:04d}", "A", "PV01", "B", "B") for i in range(len(towns))),
        neighbours=np.zeros((count, 6), dtype=np.int64),
        rows=(),
        notice=Text("a", "b"),
        real=False,
    )


@given(st.integers(0, 5000), WEIGHTS)
def test_apportioned_numbers_add_up_and_are_within_one_of_their_share(total: int, weights: list[int]) -> None:
    weight = np.array(weights, dtype=np.float64)
    numbers = apportioned(total, weight)
    assert numbers.sum() == total
    assert (np.abs(numbers - total * weight / weight.sum()) < 1 + 1e-6).all()
    assert (numbers[weight == 0] == 0).all()


def test_apportioned_by_hand() -> None:
    # Hamilton's method on a textbook example: quotas 3.4, 3.3, 3.3 of 10
    assert apportioned(10, np.array([34.0, 33.0, 33.0])).tolist() == [4, 3, 3]
    assert apportioned(7, np.array([0.5, 0.25, 0.25])).tolist() == [3, 2, 2]


@pytest.mark.parametrize(("total", "weight"), [(-1, [1.0]), (3, [0.0, 0.0]), (3, [1.0, -1.0])])
def test_what_cannot_be_apportioned_is_refused(total: int, weight: list[float]) -> None:
    with pytest.raises(UsageError):
        apportioned(total, np.array(weight))


@given(TOWNS, st.integers(1, 120))
def test_parts_hold_every_family_once_and_not_too_many(towns: list[list[int]], most: int) -> None:
    geography, families = _geography(towns), np.concatenate([np.array(town) for town in towns])
    found = parts(geography, families, most)
    held = np.zeros(len(families), dtype=np.int64)
    for part in found:
        held[part.first : part.last] += 1
        own = families[part.first : part.last]
        assert own.sum() > 0
        assert own.sum() <= most or (own > 0).sum() == 1
        assert {geography.municipalities[at].code for at in geography.municipality[part.first : part.last]} == {
            part.municipality
        }
    assert (held <= 1).all()
    assert (held[families > 0] == 1).all()
    assert [part.key for part in found] == sorted(part.key for part in found)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(30, 60))
def test_parts_are_as_few_as_can_be_and_as_even(sizes: list[int], most: int) -> None:
    found = parts(_geography([sizes]), np.array(sizes), most)
    counts = [sum(sizes[part.first : part.last]) for part in found]
    best = min(
        (len(groups), max(groups)) for cut in range(2 ** (len(sizes) - 1)) if max(groups := _groups(sizes, cut)) <= most
    )
    assert (len(counts), max(counts)) == best


def _groups(sizes: list[int], cut: int) -> list[int]:
    """Sums of consecutive sizes, cut after position i where bit i is set."""
    groups = [0]
    for position, size in enumerate(sizes):
        groups[-1] += size
        if cut >> position & 1 and position < len(sizes) - 1:
            groups.append(0)
    return groups


@given(
    st.lists(st.tuples(st.integers(1, 100), st.floats(-4, 4)), min_size=1, max_size=30),
    st.floats(0, 1.5),
)
def test_settling_keeps_classes_and_buurten_at_their_sizes(buurten: list[tuple[int, float]], sorting: float) -> None:
    sizes = [size for size, _ in buurten]
    weight = np.array(sizes) / sum(sizes)
    geography = _geography([sizes], standardised(np.array([value for _, value in buurten]), weight))
    table = settlement(geography, sorting)
    assert table.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    assert table.mean(axis=0) == pytest.approx(geography.weight, abs=1e-9)
    assert (np.diff(table @ geography.deprivation) >= -1e-9).all()
