"""Linkage: records become persons and families on every index date."""

from riskscreen.linkage.linking import Linkage, link

__all__ = ["Linkage", "link"]
