"""Which stressor can be seen at which index date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from riskscreen.engine.duck import Engine
from riskscreen.records.definitions import Stressor
from riskscreen.records.filters import columns_of
from riskscreen.settings import add_months
from riskscreen.stressors.definitions import Definition, EventRule, FactRule, OutcomeDefinition
from riskscreen.stressors.sources import LATER


class CoverageLike(Protocol):
    """From which day a register is complete, up to (not including) which day."""

    @property
    def from_(self) -> date:
        """First covered day."""

    @property
    def until(self) -> date:
        """First day that is no longer covered."""


class OpenedLike(Protocol):
    """What was read of a register."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that were read; the others are empty."""


class RegistersLike(Protocol):
    """What stressors need of :class:`riskscreen.registers.Registers`."""

    @property
    def engine(self) -> Engine:
        """Where the rows are."""

    @property
    def present(self) -> Mapping[str, CoverageLike]:
        """The registers that are there, with their coverage."""

    @property
    def opened(self) -> Mapping[str, OpenedLike]:
        """Per register what was read of it."""

    def has(self, register: str) -> bool:
        """Is the register there?"""

    def covers(self, register: str, start: date, end: date) -> bool:
        """Does its coverage contain ``[start, end)``?"""


def covered_dates(definition: Definition, registers: RegistersLike, index_dates: Sequence[date]) -> tuple[date, ...]:
    """The index dates at which a stressor can be seen.

    Every column its rule needs must have been read: an empty column would make *not seen* look like *absent*.

    A window must lie wholly within the coverage: half a window would make *not seen* look like *absent*. A state on
    the index date needs coverage of that day. For a parent's own youth the register must have begun; whether a
    parent's youth is covered is decided per parent.
    """
    return tuple(day for day in index_dates if _sees(definition, registers, day))


def outcome_dates(
    outcome: OutcomeDefinition, registers: RegistersLike, index_dates: Sequence[date], horizon: int
) -> tuple[date, ...]:
    """The index dates whose whole horizon (months), and the time an outcome needs to settle, are covered."""
    months = horizon + outcome.settling_months
    return tuple(day for day in index_dates if registers.covers("reports", day, add_months(day, months)))


def _sees(definition: Definition, registers: RegistersLike, day: date) -> bool:
    stressor, rule = definition.stressor, definition.rule
    if isinstance(rule, FactRule):
        return all(registers.covers(name, day, day) for name in stressor.registers)
    if not _has_columns(rule, registers):
        return False
    beside = [name for name in stressor.registers if name != rule.register]
    if not all(registers.covers(name, day, day) for name in beside):
        return False
    if stressor.stage == "own_youth":
        return registers.has(rule.register) and registers.present[rule.register].from_ < day
    return registers.covers(rule.register, window_start(stressor, day), day)


def _has_columns(rule: EventRule, registers: RegistersLike) -> bool:
    if not registers.has(rule.register):
        return False
    filters = (rule.where, rule.eased_by.where if rule.eased_by else None)
    used = [name for part in filters if part is not None for name in columns_of(part)]
    later = LATER.get(rule.register, {})
    needed = {*used, *(guard for name in used for guard in later.get(name, ()))}
    if counts_end(rule) or rule.eased_by is not None:
        needed.add("end_date")
    return needed <= set(registers.opened[rule.register].columns)


def counts_end(rule: EventRule) -> bool:
    """Does it matter when a spell ended? An end that was not read would look like a spell that goes on."""
    return rule.moment != "start" or rule.measure == "duration_days"


def window_start(stressor: Stressor, day: date) -> date:
    """First day of the look-back window of an index date."""
    return add_months(day, -stressor.window_months)
