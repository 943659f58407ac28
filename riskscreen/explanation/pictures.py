"""Pictures of contributions on profiles of released size, as PNG bytes: a bar, a swarm of dots, a waterfall.

They read as shap's familiar pictures do (Lundberg and Lee 2017), in the words and colours of the reports. The card's
contributions are exact points (base 0); the challenger's are shap's. Every dot is a profile that at least the threshold
of families share: no picture shows a smaller one.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskscreen.errors import UsageError
from riskscreen.explanation.challenger import TreeContributions
from riskscreen.explanation.contributions import points_by_stressor, stressor_names
from riskscreen.explanation.released import ReleasedProfiles
from riskscreen.records.card import Card
from riskscreen.records.definitions import Stressor
from riskscreen.records.texts import Text

Array = NDArray[np.float64]
Language = Literal["en", "nl"]

MORE, LESS, INK, MUTED, GRID, UNSEEN = "#a4460f", "#0f5c66", "#20272b", "#586268", "#e3e1da", "#b9b6ab"
_LEVELS = ("#9cc3c4", "#e0b48f", "#c9783f", MORE)
"""From absent to the worst level."""
_DPI = 110
_WIDTH, _PLOT, _ROW = 8.6, 4.6, 0.34
"""Inches of a picture, of its plot, and of one row."""
_WRAP, _SMALL = 44, 0.005
"""Most characters in a line of a label; a contribution below this share of the largest is not drawn by itself."""


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
    order = np.argsort(means, kind="stable")
    names = _names(found.profiles.stressors, stressors, language)

    def draw(axes: Any) -> None:
        axes.barh(range(len(order)), means[order], color=LESS, height=0.6)
        _rows(axes, [names[column] for column in order])

    words = Text("mean size of the contribution", "gemiddelde grootte van de bijdrage")
    return _picture(draw, len(order), title, words, language)


def beeswarm_picture(
    found: TreeContributions, stressors: Mapping[str, Stressor], title: Text, language: Language
) -> bytes:
    """One dot per profile and stressor: its contribution, darker for a worse level, grey where it is not covered."""
    order = np.argsort(np.abs(found.values).mean(axis=0), kind="stable")
    names = _names(found.profiles.stressors, stressors, language)
    reach = max(float(np.ptp(found.values)), 1e-9)

    def draw(axes: Any) -> None:
        axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
        x = found.values[:, order].ravel(order="F")
        y = np.concatenate([row + _beside(found.values[:, column] / reach) for row, column in enumerate(order)])
        colours = np.concatenate([_shades(found.profiles.levels[:, column]) for column in order])
        axes.scatter(x, y, s=11, c=colours, zorder=3, linewidths=0)
        _rows(axes, [names[column] for column in order])
        _key(axes, language)

    words = Text("contribution; every dot is a profile", "bijdrage; elke stip is een profiel")
    return _picture(draw, len(order), title, words, language)


def waterfall_picture(
    found: TreeContributions, place: int, stressors: Mapping[str, Stressor], title: Text, language: Language
) -> bytes:
    """How one profile of released size comes to its total, step by step from the base, with its levels in words.

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
    values, levels = found.values[place], found.profiles.levels[place]
    order = np.argsort(np.abs(values), kind="stable")
    told = [int(column) for column in order if abs(values[column]) > _SMALL * max(float(np.abs(values).max()), 1e-9)]
    rest = float(values.sum() - values[told].sum())
    others = not told or abs(rest) > 1e-9
    steps = [rest] * others + [float(values[column]) for column in told]
    labels = [_REST[language]] * others
    labels += [_level_name(found.profiles.stressors[column], levels[column], stressors, language) for column in told]

    def draw(axes: Any) -> None:
        ends = found.base + np.cumsum(steps)
        for row, (end, step) in enumerate(zip(ends, steps, strict=True)):
            axes.barh(row, step, left=end - step, color=MORE if step > 0 else LESS, height=0.6, zorder=3)
            axes.plot([end, end], [row, row + 1], color=MUTED, linewidth=0.8, linestyle=":", zorder=2)
            said, over = f" {_signed(step, language)}", {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axes.text(max(end, end - step), row, said, va="center", fontsize=9, color=INK, bbox=over, zorder=2.5)
        axes.axvline(found.base, color=MUTED, linewidth=1, zorder=1)
        _rows(axes, labels)
        axes.set_ylim(-0.6, len(steps))
        total = {"en": "total", "nl": "totaal"}[language]
        axes.set_title(f"{total} {_figure(float(ends[-1]), language)}", fontsize=10, loc="right", color=MUTED)
        axes.use_sticky_edges = False
        axes.margins(x=0.14)

    base = _figure(found.base, language)
    words = Text(f"contribution, from the base {base}", f"bijdrage, vanaf de basis {base}")
    return _picture(draw, len(steps), title, words, language)


_REST = {"en": "all other stressors together", "nl": "alle andere stressoren samen"}
_UNSEEN = Text("not covered", "niet in beeld")


def _names(names: tuple[str, ...], stressors: Mapping[str, Stressor], language: Language) -> list[str]:
    return [getattr(text, language) for text in stressor_names(names, stressors).values()]


def _level_name(name: str, level: float, stressors: Mapping[str, Stressor], language: Language) -> str:
    """*addiction care of a parent: half a year or longer*; without a definition the bare level."""
    stressor = stressors.get(name)
    if math.isnan(level):
        said = getattr(_UNSEEN, language)
    elif stressor is not None and 0 <= level <= stressor.top:
        said = getattr(stressor.levels[int(level)], language)
    else:
        said = f"{level:g}"
    word = name if stressor is None else str(getattr(stressor.name, language))
    return word if said == word else f"{word}: {said}"


def _beside(values: Array) -> Array:
    """How far each dot of a row stands above or below it, so that equal ones lie side by side; between -0.4 and 0.4.

    Dots in one narrow column are stacked outward from the middle; full rows are pressed together.
    """
    column = np.round(values * 90).astype(np.int64)
    order = np.argsort(column, kind="stable")
    starts = np.flatnonzero(np.diff(column[order], prepend=column[order][0] - 1)) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    place = np.arange(len(order)) - np.repeat(starts, sizes)
    outward = np.where(place % 2 == 0, 1, -1) * ((place + 1) // 2)
    step = np.minimum(0.07, 0.8 / np.maximum(np.repeat(sizes, sizes), 1))
    out = np.empty(len(values))
    out[order] = outward * step
    return out


def _shades(levels: Array) -> Array:
    """A colour per dot: from pale for absent to strong for the worst level; grey where not covered. ``(dots, 4)``."""
    from matplotlib.colors import to_rgba_array

    seen = ~np.isnan(levels)
    top = max(float(levels[seen].max(initial=1.0)), 1.0)
    shade = np.where(seen, np.ceil((len(_LEVELS) - 1) * np.where(seen, levels, 0) / top), len(_LEVELS)).astype(np.int64)
    return np.asarray(to_rgba_array([*_LEVELS, UNSEEN])[shade], dtype=np.float64)


def _key(axes: Any, language: Language) -> None:
    """What the colours of the dots say."""
    words = {
        "en": ("absent", "worst level", "not covered"),
        "nl": ("afwezig", "ernstigste niveau", "niet in beeld"),
    }[language]
    for colour, word in zip((_LEVELS[0], _LEVELS[-1], UNSEEN), words, strict=True):
        axes.scatter([], [], s=24, c=colour, label=word, linewidths=0)
    axes.legend(loc="lower right", fontsize=8.5, frameon=True, framealpha=0.9, edgecolor=GRID, handletextpad=0.1)


def _rows(axes: Any, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), [textwrap.fill(label, _WRAP) for label in labels], fontsize=9.5)
    axes.set_ylim(-0.6, len(labels) - 0.4)


def _signed(value: float, language: Language) -> str:
    return ("+" if value >= 0 else "\N{MINUS SIGN}") + _figure(abs(value), language)


def _figure(value: float, language: Language) -> str:
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if language == "nl" else text


def _tick(value: float, language: Language) -> str:
    text = f"{value:g}".replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if language == "nl" else text


def _picture(draw: Callable[[Any], None], rows: int, title: Text, axis: Text, language: Language) -> bytes:
    """Draw on a figure without a screen; the same input gives the same bytes."""
    with _plain_style() as figure_of:
        height = _ROW * max(rows, 1) + 1.3
        figure = figure_of(height)
        axes = figure.add_axes(((_WIDTH - _PLOT) / _WIDTH, 0.65 / height, (_PLOT - 0.2) / _WIDTH, 1 - 1.25 / height))
        axes.set_axisbelow(True)
        axes.grid(axis="both", color=GRID, linewidth=0.8)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelcolor=INK)
        axes.xaxis.set_major_formatter(lambda value, _: _tick(value, language))
        draw(axes)
        axes.set_xlabel(getattr(axis, language), fontsize=9.5, color=MUTED)
        figure.text(0.01, 1 - 0.12 / height, getattr(title, language), fontsize=12.5, va="top", color=INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def _plain_style() -> Iterator[Callable[[float], Any]]:
    """matplotlib without a screen and with its own defaults; the user's figures and style stay as they were."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    def figure_of(height: float) -> Any:
        figure = Figure(figsize=(_WIDTH, height))
        FigureCanvasAgg(figure)
        return figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield figure_of
