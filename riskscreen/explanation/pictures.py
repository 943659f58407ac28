"""The familiar shap pictures on profiles of released size, as PNG bytes.

The card's contributions are exact points (base 0); the challenger's are shap's. Every dot is a profile that at least
the threshold of families share: no picture shows a smaller one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.explanation.challenger import TreeContributions, quiet_shap
from riskscreen.explanation.contributions import points_by_stressor, stressor_names
from riskscreen.explanation.released import ReleasedProfiles
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.texts import Text

Array = NDArray[np.float64]
Language = Literal["en", "nl"]

_DPI = 110


def card_contributions(card: Card, profiles: ReleasedProfiles) -> TreeContributions:
    """The card's exact points per stressor and profile, in the form that the pictures take."""
    levels = dict(zip(profiles.stressors, profiles.levels.T, strict=True))
    points = points_by_stressor(card, levels, len(profiles.families))
    values = np.column_stack([points.get(name, np.zeros(len(profiles.families))) for name in profiles.stressors])
    return TreeContributions(profiles, values, 0.0)


def bar_picture(found: TreeContributions, stressors: Mapping[str, Stressor], title: Text, language: Language) -> bytes:
    """Mean size of the contribution per stressor, weighted by families."""
    families = found.profiles.families
    means = (np.abs(found.values) * families[:, None]).sum(axis=0) / families.sum()
    names = _names(found.profiles.stressors, stressors, language)

    def draw(shap: Any) -> None:
        shap.plots.bar(shap.Explanation(values=means, feature_names=names), max_display=len(names), show=False)

    words = Text("mean contribution per family", "gemiddelde bijdrage per gezin")
    return _picture(draw, title, words, language)


def beeswarm_picture(
    found: TreeContributions, stressors: Mapping[str, Stressor], title: Text, language: Language
) -> bytes:
    """One dot per profile and stressor: its contribution, coloured by its level."""
    names = _names(found.profiles.stressors, stressors, language)
    levels = found.profiles.levels

    def draw(shap: Any) -> None:
        explanation = shap.Explanation(
            values=found.values, base_values=np.full(len(levels), found.base), data=levels, feature_names=names
        )
        label = {"en": "level", "nl": "niveau"}[language]
        shap.plots.beeswarm(explanation, max_display=len(names), show=False, color_bar_label=label)

    words = Text("contribution; every dot is a profile", "bijdrage; elke stip is een profiel")
    return _picture(draw, title, words, language)


def waterfall_picture(
    found: TreeContributions, place: int, stressors: Mapping[str, Stressor], title: Text, language: Language
) -> bytes:
    """How one profile of released size comes to its total.

    Raises
    ------
    UsageError
        There is no such profile.
    """
    if not 0 <= place < len(found.profiles.families):
        raise UsageError(
            f"there is no profile number {place} of at least {found.profiles.threshold} families",
            do=f"give a number from 0 to {len(found.profiles.families) - 1}",
        )
    names = _names(found.profiles.stressors, stressors, language)
    values, levels = found.values[place], found.profiles.levels[place]
    telling = np.flatnonzero(values != 0) if np.any(values != 0) else np.arange(min(1, len(values)))

    def draw(shap: Any) -> None:
        explanation = shap.Explanation(
            values=values[telling],
            base_values=found.base,
            data=levels[telling],
            feature_names=[names[column] for column in telling],
        )
        shap.plots.waterfall(explanation, max_display=len(telling), show=False)

    words = Text("contribution; in grey the level of the stressor", "bijdrage; in grijs het niveau van de stressor")
    return _picture(draw, title, words, language)


def _names(names: tuple[str, ...], stressors: Mapping[str, Stressor], language: Language) -> list[str]:
    return [getattr(text, language) for text in stressor_names(names, stressors).values()]


def _picture(draw: Callable[[Any], None], title: Text, axis: Text, language: Language) -> bytes:
    """Draw on a fresh figure without a screen; the same input gives the same bytes."""
    with quiet_shap() as shap, _drawing() as pyplot, _steady_dots():
        pyplot.figure()
        draw(shap)
        figure = pyplot.gcf()
        main = figure.axes[0]
        main.set_xlabel(getattr(axis, language))
        _translate_bar(figure.axes[1:], language)
        main.set_title(getattr(title, language), fontsize=13, loc="left", pad=18)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
        return buffer.getvalue()


def _translate_bar(axes: Sequence[Any], language: Language) -> None:
    """shap writes Low and High beside its colour bar."""
    for one in axes:
        if [label.get_text() for label in one.get_yticklabels()] == ["Low", "High"]:
            one.set_yticklabels({"en": ["low", "high"], "nl": ["laag", "hoog"]}[language])


@contextmanager
def _drawing() -> Iterator[Any]:
    """matplotlib without a screen; the user's own backend, mode and figures stay as they were."""
    import matplotlib
    from matplotlib import pyplot

    backend, interactive, before = matplotlib.get_backend(), matplotlib.is_interactive(), set(pyplot.get_fignums())
    pyplot.switch_backend("agg")
    try:
        yield pyplot
    finally:
        for number in set(pyplot.get_fignums()) - before:
            pyplot.close(number)
        pyplot.switch_backend(backend)
        matplotlib.interactive(interactive)


@contextmanager
def _steady_dots() -> Iterator[None]:
    """shap shuffles dots with numpy's global generator: fixed here, put back afterwards."""
    state = np.random.get_state()
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(state)
