"""The catalogue as a listing and as a page of the manual, both made from the definitions themselves."""

from __future__ import annotations

from collections.abc import Iterator

from riskscreen.records.definitions import DOMAINS, STAGES
from riskscreen.records.filters import format_filter
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.registers.schemas import schema
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule
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

_HEAD = """# Stressors

This page is made from `configs/stressors/*.yaml` by `riskscreen.stressors.page.catalogue_page`; a test keeps the two
equal. A stressor is a defined adverse circumstance with a look-back window and a life stage. It is associated with
recorded reports; it is no cause and no accusation.

- **Level 0** is *absent*. **Not covered** (the register is absent, or does not cover the whole window) is something
  else: it is unknown, and it never scores.
- A row counts only when it happened **and** was recorded before the index date. The end of a spell counts only when it
  was recorded before the index date; until then the spell is open.
- Levels are per person; a family has the level of its worst parent or child, or of its least affected parent where the
  rule says *all*. Two children with one event each are not a child with two.
- A child's event counts for the life stage the child was in when it happened. A family without a child of that stage is
  absent, not unknown.
- A parent's own youth is looked at over the same years of life for every parent, and only for parents whose years lie
  wholly in the register, so that the level is no stand-in for age. Parents who grew up elsewhere have no record there.
- Left out on purpose: earlier reports and youth care (they follow from reports; earlier reports are a stratum), and the
  neighbourhood team, debt counselling and basic mental-health care: asking for help must not score.
"""

_RULES = """## Write your own

One YAML entry and one spec test; point `stressors:` in the scenario to your folder. A file holds one `domain` and its
`stressors`. Keys: `id`, `version`, `stage`, `name`, `description`, `rule`, `register`, `about`, `where`, `moment`,
`persons`, `window_months`, `window_reason`, `levels`, `evidence`, `purpose`, `eligibility` (`why`, `harm`).

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
    """The catalogue as a listing, one stressor per row; ``window`` is in months, 0 for a state on the index date."""
    stressors = catalogue.stressors
    registers = {name: schema(name).title for stressor in stressors for name in stressor.registers}
    columns = (
        Column("stressor", "key", Text("stressor", "stressor"), labels={s.id: same(s.id) for s in stressors}),
        Column("domain", "code", Text("domain", "domein"), labels=DOMAINS),
        Column(
            "stage",
            "code",
            Text("life stage", "levensfase"),
            labels={str(stage): text for stage, text in STAGES.items()},
        ),
        Column("window", "number", Text("window", "terugkijkperiode"), "months"),
        Column("register", "code", Text("register", "register"), labels=registers),
        Column("channel", "code", Text("makes reports", "meldt zelf"), labels=CHANNELS),
        Column("name", "code", Text("name", "naam"), labels={s.id: s.name for s in stressors}),
    )
    rows: list[tuple[Value, ...]] = [
        (s.id, s.domain, s.stage, s.window_months, s.registers[0], s.channel, s.id) for s in stressors
    ]
    return Table("stressors", Text("Stressors", "Stressoren"), columns, tuple(rows))


def catalogue_page(catalogue: Catalogue) -> str:
    """Text of docs/reference/stressors.md (Markdown), ending in a newline."""
    parts = [_HEAD, _overview(catalogue), *(_section(definition) for definition in catalogue), _RULES, _facts()]
    return "\n".join(parts)


def _overview(catalogue: Catalogue) -> str:
    domains = len({stressor.domain for stressor in catalogue.stressors})
    lines = [
        f"## All {len(catalogue)}, in {domains} domains",
        "",
        "| id | name | naam | domain | stage | window | register | makes reports |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for s in catalogue.stressors:
        window = f"{s.window_months} months" if s.window_months else "index date"
        cells = (f"`{s.id}`", s.name.en, s.name.nl, s.domain, s.stage, window, ", ".join(s.registers), s.channel)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _section(definition: Definition) -> str:
    stressor, record = definition.stressor, definition.eligibility
    levels = "\n".join(f"  {n}. {text.en} / {text.nl}" for n, text in enumerate(stressor.levels))
    lines = [
        f"## {stressor.id}",
        "",
        f"{stressor.description.en}",
        "",
        f"*{stressor.description.nl}*",
        "",
        *_rule_lines(definition),
        f"- Window: {stressor.window_reason}",
        f"- Purpose: {stressor.purpose}",
        f"- Why: {record.why.en}",
        f"- Who may be harmed: {record.harm.en}",
        *(f"- Law ({name}): {schema(name).legal.en}" for name in stressor.registers),
        f"- Evidence (configs/figures.csv): {', '.join(f'`{name}`' for name in stressor.evidence)}",
        f"- Version {stressor.version}; levels:",
        "",
        levels,
    ]
    return "\n".join(lines) + "\n"


def _rule_lines(definition: Definition) -> Iterator[str]:
    rule = definition.rule
    if not isinstance(rule, EventRule):
        for level, part in enumerate(rule.filters, start=1):
            yield f"- Rule: fact; level {level} where `{format_filter(part)}`"
        return
    yield f"- Rule: {rule.measure} of rows in `{rule.register}` about {_WHO[rule.about]}; {_MOMENT[rule.moment]} counts"
    if rule.where is not None:
        yield f"- Rows: `{format_filter(rule.where)}`"
    if rule.persons == "all":
        yield "- The family has the level of its least affected person"
    unit = {"count": "or more", "duration_days": "days or more", "recency": "months or less ago"}[rule.measure]
    yield f"- Thresholds: {', '.join(f'level {n}: {t} {unit}' for n, t in enumerate(rule.thresholds, start=1))}"


def _facts() -> str:
    lines = ["### Family facts", "", "| fact | type | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {fact.type} | {fact.meaning} |" for name, fact in FACTS.items()]
    readers = ", ".join(f"`{name}`" for name in readable())
    return "\n".join(lines) + f"\n\n### Registers that a stressor may read\n\n{readers}\n"
