"""A small made-up municipality for the tests of the pages: tables as the stages make them, passed through the gate."""

from __future__ import annotations

import json
import random
import struct
import zlib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.fairness import Audit, label_plane_table, reach_table, score_table, step_tables
from riskscreen.fairness import audit as find_gaps
from riskscreen.fairness.labels import ATTRIBUTES, GROUPS, METRICS
from riskscreen.records.definitions import DOMAINS, STAGES
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import TOTAL, TOTAL_LABEL, Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.reports.content import Dates, Fact, Picture, ReportContent, Request, ReviewFacts
from riskscreen.settings import Release

FAMILIES, OUTCOMES = 18_432, 441
STRESSORS = {
    "arrears": ("debt", Text("payment arrears", "betalingsachterstanden"), 0.19),
    "debt_counselling": ("debt", Text("debt counselling", "schuldhulp"), 0.042),
    "no_work": ("work", Text("no work in the household", "geen werk in het huishouden"), 0.11),
    "social_assistance": ("work", Text("social assistance", "bijstand"), 0.071),
    "moves": ("housing", Text("three moves or more in three years", "drie of meer verhuizingen in drie jaar"), 0.028),
    "eviction": ("housing", Text("eviction", "huisuitzetting"), 0.004),
    "parent_mental": (
        "mental_health",
        Text("specialist mental health care of a parent", "specialistische ggz van een ouder"),
        0.13,
    ),
    "addiction": ("addiction", Text("addiction care of a parent", "verslavingszorg van een ouder"), 0.018),
    "domestic_violence": (
        "violence",
        Text("police incident of domestic violence", "politie-incident huiselijk geweld"),
        0.034,
    ),
    "single_parent": ("family", Text("single parent", "eenoudergezin"), 0.19),
    "young_mother": (
        "birth",
        Text("mother under 21 at first birth", "moeder jonger dan 21 bij eerste geboorte"),
        0.021,
    ),
    "smoking": ("birth", Text("smoking in pregnancy", "roken in de zwangerschap"), 0.036),
    "absence": ("school", Text("long absence from school", "langdurig schoolverzuim"), 0.025),
    "own_youth_care": (
        "own_youth",
        Text("youth care in a parent's own youth", "jeugdhulp in de eigen jeugd van een ouder"),
        0.088,
    ),
}
GROUPS_FOUND = {
    "g1": (
        "0-3",
        "voorzorg",
        Text(
            "payment arrears and mental health care of a parent, child aged 0-3",
            "betalingsachterstanden en ggz van een ouder, kind van 0-3 jaar",
        ),
        412,
        402,
        31,
        0.081,
    ),
    "g2": (
        "4-11",
        "bso",
        Text(
            "mental health or addiction care of a parent, child aged 4-11",
            "ggz of verslavingszorg van een ouder, kind van 4-11 jaar",
        ),
        894,
        871,
        51,
        0.052,
    ),
    "g3": (
        "any",
        "schuldhulp",
        Text("payment arrears and no work", "betalingsachterstanden en geen werk"),
        730,
        715,
        47,
        0.058,
    ),
    "g4": (
        "prenatal",
        "prenataal",
        Text("first pregnancy and youth care in own youth", "eerste zwangerschap en jeugdhulp in de eigen jeugd"),
        96,
        88,
        3,
        0.04,
    ),
    "g5": (
        "12-17",
        "gezinshulp",
        Text(
            "long absence from school and police incident of domestic violence",
            "langdurig schoolverzuim en politie-incident huiselijk geweld",
        ),
        141,
        133,
        17,
        0.07,
    ),
    "g6": (
        "any",
        "gezinshulp",
        Text("single parent and social assistance", "eenoudergezin en bijstand"),
        655,
        640,
        30,
        0.044,
    ),
}
PROGRAMMES = {
    "voorzorg": (
        "0-3",
        Text("VoorZorg", "VoorZorg"),
        "strong",
        Text("midwife and child health care", "verloskundige en consultatiebureau"),
        9500,
        60,
        0.6,
    ),
    "bso": (
        "4-11",
        Text("free after-school care", "gratis buitenschoolse opvang"),
        "none",
        Text("adult mental health care and school", "volwassenen-ggz en school"),
        4200,
        90,
        0.5,
    ),
    "schuldhulp": (
        "any",
        Text("early help with debts", "vroege hulp bij schulden"),
        "first",
        Text("debt help desk", "loket voor schuldhulp"),
        900,
        400,
        0.4,
    ),
    "prenataal": (
        "prenatal",
        Text("prenatal home visit", "prenataal huisbezoek"),
        "none",
        Text("midwife", "verloskundige"),
        450,
        120,
        0.7,
    ),
    "gezinshulp": (
        "any",
        Text("Home-Start", "Home-Start"),
        "good",
        Text("neighbourhood team", "wijkteam"),
        1900,
        150,
        0.45,
    ),
}
WIJKEN = (
    "Binnenstad",
    "Noorderpark",
    "De Hoge Akkers",
    "Molenkwartier",
    "Zandwijk",
    "Rivierenbuurt",
    "Oud-Zuid",
    "Station",
    "Kerkdorp",
    "Lindelaan",
    "Waterrijk",
    "Eikenrode",
)


