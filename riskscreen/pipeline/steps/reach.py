"""Who was reached in the year before the index date, from the register or from spreadsheets of providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made
from riskscreen.settings import add_months

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.programmes import Reach
    from riskscreen.records.tables import Table

YEAR = 12
"""Months before the index date in which an offer counts."""


def measure_reach(job: Job) -> Made:
    """Offered, taken up and completed per programme and target group; and the same by group of families."""
    from riskscreen.linkage import replace_numbers
    from riskscreen.programmes import count_reach, given_table, reach_table

    scenario, found, registers = job.scenario, job.value("targets"), job.value("registers")
    day, by = scenario.index_dates.now, list(scenario.audit.by)
    since = add_months(day, -YEAR)
    replace_numbers(registers)  # a kept link step leaves the crosswalk, not the views
    reach, cells = count_reach(
        job.engine,
        found["targets"].groups,
        found["catalogue"].programmes,
        day,
        since,
        register=registers.covers("participation", since, day),
        by=by,
        earlier=scenario.index_dates.all,
        threshold=job.threshold,
    )
    groups = _groups(job, open_counts(cells)) if reach.known else ()
    reach, left_out = _with_files(job, reach)
    given = given_table(reach, found["catalogue"], job.value("areas")["names"])
    tables = (reach_table(reach, found["catalogue"], found["targets"].groups), *([given] if given else []), *groups)
    return Made(reach, tables, detail=_detail(reach) + left_out)


def _with_files(job: Job, reach: Reach) -> tuple[Reach, str]:
    """What providers wrote down, where the scenario names their files; and what was left out of it, in words."""
    from riskscreen.programmes import families_there, read_provider_files, with_given

    asked = job.scenario.reach
    if asked is None:
        return reach, ""
    names = job.value("areas")["names"]
    provided = read_provider_files(
        asked.files,
        mapping=asked.mapping,
        programmes=job.value("targets")["catalogue"].names,
        areas={code: names.get(code, code) for code in reach.members["area_block"].dropna().unique()},
        since=reach.since,
        day=reach.day,
        most=families_there(job.engine, [d for d in job.scenario.index_dates.all if reach.since <= d <= reach.day]),
    )
    rows = f"{provided.outside} row{'' if provided.outside == 1 else 's'}"
    left_out = f"; {rows} about quarters outside the year left out" if provided.outside else ""
    told = with_given(reach, provided.counts, provided.quarters)
    return told, left_out + _doubt(told)


def _doubt(reach: Reach) -> str:
    """Where reach is not known because more was offered than families that it fits, in words."""
    if not reach.doubtful:
        return ""
    wijken = len({area for _, area in reach.doubtful})
    programmes = ", ".join(sorted({programme for programme, _ in reach.doubtful}))
    return f"; not known in {wijken} wijk(en): more offers than families that it fits ({programmes})"


def _groups(job: Job, cells: pd.DataFrame) -> tuple[Table, ...]:
    """The same by group of families: explored, no verdicts beyond those named beforehand."""
    from riskscreen.fairness import audit
    from riskscreen.fairness.reached import reached_tables

    scenario = job.scenario
    if cells.empty:
        return ()
    found = audit(
        cells,
        outcome="taken_up",
        selected="offered",
        by=list(scenario.audit.by),
        settings=scenario.audit.model_copy(update={"confirmatory": ()}),
        subject="offer",
        block="area_block",
        seed=scenario.seed,
        threshold=job.threshold,
    )
    return reached_tables(found)


def _detail(reach: Reach) -> str:
    """Which source spoke, and how many families of the target groups were offered something."""
    told = sorted(set(reach.sources.values()) - {"none"})
    if not told:
        return "not known: no register of participation that covers the year, and no spreadsheets"
    sure = reach.anyone.dropna(subset=["offered"])
    families, offered = (int(sure[name].sum()) for name in ("families", "offered"))
    if not families:
        empty = "no family in a target group that a programme fits"
        return empty if reach.anyone.empty else "not known: the numbers of providers cannot be a share of families"
    return f"{offered / families:.0%} of families in target groups offered something ({' and '.join(told)})"
