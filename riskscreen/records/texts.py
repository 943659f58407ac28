"""A wording in the two languages of the reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "nl")


@dataclass(frozen=True, slots=True)
class Text:
    """One wording in English and Dutch (B1)."""

    en: str
    nl: str

    def __str__(self) -> str:
        return self.en

    def to_dict(self) -> dict[str, str]:
        """The wording as ``{"en": ..., "nl": ...}``."""
        return {"en": self.en, "nl": self.nl}

    @classmethod
    def from_dict(cls, texts: Mapping[str, str]) -> Text:
        """Read back what :meth:`to_dict` wrote; both languages must be there."""
        return cls(en=texts["en"], nl=texts["nl"])


def same(word: str) -> Text:
    """A name that is the same in both languages, such as a neighbourhood's."""
    return Text(word, word)
