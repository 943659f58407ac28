"""A plan: offers of places, what they cost, and how they show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.demands import Floors
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
    by_lot
        How many of the places came to this offer by lot.
    """

    programme: str
    group: str
    area_block: str
    places: int
    families: int
    by_lot: int = 0


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
    waiting
        Places per programme that its waiting list takes, apart from the offers; programmes without are left out.
    floors
        What the board asked for, the share by lot included.
    value
        What the plan adds: places x evidence weight x rate of the target group.
    need
        The same without weights: families with unmet need expected to take part, by the rate of recorded reports.
    unmet_need
        All families in target groups with unmet need, reckoned in the same way.
    in_groups, fitting
        Families in target groups that no programme reached yet, and those of them that a programme fits.
    """

    offers: tuple[Offer, ...]
    catalogue: Catalogue
    budget: float
    eligible: Mapping[tuple[str, str], int]
    everyone: int
    gap: float
    waiting: Mapping[str, int] = field(default_factory=dict)
    floors: Floors = field(default_factory=Floors)
    value: float = 0.0
    need: float = 0.0
    unmet_need: float = 0.0
    in_groups: int = 0
    fitting: int = 0

    @property
    def places(self) -> int:
        """All places, without those of waiting lists."""
        return sum(offer.places for offer in self.offers)

    @property
    def by_lot(self) -> int:
        """Places that came to areas and target groups by lot."""
        return sum(offer.by_lot for offer in self.offers)

    @property
    def share_of_need(self) -> float | None:
        """Share of the unmet need in target groups that the plan meets; ``None``: there is none."""
        return self.need / self.unmet_need if self.unmet_need else None

    @property
    def cost(self) -> float:
        """EUR for all places, those of waiting lists included."""
        return sum(self.per_programme[name] * self.catalogue.planning[name].cost for name in self.per_programme)

    @property
    def hours(self) -> float:
        """Staff hours for all places, those of waiting lists included."""
        return sum(self.per_programme[name] * self.catalogue.planning[name].hours for name in self.per_programme)

    @property
    def per_programme(self) -> dict[str, int]:
        """Places per programme, those of its waiting list included."""
        totals = dict(self.waiting)
        for offer in self.offers:
            totals[offer.programme] = totals.get(offer.programme, 0) + offer.places
        return dict(sorted(totals.items()))

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
            (programme, area, count, count * self.catalogue.planning[programme].cost)
            for (programme, area), count in sorted(places.items())
        ]
        wijken = {area: same(names.get(area, area)) for _, area in places}
        return Table(
            "places",
            Text("Places per programme and wijk", "Plekken per programma en wijk"),
            _columns(self.catalogue.names, wijken),
            tuple(rows),
            note=Text(
                "A family is offered at most one place. Costs, places available and uptake are planning values.",
                "Een gezin krijgt hoogstens één plek aangeboden. Kosten, beschikbare plekken en deelname zijn "
                "planwaarden.",
            ),
        )

    def programme_table(self) -> Table:
        """``places_by_programme``: what is bought per programme, waiting lists and lots apart; not yet released."""
        rows = []
        for programme, places in self.per_programme.items():
            values, own = self.catalogue.planning[programme], [o for o in self.offers if o.programme == programme]
            offered, waiting = sum(offer.places for offer in own), self.waiting.get(programme, 0)
            by_lot = sum(offer.by_lot for offer in own)
            approached = float(round(offered / values.uptake))
            bought = (places * values.cost, places * values.hours)
            rows.append((programme, offered, waiting, by_lot, values.contracted, values.places, approached, *bought))
        return Table(
            "places_by_programme",
            Text("Places per programme", "Plekken per programma"),
            _programme_columns(self.catalogue.names),
            tuple(rows),
            note=Text(
                "Places offered are those beside the waiting list, which comes first. Places by lot went to target "
                "groups and wijken by lot, never to a family. Families approached: places over uptake. "
                "Planning values.",
                "Aangeboden plekken komen naast de wachtlijst, die voorgaat. Gelote plekken vielen door loting aan "
                "doelgroepen en wijken toe, nooit aan een gezin. Benaderde gezinnen: plekken gedeeld door deelname. "
                "Planwaarden.",
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


def _programme_columns(programmes: Mapping[str, Text]) -> tuple[Column, ...]:
    def number(name: str, en: str, nl: str, unit: str = "places") -> Column:
        return Column(name, "number", Text(en, nl), unit)

    return (
        Column("programme", "key", Text("programme", "programma"), labels=programmes),
        number("offered", "places offered", "aangeboden plekken"),
        number("waiting", "for the waiting list", "voor de wachtlijst"),
        number("by_lot", "offered by lot", "aangeboden door loting"),
        number("contracted", "contracted already", "al ingekocht"),
        number("places_available", "places available", "beschikbare plekken"),
        number("approached", "families approached", "benaderde gezinnen", "families"),
        number("cost", "cost", "kosten", "EUR"),
        number("hours", "staff hours", "uren personeel", "hours"),
    )


def _columns(programmes: Mapping[str, Text], wijken: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column("programme", "key", Text("programme", "programma"), labels=programmes),
        Column("area", "key", Text("wijk", "wijk"), labels=wijken),
        Column("places", "number", Text("places", "plekken"), "places"),
        Column("cost", "number", Text("cost", "kosten"), "EUR"),
    )
