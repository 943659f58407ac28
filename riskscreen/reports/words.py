"""Wordings of the pages: every key in Dutch (B1) and in English, kept in ``wording/*.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from riskscreen.errors import UsageError
from riskscreen.records.texts import Text
from riskscreen.reports.numbers import Language


@cache
def wordings() -> dict[str, Text]:
    """All wordings by key; a key is the file's name, a dot and the name inside (``report.areas_title``)."""
    found: dict[str, Text] = {}
    for file in sorted((files("riskscreen.reports") / "wording").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            stem = file.name.removesuffix(".yaml")
            raw: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
            found.update({f"{stem}.{key}": Text.from_dict(value) for key, value in raw.items()})
    return found


class Words:
    """The wordings in one language.

    Examples
    --------
    >>> Words("nl")("common.none")
    'geen'
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = wordings()

    def __call__(self, key: str, **values: object) -> str:
        """The wording of ``key`` with its ``{names}`` filled in."""
        if key not in self._texts:
            raise UsageError(
                f"there is no wording called {key}", do="add it to riskscreen/reports/wording, in both languages"
            )
        return self.of(self._texts[key]).format(**values)

    def of(self, text: Text) -> str:
        """A text in this language."""
        return text.nl if self.language == "nl" else text.en

    def has(self, key: str) -> bool:
        """Is there a wording called ``key``?"""
        return key in self._texts
