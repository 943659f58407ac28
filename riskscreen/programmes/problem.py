"""The allocation as arrays: options and pools of families.

One formulation serves a municipality and the country. The unknowns stand side by side: places per option, then whether
a programme that works in groups is open in an area, places for each waiting list, all places together, and (where
there are flows) families approached per pool and programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.demands import Floors
from riskscreen.programmes.eligibility import JOIN, NO_GROUP
from riskscreen.records.definitions import STAGE_FLAGS

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

FORM = "family_form"
TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """Families who could be offered the same, shape ``(pools,)``.

    Parameters
    ----------
    area, group
        Positions in the names of the problem.
    fits
        Which programmes fit them and may be offered there, shape ``(pools, programmes)``.
    families
        Families that no programme reached yet.
    everyone
        All families.
    kinds
        Families per life stage and family form that a floor asks for, shape ``(pools, kinds)``.
    """

    area: Whole
    group: Whole
    fits: Flags
    families: Floats
    everyone: Floats
    kinds: Floats

    def only(self, chosen: Flags) -> Pools:
        """Some of the pools."""
        return Pools(
            self.area[chosen],
            self.group[chosen],
            self.fits[chosen],
            self.families[chosen],
            self.everyone[chosen],
            self.kinds[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """The unknowns that count: places of a programme for a target group in an area, shape ``(options,)``.

    Parameters
    ----------
    programme, group, area
        Positions in the names of the problem.
    families
        Families that may be approached.
    everyone
        Families that the offer is open to.
    value
        What one place adds.
    kinds
        Share of the families per life stage and family form that a floor asks for, shape ``(options, kinds)``.
    """

    programme: Whole
    group: Whole
    area: Whole
    families: Floats
    everyone: Floats
    value: Floats
    kinds: Floats

    def __len__(self) -> int:
        return len(self.programme)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything that decides the places.

    Parameters
    ----------
    programmes, groups, areas
        Names.
    uptake, cost, hours, places, contracted, waiting, smallest
        Per programme, shape ``(programmes,)``; ``waiting`` is what the waiting list takes, at most the places.
    pools, options
        Families and unknowns.
    opened
        (programme, area) of every programme that works in groups, shape ``(opened, 2)``.
    budget, staff
        EUR; hours (``inf``: as many as needed).
    floors
        What the board asks for.
    kinds
        Names of the life stages and family forms in ``pools.kinds``.
    group_families
        Families per target group that no programme reached yet, shape ``(groups,)``.
    least
        Fewest places per option (drawn by lot), shape ``(options,)``.
    left_out
        Demands that are not made (to find out which ones clash).
    something
        Must there be at least one place?
    whole
        Are places whole? In a country they are expected numbers.
    """

    programmes: tuple[str, ...]
    groups: tuple[str, ...]
    areas: tuple[str, ...]
    uptake: Floats
    cost: Floats
    hours: Floats
    places: Floats
    contracted: Floats
    waiting: Floats
    smallest: Floats
    pools: Pools
    options: Options
    opened: Whole
    budget: float
    staff: float
    floors: Floors
    kinds: tuple[str, ...]
    group_families: Floats
    least: Floats
    left_out: frozenset[str] = frozenset()
    something: bool = False
    whole: bool = True

    @property
    def size(self) -> int:
        """Unknowns without flows."""
        return len(self.options) + len(self.opened) + len(self.programmes) + 1

    @property
    def most(self) -> Floats:
        """Most places per option that the families it fits can fill."""
        filled = self.options.families * self.uptake[self.options.programme]
        filled = np.floor(filled + TINY) if self.whole else filled
        return np.minimum(filled, self.places[self.options.programme])

    def value(self, places: NDArray[np.float64] | Whole) -> float:
        """Value of places per option."""
        return float(places @ self.options.value)


def build_problem(
    eligible: pd.DataFrame,
    catalogue: Catalogue,
    budget: float,
    rates: Mapping[str, float],
    floors: Floors,
    *,
    reached: Mapping[tuple[str, str], float] | None = None,
    area_need: Mapping[str, float] | None = None,
) -> Problem:
    """Arrays from counts and planning values.

    Parameters
    ----------
    eligible
        ``target_group, programmes, area_block, families`` and, for floors between life stages and family forms, the
        flags of life stages and ``family_form``.
    reached
        Share of the families that a programme reached in the past year, per (target group, area).
    area_need
        Need in an area over what the target group's rate says; default 1.
    """
    items = catalogue.programmes
    plans = [catalogue.planning[item.id] for item in items]
    names = tuple(item.id for item in items)
    everybody, groups, areas, kinds = _pools(eligible, names, reached or {}, floors)
    pools = everybody.only(np.asarray(everybody.fits.any(axis=1)))
    smallest = np.array([item.minimum_group for item in items], dtype=np.float64)
    uptake, places = (
        np.array([getattr(plan, key) for plan in plans], dtype=np.float64) for key in ("uptake", "places")
    )
    waiting = np.minimum([float(plan.waiting) for plan in plans], places)
    pools = _where_allowed(pools, len(areas), uptake, places - waiting, smallest, floors)
    weights = np.array([catalogue.weight(item) for item in items])
    need = np.array([(area_need or {}).get(area, 1.0) for area in areas])
    options = options_of(pools, weights, np.array([rates[group] for group in groups]), need)
    return Problem(
        names,
        groups,
        areas,
        uptake,
        np.array([plan.cost for plan in plans], dtype=np.float64),
        np.array([plan.hours for plan in plans], dtype=np.float64),
        places,
        np.array([float(plan.contracted) for plan in plans]),
        waiting,
        smallest,
        pools,
        options,
        opened_of(options, smallest),
        float(budget),
        float("inf") if catalogue.hours is None else float(catalogue.hours),
        floors,
        kinds,
        np.bincount(everybody.group, everybody.families, len(groups)).astype(np.float64),
        np.zeros(len(options)),
    )


