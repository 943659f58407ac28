"""Every what-if audited again, on all attributes and on all pairs of attributes; one that opens a gap is refused.

What is compared is paired: the same families, selected by the card and by the what-if. So a small change can be told
from chance that the gap itself could not be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness.auditing import audit
from riskscreen.fairness.comparisons import VerdictCode
from riskscreen.fairness.drawing import REPLICATES, Dealt, deal
from riskscreen.fairness.labels import UNKNOWN, in_order
from riskscreen.fairness.metrics import CALIBRATION, share
from riskscreen.fairness.results import Audit
from riskscreen.fairness.what_ifs import Kind, WhatIf
from riskscreen.settings import Audit as AuditSettings
from riskscreen.stats.discrimination import Assessment, Figure, assess, auroc, log_loss

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Outcome = Literal["as_it_is", "may_be_proposed", "refused", "what_if_only"]
Reason = Literal["none", "verdict_turned", "gap_widened", "reads_sensitive_feature"]

LEAST_RISE = 0.5
"""A gap that rises by less than this part of its tolerance is not called widened, however sure the rise."""
_LEVEL = 0.95
_BINS = 200
_DIGITS = 6
"""What differs beyond these is the order of sums."""
COLUMNS = ("area_block", "outcome", "selected_before", "selected", "risk_before", "risk", "families")


@dataclass(frozen=True, slots=True)
class GapChange:
    """The largest difference between groups of an attribute, by the card and by a what-if.

    Parameters
    ----------
    attributes
        One attribute, or two: their groups are then every combination.
    before, after
        Largest minus smallest group; ``None`` when fewer than two groups have enough families.
    families
        Families in the smallest denominator compared.
    verdict_before, verdict_after
        ``None`` for pairs of attributes and for what was not named beforehand: these carry no verdict.
    """

    attributes: tuple[str, ...]
    metric: str
    tolerance: float
    families: int | None
    before: float | None
    after: float | None
    verdict_before: VerdictCode | None = None
    verdict_after: VerdictCode | None = None

    @property
    def turned(self) -> bool:
        """Is it a gap now that was none before?"""
        return self.verdict_after == "gap" and self.verdict_before != "gap"


@dataclass(frozen=True, slots=True)
class Widening:
    """Two groups that lie further apart by a what-if than by the card.

    Parameters
    ----------
    groups
        By the what-if the first one has more.
    before, after
        Their difference, at least 0.
    rise
        Signed change of the difference, with bounds that hold for all comparisons of the what-if at once.
    tolerance
        Of the metric.
    """

    attributes: tuple[str, ...]
    metric: str
    groups: tuple[str, str]
    before: float
    after: float
    rise: Figure
    tolerance: float

    @property
    def widened(self) -> bool:
        """Outside the tolerance now, by a rise that is neither chance nor a trifle."""
        enough = self.after - self.before > LEAST_RISE * self.tolerance
        return bool(self.after > self.tolerance and enough and self.rise.low > 0)


@dataclass(frozen=True, slots=True)
class WorstCalibration:
    """The group whose mean risk lies furthest from its recorded rate."""

    attribute: str
    group: str
    families: int
    value: float


@dataclass(frozen=True, slots=True)
class Mitigated:
    """A what-if, audited again.

    Parameters
    ----------
    name, kind, removed, attribute
        As in :class:`riskscreen.fairness.what_ifs.WhatIf`.
    families, outcomes
        Whom it was judged on: they took no part in any fit.
    gaps
        Per attribute, then per pair of attributes: what the largest difference was and is.
    compared
        Pairs of groups whose differences were compared, over all of these.
    widened
        What lies further apart, worst first (in tolerances).
    in_the_large
        Mean risk minus recorded rate of all families.
    worst_calibration
        The same for the group where it is furthest from 0.
    auroc
        Of its risks.
    auroc_change, log_loss_change
        Against the card on the same families: above 0 is better for the first, below 0 for the second.
    """

    name: str
    kind: Kind
    removed: tuple[str, ...]
    attribute: str | None
    families: int
    outcomes: int
    gaps: tuple[GapChange, ...]
    compared: int
    widened: tuple[Widening, ...]
    in_the_large: float
    worst_calibration: WorstCalibration | None
    auroc: Figure
    auroc_change: Figure
    log_loss_change: Figure

    @property
    def largest(self) -> GapChange | None:
        """The largest gap of a single attribute, in tolerances."""
        known = [gap for gap in self.gaps if len(gap.attributes) == 1 and gap.after is not None]
        return max(known, key=lambda gap: (gap.after or 0.0) / gap.tolerance, default=None)

    @property
    def turned(self) -> tuple[GapChange, ...]:
        """Verdicts that became a gap."""
        return tuple(gap for gap in self.gaps if gap.turned)

    @property
    def opens_a_gap(self) -> bool:
        """Does it open a gap, or widen one, somewhere?"""
        return bool(self.turned or self.widened)

    @property
    def outcome(self) -> Outcome:
        """What may be done with it. What reads a sensitive feature never leaves, whatever it does to gaps."""
        if self.kind == "as_it_is":
            return "as_it_is"
        if self.kind != "other_stressors":
            return "what_if_only"
        return "refused" if self.opens_a_gap else "may_be_proposed"

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it may not be proposed; empty when it may."""
        found: list[Reason] = ["reads_sensitive_feature"] if self.outcome == "what_if_only" else []
        found += ["verdict_turned"] if self.turned else []
        found += ["gap_widened"] if self.widened else []
        return tuple(found)


