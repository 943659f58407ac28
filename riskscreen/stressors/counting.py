"""Counts over ``levels`` as tables for the gate: how common each stressor is, and the outcome per index date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from riskscreen.engine.duck import Engine
from riskscreen.engine.sql import literal
from riskscreen.records.definitions import DOMAINS
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stressors.definitions import Catalogue, OutcomeDefinition

STATUS: Mapping[str, Text] = {
    "covered": Text("covered", "te zien"),
    "not_covered": Text("not covered", "niet te zien"),
}


def count_known(engine: Engine, ids: Sequence[str]) -> dict[tuple[str, date], int]:
    """Per stressor and index date: for how many families the level is known."""
    if not ids:
        return {}
    counts = ", ".join(f"count({name})" for name in ids)
    rows = engine.rows(f"SELECT index_date, {counts} FROM levels GROUP BY index_date")
    return {(name, row[0]): int(row[place]) for row in rows for place, name in enumerate(ids, start=1)}


def prevalence_table(engine: Engine, catalogue: Catalogue, covered: Mapping[str, bool], day: date) -> Table:
    """How common each stressor is on one index date.

    The rate is over the families for which the stressor could be seen (``families_known``).
    """
    counted = _prevalences(engine, catalogue.ids, day)
    rows = tuple(
        _prevalence_row(definition.id, definition.stressor.domain, covered[definition.id], *counted[definition.id])
        for definition in catalogue
    )
    return Table(
        "prevalence",
        Text(f"Stressors on {day}", f"Stressoren op {day}"),
        _prevalence_columns(catalogue),
        rows,
        Text(
            "Not covered is not the same as absent: such a stressor was not seen and never scores.",
            "Niet te zien is iets anders dan afwezig: zo'n stressor is niet gezien en telt nooit mee.",
        ),
    )


def outcomes_table(engine: Engine, outcome: OutcomeDefinition, dates: Sequence[date]) -> Table:
    """The recorded outcome per index date: families, children, open cases set apart, and how many were lost."""
    found = {row[0]: row[1:] for row in engine.rows("SELECT * FROM outcome_counts")}
    empty = (0,) * 8
    rows = tuple(_outcome_row(day, *found.get(day, empty)) for day in dates)
    return Table(
        "outcomes",
        Text(f"Families and outcome: {outcome.name.en}", f"Gezinnen en uitkomst: {outcome.name.nl}"),
        _outcome_columns(dates),
        rows,
        Text(
            "A recorded report is not the truth. Families with an open case on the index date are set apart. Lost to "
            "follow-up: emigration, death or the last child's 18th birthday before the horizon ended.",
            "Een melding is niet de waarheid. Gezinnen met een lopende zaak op de peildatum staan apart. Uit beeld: "
            "emigratie, overlijden of de 18e verjaardag van het laatste kind voor het einde van de horizon.",
        ),
    )


def _prevalences(engine: Engine, ids: Sequence[str], day: date) -> dict[str, tuple[int, int, int]]:
    """Per stressor: families, families with a known level, families with it."""
    if not ids:
        return {}
    parts = ", ".join(f"count({name}), count(*) FILTER ({name} > 0)" for name in ids)
    row = engine.rows(f"SELECT count(*), {parts} FROM levels WHERE index_date = {literal(day)}")[0]
    return {name: (row[0], row[1 + 2 * place], row[2 + 2 * place]) for place, name in enumerate(ids)}


def _prevalence_row(name: str, domain: str, covered: bool, families: int, known: int, having: int) -> tuple[Value, ...]:
    if not covered:
        return (name, domain, "not_covered", families, None, None, None)
    return (name, domain, "covered", families, known, having, having / known if known else None)


def _prevalence_columns(catalogue: Catalogue) -> tuple[Column, ...]:
    names = {stressor.id: stressor.name for stressor in catalogue.stressors}
    return (
        Column("stressor", "key", Text("stressor", "stressor"), labels=names),
        Column("domain", "code", Text("domain", "domein"), labels=DOMAINS),
        Column("status", "code", Text("status", "status"), labels=STATUS),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("families_known", "count", Text("families seen", "gezinnen te zien"), "families", additive=False),
        Column("with_stressor", "count", Text("with the stressor", "met de stressor"), "families", additive=False),
        Column("share", "rate", Text("share", "aandeel"), "share", of="with_stressor", base="families_known"),
    )


def _outcome_row(
    day: date,
    families: int,
    children: int,
    apart: int,
    followed: int,
    outcomes: int,
    censored: int,
    children_followed: int,
    children_reported: int,
) -> tuple[Value, ...]:
    if not followed:
        return (day.isoformat(), families, children, apart, *(None,) * 8)
    per_child = children_reported / children_followed if children_followed else None
    return (
        *(day.isoformat(), families, children, apart, followed, outcomes, outcomes / followed),
        *(censored, censored / followed, children_followed, children_reported, per_child),
    )


def _outcome_columns(dates: Sequence[date]) -> tuple[Column, ...]:
    days = {day.isoformat(): same(day.isoformat()) for day in dates}

    def count(name: str, en: str, nl: str, unit: str = "families") -> Column:
        return Column(name, "count", Text(en, nl), unit, additive=False)

    return (
        Column("index_date", "key", Text("index date", "peildatum"), "date", labels=days),
        count("families", "families", "gezinnen"),
        count("children", "children", "kinderen", "children"),
        count("apart", "open case (set apart)", "lopende zaak (apart)"),
        count("followed", "families followed", "gezinnen gevolgd"),
        count("outcomes", "families with the outcome", "gezinnen met de uitkomst"),
        Column("rate", "rate", Text("rate per family", "kans per gezin"), "per 1,000", of="outcomes", base="followed"),
        count("censored", "lost to follow-up", "uit beeld geraakt"),
        Column(
            "share_censored", "rate", Text("share lost", "aandeel uit beeld"), "share", of="censored", base="followed"
        ),
        count("children_followed", "children followed", "kinderen gevolgd", "children"),
        count("children_reported", "children with a report", "kinderen met een melding", "children"),
        Column(
            "rate_children",
            "rate",
            Text("rate per child", "kans per kind"),
            "per 1,000",
            of="children_reported",
            base="children_followed",
        ),
    )
