"""From pairs to clusters, so that one wrong pair does not glue families together.

Pairs are taken from the likeliest down; two clusters become one only when no record of the one is known to be of
another person than a record of the other (twins), and when the two do not both hold a record of a source that has each
person once. With neither restriction this is connected components.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[int, int]


def clusters(
    pairs: Sequence[Pair], *, apart: Iterable[Pair] = (), once: Mapping[int, str] | None = None
) -> dict[int, int]:
    """The cluster of every record in the pairs, named after its lowest record.

    Parameters
    ----------
    pairs
        Records to join, the likeliest first.
    apart
        Pairs known to be of two persons.
    once
        Record: its source, for sources that have each person once.
    """
    groups = _Groups(apart, {} if once is None else once)
    for left, right in pairs:
        groups.join(left, right)
    return groups.named()


class _Groups:
    def __init__(self, apart: Iterable[Pair], once: Mapping[int, str]) -> None:
        self.parent: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.once = once
        self.apart: dict[int, set[int]] = {}
        for left, right in apart:
            self.apart.setdefault(left, set()).add(right)
            self.apart.setdefault(right, set()).add(left)

    def find(self, record: int) -> int:
        root = self.parent.setdefault(record, record)
        if root == record:
            self.members.setdefault(record, [record])
            return record
        while self.parent[root] != root:
            root = self.parent[root]
        self.parent[record] = root
        return root

    def join(self, left: int, right: int) -> None:
        a, b = self.find(left), self.find(right)
        if a == b or not self._may(self.members[a], self.members[b]):
            return
        a, b = min(a, b), max(a, b)
        self.parent[b] = a
        self.members[a] += self.members.pop(b)

    def _may(self, one: list[int], other: list[int]) -> bool:
        if len(one) > len(other):
            one, other = other, one
        there = set(other)
        if any(not there.isdisjoint(self.apart.get(record, ())) for record in one):
            return False
        sources = {self.once[record] for record in other if record in self.once}
        return not any(self.once.get(record) in sources for record in one if record in self.once)

    def named(self) -> dict[int, int]:
        return {record: root for root, members in self.members.items() for record in members}
