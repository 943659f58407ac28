"""What a store of listings offers, so that a level that was found before is not looked up again.

A listing is what one stressor, or one derived fact, says on one index date: ``family, value``.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from riskscreen.engine.duck import Engine


class Listings(Protocol):
    """Listings of earlier runs on the same registers and the same linkage, by key."""

    def find(self, key: str) -> str | None:
        """A table expression that reads a kept listing; None when there is none that is whole."""

    def keep(self, key: str, engine: Engine, query: str) -> None:
        """Keep what a query gives: ``family, value``."""


class NoListings:
    """Nothing is kept."""

    def find(self, key: str) -> str | None:
        """Nothing is there."""
        return None

    def keep(self, key: str, engine: Engine, query: str) -> None:
        """Nothing is kept."""


def listing_key(statement: str) -> str:
    """The key of a listing: a hash of the whole statement that makes it, with its filter, borders and index date."""
    return hashlib.sha256(statement.encode()).hexdigest()
