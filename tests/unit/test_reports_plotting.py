"""The chart of a released table, for a notebook."""

from __future__ import annotations

import pytest
from reports_example import released

from riskscreen.errors import UsageError
from riskscreen.reports.plotting import CHARTS, plot

RELEASED = released()


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", sorted(set(CHARTS) & set(RELEASED)))
def test_every_table_with_a_chart_is_drawn_in_the_look_of_the_reports(name: str, language: str) -> None:
    spec = plot(RELEASED[name], language).to_dict()
    assert spec["config"]["axis"]["labelFontSize"] == 12.5
    assert spec["width"] == 480


def test_a_table_without_a_chart_says_which_have_one() -> None:
    with pytest.raises(UsageError, match="has no chart"):
        plot(RELEASED["coverage"])


def test_another_language_is_refused() -> None:
    with pytest.raises(UsageError, match="no language"):
        plot(RELEASED["accumulation"], "fr")
