"""Fit and compare: the plain count, the card and the challenger; the card is chosen only when it beats the count.

The rule is logged before any model is fitted, with the size of the card and the prior on its lines, which
cross-validation over the fitting folds chose. Models are fitted on pooled earlier index dates and folds 0-6, chosen on
the other families of those dates, and judged on the other families of a later date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from riskscreen.errors import RegisterError
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.tables import Table
from riskscreen.records.texts import Text
from riskscreen.scores.bands import BandSize, bands_of
from riskscreen.scores.challenger import Challenger, fit_challenger
from riskscreen.scores.drift import Drift, dated, drift_of, points_next_table
from riskscreen.scores.judging import REPLICATES, Judged, Scored, judge, score_card, score_challenger
from riskscreen.scores.prior import USUAL, Prior, choose_prior
from riskscreen.scores.recalibration import How, adapted, load_reference, recalibrate
from riskscreen.scores.tables import calibration_table, lines_table, performance_table, points_table
from riskscreen.settings import Scores
from riskscreen.stats.rows import Rows, rows_of

if TYPE_CHECKING:
    import pandas as pd

Log = Callable[[str, Mapping[str, Any]], object]

PER_LINE = 10
"""Outcomes needed per candidate line; with fewer nothing is fitted locally."""
FIT_FOLDS = tuple(range(7))

REASONS: Mapping[str, Text] = {
    "card_better": Text(
        "The card is chosen: with 95% confidence it ranks families better than the plain count, and it is not ruled "
        "out that this is by more than the margin.",
        "De puntenkaart is gekozen: die ordent gezinnen met 95% zekerheid beter dan de gewone telling, en het is niet "
        "uit te sluiten dat dit meer dan de marge scheelt.",
    ),
    "count_not_beaten": Text(
        "The plain count is chosen: that the card ranks families better may be chance.",
        "De gewone telling is gekozen: dat de puntenkaart gezinnen beter ordent, kan toeval zijn.",
    ),
    "count_within_margin": Text(
        "The plain count is chosen: what it gives up against the card lies within the margin with 95% confidence.",
        "De gewone telling is gekozen: wat die inlevert ten opzichte van de puntenkaart, ligt met 95% zekerheid binnen "
        "de marge.",
    ),
    "count_best": Text(
        "The plain count is chosen: it ranks families at least as well as the card.",
        "De gewone telling is gekozen: die ordent gezinnen minstens even goed als de puntenkaart.",
    ),
    "reference": Text(
        "Too few recorded outcomes for a card of your own: the reference card that ships with riskscreen is used. "
        "It was made from synthetic registers.",
        "Te weinig geregistreerde uitkomsten voor een eigen puntenkaart: de meegeleverde referentiekaart wordt "
        "gebruikt. Die is gemaakt met synthetische registers.",
    ),
}
RECALIBRATIONS: Mapping[How, Text] = {
    "intercept_and_slope": Text(
        "Its level and its slope were fitted to your own counts.",
        "Het niveau en de helling zijn aangepast aan uw eigen aantallen.",
    ),
    "intercept": Text(
        "Its level was fitted to your own counts; there were too few outcomes for the slope.",
        "Het niveau is aangepast aan uw eigen aantallen; voor de helling waren er te weinig uitkomsten.",
    ),
    "none": Text(
        "There were too few outcomes to fit even its level: its risks are those of the reference.",
        "Er waren zelfs te weinig uitkomsten om het niveau aan te passen: de kansen zijn die van de referentie.",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was fitted, what was chosen and why.

    Parameters
    ----------
    chosen
        The model that goes on: the plain count or the card.
    count, card
        Both additive models; ``card`` is the recalibrated reference when nothing was fitted locally, and ``None`` when
        that has no line on any stressor here.
    challenger
        The black box, inside only; ``None`` when nothing was fitted locally.
    performance, calibration, card_lines, points
        Tables on the test date (``performance`` and the rates: only families that took no part in the fit).
    points_next
        Per band of points an interval for the recorded rate on a next date, with drift between index dates.
    rule, reason
        The rule set beforehand, and what it came to; ``reason_code`` is the key of :data:`REASONS`.
    gap
        Share of the explained deviance that whole points give up against a continuous card; ``None`` if not local.
    local
        Was anything fitted on these counts?
    judged
        Figures per model on the test date.
    prior
        Most lines of the card and the penalty on them, chosen on the fitting folds.
    drift
        How the chosen card moved over the known dates; ``None`` when there are too few to know.
    """

    chosen: Card
    count: Card
    card: Card | None
    challenger: Challenger | None
    performance: Table
    calibration: Table
    card_lines: Table
    points: Table
    rule: Text
    reason: Text
    reason_code: str
    gap: float | None
    local: bool
    judged: tuple[Judged, ...]
    points_next: Table
    prior: Prior
    drift: Drift | None

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, for the gate."""
        return self.performance, self.calibration, self.card_lines, self.points, self.points_next

    def __str__(self) -> str:
        from riskscreen.scores.showing import fit_text

        return fit_text(self)

    def _repr_html_(self) -> str:
        from riskscreen.scores.showing import fit_html

        return fit_html(self)

    def plot(self) -> Any:
        """Recorded rate (with interval) and risk per band of points: an altair chart."""
        from riskscreen.scores.showing import points_chart

        return points_chart(self.points)


def fit(
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
) -> Fit:
    """Fit the models on counts, choose by a rule set beforehand, and judge on a later date and other families.

    Parameters
    ----------
    counts
        Profiles with counts: ``index_date, fold, area_block, <stressors>, outcome, families``; ``nan`` is *not
        covered*.
    stressors
        The definitions; one without a covered column is left out.
    settings
        Size of the card and the margin of the rule.
    train, test
        Index dates to fit on, and the later one to judge on.
    seed
        For the challenger and the replicates.
    fit_folds
        Folds to fit on; all other families choose and judge.
    log
        Called with ``("rule", body)`` before anything is fitted.
    threshold, estimate_base
        Least number of families without the outcome, and of families in all, in a band of the tables.
    replicates
        Replicates behind every interval; at least 200.

    Raises
    ------
    RegisterError
        No outcome is covered on the train dates or on the test date.
    UsageError
        A column is missing.
    """
    names = tuple(stressor.id for stressor in stressors)
    other = sorted(set(range(10)) - set(fit_folds))
    to_fit = rows_of(counts, names, train, folds=fit_folds)
    to_choose = rows_of(counts, names, train, folds=other)
    to_judge = rows_of(counts, names, (test,), folds=other)
    _check_covered(to_fit, to_judge, test)
    by_id = {stressor.id: stressor for stressor in stressors}
    candidates = sum(by_id[name].top for name in to_fit.covered())
    local = to_fit.outcomes >= PER_LINE * max(candidates, 1) and candidates > 0
    prior = prior_of(counts, names, train, fit_folds, settings) if local else Prior(USUAL, settings.max_lines, {})
    rule = _rule(settings)
    if log is not None:
        body = _rule_body(rule, settings, candidates, local, train, test, fit_folds)
        log("rule", body | prior.to_dict())
    models = _fit_local(to_fit, settings, seed, prior) if local else _use_reference(to_fit, names)
    chosen, reason_code = _choose(models, to_choose, settings, seed, replicates)
    about = _about(to_fit, train, outcome, local)
    models = replace(models, count=_named(models.count, about), card=models.card and _named(models.card, about))
    known = sorted({*train, test})
    judging = _Judging(
        to_judge=to_judge,
        everyone=tuple(rows_of(counts, names, (day,)) for day in known),
        unseen=tuple(rows_of(counts, names, (day,), folds=other) for day in known),
        test=known.index(test),
        size=BandSize(families=max(threshold, estimate_base), others=threshold),
        seed=seed,
        replicates=replicates,
    )
    return _result(models, prior, chosen, reason_code, rule, judging, by_id)


def prior_of(
    counts: pd.DataFrame, names: tuple[str, ...], train: tuple[date, ...], folds: Collection[int], settings: Scores
) -> Prior:
    """Most lines of the card and the penalty on them, chosen on these folds of these dates only."""
    return choose_prior(counts, names, train, folds, settings, min_outcomes=PER_LINE)


@dataclass(frozen=True, slots=True, eq=False)
class _Models:
    count: Card
    card: Card | None
    challenger: Challenger | None
    gap: float | None
    local: bool
    recalibration: How | None


@dataclass(frozen=True, slots=True, eq=False)
class _Judging:
    """What judges and describes: no family of it is looked at before the choice is made."""

    to_judge: Rows
    everyone: tuple[Rows, ...]
    """All families per known date."""
    unseen: tuple[Rows, ...]
    """Families that took no part in the fit, per known date."""
    test: int
    """Place of the test date among them."""
    size: BandSize
    seed: int
    replicates: int


@dataclass(frozen=True, slots=True, eq=False)
class Additive:
    """The plain count and the card from one fit."""

    count: Card
    card: Card
    gap: float


def fit_additive_cards(rows: Rows, settings: Scores, prior: Prior) -> Additive:
    """The plain count and the card on these rows; stressors that are not covered or the same for all are left out."""
    import pandas as pd

    from riskscreen.scores.card import RiskCard, StressorCount

    part = rows.only(rows.covered())
    levels = pd.DataFrame(part.levels, columns=list(part.stressors))
    card = RiskCard(prior.lines, settings.max_points, monotone=True, min_outcomes=PER_LINE, ridge=prior.ridge)
    card.fit(levels, part.outcome, sample_weight=part.families)
    count = StressorCount().fit(levels, part.outcome, sample_weight=part.families)
    return Additive(count.card_, card.card_, float(card.gap_))


def _fit_local(rows: Rows, settings: Scores, seed: int, prior: Prior) -> _Models:
    both = fit_additive_cards(rows, settings, prior)
    challenger = fit_challenger(rows.only(rows.covered()), seed)
    return _Models(both.count, both.card, challenger, both.gap, True, None)


def _use_reference(rows: Rows, names: tuple[str, ...]) -> _Models:
    count = recalibrate(adapted(load_reference("count"), names), rows)
    card = recalibrate(adapted(load_reference("card"), names), rows)
    return _Models(count.card, card.card if card.card.lines else None, None, None, False, card.how)


def _choose(models: _Models, rows: Rows, settings: Scores, seed: int, replicates: int) -> tuple[str, str]:
    """The name of the chosen model and the code of the reason."""
    if models.card is None:
        return "count", "reference"
    if not models.local:
        return "card", "reference"
    scored = (score_card(models.count, rows), score_card(models.card, rows))
    gain = judge(rows, scored, seed=seed, replicates=replicates)[1].gain
    if gain.value <= 0:
        return "count", "count_best"
    if gain.high <= settings.margin:
        return "count", "count_within_margin"
    return ("card", "card_better") if gain.low > 0 else ("count", "count_not_beaten")


def _result(
    models: _Models,
    prior: Prior,
    chosen: str,
    reason_code: str,
    rule: Text,
    given: _Judging,
    by_id: Mapping[str, Stressor],
) -> Fit:
    cards = [card for card in (models.count, models.card) if card is not None]
    scored = [score_card(card, given.to_judge) for card in cards]
    if models.challenger is not None:
        scored.append(score_challenger(models.challenger, given.to_judge))
    judged = judge(given.to_judge, tuple(scored), seed=given.seed, replicates=given.replicates)
    best = next(card for card in cards if card.name == chosen)
    everyone = dated(best, given.everyone)
    drift = drift_of(best, everyone)
    return Fit(
        chosen=best,
        count=models.count,
        card=models.card,
        challenger=models.challenger,
        performance=performance_table(judged, cards, chosen, models.gap),
        calibration=calibration_table(scored, given.to_judge, given.size),
        card_lines=lines_table(best, given.everyone[given.test], by_id),
        points=points_table(scored[cards.index(best)], given.to_judge, given.size),
        rule=rule,
        reason=_reason(reason_code, models.recalibration),
        reason_code=reason_code,
        gap=models.gap,
        local=models.local,
        judged=judged,
        points_next=_points_next(best, scored[cards.index(best)], drift, given),
        prior=prior,
        drift=drift,
    )


def _points_next(card: Card, scored: Scored, drift: Drift | None, given: _Judging) -> Table:
    """In the bands of the table of points, so that both stand side by side."""
    rows = given.to_judge
    bands = bands_of(scored.bins, rows.outcome, rows.families, scored.row_risk, size=given.size)
    last = dated(card, given.everyone[-1:])
    return points_next_table(card, drift, dated(card, given.unseen), last, bands)


def _check_covered(to_fit: Rows, to_judge: Rows, test: date) -> None:
    faults = []
    if not len(to_fit.families):
        faults.append("no family on the train dates has a covered outcome")
    if not len(to_judge.families):
        faults.append(f"no family on the test date {test} has a covered outcome")
    if faults:
        raise RegisterError(
            "the models cannot be fitted and judged",
            faults=tuple(faults),
            do="check the coverage of the outcome's register, or choose other index dates (and enough families)",
        )


def _rule(settings: Scores) -> Text:
    return Text(
        f"The card is chosen when, with 95% confidence, it ranks families better than the plain count, unless that is "
        f"with 95% confidence by at most {settings.margin:g} AUROC; else the plain count is. This is found on families "
        f"of the train dates that took no part in the fit. The challenger is never chosen. With fewer than {PER_LINE} "
        f"recorded outcomes per candidate line nothing is fitted locally.",
        f"De puntenkaart wordt gekozen als die gezinnen met 95% zekerheid beter ordent dan de gewone telling, tenzij "
        f"dat met 95% zekerheid hoogstens {settings.margin:g} AUROC scheelt; anders de gewone telling. Dat wordt "
        f"bepaald op gezinnen van dezelfde peildata die niet meededen aan de berekening. De uitdager wordt nooit "
        f"gekozen. Bij minder dan {PER_LINE} geregistreerde uitkomsten per mogelijke regel wordt lokaal niets "
        f"berekend.",
    )


def _rule_body(
    rule: Text,
    settings: Scores,
    candidates: int,
    local: bool,
    train: Sequence[date],
    test: date,
    fit_folds: Collection[int],
) -> dict[str, Any]:
    return {
        "rule": rule.to_dict(),
        "margin": settings.margin,
        "max_lines": settings.max_lines,
        "max_points": settings.max_points,
        "candidate_lines": candidates,
        "fitted_locally": local,
        "train": [day.isoformat() for day in train],
        "test": test.isoformat(),
        "fit_folds": sorted(fit_folds),
    }


def _about(rows: Rows, train: Sequence[date], outcome: str, local: bool) -> dict[str, str | int | float]:
    return {
        "fitted": "locally" if local else "reference card, recalibrated",
        "index_dates": ", ".join(day.isoformat() for day in sorted(train)),
        "families": int(rows.families.sum()),
        "outcomes": int(rows.outcomes),
        "outcome": outcome,
    }


def _named(card: Card, about: Mapping[str, str | int | float]) -> Card:
    return replace(card, about=about)


def _reason(code: str, recalibration: How | None) -> Text:
    reason = REASONS[code]
    if recalibration is None:
        return reason
    more = RECALIBRATIONS[recalibration]
    return Text(f"{reason.en} {more.en}", f"{reason.nl} {more.nl}")
