"""The best whole places in one area, when what areas share has a price.

Budget, hours, the places of a programme and floors tie areas together. With a price on each, a place is worth what it
adds less what it costs, and every area can be filled by itself (Lagrangean relaxation, Geoffrion 1974). Within an area
target groups hang together only by programmes that work in groups and start with enough places.

The families of a target group that programmes approach form a polymatroid (Edmonds 1970), so that filling in the order
of worth per family is best in broken places. Whole places are found by branching on programmes in that order, with this
as bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from riskscreen.programmes.problem import TINY, Flags, Floats, Problem, Whole

WIDTH = 100
"""Most branches kept; what is dropped still counts in the bound."""
MOST_SETS = 4_000
"""Most sets of programmes of which the families are counted."""


class TooMany(Exception):
    """A target group overlaps in too many ways to be filled by branching."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The families of one target group in one area, and the options for them.

    Parameters
    ----------
    options
        Positions in the problem, shape ``(options,)``.
    programme
        Programme of each.
    each
        Families approached to fill one place.
    least, most
        Places by lot, and the most that the families can fill.
    masks
        Options that fit the families of each pool, as bits, shape ``(pools,)``.
    families
        Families of each pool.
    """

    options: Whole
    programme: Whole
    each: Floats
    least: Whole
    most: Whole
    masks: Whole
    families: Floats
    names: tuple[int, ...] = ()
    _sets: dict[tuple[int, ...], tuple[Flags, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Programmes as plain numbers, once: they are compared often."""
        object.__setattr__(self, "names", tuple(self.programme.tolist()))

    def sets(self, kept: tuple[int, ...]) -> tuple[Flags, Floats]:
        """Every set of these options that needs a row by Hall's theorem, and the families that fit one of them."""
        if kept not in self._sets:
            self._sets[kept] = self._counted(kept)
        return self._sets[kept]

    def _counted(self, kept: tuple[int, ...]) -> tuple[Flags, Floats]:
        masks = sum((((self.masks >> at) & 1) << j for j, at in enumerate(kept)), np.zeros_like(self.masks))
        everything, outside = (1 << len(kept)) - 1, {0}
        for kind in np.unique(masks[masks > 0]).tolist():
            outside |= {known | kind for known in outside}
            if len(outside) > MOST_SETS:
                raise TooMany
        closed = np.array(sorted(everything & ~known for known in outside if everything & ~known), dtype=np.int64)
        members = ((closed[:, None] >> np.arange(len(kept))) & 1).astype(bool)
        meets = (masks[None, :] & closed[:, None]) > 0
        return members, np.asarray(meets @ self.families)


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """Places in a block per state, the places counted towards the start of a programme.

    Parameters
    ----------
    bound
        The most that any whole places are worth, shape ``(states,)``; ``-inf``: no such places.
    worth
        What these places are worth.
    places
        Per option of the block, shape ``(states, options)``.
    """

    bound: Floats
    worth: Floats
    places: Whole


def blocks_of(problem: Problem) -> list[Block]:
    """Every (area, target group) with options, in that order."""
    options, pools, groups = problem.options, problem.pools, max(len(problem.groups), 1)
    filled = np.floor(options.families * problem.uptake[options.programme] + TINY).astype(np.int64)
    codes, of_pool = options.area * groups + options.group, pools.area * groups + pools.group
    order = np.argsort(of_pool, kind="stable")
    found = []
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        low, high = np.searchsorted(of_pool[order], [code, code + 1])
        programme, there = options.programme[own], order[low:high]
        masks = pools.fits[there][:, programme] @ (1 << np.arange(len(own), dtype=np.int64))
        least = problem.least[own].astype(np.int64)
        each = 1 / problem.uptake[programme]
        found.append(Block(own, programme, each, least, filled[own], masks, pools.families[there]))
    return found


