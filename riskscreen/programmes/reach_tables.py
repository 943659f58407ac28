"""Tables of reach, unmet need, and supply against demand; unreleased."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from riskscreen.programmes.assumptions import ASSUMPTIONS
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.eligibility import NO_GROUP
from riskscreen.programmes.reach import STEPS, Reach
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.tables import TOTAL, Channel, Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.programmes.plan import Plan

INSIDE: tuple[Channel, ...] = ("review", "internal")
SOURCES: Mapping[str, Text] = {
    "register": Text("register of participation", "register van deelname"),
    "spreadsheet": Text("spreadsheets of providers", "spreadsheets van aanbieders"),
    "both": Text("register and spreadsheets", "register en spreadsheets"),
    "none": Text("no source: not known", "geen bron: niet bekend"),
}
_STEPS = 20
_NONE = Text("families in no target group", "gezinnen in geen doelgroep")
Counted = tuple[int, int | None, int | None, int | None]


def reach_interval(offered: float, families: float, left: float, found: float) -> tuple[float, float] | None:
    """Interval of the share that was reached.

    Three things are uncertain. Chance: the Wilson interval (Wilson 1927), with these families seen as some of all
    families in such circumstances. Who belongs below the line: families on the index date, or also those that were
    there earlier in the year. And offers that found no family, because a number did not link or somebody moved. The
    lower bound takes the larger denominator and no offer beyond those found; the upper bound the smaller denominator,
    and as many of the offers that found no family as of those that did.

    Both ``left`` over ``families`` and ``found`` are taken outward to whole twentieths: with sharper ones a few
    families could be worked out from the bounds.

    Parameters
    ----------
    offered, families
        Families that were offered it, of those that it fits on the index date.
    left
        Families that it fitted earlier in the year only.
    found
        Share of the offers whose person is in a family on the index date, above 0 and at most 1.

    Returns
    -------
    tuple
        Low and high, from 0 to 1; ``None`` without families.

    Examples
    --------
    >>> [round(end, 3) for end in reach_interval(40, 200, 0, 1.0)]
    [0.15, 0.261]
    >>> [round(end, 3) for end in reach_interval(40, 200, 50, 0.8)]
    [0.12, 0.314]
    """
    if not families:
        return None
    more = math.ceil(_STEPS * left / families - 1e-9) / _STEPS
    share = max(math.floor(_STEPS * found + 1e-9), 1) / _STEPS
    low = float(wilson(offered, families * (1 + more)).low)
    high = float(wilson(min(families, offered / share), families).high)
    return round(low, 6), round(high, 6)


def reach_table(reach: Reach, catalogue: Catalogue, groups: Sequence[TargetGroup]) -> Table:
    """``reach``: per programme and target group the families that it fits, and who was offered it and took part."""
    rows = [row for item in catalogue.programmes for row in _programme_rows(reach, item.id, [g.id for g in groups])]
    labels = {group.id: group.name for group in groups} | {NO_GROUP: _NONE}
    columns = (
        Column("programme", "key", Text("programme", "programma"), labels=catalogue.names),
        Column("target_group", "key", Text("target group", "doelgroep"), labels=labels),
        Column("source", "code", Text("source", "bron"), labels=SOURCES),
        Column("in_group", "count", Text("families in the group", "gezinnen in de groep"), "families"),
        Column("families", "count", Text("that it fits", "bij wie het past"), "families", base="in_group"),
        *_reach_columns("estimate"),
        Column(
            "uptake", "estimate", Text("taken up, of those offered", "deelname"), "share", of="taken_up", base="offered"
        ),
    )
    title = Text("Reach per programme and target group", "Bereik per programma en doelgroep")
    return Table("reach", title, columns, tuple(rows), _note(reach, _REACH_NOTE), INSIDE)


def _reach_columns(share: Literal["rate", "estimate"]) -> tuple[Column, ...]:
    """Who was reached. Tables that do not leave by every channel hold no rates.

    A hidden rate makes the gate look for what repeats it in other tables about the same programme or wijk; a table must
    be the same by every channel, whatever goes beside it.
    """
    return (
        Column("offered", "count", Text("offered", "aangeboden"), "families", base="families"),
        Column("taken_up", "count", Text("taken up", "begonnen"), "families", base="offered"),
        Column("completed", "count", Text("completed", "afgerond"), "families", base="taken_up"),
        Column("reach", share, Text("reach", "bereik"), "share", of="offered", base="families"),
        Column("reach_low", "estimate", Text("reach, from", "bereik, van"), "share", base="families"),
        Column("reach_high", "estimate", Text("reach, to", "bereik, tot"), "share", base="families"),
    )


def _programme_rows(reach: Reach, programme: str, groups: Sequence[str]) -> Iterator[tuple[Value, ...]]:
    pairs = reach.pairs[reach.pairs["programme"] == programme]
    source, found = reach.sources[programme], reach.found.get(programme, 1.0)
    for group in (*groups, NO_GROUP, TOTAL):
        members, rows, left = (
            frame if group == TOTAL else frame[frame["target_group"] == group]
            for frame in (reach.members, pairs, reach.left[reach.left["programme"] == programme])
        )
        counts = _sums(rows, known=source == "register")
        if group == TOTAL and source == "spreadsheet":
            counts = _from_files(reach, programme, counts[0])
        if int(members["families"].sum()) or group == TOTAL:
            rates = _rates(counts, int(left["families"].sum()), found if source == "register" else 1.0)
            uptake = counts[2] / counts[1] if counts[1] and counts[2] is not None else None
            yield (programme, group, source, int(members["families"].sum()), *counts, *rates, uptake)


def _sums(rows: pd.DataFrame, *, known: bool) -> Counted:
    families = int(rows["families"].sum())
    if not known:
        return families, None, None, None
    offered, taken_up, completed = (int(rows[name].sum()) for name in STEPS)
    return families, offered, taken_up, completed


def _from_files(reach: Reach, programme: str, families: int) -> Counted:
    """What providers wrote; unknown when they reached more families than the programme fits: it cannot be a share.

    Nor can it be when that is so in one wijk: a sum of which a part is not known is not known.
    """
    if reach.given is None or any(name == programme for name, _ in reach.doubtful):
        return families, None, None, None
    rows = reach.given[reach.given["programme"] == programme]
    offered, taken_up, completed = (int(rows[name].sum()) for name in STEPS)
    return (families, offered, taken_up, completed) if offered <= families else (families, None, None, None)


def _rates(counts: Counted, left: int, found: float) -> tuple[float | None, float | None, float | None]:
    families, offered = counts[:2]
    if not families or offered is None:
        return None, None, None
    bounds = reach_interval(offered, families, left, found)
    return (offered / families, *(bounds or (None, None)))


def given_table(reach: Reach, catalogue: Catalogue, areas: Mapping[str, str]) -> Table | None:
    """``reach_spreadsheets``: what providers wrote down per programme and wijk, of all families; ``None`` without."""
    if reach.given is None or reach.given.empty:
        return None
    wijken = {str(code): same(areas.get(str(code), str(code))) for code in reach.given["area_block"]}
    columns = (
        Column("programme", "key", Text("programme", "programma"), labels=catalogue.names),
        Column("area", "key", Text("wijk", "wijk"), labels=wijken),
        Column("quarters", "number", Text("quarters of the year", "kwartalen van het jaar"), "quarters"),
        Column("offered", "count", Text("offered", "aangeboden"), "families"),
        Column("taken_up", "count", Text("taken up", "begonnen"), "families", base="offered"),
        Column("completed", "count", Text("completed", "afgerond"), "families", base="taken_up"),
        Column("remark", "code", Text("remark", "opmerking"), labels=_REMARKS),
    )
    ordered = reach.given.sort_values(["programme", "area_block"]).to_dict("records")
    rows = tuple(_given_row(row, reach) for row in ordered)
    title = Text("Reach as providers wrote it down", "Bereik zoals aanbieders het opschreven")
    return Table("reach_spreadsheets", title, columns, rows, _GIVEN_NOTE, INSIDE)


def _given_row(row: Mapping[Hashable, Any], reach: Reach) -> tuple[Value, ...]:
    programme, area = str(row["programme"]), str(row["area_block"])
    remark = "more_than_fit" if (programme, area) in reach.doubtful else "none"
    return (programme, area, reach.quarters[programme], *(int(row[name]) for name in STEPS), remark)


def supply_tables(reach: Reach, plan: Plan, areas: Mapping[str, str]) -> tuple[Table, ...]:
    """``supply_reach_unmet`` per wijk, and ``supply_demand`` per programme and wijk.

    Parameters
    ----------
    plan
        Its places are the supply.
    areas
        Name per wijk.
    """
    wijken = {str(code): same(areas.get(str(code), str(code))) for code in reach.anyone["area_block"]}
    return _per_wijk(reach, plan, wijken), _per_programme(reach, plan, wijken)


def _per_wijk(reach: Reach, plan: Plan, wijken: Mapping[str, Text]) -> Table:
    source, found = _source(reach), reach.found.get(TOTAL, 1.0)
    left = dict(zip(reach.left_anyone["area_block"], reach.left_anyone["families"], strict=True))
    rows = []
    for row in reach.anyone.to_dict("records"):
        area = str(row["area_block"])
        known = reach.known and not any(wijk == area for _, wijk in reach.doubtful)
        families, offered, taken_up = (
            int(row[name]) if known or name == "families" else None for name in ("families", "offered", "taken_up")
        )
        rates = _rates((int(row["families"]), offered, taken_up, None), int(left.get(row["area_block"], 0)), found)
        unmet = None if offered is None else float(int(row["families"]) - offered)
        places = sum(offer.places for offer in plan.offers if offer.area_block == area)
        rows.append((area, source, families, offered, taken_up, *rates, unmet, places))
    first, second, _, *rates_ = _reach_columns("rate")
    columns = (
        Column("area", "key", Text("wijk", "wijk"), labels=wijken),
        Column("source", "code", Text("source", "bron"), labels=SOURCES),
        Column("families", "count", Text("families in a target group", "gezinnen in een doelgroep"), "families"),
        first,
        second,
        *rates_,
        Column("unmet", "rate", Text("not offered anything", "niets aangeboden"), "families", "offered", "families"),
        Column("places", "number", Text("places in the plan", "plekken in het plan"), "places"),
    )
    title = Text("Supply, reach and unmet need per wijk", "Aanbod, bereik en onvervulde behoefte per wijk")
    return Table("supply_reach_unmet", title, columns, tuple(rows), _note(reach, _unmet_note(reach)))


def _per_programme(reach: Reach, plan: Plan, wijken: Mapping[str, Text]) -> Table:
    supply: dict[tuple[str, str], int] = {}
    for offer in plan.offers:
        supply[offer.programme, offer.area_block] = supply.get((offer.programme, offer.area_block), 0) + offer.places
    everyone = dict(zip(reach.anyone["area_block"], reach.anyone["families"], strict=True))
    grouped = reach.pairs[reach.pairs["target_group"] != NO_GROUP]
    sums = grouped.groupby(["programme", "area_block"], as_index=False)["families"].sum()
    rows = []
    for programme, area, families in sums.itertuples(index=False):
        plans = plan.catalogue.planning[programme]
        demand = int(families) * plans.uptake
        places = supply.get((programme, area), 0)
        counts = (int(everyone[area]), int(families), demand, demand - places)
        rows.append((programme, area, *counts, places, plans.assumption))
    return Table("supply_demand", _DEMAND_TITLE, _demand_columns(plan, wijken), tuple(rows), _DEMAND_NOTE, INSIDE)


def _demand_columns(plan: Plan, wijken: Mapping[str, Text]) -> tuple[Column, ...]:
    return (
        Column("programme", "key", Text("programme", "programma"), labels=plan.catalogue.names),
        Column("area", "key", Text("wijk", "wijk"), labels=wijken),
        Column("in_groups", "count", Text("families in a target group", "gezinnen in een doelgroep"), "families"),
        Column("families", "count", Text("that it fits", "bij wie het past"), "families", base="in_groups"),
        Column("demand", "number", Text("would take part", "zou meedoen"), "places", base="families"),
        Column("short", "number", Text("places short", "plekken tekort"), "places", base="families"),
        Column("places", "number", Text("places in the plan", "plekken in het plan"), "places"),
        Column("assumption", "code", Text("planning values", "planwaarden"), labels=ASSUMPTIONS),
    )


def _unmet_note(reach: Reach) -> Text:
    more = [_DOUBTFUL_NOTE] if reach.doubtful else []
    return Text(*(" ".join(getattr(text, name) for text in (_UNMET_NOTE, *more)) for name in ("en", "nl")))


def _source(reach: Reach) -> str:
    known = set(reach.sources.values()) - {"none"}
    return "both" if len(known) == 2 else next(iter(known), "none")


def _note(reach: Reach, text: Text) -> Text:
    since, day = reach.since.isoformat(), reach.day.isoformat()
    return Text(f"From {since} up to {day}. {text.en}", f"Van {since} tot {day}. {text.nl}")


_REACH_NOTE = Text(
    "Families on the index date; reached in the year before it. Low and high hold chance, families that were there "
    "earlier in the year only, and offers that found no family. A spreadsheet tells nothing of target groups: then "
    "only the total is known, and nothing when a provider reached more families than the programme fits.",
    "Gezinnen op de peildatum, bereikt in het jaar ervoor. De marge gaat over toeval, over gezinnen die er alleen "
    "eerder in het jaar waren, en over aanbod waar geen gezin bij gevonden is. Een spreadsheet zegt niets over "
    "doelgroepen: dan is alleen het totaal bekend, en niets als een aanbieder meer gezinnen bereikte dan er passen.",
)
_UNMET_NOTE = Text(
    "Families in a target group that at least one programme fits, each counted once; offered: at least one of those "
    "programmes. Spreadsheets may count a family twice, so unmet need can be larger than shown. Places are a plan on "
    "planning values, not a count of families.",
    "Gezinnen in een doelgroep bij wie minstens één programma past, elk één keer geteld; aangeboden: minstens één van "
    "die programma's. Spreadsheets kunnen een gezin dubbel tellen: de onvervulde behoefte kan groter zijn. Plekken "
    "zijn een plan op planwaarden, geen aantal gezinnen.",
)
_DOUBTFUL_NOTE = Text(
    "In a wijk where providers wrote down more offers than families can have been whom a programme fits, reach is not "
    "known, and the plan takes nobody there as reached.",
    "In een wijk waar aanbieders vaker iets aanboden dan er gezinnen kunnen zijn bij wie een programma past, is het "
    "bereik niet bekend. Het plan rekent daar niemand als bereikt.",
)
_GIVEN_NOTE = Text(
    "All families of the provider, also those outside the target groups; a family may be counted in two quarters.",
    "Alle gezinnen van de aanbieder, ook buiten de doelgroepen; een gezin kan in twee kwartalen meetellen.",
)
_REMARKS: Mapping[str, Text] = {
    "none": same("-"),
    "more_than_fit": Text(
        "more offers than families that it fits: reach not known",
        "meer aanbod dan gezinnen bij wie het past: bereik niet bekend",
    ),
}
_DEMAND_TITLE = Text("Supply against demand per programme and wijk", "Aanbod en vraag per programma en wijk")
_DEMAND_NOTE = Text(
    "Would take part: families in a target group that the programme fits, times uptake, a planning value. Below 0 "
    "places short: more places than takers. A family that fits two programmes counts with both.",
    "Zou meedoen: gezinnen in een doelgroep bij wie het programma past, keer de deelname, een planwaarde. Een tekort "
    "onder 0: meer plekken dan deelnemers. Een gezin dat bij twee programma's past, telt bij allebei mee.",
)
