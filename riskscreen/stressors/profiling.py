"""From linked registers to levels and profiles: the stage's one public step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import Profiles
from riskscreen.records.tables import Table
from riskscreen.stressors.counting import count_known, outcomes_table, prevalence_table
from riskscreen.stressors.coverage import RegistersLike
from riskscreen.stressors.definitions import Catalogue, OutcomeDefinition
from riskscreen.stressors.keeping import Listings, NoListings
from riskscreen.stressors.levels import make_levels, make_profiles
from riskscreen.stressors.listing import Step, plan
from riskscreen.stressors.loading import load_outcome


@dataclass(frozen=True)
class Profiling:
    """Levels and profiles of the families on every index date; the rows stay in the engine.

    Parameters
    ----------
    profiles
        Handle on ``index_date, fold, area_block, <stressor levels>, outcome, families`` (families with an open case
        on the index date are left out).
    catalogue, outcome
        What was computed.
    covered
        Per stressor id and index date: could it be seen for any family?
    index_dates
        In order.
    computed
        Which stressors and derived facts were computed on which index date; the others were kept from an earlier run.
    """

    profiles: Profiles
    catalogue: Catalogue
    outcome: OutcomeDefinition
    covered: Mapping[tuple[str, date], bool]
    index_dates: tuple[date, ...]
    computed: tuple[tuple[str, date], ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """``prevalence`` (on the last index date) and ``outcomes`` (per index date), before the gate."""
        engine, last = self.profiles.engine, self.index_dates[-1]
        seen = {definition.id: self.covered[definition.id, last] for definition in self.catalogue}
        return (
            prevalence_table(engine, self.catalogue, seen, last),
            outcomes_table(engine, self.outcome, self.index_dates),
        )


def profile(
    registers: RegistersLike,
    catalogue: Catalogue,
    outcome: OutcomeDefinition | str,
    index_dates: Sequence[date],
    horizon: int,
    *,
    threshold: int = 10,
    kept: Listings | None = None,
) -> Profiling:
    """Make the engine tables ``levels`` and ``profiles`` for every index date at once.

    Only families in private households are in them. A stressor that cannot be seen (its register is absent, or its
    window is not wholly covered) is NULL: never *absent*.

    Parameters
    ----------
    registers
        Opened and linked: the engine has ``spine``, ``families`` and ``members``.
    catalogue
        From :func:`riskscreen.stressors.loading.load_catalogue`.
    outcome
        An outcome, or its id in configs/outcomes.yaml.
    index_dates
        The index dates.
    horizon
        Months after the index date in which the outcome counts.
    threshold
        Profiles of fewer families are shown only summed.
    kept
        Listings of earlier runs on the same registers and linkage: only what is not among them is computed.
    """
    dates = tuple(sorted(set(index_dates)))
    chosen = load_outcome(outcome) if isinstance(outcome, str) else outcome
    steps = plan(registers, catalogue, dates)
    listed = make_levels(registers, steps, chosen, dates, horizon, kept or NoListings())
    covered = _covered(registers.engine, steps, dates)
    profiles = _profiles(registers.engine, catalogue, steps, threshold)
    return Profiling(profiles, catalogue, chosen, covered, dates, tuple((one.name, one.day) for one in listed))


def _covered(engine: Engine, steps: Sequence[Step], dates: Sequence[date]) -> Mapping[tuple[str, date], bool]:
    """Covered by its register, and known for at least one family (a fact may be unknown for all)."""
    known = count_known(engine, [step.definition.id for step in steps])
    return {
        (step.definition.id, day): day in step.dates and known.get((step.definition.id, day), 1) > 0
        for step in steps
        for day in dates
    }


def _profiles(engine: Engine, catalogue: Catalogue, steps: Sequence[Step], threshold: int) -> Profiles:
    make_profiles(engine, steps)
    keys = ("index_date", "fold", "area_block", *catalogue.ids, "outcome")
    return Profiles(engine, "profiles", keys, threshold=threshold)


def count_profiles(engine: Engine, keys: Sequence[str]) -> None:
    """The view ``profiles`` again, from a table ``levels`` that was kept or changed."""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE counted_profiles AS SELECT {', '.join(keys)}, count(*) AS families\n"
        "FROM levels WHERE NOT apart GROUP BY ALL"
    )
    engine.run("CREATE OR REPLACE TEMP VIEW profiles AS FROM counted_profiles")
