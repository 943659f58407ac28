"""The same numbers for doing nothing, for everybody, for the poorest wijken, by head, by lot, and for the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.programmes.eligibility import JOIN, NO_GROUP, count_eligible
from riskscreen.programmes.plan import Plan
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

NAMES: Mapping[str, Text] = {
    "do_nothing": Text("do nothing", "niets doen"),
    "universal": Text("an offer to every family", "een aanbod aan elk gezin"),
    "deprivation_only": Text("the wijken with most low incomes", "de wijken met de meeste lage inkomens"),
    "equal_per_head": Text("as much for every wijk per family", "voor elke wijk even veel per gezin"),
    "lottery": Text("by lot among families in target groups", "door loting onder gezinnen in doelgroepen"),
    "plan": Text("this plan", "dit plan"),
}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to act.

    Parameters
    ----------
    name
        Code, see ``NAMES``.
    families
        Families approached in a year.
    share_of_outcomes
        Share of all recorded outcomes that falls among such families on the test date; ``None``: not known.
    rate
        Share of them with the recorded outcome; ``None``: not known, or nobody is approached.
    cost
        EUR a year; ``None``: not known.
    """

    name: str
    families: int
    share_of_outcomes: float | None
    rate: float | None
    cost: float | None


@dataclass(frozen=True)
class Alternatives:
    """The alternatives side by side."""

    rows: tuple[Alternative, ...]

    def table(self) -> Table:
        """``alternatives``; not yet released."""
        rows = [(row.name, row.families, row.share_of_outcomes, row.rate, row.cost) for row in self.rows]
        return Table(
            "alternatives",
            Text("What else could be done", "Wat er ook zou kunnen"),
            _columns(),
            tuple(rows),
            note=Text(
                "The poorest wijken are approached until as many families are reached as in the plan, at its cost; so "
                "are families of every wijk in equal parts, and families drawn from all that are in a target group "
                "and fit a programme. An offer to every family is reckoned at the plan's mean cost per family "
                "approached. Shares are of recorded reports in the test year; approached families are taken to be like "
                "all who could be offered "
                "the same. None of this says how many reports would be prevented.",
                "De armste wijken worden benaderd tot er evenveel gezinnen zijn bereikt als in het plan, voor "
                "hetzelfde geld; net zo gezinnen in alle wijken naar rato, en gezinnen geloot uit alle gezinnen in een "
                "doelgroep die bij een programma passen. Een aanbod aan elk gezin is gerekend met de gemiddelde kosten "
                "per benaderd gezin in het plan. "
                "De delen gaan over geregistreerde meldingen in het toetsjaar; benaderde gezinnen worden geacht te "
                "zijn als alle gezinnen die hetzelfde aanbod past. Dit zegt niet hoeveel meldingen worden voorkomen.",
            ),
        )

    def plot(self, *, language: str = "en") -> Any:
        """Share of recorded outcomes among the families approached, per alternative (altair)."""
        import altair as alt

        share = "deel van de geregistreerde meldingen" if language == "nl" else "share of recorded reports"
        families = "gezinnen benaderd" if language == "nl" else "families approached"
        values = [
            {
                "name": getattr(NAMES[row.name], language),
                "share": row.share_of_outcomes,
                "told": f"{row.families:,} {families}".replace(",", "." if language == "nl" else ","),
            }
            for row in self.rows
            if row.share_of_outcomes is not None
        ]
        base = alt.Chart(alt.Data(values=values)).encode(
            y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=0)),
            x=alt.X(
                "share:Q",
                title=share,
                axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
                scale=alt.Scale(domain=[0, 1.4]),
            ),
        )
        words = base.mark_text(align="left", dx=6).encode(text="told:N")
        return (base.mark_bar(color="#1f3a5f") + words).properties(width=480, height=alt.Step(30))

    def __str__(self) -> str:
        lines = []
        for row in self.rows:
            share = "unknown" if row.share_of_outcomes is None else f"{row.share_of_outcomes:.0%}"
            cost = "unknown" if row.cost is None else f"{row.cost:,.0f} EUR"
            lines.append(
                f"{NAMES[row.name].en}: {row.families:,} families approached, {share} of recorded reports, {cost}"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def compare_alternatives(
    engine: Engine,
    plan: Plan,
    groups: Sequence[TargetGroup],
    *,
    test: date,
    areas: pd.DataFrame | None,
    threshold: int,
) -> Alternatives:
    """The same numbers for every way to act.

    Parameters
    ----------
    engine
        Holds ``levels``.
    plan
        The plan, made on a later date.
    groups
        The target groups, in the order in which they were counted for the plan.
    test
        Index date whose recorded outcomes are known.
    areas
        Register of areas with ``area, within, low_income_share``; without it deprivation is not known.
    threshold
        For the handle on the counts.
    """
    cells = open_counts(
        count_eligible(engine, groups, plan.catalogue.programmes, test, threshold=threshold, name="eligible_test")
    )
    known = cells[cells["outcome"].notna()]
    known = known.assign(outcomes=known["families"] * known["outcome"].astype(float))
    everyone = known.groupby("area_block")[["families", "outcomes"]].sum()
    approached, total = round(plan.approached), float(everyone["outcomes"].sum())
    per_family = plan.cost / plan.approached if plan.offers else None
    inside = known[(known["target_group"] != NO_GROUP) & (known["programmes"] != "")]
    drawn = (float(inside["families"].sum()), float(inside["outcomes"].sum()))
    universal = (float(everyone["families"].sum()), total)
    return Alternatives(
        (
            Alternative("do_nothing", 0, 0.0, None, 0.0),
            _reckon("universal", plan.everyone, universal, total, per_family),
            _reckon("deprivation_only", approached, _poorest(everyone, areas, approached), total, per_family),
            _reckon("equal_per_head", approached, _part(universal, approached), total, per_family),
            _reckon("lottery", approached, _part(drawn, approached), total, per_family),
            _reckon("plan", approached, _reached_by(plan, known), total, per_family),
        )
    )


def _reckon(
    name: str, approached: int, reached: tuple[float, float] | None, total: float, per_family: float | None
) -> Alternative:
    """``reached``: families and outcomes of the test date among those approached."""
    families, outcomes = reached or (0.0, 0.0)
    return Alternative(
        name,
        approached,
        share_of_outcomes=outcomes / total if reached is not None and total else None,
        rate=outcomes / families if families else None,
        cost=None if per_family is None else per_family * approached,
    )


def _part(everyone: tuple[float, float], approached: int) -> tuple[float, float]:
    """Families and outcomes among so many of these families, whoever they are."""
    part = min(1.0, approached / everyone[0]) if everyone[0] else 0.0
    return part * everyone[0], part * everyone[1]


def _reached_by(plan: Plan, known: pd.DataFrame) -> tuple[float, float]:
    """Families and outcomes of the test date, in proportion to the part of each offer's families approached."""
    families = outcomes = 0.0
    inside = known[known["target_group"] != NO_GROUP]
    pools = dict(list(inside.groupby(["area_block", "target_group"])))
    for offer in plan.offers:
        pool = pools.get((offer.area_block, offer.group))
        if pool is None:
            continue
        fitting = pool[[offer.programme in str(ids).split(JOIN) for ids in pool["programmes"]]]
        part = offer.places / plan.catalogue.planning[offer.programme].uptake / offer.families
        families += part * float(fitting["families"].sum())
        outcomes += part * float(fitting["outcomes"].sum())
    return families, outcomes


def _poorest(everyone: pd.DataFrame, areas: pd.DataFrame | None, approached: int) -> tuple[float, float] | None:
    """Families and outcomes in the wijken with the highest share of low incomes, the last one in part."""
    poverty = _low_incomes(areas)
    ranked = sorted((wijk for wijk in everyone.index if wijk in poverty), key=lambda wijk: (-poverty[wijk], wijk))
    if not ranked:
        return None
    families = outcomes = 0.0
    for wijk in ranked:
        here = float(everyone.loc[wijk, "families"])
        part = min(1.0, (approached - families) / here) if here else 0.0
        families += part * here
        outcomes += part * float(everyone.loc[wijk, "outcomes"])
        if families >= approached:
            break
    return families, outcomes


def _low_incomes(areas: pd.DataFrame | None) -> dict[str, float]:
    """Share of low incomes per wijk: its own, else the mean over its buurten by households."""
    if areas is None or "low_income_share" not in areas.columns:
        return {}
    rows = areas[areas["low_income_share"].notna()]
    known = {str(area): float(share) for area, share in zip(rows["area"], rows["low_income_share"], strict=True)}
    if "within" not in rows.columns:
        return known
    weights = rows["households"].astype(float) if "households" in rows.columns else rows["low_income_share"] * 0 + 1
    parts = rows.assign(weight=weights, weighted=weights * rows["low_income_share"].astype(float))
    sums = parts.groupby("within")[["weighted", "weight"]].sum()
    means = {str(wijk): float(row["weighted"] / row["weight"]) for wijk, row in sums.iterrows() if row["weight"] > 0}
    return means | known


def _columns() -> tuple[Column, ...]:
    def estimate(name: str, en: str, nl: str, unit: str) -> Column:
        return Column(name, "estimate", Text(en, nl), unit, base="families")

    return (
        Column("alternative", "key", Text("alternative", "alternatief"), labels=NAMES),
        Column("families", "count", Text("families approached", "benaderde gezinnen"), "families", additive=False),
        estimate("share_of_outcomes", "share of recorded reports among them", "deel van de meldingen bij hen", "share"),
        estimate("rate", "recorded reports", "meldingen", "per 1,000"),
        Column("cost", "number", Text("cost in a year", "kosten in een jaar"), "EUR"),
    )
