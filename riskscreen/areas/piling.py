"""What piles up in target groups, and how far they overlap: shares of families on the newest date."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from riskscreen.areas.figures import domains_of, has_domain
from riskscreen.areas.groups import Targets
from riskscreen.areas.halves import Halves
from riskscreen.areas.membership import Bools, in_group
from riskscreen.records.definitions import DOMAINS
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.coarse import coarse_share

EVERYBODY = "everybody"
"""The row of all families."""
EVERYBODY_LABEL = Text("all families", "alle gezinnen")
PREFIX = "piled_"
"""Before the code of a domain. The gate takes equal codes in two tables for the same families, and hides a share that
happens to equal a difference of hidden rates; a domain of a target group is not the domain of another table."""
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}


def domain_shares(targets: Targets, halves: Halves) -> dict[str, dict[str, float]]:
    """Per group (and of all families) the share with a stressor in each domain, from 0 to 1; for use inside."""
    frame = halves.present
    families = frame["families"].to_numpy(np.float64)
    stressed = {name: has_domain(frame, halves, name) for name in domains_of(halves)}
    members = {EVERYBODY: np.ones(len(frame), dtype=bool)}
    members |= {group.id: in_group(frame, group) for group in targets.groups}
    return {
        group: {name: _share(families, inside, inside & held) for name, held in stressed.items()}
        for group, inside in members.items()
    }


def domains_table(targets: Targets, halves: Halves) -> Table:
    """``target_domains``: which domains pile up in each group, beside all families; not yet released."""
    shares, defined = domain_shares(targets, halves), {group.id: group.domains for group in targets.groups}
    sizes = {item.group.id: item.families for item in targets.estimates}
    sizes[EVERYBODY] = int(halves.present["families"].sum())
    rows = [
        (
            group,
            f"{PREFIX}{domain}",
            "yes" if domain in defined.get(group, ()) else "no",
            sizes[group],
            _told(share, sizes[group]),
        )
        for group, by_domain in shares.items()
        for domain, share in by_domain.items()
    ]
    labels = {f"{PREFIX}{name}": DOMAINS.get(name, same(name)) for name in domains_of(halves)}
    return Table(
        "target_domains",
        Text("Which domains pile up in each target group", "Welke domeinen stapelen in elke doelgroep"),
        (
            Column("group", "key", Text("target group", "doelgroep"), labels=_names(targets)),
            Column("domain", "key", Text("domain", "domein"), labels=labels),
            Column("defines", "code", Text("part of its definition", "deel van de definitie"), labels=_YES_NO),
            Column("families", "count", Text("families now", "gezinnen nu"), "families", additive=False),
            Column(
                "share", "estimate", Text("with a stressor in it", "met een stressor erin"), "share", base="families"
            ),
        ),
        tuple(rows),
        note=Text(
            "Shares are rounded so far that they tell nothing of a few families.",
            "De delen zijn zo ver afgerond dat ze niets zeggen over enkele gezinnen.",
        ),
    )


def overlap_table(targets: Targets, halves: Halves) -> Table:
    """``target_overlap``: of every two groups, what share of the smaller is in the other too; not yet released.

    One share per pair, and a rounded one: two shares of the same overlap would narrow it down together.
    """
    frame = halves.present
    families = frame["families"].to_numpy(np.float64)
    inside = {item.group.id: in_group(frame, item.group) for item in targets.estimates}
    ordered = sorted(targets.estimates, key=lambda item: (item.families, item.group.id))
    rows: list[tuple[Value, ...]] = []
    for small, large in combinations(ordered, 2):
        share = _share(families, inside[small.group.id], inside[small.group.id] & inside[large.group.id])
        rows.append((small.group.id, large.group.id, small.families, _told(share, small.families)))
    names = {group.id: group.name for group in targets.groups}
    return Table(
        "target_overlap",
        Text("How far target groups overlap", "Hoe ver doelgroepen overlappen"),
        (
            Column("smaller", "key", Text("smaller group", "kleinere groep"), labels=names),
            Column("larger", "key", Text("larger group", "grotere groep"), labels=names),
            Column(
                "families", "count", Text("families in the smaller", "gezinnen in de kleinere"), "families",
                additive=False,
            ),
            Column("share", "estimate", Text("also in the larger", "ook in de grotere"), "share", base="families"),
        ),
        tuple(rows),
        note=Text("Families on the newest index date.", "Gezinnen op de nieuwste peildatum."),
    )  # fmt: skip


def _share(families: np.ndarray, whole: Bools, part: Bools) -> float:
    everyone = float(families[whole].sum())
    return float(families[part].sum()) / everyone if everyone else 0.0


def _told(share: float, families: int) -> float | None:
    return coarse_share(share, families)


def _names(targets: Targets) -> dict[str, Text]:
    return {EVERYBODY: EVERYBODY_LABEL} | {group.id: group.name for group in targets.groups}
