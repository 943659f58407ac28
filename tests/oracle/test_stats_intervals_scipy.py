"""Wilson and Clopper-Pearson against scipy's, for every count up to 40 families."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from riskscreen.stats.intervals import clopper_pearson, wilson


@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_single_proportions_equal_scipy(ours, theirs) -> None:
    cases = [(k, n) for n in (1, 2, 7, 40) for k in range(n + 1)]
    expected = np.array([binomtest(k, n).proportion_ci(0.95, theirs) for k, n in cases])
    bounds = ours([k for k, _ in cases], [n for _, n in cases])
    np.testing.assert_allclose(np.column_stack([bounds.low, bounds.high]), expected, atol=1e-12)