@dataclass(slots=True)
class _Branches:
    """Places chosen for the first options, and what is left."""

    places: Whole
    room: Floats
    worth: Floats
    state: Whole

    def only(self, chosen: Flags | Whole) -> _Branches:
        return _Branches(self.places[chosen], self.room[chosen], self.worth[chosen], self.state[chosen])


def best_reply(
    block: Block, worth: Floats, counted: Mapping[int, int], shut: Sequence[int], *, spare: float = 0.0
) -> Reply:
    """The best whole places of a block in every state.

    Parameters
    ----------
    block
        The families and options.
    worth
        What one place of each option is worth, shape ``(options,)``; may be negative.
    counted
        Programmes of which places count towards a start, with the places that it takes: the states.
    shut
        Programmes that are not offered.
    spare
        The bound may exceed what is found by so much.

    Raises
    ------
    TooMany
        When the families overlap in too many ways.
    """
    return _Search(block, worth, counted, shut).run(spare)


def near_replies(block: Block, worth: Floats, margin: float, many: int) -> Whole:
    """Whole places of a block that are worth at most ``margin`` less than the best, the best first.

    Returns
    -------
    ndarray, shape (at most ``many``, options)
    """
    return _Search(block, worth, {}, (), least_worth=-margin).near(margin, many)


