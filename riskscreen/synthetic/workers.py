"""Processes that make parts of a world; which process makes which part changes nothing.

They are started as programs of their own and not as forks: a caller's threads and main module stay out of it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, cast

from riskscreen.errors import MachineError
from riskscreen.synthetic.parts import make_part
from riskscreen.synthetic.plan import Plan
from riskscreen.synthetic.writing import Made, Workplace

MOST_PROCESSES = 4


def work(plan: Plan, place: Workplace, numbers: Sequence[int], processes: int | None) -> Iterator[tuple[int, Made]]:
    """Make parts and yield what each became, in the order in which they are ready.

    Parameters
    ----------
    numbers
        Positions of the parts to make.
    processes
        How many at once; default the processors of the machine, at most 4.

    Raises
    ------
    MachineError
        A process died (memory, disk), or a file cannot be written.
    """
    wanted = min(os.cpu_count() or 1, MOST_PROCESSES) if processes is None else processes
    count = min(max(wanted, 1), len(numbers))
    if count < 2:
        for number in numbers:
            yield number, place.write(plan, number, make_part(plan, number))
        return
    idle: SimpleQueue[_Worker] = SimpleQueue()
    workers = [_Worker(plan, place) for _ in range(count)]
    for worker in workers:
        idle.put(worker)
    try:
        with ThreadPoolExecutor(count) as threads:
            jobs = [threads.submit(_one, idle, number) for number in _largest_first(plan, numbers)]
            try:
                for job in as_completed(jobs):
                    yield job.result()
            finally:
                for job in jobs:
                    job.cancel()
                for worker in workers:
                    worker.stop()
    finally:
        for worker in workers:
            worker.stop()


def _largest_first(plan: Plan, numbers: Sequence[int]) -> list[int]:
    """So that no process is left alone with a large part at the end."""
    return sorted(numbers, key=lambda n: -int(plan.quotas[plan.parts[n].first : plan.parts[n].last].sum()))


def _one(idle: SimpleQueue[_Worker], number: int) -> tuple[int, Made]:
    worker = idle.get()
    try:
        return number, worker.make(number)
    finally:
        idle.put(worker)


class _Worker:
    """A process that has the plan and makes the parts that it is told to."""

    def __init__(self, plan: Plan, place: Workplace) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "riskscreen.synthetic.workers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._questions, self._answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._send((plan, place))

    def make(self, number: int) -> Made:
        self._send(number)
        try:
            answer = pickle.load(self._answers)
        except (EOFError, pickle.UnpicklingError):
            raise MachineError(
                "a process that made synthetic registers was stopped", do="check memory and disk, and start again"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        made: Made = answer
        return made

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.terminate()
        self._process.wait()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):
                pipe.close()

    def _send(self, what: object) -> None:
        try:
            pickle.dump(what, self._questions)
            self._questions.flush()
        except (BrokenPipeError, OSError):
            raise MachineError(
                "a process that makes synthetic registers could not be started", do="check memory, and start again"
            ) from None


def _listen() -> None:
    """What a process does: read the plan, then make the parts that are asked for until nobody asks."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not spoil the answers
    questions = sys.stdin.buffer
    plan, place = pickle.load(questions)
    parent = os.getppid()
    while True:
        try:
            number = pickle.load(questions)
        except EOFError:
            return
        try:
            part = make_part(plan, number)
            if os.getppid() != parent:
                return  # the one that asked is gone, and another run may be writing here
            answer: object = place.write(plan, number, part)
        except Exception as error:  # the parent raises it
            answer = error
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    _listen()
