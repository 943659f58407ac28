"""Numbers and dates as people write them in the two languages."""

from __future__ import annotations

from datetime import date
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
"""Dutch first: it is the language a page opens in."""

_MONTHS: dict[Language, tuple[str, ...]] = {
    "nl": (
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_SWAP = str.maketrans({",": ".", ".": ","})
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def decimal(value: float, digits: int, language: Language) -> str:
    """A number with ``digits`` decimals: ``1,234.5`` in English, ``1.234,5`` in Dutch; a real minus sign."""
    text = f"{abs(value):,.{digits}f}"
    if language == "nl":
        text = text.translate(_SWAP)
    zero = not any(c in "123456789" for c in text)
    return text if value >= 0 or zero else f"{MINUS}{text}"


def whole(value: float, language: Language) -> str:
    """A whole number with the language's thousands mark."""
    return decimal(round(value), 0, language)


def percent(share: float, language: Language, digits: int | None = None) -> str:
    """A share (0-1) as a percentage; one decimal below 10%, none above, unless ``digits`` says otherwise."""
    if digits is None:
        digits = 1 if abs(share) < 0.0995 else 0
    return f"{decimal(100 * share, digits, language)}%"


def points_of_percent(share: float, language: Language) -> str:
    """A difference between two shares, in percentage points with its sign."""
    sign = "+" if share > 0 else ""
    return f"{sign}{decimal(100 * share, 1, language)}"


def per_thousand(rate: float, language: Language) -> str:
    """A rate (0-1) as a natural frequency: how many of 1,000; one decimal below 10."""
    value = 1000 * rate
    return decimal(value, 1 if abs(value) < 9.95 else 0, language)


def euros(value: float, language: Language) -> str:
    """Whole euros: ``€ 1.234`` in Dutch, ``€1,234`` in English."""
    gap = "\N{NO-BREAK SPACE}" if language == "nl" else ""
    return f"€{gap}{whole(value, language)}"


def day(value: date, language: Language) -> str:
    """A date in words: ``1 januari 2025``, ``1 January 2025``."""
    return f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"


def day_of_text(value: str, language: Language) -> str:
    """An ISO date in words; text that is no ISO date comes back unchanged."""
    try:
        return day(date.fromisoformat(value), language)
    except ValueError:
        return value


def as_list(items: list[str], language: Language) -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    word = " en " if language == "nl" else " and "
    return ", ".join(items[:-1]) + word + items[-1]
