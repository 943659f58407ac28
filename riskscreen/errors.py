"""One tree of errors, one exit code per class.

Every message says what was given, what is allowed and what to do. The command line prints the message alone:
a traceback is for our own bugs only.
"""

from __future__ import annotations


class RiskscreenError(Exception):
    """Something a user can mend; the class gives the exit code of the command line.

    Parameters
    ----------
    what
        What went wrong and where, in one sentence, without values from a row.
    do
        What to do about it.
    faults
        Every fault found, one per line, when there is more than one.
    """

    exit_code = 1

    def __init__(self, what: str, *, do: str = "", faults: tuple[str, ...] = ()) -> None:
        self.what = what
        self.do = do
        self.faults = faults
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what, *(f"  - {fault}" for fault in self.faults)]
        if self.do:
            lines.append(f"What to do: {self.do}")
        return "\n".join(lines)


class UsageError(RiskscreenError):
    """A command or function was called with arguments that do not fit (exit code 2)."""

    exit_code = 2


class SettingsError(RiskscreenError):
    """A scenario, mapping, stressor, outcome or programme file has faults (exit code 3)."""

    exit_code = 3


class RegisterError(RiskscreenError):
    """Registers are absent, unreadable or break their schema (exit code 4)."""

    exit_code = 4


class RefusedError(RiskscreenError):
    """The gate refuses: nothing leaves (exit code 5)."""

    exit_code = 5


class ReviewError(RiskscreenError):
    """A review is missing, has expired or does not hold for exactly this (exit code 6)."""

    exit_code = 6


class MachineError(RiskscreenError):
    """The machine is in the way: disk, lock, port, permission (exit code 7)."""

    exit_code = 7
