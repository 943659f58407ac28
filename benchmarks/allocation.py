"""How fast and how good plans of places are: ``python -m benchmarks.allocation --json``.

Problems are planted (seeded): families by area, target group and the set of programmes that fit them, with sizes as in
the Netherlands. Rates, costs, uptakes and places are drawn in the range of the shipped planning values; nothing is
about a real area.

- ``seconds@netherlands``, ``gap@netherlands``: 14,574 buurten in 342 municipalities, about 1.9 million families, 10
  target groups, 14 programmes that overlap; whole families to approach per buurt and programme. The gap is what the
  plan may miss at most of the best there can be, from the bound of the linear problem.
- ``seconds@municipality``, ``gap@municipality``: 20 wijken, 60,000 families, 10 target groups, 14 programmes, whole
  places. ``@municipality.100``: 100 wijken, 300,000 families. ``@municipality.small_groups``: 20 wijken with a few
  families per target group each, where rounding to whole places weighs most (as in the demo).
- ``cpu_seconds@...``: the same work in processor time, which other work on the machine does not change.
- ``rules_broken@...``: budget, places, families approached twice, counted in the plan itself.
- ``peak_memory@...``: of a fresh process, whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

SEED = 20260601
GROUPS, PROGRAMMES = 10, 14
IN_GROUPS = 0.13
"""Share of all families in a target group."""
EUR_PER_FAMILY = 10.0
BUURTEN, MUNICIPALITIES, FAMILIES = 14_574, 342, 1_900_000
TOWNS = {
    "municipality": (20, 60_000),
    "municipality.small_groups": (20, 12_000),
    "municipality.100": (100, 300_000),
}
"""Wijken and families."""
Figure = tuple[str, float, str]


def planted(areas: int, families: int, *, seed: int = SEED) -> tuple[Any, Any, dict[str, float]]:
    """Counts, catalogue and rates: sizes of areas are skewed, a group's families fit two to six programmes."""
    import pandas as pd

    rng = np.random.default_rng((seed, areas))
    size = rng.lognormal(0.0, 0.8, areas)
    in_area = rng.multinomial(int(families * IN_GROUPS), size / size.sum())
    of_group = rng.dirichlet(np.full(GROUPS, 8.0), areas)
    parts = []
    for group in range(GROUPS):
        sets = [_set(rng) for _ in range(12)]
        chance = rng.dirichlet(np.full(len(sets), 0.8))
        own = rng.binomial(in_area, of_group[:, group])
        counts = rng.multinomial(own, chance)
        at, which = np.nonzero(counts)
        parts.append(
            pd.DataFrame(
                {
                    "area_block": [f"A{index:05d}" for index in at],
                    "target_group": f"group_{group:02d}",
                    "programmes": [sets[index] for index in which],
                    "families": counts[at, which],
                }
            )
        )
    rest = pd.DataFrame({"area_block": ["A00000"], "target_group": ["none"], "programmes": [""], "families": [1]})
    rest["families"] = families - int(in_area.sum())
    eligible = pd.concat([*parts, rest], ignore_index=True)
    return eligible, _catalogue(rng, families), {f"group_{g:02d}": 0.23 - 0.01 * g for g in range(GROUPS)}


def _set(rng: np.random.Generator) -> str:
    chosen = np.sort(rng.choice(PROGRAMMES, int(rng.integers(2, 7)), replace=False))
    return "+".join(f"p{index:02d}" for index in chosen)