def reaudit(
    what_if: WhatIf,
    cells: Any,
    *,
    by: Sequence[str],
    settings: AuditSettings,
    seed: int = 1,
    threshold: int = 10,
    replicates: int = REPLICATES,
    before: Audit | None = None,
) -> tuple[Mitigated, Audit]:
    """Audit a what-if on every attribute and every pair of attributes.

    Parameters
    ----------
    cells
        A pandas frame with columns ``<by>, area_block, outcome, selected_before, selected, risk_before, risk,
        families``: the same families by the card (``_before``) and by the what-if.
    by
        Attributes to compare groups by.
    settings
        Tolerances, minimum and confirmatory metrics, as agreed before the first audit.
    seed, replicates
        For the intervals, which draw neighbourhoods.
    threshold
        Groups with fewer families are hidden in what the audit shows.
    before
        The audit of the card, when it was made already.

    Returns
    -------
    Mitigated, Audit
        What became of it, and its audit by attribute.

    Raises
    ------
    UsageError
        A column is missing.
    """
    _check(cells, by)
    first = before or _audited(cells, "selected_before", "risk_before", by, settings, seed, threshold)
    found = _audited(cells, "selected", "risk", by, settings, seed, threshold)
    families, outcome = cells["families"].to_numpy(np.float64), cells["outcome"].to_numpy(np.float64)
    dealt = deal(_codes(cells["area_block"]), families, seed=seed, replicates=replicates)
    examined = _examined(cells, by, settings, dealt)
    pairs = tuple(item.change for item in examined if len(item.change.attributes) > 1)
    scores = _scores(cells, dealt, outcome, families)
    return (
        Mitigated(
            what_if.name,
            what_if.kind,
            what_if.removed,
            what_if.attribute,
            int(families.sum()),
            int(families @ outcome),
            (*_verdicts(first, found, settings), *pairs),
            sum(len(item.after) for item in examined),
            _widened(examined, dealt),
            float(families @ (cells["risk"].to_numpy(np.float64) - outcome) / families.sum()),
            _worst_calibration(found, settings.minimum),
            *scores,
        ),
        found,
    )


def frontier(found: Sequence[Mitigated]) -> tuple[str, ...]:
    """Names of the what-ifs that no other beats on both the largest gap (in tolerances) and the worst calibration.

    On point estimates: with few outcomes places on the frontier are a matter of chance too.
    """
    points = {
        one.name: (
            round((one.largest.after or 0.0) / one.largest.tolerance, _DIGITS),
            round(abs(one.worst_calibration.value), _DIGITS),
        )
        for one in found
        if one.largest is not None and one.worst_calibration is not None
    }
    return tuple(
        name
        for name, (gap, loss) in points.items()
        if not any(g <= gap and c <= loss and (g, c) != (gap, loss) for g, c in points.values())
    )


def _check(cells: pd.DataFrame, by: Sequence[str]) -> None:
    if missing := sorted({*by, *COLUMNS} - set(cells.columns)):
        raise UsageError(f"the cells lack {', '.join(missing)}", do=f"give the columns {', '.join(COLUMNS)}")
    if not len(cells):
        raise RegisterError("there are no families to audit", do="check the test date and the outcome")


