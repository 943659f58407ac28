"""A verdict in plain words, with natural frequencies and both sides; a closed vocabulary in two languages."""

from __future__ import annotations

from collections.abc import Mapping

from riskscreen.fairness.comparisons import Comparison
from riskscreen.fairness.label_sentences import label_line
from riskscreen.fairness.labels import Subject, attribute_text, group_text
from riskscreen.fairness.metrics import CALIBRATION
from riskscreen.records.texts import Text

_FAMILIES = Text("families", "gezinnen")
_REPORT = Text("families with a report", "gezinnen met een melding")
_NO_REPORT = Text("families without a report", "gezinnen zonder melding")
_CHOSEN: Mapping[Subject, Text] = {
    "offer": Text("families with an offer", "gezinnen met een aanbod"),
    "threshold": Text("families above the threshold", "gezinnen boven de drempel"),
}
_PASSED_BY: Mapping[Subject, Text] = {
    "offer": Text("families without an offer", "gezinnen zonder aanbod"),
    "threshold": Text("families below the threshold", "gezinnen onder de drempel"),
}
_DONE: Mapping[Subject, Text] = {
    "offer": Text("{a} get an offer and {b} do not", "krijgen er {a} wel een aanbod en {b} niet"),
    "threshold": Text("{a} are above the threshold and {b} are not", "komen er {a} wel boven de drempel en {b} niet"),
}
_MISSED = Text("{a} are missed and {b} are reached", "worden er {a} gemist en {b} bereikt")
_REPORTED = Text("{a} have a report and {b} do not", "hebben er {a} wel een melding en {b} niet")
_NOT_REPORTED = Text("{a} have no report and {b} do", "hebben er {a} geen melding en {b} wel")

_WHY: Mapping[str, Text] = {
    "interval_straddles": Text(
        "There is not enough evidence: the difference may lie anywhere from {low} to {high} per 1,000; at most "
        "{tolerance} was agreed beforehand.",
        "Er is te weinig bewijs: het verschil kan overal liggen van {low} tot {high} per 1.000; vooraf is "
        "afgesproken: hoogstens {tolerance}.",
    ),
    "too_few_families": Text(
        "There is not enough evidence: fewer than two groups have enough families.",
        "Er is te weinig bewijs: minder dan twee groepen hebben genoeg gezinnen.",
    ),
    "too_few_blocks": Text(
        "There is not enough evidence: fewer than two groups live in enough neighbourhoods.",
        "Er is te weinig bewijs: minder dan twee groepen wonen in genoeg buurten.",
    ),
    "label_could_overturn": Text(
        "There is not enough evidence: the conclusion rests on the label. Differences in reporting that were thought "
        "possible beforehand can turn it.",
        "Er is te weinig bewijs: de conclusie rust op de meldingen. Verschillen in melden die vooraf mogelijk leken, "
        "kunnen haar omdraaien.",
    ),
    "registers_could_overturn": Text(
        "There is not enough evidence: the conclusion rests on the registers. Missed links, or families that the "
        "registers do not know, can turn it.",
        "Er is niet genoeg bewijs: de conclusie rust op de registers. Gemiste koppelingen, of gezinnen die niet in de "
        "registers staan, kunnen haar omdraaien.",
    ),
    "suppressed_cells": Text(
        "There is not enough evidence: fewer than two groups are left, because the table suppresses cells of others.",
        "Er is niet genoeg bewijs: van te weinig groepen geeft de tabel de aantallen, van andere houdt zij ze achter.",
    ),
    "no_risk": Text(
        "There is not enough evidence: no risk is known for this subject.",
        "Er is te weinig bewijs: hiervoor is geen kans bekend.",
    ),
    "interval_outside": Text(
        "This is a gap: the difference lies between {low} and {high} per 1,000, more than the {tolerance} agreed "
        "beforehand.",
        "Dit is een kloof: het verschil ligt tussen {low} en {high} per 1.000, meer dan de {tolerance} die vooraf is "
        "afgesproken.",
    ),
    "interval_inside": Text(
        "No gap is shown: the difference lies between {low} and {high} per 1,000, less than the {tolerance} agreed "
        "beforehand. This is not proof of equal treatment.",
        "Er is geen kloof aangetoond: het verschil ligt tussen {low} en {high} per 1.000, minder dan de {tolerance} "
        "die vooraf is afgesproken. Dat is geen bewijs van gelijke behandeling.",
    ),
}
_SHORT: Mapping[str, Text] = {
    "interval_straddles": Text("There is not enough evidence.", "Er is te weinig bewijs."),
    "interval_outside": Text("This is a gap.", "Dit is een kloof."),
    "interval_inside": Text(
        "No gap is shown. This is not proof of equal treatment.",
        "Er is geen kloof aangetoond. Dat is geen bewijs van gelijke behandeling.",
    ),
}
_VISIBLE = Text(
    "A gap of about {visible} per 1,000 or more would have been seen.",
    "Een kloof van ongeveer {visible} per 1.000 of meer was wel te zien geweest.",
)
_NEEDED = Text(
    "With about {times} times as many families, four in five audits would settle it if the difference stays as it is.",
    "Met ongeveer {times} keer zoveel gezinnen geven vier van de vijf audits uitsluitsel, als het verschil zo blijft.",
)
_SUPPRESSED = Text(
    "Left out because the table suppresses cells of theirs: {groups}.",
    "Buiten beschouwing omdat de tabel aantallen van ze achterhoudt: {groups}.",
)
_LEFT_OUT = Text(
    "Groups with too few families to compare: {number}.",
    "Groepen met te weinig gezinnen om te vergelijken: {number}.",
)


