"""The catalogue as a listing and as a page of the manual, both made from the definitions themselves."""

from __future__ import annotations

from collections.abc import Iterator

from riskscreen.records.definitions import DOMAINS
from riskscreen.records.filters import format_filter
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.registers.schemas import schema
from riskscreen.stressors.definitions import DIRECTIONS, STEPS, Catalogue, Definition, EventRule
from riskscreen.stressors.evidence import published_figures
from riskscreen.stressors.facts import FACTS
from riskscreen.stressors.sources import readable

CHANNELS = {
    "none": Text("none", "geen"),
    "police": Text("police", "politie"),
    "care": Text("care", "zorg"),
    "school": Text("school", "school"),
}
_WHO = {"parent": "a parent in the family", "child": "a child in the family", "outside_parent": "a parent elsewhere"}
_MOMENT = {"start": "the day it happened", "end": "the day its end is known", "during": "every day it lasted"}
_EASED = {"during": "going on at the index date", "end": "ended since the latest day that counts"}

_LISTED = Text(
    "Months: how far back is looked; 0 is the state on the index date. Makes reports: the register also makes the "
    "reports that are the outcome. One whole, with its SQL: riskscreen stressors no_work",
    "Maanden: hoe ver terug wordt gekeken; 0 is de toestand op de peildatum. Meldt zelf: het register doet ook de "
    "meldingen die de uitkomst zijn. Eén helemaal, met SQL: riskscreen stressors no_work",
)

_HEAD = """# Stressors

This page is made from `configs/stressors/*.yaml` by `riskscreen.stressors.page.catalogue_page`; a test keeps the two
equal. A stressor is a defined adverse circumstance with a look-back window and a life stage. It is associated with
recorded reports; it is no cause and no accusation. `riskscreen stressors` lists them, `riskscreen stressors no_work`
shows one whole, with its SQL.

- **Level 0** is *absent*. **Not covered** (the register is absent, or does not cover the whole window) is something
  else: it is unknown, and it never scores.
- A row counts only when it happened **and** was recorded before the index date. The end of a spell counts only when it
  was recorded before the index date; until then the spell is open.
- Levels are per person; a family has the level of its worst parent or child, or of its least affected parent where the
  rule says *all*. Two children with one event each are not a child with two.
- A **protective circumstance** (`eased_by`: work regained, debts solved) lowers a person's level by one, never below
  0. It gives no negative points, and a family without it has not lost anything.
- A child's event counts for the life stage the child was in when it happened. A family without a child of that stage is
  absent, not unknown.
- A parent's own youth is looked at over the same years of life for every parent, and only for parents whose years lie
  wholly in the register, so that the level is no stand-in for age. Parents who grew up elsewhere have no record there.
- A legal parent living elsewhere has stressors of its own (`outside_parent_...`), never those of the family.
- **Makes reports**: does the register also make the reports that are the outcome? It follows from the register. Scores
  are made again without these stressors.

## Windows

As statistics offices count: one year for care and income, three for separation, moves and default, five for justice
and victimisation. Where a window differs, the stressor says why: four years for lasting low income (that is when it is
called long-term) and for a pregnancy with the years after it, two school years for absence, and a parent's own youth
over the same six years of life.

## Left out on purpose

- **Asking for help must not score**: the neighbourhood team, debt counselling (completed, it lowers a level), social
  support, basic mental-health care, and care that a child gets itself.
- **Youth care and earlier reports** follow from reports. Earlier reports are a stratum, not a stressor.
- **The same thing twice**: poverty (within low income), detention (within justice contact), long absence (within
  absence), moves of a child (it moves with its parents).
- **No figure was found** for closely spaced births, for leaving school early and for a child's own contacts with the
  police. A chronic condition of a child and a child as victim of violence are in no register at hand.

## Eligibility

Every stressor has a record of five steps, written before any data were looked at: lawful purpose, stand-in for a
sensitive group, quality of the data, statistical link and link in substance; and who may be harmed. The words say what
to look at. What the registers at hand say about the second to the fourth step is measured in each run, in the table
`eligibility` of the dossier. Nothing here is legal advice.

A figure of `configs/figures.csv` *raises* or *lowers* (it was found with more or less maltreatment), is a *base rate*
(how often it occurs, no link) or *joint* (about this and other things together). Where only the last two are named, no
effect of the stressor alone was found. Ratios of different studies share causes and are never multiplied.
"""

_RULES = """## Write your own

One YAML entry and one spec test; point `stressors:` in the scenario to your folder. A file holds one `domain` and its
`stressors`. Keys: `id`, `version`, `stage`, `name`, `description`, `rule`, `register`, `about`, `where`, `moment`,
`persons`, `window_months`, `window_reason`, `levels`, `eased_by` (`where`, `moment`: `during` or `end`, and its
wording), `overlap` (with which other stressor it can go together, and why both stay), `evidence` (each a `figure` with
a `direction`: `raises`, `lowers`, `base_rate`, `joint`), `purpose`, `eligibility` (`lawful_purpose`, `proxy`,
`data_quality`, `statistical_link`, `substantive_link`, `harm`). Every fault is told at once.

| rule | measures, per person | levels take |
|---|---|---|
| `count` | distinct days with an event in the window | `at_least` (events) |
| `duration_days` | days in the window with at least one spell | `at_least` (days) |
| `recency` | the latest event in the window | `within_months`, the first equal to `window_months` |
| `fact` | a state on the index date | `where`, a filter over family facts |

`where` is written in the filter language (`column op value`, `in`, `and`, `or`, `not`, parentheses) over the columns of
the register. Origin and other sensitive columns are refused.
"""


