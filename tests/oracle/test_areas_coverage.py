"""How often intervals and ranks of areas hold, on worlds with a known truth (seeded; the benchmark draws more)."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.areas import judged, ranked


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["right", "misleading", "spatial"])
def test_intervals_of_areas_hold_about_19_in_20(kind: str) -> None:
    """60 worlds in which areas differ: standard error about 0.006, and two of these are allowed on either side."""
    held = np.mean([judged(kind, seed).held for seed in range(80) if seed % 4])
    assert 0.935 - 0.012 <= held <= 0.965 + 0.012


@pytest.mark.slow
def test_sets_of_ranks_hold_together() -> None:
    """400 worlds, a quarter of them with areas that are all alike: standard error 0.01."""
    held = np.mean([ranked(20, seed)[1] for seed in range(400)])
    assert held >= 0.935 - 0.02
