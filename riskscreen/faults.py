"""Faults of a settings file in plain words: the place, what was given, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

_LONGEST = 60
_TAGS = ("int", "float", "str", "bool", "date", "none", "constrained-str", "is-instance")
"""What pydantic calls the members of a choice between types, besides names with brackets."""
_FORMS: Mapping[str, str] = {
    r"^[a-z0-9][a-z0-9-]{0,39}$": "small letters, digits and hyphens, at most 40, not beginning with a hyphen",
    r"^[a-z][a-z0-9_]{0,39}$": "small letters, digits and _, at most 40, beginning with a letter",
    r"^[a-z][a-z0-9_]{1,39}$": "small letters, digits and _, 2 to 40 of them, beginning with a letter",
    r"^GM[0-9]{4}$": "GM and four digits, such as GM0202",
    r"^PV[0-9]{2}$": "PV and two digits, such as PV25",
}
_KEYS, _LIST, _TEXT = "keys with values", "a list, such as [a, b]", "text (numbers and dates in quotes)"
_NUMBER, _WHOLE, _DAY = "a number", "a whole number", "a date, such as 2025-01-31"
_KINDS: Mapping[str, str] = {
    "bool": "true or false",
    "date": _DAY,
    "dict": _KEYS,
    "finite": "a finite number",
    "float": _NUMBER,
    "frozen": _LIST,
    "int": _WHOLE,
    "list": _LIST,
    "mapping": _KEYS,
    "model": _KEYS,
    "path": "a path",
    "set": _LIST,
    "string": _TEXT,
    "tuple": _LIST,
}
"""What is allowed, by the first word of a type of fault."""
_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda about: f"more than {about['gt']:g}",
    "greater_than_equal": lambda about: f"at least {about['ge']:g}",
    "less_than": lambda about: f"less than {about['lt']:g}",
    "less_than_equal": lambda about: f"at most {about['le']:g}",
    "literal_error": lambda about: ", ".join(re.findall(r"'([^']*)'", about["expected"])) or about["expected"],
    "string_pattern_mismatch": lambda about: _FORMS.get(about["pattern"], f"text of the form {about['pattern']}"),
    "string_too_long": lambda about: f"text of at most {about['max_length']} characters",
    "string_too_short": lambda about: f"text of at least {_some(about['min_length'], 'character')}",
    "too_long": lambda about: f"at most {_some(about['max_length'], 'item')}",
    "too_short": lambda about: f"at least {_some(about['min_length'], 'item')}",
}
_SIZES = ("too_short", "too_long")


def faults_of(error: ValidationError, *, given: bool = True) -> tuple[str, ...]:
    """One sentence per place with a fault.

    Parameters
    ----------
    error
        Of a settings model.
    given
        Say what was given? Not for files that may hold codes of people.

    Examples
    --------
    >>> from pydantic import BaseModel, Field, ValidationError
    >>> class Places(BaseModel):
    ...     share: float = Field(ge=0, le=1)
    >>> try:
    ...     Places.model_validate({"share": 2})
    ... except ValidationError as error:
    ...     faults_of(error)
    ('share: given 2; allowed: at most 1',)
    """
    items = [item for item in error.errors() if not _follows(item, error.errors())]
    return tuple(text for _, same in groupby(items, key=_prefix) for text in _told(list(same), given))


def allowed(item: Any) -> str:
    """What is allowed in the place of one fault, or our own sentence about it."""
    kind, about = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    if kind in _BOUNDS and not _is_nan(item.get("input")):
        return _BOUNDS[kind](about)
    if kind in _BOUNDS:
        return _NUMBER
    return _KINDS.get(kind.split("_")[0], str(item["msg"]))


def shown(value: object) -> str:
    """What was given, short.

    Examples
    --------
    >>> [shown(value) for value in ("much", True, None, [1, 2], {"a": 1})]
    ["'much'", 'true', 'nothing', 'a list', 'keys with values']
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}...")
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    return "keys with values" if isinstance(value, Mapping) else "a list"


def _told(items: list[Any], given: bool) -> Iterator[str]:
    """Sentences about one place; the members of a choice between types become one sentence."""
    deepest = max(len(_place(item)) for item in items)
    meant = [item for item in items if len(_place(item)) == deepest]
    for place, same in groupby(meant, key=_place):
        yield _sentence(".".join(place) or "file", list(same), given)


def _sentence(place: str, items: list[Any], given: bool) -> str:
    first = items[0]
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    if first["type"] == "missing":
        return f"{place}: obligatory, but not given"
    rules = "; or ".join(dict.fromkeys(allowed(item) for item in items))
    if first["type"] == "value_error":
        return f"{place}: {rules}"
    what = shown(first.get("input"))
    if first["type"] in _SIZES:
        what = _some(first["ctx"]["actual_length"], "item")
    return f"{place}: given {what}; allowed: {rules}" if given else f"{place}: allowed: {rules}"


def _prefix(item: Any) -> tuple[str, ...]:
    """The place up to a choice between types."""
    parts = [str(part) for part in item["loc"]]
    tags = [i for i, part in enumerate(parts) if _is_tag(part)]
    return tuple(parts[: tags[0]]) if tags else tuple(parts)


def _place(item: Any) -> tuple[str, ...]:
    return tuple(str(part) for part in item["loc"] if not _is_tag(str(part)))


def _is_tag(part: str) -> bool:
    return part in _TAGS or bool(re.search(r"\[.*\]$", part))


def _follows(item: Any, items: list[Any]) -> bool:
    """Is a list too short only because its items have faults, which are told?"""
    place = _place(item)
    return item["type"] in _SIZES and any(
        len(_place(other)) > len(place) and _place(other)[: len(place)] == place for other in items
    )


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
