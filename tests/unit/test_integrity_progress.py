"""Long checks say now and then how far they are; short ones say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from riskscreen.integrity.examining import CHECKS
from riskscreen.integrity.progress import Progress
from riskscreen.integrity.wording import ASKED


def told(*seconds: float) -> list[str]:
    """What is told when each part is done at these seconds after the start."""
    said: list[str] = []
    times: Iterator[float] = iter([100.0, *(100.0 + second for second in seconds)])
    progress = Progress("absence", len(seconds), said.append, clock=lambda: next(times))
    for _ in seconds:
        progress.step()
    return said


def test_short_work_says_nothing() -> None:
    assert told(5, 10, 15, 20) == []


def test_long_work_says_how_far_it_is_at_most_twice_a_minute() -> None:
    assert told(20, 40, 60, 80, 100, 120) == [
        "absence 2/6, about 80 s left",
        "absence 4/6, about 40 s left",
        "absence 6/6 in 2 min",
    ]


def test_every_check_says_what_it_asks() -> None:
    assert set(ASKED) == set(CHECKS)
