"""Meeting places as tables: who of each group came where, and what an offer to everyone there would reach and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.meeting import EVERYBODY, PLACES, Meetings, Met, place_of
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.coarse import coarse_share
from riskscreen.stats.intervals import wilson

NO_PROGRAMME = "none"
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no: no register covers it", "nee: geen register dekt het")}
_BY_LAW = Text(
    "In the year before the newest index date, as far as recorded before it. School is by law: a family with a child "
    "of 5 to 15 years; no register says who goes. A place that no register covers is empty: that is not zero.",
    "In het jaar voor de nieuwste peildatum, voor zover toen vastgelegd. School is volgens de wet: een gezin met een "
    "kind van 5 tot en met 15 jaar; geen register zegt wie er gaat. Een plek die geen register dekt is leeg: dat is "
    "geen nul.",
)


def meeting_table(meetings: Meetings, groups: Sequence[TargetGroup]) -> Table:
    """``meeting_places``: share of each group, and of all families, that came to each place; not yet released."""
    rows: list[tuple[Value, ...]] = [
        (one.group, one.place, "no" if one.met is None else "yes", one.families, one.met, one.share)
        for one in meetings.now
    ]
    names = {EVERYBODY: Text("all families", "alle gezinnen")} | {group.id: group.name for group in groups}
    return Table(
        "meeting_places",
        Text("Where families of each target group come anyway", "Waar gezinnen van elke doelgroep toch al komen"),
        (
            Column("group", "key", Text("target group", "doelgroep"), labels=names),
            Column("place", "key", Text("meeting place", "vindplaats"), labels=dict(PLACES)),
            Column("covered", "code", Text("can be seen", "te zien"), labels=_YES_NO),
            Column("families", "count", Text("families now", "gezinnen nu"), "families", additive=False),
            Column(
                "met", "count", Text("came there", "kwam daar"), "families", base="families", additive=False
            ),
            Column("share", "rate", Text("share that came there", "deel dat daar kwam"), "share", of="met",
                base="families"),
        ),
        tuple(rows),
        note=_BY_LAW,
    )  # fmt: skip


def offers_table(meetings: Meetings, catalogue: Catalogue) -> Table:
    """``meeting_offers``: an offer to everyone at a place, per programme that names it; not yet released.

    Reach: families there now, and the share of all recorded outcomes that fell among families there on the test date.
    Cost and places are planning values: the programme's cost per place, for the share of families that takes part.
    """
    test = {one.place: one for one in meetings.test if one.group == EVERYBODY}
    rows: list[tuple[Value, ...]] = []
    for one in meetings.now:
        if one.group != EVERYBODY:
            continue
        named = [item for item in catalogue.programmes if place_of(item) == one.place]
        reach = _reach(one, test[one.place])
        for programme in named:
            plan = catalogue.planning[programme.id]
            cost = None if one.met is None else round(plan.uptake * one.met) * plan.cost
            rows.append((one.place, programme.id, *reach, plan.uptake, cost))
        if not named:
            rows.append((one.place, NO_PROGRAMME, *reach, None, None))
    return Table(
        "meeting_offers",
        Text("An offer to everyone at a meeting place", "Een aanbod aan iedereen op een vindplaats"),
        _columns(catalogue.names),
        tuple(rows),
        note=Text(
            f"{_BY_LAW.en} Cost: everyone there is asked, the share that takes part costs what a place costs. Uptake "
            "and cost are planning values. A share of the reports says nothing of how many would be prevented.",
            f"{_BY_LAW.nl} Kosten: iedereen daar wordt gevraagd, wie meedoet kost wat een plek kost. Deelname en "
            "kosten zijn planwaarden. Een deel van de meldingen zegt niet hoeveel er voorkomen zouden worden.",
        ),
    )


def programme_places_table(meetings: Meetings, catalogue: Catalogue, groups: Sequence[TargetGroup]) -> Table:
    """``programme_places``: per programme and group, whom it fits and who of them comes to its place; not yet released.

    Shares are rounded so far that they tell nothing of a few families.
    """
    sizes = {one.group: one.families for one in meetings.now}
    met = places_of_programmes(meetings, catalogue)
    rows: list[tuple[Value, ...]] = []
    for programme in catalogue.programmes:
        for group in groups:
            fits, size = meetings.fits[programme.id, group.id][0], sizes[group.id]
            place, share = met[f"{programme.id}/{group.id}"]
            fitting = coarse_share(fits / size, size) if size else None
            rows.append((programme.id, group.id, place, size, fitting, _coarse(share, fits)))
    return Table(
        "programme_places",
        Text("Whom each programme meets at its place", "Wie elk programma op zijn vindplaats ontmoet"),
        (
            Column("programme", "key", Text("programme", "programma"), labels=dict(catalogue.names)),
            Column("group", "key", Text("target group", "doelgroep"), labels={g.id: g.name for g in groups}),
            Column("place", "code", Text("meeting place", "vindplaats"), labels=dict(PLACES)),
            Column("families", "count", Text("families now", "gezinnen nu"), "families", additive=False),
            Column("fits", "estimate", Text("families it fits", "gezinnen waarbij het past"), "share", base="families"),
            Column("met", "estimate", Text("of these met there", "daarvan daar ontmoet"), "share", base="families"),
        ),
        tuple(rows),
        note=_BY_LAW,
    )  # fmt: skip


def _coarse(share: float | None, base: int) -> float | None:
    return None if share is None else coarse_share(share, base)


def places_of_programmes(meetings: Meetings, catalogue: Catalogue) -> Mapping[str, tuple[str, float | None]]:
    """Per ``programme/group``: the programme's place, and the share met there of the families whom it fits."""
    places = {item.id: place_of(item) for item in catalogue.programmes}
    return {
        f"{programme}/{group}": (places[programme], met / fits if met is not None and fits else None)
        for (programme, group), (fits, met) in meetings.fits.items()
    }


