"""Named streams of random numbers, and the constants that were solved for the whole world.

What one process draws in one part of the world never changes what another process or part draws.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class Constants:
    """Numbers that make published rates come out, such as the constant of a logarithm of a rate.

    They are solved once, on a rehearsal that is large enough, and only looked up afterwards: so every part of a world
    has the same rules, whoever lives there.

    Parameters
    ----------
    solved
        Constants by name.
    rehearsal
        Is this the rehearsal, on which constants are solved?
    faults
        Rates that cannot hold together, found while solving.
    """

    solved: dict[str, float] = field(default_factory=dict)
    rehearsal: bool = True
    faults: list[str] = field(default_factory=list)

    def known(self, name: str) -> float:
        """A constant that was solved.

        Raises
        ------
        KeyError
            The rehearsal did not solve it.
        """
        if name not in self.solved:
            raise KeyError(f"constant {name} was not solved on the rehearsal")
        return self.solved[name]

    @classmethod
    def of(cls, solved: Mapping[str, float]) -> Constants:
        """Constants that were solved before."""
        return cls({name: float(value) for name, value in solved.items()}, rehearsal=False)


@dataclass(frozen=True, eq=False)
class Chance:
    """Where one part of a world gets its random numbers and constants from.

    Parameters
    ----------
    seed
        The seed of the scenario, 0 or more.
    place
        Which part of the world draws, such as ``"GM9999-000"``; empty for what holds for the whole world.
    constants
        The constants of the world.
    """

    seed: int
    place: str = ""
    constants: Constants = field(default_factory=Constants)

    def stream(self, process: str) -> np.random.Generator:
        """A generator that depends on the seed, the place and the name of the process, and on nothing else."""
        name = f"{self.place}/{process}" if self.place else process
        word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, word])))

    def solved(self, name: str, solve: Callable[[], float]) -> float:
        """A constant of the world: solved when this is the rehearsal, else looked up.

        Raises
        ------
        KeyError
            The rehearsal did not solve it: a process must ask for the same constants in every part.
        """
        if self.constants.rehearsal and name not in self.constants.solved:
            self.constants.solved[name] = float(solve())
        return self.constants.known(name)
