"""What can be told before any work is done: faults in what a scenario names, and index dates outside the registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from riskscreen.errors import RegisterError, SettingsError
from riskscreen.records.texts import Text
from riskscreen.settings import Audit, Scenario, add_months

if TYPE_CHECKING:
    from riskscreen.registers import Registers

GROUPS = Audit().by
"""The attributes that linkage gives every family: an audit compares all of them, unless told otherwise."""


def check_settings(scenario: Scenario) -> None:
    """Read every stressor, outcome, programme, target group and provider's spreadsheet that a scenario names.

    Raises
    ------
    SettingsError
        All faults of all of them.
    RegisterError
        Only the spreadsheets of providers have faults.
    """
    from riskscreen.areas.own import load_own_groups
    from riskscreen.pipeline.budget import budget_of
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.stressors.loading import load_catalogue, load_outcome

    own = scenario.stressors != "all"

    def programmes() -> object:
        names = [d.stressor.id for d in load_catalogue(scenario.stressors).definitions]
        catalogue = load_programmes(
            scenario.programmes, assumptions=scenario.assumptions, stressors=names, own_stressors=own
        )
        return budget_of(scenario, catalogue)

    def groups() -> object:
        named = scenario.targets.own
        return () if named is None else load_own_groups(named, load_catalogue(scenario.stressors).stressors)

    errors = [*_errors(lambda: load_catalogue(scenario.stressors)), *_errors(lambda: load_outcome(scenario.outcome))]
    errors += [*_errors(programmes), *_errors(groups)] if not errors else []
    errors += _errors(lambda: _check_provider_files(scenario))
    unknown = tuple(f"audit.by: {name!r} is unknown" for name in scenario.audit.by if name not in GROUPS)
    if unknown:
        errors.append(
            SettingsError("the audit names unknown groups", faults=unknown, do=f"choose from {', '.join(GROUPS)}")
        )
    if len(errors) == 1:
        raise errors[0]
    if errors:
        faults = tuple(fault for error in errors for fault in (error.what, *error.faults))
        raise SettingsError("the scenario names things with faults", faults=faults, do="; ".join(e.do for e in errors))


def _check_provider_files(scenario: Scenario) -> None:
    """Everything about the spreadsheets of providers but their wijken, which the registers know.

    Raises
    ------
    RegisterError
        Every fault of every file.
    SettingsError
        Faults of their mapping.
    """
    from riskscreen.programmes import read_provider_files

    if scenario.reach is None:
        return
    day = scenario.index_dates.now
    read_provider_files(
        scenario.reach.files,
        mapping=scenario.reach.mapping,
        programmes=_programme_names(scenario),
        areas=None,
        since=add_months(day, -12),
        day=day,
    )


def _programme_names(scenario: Scenario) -> Mapping[str, Text] | None:
    """Names of the programmes by id; ``None`` when they cannot be read, which is told apart."""
    from riskscreen.programmes import load_programmes
    from riskscreen.stressors.loading import load_catalogue

    try:
        return load_programmes(
            scenario.programmes,
            assumptions=scenario.assumptions,
            stressors=load_catalogue(scenario.stressors).ids,
            own_stressors=scenario.stressors != "all",
        ).names
    except SettingsError:
        return None


def check_dates(registers: Registers, scenario: Scenario) -> None:
    """Do the registers cover every index date, and the time that its outcome takes?

    Raises
    ------
    RegisterError
        Every index date that they do not cover.
    """
    faults = tuple(_date_faults(registers, scenario))
    if faults:
        raise RegisterError(
            "index dates lie outside what the registers cover",
            faults=faults,
            do="choose other index_dates in the scenario; or, when a register does reach further, say so with covers "
            "in the mapping",
        )


def _errors(read: Callable[[], object]) -> list[SettingsError | RegisterError]:
    try:
        read()
    except (SettingsError, RegisterError) as error:
        return [error]
    return []


def _date_faults(registers: Registers, scenario: Scenario) -> Iterator[str]:
    from riskscreen.stressors.loading import load_outcome

    dates = scenario.index_dates
    months = scenario.horizon + load_outcome(scenario.outcome).settling_months
    for day in sorted({*dates.train, dates.test}):
        end = add_months(day, months)
        if not registers.covers("reports", day, end):
            yield f"{day}: its outcome is known on {end}, but reports {_period(registers, 'reports')}"
    for day in dates.all:
        if not registers.covers("household_spells", day, day):
            yield f"{day}: household_spells {_period(registers, 'household_spells')}"


def _period(registers: Registers, name: str) -> str:
    found = registers.present[name]
    return f"cover {found.from_} up to {found.until}"
