"""How good and how fast the card is beside the dedicated tools: ``python -m benchmarks.card --json``.

``fit_seconds@1900000`` is ``RiskCard.fit`` on simulated national profiles: families on three index dates with
thirty-five stressors, as counts. Then every maker of cards fits on the same training file at the same number of lines
and gives its risks for the same test file, in a process and an environment of its own (``make peers``).
``auroc_minus.<peer>@<table>`` is ours minus the peer's (higher is better), ``brier_minus`` and ``logloss_minus``
likewise (lower is better), each with ``.low`` and ``.high``: a paired 95% interval that draws what is independent,
neighbourhoods of a world and rows of a public table. A test judges how often such intervals hold the true difference.

A world is tested on a later date and other families, a large public table on three tenths of its rows. A public table
of fewer than 2,000 rows is cross-fitted: every row is judged by cards that were fitted without it. Three public tables
were developed on (``DEVELOPED_ON``: the card's prior was chosen by cross-validation on their training rows, and for
``cancer`` after a look at its test rows), so there is one that was not: ``election``.

Our card never scores what is *not covered*. In a world all makers are held to that rule: a stressor that is not covered
is given to all as absent. ``@region-unknown`` shows what the peers gain where they may score, say, families whose
education is unknown; it is left out of the figures without a table.

Without a table a difference is that of the table where ours does worst, and a speed-up that of the largest table (on
tables of a few thousand rows imodels' compiled search is faster). Seconds are of the fit alone: start, imports, reading
and a first fit on a few rows are left out, for all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array

from riskscreen.stats.discrimination import draw_blocks, interval

FAMILIES = 1_900_000
DATES = 3
STRESSORS = 35
FAMILIES_PER_BLOCK = 60
SEED = 20260101
REPLICATES = 1000
_TOGETHER = 50
"""Replicates that are judged at once: more would only take memory."""
CROSS_FITTED_BELOW = 2000
PARTS = 5
DEVELOPED_ON = ("cancer", "fair", "randhie")
UNKNOWN = "-unknown"
LINES = {"world": 15, "public": 10}
PEERS = ("optbinning", "imodels", "rounded_logistic")
FASTER = ("optbinning", "imodels")
PEER_PYTHON = Path(".venv-peers/scores/bin/python")
MAKERS = Path(__file__).parent / "peers"
SCRIPTS = {
    "riskscreen": "own_card.py",
    "optbinning": "optbinning_card.py",
    "imodels": "imodels_card.py",
    "rounded_logistic": "rounded_logistic.py",
}
PROFILES = """
import sys
from datetime import date
from riskscreen.engine.handles import open_counts
from riskscreen.linkage import link
from riskscreen.registers import open_registers
from riskscreen.stressors.loading import load_catalogue
from riskscreen.stressors.profiling import profile
dates = [date(year, 1, 1) for year in range(2021, 2025)]
with open_registers(sys.argv[1]) as registers:
    link(registers, dates, key="benchmark")
    open_counts(profile(registers, load_catalogue(), "new_report", dates, 12).profiles).to_parquet(sys.argv[2])
"""
Figure = tuple[str, float, str]


@dataclass(frozen=True)
class Part:
    """What is fitted on and what is judged: the columns and ``outcome``; ``block`` is what is drawn, per test row."""

    train: pd.DataFrame
    test: pd.DataFrame
    block: np.ndarray


@dataclass(frozen=True)
class Divided:
    """A table in one or more parts; with more, every row is a test row of one of them."""

    name: str
    parts: tuple[Part, ...]
    kind: str


@dataclass(frozen=True)
class Difference:
    """Ours minus the peer's, with a 95% interval."""

    value: float
    low: float
    high: float


