"""Counts simulated from a known logistic model, for tests of scores and explanation; no register, no world needed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from riskscreen.records.definitions import Stressor
from riskscreen.records.texts import Text, same

TRAIN = (date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1))
TEST = date(2024, 1, 1)

TOPS = {
    "debt_arrears": 3,
    "debt_help": 1,
    "unemployed": 2,
    "assistance": 2,
    "eviction": 1,
    "moves": 2,
    "mental_parent": 3,
    "addiction": 2,
    "violence": 3,
    "detention": 1,
    "single_parent": 1,
    "large_family": 1,
    "smoking": 1,
    "low_weight": 1,
    "absence": 2,
    "own_youth": 2,
    "disability": 1,
    "young_parent": 1,
}
_DOMAINS = (
    ["debt"] * 2
    + ["work"] * 2
    + ["housing"] * 2
    + ["mental_health", "addiction", "violence", "violence", "family", "family", "birth", "birth", "school"]
    + ["own_youth", "disability", "family"]
)
EFFECTS = np.array(
    [0.3, 0.0, 0.2, 0.3, 0.9, 0.0, 0.3, 0.5, 0.6, 0.8, 0.5, 0.0, 0.3, 0.0, 0.3, 0.5, 0.0, 0.0], dtype=np.float64
)


def stressors() -> tuple[Stressor, ...]:
    """One definition per column."""
    return tuple(
        Stressor(
            id=name,
            version=1,
            domain=domain,
            stage="any",
            name=Text(name.replace("_", " "), f"{name.replace('_', ' ')} (nl)"),
            description=same(name),
            levels=tuple(Text(f"level {level}", f"niveau {level}") for level in range(top + 1)),
            window_months=24,
            window_reason="",
            channel="none",
            registers=("persons",),
            evidence=(),
            purpose="",
        )
        for (name, top), domain in zip(TOPS.items(), _DOMAINS, strict=True)
    )


def families_frame(families: int, seed: int, *, base: float = -5.0, not_covered: float = 0.03) -> pd.DataFrame:
    """One row per family and index date: shared causes, neighbourhoods that differ, and a logistic outcome."""
    rng = np.random.default_rng(seed)
    area = rng.integers(0, 20, families)
    burden = rng.normal(size=families) + 0.3 * rng.normal(size=20)[area]
    steady = rng.normal(size=(families, len(TOPS)))
    frames = []
    for day in (*TRAIN, TEST):
        drift = 0.9 * steady + np.sqrt(1 - 0.81) * rng.normal(size=steady.shape)
        hidden = 0.6 * burden[:, None] + 0.8 * drift
        levels = np.zeros(hidden.shape)
        for place, top in enumerate(TOPS.values()):
            for level in range(1, top + 1):
                levels[:, place] += hidden[:, place] > 1.1 + 0.45 * (level - 1) + 0.05 * (place % 4)
        risk = 1 / (1 + np.exp(-(base + levels @ EFFECTS + 0.2 * rng.normal(size=20)[area])))
        outcome = (rng.random(families) < risk).astype(np.int64)
        levels[rng.random(families) < not_covered, 0] = np.nan
        frame = pd.DataFrame(levels, columns=list(TOPS))
        frame.insert(0, "index_date", pd.Timestamp(day))
        frame.insert(1, "fold", np.arange(families) % 10)
        frame.insert(2, "area_block", np.char.add("WK", area.astype(str)))
        frame["outcome"] = outcome
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def counts_frame(families: int, seed: int, **options: float) -> pd.DataFrame:
    """The same as counts: the frame that ``open_counts(profiles)`` gives."""
    rows = families_frame(families, seed, **options)
    keys = list(rows.columns)
    return rows.groupby(keys, dropna=False, observed=True).size().reset_index(name="families")
