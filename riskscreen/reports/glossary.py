"""The words of the pages with their meaning, in one language."""

from __future__ import annotations

from riskscreen.reports.blocks import Facts
from riskscreen.reports.words import Words, wordings

PREFIX = "glossary."
MEANING = "_means"


def glossary(words: Words) -> Facts:
    """Every term of ``wording/glossary.yaml`` with its meaning, in alphabetical order."""
    terms = [key for key in wordings() if key.startswith(PREFIX) and not key.endswith(MEANING)]
    pairs = [(words(key), words(key + MEANING)) for key in terms]
    return Facts(tuple(sorted(pairs, key=lambda pair: pair[0].lower())))
