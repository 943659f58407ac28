"""How fast contributions are worked out: ``python -m benchmarks.explain --json``.

A million rows of stressor levels (whole numbers, as the engine holds them), a card of fifteen lines, one process, after
all imports; the shortest of several runs on either side. Both start from the levels. shap's ``LinearExplainer`` needs
the card's design (is line *j* true of row *i*?), gets it in the order in memory that it is fastest on, takes all rows
as background, and is asked for ``shap_values``, its fastest way. Both may use every processor; only ours does.

- ``speedup_vs_shap_linear@1000000``: ours gives contributions per pattern of lines, families per pattern, the pattern
  of every row, and the expected value; together the contribution of every row and stressor as 64-bit numbers.
- ``speedup_without_design@1000000``: the same, with the making of the design left out of shap's time.
- ``speedup_written_out@1000000``: ours also writes out the full matrix of rows by stressors.
- ``speedup_vs_shap_call@20000``: the matrix against shap's newer call ``explainer(rows)``, which loops over rows.
- ``max_difference_to_shap``: over all rows and stressors, and the expected value, in log-odds.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS, CALL_ROWS = 1_000_000, 20_000
REPEATS = 15
LINES = (
    ("debt_arrears", 2, 3), ("unemployed", 1, 2), ("assistance", 2, 2), ("eviction", 1, 5), ("mental_parent", 1, 2),
    ("addiction", 1, 3), ("violence", 1, 3), ("violence", 2, 2), ("violence", 3, 2), ("detention", 1, 4),
    ("single_parent", 1, 3), ("smoking", 1, 2), ("absence", 1, 2), ("own_youth", 1, 2), ("own_youth", 2, 2),
)  # fmt: skip
"""Stressor, level from which the line holds, points."""
Array = NDArray[np.float64]
Figure = tuple[str, float, str]


def figures() -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    from riskscreen.explanation.additive import additive_contributions

    card, levels = card_and_levels(ROWS)
    design_seconds, shap_seconds, theirs = fastest_shap(card, levels)
    ours_seconds, found = shortest(lambda: additive_contributions(card, levels))
    out_seconds, written = shortest(lambda: additive_contributions(card, levels).written_out())
    yield f"speedup_vs_shap_linear@{ROWS}", (design_seconds + shap_seconds) / ours_seconds, "times"
    yield f"speedup_without_design@{ROWS}", shap_seconds / ours_seconds, "times"
    yield f"speedup_written_out@{ROWS}", (design_seconds + shap_seconds) / out_seconds, "times"
    yield f"seconds@{ROWS}", ours_seconds, "s"
    yield f"seconds_written_out@{ROWS}", out_seconds, "s"
    yield f"shap_design_seconds@{ROWS}", design_seconds, "s"
    yield f"shap_seconds@{ROWS}", shap_seconds, "s"
    yield f"patterns@{ROWS}", float(len(found.families)), "patterns"
    yield "max_difference_to_shap", difference(card, theirs, written, found.base), "log-odds"
    few = {name: column[:CALL_ROWS] for name, column in levels.items()}
    part = design_of(card, few, "C")
    called, _ = shortest(lambda: explainer_of(card, part)(part), 2)
    few_seconds, _ = shortest(lambda: additive_contributions(card, few).written_out())
    yield f"speedup_vs_shap_call@{CALL_ROWS}", called / few_seconds, "times"


def card_and_levels(rows: int) -> tuple[Any, Mapping[str, NDArray[np.int8]]]:
    """A card of fifteen lines on twelve stressors, and the levels of simulated families; not covered is -1."""
    from riskscreen.records.card import Card, Line
    from tests.simulated_counts import families_frame

    card = Card("card", tuple(Line(name, ">=", float(cut), points) for name, cut, points in LINES), -4.8, 0.19)
    frame = families_frame(rows // 4, 11)  # four index dates per family
    return card, {name: frame[name].fillna(-1).to_numpy(dtype=np.int8) for name in card.stressors}


def fastest_shap(card: Any, levels: Mapping[str, NDArray[np.int8]]) -> tuple[float, float, tuple[Array, float]]:
    """Seconds to make the design, and to explain it, in the faster order in memory; and the result."""
    tried = []
    for order in ("C", "F"):
        design_seconds, design = shortest(partial(design_of, card, levels, order))
        seconds, found = shortest(partial(by_shap, card, design))
        tried.append((design_seconds, seconds, found))
    return min(tried, key=lambda one: one[0] + one[1])


def design_of(card: Any, levels: Mapping[str, NDArray[np.int8]], order: Any) -> Array:
    """Is each line true of each row? As 64-bit numbers, shape ``(rows, lines)``. (Not covered is -1, so never.)"""
    out = np.empty((len(next(iter(levels.values()))), len(card.lines)), order=order)
    for place, line in enumerate(card.lines):
        np.greater_equal(levels[line.stressor], np.int8(line.cut), out=out[:, place], casting="unsafe")
    return out


def explainer_of(card: Any, design: Array) -> Any:
    """shap's linear explainer with all rows as background."""
    import shap

    weights = card.slope * np.array([line.points for line in card.lines], dtype=np.float64)
    return shap.LinearExplainer((weights, card.intercept), shap.maskers.Independent(design, max_samples=len(design)))


def by_shap(card: Any, design: Array) -> tuple[Array, float]:
    """Contributions per row and line, and the expected value."""
    explainer = explainer_of(card, design)
    return explainer.shap_values(design), float(explainer.expected_value)


def difference(card: Any, theirs: tuple[Array, float], ours: Array, base: float) -> float:
    """The largest difference in any contribution of a stressor, or in the expected value."""
    values, expected = theirs
    worst = abs(expected - base)
    for place, name in enumerate(card.stressors):
        lines = [at for at, line in enumerate(card.lines) if line.stressor == name]
        worst = max(worst, float(np.abs(values[:, lines].sum(axis=1) - ours[:, place]).max()))
    return worst


def shortest(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Seconds of the shortest run, and what the last one gave."""
    best, result = float("inf"), None
    for _ in range(repeats):
        result = None
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args().json
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap calls matplotlib and numpy in ways that these give up
        for name, value, unit in figures():
            line = json.dumps({"name": name, "value": float(f"{value:.5g}"), "unit": unit})
            print(line if as_json else f"{name:<36}{value:>14.6g} {unit}", flush=True)


if __name__ == "__main__":
    main()
