"""How the command line ends: with an exit code, and for a user's mistake with one clear message."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import typer

from riskscreen.errors import RiskscreenError


class _Stop:
    """Asked to stop (Ctrl-C or a polite kill): leave by the same door as always, so that rows and locks are cleaned up.

    Libraries may turn the interrupt into an error of their own; ``number`` tells it from a fault.
    """

    number = 0

    def __call__(self, number: int, _: object) -> None:
        self.number = number
        raise KeyboardInterrupt

    def swallowed(self, what: sys.UnraisableHookArgs) -> None:
        """The interrupt fell in a callback that may not fail, where Python only prints it: interrupt once more."""
        if self.number and what.exc_type is KeyboardInterrupt:
            threading.Timer(0.05, _thread.interrupt_main, (self.number,)).start()
        else:
            sys.__unraisablehook__(what)


@contextmanager
def leave_well() -> Iterator[None]:
    """Give what is run within it the exit codes of the manual, also when it is told to stop."""
    _utf8(sys.stdout)
    _utf8(sys.stderr)
    stop = _Stop()
    with suppress(ValueError):  # not the main thread: the caller has handlers of its own
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        sys.unraisablehook = stop.swallowed
    try:
        yield
    except BaseException as error:
        if stop.number:
            raise SystemExit(128 + stop.number) from None
        if not isinstance(error, (RiskscreenError, OSError)):
            raise
        _tell(error)
        raise SystemExit(error.exit_code if isinstance(error, RiskscreenError) else 7) from None


def _tell(error: RiskscreenError | OSError) -> None:
    if isinstance(error, RiskscreenError):
        typer.echo(f"riskscreen: {error}", err=True)
        return
    typer.echo(f"riskscreen: the machine refuses: {error.strerror or error}", err=True)
    typer.echo("What to do: check free disk space, rights and locks; earlier results are whole", err=True)


def _utf8(stream: Any) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8")