@dataclass
class Books:
    """An office with empty logs."""

    ledger: HashLog
    decisions: HashLog


def _column(name: str, kind: str, en: str, nl: str, unit: str = "", **more: object) -> Column:
    return Column(name, kind, Text(en, nl), unit, **more)  # type: ignore[arg-type]


def _count(name: str, en: str, nl: str, unit: str = "families", additive: bool = False) -> Column:
    return _column(name, "count", en, nl, unit, additive=additive)


def _bounds(unit: str = "per 1,000", base: str = "families") -> tuple[Column, Column]:
    return (
        _column("low", "estimate", "lower bound", "ondergrens", unit, base=base),
        _column("high", "estimate", "upper bound", "bovengrens", unit, base=base),
    )


def _near(rate: float, families: float) -> tuple[float, float]:
    """An interval that looks the part."""
    half = 1.96 * (max(rate, 0.001) * (1 - rate) / max(families, 1)) ** 0.5
    return max(0.0, rate - half * 0.95), rate + half * 1.08


def coverage() -> Table:
    rows = [
        ("persons", "covered", "2015-01-01", "2025-01-01", 61_204, 2),
        ("household_spells", "covered", "2015-01-01", "2025-01-01", 98_311, 3),
        ("reports", "covered", "2015-01-01", "2025-01-01", 6_120, 0),
        ("debt", "covered", "2015-01-01", "2025-01-01", 40_221, 2),
        ("mental_health", "covered", "2015-01-01", "2025-01-01", 22_018, 2),
        ("own_youth", "partly", "1998-01-01", "2025-01-01", 3_104, 1),
        ("addiction", "absent", None, None, None, 1),
        ("child_health", "absent", None, None, None, 2),
    ]
    names = {
        "persons": Text("persons", "personen"),
        "household_spells": Text("households", "huishoudens"),
        "reports": Text("reports", "meldingen"),
        "debt": Text("debt", "schulden"),
        "mental_health": Text("mental health care", "ggz"),
        "own_youth": Text("parents' own youth", "eigen jeugd van ouders"),
        "addiction": Text("addiction care", "verslavingszorg"),
        "child_health": Text("child health care", "jeugdgezondheidszorg"),
    }
    states = {
        "covered": Text("covered", "gedekt"),
        "partly": Text("partly", "deels"),
        "absent": Text("absent", "ontbreekt"),
    }
    columns = (
        _column("register", "key", "register", "register", labels=names),
        _column("status", "code", "coverage", "dekking", labels=states),
        _column("from", "number", "from", "van", "date"),
        _column("until", "number", "until", "tot", "date"),
        _count("rows", "rows", "rijen", "rows"),
        _column("stressors", "number", "stressors", "stressoren"),
    )
    return Table("coverage", Text("Coverage of the registers", "Dekking van de registers"), columns, tuple(rows))


def prevalence() -> Table:
    rows = []
    for code, (domain, _, share) in STRESSORS.items():
        covered = code != "addiction"
        number = round(share * 18_720) if covered else None
        rows.append((code, domain, "covered" if covered else "not_covered", 18_720, number, share if covered else None))
    status = {"covered": Text("covered", "gedekt"), "not_covered": Text("not covered", "niet gedekt")}
    columns = (
        _column("stressor", "key", "stressor", "stressor", labels={k: v[1] for k, v in STRESSORS.items()}),
        _column("domain", "code", "domain", "domein", labels=dict(DOMAINS)),
        _column("status", "code", "coverage", "dekking", labels=status),
        _count("families", "families", "gezinnen"),
        _count("with_stressor", "with the stressor", "met de stressor"),
        _column("rate", "rate", "share", "aandeel", "share", of="with_stressor", base="families"),
    )
    return Table("prevalence", Text("How often stressors occur", "Hoe vaak stressoren voorkomen"), columns, tuple(rows))


def accumulation() -> Table:
    shape = [("0", 7412, 64), ("1", 5233, 88), ("2", 3101, 92), ("3", 1544, 84), ("4", 765, 60), ("5_up", 377, 53)]
    rows = [(code, n, k, k / n, *_near(k / n, n)) for code, n, k in shape]
    labels = {c: Text(f"{c} domains", f"{c} domeinen") for c in ("2", "3", "4")}
    labels |= {"0": Text("no domain", "geen domein"), "1": Text("1 domain", "1 domein")}
    labels |= {"5_up": Text("5 domains or more", "5 domeinen of meer")}
    columns = (
        _column("domains", "key", "domains with a stressor", "domeinen met een stressor", labels=labels),
        _count("families", "families", "gezinnen", additive=True),
        _count("outcomes", "with a new report", "met een nieuwe melding", additive=True),
        _column("rate", "rate", "rate", "kans", "per 1,000", of="outcomes", base="families"),
        *_bounds(),
    )
    return Table("accumulation", Text("Accumulation of domains", "Stapeling van domeinen"), columns, tuple(rows))


