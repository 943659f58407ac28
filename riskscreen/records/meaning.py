"""What a line of a card says, in words: from the definition of its stressor."""

from __future__ import annotations

from collections.abc import Mapping

from riskscreen.records.card import Line
from riskscreen.records.definitions import Stressor
from riskscreen.records.texts import Text, same


def line_meaning(line: Line, stressors: Mapping[str, Stressor]) -> Text:
    """The wording of a line, such as *arrears signals: three or more*; the bare line for an unknown stressor."""
    stressor = stressors.get(line.stressor)
    cut = round(line.cut)
    if stressor is None or not 0 <= cut <= stressor.top or cut != line.cut:
        return same(f"{line.stressor} {line.side} {line.cut:g}")
    level = stressor.levels[cut]
    if line.side == "<=":
        return Text(f"{stressor.name.en}: at most {level.en}", f"{stressor.name.nl}: hoogstens {level.nl}")
    if cut == stressor.top:
        return Text(f"{stressor.name.en}: {level.en}", f"{stressor.name.nl}: {level.nl}")
    return Text(f"{stressor.name.en}: at least {level.en}", f"{stressor.name.nl}: minstens {level.nl}")
