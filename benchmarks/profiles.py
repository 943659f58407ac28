"""How fast levels and profiles of stressors are made: ``python -m benchmarks.profiles --json``.

The national registers are made once with ``riskscreen synthesize --world netherlands`` (or given: ``--registers``), and
families on three index dates are linked once by number alone; neither is timed. Then every step runs in a process of
its own, from the same Parquet files, with the same memory limit for the engine. Imports and the opening of the
registers (which hashes every file) are not timed, for us nor for the join and the scan. Memory is the peak of the whole
process as the operating system accounts it, opening included; no step starts other processes.

- ``seconds@1900000x3``, ``peak_gib@1900000x3``: reading the linked tables and ``profile`` for the whole catalogue on
  three index dates, outcome and profiles included.
- ``ratio_to_join``: our seconds over those of one DuckDB join of the same event rows to the members of families: the
  rows of every register that the catalogue reads, with every column that a stressor needs, to the members whose role
  they are about, on the index dates before which they had happened and were recorded; per index date the largest value
  of every column is taken. Nothing else is in it: no facts, no reports, no parentage.
- ``ratio_to_least_join``: the same, with a join of only those rows that some filter keeps and that reach into the
  widest window of their register: the least that any way of computing these levels must join.
- ``ratio_to_scan``: our seconds over those of the largest value of every column that the step reads, of whole files.
- ``speedup_vs_pandas``, ``memory_vs_pandas``: pandas' seconds over ours, and our peak over that of pandas, at the
  largest size that pandas can do here (``pandas_families`` says which). It makes the same levels from the same files
  and counts the different profiles, but follows no outcome. Without equal counts for every stressor, index date and
  level there is no figure.
- ``speedup_vs_featuretools``: its seconds over ours for the whole catalogue, at the size it can do in about five
  minutes (``featuretools_families``). It does less: distinct days per family and window
  (``benchmarks/peers/featuretools_profiles.py``).

``--families`` makes the nation smaller; ``--without pandas featuretools`` leaves parts out. What each process
used (with seconds of the processor, for who measures on a busy machine) stands on stderr.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FAMILIES = 1_900_000
PANDAS_SMALLER = (500_000, 200_000)
FEATURETOOLS_SIZE = 500_000
DESCRIPTION = "stressors.json"
PEERS = Path(__file__).parent / "peers"
PARTS = ("join", "least_join", "scan", "pandas", "featuretools")
Figure = tuple[str, float, str]
Told = dict[str, Any]


class PeerError(Exception):
    """A peer could not give a figure."""


class Place:
    """Registers of one size and what is linked from them.

    Parameters
    ----------
    families
        How many families to ask of the maker.
    registers
        Where registers are, or are made when they are not there yet.
    work
        Where the linked tables go.
    """

    def __init__(self, families: int, registers: Path, work: Path) -> None:
        self.families, self.registers, self.linked = families, registers, work / f"linked-{families}"
        if not registers.exists():
            make = ["-m", "riskscreen.cli", "synthesize", "--world", "netherlands", "--families", str(families)]
            subprocess.run([sys.executable, *make, "--out", str(registers)], check=True, stdout=subprocess.DEVNULL)
        if not (self.linked / "members.parquet").exists():
            self.step("link")
        self.step("describe")

    def step(self, name: str) -> Told:
        """One of our own steps in a fresh process."""
        return told([sys.executable, "-m", "benchmarks.profile_steps", name, str(self.registers), str(self.linked)])

    def peer(self, name: str) -> Told:
        """A peer in a fresh process of its own environment.

        Raises
        ------
        PeerError
            Its environment is not there, or it failed (too little memory).
        """
        python = Path(f".venv-peers/{name}/bin/python")
        if not python.is_file():
            raise PeerError(f"no peer {name}: make peers builds its environment")
        script, description = PEERS / f"{name}_profiles.py", self.linked / DESCRIPTION
        try:
            return told([str(python), str(script), str(description), str(self.registers), str(self.linked)])
        except subprocess.CalledProcessError as error:
            raise PeerError(f"{name} failed at {self.families} families: exit code {error.returncode}") from error


def told(command: Sequence[str]) -> Told:
    """What the last line of a process says."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: Told = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{command[-3] if 'profile_steps' in command[2] else command[1]}: {summary(answer)}", file=sys.stderr)
    return answer