MODELS = {
    "count": Text("plain count", "gewone telling"),
    "card": Text("card", "puntenkaart"),
    "challenger": Text("challenger (black box, never released)", "uitdager (black box, wordt nooit vrijgegeven)"),
}


def performance() -> Table:
    figures = {
        "gain": ("gain in AUROC over the plain count", "winst in AUROC op de gewone telling"),
        "calibration_in_the_large": ("recorded rate minus mean risk", "geregistreerd aandeel min gemiddelde kans"),
        "calibration_slope": ("calibration slope", "kalibratiehelling"),
        "brier": ("Brier score", "Brier-score"),
        "auroc": ("AUROC", "AUROC"),
    }
    values = {
        "count": (
            (0.0, 0.0, 0.0),
            (0.0004, -0.002, 0.0028),
            (0.95, 0.83, 1.07),
            (0.0229, 0.021, 0.0248),
            (0.681, 0.655, 0.707),
        ),
        "card": (
            (0.034, 0.017, 0.052),
            (0.0002, -0.0021, 0.0026),
            (0.97, 0.86, 1.08),
            (0.0226, 0.0207, 0.0245),
            (0.715, 0.69, 0.739),
        ),
        "challenger": (
            (0.039, 0.02, 0.058),
            (-0.0005, -0.0028, 0.0019),
            (0.91, 0.8, 1.02),
            (0.0226, 0.0207, 0.0245),
            (0.72, 0.695, 0.744),
        ),
    }
    columns = [
        _column("model", "key", "model", "model", labels=MODELS),
        _column("chosen", "code", "chosen", "gekozen", labels={"yes": Text("yes", "ja"), "no": Text("no", "nee")}),
        _count("families", "families", "gezinnen"),
        _count("outcomes", "with a new report", "met een nieuwe melding"),
    ]
    for name, (en, nl) in figures.items():
        unit = "share" if name == "calibration_in_the_large" else ""
        columns.append(_column(name, "estimate", en, nl, unit, base="families"))
        columns.append(_column(f"{name}_low", "estimate", f"{en}: from", f"{nl}: van", unit, base="families"))
        columns.append(_column(f"{name}_high", "estimate", f"{en}: to", f"{nl}: tot", unit, base="families"))
    columns.append(_column("lines", "number", "lines", "regels"))
    lines = {"count": 14, "card": 9, "challenger": None}
    rows = [
        (
            model,
            "yes" if model == "card" else "no",
            FAMILIES,
            OUTCOMES,
            *(x for three in values[model] for x in three),
            lines[model],
        )
        for model in MODELS
    ]
    return Table("performance", Text("How the models compare", "Modellen vergeleken"), tuple(columns), tuple(rows))


def _observed() -> tuple[Column, ...]:
    return (
        _count("families", "families", "gezinnen"),
        _count("outcomes", "with a new report", "met een nieuwe melding"),
        _column(
            "observed", "rate", "recorded rate", "geregistreerd aandeel", "per 1,000", of="outcomes", base="families"
        ),
        *_bounds(),
        _column("expected", "estimate", "risk by the model", "kans volgens het model", "per 1,000", base="families"),
    )


BANDS = (
    ("0", 7010, 58, 0.0081),
    ("1-2", 5120, 86, 0.0165),
    ("3-4", 3002, 84, 0.0290),
    ("5-6", 1760, 81, 0.0452),
    ("7-8", 901, 60, 0.0690),
    ("9-11", 439, 43, 0.0961),
    ("12-20", 200, 29, 0.141),
)


def points() -> Table:
    labels = {code: Text(f"{code} points", f"{code} punten") for code, *_ in BANDS}
    rows = tuple((code, n, k, k / n, *_near(k / n, n), e) for code, n, k, e in BANDS)
    columns = (_column("points", "key", "points", "punten", "points", labels=labels), *_observed())
    return Table("points", Text("What a total of points means", "Wat een totaal aan punten betekent"), columns, rows)


def points_next(known: bool = True) -> Table:
    """Four dates of the same bands; without ``known`` there were too few to say anything about a next one."""
    labels = {code: Text(f"{code} points", f"{code} punten") for code, *_ in BANDS}
    rows = []
    for code, n, k, _ in BANDS:
        low, high = _near(k / n, n)
        bounds = (low * 0.8, high * 1.2, low, high) if known else (None,) * 4
        rows.append((code, 4 * n, 4 * k, k / n, *bounds))
    columns = (
        _column("points", "key", "points", "punten", "points", labels=labels),
        _count("families", "families, known dates", "gezinnen, bekende peildata"),
        _count("outcomes", "with a new report", "met een nieuwe melding"),
        _column(
            "observed", "rate", "recorded rate", "geregistreerd aandeel", "per 1,000", of="outcomes", base="families"
        ),
        _column("next_low", "estimate", "next: from", "volgende: van", "per 1,000", base="families"),
        _column("next_high", "estimate", "next: to", "volgende: tot", "per 1,000", base="families"),
        _column("same_low", "estimate", "same: from", "gelijk: van", "per 1,000", base="families"),
        _column("same_high", "estimate", "same: to", "gelijk: tot", "per 1,000", base="families"),
    )
    title = Text("Points on a next index date", "Punten op een volgende peildatum")
    note = Text("Drift is in it.", "Verschuiving zit erin.") if known else Text("Too few dates.", "Te weinig peildata.")
    return Table("points_next", title, columns, tuple(rows), note)


