"""Explain a card on counts: contributions, accumulation, and what the challenger leans on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from riskscreen.errors import UsageError
from riskscreen.explanation.accumulation import accumulation_table
from riskscreen.explanation.challenger import TreeContributions, TreeModel, challenger_table, tree_reader
from riskscreen.explanation.combinations import combinations_table
from riskscreen.explanation.contributions import domain_table, points_by_stressor, stressor_table
from riskscreen.explanation.disagreement import disagreement_table
from riskscreen.explanation.pictures import (
    Language,
    bar_picture,
    beeswarm_picture,
    card_contributions,
    waterfall_picture,
)
from riskscreen.explanation.released import released_profiles
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Table
from riskscreen.records.texts import Text
from riskscreen.stats.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd

Model = Literal["card", "challenger"]
LEAST_THRESHOLD = 10


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why families score what they score, from counts.

    Parameters
    ----------
    contributions, contributions_domain
        Mean points per stressor and per domain; exact.
    accumulation
        Recorded rate by number of domains with a stressor.
    domain_combinations
        Families and recorded rate per combination of domains; small combinations are one row.
    challenger_contributions
        What the challenger leans on; ``None`` without one.
    disagreement
        Where card and challenger disagree, in large groups, and what was recorded there; ``None`` without one.
    exact
        Points per stressor on the profiles of released size.
    tree
        The challenger's contributions on its profiles of released size.
    stressors
        The definitions.
    """

    contributions: Table
    contributions_domain: Table
    accumulation: Table
    domain_combinations: Table
    challenger_contributions: Table | None
    disagreement: Table | None
    exact: TreeContributions
    tree: TreeContributions | None
    stressors: tuple[Stressor, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, for the gate."""
        always = (self.contributions, self.contributions_domain, self.accumulation, self.domain_combinations)
        more = (self.challenger_contributions, self.disagreement)
        return (*always, *(table for table in more if table is not None))

    def bar(self, model: Model = "card", language: Language = "en") -> bytes:
        """Mean contribution per stressor, as a PNG."""
        return bar_picture(self._of(model), self._by_id(), _TITLES[model], language)

    def beeswarm(self, model: Model = "card", language: Language = "en") -> bytes:
        """One dot per profile of released size and stressor, as a PNG."""
        return beeswarm_picture(self._of(model), self._by_id(), _TITLES[model], language)

    def waterfall(self, place: int | None = None, model: Model = "card", language: Language = "en") -> bytes:
        """How one profile of released size comes to its total, as a PNG.

        Parameters
        ----------
        place
            Number of the profile, the largest first; default: the one with the highest total.
        """
        found = self._of(model)
        if place is None:
            place = int(found.values.sum(axis=1).argmax())
        return waterfall_picture(found, place, self._by_id(), _WATERFALL, language)

    def pictures(self, language: Language = "en") -> dict[str, bytes]:
        """Beeswarm and waterfall of every model there is, by name, as PNG bytes.

        The bars are left out: the tables of contributions, and their charts, say the same.
        """
        models: list[Model] = ["card"] if len(self.exact.profiles.families) else []
        if self.tree is not None:
            models.append("challenger")
        return {
            f"{kind}_{model}": getattr(self, kind)(model=model, language=language)
            for model in models
            for kind in ("beeswarm", "waterfall")
        }

    def __str__(self) -> str:
        from riskscreen.explanation.showing import explanation_text

        return explanation_text(self)

    def _repr_html_(self) -> str:
        from riskscreen.explanation.showing import explanation_html

        return explanation_html(self)

    def plot(self) -> Any:
        """Recorded rate by number of domains: an altair chart."""
        from riskscreen.explanation.showing import accumulation_chart

        return accumulation_chart(self.accumulation, self.exact.profiles.threshold)

    def plot_combinations(self, language: Language = "en") -> Any:
        """Which domains occur together, with families and recorded rate: an altair chart (UpSet)."""
        from riskscreen.explanation.combinations_chart import combinations_chart

        return combinations_chart(self.domain_combinations, language)

    def _of(self, model: Model) -> TreeContributions:
        found = self.exact if model == "card" else self.tree
        if found is None or not len(found.profiles.families):
            raise UsageError(
                f"there is nothing to draw for the {model}",
                do="fit a challenger, or use more families: only profiles of released size are drawn",
            )
        return found

    def _by_id(self) -> dict[str, Stressor]:
        return {stressor.id: stressor for stressor in self.stressors}


_TITLES = {
    "card": Text("The card: points by stressor", "De puntenkaart: punten per stressor"),
    "challenger": Text("The challenger: contributions by stressor", "De uitdager: bijdragen per stressor"),
}
_WATERFALL = Text("How one profile comes to its total", "Hoe één profiel aan zijn totaal komt")


def explain(
    card: Card,
    counts: pd.DataFrame,
    stressors: Sequence[Stressor],
    *,
    dates: Collection[date] | None = None,
    challenger: TreeModel | None = None,
    threshold: int = 10,
    estimate_base: int = 100,
    seed: int = 0,
    unseen_folds: Collection[int] | None = None,
) -> Explanation:
    """Explain a card on profiles with counts.

    Parameters
    ----------
    card
        The chosen card.
    counts
        ``index_date, fold, area_block, <stressors>, outcome, families``: what ``open_counts(profiles)`` gives.
    stressors
        The definitions.
    dates
        Index dates to explain on; default the latest one with a covered outcome.
    challenger
        The black box, to show what it leans on.
    threshold
        Least number of families that share a profile in a picture; at least 10.
    estimate_base
        Least number of families behind an interval: smaller combinations of domains are taken together.
    seed
        For the background of the challenger's contributions, and for drawing neighbourhoods again.
    unseen_folds
        Folds that took no part in the fit: card and challenger are compared with what was recorded there. Default all.

    Raises
    ------
    UsageError
        The threshold is below 10, or a column is missing.
    """
    if threshold < LEAST_THRESHOLD:
        raise UsageError(f"the threshold is {threshold}", do=f"give at least {LEAST_THRESHOLD} families")
    by_id = {stressor.id: stressor for stressor in stressors}
    names = tuple(dict.fromkeys([*by_id, *card.stressors, *(challenger.stressors if challenger else ())]))
    days = _latest(counts) if dates is None else dates
    rows = rows_of(counts, names, days)
    points = points_by_stressor(card, rows.columns(), len(rows.families))
    reader = tree_reader(challenger, rows, threshold, seed)
    tree = None if reader is None else reader.contributions()
    disagreement = None
    if challenger is not None:
        unseen = rows_of(counts, names, days, folds=unseen_folds)
        sizes = {"threshold": threshold, "estimate_base": estimate_base}
        disagreement = disagreement_table(card, challenger, reader, unseen, by_id, seed=seed, **sizes)
    return Explanation(
        contributions=stressor_table(card, points, rows, by_id, seed=seed),
        contributions_domain=domain_table(points, rows.families, by_id),
        accumulation=accumulation_table(rows, by_id),
        domain_combinations=combinations_table(rows, by_id, threshold=threshold, estimate_base=estimate_base),
        disagreement=disagreement,
        challenger_contributions=None if tree is None else challenger_table(tree, by_id),
        exact=card_contributions(card, released_profiles(rows, card.stressors, threshold)),
        tree=tree,
        stressors=tuple(stressors),
    )


def _latest(counts: pd.DataFrame) -> tuple[date, ...]:
    import pandas as pd

    days = pd.to_datetime(counts.loc[counts["outcome"].notna(), "index_date"])
    return (days.max().date(),) if len(days) else ()
