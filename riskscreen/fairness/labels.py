"""Wording in English and Dutch of what an audit speaks of. Values of foreign tables keep their own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from riskscreen.records.texts import Text, same

UNKNOWN = "unknown"
"""The group of families whose value is missing: a group of its own, counted."""

Subject = Literal["offer", "threshold"]

ATTRIBUTES: Mapping[str, Text] = {
    "origin": Text("origin", "herkomst"),
    "sex_single_parent": Text("sex of a single parent", "geslacht van de alleenstaande ouder"),
    "family_form": Text("family form", "gezinsvorm"),
    "parent_age_band": Text("age of the youngest parent", "leeftijd van de jongste ouder"),
    "youngest_age_band": Text("age of the youngest child", "leeftijd van het jongste kind"),
    "children_band": Text("number of children", "aantal kinderen"),
    "urbanity": Text("urbanity of the neighbourhood", "stedelijkheid van de buurt"),
}

_UNKNOWN = Text("unknown", "onbekend")

GROUPS: Mapping[str, Mapping[str, Text]] = {
    "origin": {
        "netherlands": Text("Netherlands", "Nederland"),
        "europe": Text("Europe, outside the Netherlands", "Europa, buiten Nederland"),
        "outside_europe": Text("outside Europe", "buiten Europa"),
        "mixed": Text("mixed", "gemengd"),
    },
    "sex_single_parent": {
        "f": Text("single mother", "alleenstaande moeder"),
        "m": Text("single father", "alleenstaande vader"),
        "not_single": Text("not a single parent", "niet alleenstaand"),
    },
    "family_form": {
        "couple": Text("couple", "twee ouders samen"),
        "single_parent": Text("single parent", "eenoudergezin"),
        "stepfamily": Text("stepfamily", "stiefgezin"),
        "first_pregnancy": Text("first pregnancy", "eerste zwangerschap"),
    },
    "parent_age_band": {
        "under_25": Text("under 25", "jonger dan 25"),
        "25_34": Text("25-34", "25-34"),
        "35_44": Text("35-44", "35-44"),
        "45_up": Text("45 and over", "45 en ouder"),
    },
    "youngest_age_band": {
        "prenatal": Text("not yet born", "nog niet geboren"),
        "0_3": Text("0-3", "0-3"),
        "4_11": Text("4-11", "4-11"),
        "12_17": Text("12-17", "12-17"),
    },
    "children_band": {
        "0": Text("no child yet", "nog geen kind"),
        "1": Text("one child", "één kind"),
        "2": Text("two children", "twee kinderen"),
        "3_up": Text("three children or more", "drie of meer kinderen"),
    },
    "urbanity": {
        "1": Text("very strongly urban", "zeer sterk stedelijk"),
        "2": Text("strongly urban", "sterk stedelijk"),
        "3": Text("moderately urban", "matig stedelijk"),
        "4": Text("hardly urban", "weinig stedelijk"),
        "5": Text("not urban", "niet stedelijk"),
    },
}

METRICS: Mapping[str, Text] = {
    "selection_rate": Text("share selected", "aandeel gekozen"),
    "true_positive_rate": Text("share reached of families with a report", "aandeel bereikt van gezinnen met melding"),
    "false_positive_rate": Text(
        "share selected of families without a report", "aandeel gekozen van gezinnen zonder melding"
    ),
    "false_negative_rate": Text("share missed of families with a report", "aandeel gemist van gezinnen met melding"),
    "positive_predictive_value": Text("share with a report of the selected", "aandeel met melding van de gekozenen"),
    "false_discovery_rate": Text("share without a report of the selected", "aandeel zonder melding van de gekozenen"),
    "false_omission_rate": Text(
        "share with a report of those not selected", "aandeel met melding van wie niet gekozen is"
    ),
    "negative_predictive_value": Text(
        "share without a report of those not selected", "aandeel zonder melding van wie niet gekozen is"
    ),
    "base_rate": Text("share with a report", "aandeel met melding"),
    "calibration_in_the_large": Text("estimated risk minus observed", "geschatte kans min waargenomen"),
}

SUBJECTS: Mapping[str, Text] = {
    "offer": Text("the offer", "het aanbod"),
    "threshold": Text("the points threshold", "de puntendrempel"),
}

VERDICTS: Mapping[str, Text] = {
    "gap": Text("gap", "kloof"),
    "no_gap_shown": Text("no gap shown", "geen kloof aangetoond"),
    "not_enough_evidence": Text("not enough evidence", "te weinig bewijs"),
}

REASONS: Mapping[str, Text] = {
    "interval_outside": Text("the whole interval lies outside the tolerance", "het hele interval ligt buiten de marge"),
    "interval_inside": Text("the whole interval lies inside the tolerance", "het hele interval ligt binnen de marge"),
    "interval_straddles": Text("the tolerance lies inside the interval", "de marge ligt binnen het interval"),
    "too_few_families": Text(
        "fewer than two groups have enough families", "minder dan twee groepen hebben genoeg gezinnen"
    ),
    "too_few_blocks": Text(
        "fewer than two groups live in enough neighbourhoods", "minder dan twee groepen wonen in genoeg buurten"
    ),
    "label_could_overturn": Text(
        "rests on the label: differences in reporting thought possible beforehand can turn it",
        "rust op de meldingen: verschillen in melden die vooraf mogelijk leken, kunnen de uitkomst omdraaien",
    ),
    "registers_could_overturn": Text(
        "rests on the registers: missed links, or families outside the registers, can turn it",
        "rust op de registers: gemiste koppelingen of gezinnen buiten de registers kunnen de uitkomst omdraaien",
    ),
    "no_risk": Text("no risk is known for this subject", "hiervoor is geen kans bekend"),
    "suppressed_cells": Text(
        "fewer than two groups are left: cells of others are suppressed in the table",
        "minder dan twee groepen blijven over: van andere houdt de tabel aantallen achter",
    ),
}

UNKNOWN_FIGURES: Mapping[str, Text] = {
    "no_families": Text("no families", "geen gezinnen"),
    "no_outcomes": Text("no family has a report", "geen gezin heeft een melding"),
    "no_others": Text("every family has a report", "elk gezin heeft een melding"),
    "no_risk": Text("no risk is known", "er is geen kans bekend"),
    "no_overlap": Text(
        "one risk parts the families with a report from those without",
        "één kans scheidt de gezinnen met een melding van die zonder",
    ),
    "too_few_families": Text("too few families", "te weinig gezinnen"),
}
"""Why a group has no value on a figure of its scores."""

RESTS_ON: Mapping[str, Text] = {
    "truth": Text("true need, no report", "echte zorgen, geen melding"),
    "no_label": Text("no report", "geen melding"),
    "contact": Text("equal reporting of families selected or not", "evenveel melden van wel en niet gekozen gezinnen"),
    "groups": Text("equal reporting between groups", "evenveel melden tussen groepen"),
    "groups_and_contact": Text(
        "equal reporting between groups, and of families selected or not",
        "evenveel melden tussen groepen, en van wel en niet gekozen gezinnen",
    ),
}

TURNING: Mapping[str, Text] = {
    "turns": Text("turns", "draait om"),
    "holds": Text("does not turn, up to 10 times", "draait niet om, tot 10 keer"),
    "no_conclusion": Text("no conclusion to turn", "geen conclusie om om te draaien"),
    "no_label": Text("does not rest on reports", "rust niet op meldingen"),
}
"""What uneven recording does to a conclusion: an empty ratio alone would not say which."""

NOT_PROOF = Text(
    "no gap shown is not proof of equal treatment", "geen kloof aangetoond is geen bewijs van gelijke behandeling"
)
AGAINST_TRUTH = Text(
    "against true need: where it says report, read need", "tegen de echte zorgen: lees zorgen waar melding staat"
)
NOT_FOR_RELEASE = Text("not for release", "niet voor publicatie")
HIDDEN = Text("hidden", "verborgen")
HELD_BACK = Text("suppressed", "achtergehouden")


def attribute_text(attribute: str) -> Text:
    """Wording of an attribute; another table's column keeps its name."""
    return ATTRIBUTES.get(attribute, same(attribute))


