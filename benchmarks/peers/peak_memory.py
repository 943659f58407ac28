"""Peak memory of the process itself, as the operating system accounts it."""

from __future__ import annotations

from pathlib import Path


def peak_kib() -> int:
    """Peak resident memory of this process since it was started, in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("this system does not tell the peak memory of a process")
