"""What was measured of the eligibility of stressors, as tables for the board (review channel only)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from riskscreen.records.definitions import DOMAINS
from riskscreen.records.tables import Channel, Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.association import Association
from riskscreen.stressors.eligibility import Measured, Ratio

SENSITIVE_GROUPS = {
    "origin": Text("origin", "herkomst"),
    "sex_single_parent": Text("sex of a single parent", "geslacht van een alleenstaande ouder"),
}
OTHER_GROUPS = {
    "parent_age_band": Text("age of the parents", "leeftijd van de ouders"),
    "family_form": Text("form of the family", "gezinsvorm"),
    "youngest_age_band": Text("age of the youngest child", "leeftijd van het jongste kind"),
    "children_band": Text("number of children", "aantal kinderen"),
    "urbanity": Text("urbanity", "stedelijkheid"),
}
_REVIEW: tuple[Channel, ...] = ("review",)
_NOTE = Text(
    "Told: how well a stressor tells a group, as Cramér's V: 0 is not at all, 1 is fully. Ratio: how many times as "
    "often families with the stressor have the outcome as families without it, adjusted for nothing; 'only this one' "
    "compares families with this stressor only with families without any. Intervals (95%) draw neighbourhoods. "
    "Families with an open case on the index date are left out of the ratios, and a ratio on few outcomes is not "
    "given. A recorded report is not the truth: where a register also makes reports, part of the ratio is that "
    "register.",
    "Te zien: hoe goed een stressor een groep verraadt, als Cramérs V: 0 is niet, 1 is helemaal. Verhouding: hoeveel "
    "keer zo vaak gezinnen met de stressor de uitkomst hebben als gezinnen zonder, nergens voor gecorrigeerd; 'alleen "
    "deze' vergelijkt gezinnen met alleen deze stressor met gezinnen zonder stressoren. Marges (95%) trekken buurten. "
    "Gezinnen met een lopende zaak op de peildatum blijven buiten de verhoudingen, en een verhouding op weinig "
    "uitkomsten wordt niet gegeven. Een melding is niet de waarheid: waar een register zelf meldt, is een deel van de "
    "verhouding dat register.",
)


def eligibility_tables(measured: Sequence[Measured], day: date) -> tuple[Table, ...]:
    """``eligibility``, ``eligibility_dates`` and ``eligibility_groups``, before the gate.

    Parameters
    ----------
    measured
        From :func:`riskscreen.stressors.eligibility.measure_eligibility`.
    day
        The index date of proxies and link.
    """
    return (_links_table(measured, day), _dates_table(measured), _groups_table(measured, day))


def _links_table(measured: Sequence[Measured], day: date) -> Table:
    columns = (
        _stressor_column(measured),
        Column("domain", "code", Text("domain", "domein"), labels=DOMAINS),
        _count("families", "families seen", "gezinnen te zien"),
        _count("with_stressor", "with the stressor", "met de stressor", "families"),
        *(c for name, text in SENSITIVE_GROUPS.items() for c in _told_columns(name, text)),
        *_ratio_columns("ratio", Text("ratio", "verhouding"), "with_stressor"),
        _count("alone", "with only this one", "met alleen deze", "with_stressor"),
        *_ratio_columns("ratio_alone", Text("ratio, only this one", "verhouding, alleen deze"), "alone"),
    )
    title = Text(f"Eligibility of the stressors on {day}", f"Geschiktheid van de stressoren op {day}")
    return Table("eligibility", title, columns, tuple(_links_row(item) for item in measured), _NOTE, _REVIEW)


def _links_row(item: Measured) -> tuple[Value, ...]:
    link = item.link
    return (
        *(item.stressor.id, item.stressor.domain, link.families, link.with_stressor),
        *(figure for name in SENSITIVE_GROUPS for figure in _figures(item.proxies[name], 3)),
        *_figures(link.ratio, 2),
        link.alone,
        *_figures(link.ratio_alone, 2),
    )


def _dates_table(measured: Sequence[Measured]) -> Table:
    days = {quality.day.isoformat(): same(quality.day.isoformat()) for item in measured for quality in item.quality}
    columns = (
        _stressor_column(measured),
        Column("index_date", "key", Text("index date", "peildatum"), "date", labels=days),
        _count("families", "families", "gezinnen"),
        _count("families_known", "families seen", "gezinnen te zien"),
        Column("share_known", "estimate", Text("share seen", "aandeel te zien"), "share", base="families_known"),
        _count("with_stressor", "with the stressor", "met de stressor", "families_known"),
        Column("share", "rate", Text("share", "aandeel"), "share", of="with_stressor", base="families_known"),
        *_ratio_columns("change", Text("change since first", "verandering sinds eerste"), "with_stressor"),
    )
    rows = tuple(
        (
            *(item.stressor.id, quality.day.isoformat(), quality.families, quality.known),
            quality.known / quality.families if quality.families else None,
            quality.with_stressor,
            quality.with_stressor / quality.known if quality.known else None,
            *_figures(quality.change, 2),
        )
        for item in measured
        for quality in item.quality
    )
    title = Text("How well each stressor is seen", "Hoe goed elke stressor te zien is")
    return Table("eligibility_dates", title, columns, rows, channels=_REVIEW)


def _groups_table(measured: Sequence[Measured], day: date) -> Table:
    columns = (
        _stressor_column(measured),
        Column("group", "key", Text("group", "groep"), labels=OTHER_GROUPS),
        _count("families", "families seen", "gezinnen te zien"),
        *_told_columns("told", Text("told", "te zien")),
    )
    rows = tuple(
        (item.stressor.id, group, item.link.families, *_figures(item.proxies[group], 3))
        for item in measured
        for group in OTHER_GROUPS
    )
    title = Text(
        f"How well a stressor tells other groups on {day}", f"Hoe goed een stressor andere groepen toont op {day}"
    )
    return Table("eligibility_groups", title, columns, rows, channels=_REVIEW)


def _stressor_column(measured: Sequence[Measured]) -> Column:
    labels = {item.stressor.id: item.stressor.name for item in measured}
    return Column("stressor", "key", Text("stressor", "stressor"), labels=labels)


def _count(name: str, en: str, nl: str, base: str = "") -> Column:
    return Column(name, "count", Text(en, nl), "families", base=base, additive=False)


def _told_columns(name: str, text: Text) -> tuple[Column, ...]:
    return tuple(
        Column(f"{name}{end}", "estimate", Text(f"{text.en}{en}", f"{text.nl}{nl}"), "V", base="families")
        for end, en, nl in _ENDS
    )


def _ratio_columns(name: str, text: Text, base: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{name}{end}", "estimate", Text(f"{text.en}{en}", f"{text.nl}{nl}"), "ratio", base=base)
        for end, en, nl in _ENDS
    )


_ENDS = (("", "", ""), ("_low", ", low", ", laag"), ("_high", ", high", ", hoog"))


def _figures(found: Association | Ratio, digits: int) -> tuple[float | None, ...]:
    """Rounded, so that they say no more than can be known; None where unknown."""
    parts = (found.value, found.low, found.high)
    return tuple(round(part, digits) if math.isfinite(part) else None for part in parts)
