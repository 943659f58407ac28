"""The best whole places for one target group in one area, when a place of every programme has its worth.

The families that programmes approach form a polymatroid (Edmonds 1970), so that filling in the order of worth per
family is best in broken places. Whole places are found by branching on programmes in that order, with this as bound.
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
        rest = [at for at in free if worth[at] > least_worth]  # of a counted programme: places beyond its start
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
        steps = np.cumprod([1, *(cap + 1 for cap in counted.values())]).tolist()
        self.states, self.many = steps[-1], len(wanted)
        self.counts = dict(zip(counted, zip(steps, counted.values(), strict=False), strict=True))

    def _most(self, state: Whole, j: int) -> Whole:
        """Most places of an option per branch: of a counted programme up to its start, and beyond it once started."""
        most: Whole = np.full(len(state), self.most[j])
        programme = self.block.names[self.order[j]]
        if programme not in self.counts:
            return most
        step, cap = self.counts[programme]
        if j < self.many:
            return np.minimum(most, cap)
        return np.asarray(np.where((state // step) % (cap + 1) == cap, np.maximum(most - cap, 0), 0))

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
            if level >= self.many:
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
        many = np.minimum(np.maximum(room, 0), self._most(now.state, level)) + 1
        at = np.repeat(np.arange(len(many)), many)
        x = np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many)
        state = now.state[at]
        if level < self.many:
            state = state + x * self.counts[self.block.names[self.order[level]]][0]
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
        if len(chosen) > WIDTH:
            chosen = chosen[np.argsort(-most[chosen], kind="stable")]
            dropped, chosen = chosen[WIDTH:], chosen[:WIDTH]
            np.maximum.at(bound, now.state[dropped], most[dropped])
        return now.only(chosen)

    def _filled(self, now: _Branches, level: int) -> tuple[Floats, Floats, Whole]:
        """The rest filled in order of worth per family: the most it can be worth, and the same in whole places."""
        many = len(now.worth)
        most, worth, broken, whole = now.worth.copy(), now.worth.copy(), now.room.copy(), now.room.copy()
        places = np.zeros((many, len(self.order)), np.int64)
        places[:, :level] = now.places
        for j in range(level, len(self.order)):
            within, each, limit = self.within[j], self.each[j], self._most(now.state, j)
            part = np.minimum(np.maximum(broken[:, within].min(axis=1) / each, 0), limit)
            full = np.minimum(np.floor(np.maximum(whole[:, within].min(axis=1) / each, 0) + TINY), limit)
            most += part * self.worth[j]
            worth += full * self.worth[j]
            broken -= (part * each)[:, None] * within
            whole -= (full * each)[:, None] * within
            places[:, j] = full
        return most, worth, places

    def _wide(self, places: Whole) -> Whole:
        """Places of all options of the block."""
        wide = np.tile(self.block.least, (len(places), 1))
        for j, at in enumerate(self.order):
            wide[:, at] += places[:, j]
        return wide
