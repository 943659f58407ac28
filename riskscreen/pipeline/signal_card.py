"""The signal card of the catalogue: definitions in, pages for professionals out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from riskscreen.errors import UsageError
from riskscreen.reports.numbers import LANGUAGES


def make_signal_card(folder: Path, *, languages: Sequence[str] = LANGUAGES, pdf: bool = False) -> tuple[Path, ...]:
    """Write the signal card per language, and print it when asked.

    Parameters
    ----------
    folder
        Where ``signal-card.nl.html`` and ``signal-card.en.html`` go.
    languages
        ``nl``, ``en`` or both.
    pdf
        Also print each to PDF, with a Chromium that is on the machine.

    Raises
    ------
    UsageError
        Another language.
    MachineError
        A file cannot be written, or there is no Chromium to print with (the HTML pages are there then).
    """
    from riskscreen.reports.printing import print_pdf
    from riskscreen.reports.signal_card import write_signal_card
    from riskscreen.stressors.loading import load_catalogue

    chosen = tuple(language for language in LANGUAGES if language in languages)
    if len(chosen) < len(set(languages)) or not chosen:
        raise UsageError(f"no signal card in {', '.join(map(repr, languages))}", do="choose nl or en")
    stressors = tuple(definition.stressor for definition in load_catalogue("all"))
    pages = tuple(write_signal_card(folder, stressors, language) for language in chosen)
    return (*pages, *(print_pdf(page) for page in pages)) if pdf else pages
