"""What is true of each unit in each simulated year: who is at home, how vulnerable, what befell it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.residence import Moves
from riskscreen.synthetic.lives.units import ADULT, GESTATION, YEAR, Calendar
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

Singles = npt.NDArray[np.float32]


@dataclass(eq=False)
class Panel:
    """Units by years; arrays have shape (units, years).

    Attributes
    ----------
    years
        First day of every year and of the one after the last, shape (years + 1,).
    family
        A minor at home, or a first pregnancy, at some time in the year.
    minors
        Number of minors in the middle of the year.
    area
        Position of the buurt where the home is on the first day of the year.
    latent
        Vulnerability in the year.
    states
        By name: did it hold, for somebody in the home, at some time in the year? Grows while circumstances are made.
    own
        By name: did it hold for the person, shape (adults, years) or (children, years)? Only what others follow on.
    surveillance
        Logarithm of the ratio of rates with which a unit is reported because a programme sees it; ``None`` before
        programmes are run.
    need
        Highest level of true need among a unit's minors on 1 January of each year; nothing before need is drawn.
    child_need
        Level of true need of every child on 1 January of each year, shape (children, years).
    """

    years: Ints
    family: Flags
    minors: npt.NDArray[np.int8]
    area: npt.NDArray[np.int32]
    latent: Singles
    deprivation: Singles
    policing: Singles
    single: Flags
    many_moves: Flags
    states: dict[str, Flags] = field(default_factory=dict)
    own: dict[str, Flags] = field(default_factory=dict)
    surveillance: Singles | None = None
    need: npt.NDArray[np.int8] | None = None
    child_need: npt.NDArray[np.int8] | None = None

    def note_need(self, level: npt.NDArray[np.int8], of_family: npt.NDArray[np.int8]) -> None:
        """Note the levels of need of children and of units on every first day of a year but the first."""
        self.child_need, self.need = _year_later(level), _year_later(of_family)

    @property
    def shape(self) -> tuple[int, int]:
        """Units and years."""
        return self.family.shape[0], self.family.shape[1]

    def year_of(self, year: int) -> int:
        """Position of a calendar year."""
        day = int(np.datetime64(f"{year}-01-01", "D").astype(int))
        return int(np.searchsorted(self.years, day))


def make_panel(
    world: World, geography: Geography, people: People, moves: Moves, days: Calendar, chance: Chance
) -> Panel:
    """The panel before anything befell anybody."""
    units, years = people.units, days.years
    count, span = len(units), len(years) - 1
    rows = np.arange(count)
    area = np.column_stack([moves.area_at(rows, np.full(count, day)) for day in years[:-1]])
    recent = [
        moves.count_between(rows, np.full(count, day - round(2 * YEAR)), np.full(count, day + 365))
        for day in years[:-1]
    ]
    middle = years[:-1] + 182
    single = units.separated[:, None] <= middle
    single &= ~((units.partner_from[:, None] <= middle) & (middle < units.partner_until[:, None]))
    single |= people.lost[:, None] <= middle
    return Panel(
        years=years,
        family=_family(people, years),
        minors=_minors(people, years),
        area=area.astype(np.int32).reshape(count, span),
        latent=_latent(world, people, years, chance.stream("panel.latent")),
        deprivation=geography.deprivation.astype(np.float32)[area].reshape(count, span),
        policing=geography.policing.astype(np.float32)[area].reshape(count, span),
        single=single,
        many_moves=np.column_stack(recent) >= 3,
    )


def _year_later(on_dates: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """From columns for the ends of years to columns for their beginnings; nothing is known of the first."""
    moved = np.zeros_like(on_dates)
    moved[:, 1:] = on_dates[:, :-1]
    return moved


def _family(people: People, years: Ints) -> Flags:
    units, children = people.units, people.children
    begin, end = years[:-1], years[1:]
    there = np.zeros((len(units), len(begin)), dtype=bool)
    adult = np.minimum(children.birth + round(ADULT * YEAR), people.life_end[people.first_child :])
    for year in range(len(begin)):
        minor = (children.birth < end[year]) & (adult > begin[year])
        there[children.unit[minor], year] = True
    expecting = (units.first_birth - GESTATION + 63)[:, None] < end[None, :]
    there |= expecting & (units.first_birth[:, None] >= begin[None, :])
    return there & (units.emigrated[:, None] > begin[None, :]) & (units.arrived[:, None] < end[None, :])


def _minors(people: People, years: Ints) -> npt.NDArray[np.int8]:
    children = people.children
    counted = np.zeros((len(people.units), len(years) - 1), dtype=np.int8)
    gone, begin = people.life_end[people.first_child :], people.life_start[people.first_child :]
    for year, middle in enumerate(years[:-1] + 182):
        minor = (begin <= middle) & (children.birth + round(ADULT * YEAR) > middle) & (gone > middle)
        counted[:, year] = np.bincount(children.unit[minor], minlength=len(counted))
    return counted


def _latent(world: World, people: People, years: Ints, draws: np.random.Generator) -> Singles:
    """A lasting part and a part that comes and goes (autoregressive), raised for two years after a separation."""
    form, units = world.families_form.latent_by_year, people.units
    count, span = len(units), len(years) - 1
    wave = np.empty((count, span), dtype=np.float32)
    wave[:, 0] = draws.standard_normal(count, dtype=np.float32)
    rest = float(np.sqrt(1 - form["persistence"] ** 2))
    for year in range(1, span):
        fresh = draws.standard_normal(count, dtype=np.float32)
        wave[:, year] = np.float32(form["persistence"]) * wave[:, year - 1] + np.float32(rest) * fresh
    lasting = np.float32(np.sqrt(1 - form["weight"] ** 2)) * units.latent.astype(np.float32)[:, None]
    since = years[None, 1:] - units.separated[:, None]
    after = (
        (since > 0)
        & (since < 3 * YEAR)
        & (units.separated < NEVER)[:, None]
        & (units.separated > units.cohabit)[:, None]
    )
    return np.asarray(lasting + np.float32(form["weight"]) * wave + np.float32(form["after_separation"]) * after)
