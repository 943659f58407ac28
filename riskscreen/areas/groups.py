"""What is known about target groups: their figures, their table and how they show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskscreen.areas.resampling import FoundAgain
from riskscreen.records.definitions import STAGES, TargetGroup
from riskscreen.records.frequencies import natural_frequency
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text

NO_PROGRAMME = "none"


@dataclass(frozen=True, slots=True)
class TargetEstimate:
    """One target group with its figures.

    Parameters
    ----------
    group
        What the group is.
    families, children
        On the newest index date, in all areas.
    families_test, outcomes
        On the test date, in the wijken that the group was not searched in.
    rate, low, high
        ``outcomes / families_test`` and its 95% interval (Wilson), per 1.
    share_of_outcomes
        Outcomes in the group as a share of all outcomes there.
    count_rate
        Rate of as many families chosen there by plain stressor count (ties prorated).
    families_searched, outcomes_searched
        Where the group was found: the train dates pooled, in the other half of the wijken.
    again
        How often the search found it again in wijken drawn at random; ``None``: not known, or the user's own group.
    domains
        Mean number of domains in which its families have a stressor, on the newest date.
    """

    group: TargetGroup
    families: int
    children: int
    families_test: int
    outcomes: int
    rate: float
    low: float
    high: float
    share_of_outcomes: float
    count_rate: float
    families_searched: int = 0
    outcomes_searched: int = 0
    again: FoundAgain | None = None
    domains: float = 0.0

    @property
    def rate_searched(self) -> float:
        """The rate where the group was found: it flatters."""
        return self.outcomes_searched / self.families_searched if self.families_searched else 0.0

    @property
    def flattery(self) -> float:
        """How much higher the rate is where the group was found than where it is judged."""
        return self.rate_searched - self.rate


@dataclass(frozen=True, repr=False)
class Targets:
    """Target groups, highest rate first; prints only groups that are large enough.

    Parameters
    ----------
    estimates
        One per group.
    base_rate
        Rate of all families where the groups were judged.
    reached
        Share of the outcomes there that fall in at least one group.
    families_share
        Share of the families there that are in at least one group.
    count_rate
        Rate of as many families chosen there by plain stressor count: the yardstick for ``rate``.
    threshold
        Groups with fewer families or outcomes are not printed.
    left_out
        Ids of the user's own groups that have too few families, or that differ from another by a few only.
    """

    estimates: tuple[TargetEstimate, ...]
    base_rate: float
    reached: float
    families_share: float
    count_rate: float
    threshold: int
    left_out: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Rate of the families in at least one group, where the groups were judged."""
        return self.reached * self.base_rate / self.families_share if self.families_share else 0.0

    @property
    def groups(self) -> tuple[TargetGroup, ...]:
        """The groups without their figures, highest rate first."""
        return tuple(estimate.group for estimate in self.estimates)

    @property
    def rates(self) -> dict[str, float]:
        """Rate per group id."""
        return {estimate.group.id: estimate.rate for estimate in self.estimates}

    def shown(self) -> tuple[TargetEstimate, ...]:
        """The groups that are large enough to print."""
        return tuple(
            item
            for item in self.estimates
            if min(item.families, item.children, item.families_test, item.outcomes) >= self.threshold
        )

    def table(
        self, programme_of: Mapping[str, str] | None = None, programmes: Mapping[str, Text] | None = None
    ) -> Table:
        """``target_groups``; not yet released.

        Parameters
        ----------
        programme_of
            Id of the programme that fits, per group id.
        programmes
            Names of those programmes.
        """
        fits = programme_of or {}
        rows = [
            (
                e.group.id,
                e.group.stage,
                fits.get(e.group.id, NO_PROGRAMME),
                e.families,
                e.children,
                e.families_test,
                e.outcomes,
                e.rate,
                e.low,
                e.high,
                e.share_of_outcomes,
                e.count_rate,
                round(e.domains, 1),
                e.families_searched,
                e.outcomes_searched,
                e.rate_searched,
                _share(None if e.again is None else e.again.exactly),
                _share(None if e.again is None else e.again.much_the_same),
            )
            for e in self.estimates
        ]
        labels = {estimate.group.id: estimate.group.name for estimate in self.estimates}
        return Table(
            "target_groups",
            Text("Target groups", "Doelgroepen"),
            _columns(labels, programmes or {}),
            tuple(rows),
            note=Text(
                "Groups overlap: a family can be in more than one. They were found on earlier dates in half of the "
                "wijken; rates come from a later date in the other half. The rate where a group was found flatters "
                "it. Found again: in what share of draws of wijken the same search found the same group, or one with "
                "at least half of all their families in both.",
                "Groepen overlappen: een gezin kan in meer dan één groep zitten. Ze zijn gevonden op eerdere peildata "
                "in de helft van de wijken; de cijfers komen van een latere datum in de andere helft. Het cijfer op de "
                "plek waar een groep gevonden is, is te mooi. Weer gevonden: in welk deel van de lotingen van wijken "
                "vond dezelfde zoektocht dezelfde groep, of een groep waarmee zij minstens de helft van hun gezinnen "
                "deelt.",
            ),
        )

    def plot(self, *, language: str = "en") -> Any:
        """Rates with intervals per group (altair)."""
        import altair as alt

        from riskscreen.areas.charts import PER_1000, dots_chart

        rows = [
            {"name": getattr(e.group.name, language), "estimate": e.rate, "low": e.low, "high": e.high}
            for e in self.shown()
        ]
        return dots_chart(alt, rows, getattr(PER_1000, language), language)

    def __str__(self) -> str:
        shown, found = self.shown(), len(self.groups)
        lines = [
            f"{found} target groups found, {len(shown)} large enough to show; overall rate "
            f"{1000 * self.base_rate:.0f} per 1,000 families"
        ]
        for item in self.shown():
            lines.append(f"  {item.group.name.en} ({item.families:,} families now)")
            lines.append(f"      {natural_frequency(item.rate).en}")
        lines.append(
            f"All groups together: {self.families_share:.0%} of families, {self.reached:.0%} of recorded reports, "
            f"{1000 * self.rate:.0f} per 1,000 families (as many families by plain stressor count: "
            f"{1000 * self.count_rate:.0f})"
        )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        head = "<tr><th>target group</th><th>families now</th><th>per 1,000</th><th>95% interval</th></tr>"
        body = "".join(
            f"<tr><td>{escape(e.group.name.en)}</td><td>{e.families:,}</td><td>{1000 * e.rate:.0f}</td>"
            f"<td>{1000 * e.low:.0f}-{1000 * e.high:.0f}</td></tr>"
            for e in self.shown()
        )
        return f"<table>{head}{body}</table>"


