"""Rows that are a sample: whom they stand for, and which of them are a fair base."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from riskscreen.fairness.metrics import Floats, Ints
from riskscreen.fairness.values import numbers
from riskscreen.records.texts import Text

if TYPE_CHECKING:
    import pandas as pd

_WEIGHTED = Text(
    "Families count by their sampling weight ({weights}): shares are those of a population of about {population}, and "
    "intervals follow the design of the sample. AUROC, calibration line and curves take no weights and are left out.",
    "Gezinnen tellen mee naar hun steekproefgewicht ({weights}): aandelen gelden voor een populatie van ongeveer "
    "{population}, en intervallen houden rekening met de opzet van de steekproef. AUROC, kalibratielijn en curven "
    "kennen geen gewichten en blijven weg.",
)
_SAMPLED = Text(
    "Only the random sample ({sample}: {drawn} families) is counted: the {set_aside} families investigated because "
    "they were selected are no fair base and are left out of every rate.",
    "Alleen de willekeurige steekproef ({sample}: {drawn} gezinnen) telt mee: de {set_aside} gezinnen die onderzocht "
    "zijn omdat ze gekozen waren, staan niet voor alle gezinnen en tellen in geen enkel aandeel mee.",
)
_FEW = Text("few", "enkele")


@dataclass(frozen=True, slots=True)
class Design:
    """How the audited families were sampled.

    Parameters
    ----------
    weights
        The column of sampling weights; ``None``: every family counts as one.
    population
        Sum of the weights: families that the sample stands for.
    effect
        Design effect of unequal weights alone, ``n * sum(w^2) / sum(w)^2`` (Kish 1965).
    sample
        The column that tells the random sample; ``None``: every row is a fair base.
    drawn, set_aside
        Families of the random sample, and those investigated only because they were selected.
    """

    weights: str | None
    population: float | None
    effect: float | None
    sample: str | None
    drawn: int | None
    set_aside: int | None

    def to_dict(self, threshold: int) -> dict[str, Any]:
        """What is shown, as plain values: numbers of families below the threshold are ``None``."""
        return {
            "weights": self.weights,
            "population": None if self.population is None or _small(self.drawn, threshold) else round(self.population),
            "effect": None if self.effect is None else round(self.effect, 3),
            "sample": self.sample,
            "drawn": None if _small(self.drawn, threshold) else self.drawn,
            "set_aside": None if _small(self.set_aside, threshold) else self.set_aside,
            "sentences": [text.to_dict() for text in design_sentences(self, threshold)],
        }


def drawn_rows(frame: pd.DataFrame, sample: str | None) -> pd.DataFrame:
    """The rows of the random sample; all rows when no column tells it."""
    if sample is None:
        return frame
    values = numbers(frame[sample])
    return frame if values is None else frame[values == 1]


@dataclass(frozen=True, slots=True)
class Weights:
    """Sampling weights of rows, scaled so that all weights together are the families seen.

    Rates do not change with the scale; with this one equal weights are exactly 1.

    Parameters
    ----------
    distinct
        The different weights, ascending, shape ``(weights,)``.
    place
        Which of them each row has, shape ``(rows,)``.
    """

    distinct: Floats
    place: Ints

    @property
    def per_row(self) -> Floats:
        """The weight of one family of each row, shape ``(rows,)``."""
        return self.distinct[self.place]

    def sums(self, where: Ints, size: int, families: Floats, power: int = 1) -> Floats:
        """Sum of the weights, to a power, of the families at each place; shape ``(size,)``.

        Whole families are counted first, so that neither the order of rows nor their split into cells moves a digit.
        """
        keys, at = np.unique(where * len(self.distinct) + self.place, return_inverse=True)
        counted = np.bincount(at.ravel(), weights=families) * self.distinct[keys % len(self.distinct)] ** power
        return np.asarray(np.bincount(keys // len(self.distinct), weights=counted, minlength=size), np.float64)


def sampling_weights(frame: pd.DataFrame, column: str | None, families: Floats) -> Weights | None:
    """The weights of rows with so many families each; ``None`` when there are none."""
    values = numbers(frame[column]) if column else None
    if values is None:
        return None
    distinct, found = np.unique(values, return_inverse=True)
    place = np.asarray(found.ravel(), np.int64)
    if len(distinct) == 1:
        return Weights(np.ones(1), place)
    return Weights(distinct / np.average(distinct, weights=np.bincount(place, weights=families)), place)


def design_of(
    frame: pd.DataFrame, families: Floats, weights: str | None, sample: str | None, everyone: int
) -> Design | None:
    """The design of the rows that are counted; ``None`` when they are no sample.

    Parameters
    ----------
    frame, families
        The rows counted, and the families of each.
    everyone
        Families before the random sample was told apart.
    """
    if weights is None and sample is None:
        return None
    seen = int(families.sum())
    values = numbers(frame[weights]) if weights else None
    population = effect = None
    if values is not None:
        population = fsum(values * families)
        effect = seen * fsum((values / population) ** 2 * families)
    return Design(weights, population, effect, sample, seen, everyone - seen if sample else None)


def design_sentences(design: Design, threshold: int) -> tuple[Text, ...]:
    """What a reader must know of the sample, in English and Dutch (B1)."""
    texts = [_SAMPLED] if design.sample else []
    texts += [_WEIGHTED] if design.weights else []
    shown = {
        "drawn": _number(design.drawn, threshold),
        "set_aside": _number(design.set_aside, threshold),
        "population": _number(None if design.population is None else round(design.population), threshold),
    }
    return tuple(
        Text(
            text.en.format(
                weights=design.weights, sample=design.sample, **{name: word.en for name, word in shown.items()}
            ),
            text.nl.format(
                weights=design.weights, sample=design.sample, **{name: word.nl for name, word in shown.items()}
            ),
        )
        for text in texts
    )


def _small(families: int | None, threshold: int) -> bool:
    return families is not None and 0 < families < threshold


def _number(families: int | None, threshold: int) -> Text:
    if _small(families, threshold):
        return _FEW
    english = f"{families or 0:,}"
    return Text(english, english.replace(",", "."))