def catalogue_table(catalogue: Catalogue) -> Table:
    """The catalogue as a listing, one stressor per row.

    ``levels`` counts the levels above absent; ``window`` is in months, 0 for a state on the index date.
    """
    stressors = catalogue.stressors
    columns = (
        Column("domain", "key", Text("domain", "domein"), labels=DOMAINS),
        Column("stressor", "key", Text("id", "id"), labels={s.id: same(s.id) for s in stressors}),
        Column("name", "code", Text("name", "naam"), labels={s.id: s.name for s in stressors}),
        Column("levels", "number", Text("levels", "niveaus"), "levels"),
        Column("window", "number", Text("months", "maanden"), "months"),
        Column("channel", "code", Text("makes reports", "meldt zelf"), labels=CHANNELS),
        Column("version", "number", Text("version", "versie")),
    )
    rows: list[tuple[Value, ...]] = [
        (s.domain, s.id, s.id, s.top, s.window_months, s.channel, s.version) for s in stressors
    ]
    return Table("stressors", Text("Stressors", "Stressoren"), columns, tuple(rows), _LISTED)


def catalogue_page(catalogue: Catalogue) -> str:
    """Text of docs/reference/stressors.md (Markdown), ending in a newline."""
    parts = [_HEAD, _overview(catalogue), *(_section(definition) for definition in catalogue), _RULES, _facts()]
    return "\n".join(parts)


def _overview(catalogue: Catalogue) -> str:
    domains = len({stressor.domain for stressor in catalogue.stressors})
    lines = [
        f"## All {len(catalogue)}, in {domains} domains",
        "",
        "| id | name | naam | domain | stage | window | register | makes reports | version |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for s in catalogue.stressors:
        window = f"{s.window_months} months" if s.window_months else "index date"
        registers = ", ".join(s.registers)
        cells = (f"`{s.id}`", s.name.en, s.name.nl, s.domain, s.stage, window, registers, s.channel, str(s.version))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _section(definition: Definition) -> str:
    stressor = definition.stressor
    lines = [
        f"## {stressor.id}",
        "",
        f"{stressor.description.en}",
        "",
        f"*{stressor.description.nl}*",
        "",
        *(f"- {line}" for line in definition_lines(definition)),
        "",
        *_steps_table(definition),
    ]
    return "\n".join(lines) + "\n"


def _steps_table(definition: Definition) -> Iterator[str]:
    record = definition.eligibility
    yield "| step | | stap |"
    yield "|---|---|---|"
    for name, title in STEPS.items():
        step = record.step(name)
        yield f"| {title.en} | {step.en} | {step.nl} |"
    yield f"| who may be harmed | {record.harm.en} | {record.harm.nl} |"


def definition_lines(definition: Definition) -> Iterator[str]:
    """What a definition says, apart from its description and its five steps: one line each, in Markdown."""
    stressor = definition.stressor
    yield from _rule_lines(definition)
    yield f"Levels: {'; '.join(f'{n} = {text.en} / {text.nl}' for n, text in enumerate(stressor.levels))}"
    yield f"Window: {stressor.window_months} months. {stressor.window_reason}"
    yield f"Makes reports: {stressor.channel}"
    if definition.overlap is not None:
        yield f"Overlap: {definition.overlap.en} / {definition.overlap.nl}"
    yield from evidence_lines(definition)
    yield f"Purpose: {stressor.purpose}"
    yield from (f"Law ({name}): {schema(name).legal.en}" for name in stressor.registers)
    yield f"Version {stressor.version}"


def evidence_lines(definition: Definition) -> Iterator[str]:
    """Per figure what it says and its value; and plainly when none is about the stressor alone."""
    figures = published_figures()
    for item in definition.evidence:
        figure = figures.get(item.figure)
        yield f"Evidence: `{item.figure}` {DIRECTIONS[item.direction].en}: {figure}"
    if not any(item.direction in ("raises", "lowers") for item in definition.evidence):
        yield "Evidence: no effect of this stressor alone was found"


def _rule_lines(definition: Definition) -> Iterator[str]:
    rule = definition.rule
    if not isinstance(rule, EventRule):
        for level, part in enumerate(rule.filters, start=1):
            yield f"Rule: fact; level {level} where `{format_filter(part)}`"
        return
    yield f"Rule: {rule.measure} of rows in `{rule.register}` about {_WHO[rule.about]}; {_MOMENT[rule.moment]} counts"
    if rule.where is not None:
        yield f"Rows: `{format_filter(rule.where)}`"
    if rule.persons == "all":
        yield "The family has the level of its least affected person"
    unit = {"count": "or more", "duration_days": "days or more", "recency": "months or less ago"}[rule.measure]
    yield f"Thresholds: {', '.join(f'level {n}: {t} {unit}' for n, t in enumerate(rule.thresholds, start=1))}"
    if rule.eased_by is not None:
        eased = rule.eased_by
        yield f"Eased by: {eased.name.en} / {eased.name.nl}: `{format_filter(eased.where)}`, {_EASED[eased.moment]}"


def _facts() -> str:
    lines = ["### Family facts", "", "| fact | type | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {fact.type} | {fact.meaning} |" for name, fact in FACTS.items()]
    readers = ", ".join(f"`{name}`" for name in readable())
    return "\n".join(lines) + f"\n\n### Registers that a stressor may read\n\n{readers}\n"