def figures(worlds: tuple[str, ...], families: int = FAMILIES) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    yield f"fit_seconds@{families}", national_seconds(families), "s"
    if not PEER_PYTHON.is_file():
        print("no peers: make peers builds their environment", file=sys.stderr)
        return
    found: dict[str, list[tuple[str, Difference]]] = {}
    speeds: dict[str, list[float]] = {}
    for table in divided_tables(worlds):
        for name, difference in compared(table, speeds):
            yield from _three(f"{name}@{table.name}", difference)
            if not table.name.endswith(UNKNOWN):
                found.setdefault(name, []).append((table.name, difference))
        for peer in FASTER:
            yield f"speedup_vs.{peer}@{table.name}", speeds[peer][-1], "1"
    for name, differences in found.items():
        yield from _three(name, worst(name, [difference for _, difference in differences]))
    for peer in FASTER:
        yield f"speedup_vs.{peer}", speeds[peer][-1], "1"  # the largest table comes last


def worst(name: str, differences: list[Difference]) -> Difference:
    """Where ours comes out worst: by the end of the interval that should reach zero."""
    if name.startswith("auroc"):
        return min(differences, key=lambda one: one.high)
    return max(differences, key=lambda one: one.low)


def national_seconds(families: int) -> float:
    """Seconds of one fit on counts of a simulated country, the card as the main job fits it."""
    from riskscreen.scores.card import RiskCard

    X, y, weight = national_profiles(families * DATES)
    RiskCard(monotone=True).fit(X[:1000], y[:1000])  # imports of scikit-learn are not counted
    start = time.perf_counter()
    RiskCard(monotone=True, min_outcomes=10).fit(X, y, sample_weight=weight)
    return time.perf_counter() - start


