"""Worlds that go the whole road, from registers to the audit, for :mod:`benchmarks.audit_truth`.

Each world is made of registers with a truth apart: four kinds of recording (reports that depend on need only, that
differ between groups somewhat, that differ strongly, and links that are often missed), three seeds of each. What is
audited is the run's own offer, and a selection with a planted gap in the true share reached: families with need are
selected with probability 0.65, less the gap in families with a parent from outside Europe; others with 0.08.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskscreen.areas.truth import TABLE, load_truth, truth_by_number

KINDS = ("no-bias", "voorbeeldstad", "strong-reporting-bias", "poor-linkage")
GAPS = (0.0, 0.15, 0.3)
FAMILIES = 20_000
REACHED, WRONGLY, WORSE_OFF = 0.65, 0.08, "outside_europe"
METRICS = ("selection_rate", "true_positive_rate", "positive_predictive_value")
PLANTED, OFFER = "planted", "offered"


def worlds() -> list[tuple[str, float, int]]:
    """Kind, planted gap and seed of every world; every four hold one of each kind, so that the first few are varied."""
    turns = [(i, (i + turn) % len(GAPS)) for turn in range(len(GAPS)) for i in range(len(KINDS))]
    return [(KINDS[i], GAPS[j], 100 + 10 * i + j) for i, j in turns]


def judged_on_road(world: tuple[str, float, int]) -> list[dict[str, Any]]:
    """Per subject, attribute and metric: the verdicts and what was true, as :func:`benchmarks.audit_truth.judged`."""
    kind, gap, seed = world
    with tempfile.TemporaryDirectory() as folder:
        cells, settings = _cells(kind, gap, seed, Path(folder))
    found = []
    about = {"gap": gap, "kind": kind, "with_need": float(np.average(cells["need"], weights=cells["families"]))}
    for subject, by in ((OFFER, settings.by), (PLANTED, ("origin",))):
        found += [one | about for one in _held(cells, subject, by, settings)]
    return found


def _held(cells: pd.DataFrame, subject: str, by: tuple[str, ...], settings: Any) -> list[dict[str, Any]]:
    from riskscreen.fairness import audit
    from riskscreen.fairness.metrics import difference, values_of

    even = dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0)
    minded = settings.model_copy(update={"by": by, "confirmatory": METRICS})
    asked = {"outcome": "outcome", "selected": subject, "by": by, "block": "area_block", "truth": "need"}
    with_label, taken = (audit(cells, settings=one, **asked) for one in (minded, minded.model_copy(update=even)))
    held = []
    for first, second in zip(with_label.verdicts, taken.verdicts, strict=True):
        true = next(counts for counts in taken.truth.counts if counts.attribute == first.attribute)
        at = [true.groups.index(group) for group in first.compared]
        if len(at) < 2:
            continue
        apart = difference(values_of(first.metric, true.totals)[at], np.nan)
        held.append(
            {
                "metric": first.metric,
                "subject": subject,
                "true_gap": bool(apart > minded.tolerances[first.metric]),
                "minded": first.verdict,
                "taken": second.verdict,
            }
        )
    return held


def _cells(kind: str, gap: float, seed: int, folder: Path) -> tuple[pd.DataFrame, Any]:
    """Families of the test date by group, neighbourhood, offer, planted selection, report and true need."""
    import yaml

    from riskscreen.pipeline.running import open_job, silent
    from riskscreen.programmes import offered_sql
    from riskscreen.settings import Synthetic, load_scenario, shipped
    from riskscreen.synthetic import open_truth, synthesize

    registers = folder / "registers"
    synthesize(Synthetic(world=kind, families=FAMILIES), seed=seed, out=registers, name=kind, processes=1)
    scenario = yaml.safe_load(shipped("demo.yaml").read_text(encoding="utf-8"))
    scenario |= {"seed": seed, "registers": {"path": str(registers)}, "office": str(folder / "office")}
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(scenario), encoding="utf-8")
    given = load_scenario(path)
    with open_job(given, folder / "runs", silent) as job:
        job.perform("places")
        offered = offered_sql(job.value("places"), job.value("targets")["targets"].groups, job.engine)
        keys = ", ".join((*given.audit.by, "area_block"))
        need, links = open_truth(registers, "need"), open_truth(registers, "links")
        load_truth(job.engine, truth_by_number(need, links, what="milder_need"), given.index_dates.test)
        return job.engine.frame(cells_sql(str(given.index_dates.test), keys, offered, gap, seed)), given.audit


def cells_sql(day: str, keys: str, offered: str, gap: float, seed: int) -> str:
    """Families of one date by the keys, offer, planted selection, report and true need; needs the truth loaded."""
    return f"""
        WITH judged AS (SELECT *, family IN (FROM {TABLE}) AS has_need,
            hash(family || '{seed}') / 18446744073709551616 AS draw FROM levels
            WHERE index_date = DATE '{day}' AND outcome IS NOT NULL AND NOT apart)
        SELECT {keys}, ({offered})::TINYINT AS {OFFER},
            (draw < CASE WHEN NOT has_need THEN {WRONGLY} WHEN origin = '{WORSE_OFF}' THEN {REACHED - gap}
                ELSE {REACHED} END)::TINYINT AS {PLANTED},
            outcome, has_need::TINYINT AS need, count(*) AS families
        FROM judged GROUP BY ALL ORDER BY ALL"""
