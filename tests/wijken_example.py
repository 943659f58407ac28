"""A made-up municipality with its wijken described, for the tests of the sheets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from reports_example import WIJKEN, content, drafts, released

from riskscreen.areas.wijken import describe_wijken
from riskscreen.engine.duck import Engine
from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.records.texts import same
from riskscreen.reports.content import ReportContent

NOW = date(2025, 1, 1)
FAMILIES = 9_000


def made_stressor(name: str, domain: str) -> Stressor:
    """A stressor of which only the domain matters."""
    word = same(name)
    return Stressor(
        id=name,
        version=1,
        domain=domain,
        stage="any",
        name=word,
        description=word,
        levels=(word, word),
        window_months=12,
        window_reason=name,
        channel="none",
        registers=("persons",),
        evidence=(),
        purpose=name,
    )


@cache
def described() -> ReportContent:
    """The page content of the reports' example, with ``wijk_families`` and ``wijk_domains``."""
    names = {f"WK{place:02d}": name for place, name in enumerate(WIJKEN, start=1)}
    stressors = [made_stressor(f"in_{domain}", domain) for domain in DOMAINS]
    with Engine() as engine:
        engine.load("levels", _levels(sorted(names), stressors))
        tables = drafts(*describe_wijken(engine, stressors, NOW, names=names))
    full = content()
    return replace(full, tables={**released(), **tables})


def _levels(wijken: list[str], stressors: list[Stressor]) -> pd.DataFrame:
    """Many families in every wijk but the last, which has eight."""
    draw = np.random.default_rng(11)
    flags = ("prenatal", "child_0_3", "child_4_11", "child_12_17")
    frame = pd.DataFrame(
        {
            "index_date": NOW,
            "area_block": draw.choice(wijken[:-1], FAMILIES),
            "family_form": draw.choice(["couple", "single_parent", "stepfamily"], FAMILIES, p=[0.7, 0.2, 0.1]),
            "apart": False,
            **{flag: draw.random(FAMILIES) < share for flag, share in zip(flags, (0.05, 0.3, 0.5, 0.4), strict=True)},
            **{one.id: (draw.random(FAMILIES) < 0.15).astype(np.int8) for one in stressors},
        }
    )
    frame.loc[:7, "area_block"] = wijken[-1]
    return frame
