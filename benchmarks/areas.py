"""How often intervals and ranks of areas hold: ``python -m benchmarks.areas --json``.

Worlds are drawn with a known rate per area: 60 buurten in 10 wijken, about 30,000 families, 21 of 1,000 with a recorded
report, and an expectation per buurt as a card gives it. Planted are how buurten and wijken differ beyond that (0, 0.1,
0.3 or 0.6 on the log-odds, each as often as the others) and what the expectation is worth. A figure of one kind is
about the worlds in which areas differ; where they do not at all (0) every interval is too wide, because the data cannot
show that a difference is exactly nought: that stands apart, and with it included in ``.with_spread_0``.

- ``coverage.area_rate``: share of buurten whose true rate lies in its 95% interval, the expectation being right;
  ``.none`` without using it, ``.little`` where one fifth of it is true, ``.misleading`` where it is the wrong way
  round, ``.spatial`` where a smooth effect over the map is in no register. Also by planted spread (``.spread_0.3``),
  and for the smallest and the most deprived tenth of each world.
- ``width.area_rate``: mean width per 1,000 families, beside Wilson's and Clopper and Pearson's of the area alone, and
  the beta-binomial of :mod:`riskscreen.stats.pooling` (``.pool_binomial``, also its coverage). ``error.<kind>``: root
  mean squared error of the estimate per 1,000, ``error.direct`` of the area's own rate.
- ``coverage.rank``: share of worlds in which the sets of all 20 ranks hold; ``.intervals`` for 300 areas. ``.tier``:
  no area is said to be above or below that is not. ``width.rank``: mean share of the list that a set spans.
- ``coverage.need_range``: share of buurten whose need lies in its range, reporting being as assumed; ``.outside`` where
  areas differ twice as much as assumed.
- ``@14574``: a country of 14,574 buurten, also after benchmarking to 342 municipalities; seconds on the clock and of
  the processor.
- ``mc_error.<kind>``: Monte Carlo standard error, from the differences between worlds (areas of one world share what is
  learnt from all of them); ``intervals_worth.<kind>``: how many independent intervals that is worth.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Figure = tuple[str, float, str]

SEED = 20260606
SPREADS = (0.0, 0.1, 0.3, 0.6)
BUURTEN, WIJKEN = 60, 10
LEVEL = -3.95
KINDS = ("right", "none", "little", "misleading", "spatial")
SLOPE = {"right": 1.0, "none": 1.0, "little": 0.2, "misleading": -1.0, "spatial": 1.0}
WORLDS, RANKED = 280, 4000
ASSUMED = (0.126, 0.191, 1.5)


@dataclass(frozen=True)
class World:
    """Areas with a known rate; arrays of shape ``(areas,)``."""

    events: Floats
    trials: Floats
    expected: Floats
    groups: NDArray[np.int64]
    rate: Floats


def planted(kind: str, spread: float, seed: int) -> World:
    """One town."""
    rng = np.random.default_rng((SEED, KINDS.index(kind), seed))
    groups = np.repeat(np.arange(WIJKEN), BUURTEN // WIJKEN)
    trials = np.maximum(np.round(np.exp(rng.normal(6.0, 0.7, BUURTEN))), 30.0)
    deprived = 0.35 * rng.normal(size=WIJKEN)[groups] + 0.35 * rng.normal(size=BUURTEN)
    beyond = spread * (rng.normal(size=WIJKEN)[groups] + rng.normal(size=BUURTEN)) / np.sqrt(2)
    if kind == "spatial":
        beyond = beyond + _field(rng, groups)
    rate = _logistic(LEVEL + SLOPE[kind] * deprived + beyond)
    events = rng.binomial(trials.astype(np.int64), rate).astype(np.float64)
    return World(events, trials, _logistic(LEVEL + deprived), groups, rate)


def _field(rng: np.random.Generator, groups: NDArray[np.int64]) -> Floats:
    """A smooth effect over the map (standard deviation 0.4): buurten lie around the middle of their wijk."""
    middle = rng.uniform(0, 1, (WIJKEN, 2))[groups]
    place = middle + 0.12 * rng.normal(size=middle.shape)
    apart = np.linalg.norm(place[:, None] - place[None, :], axis=2)
    cov = 0.16 * np.exp(-((apart / 0.35) ** 2)) + 1e-9 * np.eye(len(place))
    return np.asarray(np.linalg.cholesky(cov) @ rng.normal(size=len(place)))


def _logistic(at: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-at)))


@dataclass(frozen=True)
class Judged:
    """What held in one world: shares and means."""

    kind: str
    spread: float
    held: float
    small: float
    deprived: float
    width: float
    error: float
    rivals: dict[str, float]


def judged(kind: str, seed: int) -> Judged:
    """One town, estimated and held against the truth."""
    from riskscreen.stats.small_areas import pool_areas

    spread = SPREADS[seed % len(SPREADS)]
    world = planted(kind, spread, seed)
    expected = None if kind == "none" else world.expected
    found = pool_areas(world.events, world.trials, expected, groups=world.groups)
    held = (found.low <= world.rate) & (world.rate <= found.high)
    tenth = BUURTEN // 10
    return Judged(
        kind,
        spread,
        float(held.mean()),
        float(held[np.argsort(world.trials)[:tenth]].mean()),
        float(held[np.argsort(-world.expected)[:tenth]].mean()),
        1000 * float((found.high - found.low).mean()),
        1000 * float(np.sqrt(np.mean((found.estimate - world.rate) ** 2))),
        _rivals(world, found.low, found.high, seed) if kind == "right" else {},
    )


def _rivals(world: World, low: Floats, high: Floats, seed: int) -> dict[str, float]:
    """Other intervals on the same counts, and the range of need."""
    from riskscreen.areas import Reporting, need_range
    from riskscreen.stats.intervals import clopper_pearson, wilson
    from riskscreen.stats.pooling import pool_binomial

    pooled = pool_binomial(world.events, world.trials, world.expected)
    pairs = {
        "wilson": wilson(world.events, world.trials),
        "clopper_pearson": clopper_pearson(world.events, world.trials),
        "pool_binomial": pooled,
    }
    found = {}
    for name, pair in pairs.items():
        found[f"width.area_rate.{name}"] = 1000 * float((pair.high - pair.low).mean())
        found[f"coverage.area_rate.{name}"] = float(((pair.low <= world.rate) & (world.rate <= pair.high)).mean())
    direct = world.events / world.trials - world.rate
    found["error.direct"] = 1000 * float(np.sqrt(np.mean(direct**2)))
    found["error.pool_binomial"] = 1000 * float(np.sqrt(np.mean((pooled.estimate - world.rate) ** 2)))
    reporting, rng = Reporting(*ASSUMED), np.random.default_rng((SEED, 99, seed))
    least, most = need_range(low, high, reporting)
    for name, between in (("coverage.need_range", ASSUMED[2]), ("coverage.need_range.outside", ASSUMED[2] ** 2)):
        uneven = between ** rng.uniform(-0.5, 0.5, len(world.rate))
        need = world.rate / (rng.uniform(*ASSUMED[:2]) * uneven)
        found[name] = float(((least <= need) & (need <= most)).mean())
    return found


def ranked(areas: int, seed: int) -> tuple[float, bool, bool, float]:
    """One world of areas to be ranked: its spread, whether all sets and all tiers hold, and how wide sets are."""
    from riskscreen.stats.ranks import rank_areas

    spread = SPREADS[seed % len(SPREADS)]
    rng = np.random.default_rng((SEED, 77, areas, seed))
    trials = np.maximum(np.round(np.exp(rng.normal(6.8, 0.6, areas))), 100.0)
    rate = _logistic(np.full(areas, LEVEL) + spread * rng.normal(size=areas))
    found = rank_areas(rng.binomial(trials.astype(np.int64), rate).astype(np.float64), trials)
    first = 1 + (rate[None, :] > rate[:, None]).sum(axis=1)
    last = areas - (rate[None, :] < rate[:, None]).sum(axis=1)
    overall = float(rate @ trials / trials.sum())
    wrong = ((found.side > 0) & (rate <= overall)) | ((found.side < 0) & (rate >= overall))
    holds = bool(((found.low <= first) & (last <= found.high)).all())
    return spread, holds, not bool(wrong.any()), float(np.mean(found.high - found.low + 1) / areas)


def country(areas: int = 14_574, towns: int = 342) -> Iterator[Figure]:
    """A country: seconds, and coverage before and after benchmarking."""
    from riskscreen.stats.benchmarked import benchmark
    from riskscreen.stats.small_areas import pool_areas

    rng = np.random.default_rng((SEED, 55))
    town = np.sort(rng.integers(0, towns, areas))
    groups = np.unique(town * 1000 + rng.integers(0, 10, areas), return_inverse=True)[1]
    trials = np.maximum(np.round(np.exp(rng.normal(4.4, 1.0, areas))), 0.0)
    deprived = rng.normal(0, 0.5, areas)
    beyond = rng.normal(0, 0.15, towns)[town] + rng.normal(0, 0.2, groups.max() + 1)[groups]
    rate = _logistic(LEVEL + deprived + beyond + rng.normal(0, 0.3, areas))
    events = rng.binomial(trials.astype(np.int64), rate).astype(np.float64)
    start, used = time.perf_counter(), time.process_time()
    found = pool_areas(events, trials, _logistic(LEVEL + deprived), groups=groups)
    yield f"seconds@{areas}", time.perf_counter() - start, "s"
    yield f"cpu_seconds@{areas}", time.process_time() - used, "s"
    added = benchmark(found.estimate, found.low, found.high, trials=trials, events=events, totals=town)
    for name, low, high in (("", found.low, found.high), (".benchmarked", added.low, added.high)):
        held = (low <= rate) & (rate <= high)
        yield f"coverage.area_rate{name}@{areas}", float(held.mean()), "1"
        yield (
            f"coverage.area_rate{name}.smallest_tenth@{areas}",
            float(held[trials < np.quantile(trials, 0.1)].mean()),
            "1",
        )
        yield f"width.area_rate{name}@{areas}", 1000 * float((high - low).mean()), "per 1,000"
    yield f"mc_error.area_rate@{areas}", float(np.sqrt(0.95 * 0.05 / areas)), "1"
    gap = np.bincount(town, weights=trials * added.estimate) - np.bincount(town, weights=events)
    yield f"benchmark_gap@{areas}", float(np.abs(gap).max()), "families"


def figures(worlds: int, sets: int) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    yield from country()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for kind in KINDS:
            yield from _of_kind(kind, list(pool.map(partial(judged, kind), range(worlds), chunksize=8)))
        for name, areas in (("rank", 20), ("rank.intervals", 300)):
            yield from _of_ranks(name, list(pool.map(partial(ranked, areas), range(sets), chunksize=50)))


def _of_kind(kind: str, found: Sequence[Judged]) -> Iterator[Figure]:
    name = "" if kind == "right" else f".{kind}"
    differ = [one for one in found if one.spread > 0]
    held = np.array([one.held for one in differ])
    share, error = float(held.mean()), float(held.std(ddof=1) / np.sqrt(len(held)))
    yield f"coverage.area_rate{name}", share, "1"
    yield f"mc_error.area_rate{name}", error, "1"
    yield f"coverage.area_rate{name}.with_spread_0", float(np.mean([one.held for one in found])), "1"
    yield f"intervals.area_rate{name}", len(differ) * BUURTEN, "intervals"
    yield f"intervals_worth.area_rate{name}", share * (1 - share) / max(error, 1e-9) ** 2, "intervals"
    for spread in SPREADS:
        some = [one for one in found if one.spread == spread]
        yield f"coverage.area_rate{name}.spread_{spread:g}", float(np.mean([one.held for one in some])), "1"
        yield f"width.area_rate{name}.spread_{spread:g}", float(np.mean([one.width for one in some])), "per 1,000"
    yield f"coverage.area_rate{name}.smallest_tenth", float(np.mean([one.small for one in differ])), "1"
    yield f"coverage.area_rate{name}.most_deprived_tenth", float(np.mean([one.deprived for one in differ])), "1"
    yield f"width.area_rate{name}", float(np.mean([one.width for one in differ])), "per 1,000"
    yield f"error.{kind}", float(np.mean([one.error for one in differ])), "per 1,000"
    for rival in differ[0].rivals:
        unit = "1" if rival.startswith("coverage") else "per 1,000"
        yield rival, float(np.mean([one.rivals[rival] for one in differ])), unit


def _of_ranks(name: str, found: Sequence[tuple[float, bool, bool, float]]) -> Iterator[Figure]:
    share = float(np.mean([one[1] for one in found]))
    yield f"coverage.{name}", share, "1"
    yield f"mc_error.{name}", float(np.sqrt(max(share * (1 - share), 1 / len(found)) / len(found))), "1"
    yield f"intervals.{name}", len(found), "joint sets"
    yield f"coverage.{name}.tier", float(np.mean([one[2] for one in found])), "1"
    yield f"width.{name}", float(np.mean([one[3] for one in found])), "1"
    for spread in SPREADS:
        some = [one for one in found if one[0] == spread]
        yield f"coverage.{name}.spread_{spread:g}", float(np.mean([one[1] for one in some])), "1"
        yield f"width.{name}.spread_{spread:g}", float(np.mean([one[3] for one in some])), "1"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="worlds per kind of expectation")
    parser.add_argument("--sets", type=int, default=RANKED, help="worlds whose areas are ranked")
    given = parser.parse_args()
    start = time.perf_counter()
    for name, value, unit in figures(given.worlds, given.sets):
        _tell(name, value, unit, as_json=given.json)
    _tell("seconds", time.perf_counter() - start, "s", as_json=given.json)


def _tell(name: str, value: float, unit: str, *, as_json: bool) -> None:
    line = json.dumps({"name": name, "value": round(value, 4), "unit": unit})
    print(line if as_json else f"{name:<56}{value:>12.4f} {unit}", flush=True)


if __name__ == "__main__":
    main()
