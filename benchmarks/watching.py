"""Memory of a process and its children, as the operating system accounts it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

_EVERY = 0.1


def peak_gib_while(process: subprocess.Popen[bytes]) -> float:
    """Wait until a process ends and give the largest sum of its own and its children's resident memory, in GiB.

    Raises
    ------
    subprocess.CalledProcessError
        The process failed.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_resident_kib(pid) for pid in _family(process.pid)))
        time.sleep(_EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return peak / 2**20


def _family(pid: int) -> list[int]:
    children: list[str] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += listed.read_text(encoding="ascii").split()
        except OSError:
            continue  # the thread has ended since
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident_kib(pid: int) -> int:
    """Proportional share, so that pages shared between processes count once; resident where that is not told."""
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{name}").read_text(encoding="ascii").splitlines():
                if line.startswith(field):
                    return int(line.split()[1])
        except OSError:
            continue
    return 0
