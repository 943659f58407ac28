"""What-ifs of a made-up town for the tests of the board's page: what an audit found, as tables passed by the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.fairness.mitigation import GapChange, Mitigated, Widening, WorstCalibration
from riskscreen.fairness.mitigation_tables import gaps_table, opened_table, scores_table, what_ifs_table
from riskscreen.fairness.proxies import Carrier, GroupRecovery, Recovery
from riskscreen.fairness.proxy_tables import carriers_table, proxies_table, proxy_groups_table
from riskscreen.records.hashlog import HashLog
from riskscreen.records.texts import Text
from riskscreen.reports import Dates, Fact, ReportContent, Request, ReviewFacts
from riskscreen.settings import Release
from riskscreen.stats.association import Association
from riskscreen.stats.discrimination import Figure

STRESSORS = {
    "low_education": Text("low education", "lage opleiding"),
    "moves": Text("moves", "verhuizingen"),
    "eviction": Text("eviction", "huisuitzetting"),
}
FAMILIES, OUTCOMES, FEW = 18_051, 384, 60
SAME = Figure(0.0, 0.0, 0.0)
CARD = Mitigated(
    name="card",
    kind="as_it_is",
    removed=(),
    attribute=None,
    families=FAMILIES,
    outcomes=OUTCOMES,
    gaps=(GapChange(("origin",), "selection_rate", 0.05, 900, 0.166, 0.166, "gap", "gap"),),
    compared=40,
    widened=(),
    in_the_large=0.001,
    worst_calibration=WorstCalibration("origin", "outside_europe", 2_000, -0.012),
    auroc=Figure(0.753, 0.705, 0.796),
    auroc_change=SAME,
    log_loss_change=SAME,
)


def _changed(name: str, gap: float, fit: float, **more: Any) -> Mitigated:
    change = GapChange(("origin",), "selection_rate", 0.05, 900, 0.166, gap, "gap", "gap")
    worst = WorstCalibration("origin", "outside_europe", 2_000, fit)
    found = replace(CARD, name=name, kind="other_stressors", removed=(name,), gaps=(change,), worst_calibration=worst)
    return replace(found, **more)


def mitigated() -> tuple[Mitigated, ...]:
    """The card; one proposed, one refused (a gap turned round), one that reads origin, one too small to show."""
    pair = ("origin", "family_form")
    turned_round = Widening(
        pair, "selection_rate", ("mixed & couple", "netherlands & couple"), 0.02, 0.16, Figure(0.18, 0.1, 0.26), 0.05
    )
    wider = Widening(("origin",), "selection_rate", ("mixed", "europe"), 0.04, 0.09, Figure(0.05, 0.02, 0.08), 0.05)
    turned = GapChange(("family_form",), "selection_rate", 0.05, 900, 0.03, 0.16, "no_gap_shown", "gap")
    refused = _changed("without:moves", 0.247, 0.014, auroc_change=Figure(-0.025, -0.043, -0.007))
    joint = GapChange(pair, "selection_rate", 0.05, 300, 0.14, 0.16)
    worse = Figure(0.742, 0.69, 0.79)
    return (
        CARD,
        _changed("without:low_education", 0.164, -0.0121, auroc_change=Figure(-0.001, -0.002, 0.001)),
        replace(refused, gaps=(*refused.gaps, turned, joint), widened=(turned_round, wider), auroc=worse),
        _changed("own_cuts:origin", 0.152, 0.015, kind="reads_sensitive_feature", attribute="origin"),
        _changed("without:eviction", 0.666, 0.0777, families=FEW, outcomes=20),
    )


def proxies() -> tuple[tuple[Recovery, ...], tuple[Carrier, ...]]:
    """Origin is told by the stressors, urbanity is not."""
    told = GroupRecovery("outside_europe", 2_000, 16_051, Figure(0.66, 0.64, 0.68))
    origin = Recovery("origin", "logistic", FAMILIES, Figure(0.05, 0.04, 0.06), (told,), ())
    by_chance = GroupRecovery("1", 4_000, 14_051, Figure(0.5, 0.48, 0.52))
    urbanity = Recovery("urbanity", "logistic", FAMILIES, Figure(0.0, -0.01, 0.01), (by_chance,), ())
    strong = Association(0.165, 0.144, 0.185)
    return (origin, urbanity), (Carrier("origin", "low_education", FAMILIES, strong, Figure(0.025, 0.02, 0.03)),)


@cache
def released() -> dict[str, ReleasedTable]:
    """All tables, by the review channel."""
    found, (recovered, carriers) = mitigated(), proxies()
    tables = (
        proxies_table(recovered, carriers, STRESSORS),
        proxy_groups_table(recovered),
        carriers_table(carriers, STRESSORS),
        *(make(found, STRESSORS) for make in (what_ifs_table, scores_table, opened_table, gaps_table)),
    )
    place = Path(mkdtemp())
    books = SimpleNamespace(ledger=HashLog(place / "ledger.jsonl"), decisions=HashLog(place / "decisions.jsonl"))
    passed = gate(tables, channel="review", office=books, subject=None, release=Release(), day=date(2025, 1, 1))
    return {table.name: table for table in passed}


def content(**changes: Any) -> ReportContent:
    """What the page is made of."""
    given: dict[str, Any] = {
        "run": "small",
        "municipality": "Voorbeeldstad",
        "outcome": Text("at least one new report", "minstens één nieuwe melding"),
        "dates": Dates((date(2023, 1, 1),), date(2024, 1, 1), date(2025, 1, 1)),
        "horizon": 12,
        "tables": released(),
        "synthetic": True,
        "notice": Text("", ""),
        "real_area_names": False,
        "review": ReviewFacts(),
        "request": Request(Text("to look at", "om te bekijken")),
        "chain_head": "0" * 64,
        "subject_hash": "",
        "time": "2026-01-01T00:00:00+00:00",
        "facts": (Fact(Text("Share selected", "Deel dat wordt gekozen"), Text("10%", "10%")),),
    }
    return ReportContent(**(given | changes))
