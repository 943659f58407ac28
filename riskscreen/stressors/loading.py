"""Stressor files become a catalogue; every fault of every file is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from riskscreen.errors import SettingsError
from riskscreen.records.definitions import DOMAINS, Outcome, ReportChannel, Stressor
from riskscreen.records.filters import Filter, Type, columns_of, parse_filter
from riskscreen.registers.schemas import schema
from riskscreen.settings import shipped
from riskscreen.stressors.definitions import (
    Catalogue,
    Definition,
    Easing,
    Eligibility,
    EventRule,
    Evidence,
    FactRule,
    Measure,
    OutcomeDefinition,
)
from riskscreen.stressors.evidence import published_figures
from riskscreen.stressors.facts import FACTS
from riskscreen.stressors.files import (
    RESERVED,
    Eased,
    Entry,
    OutcomeEntry,
    OutcomeFile,
    Record,
    StressorFile,
    read_file,
)
from riskscreen.stressors.sources import STAGE_AGES, codes, filter_columns, readable, texts_in

REFERENCE = "docs/reference/stressors.md tells what a stressor may say"


def load_catalogue(selection: Literal["all"] | tuple[str, ...] | Path = "all") -> Catalogue:
    """The stressors to use.

    Parameters
    ----------
    selection
        ``"all"`` (every shipped stressor), a tuple of shipped ids, or the path of a folder or file of your own.

    Raises
    ------
    SettingsError
        A file is absent or has faults, or an id does not exist: all faults, each with its place.
    """
    if isinstance(selection, Path):
        return _load(selection)
    return _pick(_shipped(), selection) if isinstance(selection, tuple) else _shipped()


def load_outcome(name: str, path: Path | None = None) -> OutcomeDefinition:
    """One recorded outcome of ``configs/outcomes.yaml`` (or of a file of your own) by its id.

    Raises
    ------
    SettingsError
        The file has faults, or has no such outcome.
    """
    faults: list[str] = []
    where = path or shipped("outcomes.yaml")
    file = read_file(where, OutcomeFile, faults)
    found = [_outcome(entry, faults) for entry in file.outcomes] if file else []
    if faults:
        raise SettingsError(f"{where.name} has {len(faults)} fault(s)", faults=tuple(faults), do="mend these lines")
    for outcome in found:
        if outcome is not None and outcome.id == name:
            return outcome
    known = ", ".join(outcome.id for outcome in found if outcome is not None)
    raise SettingsError(f"there is no outcome {name!r}", do=f"choose from {known}")


@cache
def _shipped() -> Catalogue:
    """The shipped stressors do not change while a program runs, and one run asks for them several times."""
    return _load(shipped("stressors"))


def _load(folder: Path) -> Catalogue:
    paths = [folder] if folder.is_file() else sorted(folder.glob("*.yaml"))
    if not paths:
        raise SettingsError(f"there is no stressor file in {folder}", do="give a folder with files of stressors/1")
    faults: list[str] = []
    definitions: list[Definition] = []
    figures = frozenset(published_figures())
    for path in paths:
        file = read_file(path, StressorFile, faults)
        for entry in file.stressors if file else ():
            own = _entry_faults(entry, file.domain if file else "", figures)
            faults += [f"{path.name}: {entry.id}: {fault}" for fault in own]
            if file and not own:
                definitions.append(_definition(entry, file.domain))
    twice = [name for name, times in Counter(d.id for d in definitions).items() if times > 1]
    faults += [f"{name}: this id occurs more than once" for name in twice]
    if faults:
        raise SettingsError(f"the stressors have {len(faults)} fault(s)", faults=tuple(faults), do=REFERENCE)
    return Catalogue(tuple(definitions))


def _pick(catalogue: Catalogue, ids: tuple[str, ...]) -> Catalogue:
    unknown = [name for name in ids if name not in catalogue.ids]
    if unknown:
        raise SettingsError(
            f"{len(unknown)} stressor(s) do not exist",
            faults=tuple(f"stressors: {name!r} is unknown" for name in unknown),
            do=f"choose from {', '.join(catalogue.ids)}",
        )
    return Catalogue(tuple(definition for definition in catalogue if definition.id in ids))


def _definition(entry: Entry, domain: str) -> Definition:
    rule = _fact_rule(entry) if entry.rule == "fact" else _event_rule(entry)
    stressor = Stressor(
        id=entry.id,
        version=entry.version,
        domain=domain,
        stage=entry.stage,
        name=entry.name.text,
        description=entry.description.text,
        levels=tuple(level.text for level in entry.levels),
        window_months=entry.window_months,
        window_reason=entry.window_reason,
        channel=_channel(entry),
        registers=_registers(rule),
        evidence=tuple(item.figure for item in entry.evidence),
        purpose=entry.purpose,
    )
    evidence = tuple(Evidence(item.figure, item.direction) for item in entry.evidence)
    overlap = entry.overlap.text if entry.overlap else None
    return Definition(stressor, rule, _eligibility(entry.eligibility), evidence, overlap)


def _eligibility(record: Record) -> Eligibility:
    return Eligibility(
        lawful_purpose=record.lawful_purpose.text,
        proxy=record.proxy.text,
        data_quality=record.data_quality.text,
        statistical_link=record.statistical_link.text,
        substantive_link=record.substantive_link.text,
        harm=record.harm.text,
    )


def _fact_rule(entry: Entry) -> FactRule:
    return FactRule(tuple(parse_filter(str(level.where), _fact_types()) for level in entry.levels[1:]))


def _event_rule(entry: Entry) -> EventRule:
    register = str(entry.register_)
    return EventRule(
        register=register,
        about=entry.about or "parent",
        where=parse_filter(entry.where, filter_columns(register)) if entry.where else None,
        measure=cast(Measure, entry.rule),
        thresholds=tuple(level.at_least or level.within_months or 1 for level in entry.levels[1:]),
        moment="during" if entry.rule == "duration_days" else entry.moment,
        persons=entry.persons,
        eased_by=_easing(entry.eased_by, register) if entry.eased_by else None,
    )


def _easing(eased: Eased, register: str) -> Easing:
    return Easing(parse_filter(eased.where, filter_columns(register)), eased.moment, eased.text)


def _channel(entry: Entry) -> ReportChannel:
    """The register knows whether it also makes reports; facts come from the population register, which does not."""
    return schema(entry.register_).channel if entry.register_ else "none"


def _registers(rule: EventRule | FactRule) -> tuple[str, ...]:
    if isinstance(rule, EventRule):
        # who is a parent living elsewhere is known from the register of legal parents only
        return (rule.register, "parentage") if rule.about == "outside_parent" else (rule.register,)
    columns = [column for part in rule.filters for column in columns_of(part)]
    return tuple(dict.fromkeys(register for column in columns for register in FACTS[column].registers))


def _fact_types() -> dict[str, Type]:
    return {name: fact.type for name, fact in FACTS.items()}


def _entry_faults(entry: Entry, domain: str, figures: frozenset[str]) -> list[str]:
    return [
        *_general_faults(entry, domain, figures),
        *(_fact_faults(entry) if entry.rule == "fact" else _event_faults(entry)),
    ]


def _general_faults(entry: Entry, domain: str, figures: frozenset[str]) -> Iterator[str]:
    if domain not in DOMAINS:
        yield f"domain {domain!r} is unknown; choose from {', '.join(DOMAINS)}"
    if entry.id in RESERVED:
        yield "this id is the name of another column or of a sensitive one; choose another"
    first = entry.levels[0]
    if first.at_least or first.within_months or first.where:
        yield "levels.0 is absence and has no threshold"
    if not entry.evidence:
        yield "evidence: name at least one figure of configs/figures.csv"
    names = [item.figure for item in entry.evidence]
    yield from (f"evidence: figure {name!r} is not in configs/figures.csv" for name in names if name not in figures)
    yield from (f"evidence: figure {name!r} is named twice" for name, times in Counter(names).items() if times > 1)


def _fact_faults(entry: Entry) -> Iterator[str]:
    if entry.register_ or entry.where or entry.about or entry.moment != "start" or entry.persons != "any":
        yield "a fact has no register, about, where, moment or persons: its levels hold filters over family facts"
    if entry.window_months:
        yield "a fact is a state on the index date: window_months is 0"
    if entry.eased_by:
        yield "a fact has no eased_by: nothing in a register can lower it"
    for place, level in enumerate(entry.levels[1:], start=1):
        if level.where is None or level.at_least or level.within_months:
            yield f"levels.{place}: a fact's level takes 'where' and nothing else"
            continue
        yield from _filter_faults(level.where, _fact_types(), {name: fact.codes for name, fact in FACTS.items()})


def _event_faults(entry: Entry) -> Iterator[str]:
    if entry.register_ not in readable():
        yield f"register {entry.register_!r} cannot be read by a stressor; choose from {', '.join(readable())}"
        return
    columns = filter_columns(entry.register_)
    if entry.where:
        yield from _filter_faults(entry.where, columns, {name: codes(entry.register_, name) for name in columns})
    if entry.about is None:
        yield "about: say whose events count: parent, child or outside_parent"
    yield from _easing_faults(entry, columns)
    yield from _moment_faults(entry)
    yield from _threshold_faults(entry)
    yield from _stage_faults(entry)


def _easing_faults(entry: Entry, columns: dict[str, Type]) -> Iterator[str]:
    """What eases must be a spell of the same register, known from other rows than the stressor's own."""
    if entry.eased_by is None:
        return
    register = str(entry.register_)
    if not schema(register).spells:
        yield f"eased_by: register {register} has no spells, so nothing can go on or end there"
    if entry.eased_by.where == entry.where:
        yield "eased_by: these are the stressor's own rows; name what protects"
    allowed = {name: codes(register, name) for name in columns}
    yield from (f"eased_by: {fault}" for fault in _filter_faults(entry.eased_by.where, columns, allowed))


