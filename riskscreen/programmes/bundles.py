"""Bundles: for a group in which domains pile up, the programmes that fit it together, with one lead.

A family that could take part in several programmes of a bundle counts once: what a bundle reaches is the share of
families whom at least one of its programmes fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from riskscreen.engine.duck import Engine, quote
from riskscreen.engine.sql import literal
from riskscreen.programmes.eligibility import FITS, JOIN, holds_sql
from riskscreen.records.definitions import DOMAINS, Programme, TargetGroup
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.coarse import coarse_share

MOST = 3
"""Programmes in a bundle at most: more cannot be led by one professional."""
STACKED = 0.5
"""A domain piles up in a group when at least this share of its families has a stressor in it."""
LEAD, BESIDE = "lead", "beside"
ROLES = {LEAD: Text("leads", "leidt"), BESIDE: Text("beside it", "ernaast")}


@dataclass(frozen=True, slots=True)
class Part:
    """One programme in a bundle.

    Parameters
    ----------
    programme
        Its id.
    role
        ``lead`` or ``beside``.
    fit
        Share of the group's families that meet its filter, times the share of the group's domains it works on.
    share
        Share of the group's families that meet its filter.
    domains
        The group's domains that it works on and no programme before it does.
    """

    programme: str
    role: str
    fit: float
    share: float
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The programmes of one group; none when no programme fits.

    Parameters
    ----------
    group
        Its id.
    domains
        The domains that define it, then those that pile up in it.
    parts
        The lead first.
    share
        Share of its families whom at least one of the programmes fits: each family once.
    open
        Domains that no programme of the bundle works on.
    """

    group: str
    domains: tuple[str, ...]
    parts: tuple[Part, ...]
    share: float
    open: tuple[str, ...]

    @property
    def lead(self) -> str | None:
        """Id of the programme that leads."""
        return self.parts[0].programme if self.parts else None


@dataclass(frozen=True, slots=True)
class Fitting:
    """Families of each group by the programmes that fit them. For use inside: printing shows no counts.

    Parameters
    ----------
    families
        Per group id, families by the ids of all programmes whose filter they meet.
    """

    families: Mapping[str, Mapping[frozenset[str], int]] = field(repr=False)

    def share(self, group: str, programmes: Sequence[str]) -> float:
        """Share of the group's families whom at least one of these programmes fits; a family counts once."""
        counts = self.families.get(group, {})
        whole = sum(counts.values())
        met = sum(count for ids, count in counts.items() if ids & set(programmes))
        return met / whole if whole else 0.0

    def size(self, group: str) -> int:
        """Families of the group."""
        return sum(self.families.get(group, {}).values())


def count_fitting(engine: Engine, groups: Sequence[TargetGroup], programmes: Sequence[Programme], day: date) -> Fitting:
    """Count the families of every group by the programmes that fit them; groups may overlap.

    Parameters
    ----------
    day
        The index date.
    """
    present = set(engine.columns("levels"))
    marks = [f"CASE WHEN {holds_sql(item.filter, present)} THEN {quote(item.id)} END" for item in programmes]
    ids = f"concat_ws({quote(JOIN)}, {', '.join(marks)})" if marks else quote("")
    found: dict[str, dict[frozenset[str], int]] = {}
    for group in groups:
        rows = engine.rows(
            f"SELECT {ids} AS ids, count(*) FROM levels WHERE index_date = {literal(day)} "
            f"AND NOT apart AND {holds_sql(group.filter, present)} GROUP BY ids ORDER BY ids"
        )
        found[group.id] = {frozenset(text.split(JOIN)) - {""}: count for text, count in rows}
    return Fitting(found)


def make_bundles(
    fitting: Fitting,
    groups: Sequence[TargetGroup],
    programmes: Sequence[Programme],
    piled: Mapping[str, Mapping[str, float]] | None = None,
) -> tuple[Bundle, ...]:
    """A bundle per group: the programme that fits best leads; others join for domains that are still open.

    Parameters
    ----------
    fitting
        From :func:`count_fitting`.
    piled
        Per group id, the share of its families with a stressor in each domain; default: only the domains that define
        the group.
    """
    return tuple(_bundle(fitting, group, programmes, (piled or {}).get(group.id, {})) for group in groups)


def leads(bundles: Sequence[Bundle]) -> dict[str, str]:
    """The programme that leads, per group id; groups that no programme fits are left out."""
    return {bundle.group: bundle.lead for bundle in bundles if bundle.lead is not None}


