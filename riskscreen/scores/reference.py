"""The reference model as text that diffs: card, count, SQL, figures and a page for people. No pickles."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from riskscreen.errors import UsageError
from riskscreen.records.card import Card
from riskscreen.records.card_sql import DIALECTS
from riskscreen.records.definitions import Stressor
from riskscreen.records.meaning import line_meaning
from riskscreen.scores.comparing import Comparison
from riskscreen.scores.fit import Fit
from riskscreen.scores.judging import Judged
from riskscreen.scores.manifest import NAME as MANIFEST
from riskscreen.scores.manifest import manifest_text

SCHEMA = "reference/1"
STATEMENTS = {"duckdb": "score.sql", "postgres": "score.postgres.sql", "tsql": "score.tsql.sql"}
"""The file of the statement in each dialect."""
TEXTS = ("card.json", "card.md", "count.json", "metrics.json", *STATEMENTS.values())
FILES = (*TEXTS, MANIFEST)


def write_reference(
    fit: Fit,
    folder: Path,
    *,
    stressors: Sequence[Stressor],
    threshold: int,
    about: Mapping[str, str | int | float],
    comparison: Comparison | None = None,
) -> tuple[Path, ...]:
    """Write the reference model; the same fit gives the same bytes.

    Parameters
    ----------
    fit
        A local fit on synthetic registers.
    folder
        Where :data:`FILES` go.
    stressors
        The definitions, for the words.
    threshold
        Of the SQL: least number of families in a group.
    about
        Plain facts: world, seed, families, index dates.
    comparison
        The models beside the card, on later families and on areas left out.

    Raises
    ------
    UsageError
        Nothing was fitted locally: a reference cannot be made from a reference.
    """
    if not fit.local or fit.card is None:
        raise UsageError("nothing was fitted on these families", do="make the reference from a larger world")
    card, count = replace(fit.card, about=about), replace(fit.count, about=about)
    by_id = {stressor.id: stressor for stressor in stressors}
    texts = {
        "card.json": card.to_json(),
        "count.json": count.to_json(),
        "metrics.json": json.dumps(_metrics(fit, about, comparison), indent=2, sort_keys=True) + "\n",
        "card.md": _page(card, fit, by_id, about, comparison),
    }
    for dialect in DIALECTS:
        texts[STATEMENTS[dialect]] = card.to_sql(dialect, threshold=threshold, stressors=stressors)
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEXTS:
        _write(folder / name, texts[name])
    _write(folder / MANIFEST, manifest_text(folder, TEXTS))
    return tuple(folder / name for name in FILES)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _metrics(fit: Fit, about: Mapping[str, str | int | float], comparison: Comparison | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "synthetic": True,
        "about": dict(about),
        "rounding_gap": None if fit.gap is None else round(fit.gap, 6),
        "chosen_on_these_families": fit.chosen.name,
        "models": {one.model: _rounded(asdict(one)) for one in fit.judged},
        "comparison": None if comparison is None else _rounded(comparison.to_dict()),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items() if key != "model"}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


def _page(
    card: Card,
    fit: Fit,
    by_id: Mapping[str, Stressor],
    about: Mapping[str, str | int | float],
    comparison: Comparison | None,
) -> str:
    lines = "\n".join(
        f"| {line.points} | {line_meaning(line, by_id).en} | {line_meaning(line, by_id).nl} |" for line in card.lines
    )
    models = "\n".join(_row(one) for one in fit.judged)
    facts = "\n".join(f"- {key.replace('_', ' ')}: {value}" for key, value in about.items())
    return f"""# Reference card

Used where a municipality has too few recorded outcomes for a card of its own: its level and slope are then fitted to
the local counts. **It was made from synthetic registers**: what it says about real families must be checked on them
before anyone relies on it, and a report that uses it says so. It is for preventive programmes for groups and areas,
never for a decision about a family.

{facts}

## The card

Risk of the recorded outcome within the horizon: `1 / (1 + exp(-({card.intercept:g} + {card.slope:g} * points)))`.
*Not covered* never scores.

| points | circumstance | omstandigheid |
|---:|---|---|
{lines}

## How it did on a later date and on families that it never saw

An AUROC on synthetic data says something about the maker of the data: look at the gain over the plain count of
stressors and at the calibration. 95% intervals draw neighbourhoods.

| model | gain in AUROC over the count | calibration slope | recorded minus risk, per 1,000 | Brier score | AUROC |
|---|---|---|---|---|---|
{models}
{_beside(comparison)}
Made by `python -m riskscreen.pipeline.reference models`; figures in `metrics.json`, the statement in
`score.sql` (DuckDB), `score.postgres.sql` and `score.tsql.sql` (SQL Server). `manifest.json` has the hash of every
file; an altered file is refused.
"""


def _beside(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    return f"""
## Beside other models

As text; the figures are in `metrics.json`. *Later families*: another date and other families. *Areas left out*: every
neighbourhood is judged by models that were fitted without it. Both once more without the stressors whose register also
makes reports.

```text
{comparison}
```
"""


def _row(one: Judged) -> str:
    gain = "-" if one.model == "count" else f"{one.gain.value:+.3f} ({one.gain.low:+.3f} to {one.gain.high:+.3f})"
    slope, large = one.calibration_slope, one.calibration_in_the_large
    return (
        f"| {one.model} | {gain} | {slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f}) "
        f"| {1000 * large.value:+.1f} ({1000 * large.low:+.1f} to {1000 * large.high:+.1f}) "
        f"| {one.brier.value:.4f} | {one.auroc.value:.3f} |"
    )
