"""Write the pages: the report for the municipality, the dossier for the ethics board, and the page for everybody."""

from __future__ import annotations

from pathlib import Path

from riskscreen.reports.content import ReportContent
from riskscreen.reports.dossier_page import dossier_page
from riskscreen.reports.page import write_page
from riskscreen.reports.public_page import public_page
from riskscreen.reports.report_page import report_page


def write_report(path: Path, content: ReportContent) -> Path:
    """Write ``report.html`` for the municipality.

    Parameters
    ----------
    path
        The file to write.
    content
        Released tables and plain facts.

    Returns
    -------
    Path
        The file: one HTML file in Dutch and English that needs nothing else and loads nothing.

    Raises
    ------
    MachineError
        The file cannot be written.
    """
    return write_page(path, content, report_page)


def write_dossier(path: Path, content: ReportContent) -> Path:
    """Write ``dossier.html`` for the ethics board: two pages to decide on, then the annexes.

    Parameters, result and errors are those of :func:`write_report`.
    """
    return write_page(path, content, dossier_page)


def write_public(path: Path, content: ReportContent) -> Path:
    """Write ``public.html`` for everybody: supply, reach and unmet need per wijk.

    Parameters, result and errors are those of :func:`write_report`; give it tables of the public channel only.
    """
    return write_page(path, content, public_page)