def _reach(now: Met, test: Met) -> tuple[Value, ...]:
    """All families, those there, share; all outcomes, those there, share with its bounds."""
    if test.outcomes is None or test.met_outcomes is None or not test.outcomes:
        return now.families, now.met, now.share, test.outcomes, None, None, None, None
    bounds = wilson(test.met_outcomes, test.outcomes)
    share = test.met_outcomes / test.outcomes
    outcomes = (test.outcomes, test.met_outcomes, share, float(bounds.low), float(bounds.high))
    return now.families, now.met, now.share, *outcomes


def _columns(programmes: Mapping[str, Text]) -> tuple[Column, ...]:
    def count(name: str, en: str, nl: str, base: str = "") -> Column:
        return Column(name, "count", Text(en, nl), "families", base=base, additive=False)

    named = {**programmes, NO_PROGRAMME: Text("no programme names it", "geen programma noemt het")}
    return (
        Column("place", "key", Text("meeting place", "vindplaats"), labels=dict(PLACES)),
        Column("programme", "key", Text("programme", "programma"), labels=named),
        count("families", "families now", "gezinnen nu"),
        count("there", "came there", "kwam daar", "families"),
        Column(
            "share", "rate", Text("share of families", "deel van de gezinnen"), "share", of="there", base="families"
        ),
        count("outcomes", "recorded reports on the test date", "meldingen op de toetsdatum"),
        count("outcomes_there", "of these among families there", "daarvan bij gezinnen daar", "outcomes"),
        Column(
            "share_of_outcomes", "rate", Text("share of recorded reports", "deel van de meldingen"), "share",
            of="outcomes_there", base="outcomes",
        ),
        Column("low", "estimate", Text("lower bound", "ondergrens"), "share", base="outcomes"),
        Column("high", "estimate", Text("upper bound", "bovengrens"), "share", base="outcomes"),
        Column("uptake", "number", Text("takes part (planning value)", "doet mee (planwaarde)"), "share"),
        Column("cost", "number", Text("cost (planning value)", "kosten (planwaarde)"), "EUR", base="there"),
    )  # fmt: skip
