"""How often the audit is right: ``python -m benchmarks.audit_truth --json``.

Worlds are drawn as cells whose truth is known: families in 60 neighbourhoods and three groups, with need, selection and
a recorded report. Planted are the gap in the true share reached, the groups' base rates, how reporting differs between
groups (``k``) and within a group with contact (``c``), reports without need, links that are missed in one group
(``l``), and families of one group that the registers do not know (``u``). Every world is audited on the recorded
reports, once as if reports were need (all ratios 1) and once as set beforehand, and every verdict is held against the
truth of the world, not of the sample.

- ``false_alarm_rate``: verdict *gap* where the true gap is inside the tolerance; ``.taken_as_need`` without the label
  lines. ``missed_rate``: *no gap shown* where it is outside.
- ``right_verdict_rate``: *gap* where it is outside, *no gap shown* where it is inside; also by families and by planted
  gap (``right_verdict_rate.reach@30000.gap_0.3``), where reports are as set beforehand at most.
- ``coverage.<kind>``, ``width.<kind>``: of the recorded shares (``rate``) and of the largest difference (``largest``),
  whose truth is that of the recorded label in the world.
- ``wrong_by_label_rate``: verdicts, taking reports as need, that the truth contradicts. ``warned_when_wrong_rate``: of
  these, those that are not given when the label is minded; ``warned_when_right_rate``: the same of right verdicts.
  Both also for worlds whose four ratios lie inside the range set beforehand (``.inside``) and outside it.
- ``road.<rate>``: the same rates over the worlds that go the whole road (:mod:`benchmarks.audit_road`), with the number
  of verdicts each rests on (``.n``): too few to count in the errors below. ``--cells-only`` leaves them out,
  ``--road-only`` makes nothing else. ``road.share_with_need``: families of these worlds with true need.
- ``mc_error``: largest Monte Carlo standard error of these rates, those by families and gap apart (``.by_gap``).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import audit_road

WORLDS = 4000
ROADS = 12
SEED = 20260101
NEIGHBOURHOODS = 60
SHARES = np.array([0.6, 0.3, 0.1])
FAMILIES = (6_000, 30_000, 150_000)
GAPS = (0.0, 0.05, 0.15, 0.2, 0.3)
NEED, REACHED, WRONGLY, REPORTED = 0.12, 0.65, 0.08, 0.3
METRICS = {"true_positive_rate": "reach", "positive_predictive_value": "predictive_value", "selection_rate": "selected"}
UNSEEN = (0.0, 0.0, 0.015, 0.1)
"""Shares of links missed, and of families that the registers do not know, in one group."""
Floats = NDArray[np.float64]
Figure = tuple[str, float, str]


@dataclass(frozen=True)
class World:
    """What is planted; arrays per group, shape ``(3,)``.

    Parameters
    ----------
    need, reached, wrongly
        Share with need; share selected of families with need, and of families without.
    reported, contact
        Probability of a recorded report for need that was not selected, and how many times as often with contact.
    without_need
        Probability of a recorded report without need.
    known
        Families that the registers know, per family that was not selected.
    """

    families: int
    gap: float
    k: float
    c: float
    links: float
    need: Floats
    reached: Floats
    wrongly: Floats
    reported: Floats
    contact: Floats
    without_need: Floats
    known: Floats

    def within(self, settings: Any) -> bool:
        """Is recording at most as uneven as set beforehand?"""
        planted = (self.k, self.c, self.links, float((1 / self.known).max()))
        allowed = (settings.reporting_ratio, settings.contact_ratio, settings.link_ratio, settings.coverage_ratio)
        return all(one <= most for one, most in zip(planted, allowed, strict=True))

    @property
    def true_cells(self) -> Floats:
        """All families, also those that the registers do not know, by selection and need; shape ``(3, 2, 2)``."""
        whole = self.cells.sum(3).transpose(0, 2, 1)
        whole[:, 0] /= self.known[:, None]
        return whole

    @property
    def cells(self) -> Floats:
        """Probability of need, selection and report among known families, shape ``(3, 2, 2, 2)``."""
        chosen = np.stack([self.wrongly, self.reached], axis=1)
        told = np.stack(
            [np.stack([self.without_need] * 2, 1), np.stack([self.reported, self.reported * self.contact], 1)], 1
        )
        need = np.stack([1 - self.need, self.need], axis=1)
        both = need[:, :, None] * np.stack([1 - chosen, chosen], axis=2)
        return np.asarray(both[..., None] * np.stack([1 - told, told], axis=3))


def planted(seed: int) -> World:
    """A world drawn from the ranges of the benchmark."""
    rng = np.random.default_rng((SEED, seed))
    gap, worst = float(rng.choice(GAPS)), int(rng.integers(3))
    off = (np.arange(3) == worst).astype(np.float64)
    k, c = (float(rng.choice([1.0, 1.25, 1.5, 2.0])) for _ in range(2))
    less = np.where(np.arange(3) == int(rng.integers(3)), k, 1.0)  # one group is reported less
    brought = np.where(rng.random(3) < 0.5, c, 1.0)  # contact brings need to light in some groups
    missed, unknown = float(rng.choice(UNSEEN)), float(rng.choice(UNSEEN))
    linked, known = (1 - share * (np.arange(3) == int(rng.integers(3))) for share in (missed, unknown))
    return World(
        int(rng.choice(FAMILIES)),
        gap,
        k,
        c,
        1 / (1 - missed),
        NEED * rng.choice([1.0, 1.0, 1.4], 3),
        REACHED - gap * off,
        WRONGLY * rng.choice([1.0, 1.0, 1.3], 3),
        REPORTED / less * linked,
        brought,
        np.full(3, float(rng.choice([0.0, 0.002, 0.005]))) * linked,
        known,
    )


def drawn(world: World, seed: int) -> Any:
    """A sample as cells; need and selection differ between neighbourhoods."""
    import pandas as pd

    rng = np.random.default_rng((SEED, seed, 1))
    place = rng.dirichlet(np.full(NEIGHBOURHOODS, 20.0))
    need, chosen = (rng.uniform(0.7, 1.3, (NEIGHBOURHOODS, 1, 1, 1, 1)) for _ in range(2))
    own = np.broadcast_to(world.cells, (NEIGHBOURHOODS, 3, 2, 2, 2)).copy()
    with_need, selected = own.sum((3, 4), keepdims=True), own.sum(4, keepdims=True)
    told = own / np.maximum(selected, 1e-300)
    share = selected / with_need
    moved = with_need[:, :, 1:] * need
    with_need = np.concatenate([1 - moved, moved], axis=2)
    up = share[:, :, :, 1:] * (1 + (chosen - 1) / 2)
    chance = with_need * np.concatenate([1 - up, up], axis=3) * told
    flat = (place[:, None] * SHARES)[:, :, None] * chance.reshape(NEIGHBOURHOODS, 3, 8)
    counts = rng.multinomial(world.families, (flat / flat.sum()).ravel())
    index = np.indices((NEIGHBOURHOODS, 3, 2, 2, 2)).reshape(5, -1)
    frame = pd.DataFrame(dict(zip(("block", "group", "need", "selected", "outcome"), index, strict=True)))
    return frame.assign(families=counts)[counts > 0]


def shares(cells: Floats) -> dict[str, Floats]:
    """The metrics of every group, from probabilities of selection and outcome, shape ``(3, 2, 2)``."""
    return {
        "selection_rate": cells[:, 1].sum(1) / cells.sum((1, 2)),
        "true_positive_rate": cells[:, 1, 1] / cells[:, :, 1].sum(1),
        "positive_predictive_value": cells[:, 1, 1] / cells[:, 1].sum(1),
    }


def judged(seed: int) -> list[dict[str, Any]]:
    """One world: per metric its verdicts, and what was true."""
    from riskscreen.fairness import audit
    from riskscreen.settings import Audit

    world, (minded, plain) = planted(seed), _settings(Audit)
    frame = drawn(world, seed)
    asked = {"outcome": "outcome", "selected": "selected", "by": ["group"], "block": "block", "seed": seed}
    with_label, taken = (audit(frame, settings=one, **asked) for one in (minded, plain))
    recorded, true = shares(world.cells.sum(1)), shares(world.true_cells)
    found = []
    for metric in METRICS:
        first, second = (next(item for item in one.verdicts if item.metric == metric) for one in (with_label, taken))
        own = [(row.group, next(e for e in row.estimates if e.metric == metric)) for row in taken.rows[:-1]]
        limits = [(e.low, recorded[metric][int(group)], e.high) for group, e in own if e.low is not None]
        apart = float(np.ptp(recorded[metric]))
        whole = len(second.compared) == 3
        found.append(
            {
                "metric": metric,
                "families": world.families,
                "gap": world.gap,
                "inside": world.within(minded),
                "true_gap": bool(np.ptp(true[metric]) > minded.tolerances[metric]),
                "minded": first.verdict,
                "taken": second.verdict,
                "rates": [low <= value <= high for low, value, high in limits],
                "widths": [high - low for low, _, high in limits],
                "largest": second.low <= apart <= second.high if whole else None,
                "width": second.high - second.low if whole else None,
            }
        )
    return found


def _settings(kind: Any) -> tuple[Any, Any]:
    """As set beforehand, and taking reports as need."""
    minded = kind(by=("group",), confirmatory=tuple(METRICS))
    even = dict.fromkeys(("reporting_ratio", "contact_ratio", "link_ratio", "coverage_ratio"), 1.0)
    return minded, minded.model_copy(update=even)


def figures(worlds: int, roads: int, *, cells_only: bool = False, road_only: bool = False) -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    travelling = [] if cells_only else audit_road.worlds()[:roads]
    drawings = range(0 if road_only else worlds)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        travelled = pool.map(audit_road.judged_on_road, travelling)
        found = [one for each in pool.map(judged, drawings, chunksize=50) for one in each]
        on_road = [one for each in travelled for one in each]
    if travelling:
        yield "road.worlds", len(travelling), "worlds"
        yield "road.share_with_need", float(np.mean([one["with_need"] for one in on_road])), "1"
        for subject in (audit_road.OFFER, audit_road.PLANTED):
            yield from _on_road(subject, [one for one in on_road if one["subject"] == subject])
    if drawings:
        yield from _of_cells(found, len(drawings))


def _of_cells(found: list[dict[str, Any]], worlds: int) -> Iterator[Figure]:
    """Rates over the worlds that are drawn as cells, with their Monte Carlo errors."""
    yield "worlds", worlds, "worlds"
    errors: dict[bool, list[float]] = {True: [0.0], False: [0.0]}

    def rate(name: str, held: Sequence[bool]) -> Iterator[Figure]:
        if held:
            share = float(np.mean(held))
            errors[".gap_" in name].append(float(np.sqrt(max(share * (1 - share), 1 / len(held)) / len(held))))
            yield name, share, "1"

    inside = [one for one in found if one["inside"]]
    for label, some in (("", inside), (".outside", [one for one in found if not one["inside"]])):
        yield from rate(f"false_alarm_rate{label}", [o["minded"] == "gap" for o in some if not o["true_gap"]])
        yield from rate(f"missed_rate{label}", [o["minded"] == "no_gap_shown" for o in some if o["true_gap"]])
    yield from rate("false_alarm_rate.taken_as_need", [o["taken"] == "gap" for o in found if not o["true_gap"]])
    yield from rate("missed_rate.taken_as_need", [o["taken"] == "no_gap_shown" for o in found if o["true_gap"]])
    yield from rate("right_verdict_rate", [_right(one, "minded") for one in inside])
    for metric, name in METRICS.items():
        for families in FAMILIES:
            for gap in GAPS:
                some = [o for o in inside if (o["metric"], o["families"], o["gap"]) == (metric, families, gap)]
                held = [_right(one, "minded") for one in some]
                yield from rate(f"right_verdict_rate.{name}@{families}.gap_{gap}", held)
    for metric, name in METRICS.items():
        own = [one for one in found if one["metric"] == metric]
        yield from rate(f"coverage.rate.{name}", [held for one in own for held in one["rates"]])
        yield from rate(f"coverage.largest.{name}", [bool(o["largest"]) for o in own if o["largest"] is not None])
        yield f"width.rate.{name}", float(np.mean([width for one in own for width in one["widths"]])), "1"
        yield f"width.largest.{name}", float(np.mean([o["width"] for o in own if o["width"] is not None])), "1"
    for label, some in (("", found), (".inside", inside), (".outside", [o for o in found if not o["inside"]])):
        given = [one for one in some if one["taken"] != "not_enough_evidence"]
        wrong = [one for one in given if not _right(one, "taken")]
        yield from rate(f"wrong_by_label_rate{label}", [not _right(one, "taken") for one in given])
        yield from rate(f"warned_when_wrong_rate{label}", [one["minded"] != one["taken"] for one in wrong])
        right = [one for one in given if _right(one, "taken")]
        yield from rate(f"warned_when_right_rate{label}", [one["minded"] != one["taken"] for one in right])
    yield "mc_error", max(errors[False]), "1"
    yield "mc_error.by_gap", max(errors[True]), "1"


def _on_road(subject: str, found: list[dict[str, Any]]) -> Iterator[Figure]:
    """Rates of one subject over the worlds of the whole road, with how many verdicts each rests on."""
    given = [one for one in found if one["taken"] != "not_enough_evidence"]
    wrong, right = ([one for one in given if _right(one, "taken") is held] for held in (False, True))
    rates = {
        "false_alarm_rate": [one["minded"] == "gap" for one in found if not one["true_gap"]],
        "missed_rate": [one["minded"] == "no_gap_shown" for one in found if one["true_gap"]],
        "right_verdict_rate": [_right(one, "minded") for one in found],
        "wrong_by_label_rate": [not _right(one, "taken") for one in given],
        "warned_when_wrong_rate": [one["minded"] != one["taken"] for one in wrong],
        "warned_when_right_rate": [one["minded"] != one["taken"] for one in right],
    }
    for name, held in rates.items():
        yield f"road.{name}.{subject}.n", len(held), "verdicts"
        if held:
            yield f"road.{name}.{subject}", float(np.mean(held)), "1"


def _right(one: dict[str, Any], which: str) -> bool:
    return bool(one[which] == ("gap" if one["true_gap"] else "no_gap_shown"))


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="how many worlds to draw")
    parser.add_argument("--roads", type=int, default=ROADS, help="how many worlds go the whole road")
    parser.add_argument("--cells-only", action="store_true", help="leave out the worlds of the whole road")
    parser.add_argument("--road-only", action="store_true", help="only the worlds of the whole road")
    given = parser.parse_args()
    if given.cells_only and given.road_only:
        parser.error("--cells-only and --road-only leave nothing: give one of them")
    only = {"cells_only": given.cells_only, "road_only": given.road_only}
    for name, value, unit in figures(given.worlds, given.roads, **only):
        line = json.dumps({"name": name, "value": round(value, 4), "unit": unit})
        print(line if given.json else f"{name:<56}{value:>12.4f} {unit}", flush=True)


if __name__ == "__main__":
    main()