def summary(answer: Told) -> str:
    """Seconds, seconds of the processor and peak of a process, for who looks on."""
    if "seconds" not in answer:
        return json.dumps(answer)
    peak = answer["peak_kib"] / 2**20
    return f"{answer['seconds']:.1f} s, {answer['cpu_seconds']:.1f} s of processor time, {peak:.2f} GiB"


def figures(families: int, work: Path, registers: Path | None, without: Sequence[str]) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    nation = Place(families, registers or work / f"registers-{families}", work)
    ours = nation.step("profile")
    yield f"seconds@{families}x3", ours["seconds"], "s"
    yield f"peak_gib@{families}x3", ours["peak_kib"] / 2**20, "GiB"
    for name in ("join", "least_join", "scan"):
        if name not in without:
            yield f"ratio_to_{name}", ours["seconds"] / nation.step(name)["seconds"], "1"
    if "pandas" not in without:
        yield from against_pandas(nation, ours, work)
    if "featuretools" not in without:
        yield from against_featuretools(nation, ours, work)


def against_pandas(nation: Place, ours: Told, work: Path) -> Iterator[Figure]:
    """The same levels by pandas, at the largest size that it can do."""
    for size in (nation.families, *(size for size in PANDAS_SMALLER if size < nation.families)):
        place = nation if size == nation.families else Place(size, work / f"registers-{size}", work)
        try:
            theirs = place.peer("pandas")
        except PeerError as error:
            print(error, file=sys.stderr)
            continue
        mine = ours if place is nation else place.step("profile")
        if unequal := differences(mine["counts"], theirs["counts"]):
            print("no figure: pandas has other levels: " + "; ".join(unequal[:5]), file=sys.stderr)
            return
        yield "pandas_families", size, "families"
        yield "speedup_vs_pandas", theirs["seconds"] / mine["seconds"], "1"
        yield "memory_vs_pandas", mine["peak_kib"] / theirs["peak_kib"], "1"
        return


def differences(ours: dict[str, int], theirs: dict[str, int]) -> list[str]:
    """Where two ways of computing the same levels do not give the same counts."""
    return [
        f"{name}: {ours.get(name, 0)} families, {theirs.get(name, 0)} by the peer"
        for name in sorted({*ours, *theirs})
        if ours.get(name, 0) != theirs.get(name, 0)
    ]


def against_featuretools(nation: Place, ours: Told, work: Path) -> Iterator[Figure]:
    """Days per family by featuretools' cut-off times, at the size that it can do."""
    size = min(nation.families, FEATURETOOLS_SIZE)
    place = nation if size == nation.families else Place(size, work / f"registers-{size}", work)
    try:
        theirs = place.peer("featuretools")
    except PeerError as error:
        print(error, file=sys.stderr)
        return
    mine = ours if place is nation else place.step("profile")
    yield "featuretools_families", size, "families"
    yield "speedup_vs_featuretools", theirs["seconds"] / mine["seconds"], "1"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--families", type=int, default=FAMILIES, help="how many families in the nation")
    parser.add_argument("--registers", type=Path, help="folder with the registers, made when it is not there")
    parser.add_argument("--work", type=Path, help="folder to keep what is made in; default a temporary one")
    parser.add_argument("--without", nargs="*", choices=PARTS, default=(), help="parts to leave out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, value, unit in figures(given.families, given.work or Path(folder), given.registers, given.without):
            line = {"name": name, "value": round(value, 3), "unit": unit}
            print(json.dumps(line) if given.json else f"{name:<28}{value:>14.3f} {unit}", flush=True)


if __name__ == "__main__":
    main()
