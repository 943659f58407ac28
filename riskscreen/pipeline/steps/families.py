"""From registers to families: opened or made, checked, linked."""

from __future__ import annotations

from riskscreen.errors import RegisterError
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.preflight import check_dates
from riskscreen.pipeline.sources import link_key, make_registers, opened_registers, store_folder
from riskscreen.pipeline.store import Store


def open_or_make(job: Job) -> Made:
    """Open the registers; make them first when they are synthetic and not there yet."""
    made = make_registers(job.scenario)
    registers = opened_registers(job.scenario, job.engine)
    job.keys["registers"] = registers.content_hash
    job.store = Store(store_folder(job.scenario), job.scenario.name)
    kind = "synthetic, all made up" if registers.synthetic else "your own"
    verb = "made and opened" if made else "opened"
    return Made(registers, detail=f"{verb} {len(registers.present)} registers ({kind})")


def check_all(job: Job) -> Made:
    """Refuse registers with faults; warnings are told."""
    from riskscreen.registers import check, check_area_codes, compare_area_codes

    report = check(job.value("registers"))
    if not report.ok:
        raise RegisterError(
            f"the registers have {len(report.faults)} kind(s) of faults",
            faults=tuple(str(finding) for finding in report.faults),
            do="mend them at the source or in the mapping; riskscreen check lists them with row numbers",
        )
    check_dates(job.value("registers"), job.scenario)
    codes = compare_area_codes(job.value("registers"), job.scenario.index_dates.all)
    check_area_codes(codes)
    strange = f"; {codes.text().en}" if codes is not None and codes.fit < codes.given else ""
    return Made(report, detail=f"no faults, {len(report.warnings)} kind(s) of warnings{strange}")


def link_all(job: Job) -> Made:
    """Persons and families on every index date."""
    from riskscreen.linkage import forget_particulars, link

    linkage = link(
        job.value("registers"),
        job.scenario.index_dates.all,
        job.scenario.family,
        key=link_key(job.scenario),
        threshold=job.threshold,
    )
    forget_particulars(job.engine)
    there = {row[0] for row in job.engine.rows("SELECT DISTINCT index_date FROM families WHERE stratum = 'private'")}
    empty = tuple(f"{day}: no families" for day in job.scenario.index_dates.all if day not in there)
    if empty:
        raise RegisterError(
            "the registers hold no families with children in private households on some index dates",
            faults=empty,
            do="look at role, household_kind and the dates in the households, and at birth_date in persons: "
            "a family needs a child and an adult in one household",
        )
    return Made(None, tuple(linkage.tables()), detail="families on every index date")
