"""Now and then a line about a long piece of work: how far it is, and about how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Tell = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing."""


QUIET = 30.0
"""Seconds between two lines; work that takes less says nothing."""


@dataclass(slots=True)
class Progress:
    """Progress of work in ``every`` parts of about the same length.

    Parameters
    ----------
    name
        What the lines begin with.
    every
        Number of parts.
    tell
        Gets the lines.
    clock
        Seconds, as :func:`time.perf_counter`.
    """

    name: str
    every: int
    tell: Tell
    clock: Callable[[], float] = time.perf_counter
    done: int = 0
    _start: float = field(init=False)
    _told: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self._told = self.clock()

    def step(self) -> None:
        """One part more is done."""
        now, self.done = self.clock(), self.done + 1
        spent = now - self._start
        if self.done == self.every and spent >= QUIET:
            self.tell(f"{self.name} {self.done}/{self.every} in {duration(spent)}")
        elif self.done < self.every and now - self._told >= QUIET:
            left = spent / self.done * (self.every - self.done)
            self.tell(f"{self.name} {self.done}/{self.every}, about {duration(left)} left")
            self._told = now


def duration(seconds: float) -> str:
    """Seconds up to a minute and a half, minutes above.

    >>> duration(89), duration(90)
    ('89 s', '2 min')
    """
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
