"""Lives with everything that was planted in them at hand, for tests of need and of programmes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.geography.ground import Ground
from riskscreen.synthetic.geography.settling import settlement
from riskscreen.synthetic.geography.town import fictional
from riskscreen.synthetic.lives.circumstances import befall_stage
from riskscreen.synthetic.lives.families import make_families
from riskscreen.synthetic.lives.panel import Panel, make_panel
from riskscreen.synthetic.lives.people import People, make_people
from riskscreen.synthetic.lives.residence import make_moves
from riskscreen.synthetic.lives.units import Calendar, calendar
from riskscreen.synthetic.needs.need import TrueNeed, make_need
from riskscreen.synthetic.needs.prevention import Participation, run_programmes
from riskscreen.synthetic.needs.severity import Severity, draw_severity
from riskscreen.synthetic.sheets import Maker
from riskscreen.synthetic.streams import Chance, Constants
from riskscreen.synthetic.world import World


@dataclass(frozen=True, eq=False)
class Lives:
    """One rehearsal up to the circumstances that need follows from."""

    world: World
    geography: Geography
    days: Calendar
    people: People
    panel: Panel
    chance: Chance

    def severity(self, world: World | None = None, lasting: float | None = None) -> Severity:
        """Severity by the rules of a world; its constants are solved anew, but for the share that lasts when given."""
        solved = {} if lasting is None else {"need.lasting": lasting}
        chance = Chance(self.chance.seed, "", Constants(solved))
        return draw_severity(world or self.world, self.geography, self.people, self.panel, chance)

    def programmes(self, world: World, severity: Severity) -> Participation:
        """Programmes by the rules of a world."""
        return run_programmes(world, self.geography, self.people, self.panel, severity, self.days, self.chance)

    def need(self, severity: Severity, taken: Participation | None = None) -> TrueNeed:
        """Need after programmes."""
        return make_need(self.people, severity, None if taken is None else taken.shift)

    @property
    def maker(self) -> Maker:
        """Makes columns; everybody is on record."""
        return Maker(self.days.end, "", self.chance.seed, 0, self.people.count, np.ones(self.people.count, dtype=bool))


def lives(world: World, units: int, seed: int) -> Lives:
    """Live ``units`` families of a world's fictional geography."""
    chance, days = Chance(seed, "", Constants()), calendar(world)
    geography = fictional(world, chance)
    settled = settlement(geography, world.families_form.sorting)
    ground = Ground(0, None, units, settled, settled)
    people = make_people(world, *make_families(world, geography, ground, days, chance), days, chance)
    panel = make_panel(world, geography, people, make_moves(world, ground, people, days, chance), days, chance)
    befall_stage("parents", world, people, panel, {}, chance)
    return Lives(world, geography, days, people, panel, chance)


def changed(world: World, **changes: object) -> World:
    """The world with other settings: ``need__recurrence=0.5`` sets one deep down."""
    raw = world.model_dump(by_alias=True)
    for path, value in changes.items():
        part, *rest = raw, *path.split("__")
        for key in rest[:-1]:
            part = part[key]
        part[rest[-1]] = value
    return World.model_validate(raw)
