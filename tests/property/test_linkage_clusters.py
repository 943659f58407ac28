"""Clusters from pairs: connected components without restrictions; never across what is known to be apart."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from riskscreen.linkage.clusters import clusters

RECORDS = st.integers(0, 11)
PAIRS = st.lists(st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0] != pair[1]), max_size=25)


def components(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """The slow way: every record takes the lowest number it can reach."""
    lowest = {record: record for pair in pairs for record in pair}
    for _ in lowest:
        for left, right in pairs:
            lowest[left] = lowest[right] = min(lowest[left], lowest[right])
    return lowest


@given(PAIRS)
def test_without_restrictions_they_are_connected_components(pairs: list[tuple[int, int]]) -> None:
    assert clusters(pairs) == components(pairs)


@given(PAIRS, PAIRS)
def test_records_known_to_be_apart_are_never_together(
    pairs: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> None:
    found = clusters(pairs, apart=apart)
    for left, right in apart:
        assert left not in found or right not in found or found[left] != found[right]


@given(PAIRS, st.dictionaries(RECORDS, st.sampled_from("ab")))
def test_a_source_that_has_everybody_once_is_in_a_cluster_once(
    pairs: list[tuple[int, int]], once: dict[int, str]
) -> None:
    found = clusters(pairs, once=once)
    many = Counter((cluster, once[record]) for record, cluster in found.items() if record in once)
    assert not many or max(many.values()) == 1


def test_one_wrong_pair_does_not_glue_two_families() -> None:
    sure = [(1, 2), (3, 4)]
    assert clusters([*sure, (2, 3)], apart=[(1, 4)]) == {1: 1, 2: 1, 3: 3, 4: 3}
    assert clusters([*sure, (2, 3)]) == {1: 1, 2: 1, 3: 1, 4: 1}