def verdict_sentence(item: Comparison) -> Text:
    """One comparison in plain English and Dutch (B1).

    Parameters
    ----------
    item
        A verdict, or its shown form with hidden figures (``None``), which are then left out of the sentence.

    Returns
    -------
    Text
        By attribute: how many of 1,000 in the worst and in the best off group, the verdict, what it rests on, and
        what could have been seen.
    """
    resting = label_line(item, _CHOSEN[item.subject])
    parts = [
        _opening(item),
        _frequencies(item),
        _conclusion(item),
        resting,
        _seen(item),
        _left_out(item),
        _held_back(item),
    ]
    return Text(" ".join(p.en for p in parts if p), " ".join(p.nl for p in parts if p))


def _opening(item: Comparison) -> Text:
    name = attribute_text(item.attribute)
    return Text(f"{name.en[:1].upper()}{name.en[1:]}.", f"{name.nl[:1].upper()}{name.nl[1:]}.")


def _frequencies(item: Comparison) -> Text | None:
    if item.worst is None or item.reference is None or item.worst_value is None or item.reference_value is None:
        return None
    worst, reference = group_text(item.attribute, item.worst), group_text(item.attribute, item.reference)
    who, first, second = _FAMILIES, _off(item.worst_value), _off(item.reference_value)
    if item.metric != CALIBRATION:
        who, phrase = _words(item.subject, item.metric)
        first, second = _both(phrase, item.worst_value), _both(phrase, item.reference_value)
    return Text(
        f"Of 1,000 {who.en} in the group “{worst.en}” about {first.en}; in the group “{reference.en}” "
        f"about {second.en}.",
        f"Van 1.000 {who.nl} in de groep ‘{worst.nl}’ {first.nl}; in de groep ‘{reference.nl}’ {second.nl} (ongeveer).",
    )


def _both(phrase: Text, value: float) -> Text:
    yes = round(value * 1000)
    return Text(phrase.en.format(a=yes, b=1000 - yes), phrase.nl.format(a=yes, b=1000 - yes))


def _words(subject: Subject, metric: str) -> tuple[Text, Text]:
    done = _DONE[subject]
    return {
        "selection_rate": (_FAMILIES, done),
        "true_positive_rate": (_REPORT, done),
        "false_positive_rate": (_NO_REPORT, done),
        "false_negative_rate": (_REPORT, _MISSED),
        "positive_predictive_value": (_CHOSEN[subject], _REPORTED),
        "false_discovery_rate": (_CHOSEN[subject], _NOT_REPORTED),
        "false_omission_rate": (_PASSED_BY[subject], _REPORTED),
        "negative_predictive_value": (_PASSED_BY[subject], _NOT_REPORTED),
        "base_rate": (_FAMILIES, _REPORTED),
    }[metric]


def _off(value: float) -> Text:
    number = abs(round(value * 1000))
    if number == 0:
        return Text("as many have a report as estimated", "hebben er evenveel een melding als geschat")
    if value > 0:
        return Text(
            f"{number} fewer have a report than estimated", f"hebben er {number} minder een melding dan geschat"
        )
    return Text(f"{number} more have a report than estimated", f"hebben er {number} meer een melding dan geschat")


def _conclusion(item: Comparison) -> Text | None:
    if item.reason is None:
        return None
    text = _WHY[item.reason]
    if item.low is None or item.high is None or item.tolerance is None:
        return _SHORT.get(item.reason, text)
    fill = {"low": _thousand(item.low), "high": _thousand(item.high), "tolerance": _thousand(item.tolerance)}
    return Text(text.en.format(**fill), text.nl.format(**fill))


def _seen(item: Comparison) -> Text | None:
    if item.verdict != "not_enough_evidence" or item.visible is None or item.visible >= 1:
        return None
    fill = _thousand(item.visible)
    seen = Text(_VISIBLE.en.format(visible=fill), _VISIBLE.nl.format(visible=fill))
    if item.needed is None or item.needed < 1.05:
        return seen
    times = _times(item.needed)
    return Text(
        f"{seen.en} {_NEEDED.en.format(times=times)}", f"{seen.nl} {_NEEDED.nl.format(times=times.replace('.', ','))}"
    )


def _times(needed: float) -> str:
    """Two significant digits."""
    return f"{float(f'{needed:.2g}'):.1f}" if needed < 9.5 else str(round(float(f"{needed:.2g}")))


def _left_out(item: Comparison) -> Text | None:
    number = len(item.left_out) - len(item.suppressed)
    if not number or not item.compared:
        return None
    return Text(_LEFT_OUT.en.format(number=number), _LEFT_OUT.nl.format(number=number))


def _held_back(item: Comparison) -> Text | None:
    if not item.suppressed:
        return None
    groups = [group_text(item.attribute, group) for group in item.suppressed]
    english, dutch = ", ".join(one.en for one in groups), ", ".join(one.nl for one in groups)
    return Text(_SUPPRESSED.en.format(groups=english), _SUPPRESSED.nl.format(groups=dutch))


def _thousand(value: float) -> str:
    return str(round(value * 1000))