def _pools(
    eligible: pd.DataFrame, programmes: Sequence[str], reached: Mapping[tuple[str, str], float], floors: Floors
) -> tuple[Pools, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Pools in the order of area, target group and programmes, with the names of groups, areas and kinds."""
    rows = eligible[(eligible["target_group"] != NO_GROUP) & eligible["area_block"].notna()]
    kinds, counts = _kinds(rows, floors)
    keys = ["area_block", "target_group", "programmes"]
    counts = counts.assign(**{key: rows[key].astype(str) for key in keys}, everyone=rows["families"].astype(float))
    summed = counts.groupby(keys, as_index=False, sort=True).sum()
    area, areas = _codes(summed["area_block"])
    group, groups = _codes(summed["target_group"])
    everyone = summed["everyone"].to_numpy(np.float64)
    pairs = zip(group.tolist(), area.tolist(), strict=True)
    done = np.array([reached.get((groups[g], areas[a]), 0.0) for g, a in pairs], dtype=np.float64)
    pools = Pools(
        area,
        group,
        _fits(summed["programmes"], programmes),
        everyone * (1 - done),
        everyone,
        summed[list(kinds)].to_numpy(np.float64),
    )
    return pools, groups, areas, kinds


def _kinds(rows: pd.DataFrame, floors: Floors) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Families per life stage and family form, as columns, where a floor asks for them."""
    import pandas as pd

    found: dict[str, pd.Series[float]] = {}
    for flag in STAGE_FLAGS if floors.stages else ():
        if flag in rows.columns:
            found[flag] = rows["families"] * rows[flag].fillna(False).astype(float)
    if floors.family_forms and FORM in rows.columns:
        for form in sorted(rows[FORM].dropna().unique()):
            found[str(form)] = rows["families"] * (rows[FORM] == form).astype(float)
    return tuple(found), pd.DataFrame(found, index=rows.index)


def _codes(column: pd.Series[str]) -> tuple[Whole, tuple[str, ...]]:
    names, codes = np.unique(column.to_numpy(dtype=object).astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(str(name) for name in names)


def _fits(sets: pd.Series[str], programmes: Sequence[str]) -> Flags:
    texts, codes = np.unique(sets.to_numpy(dtype=object).astype(str), return_inverse=True)
    split = [set(text.split(JOIN)) for text in texts]
    fits = np.array([[name in ids for name in programmes] for ids in split], dtype=bool)
    return np.asarray(fits.reshape(len(texts), len(programmes))[codes])


def _where_allowed(pools: Pools, areas: int, uptake: Floats, places: Floats, smallest: Floats, floors: Floors) -> Pools:
    """Without programmes whose smallest group cannot be filled in an area, or that fit a handful of families there."""
    everyone, families = (
        _sums(pools.area, pools.fits * counts[:, None], areas) for counts in (pools.everyone, pools.families)
    )
    filled = np.minimum(families * uptake, places)
    allowed = (everyone >= floors.families) & (filled >= smallest)
    return replace(pools, fits=pools.fits & allowed[pools.area])


def _sums(codes: Whole, values: Floats, size: int) -> Floats:
    """Sums of the rows of ``values`` per code, shape ``(size, columns)``."""
    out = np.zeros((size, values.shape[1]))
    np.add.at(out, codes, values)
    return out


def options_of(pools: Pools, weights: Floats, rates: Floats, need: Floats) -> Options:
    """Every (area, target group, programme) with a family that it fits."""
    blocks, block = np.unique(
        pools.area * max(len(rates), 1) + pools.group, return_inverse=True
    )  # one per area and group
    families, everyone = (
        _sums(block, pools.fits * counts[:, None], len(blocks)) for counts in (pools.families, pools.everyone)
    )
    at, programme = np.nonzero(families > 0)
    area, group = blocks[at] // max(len(rates), 1), blocks[at] % max(len(rates), 1)
    kinds = [_sums(block, pools.fits * pools.kinds[:, [k]], len(blocks)) for k in range(pools.kinds.shape[1])]
    share = [kind[at, programme] / np.maximum(everyone[at, programme], 1) for kind in kinds]
    value = weights[programme] * rates[group] * need[area] if len(rates) else np.zeros(0)
    shares = np.stack(share, axis=1) if share else np.zeros((len(at), 0))
    return Options(
        programme.astype(np.int64),
        group.astype(np.int64),
        area.astype(np.int64),
        families[at, programme],
        everyone[at, programme],
        value,
        shares,
    )


def opened_of(options: Options, smallest: Floats) -> Whole:
    pairs = np.stack([options.programme, options.area], axis=1)[smallest[options.programme] > 1]
    return np.unique(pairs, axis=0).astype(np.int64) if len(pairs) else np.zeros((0, 2), np.int64)
