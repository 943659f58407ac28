"""The best whole places in one area, when what areas share has a price.

Budget, hours, the places of a programme and floors tie areas together. With a price on each, a place is worth what it
adds less what it costs, and every area can be filled by itself (Lagrangean relaxation, Geoffrion 1974). Within an area
target groups hang together only by programmes that work in groups and start with enough places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from riskscreen.programmes.problem import Floats, Problem, Whole
from riskscreen.programmes.replies import Block, Reply, best_reply


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The blocks of an area and the programmes that only start there with enough places.

    Parameters
    ----------
    blocks
        Positions in the blocks of the problem, and the blocks.
    smallest
        Fewest places per programme that works in groups.
    """

    blocks: tuple[tuple[int, Block], ...]
    smallest: Mapping[int, int]

    @property
    def options(self) -> Whole:
        """Options of all blocks, in their order."""
        return np.concatenate([block.options for _, block in self.blocks])


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """Whole places of an area.

    Parameters
    ----------
    bound
        The most that any whole places in this branch are worth.
    places
        Per block.
    """

    bound: float
    places: tuple[Whole, ...]


def areas_of(problem: Problem, blocks: Sequence[Block]) -> list[Area]:
    """Blocks by area; an area without options has none."""
    of_block = np.array([problem.options.area[block.options[0]] for block in blocks], dtype=np.int64)
    found = []
    for area in np.unique(of_block):
        own = np.flatnonzero(of_block == area).tolist()
        there = {p for at in own for p in blocks[at].names}
        smallest = {p: int(problem.smallest[p]) for p in sorted(there) if problem.smallest[p] > 1}
        found.append(Area(tuple((at, blocks[at]) for at in own), smallest))
    return found


def fill_area(area: Area, worth: Floats, *, spare: float = 0.0) -> tuple[float, list[Filled]]:
    """The most that whole places in an area are worth, and places that are worth (nearly) so much.

    First without the demand that a programme in groups has enough places; where it has too few, both ways are tried:
    shut, and open with enough.

    Parameters
    ----------
    area
        The area.
    worth
        What one place of every option of the problem is worth, shape ``(options,)``.
    spare
        What the bound may exceed the places found by, per block.
    """
    known: dict[tuple[int, tuple[int, ...], tuple[int, ...]], Reply] = {}
    found: list[Filled] = []
    ways: list[tuple[Mapping[int, int], tuple[int, ...]]] = [({}, ())]
    while ways:
        counted, shut = ways.pop()
        replies = [_known(at, block, worth, spare, counted, shut, known) for at, block in area.blocks]
        filled = _together(area, replies, counted)
        if filled is None or any(filled.bound <= each.bound for each in found):
            continue
        free = (p for p in area.smallest if p not in counted and p not in shut)
        few = next((p for p in free if _too_few(area, filled, p)), None)
        if few is None:
            found.append(filled)
        else:
            ways += [(counted, (*shut, few)), ({**counted, few: area.smallest[few]}, shut)]
    return max((each.bound for each in found), default=0.0), found


def _known(
    at: int,
    block: Block,
    worth: Floats,
    spare: float,
    counted: Mapping[int, int],
    shut: tuple[int, ...],
    known: dict[tuple[int, tuple[int, ...], tuple[int, ...]], Reply],
) -> Reply:
    """The reply of a block; one that has nothing to do with a counted or shut programme is found once."""
    own = {p: many for p, many in counted.items() if p in block.names}
    closed = tuple(p for p in shut if p in block.names)
    key = (at, tuple(own), closed)
    if key not in known:
        known[key] = best_reply(block, worth[block.options], own, closed, spare=spare)
    return known[key]


def _too_few(area: Area, filled: Filled, programme: int) -> bool:
    pairs = zip(area.blocks, filled.places, strict=True)
    there = sum(int(places[block.programme == programme].sum()) for (_, block), places in pairs)
    return 0 < there < area.smallest[programme]


def _together(area: Area, replies: Sequence[Reply], counted: Mapping[int, int]) -> Filled | None:
    """The best choice of one state per block in which every counted programme has enough places."""
    caps = np.array(list(counted.values()), dtype=np.int64)
    steps = np.cumprod([1, *(caps + 1)])
    grid = (np.arange(steps[-1])[:, None] // steps[:-1]) % (caps + 1)
    best, trail = np.where(grid.any(axis=1), -np.inf, 0.0), []
    for (_, block), reply in zip(area.blocks, replies, strict=True):
        there = np.flatnonzero(reply.bound > -np.inf)
        counts = _counts(block, counted, len(reply.bound))[there]
        to = np.minimum(grid[:, None] + counts, caps) @ steps[:-1]
        best, came = _added(best, reply.bound[there], there, to)
        trail.append(came)
    if best[-1] == -np.inf:
        return None
    at, places = len(best) - 1, []
    for came, reply in zip(reversed(trail), reversed(replies), strict=True):
        at, state = came[at]
        places.append(reply.places[state])
    return Filled(float(best[-1]), tuple(reversed(places)))


def _counts(block: Block, counted: Mapping[int, int], states: int) -> Whole:
    """Places counted per state of a block, shape ``(states, counted programmes)``."""
    step = 1
    counts = np.zeros((states, len(counted)), np.int64)
    for k, (programme, cap) in enumerate(counted.items()):
        if programme in block.names:
            counts[:, k] = (np.arange(states) // step) % (cap + 1)
            step *= cap + 1
    return counts


def _added(best: Floats, bound: Floats, there: Whole, to: Whole) -> tuple[Floats, Whole]:
    """The best per state of the area with one block more, and the states of area and block that led there.

    ``to`` tells where a state of the area goes with each of the block's states ``there``, shape ``(area, there)``.
    """
    new, came = np.full(len(best), -np.inf), np.zeros((len(best), 2), np.int64)
    for k, state in enumerate(there):
        worth, before, at = best + bound[k], new.copy(), to[:, k]
        np.maximum.at(new, at, worth)
        hit = np.flatnonzero((worth >= new[at]) & (new[at] > before[at]))
        came[at[hit]] = np.stack([hit, np.full(len(hit), state)], axis=1)
    return new, came
