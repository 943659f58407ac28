"""The making of synthetic registers, as a list of steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from riskscreen.errors import RegisterError
from riskscreen.settings import Synthetic
from riskscreen.synthetic import adult_registers, child_registers, registry, report_registers
from riskscreen.synthetic.areas import AreaRow, Geography
from riskscreen.synthetic.circumstances import Events, befall, first_day
from riskscreen.synthetic.families import ADULT, YEAR, Calendar, calendar, day_of, make_families
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.need import TrueNeed, make_need
from riskscreen.synthetic.panel import Panel, make_panel
from riskscreen.synthetic.people import People, make_people
from riskscreen.synthetic.reports import make_cases, name_children
from riskscreen.synthetic.residence import Moves, Stays, household_spells, make_moves, make_stays, with_moves
from riskscreen.synthetic.sheets import Maker, Sheet, numbers
from riskscreen.synthetic.streams import stream
from riskscreen.synthetic.town import counted, fictional
from riskscreen.synthetic.world import World, load_world
from riskscreen.synthetic.writing import TRUTH, write_folder

if TYPE_CHECKING:
    import pandas as pd


def make(settings: Synthetic, *, seed: int, out: Path, name: str, id_prefix: str = "") -> Path:
    """Make registers and their truth; see :func:`riskscreen.synthetic.synthesize`."""
    world = load_world(settings.world)
    days = calendar(world)
    geography = _geography(settings, world, seed)
    families = settings.families or (None if geography.real else world.families)
    units, children = make_families(world, geography, days, seed, families)
    people = make_people(world, units, children, days, seed)
    moves = make_moves(world, geography, people, days, seed)
    panel = make_panel(world, geography, people, moves, days, seed)
    events = {what: befall(what, world, people, panel, seed) for what in world.circumstances}
    need = make_need(world, people, panel, seed)
    sheets, maker = _sheets(world, geography, people, moves, panel, events, need, days, id_prefix, seed)
    truth = {"need": need_table(world, people, need, maker)}
    made = {"world": world.name, "seed": seed, "families": families, "geography": settings.municipality}
    return write_folder(
        out,
        sheets,
        truth,
        name=name,
        notice=geography.notice,
        municipality=geography.municipality,
        real_area_names=geography.real,
        made=made,
        start=days.start,
        end=days.end,
    )


def read_truth(folder: Path) -> pd.DataFrame:
    """True need as a pandas frame; see :func:`riskscreen.synthetic.open_truth`."""
    import pandas as pd

    path = folder / TRUTH / "need.parquet"
    if not path.is_file():
        raise RegisterError(
            f"there is no truth in {folder}", do="give a folder made by synthesize; other registers have no known truth"
        )
    frame: pd.DataFrame = pd.read_parquet(path)
    return frame


def _geography(settings: Synthetic, world: World, seed: int) -> Geography:
    if settings.geography is None:
        return fictional(world, seed)
    from riskscreen.synthetic.real_areas import real_geography

    return real_geography(settings, world)


def _sheets(
    world: World,
    geography: Geography,
    people: People,
    moves: Moves,
    panel: Panel,
    events: dict[str, Events],
    need: TrueNeed,
    days: Calendar,
    id_prefix: str,
    seed: int,
) -> tuple[list[Sheet], Maker]:
    """Every register, from the world as it went."""
    stays, homes, moves = _away(world, people, events["stay"], moves, geography, seed)
    evicted = events["eviction"]
    moves = with_moves(moves, evicted.unit, evicted.start + 7)
    on_record = registry.recorded_from(people, seed) < days.end
    maker = Maker(days.end, id_prefix, stream(seed, "numbers").permutation(people.count), on_record)
    spells = household_spells(people, stays, homes)
    incident = first_day(events["domestic_violence"], panel)
    cases = make_cases(world, people, panel, need, incident, days, seed)
    named = name_children(world.reporting, people, cases, seed)
    sheets = [
        registry.persons_sheet(world, people, maker, seed),
        registry.parentage_sheet(people, maker, seed),
        registry.household_sheet(spells, days.start, maker, seed),
        registry.address_sheet(spells, moves, geography, days.start, maker, seed),
        registry.area_sheet(_area_rows(world, geography, people, moves, days)),
        adult_registers.income_sheet(world, people, events, days, maker, seed),
        adult_registers.debt_sheet(world, people, events, days, maker, seed),
        adult_registers.housing_sheet(world, people, panel, events, days, maker, seed),
        adult_registers.own_youth_sheet(world, people, days, maker, seed),
        *adult_registers.circumstance_sheets(world, people, events, days, maker, seed),
        child_registers.pregnancies_sheet(world, people, days, maker, seed),
        child_registers.child_health_sheet(world, people, days, maker, seed),
        child_registers.childcare_sheet(world, people, days, maker, seed),
        *report_registers.report_sheets(world, people, cases, named, maker, seed),
        report_registers.participation_sheet(world, people, panel, days, maker, seed),
    ]
    return sheets, maker


def _area_rows(world: World, geography: Geography, people: People, moves: Moves, days: Calendar) -> Sequence[AreaRow]:
    """Real areas have real counts; the fictional ones get the children that live there on the last day."""
    if geography.real:
        return geography.rows
    children = people.children
    adult = np.minimum(children.birth + round(ADULT * YEAR), people.life_end[people.first_child :])
    unit = children.unit[(children.birth < days.end) & (adult > days.end)]
    area = moves.area_at(unit, np.full(len(unit), days.end - 1))
    return counted(geography, world, np.bincount(area, minlength=len(geography.codes)))


def _away(
    world: World, people: People, stay: Events, moves: Moves, geography: Geography, seed: int
) -> tuple[Stays, Ints, Moves]:
    """Children in care away from home: in a foster home or an institution, each with an address.

    Foster parents themselves are not in the registers: nobody asks about their stressors.
    """
    stays = make_stays(
        people, stay.person - people.first_child, stay.start, stay.end, world.foster_share_of_stays, seed
    )
    draws = stream(seed, "foster_homes")
    first = int(moves.household.max()) + 1
    homes = max(len(stays.child) // 3, 1)
    institutions = max(homes // 20, 1)
    chosen = np.where(
        stays.foster,
        draws.integers(0, homes, len(stays.child)),
        homes + draws.integers(0, institutions, len(stays.child)),
    )
    count = homes + institutions
    area = np.searchsorted(np.cumsum(geography.weight), draws.random(count) * 0.999999)
    household = first + np.arange(count)
    with_homes = Moves(
        np.concatenate([moves.household, household]),
        np.concatenate([moves.day, np.full(count, int(people.birth.min()))]),
        np.concatenate([moves.area, area]),
    )
    return stays, first + chosen, with_homes


def need_table(world: World, people: People, need: TrueNeed, maker: Maker) -> pa.Table:
    """Severity and need of every minor on every index date that is written."""
    dates = np.flatnonzero(need.dates >= day_of(world.need.from_year))
    child, date = np.nonzero(need.minor[:, dates])
    order = np.lexsort((maker.numbers[child + people.first_child], date))
    child, date = child[order], dates[date[order]]
    level = need.level[child, date]
    return pa.table(
        {
            "person": maker.persons(child + people.first_child),
            "index_date": maker.future_dates(need.dates[date]),
            "severity": numbers(np.round(need.severity[child, date].astype(np.float64), 3)),
            "need": pa.array(level == 2),
            "milder_need": pa.array(level >= 1),
        }
    )