def bundles_table(
    bundles: Sequence[Bundle],
    fitting: Fitting,
    groups: Sequence[TargetGroup],
    names: Mapping[str, Text],
    places: Mapping[str, tuple[str, float | None]] | None = None,
    place_names: Mapping[str, Text] | None = None,
) -> Table:
    """``bundles``: programmes per group, the lead first; not yet released.

    Parameters
    ----------
    names
        Names of the programmes.
    places
        Per ``programme/group``: the programme's meeting place, and the share met there of the families whom it fits
        (``None``: not covered).
    place_names
        Names of the meeting places.
    """
    rows: list[tuple[Value, ...]] = []
    for bundle in bundles:
        size = fitting.size(bundle.group)
        for number, part in enumerate(bundle.parts, start=1):
            place, met = (places or {}).get(f"{part.programme}/{bundle.group}", ("unknown", None))
            known = size * part.share  # the base of what is met: families whom it fits
            rows.append(
                (
                    *(bundle.group, part.programme, part.role, JOIN.join(part.domains) or "none", place, size),
                    coarse_share(part.share, size),
                    coarse_share(fitting.share(bundle.group, [p.programme for p in bundle.parts[:number]]), size),
                    None if met is None else coarse_share(met, known),
                )
            )
    return Table(
        "bundles",
        Text("Programmes that fit each target group together", "Programma's die samen bij elke doelgroep passen"),
        _columns(bundles, groups, names, {"unknown": Text("unknown", "onbekend"), **(place_names or {})}),
        tuple(rows),
        note=Text(
            "One programme leads; the others are offered through it, for domains that it does not work on. A family "
            "that several programmes fit counts once. Shares are rounded so far that they tell nothing of a few "
            "families. Families met: of those whom the programme fits, who came to its meeting place in the last year.",
            "Eén programma leidt; de andere worden via dat programma aangeboden, voor domeinen waar het niets aan "
            "doet. Een gezin waar meer programma's bij passen telt één keer. De delen zijn zo ver afgerond dat ze "
            "niets zeggen over enkele gezinnen. Ontmoet: van de gezinnen waar het programma bij past, wie in het "
            "laatste jaar op de vindplaats kwam.",
        ),
    )


def _bundle(
    fitting: Fitting, group: TargetGroup, programmes: Sequence[Programme], piled: Mapping[str, float]
) -> Bundle:
    stacked = sorted((name for name, share in piled.items() if share >= STACKED), key=lambda name: -piled[name])
    domains = tuple(dict.fromkeys((*group.domains, *stacked)))
    parts: list[Part] = []
    open_ = list(domains)
    while len(parts) < MOST and (open_ or not parts):
        wanted = group.domains if not parts else open_  # who leads is decided by what the group is about
        options = [(_fit(fitting, group, item, wanted), item) for item in programmes if not _taken(parts, item)]
        fit, best = max(options, key=lambda pair: (pair[0], pair[1].id), default=(0.0, None))
        if best is None or fit < (FITS if not parts else 1e-9) or fitting.share(group.id, [best.id]) < FITS:
            break
        works_on = tuple(name for name in open_ if name in best.domains)
        parts.append(Part(best.id, BESIDE if parts else LEAD, fit, fitting.share(group.id, [best.id]), works_on))
        open_ = [name for name in open_ if name not in works_on]
    share = fitting.share(group.id, [part.programme for part in parts])
    return Bundle(group.id, domains, tuple(parts), share, tuple(open_))


def _fit(fitting: Fitting, group: TargetGroup, programme: Programme, domains: Sequence[str]) -> float:
    """Share of families that meet its filter, times the share of these domains that it works on."""
    matched = len(set(domains) & set(programme.domains)) / len(domains) if domains else 1.0
    return fitting.share(group.id, [programme.id]) * matched


def _taken(parts: Sequence[Part], programme: Programme) -> bool:
    return any(part.programme == programme.id for part in parts)


def _columns(
    bundles: Sequence[Bundle], groups: Sequence[TargetGroup], names: Mapping[str, Text], places: Mapping[str, Text]
) -> tuple[Column, ...]:
    sets = {JOIN.join(part.domains) for bundle in bundles for part in bundle.parts if part.domains}
    worked = {text: _listed(text.split(JOIN)) for text in sorted(sets)} | {"none": Text("no other", "geen andere")}
    return (
        Column("group", "key", Text("target group", "doelgroep"), labels={group.id: group.name for group in groups}),
        Column("programme", "key", Text("programme", "programma"), labels=dict(names)),
        Column("role", "code", Text("role", "rol"), labels=ROLES),
        Column("domains", "code", Text("domains it adds", "domeinen die het toevoegt"), labels=worked),
        Column("place", "code", Text("meeting place", "vindplaats"), labels=dict(places)),
        Column("families", "count", Text("families now", "gezinnen nu"), "families", additive=False),
        Column("share", "estimate", Text("families it fits", "gezinnen waarbij het past"), "share", base="families"),
        Column("together", "estimate", Text("with those before it", "samen met die ervoor"), "share", base="families"),
        Column("met", "estimate", Text("of these met there", "daarvan daar ontmoet"), "share", base="families"),
    )


def _listed(domains: Sequence[str]) -> Text:
    known = [DOMAINS.get(name, Text(name, name)) for name in domains]
    return Text(", ".join(text.en for text in known), ", ".join(text.nl for text in known))