def _columns(groups: Mapping[str, Text], programmes: Mapping[str, Text]) -> tuple[Column, ...]:
    def count(name: str, en: str, nl: str, unit: str = "families") -> Column:
        return Column(name, "count", Text(en, nl), unit, additive=False)

    def estimate(name: str, en: str, nl: str, unit: str = "per 1,000") -> Column:
        return Column(name, "estimate", Text(en, nl), unit, base="families_test")

    fitting = {**programmes, NO_PROGRAMME: Text("no fitting programme", "geen passend programma")}
    stages = {str(code): text for code, text in STAGES.items()}
    return (
        Column("group", "key", Text("target group", "doelgroep"), labels=groups),
        Column("stage", "code", Text("life stage", "levensfase"), labels=stages),
        Column("programme", "code", Text("programme that fits", "passend programma"), labels=fitting),
        count("families", "families now", "gezinnen nu"),
        count("children", "children now", "kinderen nu", "children"),
        count("families_test", "families judged on", "gezinnen beoordeeld"),
        count("outcomes", "with a recorded report", "met een melding"),
        Column("rate", "rate", Text("rate", "cijfer"), "per 1,000", of="outcomes", base="families_test"),
        estimate("low", "lower bound", "ondergrens"),
        estimate("high", "upper bound", "bovengrens"),
        estimate("share_of_outcomes", "share of all recorded reports", "deel van alle meldingen", "share"),
        estimate("count_rate", "same number of families by stressor count", "evenveel gezinnen naar aantal stressoren"),
        Column(
            "domains", "estimate", Text("domains with a stressor", "domeinen met een stressor"), "domains",
            base="families",
        ),
        count("families_searched", "family years it was found on", "gezinsjaren waarop gevonden"),
        count("outcomes_searched", "of these with a recorded report", "daarvan met een melding"),
        Column(
            "rate_searched", "rate", Text("rate where it was found", "cijfer waar gevonden"), "per 1,000",
            of="outcomes_searched", base="families_searched",
        ),
        Column(
            "again_exactly", "estimate", Text("found again exactly", "precies weer gevonden"), "share",
            base="families_searched",
        ),
        Column(
            "again", "estimate",
            Text("found again, much the same families", "weer gevonden, vrijwel dezelfde gezinnen"), "share",
            base="families_searched",
        ),
    )  # fmt: skip


def _share(value: float | None) -> float | None:
    """In steps of a twentieth: the draws say no more."""
    return None if value is None else round(20 * value) / 20