def _filter_faults(text: str, columns: dict[str, Type], allowed: dict[str, tuple[str, ...]]) -> Iterator[str]:
    try:
        part: Filter = parse_filter(text, columns)
    except SettingsError as error:
        yield f"{error.what}; {error.do}"
        return
    for column, value in texts_in(part):
        if allowed[column] and value not in allowed[column]:
            yield f"filter {text!r}: {column} has no code {value!r}; choose from {', '.join(allowed[column])}"


def _moment_faults(entry: Entry) -> Iterator[str]:
    spells = schema(str(entry.register_)).spells
    if not spells and (entry.moment != "start" or entry.rule == "duration_days"):
        yield f"register {entry.register_} has no spells: only the start of an event counts there"
    if entry.rule == "count" and entry.moment == "during":
        yield "moment during does not go with count: count starts or ends, or use duration_days"


def _threshold_faults(entry: Entry) -> Iterator[str]:
    key = "within_months" if entry.rule == "recency" else "at_least"
    given = [level.within_months if key == "within_months" else level.at_least for level in entry.levels[1:]]
    other = [level.at_least if key == "within_months" else level.within_months for level in entry.levels[1:]]
    if None in given or any(other) or any(level.where for level in entry.levels[1:]):
        yield f"levels: every level from 1 up takes {key} and nothing else"
        return
    numbers = [number for number in given if number is not None]
    yield from _order_faults(entry, numbers)


