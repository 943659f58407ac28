"""The chart as a page that needs nothing else, or as a picture."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from riskscreen.errors import MachineError, UsageError
from riskscreen.synthetic.calibration.chart import config, said, state, theme_chart, whole_chart
from riskscreen.synthetic.calibration.results import Calibration, Line
from riskscreen.synthetic.calibration.showing import figure, sign_of

_PICTURE_WIDTH, _SCALE = 560, 2
_ENDINGS = (".html", ".png", ".svg")


def saved(found: Calibration, path: Path) -> Path:
    """Write the page or picture: aside first, then renamed, so that a reader never meets half of it.

    Raises
    ------
    UsageError
        Another ending than ``.html``, ``.png`` or ``.svg``.
    MachineError
        The file cannot be written.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f"cannot write a chart as {path.name}", do=f"give a name that ends in {', '.join(_ENDINGS)}")
    content = _content(found, path.suffix.lower())
    aside = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise MachineError(f"cannot write {path}: {error.strerror}", do="check the disk and the rights") from error
    return path


def _content(found: Calibration, ending: str) -> bytes:
    if ending == ".html":
        return page_html(found).encode()
    import vl_convert

    chart = whole_chart(found, width=_PICTURE_WIDTH)
    chart.title = [f"{found.name} and the published figures", found.notice]
    spec = chart.properties(padding=16).to_dict(validate=False)
    spec["config"] |= {"background": "white", "title": {"anchor": "start", "fontSize": 14, "offset": 14}}
    if ending == ".svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=_SCALE))


def page_html(found: Calibration) -> str:
    """One page: how many are within, a chart and a table per theme, what is not in the world and what is not used."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    bundle = _bundle()
    environment = Environment(
        loader=PackageLoader("riskscreen.synthetic.calibration", "."), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.j2").render(
        found=found,
        limits=found.defined.limits,
        tuned=_tally(found.tuned),
        aside=_tally(found.held_out),
        themes=list(_themes(found)),
        figure=figure,
        sign_of=sign_of,
        state=state,
        said=said,
        policy=_policy(bundle, _SCRIPT),
        bundle=Markup(bundle),
        script=Markup(_SCRIPT),
        charts=Markup(_script_json(_charts(found))),
    )


def _tally(lines: tuple[Line, ...]) -> tuple[int, int]:
    return sum(bool(line.within) for line in lines), len(lines)


def _themes(found: Calibration) -> Iterator[tuple[str, str, list[Line]]]:
    for theme, title in found.defined.themes.items():
        yield theme, title, [line for line in found.lines if line.theme == theme]


def _charts(found: Calibration) -> dict[str, Any]:
    specs = {
        f"{theme}-{size}": _bare(theme_chart(lines, narrow=size == "narrow"))
        for theme, _, lines in _themes(found)
        for size in ("wide", "narrow")
    }
    return {"config": config(), "specs": specs}


def _bare(chart: Any) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("$schema", None)
    spec.pop("config", None)
    return spec


def _script_json(value: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _bundle() -> str:
    """The chart library as one script that loads nothing."""
    import vl_convert

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return text.replace("</script", "<\\/script").replace("\r\n", "\n").strip()


def _policy(*scripts: str) -> str:
    """Nothing is loaded from anywhere; only the scripts of the page itself run, known by hash."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {hashes}; {rest}"


_SCRIPT = """(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("charts").textContent);
  function refuse() { return Promise.reject(new Error("this page loads nothing")); }
  function draw() {
    document.querySelectorAll(".plot").forEach(function (box) {
      var size = box.offsetWidth < 480 ? "narrow" : "wide";
      if (box.dataset.size === size) return;
      box.dataset.size = size;
      var spec = Object.assign({ config: data.config }, data.specs[box.dataset.theme + "-" + size]);
      vegaEmbed(box, spec, {
        actions: false, renderer: "svg", ast: true, defaultStyle: false, loader: { load: refuse, sanitize: refuse }
      });
    });
  }
  window.addEventListener("resize", draw);
  draw();
})();"""
