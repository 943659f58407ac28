"""What every maker of cards is asked: fit on the training rows, give the risks of the test rows, and tell the time.

``python <maker>.py train.parquet test.parquet risks.npy lines monotone``; the column ``outcome`` is 0 or 1, an absent
value is *not covered*. One line of JSON comes back: seconds of the fit (the fastest of up to three, because other
processes only ever add time), and how many lines the card has. Starting Python, importing, reading files and a first
fit on a few rows (numba compiles then) are not counted. Seconds of the processor are told too: they are steadier on a
busy machine.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

MAX_POINTS = 5
WARM_ROWS = 400
REPEATS = 3
ENOUGH_SECONDS = 20.0


@dataclass(frozen=True)
class Task:
    """Training rows, and how long the card may be."""

    X: pd.DataFrame
    y: np.ndarray
    lines: int
    monotone: bool


@dataclass(frozen=True)
class Answer:
    """A fitted card: its risks, and its number of lines."""

    risk: Callable[[pd.DataFrame], np.ndarray]
    lines: int


def answer(make: Callable[[Task], Answer]) -> None:
    """Read the task from the command line, fit, and answer."""
    warnings.simplefilter("ignore")
    train, test = pd.read_parquet(sys.argv[1]), pd.read_parquet(sys.argv[2])
    task = Task(train.drop(columns="outcome"), train["outcome"].to_numpy(), int(sys.argv[4]), sys.argv[5] == "monotone")
    make(_few(task))
    seconds, processor, made = _timed(make, task)
    np.save(sys.argv[3], made.risk(test.drop(columns="outcome")))
    print(json.dumps({"seconds": min(seconds), "cpu_seconds": min(processor), "lines": made.lines}))


def _few(task: Task) -> Task:
    """Some rows of both classes."""
    rows = np.concatenate([np.flatnonzero(task.y == value)[: WARM_ROWS // 2] for value in (0, 1)])
    return Task(task.X.iloc[rows].reset_index(drop=True), task.y[rows], 3, task.monotone)


def _timed(make: Callable[[Task], Answer], task: Task) -> tuple[list[float], list[float], Answer]:
    """Seconds on the clock and of the processor, per fit, and the card."""
    seconds: list[float] = []
    processor: list[float] = []
    while len(seconds) < REPEATS and sum(seconds) < ENOUGH_SECONDS:
        start, used = time.perf_counter(), time.process_time()
        made = make(task)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return seconds, processor, made