def calibration() -> Table:
    labels = {f"{model}_{code}": same(code) for model in MODELS for code, *_ in BANDS}
    factor = {"count": 1.12, "card": 1.0, "challenger": 0.93}
    rows = tuple(
        (model, f"{model}_{code}", n, k, k / n, *_near(k / n, n), e * factor[model])
        for model in MODELS
        for code, n, k, e in BANDS
    )
    columns = (
        _column("model", "key", "model", "model", labels=MODELS),
        _column("band", "key", "band", "groep", labels=labels),
        *_observed(),
    )
    return Table("calibration", Text("Risk and recorded rate", "Kans en geregistreerd aandeel"), columns, rows)


CARD = (
    ("arrears", 1, 1),
    ("arrears", 2, 1),
    ("no_work", 1, 2),
    ("moves", 1, 1),
    ("parent_mental", 1, 1),
    ("domestic_violence", 1, 3),
    ("domestic_violence", 2, 2),
    ("single_parent", 1, 1),
    ("absence", 1, 2),
    ("own_youth_care", 1, 2),
)


def card_lines() -> Table:
    names = {k: v[1] for k, v in STRESSORS.items()}
    meanings = {}
    rows = []
    for i, (code, cut, got) in enumerate(CARD, start=1):
        text = STRESSORS[code][1]
        more = ("", "") if cut == 1 else (", two or more in two years", ", twee of meer in twee jaar")
        meanings[f"{code} >= {cut}"] = Text(text.en + more[0], text.nl + more[1])
        number = round(STRESSORS[code][2] * FAMILIES / cut)
        rows.append((str(i), code, ">=", cut, f"{code} >= {cut}", got, number, FAMILIES, number / FAMILIES))
    columns = (
        _column("line", "key", "line", "regel", labels={str(i): same(str(i)) for i in range(1, 16)}),
        _column("stressor", "code", "stressor", "stressor", labels=names),
        _column("side", "code", "side", "kant", labels={">=": Text("at least", "minstens")}),
        _column("cut", "number", "level", "niveau"),
        _column("meaning", "code", "circumstance", "omstandigheid", labels=meanings),
        _column("points", "number", "points", "punten", "points"),
        _count("families", "families", "gezinnen"),
        _count("families_all", "all families", "alle gezinnen"),
        _column(
            "rate", "rate", "share of families", "aandeel van de gezinnen", "share", of="families", base="families_all"
        ),
    )
    return Table("card_lines", Text("The card", "De puntenkaart"), columns, tuple(rows))


def contributions() -> Table:
    got = dict.fromkeys(STRESSORS, 0.0)
    for code, cut, points_ in CARD:
        got[code] += points_ * STRESSORS[code][2] / cut
    whole = sum(got.values())
    rows = tuple((code, STRESSORS[code][0], v, v / whole, FAMILIES) for code, v in got.items() if v)
    columns = (
        _column("stressor", "key", "stressor", "stressor", labels={k: v[1] for k, v in STRESSORS.items()}),
        _column("domain", "code", "domain", "domein", labels=dict(DOMAINS)),
        _column("mean_points", "estimate", "mean points", "gemiddelde punten", "points", base="families"),
        _column("share_of_points", "estimate", "share of all points", "deel van alle punten", "share", base="families"),
        _count("families", "families", "gezinnen"),
    )
    return Table("contributions", Text("Contributions by stressor", "Bijdragen per stressor"), columns, rows)


def challenger_contributions() -> Table:
    rows = tuple((code, 0.3 * share + 0.01, FAMILIES) for code, (_, _, share) in STRESSORS.items())
    columns = (
        _column("stressor", "key", "stressor", "stressor", labels={k: v[1] for k, v in STRESSORS.items()}),
        _column(
            "mean_abs_shap",
            "estimate",
            "mean absolute contribution",
            "gemiddelde absolute bijdrage",
            "log-odds",
            base="families",
        ),
        _count("families", "families", "gezinnen"),
    )
    title = Text("Contributions in the challenger", "Bijdragen in de uitdager")
    return Table("challenger_contributions", title, columns, rows)


