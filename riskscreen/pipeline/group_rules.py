"""What-ifs that read a sensitive feature, fitted on the families of a run: for the board to look at, never to leave.

All are fitted on the families that the card was fitted on, by the groups of one attribute; small groups are taken
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskscreen.pipeline.job import Tell
from riskscreen.pipeline.selecting import Scene, levels_of, points_risk
from riskscreen.stats.rows import Rows

if TYPE_CHECKING:
    from riskscreen.fairness.what_ifs import GroupRows, WhatIf

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """One attribute: the families to fit on, and those to select among (profiles by group).

    Parameters
    ----------
    fitted, fit_risk
        With the risk of the card of the run, shape ``(rows,)``.
    profile, group, families, risk
        Of the families to select among, shape ``(others,)``.
    cost
        The card's risk at the share selected.
    """

    attribute: str
    fitted: GroupRows
    fit_risk: Array
    profile: Ints
    group: Ints
    families: Array
    risk: Array
    cost: float

    @property
    def sizes(self) -> Array:
        """Families to select among, per group."""
        number = int(self.fitted.group.max()) + 1
        return np.bincount(self.group, self.families, number).astype(np.float64)


def by_group(scene: Scene, attribute: str, tell: Tell) -> Iterator[WhatIf]:
    """Every what-if that reads an attribute: reweighing, cuts per group, and Fairlearn's."""
    groups = _groups(scene, attribute)
    if len(groups.sizes) < 2:
        tell(f"{attribute} has fewer than two groups with enough families and outcomes: no rule by group is tried")
        return
    tell(f"what if: {attribute} is read, by reweighing and by cuts per group; for the board only")
    if scene.fitted.local:
        yield _reweighed(scene, groups)
    yield _own_cuts(scene, groups)
    yield _own_reach(scene, groups)
    tell(f"what if: {attribute} is read, by Fairlearn's threshold optimizer and reductions; for the board only")
    yield _optimized(scene, groups)
    yield from _reduced(scene, groups)


def _groups(scene: Scene, attribute: str) -> _Groups:
    from riskscreen.fairness.what_ifs import GroupRows, pooled, risk_at_share

    counts, others = scene.fitted_on(attribute), scene.by_profile_and(attribute)
    names = sorted({*counts["grp"], *others["grp"]})
    codes, there = (
        np.asarray(pd.Categorical(frame["grp"], categories=names).codes, np.int64) for frame in (counts, others)
    )
    families = counts["families"].to_numpy(np.float64)
    rows = GroupRows(levels_of(counts, scene.ids), codes, counts["outcome"].to_numpy(np.float64), families)
    risk = points_risk(scene.card, rows.levels, scene.ids)
    profile = others["profile"].to_numpy(np.int64)
    return _Groups(
        attribute,
        GroupRows(rows.levels, pooled(codes, rows), rows.outcome, families),
        risk,
        profile,
        pooled(there, rows),
        others["families"].to_numpy(np.float64),
        scene.base.risk[profile],
        risk_at_share(risk, families, scene.share),
    )


def _reweighed(scene: Scene, groups: _Groups) -> WhatIf:
    """The model of the run, fitted on weights under which attribute and outcome are independent."""
    from riskscreen.fairness.what_ifs import reweighing
    from riskscreen.scores.fit import fit_additive_cards

    fitted = groups.fitted
    weight = reweighing(fitted.group, fitted.outcome, fitted.families)
    block = np.zeros(len(weight), np.int64)  # a fit draws no neighbourhoods
    rows = Rows(tuple(scene.ids), fitted.levels, fitted.outcome, fitted.families * weight, block)
    both = fit_additive_cards(rows, scene.job.scenario.scores, scene.fitted.prior)
    card = both.card if scene.card.name == "card" else both.count
    return scene.by_card(f"reweighed:{groups.attribute}", card, kind="reads_sensitive_feature")


def _own_cuts(scene: Scene, groups: _Groups) -> WhatIf:
    from riskscreen.fairness.what_ifs import chance_within_groups, rank_within_groups

    shares = np.full(len(groups.sizes), scene.share)
    chance = chance_within_groups(groups.risk, groups.group, groups.families, shares)
    fitted = groups.fitted
    fit_rank = rank_within_groups(groups.fit_risk, fitted.group, fitted.families)
    rank = rank_within_groups(groups.risk, groups.group, groups.families)
    return _read("own_cuts", groups, chance, fit_rank, rank)


def _own_reach(scene: Scene, groups: _Groups) -> WhatIf:
    from riskscreen.fairness.what_ifs import chance_within_groups, reach_within_groups, shares_of_equal_reach

    shares = shares_of_equal_reach(groups.fit_risk, groups.fitted, groups.sizes, scene.share)
    chance = chance_within_groups(groups.risk, groups.group, groups.families, shares)
    fit_score = reach_within_groups(groups.fit_risk, groups.fitted, groups.fit_risk, groups.fitted.group)
    score = reach_within_groups(groups.fit_risk, groups.fitted, groups.risk, groups.group)
    return _read("own_reach", groups, chance, fit_score, score)


def _optimized(scene: Scene, groups: _Groups) -> WhatIf:
    from riskscreen.fairness.reductions import threshold_chance
    from riskscreen.fairness.what_ifs import moved_to_share

    fitted, seed = groups.fitted, scene.job.scenario.seed
    both = np.concatenate([groups.fit_risk, groups.risk]), np.concatenate([fitted.group, groups.group])
    chance = threshold_chance(groups.fit_risk, fitted, *both, cost=groups.cost, seed=seed)
    before, after = chance[: len(fitted.group)], chance[len(fitted.group) :]
    return _read("optimized", groups, moved_to_share(after, groups.families, scene.share), before, after)


def _reduced(scene: Scene, groups: _Groups) -> Iterator[WhatIf]:
    from sklearn.linear_model import LogisticRegression

    from riskscreen.fairness.reductions import Constraint, reduction_chance
    from riskscreen.fairness.what_ifs import moved_to_share

    named: tuple[tuple[str, Constraint], ...] = (
        ("reduced_parity", "demographic_parity"),
        ("reduced_odds", "equalized_odds"),
    )
    fitted = groups.fitted
    for name, constraint in named:
        chance = reduction_chance(
            fitted,
            np.vstack([fitted.levels, scene.levels]),
            estimator=LogisticRegression(max_iter=2000),
            constraint=constraint,
            cost=groups.cost,
            seed=scene.job.scenario.seed,
        )
        before, after = chance[: len(fitted.group)], chance[len(fitted.group) :][groups.profile]
        yield _read(name, groups, moved_to_share(after, groups.families, scene.share), before, after)


def _read(name: str, groups: _Groups, chance: Array, fit_score: Array, score: Array) -> WhatIf:
    """A what-if by profile and group, with the risk that its score stands for whatever the group."""
    from riskscreen.fairness.what_ifs import WhatIf, risk_of_score

    fitted = groups.fitted
    risk = risk_of_score(fit_score, fitted.outcome, fitted.families, score)
    about = f"{name}:{groups.attribute}"
    return WhatIf(about, "reads_sensitive_feature", chance, risk, attribute=groups.attribute)
