"""A stressor that is a noisy copy of an attribute is found, with the figures that follow from its noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from riskscreen.errors import UsageError
from riskscreen.fairness.drawing import HANDS, deal
from riskscreen.fairness.proxies import ProxyCounts, find_carriers, proxy_counts, recover

STRESSORS = ("copy", "independent", "rare")


def counted(seed: int, *, families: int = 20_000, noise: float | None = 0.2, blocks: int = 40) -> ProxyCounts:
    """Families of two equal groups; ``copy`` tells the group wrongly for a share ``noise`` (``None``: by chance)."""
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=families)
    wrong = rng.random(families) < (0.5 if noise is None else noise)
    frame = pd.DataFrame(
        {
            "fold": rng.integers(10, size=families),
            "area_block": rng.integers(blocks, size=families),
            "copy": np.where(wrong, 1 - group, group).astype(float),
            "independent": rng.integers(3, size=families).astype(float),
            "rare": np.where(rng.random(families) < 0.02, np.nan, rng.random(families) < 0.03),
            "origin": np.where(group == 1, "north", "south"),
        }
    )
    counts = frame.groupby(list(frame.columns), dropna=False).size().rename("families").reset_index()
    found = proxy_counts(counts, STRESSORS, "origin")
    assert found is not None
    return found


def entropy(share: float) -> float:
    return float(-share * np.log(share) - (1 - share) * np.log(1 - share))


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.45])
def test_a_noisy_copy_has_the_figures_that_follow_from_its_noise(noise: float) -> None:
    """AUROC ``1 - noise`` and skill ``1 - H(noise) / H(1/2)``, each within 0.02."""
    found = recover(counted(1, noise=noise), LogisticRegression())
    assert found.recovered
    assert found.skill.value == pytest.approx(1 - entropy(noise) / np.log(2), abs=0.02)
    for group in found.groups:
        assert group.auroc.value == pytest.approx(1 - noise, abs=0.02)
        assert group.auroc.low < 1 - noise < group.auroc.high


def test_the_copy_carries_the_attribute_and_nothing_else_does() -> None:
    found = find_carriers(counted(2, noise=0.2), LogisticRegression())
    assert [one.stressor for one in found if one.carries] == ["copy"]
    copy = found[0]
    assert copy.association.value == pytest.approx(1 - 2 * 0.2, abs=0.02)  # V of a symmetric copy
    assert copy.drop is not None
    assert copy.drop.value == pytest.approx(1 - entropy(0.2) / np.log(2), abs=0.02)


@pytest.mark.parametrize("blocks", [40, 4])
def test_independent_stressors_recover_nothing(blocks: int) -> None:
    """In 40 seeds at least 34 intervals of the skill hold 0 or lie below (95% of 40 less 3.7 standard errors)."""
    found = [
        recover(counted(seed, noise=None, families=6_000, blocks=blocks), LogisticRegression(), seed=seed)
        for seed in range(40)
    ]
    assert max(abs(one.skill.value) for one in found) < 0.01
    assert sum(not one.recovered for one in found) >= 34


def test_the_order_of_rows_and_the_way_of_counting_do_not_matter() -> None:
    rows = counted(3)
    order = np.random.default_rng(1).permutation(len(rows.families))
    other = ProxyCounts(
        rows.attribute,
        rows.groups,
        rows.stressors,
        *(part[order] for part in (rows.levels, rows.group, rows.held_out, rows.block, rows.families)),
    )
    one, two = (recover(counts, LogisticRegression()) for counts in (rows, other))
    assert one.skill.value == pytest.approx(two.skill.value, abs=1e-12)
    assert one.skill.low == pytest.approx(two.skill.low, abs=1e-12)


def test_small_groups_are_left_out_and_named() -> None:
    frame = pd.DataFrame(
        {
            "fold": [0, 8, 0, 8, 0, 8],
            "area_block": 1,
            "s": 0.0,
            "origin": ["a", "a", "b", "b", None, None],
            "families": [200, 200, 200, 150, 200, 99],
        }
    )
    found = proxy_counts(frame, ("s",), "origin")
    assert found is not None
    assert (found.groups, found.left_out) == (("a", "b"), ("unknown",))
    assert proxy_counts(frame[frame.origin != "a"], ("s",), "origin") is None
    with pytest.raises(UsageError, match="fold"):
        proxy_counts(frame.drop(columns="fold"), ("s",), "origin")


def test_few_neighbourhoods_are_dealt_over_hands_that_keep_every_family() -> None:
    families = np.array([1000.0, 3.0, 0.0])
    dealt = deal(np.array([0, 1, 1]), families, seed=1)
    assert dealt.blocks == HANDS
    assert np.bincount(dealt.row, dealt.families, 3).tolist() == families.tolist()
    assert dealt.sums(np.array([1.0, 0.0, 0.0])).max() < 30  # not all in one hand
