"""How fast every group is compared at every threshold: ``python -m benchmarks.audit_speed --json``.

- ``seconds@1900000``: simulated families in 14,574 neighbourhoods, counted by the engine with one GROUP BY (not timed)
  into cells of neighbourhood, five attributes, points and outcome. Then four metrics of every group and of every pair
  of attributes (``groups`` in all) at every threshold, with 1,000 replicates of neighbourhoods and intervals for all
  pairs of groups at once. ``peak_gib@1900000`` is the peak of the whole process, the engine's counting included.
- ``speedup_vs_fairlearn_boot@100000``: the same four metrics of the same groups and pairs at one threshold, from the
  same frame of rows: fairlearn's ``MetricFrame`` with ``n_boot`` (a few replicates, scaled to 1,000) over ours with
  1,000. fairlearn gives percentiles per group; ours also compares all groups at once.
- ``ratio_to_fairlearn_points@100000``: our seconds, with intervals, over fairlearn's point values alone.

Every part runs in a process of its own, after all imports; the shortest of three runs, of fairlearn's replicates one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

FAMILIES, ROWS = 1_900_000, 100_000
NEIGHBOURHOODS = 14_574
REPLICATES, FEW_REPLICATES = 1000, 3
ATTRIBUTES = {"origin": 5, "family_form": 4, "parent_age_band": 4, "youngest_age_band": 5, "urbanity": 5}
HIGHEST = 60
SEED = 20260101
Figure = tuple[str, float, str]


def simulated(families: int, neighbourhoods: int) -> Any:
    """One row per family: neighbourhood, attributes, points, whether it is selected (15 points), and the outcome."""
    import pandas as pd

    rng = np.random.default_rng(SEED)
    place = rng.integers(0, neighbourhoods, families)
    need = rng.gamma(20, 1 / 20, neighbourhoods)[place]
    columns: dict[str, Any] = {"area_block": place}
    for name, groups in ATTRIBUTES.items():
        columns[name] = rng.choice(groups, families, p=np.arange(groups, 0, -1) / (groups * (groups + 1) / 2))
    points = np.minimum(rng.geometric(1 / (1 + 6 * need)) - 1, HIGHEST)
    columns["points"], columns["selected"] = points, (points >= 15).astype(np.int64)
    columns["outcome"] = (rng.random(families) < np.minimum(0.01 + 0.004 * points, 0.5)).astype(np.int64)
    return pd.DataFrame(columns)


def compare_cells(rows: Path) -> dict[str, float]:
    """Ours on cells of the whole country."""
    from benchmarks.peers.stopwatch import Stopwatch
    from riskscreen.engine.duck import Engine, quote
    from riskscreen.fairness.thresholds import compare_thresholds

    compare_thresholds(simulated(2000, 20), outcome="outcome", by=["origin"], points="points", block="area_block")
    keys = ", ".join(["area_block", *ATTRIBUTES, "points", "outcome"])
    counted = f"SELECT {keys}, count(*) AS families FROM read_parquet({quote(str(rows))}) GROUP BY ALL"
    with Engine(memory="500MB") as engine:
        cells = engine.frame(counted)
    watch = Stopwatch()
    found = compare_thresholds(
        cells, outcome="outcome", by=list(ATTRIBUTES), points="points", block="area_block", replicates=REPLICATES
    )
    groups = {(band.attribute, group) for band in found for group in band.groups}
    return {**watch.read(), "cells": len(cells), "groups": len(groups), "thresholds": len(found[0].thresholds)}


def compare_rows(rows: Path) -> dict[str, float]:
    """Ours on a frame of rows, at one threshold."""
    import pandas as pd

    from riskscreen.fairness.thresholds import compare_thresholds

    frame = pd.read_parquet(rows)
    asked: dict[str, Any] = {"outcome": "outcome", "by": list(ATTRIBUTES), "selected": "selected"}
    asked["block"] = "area_block"
    compare_thresholds(frame[:2000], **asked)
    return {"seconds": shortest(lambda: compare_thresholds(frame, **asked, replicates=REPLICATES), 3)}


def fairlearn_rows(rows: Path) -> dict[str, float]:
    """fairlearn on the same frame: point values, and a few replicates."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import precision_score

    frame = pd.read_parquet(rows)
    metrics = {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "positive_predictive_value": lambda y, chosen: precision_score(y, chosen, zero_division=0),
    }
    chosen = [[name] for name in ATTRIBUTES] + [list(pair) for pair in combinations(ATTRIBUTES, 2)]

    def made(**boot: Any) -> list[Any]:
        return [
            MetricFrame(
                metrics=metrics,
                y_true=frame["outcome"],
                y_pred=frame["selected"],
                sensitive_features=frame[names],
                **boot,
            ).by_group
            for names in chosen
        ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = shortest(made, 3)
        boot = shortest(lambda: made(n_boot=FEW_REPLICATES, ci_quantiles=[0.025, 0.975], random_state=1), 1)
    return {"points": points, "boot": (boot - points) / FEW_REPLICATES * REPLICATES}


def shortest(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the shortest run."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


PARTS = {"cells": compare_cells, "rows": compare_rows, "fairlearn": fairlearn_rows}


def figures(families: int, rows: int) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder) / "many.parquet", Path(folder) / "few.parquet"
        simulated(families, NEIGHBOURHOODS).to_parquet(many)
        cells = _apart("cells", many)
        yield f"seconds@{families}", cells["seconds"], "s"
        yield "groups", cells["groups"], "groups"
        yield "thresholds", cells["thresholds"], "thresholds"
        yield f"peak_gib@{families}", cells["peak_kib"] / 2**20, "GiB"
        simulated(rows, NEIGHBOURHOODS // 10).to_parquet(few)
        ours, theirs = _apart("rows", few), _apart("fairlearn", few)
        yield f"seconds@{rows}", ours["seconds"], "s"
        yield f"speedup_vs_fairlearn_boot@{rows}", theirs["boot"] / ours["seconds"], "1"
        yield f"ratio_to_fairlearn_points@{rows}", ours["seconds"] / theirs["points"], "1"


def _apart(part: str, rows: Path) -> dict[str, float]:
    """One part in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.audit_speed", "--part", part, "--rows", str(rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{part}: {answer}", file=sys.stderr)
    return answer


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--families", type=int, default=FAMILIES, help="families in the country")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part](given.rows)))
        return
    for name, value, unit in figures(given.families, ROWS):
        line = json.dumps({"name": name, "value": round(value, 4), "unit": unit})
        print(line if given.json else f"{name:<36}{value:>14.4f} {unit}", flush=True)


if __name__ == "__main__":
    main()
