"""What a world is made from, before anybody lives in it: settings, geography, parts and constants."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.settings import Synthetic, shipped
from riskscreen.synthetic.geography.areas import Geography
from riskscreen.synthetic.geography.division import Part, apportioned, parts
from riskscreen.synthetic.geography.ground import Floats, Ground
from riskscreen.synthetic.geography.settling import settlement
from riskscreen.synthetic.geography.town import fictional
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.lives.units import Calendar, calendar
from riskscreen.synthetic.streams import Chance, Constants
from riskscreen.synthetic.world import World, load_world, world_sha256

MOST_FAMILIES = 25_000  # of a part: about 0.4 GiB while it is made
REHEARSAL_UNITS = 60_000
REHEARSAL = "rehearsal"
CONSTANTS = "constants.json"


@dataclass(frozen=True, eq=False)
class Plan:
    """A world before it is made; every process that works on it has the same plan.

    Attributes
    ----------
    quotas
        Families on the last day in each buurt, shape (buurten,).
    settled
        Chance of each buurt given the class of vulnerability, shape (classes, buurten).
    chance
        Streams and constants of the whole world.
    """

    world: World
    geography: Geography
    days: Calendar
    parts: tuple[Part, ...]
    quotas: Ints
    settled: Floats
    chance: Chance
    id_prefix: str

    def chance_of(self, part: Part) -> Chance:
        """Streams of one part."""
        return Chance(self.chance.seed, part.key, self.chance.constants)

    def ground_of(self, part: Part) -> Ground:
        """Where the families of one part live."""
        own = self.geography.municipality == self.geography.municipality[part.first]
        near = np.where(own[None, :], self.settled, 0.0)
        return Ground(part.first, self.quotas[part.first : part.last], 0, self.settled, near)

    @property
    def families(self) -> int:
        """Families on the last day in the whole world."""
        return int(self.quotas.sum())


def make_plan(
    settings: Synthetic, *, seed: int, id_prefix: str = "", tell: Callable[[str], None] | None = None
) -> Plan:
    """Read the world and its geography, and find or solve its constants."""
    world = load_world(settings.world)
    constants = constants_of(world, tell)
    chance = Chance(seed, "", constants)
    geography = _geography(settings, world, chance)
    quotas = _quotas(settings, world, geography, constants)
    return Plan(
        world=world,
        geography=geography,
        days=calendar(world),
        parts=parts(geography, quotas, MOST_FAMILIES),
        quotas=quotas,
        settled=settlement(geography, world.families_form.sorting),
        chance=chance,
        id_prefix=id_prefix,
    )


def constants_of(world: World, tell: Callable[[str], None] | None = None) -> Constants:
    """The constants of a world: those that are shipped when they are of exactly this world, else solved now."""
    known = shipped_constants().get(world.name)
    if known is not None and known["sha256"] == world_sha256(world):
        return Constants.of(known["constants"])
    if tell is not None:
        tell(f"world {world.name} has no constants yet: solving them on a rehearsal")
    return Constants.of(_rehearsed(world.model_dump_json(by_alias=True)))


def shipped_constants() -> Mapping[str, Any]:
    """Constants of the shipped worlds, by name, each with the hash of the world that they were solved for."""
    path = shipped("worlds") / CONSTANTS
    if not path.is_file():
        return {}
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=16)
def _rehearsed(world_json: str) -> Mapping[str, float]:
    return rehearse(World.model_validate_json(world_json))


def rehearse(world: World) -> Mapping[str, float]:
    """Solve every constant on a part drawn from the whole fictional geography; the same for every seed."""
    from riskscreen.synthetic.parts import make_part

    chance = Chance(0, "", Constants())
    geography = fictional(world, chance)
    settled = settlement(geography, world.families_form.sorting)
    everywhere = Part(REHEARSAL, "", 0, len(geography.codes))
    quotas = apportioned(1, geography.weight)
    plan = Plan(world, geography, calendar(world), (everywhere,), quotas, settled, chance, "")
    ground = Ground(0, None, REHEARSAL_UNITS, settled, settled)
    make_part(plan, 0, ground)
    faults = chance.constants.faults
    if faults:
        raise SettingsError(
            f"world {world.name} has {len(faults)} rate(s) that cannot hold together with the others",
            faults=tuple(faults),
            do="change these shares, or whom they can befall",
        )
    return {name: _short(value) for name, value in sorted(chance.constants.solved.items())}


def _short(value: float) -> float:
    """Nine digits: the last bits may differ between processors."""
    return float(f"{value:.9g}")


def _geography(settings: Synthetic, world: World, chance: Chance) -> Geography:
    if settings.geography is None:
        return fictional(world, chance)
    from riskscreen.synthetic.geography.real_areas import real_geography

    return real_geography(settings, world)


def _quotas(settings: Synthetic, world: World, geography: Geography, constants: Constants) -> Ints:
    """Families per buurt: as many as asked for, else as many as the real children make."""
    if geography.minors is None or settings.families is not None:
        return apportioned(settings.families or world.families, geography.weight)
    return apportioned(round(float(np.sum(geography.minors)) / constants.known("families.minors")), geography.weight)
