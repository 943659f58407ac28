"""What a line of a card says, in words: from the definition of its stressor."""

from __future__ import annotations

from collections.abc import Mapping

from riskscreen.records.card import Line
from riskscreen.records.definitions import Stressor
from riskscreen.records.texts import Text, same


def line_meaning(line: Line, stressors: Mapping[str, Stressor]) -> Text:
    """The stressor and every level at which the line holds; the bare line for an unknown stressor.

    For example *default on health premium: longer than a year ago, or in the past year*.
    """
    stressor = stressors.get(line.stressor)
    cut = round(line.cut)
    if stressor is None or not 0 <= cut <= stressor.top or cut != line.cut:
        return same(f"{line.stressor} {line.side} {line.cut:g}")
    levels = stressor.levels[cut:] if line.side == ">=" else stressor.levels[: cut + 1]
    en = ", or ".join(level.en for level in levels)
    nl = ", of ".join(level.nl for level in levels)
    return Text(f"{stressor.name.en}: {en}", f"{stressor.name.nl}: {nl}")
