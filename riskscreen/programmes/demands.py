"""What a board asks of a plan: floors and a share by lot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Floors:
    """What keeps a plan spread out and decent. Nothing here is about origin, nationality, language or religion.

    Parameters
    ----------
    fair_share
        Every area gets at least this part of the places it would get if places followed the places that its families
        can surely fill (rounded down to whole places), so that no single area gets everything. 0 to 1.
    families
        A programme is offered in an area only where at least so many families could be offered it.
    minimum_reach
        At least this share of every target group is approached. 0 to 1; 0: not asked.
    stages, family_forms
        Families in every life stage (form) get at least this part of the places they would get if places followed
        their number. 0 to 1; 0: not asked.
    random_share
        This share of the places of every programme that has fewer places than families falls to areas and target
        groups by lot, in proportion to the families there. 0 to 0.5; 0: none. No lot falls on a family.
    """

    fair_share: float = 0.5
    families: int = 10
    minimum_reach: float = 0.0
    stages: float = 0.0
    family_forms: float = 0.0
    random_share: float = 0.0

    def faults(self) -> Iterable[str]:
        """Every value out of range."""
        for name in ("fair_share", "minimum_reach", "stages", "family_forms"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                yield f"{name}: {value} is not between 0 and 1"
        if not 0 <= self.random_share <= 0.5:
            yield f"random_share: {self.random_share} is not between 0 and 0.5"
        if self.families < 10:
            yield f"families: {self.families} is below 10, the release threshold"
