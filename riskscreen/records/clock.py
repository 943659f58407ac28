"""The one clock: UTC. Nothing else asks the machine for the time of day."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present time in UTC."""
    return datetime.now(tz=UTC)


def stamp() -> str:
    """The present time in UTC as ISO 8601, to the second."""
    return utc_now().isoformat(timespec="seconds")
