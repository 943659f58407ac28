"""The sheets per wijk: tables of a run in, one page per wijk and language out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from riskscreen.errors import UsageError
from riskscreen.pipeline.job import Job
from riskscreen.pipeline.running import open_job, silent
from riskscreen.reports.numbers import LANGUAGES, Language
from riskscreen.settings import Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.pipeline.job import Tell
    from riskscreen.reports import ReportContent


def make_wijk_sheets(
    scenario: str | Path | Scenario,
    folder: Path,
    *,
    wijken: Sequence[str] = (),
    languages: Sequence[str] = LANGUAGES,
    pdf: bool = False,
    tell: Tell = silent,
) -> tuple[Path, ...]:
    """Write one page per wijk: who lives there, what piles up, what is offered, where to meet, what stays unmet.

    With an approval for the internal channel they are made from released tables, without one they say that they are
    drafts for review.

    Parameters
    ----------
    scenario
        A scenario, the path of a scenario file, or the name of a shipped one; what it needs is run first.
    folder
        Where ``<wijk>.<language>.html`` goes.
    wijken
        Codes; default all.
    languages
        ``nl``, ``en`` or both.
    pdf
        Also print each to PDF, with a Chromium that is on the machine.
    tell
        Called with one line per step.

    Raises
    ------
    UsageError
        Another language, or a wijk that is not there.
    MachineError
        A file cannot be written, or there is no Chromium to print with (the HTML pages are there then).
    """
    from riskscreen.reports.printing import print_pdf
    from riskscreen.reports.wijk_sheet import wijken_of, write_wijk_sheets

    chosen: list[Language] = [language for language in LANGUAGES if language in languages]
    if len(chosen) < len(set(languages)) or not chosen:
        raise UsageError(f"no sheets in {', '.join(map(repr, languages))}", do="choose nl or en")
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("audit")
        content = _content(job)
    known = wijken_of(content)
    unknown = sorted(set(wijken) - set(known))
    if unknown:
        raise UsageError(f"there is no wijk {', '.join(unknown)}", do=f"choose from {', '.join(known)}")
    pages = write_wijk_sheets(folder, content, wijken=tuple(wijken), languages=chosen)
    return (*pages, *(print_pdf(page) for page in pages)) if pdf else pages


def _content(job: Job) -> ReportContent:
    """Tables of the internal channel where an approval holds, else drafts."""
    from riskscreen.pipeline.gating import through_gate
    from riskscreen.pipeline.pages import content_of
    from riskscreen.pipeline.subject import approval_of, subject_of
    from riskscreen.pipeline.tracking import review_facts
    from riskscreen.reports import ReviewFacts

    subject = subject_of(job)
    approval = approval_of(job, "internal")
    if approval is None:
        return content_of(job, through_gate(job, job.tables(), subject=subject), ReviewFacts(), subject.hash)
    tables = through_gate(job, job.tables(), "internal", subject)
    return content_of(job, tables, review_facts(approval), subject.hash)
