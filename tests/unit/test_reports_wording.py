"""Every wording exists in both languages, is used, and obeys the glossary."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import riskscreen.reports
from riskscreen.errors import UsageError
from riskscreen.reports.words import Words, wordings

FOLDER = Path(riskscreen.reports.__file__).parent
BANNED = (
    "unbiased",
    "fair model",
    "detects",
    "predicts abuse",
    "ground truth",
    "high-risk famil",
    "onbevooroordeeld",
    "eerlijk model",
    "voorspelt",
    "spoort op",
    "risicogezin",
)
STEMS = "|".join(sorted({key.split(".")[0] for key in wordings()}))
LITERAL = re.compile(rf"""["']((?:{STEMS})\.[a-z0-9_{{}}.]+)["']""")


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_wording_stands_in_both_languages_with_the_same_names() -> None:
    texts = wordings()
    uneven = [key for key, text in texts.items() if _names(text.nl) != _names(text.en)]
    empty = [
        key
        for key, text in texts.items()
        if not key.startswith("common.unit_") and not (text.nl.strip() and text.en.strip())
    ]
    assert len(texts) > 200
    assert (uneven, empty) == ([], [])


def test_every_wording_obeys_the_glossary() -> None:
    found = [(key, w) for key, text in wordings().items() for w in BANNED if w in f"{text.nl} {text.en}".lower()]
    assert found == []


def _used() -> set[str]:
    """Keys in code and templates; a part in braces matches anything."""
    files = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.j2")]
    return {key for file in files for key in LITERAL.findall(file.read_text(encoding="utf-8"))}


def test_every_key_in_code_has_a_wording() -> None:
    plain = {key for key in _used() if "{" not in key and not key.endswith("_")}
    assert len(plain) > 100
    assert sorted(plain - set(wordings())) == []


def test_every_wording_is_used() -> None:
    patterns = [re.compile(re.sub(r"\\\{.*?\\\}", "[a-z0-9_]+", re.escape(key)) + "$") for key in _used()]
    free = ("glossary.", "common.unit_")
    unused = [
        key for key in wordings() if not key.startswith(free) and not any(pattern.match(key) for pattern in patterns)
    ]
    assert unused == []


def test_an_unknown_key_is_an_error_that_names_it() -> None:
    with pytest.raises(UsageError, match=r"common\.nothing"):
        Words("nl")("common.nothing")
