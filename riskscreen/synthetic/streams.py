"""Named streams of random numbers: what one process draws never changes what another draws."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and on the name of the process, and on nothing else.

    Parameters
    ----------
    seed
        The seed of the scenario, 0 or more.
    name
        Which process draws, such as ``"reports"``.
    """
    word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, word])))
