"""The signal card: one sheet of paper, two sides, for people who work with families.

It is not the risk card on paper. It gets definitions of stressors and nothing else: no card and no figure can reach it.
It shows what one may see or hear, what to do with that, and the steps of the Dutch reporting code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.records.texts import same
from riskscreen.reports.numbers import Language
from riskscreen.reports.page import write_html
from riskscreen.reports.words import Words

PROFESSIONALS = ("nurse", "school", "debt", "adult_care", "police", "team")
STEPS = ("one", "two", "three", "four", "five")
NOTICES = ("proof", "sort", "talk")
LINES = ("centre", "colleague", "team")


@dataclass(frozen=True, slots=True)
class Signal:
    """What one may see or hear, and the life stage that it is about (empty: any)."""

    text: str
    stage: str


@dataclass(frozen=True, slots=True)
class SignalDomain:
    """The signals of one domain of life, in the order of the catalogue: no order by any score."""

    name: str
    signals: tuple[Signal, ...]


def signal_domains(stressors: Sequence[Stressor], words: Words) -> tuple[SignalDomain, ...]:
    """The catalogue as signals in plain words; stressors that look the same from outside are said once."""
    found: dict[str, dict[Signal, None]] = {domain: {} for domain in DOMAINS}
    for stressor in stressors:
        found.setdefault(stressor.domain, {})[_signal(stressor, words)] = None
    return tuple(SignalDomain(_domain(domain, words), tuple(signals)) for domain, signals in found.items() if signals)


def signal_card_html(stressors: Sequence[Stressor], language: Language) -> str:
    """The card as one HTML page that needs nothing else and prints on two sides of A4.

    Parameters
    ----------
    stressors
        The catalogue; a stressor without a wording of its own shows its name.
    language
        ``nl`` or ``en``.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    words = Words(language)
    environment = Environment(
        loader=PackageLoader("riskscreen.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (files("riskscreen.reports") / "templates" / "signal-card.css").read_text(encoding="utf-8").strip()
    return environment.get_template("signal-card.html.j2").render(
        say=lambda key: words(f"signal_card.{key}"),
        language=language,
        domains=signal_domains(stressors, words),
        professionals=PROFESSIONALS,
        steps=STEPS,
        notices=NOTICES,
        lines=LINES,
        style=Markup(style),
    )


def write_signal_card(folder: Path, stressors: Sequence[Stressor], language: Language) -> Path:
    """Write ``signal-card.<language>.html`` and give its path.

    Parameters
    ----------
    folder
        Made when it is not there.
    stressors, language
        As for :func:`signal_card_html`.

    Raises
    ------
    MachineError
        The file cannot be written.
    """
    return write_html(folder / f"signal-card.{language}.html", signal_card_html(stressors, language))


def _signal(stressor: Stressor, words: Words) -> Signal:
    key = f"signals.{stressor.id}"
    text = words(key) if words.has(key) else words.of(stressor.name)
    if stressor.stage in ("any", stressor.domain):  # the heading of the domain says it already
        return Signal(_capital(text), "")
    stage = stressor.stage.replace("-", "_")
    return Signal(_capital(text), words(f"signal_card.stage_{stage}"))


def _domain(domain: str, words: Words) -> str:
    return _capital(words.of(DOMAINS.get(domain, same(domain))))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