def national_profiles(families: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of simulated families: levels of shape ``(rows, stressors)``, the outcome, and families per row.

    Levels are cut from normal variables that share one burden per family, and are counted within blocks (index date,
    fold and neighbourhood), as the engine counts them.
    """
    rng = np.random.default_rng(SEED)
    burden = rng.standard_normal(families, dtype=np.float32)
    logits = np.full(families, -5.0, dtype=np.float32)
    keys = np.zeros((2, families), dtype=np.int64)
    for place, share in enumerate(np.geomspace(0.004, 0.16, STRESSORS)):
        own = 0.6 * burden + 0.8 * rng.standard_normal(families, dtype=np.float32)
        first, second = np.quantile(own[:100_000], [1 - share, 1 - share / 3])
        level = (own > first).astype(np.int64) + (own > second)
        if place % 9 == 8:
            level[rng.random(families) < 0.03] = 3  # not covered
        logits += (0.1 + 0.05 * (place % 9)) * (level % 3)
        keys[place % 2] = keys[place % 2] * 4 + level
    keys[1] = keys[1] * 2 + (rng.random(families) < 1 / (1 + np.exp(-logits)))
    return _counted(keys, rng.integers(0, families // FAMILIES_PER_BLOCK, families))


def _counted(keys: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Families with the same levels and outcome in the same block, counted."""
    order = np.lexsort((block, keys[1], keys[0]))
    sorted_keys, block = keys[:, order], block[order]
    new = (np.diff(sorted_keys, axis=1) != 0).any(axis=0) | (np.diff(block) != 0)
    starts = np.concatenate([[0], np.flatnonzero(new) + 1])
    weight = np.diff(np.append(starts, len(block))).astype(np.float64)
    even, odd = sorted_keys[0, starts].copy(), sorted_keys[1, starts].copy()
    outcome = (odd % 2).astype(np.float64)
    odd //= 2
    levels = np.empty((len(starts), STRESSORS))
    for place in reversed(range(STRESSORS)):
        half = odd if place % 2 else even
        levels[:, place] = half % 4
        half //= 4
    levels[levels == 3] = np.nan
    shuffled = np.random.default_rng(SEED).permutation(len(starts))
    return levels[shuffled], outcome[shuffled], weight[shuffled]


def divided_tables(worlds: tuple[str, ...]) -> Iterator[Divided]:
    """The worlds' levels (later date, other families), and public tables divided at random."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([str(PEER_PYTHON), str(MAKERS / "public_tables.py"), folder], check=True)
        for path in sorted(Path(folder).glob("*.parquet")):
            yield of_public(path.stem, pd.read_parquet(path))
        for world in worlds:
            made = of_world(world, world_counts(world, Path(folder)))
            if world == worlds[-1]:
                yield replace(made, name=f"{world}{UNKNOWN}")
            yield replace(made, parts=tuple(absent_if_not_covered(part) for part in made.parts))


def of_public(name: str, table: pd.DataFrame) -> Divided:
    """A small table in five parts, each judged by cards fitted on the rest; of a larger one three tenths is judged."""
    order = np.random.default_rng(SEED).permutation(len(table))
    if len(table) < CROSS_FITTED_BELOW:
        tests = [order[part::PARTS] for part in range(PARTS)]
    else:
        tests = [order[: len(table) * 3 // 10]]
    return Divided(name, tuple(_part(table, np.sort(test)) for test in tests), "public")


def _part(table: pd.DataFrame, test: np.ndarray) -> Part:
    rest = np.setdiff1d(np.arange(len(table)), test)
    return Part(table.iloc[rest].reset_index(drop=True), table.iloc[test].reset_index(drop=True), test)


def world_counts(world: str, folder: Path) -> pd.DataFrame:
    """Profiles with counts of a synthetic world, by riskscreen's own steps."""
    made, counts = folder / world, folder / f"{world}-counts"
    synthesize = ["-m", "riskscreen.cli", "synthesize", "--world", world, "--out", str(made)]
    subprocess.run([sys.executable, *synthesize], check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", PROFILES, str(made), str(counts)], check=True, capture_output=True)
    return pd.read_parquet(counts)


def of_world(world: str, counts: pd.DataFrame) -> Divided:
    """Train on earlier dates and folds 0-6; test on the last date and the other families."""
    counts = counts[counts["outcome"].notna()]
    late = pd.to_datetime(counts["index_date"]) == pd.to_datetime(counts["index_date"]).max()
    fitted = counts["fold"] < 7
    train, _ = _rows(counts[~late & fitted])
    return Divided(world, (Part(train, *_rows(counts[late & ~fitted])),), "world")


def absent_if_not_covered(part: Part) -> Part:
    """The same rows for makers that would score what is not covered."""
    return replace(part, train=part.train.fillna(0.0), test=part.test.fillna(0.0))


def _rows(counts: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """A row per family again, with nothing but levels and the outcome (the peers know no weights); neighbourhoods."""
    rows = counts.loc[np.repeat(counts.index, counts["families"])]
    rows = rows.sample(frac=1.0, random_state=SEED).reset_index(drop=True)
    block = pd.factorize(rows["area_block"], sort=True)[0]
    levels = rows.drop(columns=["index_date", "fold", "area_block", "families"]).astype("Float64").astype(float)
    return levels.loc[:, levels.notna().any()], block


def compared(table: Divided, speeds: dict[str, list[float]]) -> Iterator[tuple[str, Difference]]:
    """Ours beside every peer on one table."""
    seconds = dict.fromkeys(SCRIPTS, 0.0)
    risks: dict[str, list[np.ndarray]] = {maker: [] for maker in SCRIPTS}
    for part in table.parts:
        for maker, (risk, used) in _made(part, table).items():
            risks[maker].append(risk)
            seconds[maker] += used
    for peer in PEERS:
        speeds.setdefault(peer, []).append(seconds[peer] / seconds["riskscreen"])
    outcome = np.concatenate([part.test["outcome"].to_numpy() for part in table.parts])
    block = np.concatenate([part.block for part in table.parts])
    together = {maker: np.concatenate(found) for maker, found in risks.items()}
    yield from differences(outcome, together.pop("riskscreen"), together, block)


def _made(part: Part, table: Divided) -> dict[str, tuple[np.ndarray, float]]:
    """Per maker its risks of the test rows, and the seconds of its fit; the peers get as many lines as ours took."""
    with tempfile.TemporaryDirectory() as folder:
        train, test = Path(folder) / "train.parquet", Path(folder) / "test.parquet"
        names = [name for name in part.train.columns if name in part.test.columns]
        part.train[names].to_parquet(train)
        part.test[names].to_parquet(test)
        own, told = asked("riskscreen", train, test, LINES[table.kind], table.kind)
        found = {"riskscreen": (own, told["seconds"])}
        for peer in PEERS:
            risk, answer = asked(peer, train, test, told["lines"], table.kind)
            found[peer] = (risk, answer["seconds"])
            print(f"{table.name}: riskscreen {told}, {peer} {answer}", file=sys.stderr)
    return found


def asked(maker: str, train: Path, test: Path, lines: int, kind: str) -> tuple[np.ndarray, Any]:
    """Risks of the test rows from one maker of cards, and what it told."""
    python = sys.executable if maker == "riskscreen" else str(PEER_PYTHON)
    side = "monotone" if kind == "world" else "free"
    out = train.with_name(f"{maker}.npy")
    command = [python, str(MAKERS / SCRIPTS[maker]), str(train), str(test), str(out), str(lines), side]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return np.load(out), json.loads(done.stdout.strip().splitlines()[-1])


def differences(
    outcome: np.ndarray, own: np.ndarray, risks: dict[str, np.ndarray], block: np.ndarray
) -> Iterator[tuple[str, Difference]]:
    """Paired differences on the same draws of blocks: neighbourhoods, or rows where ``block`` numbers the rows.

    Parameters
    ----------
    outcome, own, block
        Per test row: 0 or 1, our risk, and the number of what is drawn with it; shape ``(rows,)``.
    risks
        Per peer its risks, shape ``(rows,)``.
    """
    blocks, place = np.unique(block, return_inverse=True)
    drawn = draw_blocks(np.random.default_rng(SEED), len(blocks), REPLICATES)
    drawn = np.vstack([np.ones(len(blocks)), drawn])
    ours = measured(outcome, own, drawn, place)
    for peer, risk in risks.items():
        for name, theirs in measured(outcome, risk, drawn, place).items():
            apart = ours[name] - theirs
            bounds = interval(float(apart[0]), apart[1:], blocks=len(blocks))
            yield f"{name}_minus.{peer}", Difference(float(apart[0]), bounds.low, bounds.high)


def measured(outcome: np.ndarray, risk: np.ndarray, drawn: np.ndarray, place: np.ndarray) -> dict[str, np.ndarray]:
    """AUROC, Brier score and log-loss for every draw of blocks, shape ``(draws,)`` each."""
    held = np.clip(risk, 1e-12, 1 - 1e-12)
    square = (risk - outcome) ** 2
    loss = -(outcome * np.log(held) + (1 - outcome) * np.log1p(-held))
    total = drawn @ np.bincount(place)
    some = np.split(drawn, range(_TOGETHER, len(drawn), _TOGETHER))
    return {
        "auroc": np.concatenate([aurocs(outcome, risk, one, place) for one in some]),
        "brier": drawn @ np.bincount(place, square) / total,
        "logloss": drawn @ np.bincount(place, loss) / total,
    }


def aurocs(outcome: np.ndarray, risk: np.ndarray, drawn: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Chance that a row with the outcome has a higher risk than one without, per draw; ties count half.

    ``drawn`` has shape ``(draws, blocks)`` and ``place`` is the block of each row; ``nan`` for a draw without rows of
    both kinds.
    """
    values, code = np.unique(risk, return_inverse=True)
    shape = (len(values), drawn.shape[1])
    hit = coo_array((outcome, (code, place)), shape=shape).tocsr() @ drawn.T
    miss = coo_array((1 - outcome, (code, place)), shape=shape).tocsr() @ drawn.T
    pairs = hit.sum(axis=0) * miss.sum(axis=0)
    won = np.sum(hit * (np.cumsum(miss, axis=0) - miss / 2), axis=0)
    return np.asarray(np.divide(won, pairs, out=np.full(len(drawn), np.nan), where=pairs > 0))


def _three(name: str, difference: Difference) -> Iterator[Figure]:
    yield name, difference.value, "1"
    yield f"{name}.low", difference.low, "1"
    yield f"{name}.high", difference.high, "1"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--small", action="store_true", help="only the small world and a country of 100,000 families")
    given = parser.parse_args()
    worlds, families = (("voorbeeldstad",), 100_000) if given.small else (("voorbeeldstad", "region"), FAMILIES)
    for name, value, unit in figures(worlds, families):
        line = json.dumps({"name": name, "value": round(value, 6), "unit": unit})
        print(line if given.json else f"{name:<48}{value:>12.6f} {unit}", flush=True)


if __name__ == "__main__":
    main()
