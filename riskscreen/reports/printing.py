"""A page to PDF, by a Chromium that is already on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from riskscreen.errors import MachineError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SETTING = "RISKSCREEN_CHROMIUM"
PATIENCE = 120
"""Seconds that printing may take."""


def print_pdf(page: Path) -> Path:
    """Print a page of our own to a PDF beside it, on the paper that the page asks for.

    Raises
    ------
    MachineError
        There is no Chromium, or it does not print.
    """
    browser, target = _browser(page), page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "page.pdf"
        _run([browser, *_options(Path(place)), f"--print-to-pdf={made}", page.resolve().as_uri()], page)
        if not made.is_file():
            raise MachineError(f"{browser} printed nothing", do=_do(page))
        shutil.move(made, target)
    return target


def _browser(page: Path) -> str:
    given = os.environ.get(SETTING)
    found = given if given and Path(given).is_file() else next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise MachineError("there is no Chromium to print with", do=_do(page))
    return found


def _options(place: Path) -> list[str]:
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run", f"--user-data-dir={place}"]
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium has no sandbox for root; the page loads nothing
    return [*options, "--no-sandbox"] if root else options


def _run(command: list[str], page: Path) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        raise MachineError(f"{command[0]} does not print: {type(error).__name__}", do=_do(page)) from None


def _do(page: Path) -> str:
    return (
        f"install chromium, or give the path of Chrome or Edge in {SETTING}; or open {page} in a browser and print it "
        "to PDF yourself: it is laid out for A4"
    )