def _catalogue(rng: np.random.Generator, families: int) -> Any:
    from riskscreen.programmes import Catalogue, Planning
    from riskscreen.records.definitions import Programme
    from riskscreen.records.texts import same

    levels, word = ["good", "first", "unknown", "unknown"], same("x")
    programmes, planning = [], {}
    for index in range(PROGRAMMES):
        name, smallest = f"p{index:02d}", 8 if index % 5 == 0 else 1
        programmes.append(
            Programme(name, word, word, "any", ("debt",), "debt >= 1", levels[index % 4], word, (), word, smallest, "x")
        )
        cost, places = float(rng.integers(3, 40) * 100), int(families * rng.uniform(0.0015, 0.004))
        planning[name] = Planning(
            cost, places, float(rng.integers(6, 18) / 20), "user", hours=float(rng.integers(5, 40))
        )
    weights = {"good": 0.8, "first": 0.6, "unknown": 0.25}
    return Catalogue(tuple(programmes), planning, weights, hours=families * 0.35)


def country(_: str) -> list[Figure]:
    """The whole country, in a fresh process."""
    from riskscreen.programmes import Task, allocate_country

    eligible, catalogue, rates = planted(BUURTEN, FAMILIES)
    areas = sorted(eligible["area_block"].unique())
    regions = {area: f"GM{index * MUNICIPALITIES // len(areas):04d}" for index, area in enumerate(areas)}
    start, busy = time.perf_counter(), time.process_time()
    plan = allocate_country(Task(eligible, catalogue, EUR_PER_FAMILY * FAMILIES, rates), regions=regions)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return [
        ("seconds@netherlands", seconds, "s"),
        ("cpu_seconds@netherlands", busy, "s"),
        ("gap@netherlands", plan.gap, "1"),
        ("rules_broken@netherlands", _broken_country(plan, eligible, catalogue), "rules"),
        ("families_approached@netherlands", float(plan.approached.sum()), "families"),
        ("peak_memory@netherlands", _peak(), "MB"),
    ]


def municipality(name: str) -> list[Figure]:
    """A municipality, in a fresh process."""
    from riskscreen.programmes import allocate

    wijken, families = TOWNS[name]
    eligible, catalogue, rates = planted(wijken, families)
    start, busy = time.perf_counter(), time.process_time()
    plan = allocate(eligible, catalogue, EUR_PER_FAMILY * families, rates=rates)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return [
        (f"seconds@{name}", seconds, "s"),
        (f"cpu_seconds@{name}", busy, "s"),
        (f"gap@{name}", plan.gap, "1"),
        (f"places@{name}", plan.places, "places"),
        (f"peak_memory@{name}", _peak(), "MB"),
    ]


def _broken_country(plan: Any, eligible: Any, catalogue: Any) -> int:
    """Rules that the plan breaks: budget, hours, places, and more families approached in an area than it fits."""
    frame = plan.to_frame()
    places = frame["approached"] * frame["programme"].map({n: p.uptake for n, p in catalogue.planning.items()})
    per = places.groupby(frame["programme"]).sum()
    broken = int(sum(per[name] * catalogue.planning[name].cost for name in per.index) > plan.budget + 1e-6)
    broken += int(sum(per[name] * catalogue.planning[name].hours for name in per.index) > catalogue.hours + 1e-6)
    broken += sum(per[name] > catalogue.planning[name].places + 1e-6 for name in per.index)
    fitting = eligible[eligible["programmes"] != ""]
    there = fitting.groupby(["area_block", "target_group"])["families"].sum()
    asked = frame.groupby(["area_block", "target_group"])["approached"].sum()
    return broken + int((asked > there.reindex(asked.index)).sum())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def figures(*, fast: bool = False) -> Iterator[Figure]:
    """Every figure as (name, value, unit); each problem in a fresh process, one after the other."""
    jobs = [*([] if fast else [(country, "netherlands")]), *((municipality, name) for name in TOWNS)]
    for job, name in jobs:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield from pool.submit(job, name).result()


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--municipality-only", action="store_true", help="leave out the country")
    given = parser.parse_args()
    for name, value, unit in figures(fast=given.municipality_only):
        line = json.dumps({"name": name, "value": round(float(value), 5), "unit": unit})
        print(line if given.json else f"{name:<40}{value:>14.5f} {unit}", flush=True)


if __name__ == "__main__":
    main()
