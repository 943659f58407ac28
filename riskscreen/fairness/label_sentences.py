"""What a verdict rests on, in plain words: the line that goes with every verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskscreen.fairness.label_sensitivity import MOST, RestsOn, rests_on_coverage
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.fairness.comparisons import Comparison

CONCLUDED = ("interval_outside", "interval_inside", "label_could_overturn", "registers_could_overturn")
"""Reasons of verdicts whose interval gave a conclusion, which a label can turn."""


def turning(item: Comparison) -> str:
    """What uneven recording does to a conclusion: a code of :data:`riskscreen.fairness.labels.TURNING`."""
    concluded = item.reason in CONCLUDED and item.difference is not None
    if item.rests_on == "truth" or (item.rests_on == "no_label" and not concluded):
        return "no_label"
    if not concluded:
        return "no_conclusion"
    ratios = (item.turns_at_k, item.turns_at_c, item.turns_at_l, item.turns_at_u)
    return "holds" if all(ratio is None for ratio in ratios) else "turns"


_MOVED: Mapping[RestsOn, Text] = {
    "truth": Text("This is about true need, not about reports.", "Dit gaat over echte zorgen, niet over meldingen."),
    "no_label": Text(
        "Reports do not count in this figure, so differences in reporting do not move it.",
        "Meldingen tellen hier niet mee. Verschillen in melden maken dus niets uit.",
    ),
    "contact": Text(
        "This figure rests on reports: differences in reporting between {chosen} and other families move it; "
        "differences between groups do not.",
        "Dit cijfer rust op meldingen. Verschillen in melden tussen {chosen} en andere gezinnen veranderen het; "
        "verschillen tussen groepen niet.",
    ),
    "groups": Text(
        "This figure rests on reports: differences in reporting between groups move it.",
        "Dit cijfer rust op meldingen. Verschillen in melden tussen groepen veranderen het.",
    ),
    "groups_and_contact": Text(
        "This figure rests on reports: differences in reporting between groups move it, and so do those between "
        "{chosen} and other families.",
        "Dit cijfer rust op meldingen. Verschillen in melden tussen groepen veranderen het, en ook verschillen tussen "
        "{chosen} en andere gezinnen.",
    ),
}
_HOLDS: Mapping[RestsOn, Text] = {
    "contact": Text(
        "This holds however reporting differs between groups, as long as {contact}.",
        "Dit klopt ook als er bij de ene groep vaker gemeld wordt dan bij de andere, zolang {contact}.",
    ),
    "groups": Text("This holds as long as {groups}.", "Dit klopt zolang {groups}."),
    "groups_and_contact": Text(
        "This holds as long as {groups}; or, when that is equal, as long as {contact}. Both together can turn it "
        "sooner.",
        "Dit klopt zolang {groups}; of, als dat gelijk is, zolang {contact}. Beide samen kunnen het eerder omdraaien.",
    ),
}
_TURNS: Mapping[RestsOn, Text] = {
    "contact": Text(
        "It can turn, however reporting differs between groups, when {contact}.",
        "Het kan omdraaien als {contact}; verschillen tussen groepen maken niet uit.",
    ),
    "groups": Text("It can turn when {groups}.", "Het kan omdraaien als {groups}."),
    "groups_and_contact": Text(
        "It can turn when {groups}; or, when that is equal, when {contact}. Both together can turn it sooner.",
        "Het kan omdraaien als {groups}; of, als dat gelijk is, als {contact}. Met beide samen kan dat eerder.",
    ),
}
_GROUPS = Text(
    "need is reported {times} as often in one group as in another{counted}",
    "zorgen in de ene groep {times} zo vaak gemeld worden als in de andere{counted}",
)
_CONTACT = Text(
    "within a group need is reported {times} as often in {chosen} as in other families{counted}",
    "zorgen binnen een groep bij {chosen} {times} zo vaak gemeld worden als bij andere gezinnen{counted}",
)
_LINKS = Text(
    "Missed links {turn} when the share of reports that find their family differs {times}{among}.",
    "Gemiste koppelingen {turn} als het deel van de meldingen dat zijn gezin vindt {times} verschilt{among}.",
)
_CHOSEN_OR_NOT = Text(" between {chosen} and others", " tussen {chosen} en andere")
_AND_GROUPS = Text(
    " between groups, and between {chosen} and others", " tussen groepen, en tussen {chosen} en andere gezinnen"
)
_COVERAGE = Text(
    "Families outside the registers {turn} when a group has {times} as many other families as are known.",
    "Gezinnen buiten de registers {turn} als een groep {times} zoveel andere gezinnen heeft als bekend is.",
)
_CAN = Text("can turn it", "kunnen het omdraaien")
_CANNOT = Text("do not turn it", "draaien het niet om, ook niet")
_LESS = Text("less than {ratio} times", "minder dan {ratio} keer")
_FROM = Text("{ratio} times", "{ratio} keer")
_UP_TO = Text("up to {ratio} times", "hoogstens {ratio} keer")
_MORE = Text("more than {ratio} times", "meer dan {ratio} keer")
_COUNTED = Text(" ({number} reports instead of 1,000)", " ({number} meldingen in plaats van 1.000)")


@dataclass(frozen=True, slots=True)
class _Limits:
    """How a ratio is said: one at which the verdict turns, and none up to :data:`MOST`."""

    found: Text
    never: Text


def label_line(item: Comparison, chosen: Text) -> Text | None:
    """What a verdict rests on, and from which differences in reporting it turns; ``None`` without a verdict.

    Parameters
    ----------
    item
        A verdict, or its shown form; hidden figures stay hidden.
    chosen
        Words for the families selected.
    """
    if item.verdict is None:
        return None
    if item.rests_on == "truth" or item.reason not in CONCLUDED or item.low is None:
        return _filled(_MOVED[item.rests_on], chosen=chosen)
    return _together(_reporting(item, chosen), _links(item, chosen), _coverage(item))


def _reporting(item: Comparison, chosen: Text) -> Text:
    if item.rests_on == "no_label":
        return _MOVED["no_label"]
    turned = item.reason == "label_could_overturn"
    text = (_TURNS if turned else _HOLDS)[item.rests_on]
    limits = _Limits(_FROM, _MORE) if turned else _Limits(_LESS, _UP_TO)
    groups = _said(_GROUPS, item.turns_at_k, limits, chosen)
    return _filled(text, groups=groups, contact=_said(_CONTACT, item.turns_at_c, limits, chosen))


def _links(item: Comparison, chosen: Text) -> Text | None:
    if item.rests_on == "no_label":
        return None
    among = _filled(_CHOSEN_OR_NOT if item.rests_on == "contact" else _AND_GROUPS, chosen=chosen)
    return _turned(_LINKS, item.turns_at_l, among=among)


def _coverage(item: Comparison) -> Text | None:
    return _turned(_COVERAGE, item.turns_at_u) if rests_on_coverage(item.metric) else None


def _turned(text: Text, ratio: float | None, **parts: Text) -> Text:
    times = _filled(_FROM if ratio else _UP_TO, ratio=_number(ratio or MOST))
    return _filled(text, turn=_CAN if ratio else _CANNOT, times=times, **parts)


def _together(*sentences: Text | None) -> Text:
    said = [sentence for sentence in sentences if sentence is not None]
    return Text(" ".join(part.en for part in said), " ".join(part.nl for part in said))


def _said(text: Text, ratio: float | None, limits: _Limits, chosen: Text) -> Text:
    known = MOST if ratio is None else ratio
    times = _filled(limits.never if ratio is None else limits.found, ratio=_number(known))
    counted = Text("", "") if ratio is None else _filled(_COUNTED, number=_number(round(known * 1000)))
    return _filled(text, times=times, counted=counted, chosen=chosen)


def _filled(text: Text, **parts: Text) -> Text:
    return Text(
        text.en.format(**{name: part.en for name, part in parts.items()}),
        text.nl.format(**{name: part.nl for name, part in parts.items()}),
    )


def _number(value: float) -> Text:
    english = f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return Text(english, english.translate(str.maketrans(",.", ".,")))
