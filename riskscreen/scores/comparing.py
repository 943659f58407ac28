"""Count, card, logistic model, additive model and challenger on two honest designs, with and without report channels.

*Temporal*: fitted on earlier dates and folds 0-6, judged on a later date and other families. *Area-blocked*: the same
families are judged, but every neighbourhood by models that were fitted without it. Both are repeated without stressors
whose register also makes reports (police, care, school): what is left is not explained by who is seen by a reporter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Table
from riskscreen.scores.additive import fit_additive
from riskscreen.scores.bands import BandSize
from riskscreen.scores.challenger import fit_challenger
from riskscreen.scores.decision_curves import DecisionCurves, decision_curves
from riskscreen.scores.fit import FIT_FOLDS, PER_LINE, Fit, Log, fit, fit_additive_cards, prior_of
from riskscreen.scores.judging import REPLICATES, Judged, Scored, judge, score_card, score_risks
from riskscreen.scores.logistic_model import fit_logistic_model
from riskscreen.scores.stability import CardStability, card_stability
from riskscreen.settings import Scores
from riskscreen.stats.discrimination import Figure
from riskscreen.stats.rows import Rows, rows_of

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Variant = Literal["all", "without_channel"]
Design = Literal["temporal", "area_blocked"]

AREA_GROUPS = 4
RESAMPLES = 40


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """All models on one design, for one set of stressors."""

    variant: Variant
    design: Design
    judged: tuple[Judged, ...]
    curves: DecisionCurves


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What each model gains over the plain count, and how well its risks fit.

    Parameters
    ----------
    validations
        Per set of stressors and design.
    fits
        Per set of stressors the fit that chooses by the rule set beforehand: the comparison itself chooses nothing.
    stability
        Of the card on all stressors; ``None`` when too few outcomes were recorded to fit one.
    tables
        For the gate, by the channel *review* only.
    """

    validations: tuple[Validation, ...]
    fits: tuple[tuple[Variant, Fit], ...]
    stability: CardStability | None
    tables: tuple[Table, ...]

    def validation(self, variant: Variant, design: Design) -> Validation | None:
        """One of the validations; ``None`` when it could not be done."""
        return next((one for one in self.validations if (one.variant, one.design) == (variant, design)), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain figures of models, no rows: for ``metrics.json``."""
        return {
            "chosen": {variant: fitted.chosen.name for variant, fitted in self.fits},
            "reason": {variant: fitted.reason_code for variant, fitted in self.fits},
            "ridge": {variant: fitted.prior.ridge for variant, fitted in self.fits},
            "most_lines": {variant: fitted.prior.lines for variant, fitted in self.fits},
            "validations": [_plain(one) for one in self.validations],
        }

    def __str__(self) -> str:
        from riskscreen.scores.comparing_tables import comparison_text

        return comparison_text(self)

    def _repr_html_(self) -> str:
        from riskscreen.scores.comparing_tables import comparison_html

        return comparison_html(self)

    def plot(self, variant: Variant = "all", design: Design = "temporal") -> Any:
        """The decision curves of one validation: an altair chart."""
        from riskscreen.scores.comparing_tables import curves_chart

        return curves_chart(self, variant, design)


def compare(
    counts: pd.DataFrame,
    *,
    stressors: tuple[Stressor, ...],
    settings: Scores,
    train: tuple[date, ...],
    test: date,
    seed: int,
    fit_folds: Collection[int] = FIT_FOLDS,
    log: Log | None = None,
    threshold: int = 10,
    estimate_base: int = 100,
    outcome: str = "new_report",
    replicates: int = REPLICATES,
    area_groups: int = AREA_GROUPS,
    resamples: int = RESAMPLES,
    tell: Callable[[str], object] = str,
) -> Comparison:
    """Judge five models on later families and on neighbourhoods left out, with and without report channels.

    Parameters
    ----------
    area_groups
        Neighbourhoods are divided over this many groups; each is judged by models fitted on the others.
    resamples
        Resamples of neighbourhoods behind the stability of the card.
    tell
        Called with one line before each part; together they take minutes.
    counts, stressors, settings, train, test, seed, fit_folds, log, threshold, estimate_base, outcome, replicates
        As for :func:`riskscreen.scores.fit.fit`.

    Notes
    -----
    With too few outcomes to fit a card (the rule of :func:`riskscreen.scores.fit.fit`) only the count and the reference
    card are judged, on the temporal design.
    """
    from riskscreen.scores.comparing_tables import VARIANTS, comparison_tables

    asked = _Asked(settings, train, test, seed, tuple(sorted(fit_folds)), replicates)
    size = BandSize(families=max(threshold, estimate_base), others=threshold)
    validations: list[Validation] = []
    fits: list[tuple[Variant, Fit]] = []
    for variant, these in _variants(stressors):
        tell(
            f"five models, {VARIANTS[variant].en}: later families, then {area_groups} groups of neighbourhoods left out"
        )
        fitted = fit(
            counts,
            stressors=these,
            settings=settings,
            train=train,
            test=test,
            seed=seed,
            fit_folds=fit_folds,
            log=log,
            threshold=threshold,
            estimate_base=estimate_base,
            outcome=outcome,
            replicates=replicates,
        )
        fits.append((variant, fitted))
        names = tuple(stressor.id for stressor in these)
        validations += _validations(counts, names, fitted, asked, size, variant, area_groups)
    tell(f"stability: the card of {resamples} resamples of neighbourhoods")
    stability = _stability(counts, stressors, fits[0][1], asked, resamples)
    by_id = {stressor.id: stressor for stressor in stressors}
    tables = comparison_tables(tuple(validations), tuple(fits), stability, by_id)
    return Comparison(tuple(validations), tuple(fits), stability, tables)


def area_group(counts: pd.DataFrame, groups: int) -> dict[Any, int]:
    """A group per neighbourhood, about equally many families in each: the largest first, to the smallest group.

    Looks at families only, never at outcomes; a neighbourhood that is not known is one of its own.
    """
    sizes = counts.groupby(counts["area_block"].astype(object).fillna(""))["families"].sum()
    filled = [0.0] * max(1, min(groups, len(sizes)))
    found: dict[Any, int] = {}
    for block, families in sorted(sizes.items(), key=lambda item: (-item[1], str(item[0]))):
        smallest = filled.index(min(filled))
        found[block] = smallest
        filled[smallest] += float(families)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: Scores
    train: tuple[date, ...]
    test: date
    seed: int
    fit_folds: tuple[int, ...]
    replicates: int

    @property
    def other_folds(self) -> tuple[int, ...]:
        return tuple(fold for fold in range(10) if fold not in self.fit_folds)


def _variants(stressors: tuple[Stressor, ...]) -> list[tuple[Variant, tuple[Stressor, ...]]]:
    without = tuple(stressor for stressor in stressors if stressor.channel == "none")
    found: list[tuple[Variant, tuple[Stressor, ...]]] = [("all", stressors)]
    if without and len(without) < len(stressors):
        found.append(("without_channel", without))
    return found


def _validations(
    counts: pd.DataFrame,
    names: tuple[str, ...],
    fitted: Fit,
    asked: _Asked,
    size: BandSize,
    variant: Variant,
    area_groups: int,
) -> list[Validation]:
    to_judge = rows_of(counts, names, (asked.test,), folds=asked.other_folds)
    if not fitted.local or fitted.card is None:
        cards = [card for card in (fitted.count, fitted.card) if card is not None]
        scored = tuple(score_card(card, to_judge) for card in cards)
        return [_judged(variant, "temporal", to_judge, scored, asked, size)]
    to_fit = rows_of(counts, names, asked.train, folds=asked.fit_folds)
    temporal = _scores(to_fit, to_judge, asked.seed, fitted.count, fitted.card)
    found = [_judged(variant, "temporal", to_judge, temporal, asked, size)]
    group = area_group(counts, area_groups)
    if len(set(group.values())) > 1:
        rows, scored = _left_out(counts, names, group, asked)
        found.append(_judged(variant, "area_blocked", rows, scored, asked, size))
    return found


def _judged(
    variant: Variant, design: Design, rows: Rows, scored: tuple[Scored, ...], asked: _Asked, size: BandSize
) -> Validation:
    judged = judge(rows, scored, seed=asked.seed, replicates=asked.replicates, against=("count", "card"))
    curves = decision_curves(rows, scored, size, seed=asked.seed, replicates=asked.replicates)
    return Validation(variant, design, judged, curves)


def _scores(to_fit: Rows, to_judge: Rows, seed: int, count: Card, card: Card) -> tuple[Scored, ...]:
    """The five models, fitted on ``to_fit`` (count and card are given) and scored on ``to_judge``."""
    names = to_fit.covered()
    part, there = to_fit.only(names), to_judge.only(names).levels
    return (
        score_card(count, to_judge),
        score_card(card, to_judge),
        score_risks("logistic", fit_logistic_model(part).risk(there), to_judge),
        score_risks("additive", fit_additive(part, seed).risk(there), to_judge),
        score_risks("challenger", fit_challenger(part, seed).risk(there), to_judge),
    )


def _left_out(
    counts: pd.DataFrame, names: tuple[str, ...], group: dict[Any, int], asked: _Asked
) -> tuple[Rows, tuple[Scored, ...]]:
    """Every neighbourhood scored by models, prior and all, that were fitted without it."""
    place = counts["area_block"].astype(object).fillna("").map(group)
    every = rows_of(counts, names, (asked.test,), folds=asked.other_folds)
    inside = _places(counts, place.to_numpy(), asked)
    risks: dict[str, Array] = {}
    for one in sorted(set(group.values())):
        rest = counts[place != one]
        prior = prior_of(rest, names, asked.train, asked.fit_folds, asked.settings)
        to_fit = rows_of(rest, names, asked.train, folds=asked.fit_folds)
        both = fit_additive_cards(to_fit, asked.settings, prior)
        for scored in _scores(to_fit, every, asked.seed, both.count, both.card):
            mine = risks.setdefault(scored.model, np.zeros(len(every.families)))
            mine[inside == one] = scored.row_risk[inside == one]
    return every, tuple(score_risks(model, risk, every) for model, risk in risks.items())


def _places(counts: pd.DataFrame, place: Any, asked: _Asked) -> NDArray[np.int64]:
    """The group of every row that judges, in the order of :func:`rows_of`."""
    rows = rows_of(
        counts.assign(outcome=counts["outcome"], _group=place), ("_group",), (asked.test,), folds=asked.other_folds
    )
    return rows.levels[:, 0].astype(np.int64)


def _stability(
    counts: pd.DataFrame, stressors: tuple[Stressor, ...], fitted: Fit, asked: _Asked, resamples: int
) -> CardStability | None:
    if not fitted.local or fitted.card is None:
        return None
    names = tuple(stressor.id for stressor in stressors)
    rows = rows_of(counts, names, asked.train, folds=asked.fit_folds)
    return card_stability(
        rows,
        fitted.card,
        asked.settings,
        fitted.prior,
        min_outcomes=PER_LINE,
        seed=asked.seed,
        resamples=resamples,
    )


def _plain(one: Validation) -> dict[str, Any]:
    return {
        "stressors": one.variant,
        "design": one.design,
        "families": one.judged[0].families,
        "outcomes": one.judged[0].outcomes,
        "models": [_plain_model(judged) for judged in one.judged],
    }


def _plain_model(judged: Judged) -> dict[str, Any]:
    figures = ("gain", "calibration_in_the_large", "calibration_slope", "log_loss", "brier", "auroc")
    found: dict[str, Any] = {"model": judged.model}
    found |= {name: _three(getattr(judged, name)) for name in figures}
    for other in judged.differences:
        found[f"minus_{other.to}"] = {name: _three(getattr(other, name)) for name in ("auroc", "brier", "log_loss")}
    return found


def _three(figure: Figure) -> list[float | None]:
    return [round(x, 6) if np.isfinite(x) else None for x in (figure.value, figure.low, figure.high)]
