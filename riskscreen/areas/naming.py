"""Readable names of target groups, and what their figures mean, in plain English and Dutch (B1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskscreen.records.definitions import STAGE_FLAGS, Stage, Stressor, TargetGroup
from riskscreen.records.frequencies import dutch_number, natural_frequency
from riskscreen.records.texts import Text

PHRASES: Mapping[str, Text] = {
    "debt_default": Text("a default on the health premium", "een achterstand bij de zorgpremie"),
    "eviction": Text("an eviction", "een huisuitzetting"),
    "parent_mental_health": Text("a parent in mental-health care", "een ouder in de ggz"),
    "parent_crisis_care": Text("a parent in crisis care", "een ouder in de crisiszorg"),
    "parent_addiction": Text("a parent in addiction care", "een ouder in de verslavingszorg"),
    "parent_disability": Text(
        "a parent with a mild intellectual disability", "een ouder met een licht verstandelijke beperking"
    ),
    "justice_contact": Text("a parent in contact with justice", "een ouder met justitiecontact"),
    "domestic_violence": Text("a police incident of domestic violence", "een politie-incident van huiselijk geweld"),
    "separation": Text("a separation", "een scheiding"),
    "single_parent": Text("a single parent", "een alleenstaande ouder"),
    "large_family": Text("three or more children", "drie of meer kinderen"),
    "young_mother": Text("a young mother", "een jonge moeder"),
    "moves": Text("frequent moves", "vaak verhuizen"),
    "low_education": Text("parents with low education", "ouders met een lage opleiding"),
    "own_youth_care": Text("a parent who was in youth care as a child", "een ouder die als kind in jeugdzorg was"),
}
"""What follows *families with*; a stressor without a phrase is named as in its definition."""

STAGE_PHRASES: Mapping[str, Text] = {
    "prenatal": Text("a baby on the way", "een baby op komst"),
    "child_0_3": Text("a child aged 0-3", "een kind van 0-3 jaar"),
    "child_4_11": Text("a child aged 4-11", "een kind van 4-11 jaar"),
    "child_12_17": Text("a child aged 12-17", "een kind van 12-17 jaar"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``column >= level``, or with a stage flag ``column = true``."""

    column: str
    level: int

    @property
    def is_stage(self) -> bool:
        """Is the column a stage flag?"""
        return self.column in STAGE_FLAGS

    @property
    def filter(self) -> str:
        """The condition in the filter language."""
        return f"{self.column} = true" if self.is_stage else f"{self.column} >= {self.level}"


def group_of(conditions: Sequence[Condition], stressors: Mapping[str, Stressor]) -> TargetGroup:
    """The group that meets all conditions, named; its id is given later, with its place."""
    domains = [stressors[item.column].domain for item in conditions if not item.is_stage]
    return TargetGroup(
        "",
        name_group(conditions, stressors),
        " and ".join(item.filter for item in conditions),
        stage_of(conditions, stressors),
        tuple(dict.fromkeys(domains)),
    )


def name_group(conditions: Sequence[Condition], stressors: Mapping[str, Stressor]) -> Text:
    """*families with payment arrears, a parent in mental-health care and a child aged 0-3*."""
    phrases = [_phrase(condition, stressors) for condition in sorted(conditions, key=lambda item: item.is_stage)]
    return Text(
        f"families with {_joined([phrase.en for phrase in phrases], 'and')}",
        f"gezinnen met {_joined([phrase.nl for phrase in phrases], 'en')}",
    )


def stage_of(conditions: Sequence[Condition], stressors: Mapping[str, Stressor]) -> Stage:
    """The life stage of a group: that of its stage condition, else the one its child stressors share, else any."""
    for condition in conditions:
        if condition.is_stage:
            return STAGE_FLAGS[condition.column]
    stages = {stressors[condition.column].stage for condition in conditions} - {"any", "own_youth"}
    return stages.pop() if len(stages) == 1 else "any"


def stage_of_flags(flags: Sequence[str]) -> Stage:
    """The life stage that a filter names; any when it names none or several."""
    return STAGE_FLAGS[flags[0]] if len(flags) == 1 else "any"


def group_sentences(name: Text, families: int, rate: float, low: float, high: float, *, months: int = 12) -> Text:
    """A target group in plain words, from figures that may leave: size, both sides of the rate, uncertainty.

    Parameters
    ----------
    name
        Name of the group.
    families
        Families on the newest index date.
    rate, low, high
        Share with the recorded outcome and its 95% interval, 0 to 1.
    """
    both = natural_frequency(rate, months=months)
    least, most = round(1000 * low), round(1000 * high)
    en, nl = name.en[:1].upper() + name.en[1:], name.nl[:1].upper() + name.nl[1:]
    return Text(
        f"{en}: {families:,} families now. {both.en} The true number probably lies between {least} and {most}.",
        f"{nl}: nu {dutch_number(families)} gezinnen. {both.nl} Het echte aantal ligt waarschijnlijk tussen {least} "
        f"en {most}.",
    )


def _phrase(condition: Condition, stressors: Mapping[str, Stressor]) -> Text:
    if condition.is_stage:
        return STAGE_PHRASES[condition.column]
    stressor = stressors[condition.column]
    phrase = PHRASES.get(condition.column) or Text(_lower(stressor.name.en), _lower(stressor.name.nl))
    if condition.level <= 1:
        return phrase
    level = stressor.levels[condition.level]
    return Text(f"{phrase.en} ({_lower(level.en)})", f"{phrase.nl} ({_lower(level.nl)})")


def _joined(phrases: Sequence[str], word: str) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} {word} {phrases[-1]}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words
