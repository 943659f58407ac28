"""A plan: offers of places, what they cost, and how they show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskscreen.programmes.catalogue import Catalogue
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text, same


@dataclass(frozen=True, slots=True)
class Offer:
    """Places of a programme open to all of a target group in a wijk.

    Parameters
    ----------
    programme, group, area_block
        Ids of the programme and the target group, and the code of the wijk.
    places
        Places.
    families
        Families in the target group there that the programme fits: the offer is open to all of them.
    """

    programme: str
    group: str
    area_block: str
    places: int
    families: int


@dataclass(frozen=True, repr=False)
class Plan:
    """Offers within a budget; nothing about one family.

    Parameters
    ----------
    offers
        By wijk, target group and programme.
    catalogue
        The programmes and their planning values.
    budget
        EUR that could be spent.
    eligible
        Families per (programme, wijk) in a target group that the programme fits.
    everyone
        All families on the date that the plan is for.
    gap
        Share of the best possible value that the plan may miss at most, from the bound that the search proved; 0 when
        it is the best there is.
    """

    offers: tuple[Offer, ...]
    catalogue: Catalogue
    budget: float
    eligible: Mapping[tuple[str, str], int]
    everyone: int
    gap: float

    @property
    def places(self) -> int:
        """All places."""
        return sum(offer.places for offer in self.offers)

    @property
    def cost(self) -> float:
        """EUR for all places."""
        return sum(offer.places * self.catalogue.planning[offer.programme].cost for offer in self.offers)

    @property
    def approached(self) -> float:
        """Families to approach to fill the places: places over uptake."""
        return sum(offer.places / self.catalogue.planning[offer.programme].uptake for offer in self.offers)

    def table(self, areas: Mapping[str, str] | None = None) -> Table:
        """``places``: places and cost per programme and wijk; not yet released.

        Parameters
        ----------
        areas
            Name per wijk.
        """
        names = areas or {}
        places: dict[tuple[str, str], int] = {}
        for offer in self.offers:
            key = (offer.programme, offer.area_block)
            places[key] = places.get(key, 0) + offer.places
        rows = [
            (programme, area, count, count * self.catalogue.planning[programme].cost, self.eligible[programme, area])
            for (programme, area), count in sorted(places.items())
        ]
        wijken = {area: same(names.get(area, area)) for _, area in places}
        return Table(
            "places",
            Text("Places per programme and wijk", "Plekken per programma en wijk"),
            _columns(self.catalogue.names, wijken),
            tuple(rows),
            note=Text(
                "A family is offered at most one place. Costs, places available and uptake are planning values. "
                "A family that fits two programmes is counted with both.",
                "Een gezin krijgt hoogstens één plek aangeboden. Kosten, beschikbare plekken en deelname zijn "
                "planwaarden. Een gezin dat bij twee programma's past, telt bij allebei mee.",
            ),
        )

    def plot(self, areas: Mapping[str, str] | None = None, *, language: str = "en") -> Any:
        """Places per wijk, coloured by programme (altair)."""
        import altair as alt

        names = areas or {}
        values = [
            {
                "area": names.get(str(row["area"]), str(row["area"])),
                "programme": getattr(self.catalogue.names[str(row["programme"])], language),
                "places": row["places"],
            }
            for row in self.table(areas).records()
        ]
        places = "plekken" if language == "nl" else "places"
        programme = "programma" if language == "nl" else "programme"
        return (
            alt.Chart(alt.Data(values=values))
            .mark_bar()
            .encode(
                y=alt.Y("area:N", title=None, sort="-x"),
                x=alt.X("sum(places):Q", title=places),
                color=alt.Color("programme:N", title=programme, legend=alt.Legend(labelLimit=400)),
                tooltip=["area:N", "programme:N", "places:Q"],
            )
            .properties(width=420)
        )

    def __str__(self) -> str:
        lines = [f"{self.places:,} places for {self.cost:,.0f} of {self.budget:,.0f} EUR"]
        totals: dict[str, int] = {}
        for offer in self.offers:
            totals[offer.programme] = totals.get(offer.programme, 0) + offer.places
        for programme, places in sorted(totals.items(), key=lambda item: -item[1]):
            cost = places * self.catalogue.planning[programme].cost
            lines.append(f"  {self.catalogue.names[programme].en}: {places:,} places, {cost:,.0f} EUR")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _columns(programmes: Mapping[str, Text], wijken: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column("programme", "key", Text("programme", "programma"), labels=programmes),
        Column("area", "key", Text("wijk", "wijk"), labels=wijken),
        Column("places", "number", Text("places", "plekken"), "places"),
        Column("cost", "number", Text("cost", "kosten"), "EUR"),
        Column(
            "eligible",
            "count",
            Text("families that could be offered it", "gezinnen die het aanbod past"),
            "families",
            additive=False,
        ),
    )
