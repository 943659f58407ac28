"""How good target groups are: ``python -m benchmarks.targets --json``.

Two kinds of worlds whose truth is known.

Drawn as counts: 24 wijken that differ, six stressors that go together, four dates, and a chance of the recorded outcome
that stressors raise, two pairs of them more than their product. Groups are searched and judged as in a run.

- ``honest_minus_training_rate``: the rate where a group is judged minus the rate where it was found, mean over groups;
  below zero is what choosing flatters. ``honest_minus_true_rate``, ``training_minus_true_rate``: the same against the
  true rate of families in the group. Each with ``.mc_error``.
- ``coverage.honest_rate``: how often the interval of the honest rate holds the true rate of the families judged;
  ``.elsewhere``: that of the group in wijken that were never seen.
- ``found_again`` (``.exactly``): the mean share of resamples, as a run reports it. ``found_in_other_half``: groups that
  the same search finds in the other half of the wijken too, with at least half of all their families in both;
  ``.plain``: a search that steadiness does not steer. ``planted_found``: worlds in which a group has a planted pair.
- ``nothing_planted.*``: the same where no stressor matters: what groups from noise look like.

Made as registers, linked and searched (the whole road), with true need apart:

- ``need_covered_at_10pct.<method>``: share of the families with true need that 10% of families hold, in the wijken that
  were not searched, on the test date; mean over worlds, ``.mc_error`` between worlds. ``random`` and ``universal`` (as
  many places, spread evenly) are 10% by definition. ``reports_covered_at_10pct.<method>``: recorded reports instead.
- ``road.lift_training``, ``road.lift_honest``: rate of the groups as a multiple of all families', where they were found
  and where they are judged; ``road.found_again``; ``road.rank_correlation``: places by recorded reports and by true
  need (Spearman).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

WORLDS = 80
ROADS = (11, 12, 13)
FAMILIES = 20_000
SEED = 20260101
WIJKEN, PER_WIJK = 24, 900
TRAIN, TEST, NOW = (date(2022, 1, 1), date(2023, 1, 1)), date(2024, 1, 1), date(2025, 1, 1)
STRESSORS = ("debt", "care", "alone", "violence", "moves", "school")
SHARE = np.array([0.15, 0.12, 0.2, 0.05, 0.08, 0.1])
EFFECT = np.array([0.5, 0.4, 0.3, 0.8, 0.2, 0.2])
PAIRS = ((0, 1), (2, 3))
BASE = -4.2
Figure = tuple[str, float, str]


def stressor(name: str) -> Any:
    """A stressor with one level, in a domain of its own."""
    from riskscreen.records.definitions import Stressor
    from riskscreen.records.texts import same

    return Stressor(name, 1, name, "any", same(name), same(""), (same("no"), same("yes")), 12, "", "none", (), (), "")


def drawn_world(seed: int, *, planted: bool = True) -> pd.DataFrame:
    """Counts with their true chance ``p``: families of 24 wijken on four dates."""
    rng = np.random.default_rng((SEED, seed))
    place = np.repeat(np.arange(WIJKEN), PER_WIJK)
    poor, own = rng.normal(0, 0.3, WIJKEN), rng.normal(0, 0.2, WIJKEN)
    frames = []
    for day in (*TRAIN, TEST, NOW):
        frailty = rng.normal(0, 0.8, len(place)) + poor[place]
        odds = np.log(SHARE / (1 - SHARE)) - 0.3
        holds = rng.random((len(place), 6)) < 1 / (1 + np.exp(-(odds + frailty[:, None])))
        risk = true_logit(holds, planted=planted) + own[place]
        p = 1 / (1 + np.exp(-risk))
        frame = pd.DataFrame(holds.astype(float), columns=list(STRESSORS))
        outcome = (rng.random(len(place)) < p).astype(float) if day < NOW else np.nan
        wijk = [f"W{number:02d}" for number in place]
        frames.append(frame.assign(index_date=day, area_block=wijk, outcome=outcome, families=1, children=1, p=p))
    return pd.concat(frames, ignore_index=True)


def true_logit(holds: np.ndarray, *, planted: bool) -> np.ndarray:
    """Log-odds of the recorded outcome without the effect of the wijk."""
    both = sum((holds[:, one] & holds[:, other]).astype(float) for one, other in PAIRS)
    return BASE + (holds @ EFFECT + 1.0 * both if planted else np.zeros(len(holds)))


def judged_world(task: tuple[int, bool]) -> dict[str, Any]:
    """One drawn world: the groups of a run, held against its truth."""
    from riskscreen.areas import find_targets, targets
    from riskscreen.areas.halves import split_halves
    from riskscreen.areas.membership import in_group
    from riskscreen.settings import Targets

    seed, planted = task
    counts, stressors = drawn_world(seed, planted=planted), [stressor(name) for name in STRESSORS]
    given = {"stressors": stressors, "train": TRAIN, "test": TEST, "now": NOW, "seed": seed}
    halves = split_halves(counts, **given)
    found = find_targets(counts, settings=Targets(), **given)
    elsewhere = drawn_world(seed + 1_000_000, planted=planted)
    rows = []
    for item in found.estimates:
        judged, other = halves.judged[in_group(halves.judged, item.group)], elsewhere[in_group(elsewhere, item.group)]
        true, there = float(judged["p"].mean()), float(other["p"].mean())
        rows.append(
            {
                "honest_minus_training": item.rate - item.rate_searched,
                "honest_minus_true": item.rate - true,
                "training_minus_true": item.rate_searched - true,
                "covered": item.low <= true <= item.high,
                "elsewhere": item.low <= there <= item.high,
                "again": item.again.much_the_same if item.again else np.nan,
                "exactly": item.again.exactly if item.again else np.nan,
            }
        )
    pairs = [{STRESSORS[one], STRESSORS[other]} for one, other in PAIRS]
    named = [{part.split()[0] for part in item.group.filter.split(" and ")} for item in found.estimates]
    steering = targets.STEERING
    both = {"": _other_half(counts, given, Targets())}
    targets.STEERING = 0
    try:
        both[".plain"] = _other_half(counts, given, Targets())
    finally:
        targets.STEERING = steering
    return {"rows": rows, "planted": any(pair <= one for pair in pairs for one in named), "both": both}


def _other_half(counts: pd.DataFrame, given: dict[str, Any], settings: Any) -> list[bool]:
    """Of the groups found in one half of the wijken: are they found in the other half too?"""
    from riskscreen.areas import find_targets
    from riskscreen.areas.halves import split_halves
    from riskscreen.areas.membership import in_group

    halves = split_halves(counts, **given)
    here = set(halves.searched["area_block"])
    present, sets = halves.present, []
    for wijken in (here, set(counts["area_block"]) - here):
        # the same families on the train dates; who judges them does not matter here
        own = counts[counts["area_block"].isin(wijken) | (counts["index_date"] >= TEST)]
        found = find_targets(_as_searched(own, wijken), settings=settings, report=False, **given)
        sets.append([in_group(present, item.group) for item in found.estimates])
    return [any((one & two).sum() >= 0.5 * (one | two).sum() for two in sets[1]) for one in sets[0]]


def _as_searched(counts: pd.DataFrame, wijken: set[str]) -> pd.DataFrame:
    """Train rows of these wijken in both wijken of every drawn pair, so that the lot does not matter."""
    frame = counts[counts["area_block"].isin(wijken)].copy()
    twin = frame.assign(area_block=frame["area_block"] + "b")
    return pd.concat([frame, twin], ignore_index=True)


def road(seed: int) -> dict[str, float]:
    """One world made as registers: what each way of choosing covers of true need and of reports, at 10% of families."""
    import yaml

    from riskscreen.areas.curve import SHARES, covered, ladder, ladders_of
    from riskscreen.areas.halves import UNKNOWN, split_halves
    from riskscreen.areas.targets import count_targets, find_targets
    from riskscreen.areas.truth import count_truth, judged_on_truth, true_places, truth_by_number
    from riskscreen.engine.handles import open_counts
    from riskscreen.pipeline.running import open_job, silent
    from riskscreen.pipeline.steps.reading import area_register
    from riskscreen.settings import Synthetic, load_scenario, shipped
    from riskscreen.synthetic import open_truth, synthesize

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        registers = folder / "registers"
        synthesize(Synthetic(world="voorbeeldstad", families=FAMILIES), seed=seed, out=registers, name="v", processes=1)
        scenario = yaml.safe_load(shipped("demo.yaml").read_text(encoding="utf-8"))
        scenario |= {"seed": seed, "registers": {"path": str(registers)}, "office": str(folder / "office")}
        (folder / "scenario.yaml").write_text(yaml.safe_dump(scenario), encoding="utf-8")
        given, out = load_scenario(folder / "scenario.yaml"), {}
        with open_job(given, folder / "runs", silent) as job:
            job.perform("fit")
            stressors, dates = job.value("profile")["stressors"], given.index_dates
            ids = [item.id for item in stressors]
            split = {"train": dates.train, "test": dates.test, "now": dates.now, "seed": seed, "stressors": stressors}
            counts = open_counts(count_targets(job.engine, ids, threshold=10))
            halves = split_halves(counts, **split)
            found = find_targets(counts, settings=given.targets, **split)
            need, links = open_truth(registers, "need"), open_truth(registers, "links")
            areas = area_register(job)[["area", "low_income_share"]]
            card = job.value("fit").chosen
            for what in ("need", "milder_need"):
                truth = truth_by_number(need, links, what=what)
                cells = count_truth(job.engine, truth, ids, dates.test, card=card).merge(areas, on="area", how="left")
                judged = judged_on_truth(halves, cells)
                rows = judged.judged
                wijk = rows["area_block"].fillna(UNKNOWN).tolist()
                families = rows["families"].to_numpy(float)
                for column in ("need", "outcome") if what == "need" else ("need",):
                    with_it = families * rows[column].to_numpy(float)
                    points = ladder("card", rows["points"].to_numpy(float), families, with_it, wijk)
                    for one in (*ladders_of(found, judged, cells, found=column), points):
                        label = {"outcome": "reports", "need": what}[column]
                        out[f"{label}.{one.method}"] = covered(one, SHARES, draws=2).at(0.1)
                if what == "need":
                    places = true_places(found, judged)
            out |= _of_groups(found, halves, places)
    return out


def _of_groups(found: Any, halves: Any, places: Sequence[Any]) -> dict[str, float]:
    from riskscreen.areas.halves import outcomes_of

    items = found.estimates
    here = outcomes_of(halves.searched).sum() / halves.searched["families"].sum()
    by_record, by_need = (np.array([getattr(one, name) for one in places]) for name in ("recorded_place", "place"))
    return {
        "lift_training": float(np.mean([item.rate_searched for item in items]) / here),
        "lift_honest": float(np.mean([item.rate for item in items]) / found.base_rate),
        "found_again": float(np.mean([item.again.much_the_same for item in items if item.again])),
        "rank_correlation": float(np.corrcoef(by_record, by_need)[0, 1]) if len(items) > 1 else 0.0,
    }


def figures(worlds: int, roads: Sequence[int]) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    tasks = [(number, True) for number in range(worlds)] + [(number, False) for number in range(worlds // 4)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        travelled = [pool.submit(road, seed) for seed in roads]
        held = list(pool.map(judged_world, tasks, chunksize=4))
        on_road = [one.result() for one in travelled]
    yield "worlds", worlds, "worlds"
    yield from _drawn(held[:worlds], "")
    yield "planted_found", float(np.mean([one["planted"] for one in held[:worlds]])), "1"
    yield from _drawn(held[worlds:], "nothing_planted.")
    yield from _roads(on_road)


def _drawn(held: Sequence[dict[str, Any]], prefix: str) -> Iterator[Figure]:
    groups = [row for one in held for row in one["rows"]]
    names = {
        "honest_minus_training": "honest_minus_training_rate",
        "honest_minus_true": "honest_minus_true_rate",
        "training_minus_true": "training_minus_true_rate",
        "covered": "coverage.honest_rate",
        "elsewhere": "coverage.honest_rate.elsewhere",
        "again": "found_again",
        "exactly": "found_again.exactly",
    }
    yield f"{prefix}groups", len(groups), "groups"
    for name, told in names.items():
        # groups of one world are not independent: the error is that of the worlds' means
        means = np.array([np.nanmean([row[name] for row in one["rows"]]) for one in held if one["rows"]])
        yield f"{prefix}{told}", float(np.nanmean([row[name] for row in groups])), "1"
        yield f"{prefix}{told}.mc_error", float(means.std(ddof=1) / np.sqrt(len(means))), "1"
    for label in ("", ".plain"):
        both = [found for one in held for found in one["both"][label]]
        yield f"{prefix}found_in_other_half{label}", float(np.mean(both)) if both else float("nan"), "1"


def _roads(on_road: Sequence[dict[str, float]]) -> Iterator[Figure]:
    if not on_road:
        return
    yield "road.worlds", len(on_road), "worlds"
    told = {"need": "need_covered_at_10pct", "milder_need": "milder_need_covered_at_10pct"}
    told["reports"] = "reports_covered_at_10pct"
    for name in on_road[0]:
        values = np.array([one[name] for one in on_road])
        kind, _, method = name.partition(".")
        label = f"{told[kind]}.{method}" if method else f"road.{name}"
        yield label, float(values.mean()), "1"
        if len(values) > 1:
            yield f"{label}.mc_error", float(values.std(ddof=1) / np.sqrt(len(values))), "1"
    for kind in told.values():
        yield f"{kind}.random", 0.1, "1"
        yield f"{kind}.universal", 0.1, "1"


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="how many worlds to draw as counts")
    parser.add_argument("--roads", type=int, default=len(ROADS), help="how many worlds go the whole road")
    given = parser.parse_args()
    for name, value, unit in figures(given.worlds, ROADS[: given.roads]):
        line = json.dumps({"name": name, "value": round(value, 4), "unit": unit})
        print(line if given.json else f"{name:<56}{value:>12.4f} {unit}", flush=True)


if __name__ == "__main__":
    main()
