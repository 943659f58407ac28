"""Kills in the middle of a release, and tampering: ``python -m benchmarks.faults --json [--kills 200]``.

A small kept run (three tables, two channels) is released in a process of its own, which is killed with SIGKILL at a
random moment; half of the time an earlier version was released before. After every kill what is visible must be whole:
no release without its line in the ledger, no line without its release unless ``verify`` says what to run again, both
channels or neither, the run folder of before or of now. Then the run is done again: it must verify, and give the same
bytes as a run that nobody killed, but for times.

- ``kills``: processes that were killed before they ended. ``half_written``: kills after which something was half
  written or the next run gave other content. ``kills_mended``: kills between the ledger and the last rename.
- ``tampered``: kinds of tampering that were tried (:mod:`benchmarks.tampering`); ``tampered_accepted``: those that
  neither ``verify`` told nor a release refused.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import tampering
from benchmarks.faults_town import CHANNELS, RUN, content, office_with, release_run, subject
from riskscreen.disclosure.verify import check_office, verify
from riskscreen.governance.office import Office

KILLS = 200
SEED = 20260101
BEFORE, NOW = 1, 2
_FORK = multiprocessing.get_context("fork")
Figure = tuple[str, float, str]


def main() -> None:
    """Print one figure per line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for name, value, unit in figures(given.kills, given.seed):
        line = {"name": name, "value": value, "unit": unit}
        print(json.dumps(line) if given.json else f"{name:<20} {value:>8g} {unit}", flush=True)


def figures(kills: int, seed: int) -> Iterator[Figure]:
    """Every figure of this benchmark."""
    with tempfile.TemporaryDirectory(prefix="riskscreen-faults-") as place:
        begun = time.perf_counter()
        done, half, mended = shake(Path(place), kills, random.Random(seed))
        yield "kills", done, "kills"
        yield "kills_mended", mended, "kills"
        yield "half_written", len(half), "kills"
        yield "seconds@kills", round(time.perf_counter() - begun, 1), "s"
        for what in half[:5]:
            yield f"half_written: {what}", 1, "kills"
        tried, accepted = tampering.tried(Path(place) / "tampering")
        yield "tampered", len(tried), "kinds"
        yield "tampered_accepted", len(accepted), "kinds"
        for what in accepted:
            yield f"tampered_accepted: {what}", 1, "kinds"


def shake(place: Path, kills: int, chance: random.Random) -> tuple[int, list[str], int]:
    """Kill so many releases; returns how many died, what was half-written, and how many needed mending."""
    starts = {fresh: _start(place / f"start-{fresh}", fresh) for fresh in (True, False)}
    wanted, lasts = _undisturbed(starts[True], place / "reference")
    done, half, mended = 0, [], 0
    while done < kills:
        home = place / "home"
        fresh = chance.random() < 0.5
        shutil.copytree(starts[fresh], home)
        if _killed(home, chance.uniform(0, 1.05 * lasts)):
            done += 1
            faults, unfinished = _in_child(_look, home, fresh)
            mended += unfinished
            faults += _again(home, wanted)
            half += [f"kill {done}: {fault}" for fault in faults[:1]]
        shutil.rmtree(home)
    return done, half, mended


def _start(home: Path, fresh: bool) -> Path:
    office_with(home, (BEFORE, NOW))
    if not fresh:
        _in_child(release_run, home, BEFORE)
    return home


def _undisturbed(start: Path, home: Path) -> tuple[dict[str, str], float]:
    """What a release gives that nobody kills, and how long it takes."""
    shutil.copytree(start, home)
    begun = time.perf_counter()
    _in_child(release_run, home, NOW)
    return content(home / "runs" / RUN), time.perf_counter() - begun


def _killed(home: Path, after: float) -> bool:
    """Start a release and kill it; False when it had ended before."""
    child = _FORK.Process(target=release_run, args=(home, NOW))
    child.start()
    time.sleep(after)
    if child.pid is not None and child.is_alive():
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    return child.exitcode == -signal.SIGKILL


def _look(home: Path, fresh: bool) -> tuple[list[str], bool]:
    """What is wrong after a kill, and whether something is left to be finished."""
    office = Office(home / "office")
    faults = [what for log in (office.ledger, office.decisions) if (what := log.whole_part()[1])]
    if faults:
        return faults, False
    found = [str(finding) for finding in check_office(office)]
    told = [what for what in found if "again" in what]
    faults += [what for what in found if what not in told]
    lines = [e for e in office.ledger.entries() if e.kind == "release" and e.body["subject"] == subject(NOW).hash]
    faults += [] if len(lines) in (0, len(CHANNELS)) else ["one channel stands in the ledger, the other does not"]
    run = home / "runs" / RUN
    if not run.is_dir():
        aside = run.with_name(f".{RUN}.earlier").is_dir()
        faults += [] if fresh or aside else ["the earlier run is gone"]
    else:
        faults += [str(f) for f in verify(run, office).findings if str(f) not in told]
    return faults, bool(told)


def _again(home: Path, wanted: dict[str, str]) -> list[str]:
    """What is wrong after doing it once more."""
    _in_child(release_run, home, NOW)
    run = home / "runs" / RUN
    faults = [] if content(run) == wanted else ["the next run gave other content"]
    faults += [str(finding) for finding in _in_child(_verified, home)]
    for folder in (home / "office", home / "office" / "released", home / "runs"):
        left = [p.name for p in folder.iterdir() if p.name.startswith(".") and not p.name.endswith(".lock")]
        faults += [f"left behind: {name}" for name in left]
    return faults


def _verified(home: Path) -> tuple[Any, ...]:
    return verify(home / "runs" / RUN, Office(home / "office")).findings


def _in_child(do: Callable[..., Any], *given: Any) -> Any:
    """The result of a function in a process of its own: threads of its libraries must not be forked along."""
    ours, theirs = _FORK.Pipe(duplex=False)

    def work() -> None:
        theirs.send(do(*given))

    child = _FORK.Process(target=work)
    child.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        child.join()


if __name__ == "__main__":
    main()