def areas(kind: str) -> Table:
    maker = random.Random(7)
    names = {f"WK{i:02d}": same(name) for i, name in enumerate(WIJKEN, start=1)}
    if kind == "buurt":
        names = {
            f"BU{i:02d}{j}": same(f"{name} {side}")
            for i, name in enumerate(WIJKEN, 1)
            for j, side in enumerate(("Noord", "Midden", "Zuid"), 1)
        }
    rows = []
    left_f, left_k = FAMILIES, OUTCOMES
    for i, code in enumerate(names):
        last = i == len(names) - 1
        n = left_f if last else round(FAMILIES / len(names) * maker.uniform(0.4, 1.5))
        k = left_k if last else min(left_k, round(n * maker.choice((0.014, 0.02, 0.022, 0.024, 0.026, 0.046))))
        if kind == "buurt" and i == 4:
            n, k = 7, 0
        left_f, left_k = left_f - n, left_k - k
        own = n / (n + 600)
        mean = own * k / n + (1 - own) * OUTCOMES / FAMILIES
        low, high = _near(mean, n + 600)
        rows.append((code, n, round(1.7 * n), k, k / n, mean, low, high, own, 1 + i % 5))
    children = sum(r[2] for r in rows)
    rows.append(
        (TOTAL, FAMILIES, children, OUTCOMES, OUTCOMES / FAMILIES, OUTCOMES / FAMILIES, 0.0217, 0.0262, 1.0, None)
    )
    columns = (
        _column("area", "key", "area", "gebied", labels={**names, TOTAL: TOTAL_LABEL}),
        _count("families", "families", "gezinnen", additive=True),
        _count("children", "children", "kinderen", "children", additive=True),
        _count("outcomes", "with a recorded report", "met een melding", additive=True),
        _column("rate", "rate", "own rate", "eigen cijfer", "per 1,000", of="outcomes", base="families"),
        _column("estimate", "estimate", "estimate", "schatting", "per 1,000", base="families"),
        *_bounds(),
        _column(
            "own_share",
            "estimate",
            "weight of its own families",
            "gewicht van de eigen gezinnen",
            "share",
            base="families",
        ),
        _column("urbanity", "number", "urbanity (1 most urban)", "stedelijkheid (1 = meest stedelijk)"),
    )
    title = (
        Text("Rates per district", "Kansen per wijk")
        if kind == "wijk"
        else Text("Rates per neighbourhood", "Kansen per buurt")
    )
    note = Text(
        "Estimates borrow strength from the whole municipality.", "Schattingen lenen kracht van de hele gemeente."
    )
    return Table(f"areas_{kind}", title, columns, tuple(rows), note)


def target_groups() -> Table:
    rows = []
    for code, (stage, programme, _, now, test, k, _) in GROUPS_FOUND.items():
        low, high = _near(k / test, test)
        rows.append(
            (code, stage, programme, now, round(1.6 * now), test, k, k / test, low, high, k / OUTCOMES, 0.8 * k / test)
        )
    columns = (
        _column("group", "key", "target group", "doelgroep", labels={k: v[2] for k, v in GROUPS_FOUND.items()}),
        _column("stage", "code", "life stage", "levensfase", labels=dict(STAGES)),
        _column(
            "programme",
            "code",
            "programme that fits",
            "passend programma",
            labels={k: v[1] for k, v in PROGRAMMES.items()},
        ),
        _count("families", "families now", "gezinnen nu"),
        _count("children", "children now", "kinderen nu", "children"),
        _count("families_test", "families judged on", "gezinnen beoordeeld"),
        _count("outcomes", "with a recorded report", "met een melding"),
        _column("rate", "rate", "rate", "cijfer", "per 1,000", of="outcomes", base="families_test"),
        *_bounds(base="families_test"),
        _column(
            "share_of_outcomes",
            "estimate",
            "share of all recorded reports",
            "deel van alle meldingen",
            "share",
            base="families_test",
        ),
        _column(
            "count_rate",
            "estimate",
            "same number of families by stressor count",
            "evenveel gezinnen naar aantal stressoren",
            "per 1,000",
            base="families_test",
        ),
    )
    return Table("target_groups", Text("Target groups", "Doelgroepen"), columns, tuple(rows))


def programmes() -> Table:
    evidence = {
        "strong": Text("strong indications", "sterke aanwijzingen"),
        "good": Text("good indications", "goede aanwijzingen"),
        "first": Text("first indications", "eerste aanwijzingen"),
        "none": Text("not yet evaluated", "nog niet onderzocht"),
    }
    assumption = {"invented": Text("invented", "verzonnen"), "user": Text("own figure", "eigen opgave")}
    rows = tuple(
        (c, s, e, c, cost, places_, uptake, "invented") for c, (s, _, e, _, cost, places_, uptake) in PROGRAMMES.items()
    )
    columns = (
        _column("programme", "key", "programme", "programma", labels={k: v[1] for k, v in PROGRAMMES.items()}),
        _column("stage", "code", "life stage", "levensfase", labels=dict(STAGES)),
        _column("evidence", "code", "evidence", "bewijs", labels=evidence),
        _column(
            "meeting_place", "code", "meeting place", "vindplaats", labels={k: v[3] for k, v in PROGRAMMES.items()}
        ),
        _column("cost", "number", "cost per place", "kosten per plek", "EUR"),
        _column("places_available", "number", "places available", "beschikbare plekken", "places"),
        _column("uptake", "number", "uptake", "deelname", "share"),
        _column("assumption", "code", "where the figures come from", "herkomst van de cijfers", labels=assumption),
    )
    return Table("programmes", Text("Programmes", "Programma’s"), columns, rows)