def _audited(
    cells: pd.DataFrame,
    selected: str,
    risk: str,
    by: Sequence[str],
    settings: AuditSettings,
    seed: int,
    threshold: int,
) -> Audit:
    return audit(
        cells,
        outcome="outcome",
        selected=selected,
        risk=risk,
        by=by,
        settings=settings,
        subject="threshold",
        block="area_block",
        seed=seed,
        threshold=threshold,
    )


def _verdicts(before: Audit, after: Audit, settings: AuditSettings) -> Iterator[GapChange]:
    """Per attribute and confirmatory metric, the verdict before and after."""
    for one, other in zip(before.verdicts, after.verdicts, strict=True):
        if one.metric != CALIBRATION:  # the frontier tells of it: no selection changes what a risk means
            yield GapChange(
                (one.attribute,),
                one.metric,
                settings.tolerances[one.metric],
                one.families if other.families is None else other.families,
                one.difference,
                other.difference,
                one.verdict,
                other.verdict,
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Examined:
    """All pairs of groups of one attribute, or of two together, on one metric; arrays of shape ``(pairs,)``.

    Parameters
    ----------
    before, after
        Signed differences, ``after`` at least 0.
    error
        Standard error of ``after - before``.
    furthest
        Per replicate the largest distance of its change to the change itself, in standard errors: ``(replicates,)``.
    """

    change: GapChange
    names: tuple[tuple[str, str], ...]
    before: Array
    after: Array
    error: Array
    furthest: Array


def _examined(cells: pd.DataFrame, by: Sequence[str], settings: AuditSettings, dealt: Dealt) -> list[_Examined]:
    metrics = [name for name in settings.confirmatory if name != CALIBRATION]
    flags = [cells[name].to_numpy(np.int64) for name in ("selected_before", "selected", "outcome")]
    cell = (flags[0] * 2 + flags[1]) * 2 + flags[2]
    found = []
    for attributes in [*((name,) for name in by), *combinations(by, 2)]:
        code, groups = _groups(cells, attributes)
        tables = dealt.tables(code * 8 + cell, len(groups) * 8)
        whole = np.concatenate([tables.sum(axis=0)[None], dealt.draws @ tables]).reshape(-1, len(groups), 2, 2, 2)
        found += [_one(attributes, groups, metric, whole, settings) for metric in metrics]
    return found


def _one(
    attributes: tuple[str, ...], groups: tuple[str, ...], metric: str, whole: Array, settings: AuditSettings
) -> _Examined:
    """``whole``: all families, then every replicate; shape ``(1 + replicates, groups, before, after, outcome)``."""
    tolerance, sides = settings.tolerances[metric], (whole.sum(axis=3), whole.sum(axis=2))
    shares = [share(metric, side) for side in sides]
    least = np.minimum(shares[0][1][0], shares[1][1][0])
    at = np.flatnonzero(least >= settings.minimum)
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = (above[:, at] / below[:, at] for above, below in shares)
    first, second = np.triu_indices(len(at), 1)
    gaps = [rates[:, first] - rates[:, second] for rates in (before, after)]
    sign = np.where(gaps[1][0] < 0, -1.0, 1.0)
    moved = (gaps[1] - gaps[0]) * sign
    known = [float(np.ptp(rates[0])) if len(at) > 1 else None for rates in (before, after)]
    families = int(least[at].min()) if len(at) > 1 else None
    change = GapChange(attributes, metric, tolerance, families, known[0], known[1])
    more, less = np.where(sign > 0, first, second), np.where(sign > 0, second, first)
    names = tuple((groups[at[one]], groups[at[other]]) for one, other in zip(more, less, strict=True))
    error, furthest = _spread(moved)
    return _Examined(change, names, gaps[0][0] * sign, gaps[1][0] * sign, error, furthest)


def _spread(moved: Array) -> tuple[Array, Array]:
    """Standard error per pair of groups, and per replicate the largest distance in such errors."""
    drawn = moved[1:]
    sound = np.where(np.isfinite(drawn), drawn, moved[0])  # a replicate without families in a group says nothing of it
    error = sound.std(axis=0, ddof=1) if len(moved[0]) else np.zeros(0)
    apart = np.divide(np.abs(sound - moved[0]), error, out=np.zeros_like(sound), where=error > 0)
    return error, apart.max(axis=1, initial=0.0)


def _widened(examined: Sequence[_Examined], dealt: Dealt) -> tuple[Widening, ...]:
    """Every pair of groups that widened; bounds hold for all pairs at once (max-t over replicates)."""
    wide = _critical(examined, dealt.blocks)
    every = (widening for item in examined for widening in _risen(item, wide))
    return tuple(sorted((one for one in every if one.widened), key=_in_tolerances, reverse=True))


def _critical(examined: Sequence[_Examined], blocks: int) -> float:
    """With few blocks their spread is itself uncertain: wider by Student's t, as all intervals from draws."""
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    furthest = np.max([item.furthest for item in examined], axis=0)
    few = stdtrit(blocks - 1, (1 + _LEVEL) / 2) / ndtri((1 + _LEVEL) / 2) * np.sqrt(blocks / (blocks - 1))
    return float(np.quantile(furthest, _LEVEL) * few)


def _risen(item: _Examined, wide: float) -> Iterator[Widening]:
    change = item.change
    for place in np.flatnonzero(item.after > change.tolerance):
        before, after = float(item.before[place]), float(item.after[place])
        half, rise = wide * float(item.error[place]), after - before
        figure = Figure(rise, rise - half, rise + half)
        yield Widening(
            change.attributes, change.metric, item.names[place], abs(before), after, figure, change.tolerance
        )


def _in_tolerances(one: Widening) -> float:
    return (one.after - one.before) / one.tolerance


def _groups(cells: pd.DataFrame, attributes: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    """Place of the group of every row, and the groups; of two attributes ``one & other``."""
    values = [_names(cells[name]) for name in attributes]
    joint = values[0] if len(values) == 1 else [f"{one} & {other}" for one, other in zip(*values, strict=True)]
    groups = tuple(in_order(attributes[0], sorted(set(joint)))) if len(values) == 1 else tuple(sorted(set(joint)))
    place = {group: number for number, group in enumerate(groups)}
    return np.array([place[group] for group in joint], np.int64), groups


def _names(values: pd.Series[Any]) -> list[str]:
    return [str(value) for value in values.astype(object).where(values.notna(), UNKNOWN)]


def _codes(values: pd.Series[Any]) -> Ints:
    import pandas as pd

    return np.asarray(pd.factorize(values, sort=True, use_na_sentinel=False)[0], np.int64)


def _worst_calibration(found: Audit, minimum: int) -> WorstCalibration | None:
    groups = {(counts.attribute, group) for counts in found.counts for group in counts.groups}
    known = [
        WorstCalibration(row.attribute, row.group, row.families, value)
        for row in found.rows
        if (row.attribute, row.group) in groups and row.families is not None and row.families >= minimum
        for value in [row.estimate(CALIBRATION).value]
        if value is not None
    ]
    return max(known, key=lambda one: abs(one.value), default=None)


def _scores(cells: pd.DataFrame, dealt: Dealt, outcome: Array, families: Array) -> tuple[Figure, Figure, Figure]:
    """AUROC, and the changes of AUROC and of log-loss against the card, from the same draws."""
    risks = [cells[name].to_numpy(np.float64) for name in ("risk", "risk_before")]
    drawn = [_assessed(risk, outcome, families, dealt) for risk in risks]
    areas, losses = ([figure(risk, outcome, families) for risk in risks] for figure in (auroc, log_loss))
    return (
        dealt.figure(areas[0], drawn[0].auroc, "logit"),
        dealt.figure(areas[0] - areas[1], drawn[0].auroc - drawn[1].auroc),
        dealt.figure(losses[0] - losses[1], drawn[0].log_loss - drawn[1].log_loss),
    )


def _assessed(risk: Array, outcome: Array, families: Array, dealt: Dealt) -> Assessment:
    """Every replicate, with risks in at most two hundred bins."""
    values = np.unique(risk)
    if len(values) > _BINS:
        values = np.unique(np.quantile(risk, np.arange(_BINS) / _BINS, method="lower"))
    bins = np.searchsorted(values, risk, side="right") - 1
    total = np.bincount(bins, families, len(values))
    mean = np.divide(np.bincount(bins, families * risk, len(values)), total, out=values.copy(), where=total > 0)
    tables = dealt.tables(bins * 2 + outcome.astype(np.int64), len(values) * 2)
    drawn = (dealt.draws @ tables).reshape(len(dealt.draws), len(values), 2)
    return assess(mean, drawn[:, :, 1], drawn.sum(axis=2))