class _Search:
    """Branching over the options of one block that are worth something, counted ones first."""

    def __init__(
        self,
        block: Block,
        worth: Floats,
        counted: Mapping[int, int],
        shut: Sequence[int],
        *,
        least_worth: float = TINY,
    ) -> None:
        self.block = block
        names, more = block.names, (block.most > block.least).tolist()
        free = [at for at, name in enumerate(names) if more[at] and name not in shut]
        wanted = [at for at in free if names[at] in counted]
        gain = (worth / block.each).tolist()
        rest = [at for at in free if worth[at] > least_worth and names[at] not in counted]
        self.order = [*wanted, *sorted(rest, key=lambda at: -gain[at])]
        drawn = np.flatnonzero(block.least > 0).tolist()
        kept = sorted({*self.order, *drawn})
        members, families = block.sets(tuple(kept))
        column = {at: members[:, j] for j, at in enumerate(kept)}
        self.within = [column[at] for at in self.order]
        self.room = families + TINY
        for at in drawn:
            self.room = self.room - column[at] * block.least[at] * block.each[at]
        self.worth, self.base = worth[self.order], float(block.least @ worth)
        self.each, self.most = block.each[self.order], (block.most - block.least)[self.order]
        self.states, self.steps = 1, []
        for cap in counted.values():
            self.steps.append((self.states, cap))
            self.states *= cap + 1
        at_step = dict(zip(counted, self.steps, strict=True))
        self.steps = [at_step[names[at]] for at in wanted]

    def run(self, spare: float) -> Reply:
        bound, best, places, _ = self._branched(spare)
        return Reply(np.maximum(bound, best), best, self._wide(places))

    def near(self, margin: float, many: int) -> Whole:
        last = self._branched(-margin)[3]
        order = np.argsort(-last.worth, kind="stable")[:many]
        return self._wide(last.places[order])

    def _branched(self, over: float) -> tuple[Floats, Floats, Whole, _Branches]:
        """Bounds, the best worth and its places per state; and the places in full that are worth ``over`` the best."""
        now = self._none()
        bound, best = np.full(self.states, -np.inf), np.full(self.states, -np.inf)
        places = np.zeros((self.states, len(self.order)), np.int64)
        for level in range(len(self.order) + 1):
            if not len(now.worth):
                break
            if level >= len(self.steps):
                now = self._pruned(now, level, over, bound, best, places)
            if level < len(self.order):
                now = self._extended(now, level)
        return bound, best, places, now

    def _none(self) -> _Branches:
        """No place chosen yet; no branch at all when places by lot are more than the families fill."""
        none = _Branches(np.zeros((1, 0), np.int64), self.room[None], np.array([self.base]), np.zeros(1, np.int64))
        return none if (self.room >= 0).all() else none.only(np.zeros(1, bool))

    def _extended(self, now: _Branches, level: int) -> _Branches:
        """Every number of places of the next option."""
        within, each = self.within[level], self.each[level]
        room = np.floor(now.room[:, within].min(axis=1) / each + TINY).astype(np.int64)
        many = np.minimum(np.maximum(room, 0), self.most[level]) + 1
        at = np.repeat(np.arange(len(many)), many)
        x = np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many)
        state = now.state[at]
        if level < len(self.steps):
            step, cap = self.steps[level]
            state = state + np.minimum(x, cap) * step
        return _Branches(
            np.concatenate([now.places[at], x[:, None]], axis=1),
            now.room[at] - (x * each)[:, None] * within,
            now.worth[at] + x * self.worth[level],
            state,
        )

    def _pruned(self, now: _Branches, level: int, over: float, bound: Floats, best: Floats, places: Whole) -> _Branches:
        """Branches that may still hold better places; notes the best so far and the bounds of what is dropped."""
        most, worth, filled = self._filled(now, level)
        order = np.argsort(worth, kind="stable")
        top = np.full(len(best), -1)
        top[now.state[order]] = order
        for state in np.flatnonzero(top >= 0):
            if worth[top[state]] > best[state]:
                best[state], places[state] = worth[top[state]], filled[top[state]]
        open_ = most > best[now.state] + over + TINY
        np.maximum.at(bound, now.state[~open_], most[~open_])
        chosen = np.flatnonzero(open_)
        if len(chosen) > WIDTH * len(best):
            chosen = chosen[np.argsort(-most[chosen], kind="stable")]
            dropped, chosen = chosen[WIDTH * len(best) :], chosen[: WIDTH * len(best)]
            np.maximum.at(bound, now.state[dropped], most[dropped])
        return now.only(chosen)

    def _filled(self, now: _Branches, level: int) -> tuple[Floats, Floats, Whole]:
        """The rest filled in order of worth per family: the most it can be worth, and the same in whole places."""
        many = len(now.worth)
        most, worth, broken, whole = now.worth.copy(), now.worth.copy(), now.room.copy(), now.room.copy()
        places = np.zeros((many, len(self.order)), np.int64)
        places[:, :level] = now.places
        for j in range(level, len(self.order)):
            within, each = self.within[j], self.each[j]
            part = np.minimum(np.maximum(broken[:, within].min(axis=1) / each, 0), self.most[j])
            full = np.minimum(np.floor(np.maximum(whole[:, within].min(axis=1) / each, 0) + TINY), self.most[j])
            most += part * self.worth[j]
            worth += full * self.worth[j]
            broken -= (part * each)[:, None] * within
            whole -= (full * each)[:, None] * within
            places[:, j] = full
        return most, worth, places

    def _wide(self, places: Whole) -> Whole:
        """Places of all options of the block."""
        wide = np.tile(self.block.least, (len(places), 1))
        wide[:, self.order] += places
        return wide


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
        counts = _counts(block, counted, len(reply.bound))
        best, came = _added(best, reply.bound, np.minimum(grid[:, None] + counts, caps) @ steps[:-1])
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


def _added(best: Floats, bound: Floats, to: Whole) -> tuple[Floats, Whole]:
    """The best per state of the area with one block more, and the states of area and block that led there."""
    new, came = np.full(len(best), -np.inf), np.zeros((len(best), 2), np.int64)
    for state in np.flatnonzero(bound > -np.inf):
        worth, before, at = best + bound[state], new.copy(), to[:, state]
        np.maximum.at(new, at, worth)
        hit = np.flatnonzero((worth >= new[at]) & (new[at] > before[at]))
        came[at[hit]] = np.stack([hit, np.full(len(hit), state)], axis=1)
    return new, came