def group_text(attribute: str, group: str) -> Text:
    """Wording of a group of an attribute; another table's value keeps its name."""
    if group == UNKNOWN:
        return _UNKNOWN
    return GROUPS.get(attribute, {}).get(group, same(group))


def in_order(attribute: str, groups: list[str]) -> list[str]:
    """Groups in the order of their wording (unknown ones by name), the group *unknown* last."""
    known = {group: place for place, group in enumerate(GROUPS.get(attribute, {}))}
    return sorted(groups, key=lambda group: (group == UNKNOWN, known.get(group, len(known)), group))


def group_codes(groups: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, str], str]:
    """The code of each (attribute, group) in a table with one column of groups.

    A code is the group's own value. When two attributes word the same value differently (``1`` is *one child* and
    *very strongly urban*), all values of both become ``attribute:value``; so does a group called *total*.
    """
    from riskscreen.records.tables import TOTAL

    worded: dict[str, set[Text]] = {}
    for attribute, values in groups.items():
        for value in values:
            worded.setdefault(value, set()).add(group_text(attribute, value))
    clash = {value for value, texts in worded.items() if len(texts) > 1 or value == TOTAL}
    codes = {}
    for attribute, values in groups.items():
        prefixed = bool(clash.intersection(values))
        for value in values:
            codes[attribute, value] = f"{attribute}:{value}" if prefixed and value != UNKNOWN else value
    return codes
