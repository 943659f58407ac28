"""How fast and how large the making of synthetic registers is: ``python -m benchmarks.synthesize --json``.

Every run is a process of its own. Memory is the peak of the sum over that process and its children, looked at ten times
a second. The peer is a plain vectorised generator with pandas, and Faker for names, that makes the same tables with the
same numbers of rows and columns; it lives in an environment of its own (``make peers``) and its start is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.watching import peak_gib_while

SIZES = (10_000, 100_000, 1_900_000)
PEER_SIZE = 100_000
PEER = Path(__file__).parent / "peers" / "pandas_generator.py"
PEER_PYTHON = Path(".venv-peers/pandas/bin/python")
MAKE = """
import sys
from pathlib import Path
from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize
if __name__ == "__main__":
    synthesize(Synthetic(world="netherlands", families=int(sys.argv[1])), seed=1, out=Path(sys.argv[2]), name="bench")
"""


def figures(sizes: tuple[int, ...] = SIZES) -> Iterator[tuple[str, float, str]]:
    """Every figure as (name, value, unit)."""
    seconds: dict[int, float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            seconds[size], peak = measure(size, Path(folder) / "made")
            yield f"seconds@{size}", seconds[size], "s"
            yield f"peak_gib@{size}", peak, "GiB"
            if size == PEER_SIZE:
                yield from compared(Path(folder) / "made", seconds[size])
    yield "growth_exponent", growth(seconds), "1"


def measure(families: int, out: Path) -> tuple[float, float]:
    """Seconds and peak memory in GiB of making a world in a fresh process."""
    start = time.perf_counter()
    peak = peak_gib_while(subprocess.Popen([sys.executable, "-c", MAKE, str(families), str(out)]))
    return time.perf_counter() - start, peak


def growth(seconds: dict[int, float]) -> float:
    """Slope of the logarithm of seconds on the logarithm of families, by least squares."""
    points = [(math.log(size), math.log(value)) for size, value in seconds.items()]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def compared(made: Path, own_seconds: float) -> Iterator[tuple[str, float, str]]:
    """Rows per second of ours over the peer's, on the same tables in the same run."""
    if not PEER_PYTHON.is_file():
        print("no peer: make peers builds its environment", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(PEER_PYTHON), str(PEER), str(made), folder], check=True, capture_output=True, text=True
        )
    peer = json.loads(done.stdout)
    yield f"peer_seconds@{PEER_SIZE}", peer["seconds"], "s"
    yield f"rows@{PEER_SIZE}", peer["rows"], "rows"
    yield "rate_vs_pandas", peer["seconds"] / own_seconds, "1"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--small", action="store_true", help="leave out the largest size")
    given = parser.parse_args()
    for name, value, unit in figures(SIZES[:2] if given.small else SIZES):
        line = {"name": name, "value": round(value, 3), "unit": unit}
        print(json.dumps(line) if given.json else f"{name:<24}{value:>14.3f} {unit}", flush=True)


if __name__ == "__main__":
    main()
