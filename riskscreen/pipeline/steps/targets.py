"""Target groups: found, judged, looked at from all sides, where to meet them, and who could be offered what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job, Made
from riskscreen.pipeline.steps.reading import area_register

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.areas.groups import Targets
    from riskscreen.areas.halves import Halves
    from riskscreen.programmes.bundles import Bundle, Fitting
    from riskscreen.programmes.catalogue import Catalogue
    from riskscreen.programmes.meeting import Meetings
    from riskscreen.records.definitions import TargetGroup
    from riskscreen.records.tables import Table


def find_all_targets(job: Job) -> Made:
    """Readable target groups with their figures, and the programmes that fit each.

    A combination of the multiverse asks for the groups only: then the rest is left out.
    """
    from riskscreen.areas.targets import count_targets, find_targets
    from riskscreen.programmes.bundles import count_fitting, leads, make_bundles
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.programmes.eligibility import FLOOR_COLUMNS, count_eligible

    scenario, dates, threshold = job.scenario, job.scenario.index_dates, job.threshold
    stressors = job.value("profile")["stressors"]
    counts = open_counts(count_targets(job.engine, [s.id for s in stressors], threshold=threshold))
    targets = find_targets(
        counts,
        stressors=stressors,
        settings=scenario.targets,
        train=dates.train,
        test=dates.test,
        now=dates.now,
        seed=scenario.seed,
        threshold=threshold,
        own=_own(job),
        report=not job.again,
    )
    catalogue = load_programmes(
        scenario.programmes,
        assumptions=scenario.assumptions,
        stressors=[s.id for s in stressors],
        own_stressors=scenario.stressors != "all",
    )
    eligible = open_counts(
        count_eligible(
            job.engine, targets.groups, catalogue.programmes, dates.now, threshold=threshold, by=FLOOR_COLUMNS
        )
    )
    value = {"targets": targets, "catalogue": catalogue, "eligible": eligible}
    if job.again:
        return Made(value)
    halves = _halves(job, counts)
    fitting = count_fitting(job.engine, targets.groups, catalogue.programmes, dates.now)
    bundles = make_bundles(fitting, targets.groups, catalogue.programmes, _piled(targets, halves))
    meetings = _meetings(job, targets, catalogue)
    value |= {"bundles": bundles, "meetings": meetings}
    return Made(
        value,
        (
            targets.table(leads(bundles), catalogue.names),
            *_more_tables(job, targets, halves),
            *_meeting_tables(meetings, targets, catalogue, bundles, fitting),
            catalogue.table(),
            catalogue.effects(),
        ),
        _told(targets, len(leads(bundles))),
    )


def _told(targets: Targets, fitting: int) -> str:
    left_out = f"; left out: {', '.join(targets.left_out)} (few families, or too near another)"
    found = f"{len(targets.groups)} target groups found, {fitting} with a programme that fits"
    return f"{found}{left_out if targets.left_out else ''}"


def _own(job: Job) -> tuple[TargetGroup, ...]:
    """The user's own groups; none: groups are searched."""
    from riskscreen.areas.own import load_own_groups

    path = job.scenario.targets.own
    return () if path is None else load_own_groups(path, job.value("profile")["stressors"])


def _halves(job: Job, counts: pd.DataFrame) -> Halves:
    from riskscreen.areas.halves import split_halves

    dates = job.scenario.index_dates
    given = {"stressors": job.value("profile")["stressors"], "seed": job.scenario.seed}
    return split_halves(counts, train=dates.train, test=dates.test, now=dates.now, **given)


def _piled(targets: Targets, halves: Halves) -> dict[str, dict[str, float]]:
    from riskscreen.areas.piling import domain_shares

    return domain_shares(targets, halves)


def _more_tables(job: Job, targets: Targets, halves: Halves) -> tuple[Table, ...]:
    """Overlap, domains, other outcomes, who reported, and the curve."""
    from riskscreen.areas.curve import by_lot, covered, curve_table, ladders_of
    from riskscreen.areas.halves import outcomes_of
    from riskscreen.areas.piling import domains_table, overlap_table

    ladders = ladders_of(targets, halves, _by_area(job))
    curves = [*(covered(one, seed=job.scenario.seed) for one in ladders), *by_lot()]
    judged = halves.judged
    return (
        overlap_table(targets, halves),
        domains_table(targets, halves),
        *_recorded_tables(job, targets, halves),
        curve_table(curves, int(judged["families"].sum()), int(outcomes_of(judged).sum())),
    )


def _recorded_tables(job: Job, targets: Targets, halves: Halves) -> tuple[Table, ...]:
    from riskscreen.areas.halves import UNKNOWN
    from riskscreen.areas.recording import Recorded, count_recorded, ranks_table, reporters_table
    from riskscreen.linkage import replace_numbers
    from riskscreen.settings import read_yaml, shipped
    from riskscreen.stressors.coverage import outcome_dates
    from riskscreen.stressors.loading import load_outcome

    scenario, registers = job.scenario, job.value("registers")
    day = scenario.index_dates.test
    replace_numbers(registers)  # kept steps leave the crosswalk, not the views
    ids = [str(entry["id"]) for entry in read_yaml(shipped("outcomes.yaml"))["outcomes"]]
    defined = [load_outcome(name) for name in dict.fromkeys((scenario.outcome, *ids))]
    seen = [one for one in defined if outcome_dates(one, registers, [day], scenario.horizon)]
    standing = count_recorded(
        job.engine,
        targets.groups,
        [Recorded(one.outcome, one.where, one.only_first) for one in seen],
        day=day,
        horizon=scenario.horizon,
        wijken=sorted(halves.judged["area_block"].fillna(UNKNOWN).unique()),
    )
    named = "reporter" in registers.opened["reports"].columns
    return ranks_table(targets, standing, seed=scenario.seed), reporters_table(targets, standing, known=named)


def _by_area(job: Job) -> pd.DataFrame | None:
    """Counts by buurt on the test date, with the share of low incomes; ``None`` when that is not known."""
    from riskscreen.engine.cells import count_cells

    areas = area_register(job)
    if areas is None or not areas["low_income_share"].notna().any():
        return None
    where = f"outcome IS NOT NULL AND NOT apart AND index_date = DATE '{job.scenario.index_dates.test}'"
    cells = count_cells(job.engine, ("area", "area_block"), threshold=job.threshold, where=where, name="buurt_cells")
    return open_counts(cells).merge(areas[["area", "low_income_share"]], on="area", how="left")


def _meetings(job: Job, targets: Targets, catalogue: Catalogue) -> Meetings:
    from riskscreen.linkage import replace_numbers
    from riskscreen.programmes.meeting import find_meetings

    registers, dates = job.value("registers"), job.scenario.index_dates
    replace_numbers(registers)
    return find_meetings(registers, targets.groups, catalogue.programmes, now=dates.now, test=dates.test)


def _meeting_tables(
    meetings: Meetings, targets: Targets, catalogue: Catalogue, bundles: Sequence[Bundle], fitting: Fitting
) -> tuple[Table, ...]:
    from riskscreen.programmes.bundles import bundles_table
    from riskscreen.programmes.meeting import PLACES
    from riskscreen.programmes.meeting_tables import (
        meeting_table,
        offers_table,
        places_of_programmes,
        programme_places_table,
    )

    met = places_of_programmes(meetings, catalogue)
    return (
        bundles_table(bundles, fitting, targets.groups, catalogue.names, met, PLACES),
        meeting_table(meetings, targets.groups),
        offers_table(meetings, catalogue),
        programme_places_table(meetings, catalogue, targets.groups),
    )
