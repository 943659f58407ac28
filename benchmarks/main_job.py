"""How long the main job takes, and how it grows: ``python -m benchmarks.main_job --json``.

Every run is a process of its own in a folder of its own. Memory is the peak of that process and its children, as the
operating system accounts it.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from riskscreen.settings import shipped

FAMILIES = (15_000, 60_000, 240_000)
ONE_RUN = """
import json, resource, sys
from riskscreen.pipeline import run
result = run(sys.argv[1], tell=lambda line: None)
steps = {done.name: done.seconds for done in result.steps}
print(json.dumps({"steps": steps, "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def figures() -> Iterator[tuple[str, float, str]]:
    """Every figure as (name, value, unit)."""
    totals: dict[int, float] = {}
    for families in FAMILIES:
        seconds, steps, peak = measure(families)
        totals[families] = seconds
        if families == 60_000:
            yield from ((f"seconds.{name}@{families}", value, "s") for name, value in steps.items())
        yield f"seconds.total@{families}", seconds, "s"
        yield f"peak_gib@{families}", peak, "GiB"
    yield "growth_exponent", growth(totals), "1"
    yield "import_seconds", median_seconds("-c", "import riskscreen") - median_seconds("-c", "pass"), "s"
    yield "help_seconds", median_seconds("-m", "riskscreen.cli", "--help"), "s"


def measure(families: int) -> tuple[float, dict[str, float], float]:
    """Seconds of the whole process, seconds per step and peak memory in GiB of one cold run."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = yaml.safe_load(shipped("demo.yaml").read_text(encoding="utf-8"))
        scenario["registers"]["synthetic"]["families"] = families
        path = Path(folder) / "scenario.yaml"
        path.write_text(yaml.safe_dump(scenario), encoding="utf-8")
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", ONE_RUN, str(path)], cwd=folder, check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - start
    told = json.loads(done.stdout.splitlines()[-1])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, told["steps"], max(told["peak_kib"], 0 if families < max(FAMILIES) else children) / 2**20


def growth(totals: dict[int, float]) -> float:
    """Slope of log(seconds) on log(families), by least squares over the sizes."""
    x = [math.log(families) for families in totals]
    y = [math.log(seconds) for seconds in totals.values()]
    return statistics.linear_regression(x, y).slope


def median_seconds(*arguments: str, runs: int = 5) -> float:
    """Median wall time of a Python process, over some runs after a warm-up."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args().json
    for name, value, unit in figures():
        line = json.dumps({"name": name, "value": round(value, 4), "unit": unit})
        print(line if as_json else f"{name:<32}{value:>12.3f} {unit}", flush=True)


if __name__ == "__main__":
    main()