def places() -> Table:
    maker = random.Random(3)
    names = {f"WK{i:02d}": same(name) for i, name in enumerate(WIJKEN, start=1)}
    rows = []
    for code, (_, _, _, _, cost, most, _) in PROGRAMMES.items():
        for area in maker.sample(list(names), 5):
            n = maker.randint(2, max(3, most // 8))
            rows.append((code, area, n, float(n * cost)))
    columns = (
        _column("programme", "key", "programme", "programma", labels={k: v[1] for k, v in PROGRAMMES.items()}),
        _column("area", "key", "district", "wijk", labels=names),
        _column("places", "number", "places", "plekken", "places"),
        _column("cost", "number", "cost", "kosten", "EUR"),
    )
    return Table(
        "places", Text("Places per programme and district", "Plekken per programma en wijk"), columns, tuple(rows)
    )


def supply_reach_unmet() -> Table:
    """Supply, reach and unmet need per wijk; the last wijk is too small to show."""
    maker = random.Random(12)
    names = {f"WK{i:02d}": same(name) for i, name in enumerate(WIJKEN, start=1)}
    rows = []
    for place, code in enumerate(names, start=1):
        n = 9 if place == len(names) else maker.randint(120, 480)
        k = 3 if place == len(names) else round(n * maker.uniform(0.15, 0.5))
        low, high = _near(k / n, n)
        rows.append((code, "register", n, k, k // 2, k / n, low, high, float(n - k), maker.randint(3, 60)))
    columns = (
        _column("area", "key", "district", "wijk", labels=names),
        _column("source", "code", "source", "bron", labels={"register": Text("register", "register")}),
        _count("families", "families in a target group", "gezinnen in een doelgroep"),
        _column("offered", "count", "offered", "aangeboden", "families", base="families", additive=False),
        _column("taken_up", "count", "taken up", "begonnen", "families", base="offered", additive=False),
        _column("reach", "rate", "reach", "bereik", "share", of="offered", base="families"),
        _column("reach_low", "estimate", "reach, from", "bereik, van", "share", base="families"),
        _column("reach_high", "estimate", "reach, to", "bereik, tot", "share", base="families"),
        _column("unmet", "rate", "not offered anything", "niets aangeboden", "families", of="offered", base="families"),
        _column("places", "number", "places in the plan", "plekken in het plan", "places"),
    )
    title = Text("Supply, reach and unmet need per wijk", "Aanbod, bereik en onvervulde behoefte per wijk")
    return Table("supply_reach_unmet", title, columns, tuple(rows))


def alternatives() -> Table:
    names = {
        "do_nothing": Text("do nothing", "niets doen"),
        "universal": Text("offer to everyone", "aanbod aan iedereen"),
        "deprivation_only": Text("deprived areas only", "alleen gebieden met achterstand"),
        "plan": Text("this plan", "dit plan"),
    }
    rows = (
        ("do_nothing", 0, 0.0, None, 0.0),
        ("universal", 18_720, 0.043, 0.0239, 496_000.0),
        ("deprivation_only", 2_310, 0.071, 0.033, 498_200.0),
        ("plan", 1_904, 0.152, 0.0553, 497_350.0),
    )
    columns = (
        _column("alternative", "key", "alternative", "alternatief", labels=names),
        _count("families", "families approached", "gezinnen die het aanbod krijgen"),
        _column(
            "share_of_outcomes",
            "estimate",
            "share of reports reached",
            "deel van de meldingen dat is bereikt",
            "share",
            base="families",
        ),
        _column("rate", "estimate", "rate among them", "kans onder hen", "per 1,000", base="families"),
        _column("cost", "number", "cost a year", "kosten per jaar", "EUR"),
    )
    return Table("alternatives", Text("Alternatives side by side", "Alternatieven naast elkaar"), columns, rows)


AUDITED = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "positive_predictive_value",
)


def audit(subject: str) -> Table:
    maker = random.Random(subject)
    labels = {f"{a}_{g}": text for a in ATTRIBUTES for g, text in GROUPS[a].items()}
    rows = []
    for attribute in ATTRIBUTES:
        sums = [0, 0, 0, 0]
        for group in GROUPS[attribute]:
            n = (
                9
                if (attribute, group) == ("children_band", "0")
                else round(FAMILIES / len(GROUPS[attribute]) * maker.uniform(0.3, 1.4))
            )
            k = round(n * maker.uniform(0.015, 0.04))
            s = round(n * maker.uniform(0.07, 0.14))
            both = min(k, round(k * maker.uniform(0.2, 0.45)))
            sums = [a + b for a, b in zip(sums, (n, k, s, both), strict=True)]
            rows.append((attribute, f"{attribute}_{group}", *_audited(n, k, s, both)))
        rows.append((attribute, TOTAL, *_audited(*sums)))
    bases = {
        "selection_rate": ("selected", "families"),
        "true_positive_rate": ("selected_outcomes", "outcomes"),
        "false_positive_rate": ("selected", "families"),
        "false_negative_rate": ("selected_outcomes", "outcomes"),
        "positive_predictive_value": ("selected_outcomes", "selected"),
    }
    columns = [
        _column("attribute", "key", "attribute", "kenmerk", labels=dict(ATTRIBUTES)),
        _column("group", "key", "group", "groep", labels={**labels, TOTAL: TOTAL_LABEL}),
        _count("families", "families", "gezinnen", additive=True),
        _count("outcomes", "families with a report", "gezinnen met melding", additive=True),
        _count("selected", "selected", "gekozen", additive=True),
        _count("selected_outcomes", "selected, with a report", "gekozen, met melding", additive=True),
    ]
    for metric in AUDITED:
        of, base = bases[metric]
        columns.append(Column(metric, "rate", METRICS[metric], "share", of=of, base=base))
        for end, en, nl in (("low", "lower bound", "ondergrens"), ("high", "upper bound", "bovengrens")):
            text = Text(f"{METRICS[metric].en}: {en}", f"{METRICS[metric].nl}: {nl}")
            columns.append(Column(f"{metric}_{end}", "estimate", text, "share", base=base))
    title = Text(
        f"Audit of the {subject} by group",
        f"Toets van {'het aanbod' if subject == 'offer' else 'de drempel'} per groep",
    )
    return Table(f"audit_{subject}", title, tuple(columns), tuple(rows), channels=("review", "internal"))


def _audited(n: int, k: int, s: int, both: int) -> tuple[float, ...]:
    rates = (s / n, both / max(k, 1), (s - both) / max(n - k, 1), (k - both) / max(k, 1), both / max(s, 1))
    bases = (n, k, n - k, k, s)
    return (n, k, s, both, *(x for r, b in zip(rates, bases, strict=True) for x in (r, *_near(r, b))))


def verdicts() -> Table:
    words = {
        "gap": Text("gap", "kloof"),
        "no_gap_shown": Text("no gap shown", "geen kloof aangetoond"),
        "not_enough_evidence": Text("not enough evidence", "te weinig bewijs"),
    }
    reasons = {
        "outside": Text("interval wholly outside the tolerance", "interval geheel buiten de marge"),
        "inside": Text("interval wholly inside the tolerance", "interval geheel binnen de marge"),
        "wide": Text("interval crosses the tolerance", "interval loopt over de marge"),
    }
    resting = {
        "no_label": Text("no report", "geen melding"),
        "contact": Text("equal reporting of families selected or not", "evenveel melden, wel of niet gekozen"),
    }
    subjects = {"offer": Text("the offer", "het aanbod"), "threshold": Text("the points threshold", "de puntendrempel")}
    groups = {f"{a}_{g}": text for a in ATTRIBUTES for g, text in GROUPS[a].items()}
    rows = []
    for subject in subjects:
        for i, attribute in enumerate(ATTRIBUTES):
            for metric, tolerance in (("selection_rate", 0.05), ("true_positive_rate", 0.1)):
                verdict = (
                    "not_enough_evidence" if metric == "true_positive_rate" else ("gap" if i == 1 else "no_gap_shown")
                )
                value, low, high = {"gap": (0.12, 0.07, 0.17), "no_gap_shown": (0.02, 0.01, 0.04)}.get(
                    verdict, (0.11, 0.02, 0.21)
                )
                worst, reference = list(GROUPS[attribute])[:2]
                reason = {"gap": "outside", "no_gap_shown": "inside"}.get(verdict, "wide")
                rows.append(
                    (
                        subject,
                        attribute,
                        metric,
                        f"{attribute}_{worst}",
                        f"{attribute}_{reference}",
                        1200,
                        value,
                        low,
                        high,
                        0.6,
                        tolerance,
                        verdict,
                        reason,
                        "no_label" if metric == "selection_rate" else "contact",
                        None,
                        None if metric == "selection_rate" else 1.34,
                    )
                )
    columns = (
        _column("subject", "key", "subject", "onderwerp", labels=subjects),
        _column("attribute", "key", "attribute", "kenmerk", labels=dict(ATTRIBUTES)),
        _column("metric", "key", "metric", "maat", labels=dict(METRICS)),
        _column("worst", "code", "worst off group", "groep die het slechtst af is", labels=groups),
        _column("reference", "code", "best off group", "groep die het best af is", labels=groups),
        _count("families", "families in the smaller group", "gezinnen in de kleinste groep"),
        _column("difference", "estimate", "difference", "verschil", "share", base="families"),
        *_bounds("share"),
        _column("ratio", "estimate", "ratio", "verhouding", base="families"),
        _column("tolerance", "number", "tolerance", "marge", "share"),
        _column("verdict", "code", "verdict", "oordeel", labels=words),
        _column("reason", "code", "reason", "reden", labels=reasons),
        _column("rests_on", "code", "rests on", "rust op", labels=resting),
        _column("turns_at_k", "estimate", "turns at (groups)", "draait om bij (groepen)", base="families"),
        _column("turns_at_c", "estimate", "turns at (contact)", "draait om bij (contact)", base="families"),
    )
    return Table("verdicts", Text("Verdicts", "Oordelen"), columns, tuple(rows), channels=("review", "internal"))


@cache
def audited_points() -> Audit:
    """An audit of points of made-up families: three origins and two forms, one group too small to be shown."""
    return find_gaps(
        made_up_families(),
        outcome="outcome",
        points="points",
        by=["origin", "family_form"],
        risk=lambda points: 0.02 + 0.02 * points,
        threshold_share=0.2,
        block="area_block",
    )


def expected_places() -> Table:
    """One place for two families with many points."""
    families = made_up_families().assign(families=1)
    place = (families.points >= 6) * 0.5
    offers = find_gaps(
        families.assign(offered=(place > 0).astype(int)),
        outcome="outcome",
        selected="offered",
        by=["origin", "family_form"],
        block="area_block",
    )
    return reach_table(offers, families.assign(place=place), place="place", outcome="outcome")


@cache
def made_up_families() -> pd.DataFrame:
    """A row per family."""
    maker, size = np.random.default_rng(7), 30_000
    origins = ["netherlands", "europe", "outside_europe", "mixed"]
    families = pd.DataFrame(
        {
            "origin": maker.choice(origins, size, p=[0.69, 0.1, 0.2, 0.01]),
            "family_form": maker.choice(["couple", "single_parent"], size, p=[0.8, 0.2]),
            "area_block": maker.integers(0, 60, size),
        }
    )
    single, abroad = families.family_form == "single_parent", families.origin == "outside_europe"
    families["points"] = maker.binomial(14, 0.22 + 0.08 * single + 0.03 * abroad)
    chance = 0.02 + 0.02 * families.points
    families["outcome"] = (maker.random(size) < chance * (1 + 0.2 * abroad)).astype(int)
    return families


def linkage() -> Table:
    names = {"debt": Text("debt", "schulden"), "mental_health": Text("mental health care", "ggz")}
    columns = (
        _column("register", "key", "register", "register", labels=names),
        _count("rows", "rows", "rijen", "rows"),
        _count("linked", "linked", "gekoppeld", "rows"),
        _column("rate", "rate", "share linked", "aandeel gekoppeld", "share", of="linked", base="rows"),
    )
    rows = (("debt", 40_221, 39_980, 39_980 / 40_221), ("mental_health", 22_018, 21_870, 21_870 / 22_018))
    return Table("linkage", Text("Quality of the linkage", "Kwaliteit van de koppeling"), columns, rows)


def tables() -> tuple[Table, ...]:
    """Every table that a page can show, unreleased."""
    return (
        coverage(), linkage(), prevalence(), accumulation(), performance(), calibration(), card_lines(), points(),
        points_next(),
        contributions(), challenger_contributions(), areas("wijk"), areas("buurt"), target_groups(), programmes(),
        places(), alternatives(), audit("offer"), audit("threshold"), verdicts(),
        score_table(audited_points()), *step_tables(audited_points()), label_plane_table(audited_points()),
        expected_places(), supply_reach_unmet(),
    )  # fmt: skip


@cache
def released() -> dict[str, ReleasedTable]:
    """All tables through the gate, as drafts for review."""
    return drafts(*tables())


def drafts(*given: Table) -> dict[str, ReleasedTable]:
    """These tables through the gate, as drafts for review."""
    folder = Path(mkdtemp(prefix="riskscreen-reports-"))
    office = Books(HashLog(folder / "ledger.jsonl"), HashLog(folder / "decisions.jsonl"))
    out = gate(given, channel="review", office=office, subject=None, release=Release(), day=date(2025, 3, 1))
    return {table.name: table for table in out}


def polygons() -> dict[str, str]:
    """Squares in rows of four, one per wijk."""
    shapes = {}
    for i in range(len(WIJKEN)):
        x, y = i % 4, i // 4
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x + 0.6, y + 1.1], [x, y + 1], [x, y]]
        shapes[f"WK{i + 1:02d}"] = json.dumps({"type": "Polygon", "coordinates": [ring]})
    return shapes


def png(width: int = 240, height: int = 120) -> bytes:
    """A plain grey picture."""
    rows = b"".join(b"\x00" + b"\xdd" * width for _ in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def content(**changes: object) -> ReportContent:
    """A page with everything on it; ``changes`` replace fields."""
    full = ReportContent(
        run="demo",
        municipality="Voorbeeldstad",
        outcome=Text("at least one new report", "minstens één nieuwe melding"),
        dates=Dates((date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1)), date(2024, 1, 1), date(2025, 1, 1)),
        horizon=12,
        tables=released(),
        synthetic=True,
        notice=Text("All families here are made up.", "Alle gezinnen hier zijn verzonnen."),
        real_area_names=False,
        review=ReviewFacts(),
        request=Request(
            Text("preventive programmes for groups and areas", "preventieve programma’s voor groepen en gebieden"),
            date(2026, 3, 1),
        ),
        chain_head="5f" * 32,
        subject_hash="a7" * 32,
        time="2025-03-01T09:30:00+00:00",
        polygons=polygons(),
        pictures={
            "beeswarm": Picture(
                png(), Text("Contributions per profile", "Bijdragen per profiel"), Text("Grey.", "Grijs.")
            )
        },
        facts=(Fact(Text("Seed", "Startgetal"), same("1")),),
        absent=(Text("addiction care", "verslavingszorg"), Text("child health care", "jeugdgezondheidszorg")),
        not_run=(Text("the multiverse of model choices", "alle modelkeuzes naast elkaar"),),
        limits=(),
    )
    return replace(full, **changes)  # type: ignore[arg-type]