def _order_faults(entry: Entry, numbers: Sequence[int]) -> Iterator[str]:
    falling = entry.rule == "recency"
    if any((b >= a) if falling else (b <= a) for a, b in pairwise(numbers)):
        yield f"levels: thresholds must {'fall' if falling else 'rise'} from level to level, a higher level is worse"
    if falling and numbers[0] != entry.window_months:
        yield f"levels.1: within_months {numbers[0]} must equal window_months {entry.window_months}"
    if entry.window_months == 0:
        yield "window_months: give the length of the look-back window"


def _stage_faults(entry: Entry) -> Iterator[str]:
    if entry.stage in STAGE_AGES and entry.about != "child":
        yield f"stage {entry.stage} is a child's: about must be child"
    if (entry.stage == "own_youth") != (entry.register_ == "own_youth"):
        yield "stage own_youth and register own_youth go together"
    if entry.stage == "own_youth" and (entry.rule != "count" or entry.about == "child" or entry.persons != "any"):
        yield "a parent's own youth takes rule count, about parent or outside_parent, persons any"


def _outcome(entry: OutcomeEntry, faults: list[str]) -> OutcomeDefinition | None:
    columns = filter_columns("reports")
    own = list(_filter_faults(entry.where, columns, {name: codes("reports", name) for name in columns}))
    faults += [f"{entry.id}: {fault}" for fault in own]
    if own:
        return None
    outcome = Outcome(entry.id, entry.name.text, entry.description.text, ("reports",))
    return OutcomeDefinition(outcome, parse_filter(entry.where, columns), entry.only_first, entry.settling_months)
