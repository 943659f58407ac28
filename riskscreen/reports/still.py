"""A page in one language that runs nothing: its charts are drawn beforehand, and it shows the same with scripts off."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from riskscreen.reports.blocks import Page
from riskscreen.reports.marks import config, finish, locale
from riskscreen.reports.numbers import Language
from riskscreen.reports.words import Words

FONT = "Arial, 'Liberation Sans', Arimo, Roboto, sans-serif"
"""Fonts of nearly one width: labels were given their places beforehand, and a wider font would overrun them."""


def svg(chart: Any, language: Language) -> str:
    """The chart as an SVG element in the look of the reports, with numbers written as in the language."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(
        finish(chart), config={**config(), "font": FONT}, format_locale=locale(language), allowed_base_urls=[]
    )
    return drawn.strip()


def still_html(page: Page, words: Words, others: Sequence[tuple[Language, str]] = ()) -> str:
    """One page as text, which needs nothing else.

    Parameters
    ----------
    others
        The same page in other languages: language and file name.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("riskscreen.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = "\n".join(_template_text(name) for name in ("style.css", "still.css"))
    return environment.get_template("still.html.j2").render(
        page=page, words=words, others=others, version=version("riskscreen"), style=Markup(style)
    )


def _template_text(name: str) -> str:
    return (files("riskscreen.reports") / "templates" / name).read_text(encoding="utf-8").strip()
