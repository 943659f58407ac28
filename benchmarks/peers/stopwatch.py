"""Seconds, processor time and peak memory of the process itself."""

from __future__ import annotations

import time
from pathlib import Path


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._seconds, self._work = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Seconds and processor seconds since it was made, and peak resident memory since the process began (KiB)."""
        return {
            "seconds": time.perf_counter() - self._seconds,
            "cpu_seconds": time.process_time() - self._work,
            "peak_kib": _peak_kib(),
        }


def _peak_kib() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("this system does not tell the peak memory of a process")
