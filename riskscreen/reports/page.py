"""From a page in two languages to one file that needs nothing else.

The file holds its own styles, one Vega bundle and the figures; its content policy forbids every load, so a page opened
from a disk or a mail shows the same as on a server, and tells nobody that it was opened.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from riskscreen.errors import MachineError
from riskscreen.reports.blocks import Block, Details, Figure, Page, Subsection
from riskscreen.reports.content import Picture, ReportContent
from riskscreen.reports.marks import config, locale
from riskscreen.reports.numbers import LANGUAGES
from riskscreen.reports.words import Words

MakePage = Callable[[ReportContent, Words], Page]


def write_page(path: Path, content: ReportContent, make: MakePage) -> Path:
    """Write one page: aside first, then renamed, so that a reader never meets half a page.

    Raises
    ------
    MachineError
        The file cannot be written.
    """
    return write_html(path, page_html(content, make))


def write_html(path: Path, html: str) -> Path:
    """Write a page that is already text, as :func:`write_page` does.

    Raises
    ------
    MachineError
        The file cannot be written.
    """
    aside = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(html, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise MachineError(f"cannot write {path}: {error.strerror}", do="check the disk and the rights") from error
    return path


def page_html(content: ReportContent, make: MakePage) -> str:
    """The page as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    words = {language: Words(language) for language in LANGUAGES}
    editions = [make(content, words[language]) for language in LANGUAGES]
    bundle, script = _bundle(), _template_text("page.js")
    environment = Environment(
        loader=PackageLoader("riskscreen.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["picture"] = lambda name: Markup(_picture(name, content.pictures[name]))
    return environment.get_template("page.html.j2").render(
        editions=editions,
        words=words,
        version=version("riskscreen"),
        policy=_policy([bundle, script]),
        style=Markup(_template_text("style.css")),
        charts=Markup(_charts(editions)),
        bundle=Markup(bundle),
        script=Markup(script),
    )


def figures(blocks: Sequence[Block]) -> Iterator[Figure]:
    """All figures of some blocks, those behind headings too."""
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, (Details, Subsection)):
            yield from figures(block.blocks)


def _charts(editions: Sequence[Page]) -> str:
    specs = {
        f"{page.language}-{figure.id}": figure.spec
        for page in editions
        for section in page.sections
        for figure in figures(section.blocks)
    }
    locales = {language: locale(language) for language in LANGUAGES}
    return script_json({"config": config(), "locales": locales, "specs": specs})


def script_json(value: Mapping[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _picture(name: str, picture: Picture) -> str:
    """An image element; its alternative follows the language of the page."""
    from markupsafe import escape

    data = base64.b64encode(_small(picture.png)).decode()
    nl, en = escape(picture.alternative.nl), escape(picture.alternative.en)
    return (
        f'<img class="drawing" id="picture-{escape(name)}" alt="{nl}" data-alt-nl="{nl}" data-alt-en="{en}" '
        f'src="data:image/png;base64,{data}">'
    )


COLOURS = 24
"""Colours kept of a picture: charts have few, and twelve full-colour ones would double the weight of a page."""


@cache
def _small(png: bytes) -> bytes:
    """The picture with a palette in place of full colour, or as it was when that is no smaller."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
    out = io.BytesIO()
    flat.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return min(out.getvalue(), png, key=len)


@cache
def _bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that loads nothing."""
    import vl_convert

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return text.replace("</script", "<\\/script").replace("\r\n", "\n").strip()


@cache
def _template_text(name: str) -> str:
    return (files("riskscreen.reports") / "templates" / name).read_text(encoding="utf-8").strip()


def _policy(scripts: Sequence[str]) -> str:
    """Nothing is loaded from anywhere; only the scripts of the page itself run, known by hash."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {hashes}; {rest}"
