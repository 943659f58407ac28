"""A few hundred committed synthetic families without names, copied into an engine of their own for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from riskscreen.engine.duck import Engine
from riskscreen.integrity.copies import Copy, as_it_is, take_copy
from riskscreen.integrity.levels import Compute, Design, compute_levels, keep_levels
from riskscreen.records.texts import same
from riskscreen.registers import Entry, Manifest, open_registers
from riskscreen.registers.handle import Registers
from riskscreen.registers.manifest import read_manifest
from riskscreen.registers.schemas import schemas
from riskscreen.settings import Family
from riskscreen.stressors.definitions import Catalogue
from riskscreen.stressors.loading import load_catalogue

OLD, DAY = date(2022, 1, 1), date(2024, 1, 1)
DATES = (OLD, DAY)
CATALOGUE = load_catalogue()
PERSONS = ("person", "child", "parent")
Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class TownCopy:
    """The copy, what decides its levels, and ``levels_run`` in its engine."""

    copy: Copy
    design: Design


def design(*stressors: str) -> Design:
    """Everything but the stressors as it usually is; default all shipped stressors."""
    chosen = tuple(CATALOGUE.get(name) for name in stressors) or CATALOGUE.definitions
    return Design(Catalogue(chosen), "new_report", 12, Family(), "town-1", 10)


def frames_of(registers: Path, households: int = 250) -> Frames:
    """The registers of the people who ever lived in the first households, without names and addresses of people."""
    read = {path.stem: pd.read_parquet(path) for path in sorted(registers.glob("*.parquet"))}
    read.pop("particulars")
    spells = read["household_spells"]
    homes = sorted(spells["household"].unique())[:households]
    people = set(spells.loc[spells["household"].isin(homes), "person"])
    return {name: _only(frame, people) for name, frame in read.items()}


def _only(frame: pd.DataFrame, people: set[str]) -> pd.DataFrame:
    numbered = [name for name in PERSONS[:1] + PERSONS[1:2] if name in frame.columns][:1]
    return frame[frame[numbered[0]].isin(people)] if numbered else frame


@contextmanager
def town_copy(
    frames: Frames,
    manifest: Manifest,
    chosen: Design | None = None,
    *,
    dates: Sequence[date] = DATES,
    compute: Compute = compute_levels,
) -> Iterator[TownCopy]:
    """The registers in an engine of their own, with the levels that a run computed."""
    using = design() if chosen is None else chosen
    with Engine(threads=2) as engine:
        copy = take_copy(open_registers(frames, manifest=manifest, engine=engine))
        compute(copy.show(as_it_is), using, dates)
        keep_levels(engine, "levels_run")
        yield TownCopy(copy, using)


def committed(registers: Path) -> Manifest:
    """What the committed set says about itself."""
    found = read_manifest(registers)
    assert found is not None
    return found


def also(change: str) -> Compute:
    """Compute levels, then do something to one of them (``UPDATE levels SET <stressor> ...``) that it may not do."""
    stressor = change.split()[3]

    def compute(registers: Registers, chosen: Design, dates: Sequence[date], *, families: bool = True) -> None:
        compute_levels(registers, chosen, dates, families=families)
        if stressor in registers.engine.columns("levels"):
            registers.engine.run("CREATE OR REPLACE TEMP TABLE changed_levels AS FROM levels")
            registers.engine.run(change.replace("UPDATE levels SET", "UPDATE changed_levels AS levels SET"))
            registers.engine.run("CREATE OR REPLACE TEMP VIEW levels AS FROM changed_levels")

    return compute


def made_up(rows: dict[str, list[dict[str, object]]]) -> tuple[Frames, Manifest]:
    """Frames and a manifest from rows written in a test; dates as text, everything covered from 1990 to 2030."""
    frames = {}
    for name in {*rows, "persons", "household_spells", "reports"}:
        columns = list(schemas()[name].columns)
        frame = pd.DataFrame(rows.get(name, []), columns=[column.name for column in columns])
        for column in columns:
            if column.type == "date":
                frame[column.name] = pd.to_datetime(frame[column.name])
        frames[name] = frame
    whole = Entry("", date(1990, 1, 1), date(2030, 1, 1))
    return frames, Manifest("town", True, same("made up"), registers=dict.fromkeys(frames, whole))
