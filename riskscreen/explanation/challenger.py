"""Contributions inside the challenger, by shap's tree explainer on profiles of released size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from riskscreen.explanation.contributions import stressor_names
from riskscreen.explanation.released import ReleasedProfiles, released_profiles
from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.stats.rows import Rows

Array = NDArray[np.float64]

BACKGROUND = 100
"""Profiles that contributions are measured against, drawn in proportion to their families."""


class TreeModel(Protocol):
    """What is needed of a challenger: its columns and a tree model."""

    @property
    def stressors(self) -> tuple[str, ...]:
        """Columns it reads, in order."""

    @property
    def model(self) -> Any:
        """A model that shap's tree explainer understands."""


@dataclass(frozen=True, slots=True)
class TreeContributions:
    """Contributions to the challenger's log-odds: ``base + values.sum(axis=1)`` is the log-odds of each profile.

    Parameters
    ----------
    profiles
        The profiles, with their families.
    values
        Shape ``(profiles, stressors)``.
    base
        Mean log-odds over the background.
    """

    profiles: ReleasedProfiles
    values: Array
    base: float


class TreeReader:
    """Shapley values of a challenger's log-odds (Lundberg et al. 2020, Nature Machine Intelligence 2:56).

    The background is drawn from profiles of released size in proportion to their families, so that a contribution says:
    compared with families at large.

    Parameters
    ----------
    challenger
        The black box.
    profiles
        At least one profile.
    seed
        For the background.
    """

    def __init__(self, challenger: TreeModel, profiles: ReleasedProfiles, seed: int) -> None:
        drawn = np.random.default_rng(seed).choice(
            len(profiles.families), BACKGROUND, p=profiles.families / profiles.families.sum()
        )
        with quiet_shap() as shap:
            self._explainer = shap.TreeExplainer(
                challenger.model, data=profiles.levels[drawn], feature_perturbation="interventional"
            )
        self.stressors = challenger.stressors
        self.profiles = profiles

    def values(self, levels: Array) -> Array:
        """Contributions per row of levels, shape ``(rows, stressors)``."""
        with quiet_shap():
            return np.asarray(self._explainer.shap_values(levels), dtype=np.float64)

    def mean(self, levels: Array) -> Array:
        """Mean contribution over rows, shape ``(stressors,)``; equal rows are asked for once."""
        rows, times = np.unique(levels, axis=0, return_counts=True)
        return np.asarray(times @ self.values(rows) / len(levels), dtype=np.float64)

    def contributions(self) -> TreeContributions:
        """Contributions of the profiles of released size."""
        base = float(np.ravel(self._explainer.expected_value)[-1])
        return TreeContributions(self.profiles, self.values(self.profiles.levels), base)


def tree_reader(challenger: TreeModel | None, rows: Rows, threshold: int, seed: int) -> TreeReader | None:
    """A reader of the challenger; ``None`` without one, or when no profile is large enough."""
    if challenger is None:
        return None
    profiles = released_profiles(rows, challenger.stressors, threshold)
    return TreeReader(challenger, profiles, seed) if len(profiles.families) else None


def challenger_table(found: TreeContributions, stressors: Mapping[str, Stressor]) -> Table:
    """Mean absolute contribution per stressor, weighted by families, largest first."""
    families = found.profiles.families
    means = (np.abs(found.values) * families[:, None]).sum(axis=0) / families.sum()
    ranked = sorted(zip(found.profiles.stressors, means, strict=True), key=lambda item: (-item[1], item[0]))
    body: tuple[tuple[Value, ...], ...] = tuple((name, float(mean), int(families.sum())) for name, mean in ranked)
    labels = stressor_names(found.profiles.stressors, stressors)
    columns = (
        Column("stressor", "key", Text("stressor", "stressor"), labels=labels),
        Column(
            "mean_abs_shap",
            "estimate",
            Text("mean size of the contribution (log-odds)", "gemiddelde grootte van de bijdrage (log-odds)"),
            base="families",
        ),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
    )
    note = Text(
        "Only profiles that many families share. The challenger is a black box and can never be released; this shows "
        "what it leans on.",
        "Alleen profielen die veel gezinnen delen. De uitdager is een black box en wordt nooit vrijgegeven; dit laat "
        "zien waar die op leunt.",
    )
    title = Text("What the challenger leans on", "Waar de uitdager op leunt")
    return Table("challenger_contributions", title, columns, body, note)


@contextmanager
def quiet_shap() -> Iterator[Any]:
    """shap, without its own deprecation warnings: it calls matplotlib and numpy in ways that these give up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        yield shap
