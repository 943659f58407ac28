"""The steps of the main job, in order. Each reads what earlier steps made and calls one stage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskscreen.engine.cells import count_cells
from riskscreen.engine.handles import Profiles, open_counts
from riskscreen.errors import RegisterError
from riskscreen.pipeline.design import card_hash, design_of
from riskscreen.pipeline.job import Job, Made, Step
from riskscreen.pipeline.preflight import check_dates
from riskscreen.pipeline.sources import make_registers, registers_path, store_folder
from riskscreen.pipeline.store import Store
from riskscreen.pipeline.subject import approval_of, subject_of
from riskscreen.records.clock import utc_now

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.disclosure.gate import ReleasedTable

JUDGED = "fold >= 7"
"""Families that the card was not fitted on."""
KNOWN = "outcome IS NOT NULL AND NOT apart"


def open_or_make(job: Job) -> Made:
    """Open the registers; make them first when they are synthetic and not there yet."""
    from riskscreen.registers import open_registers

    made = make_registers(job.scenario)
    source = job.scenario.registers
    registers = open_registers(
        registers_path(job.scenario),
        mapping=source.mapping,
        basis=source.basis,
        engine=job.engine,
        threshold=job.scenario.release.threshold,
    )
    job.keys["registers"] = registers.content_hash
    job.store = Store(store_folder(job.scenario), job.scenario.name)
    kind = "synthetic, all made up" if registers.synthetic else "your own"
    verb = "made and opened" if made else "opened"
    return Made(registers, detail=f"{verb} {len(registers.present)} registers ({kind})")


def check_all(job: Job) -> Made:
    """Refuse registers with faults; warnings are told."""
    from riskscreen.registers import check

    report = check(job.value("registers"))
    if not report.ok:
        raise RegisterError(
            f"the registers have {len(report.faults)} kind(s) of faults",
            faults=tuple(str(finding) for finding in report.faults),
            do="mend them at the source or in the mapping; riskscreen check lists them with row numbers",
        )
    check_dates(job.value("registers"), job.scenario)
    return Made(report, detail=f"no faults, {len(report.warnings)} kind(s) of warnings")


def link_all(job: Job) -> Made:
    """Persons and families on every index date."""
    from riskscreen.linkage import forget_particulars, link

    linkage = link(
        job.value("registers"),
        job.scenario.index_dates.all,
        job.scenario.family,
        key=f"{job.scenario.name}-{job.scenario.seed}",
        threshold=job.scenario.release.threshold,
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


def profile_all(job: Job) -> Made:
    """Levels and profiles of every family, in the engine."""
    from riskscreen.linkage import replace_numbers
    from riskscreen.registers import coverage_table
    from riskscreen.stressors.eligibility import measure_eligibility
    from riskscreen.stressors.eligibility_tables import eligibility_tables
    from riskscreen.stressors.loading import load_catalogue
    from riskscreen.stressors.profiling import profile

    scenario, registers = job.scenario, job.value("registers")
    replace_numbers(registers)  # a kept link step leaves the crosswalk, not the views
    catalogue = load_catalogue(scenario.stressors)
    kept = job.store.listings({"registers": job.keys["registers"], "family": scenario.family.model_dump(mode="json")})
    profiling = profile(
        registers,
        catalogue,
        scenario.outcome,
        scenario.index_dates.all,
        scenario.horizon,
        threshold=scenario.release.threshold,
        kept=kept,
    )
    kept.forget_unused()
    uses: dict[str, int] = {}
    for definition in catalogue.definitions:
        for name in definition.stressor.registers:
            uses[name] = uses.get(name, 0) + 1
    dates = scenario.index_dates
    measured = measure_eligibility(
        job.engine, catalogue, dates.all, dates.train[-1], threshold=scenario.release.threshold
    )
    seen = sum(profiling.covered[d.id, scenario.index_dates.now] for d in catalogue.definitions)
    return Made(
        {
            "stressors": tuple(d.stressor for d in catalogue.definitions),
            "keys": profiling.profiles.keys,
            "outcome": profiling.outcome.outcome.name,
        },
        (coverage_table(registers, uses), *profiling.tables(), *eligibility_tables(measured, dates.train[-1])),
        detail=f"{seen} of {len(catalogue.definitions)} stressors covered",
    )


def fit_all(job: Job) -> Made:
    """Count, card and challenger; the simplest within the margin."""
    from riskscreen.scores.fit import fit

    dates = job.scenario.index_dates
    fitted = fit(
        open_counts(profiles_of(job)),
        stressors=job.value("profile")["stressors"],
        settings=job.scenario.scores,
        train=dates.train,
        test=dates.test,
        seed=job.scenario.seed,
        log=lambda kind, body: job.note(kind, {**design_of(job), **body}),
        threshold=job.scenario.release.threshold,
        estimate_base=job.scenario.release.estimate_base,
        outcome=job.scenario.outcome,
    )
    job.note("fitted", {**design_of(job), "card": card_hash(fitted.chosen)})
    detail = f"chosen: {fitted.chosen.name}, {len(fitted.chosen.lines)} lines"
    return Made(fitted, tuple(fitted.tables), detail=detail)


def explain_all(job: Job) -> Made:
    """What each stressor adds; how risk rises with the number of domains."""
    from riskscreen.explanation.explain import explain
    from riskscreen.scores.fit import FIT_FOLDS

    fitted = job.value("fit")
    explanation = explain(
        fitted.chosen,
        open_counts(profiles_of(job)),
        job.value("profile")["stressors"],
        dates=(job.scenario.index_dates.test,),
        challenger=fitted.challenger,
        threshold=job.scenario.release.threshold,
        estimate_base=job.scenario.release.estimate_base,
        unseen_folds=sorted(set(range(10)) - set(FIT_FOLDS)),
    )
    pictures = {language: explanation.pictures(language) for language in ("nl", "en")}
    return Made({"pictures": pictures}, tuple(explanation.tables), detail="contributions and accumulation")


def estimate_all_areas(job: Job) -> Made:
    """Shrunken rates per wijk and buurt."""
    from riskscreen.areas.rates import estimate_areas

    release, test = job.scenario.release, job.scenario.index_dates.test
    card = job.value("fit").chosen
    cells = open_counts(
        count_cells(
            job.engine,
            ["area", "area_block"],
            threshold=release.threshold,
            card=card,
            where=f"{KNOWN} AND index_date = DATE '{test}'",
            name="area_cells",
        )
    )
    areas = _areas(job)
    estimates = tuple(
        estimate_areas(
            cells,
            level=level,
            areas=areas,
            card=card,
            threshold=release.threshold,
            estimate_base=release.estimate_base,
        )
        for level in ("wijk", "buurt")
    )
    return Made(
        {"polygons": _polygons(areas), "names": _names(areas)},
        tuple(estimate.table() for estimate in estimates),
        detail=" and ".join(f"{len(e.rows)} {e.level}en" for e in estimates),
    )


def find_all_targets(job: Job) -> Made:
    """Readable target groups, and the programme that fits each."""
    from riskscreen.areas.targets import count_targets, find_targets
    from riskscreen.programmes.catalogue import load_programmes
    from riskscreen.programmes.eligibility import count_eligible, fitting_programmes

    scenario, dates, threshold = job.scenario, job.scenario.index_dates, job.scenario.release.threshold
    stressors = job.value("profile")["stressors"]
    targets = find_targets(
        open_counts(count_targets(job.engine, [s.id for s in stressors], threshold=threshold)),
        stressors=stressors,
        settings=scenario.targets,
        train=dates.train,
        test=dates.test,
        now=dates.now,
        seed=scenario.seed,
        threshold=threshold,
    )
    catalogue = load_programmes(
        scenario.programmes,
        assumptions=scenario.assumptions,
        stressors=[s.id for s in stressors],
        own_stressors=scenario.stressors != "all",
    )
    eligible = open_counts(
        count_eligible(job.engine, targets.groups, catalogue.programmes, dates.now, threshold=threshold)
    )
    fits = fitting_programmes(eligible, targets.groups, catalogue.programmes)
    tables = (targets.table(fits, catalogue.names), catalogue.table())
    return Made(
        {"targets": targets, "catalogue": catalogue, "eligible": eligible},
        tables,
        f"{len(fits)} groups with a programme that fits",
    )


def divide_places(job: Job) -> Made:
    """Places within the budget, and the same numbers for doing it otherwise."""
    from riskscreen.programmes import allocate, compare_alternatives

    found = job.value("targets")
    plan = allocate(found["eligible"], found["catalogue"], job.scenario.budget, rates=found["targets"].rates)
    compared = compare_alternatives(
        job.engine,
        plan,
        found["targets"].groups,
        test=job.scenario.index_dates.test,
        areas=_areas(job),
        threshold=job.scenario.release.threshold,
    )
    return Made(
        plan,
        (plan.table(job.value("areas")["names"]), compared.table()),
        detail=f"{plan.places:,} places, EUR {plan.cost:,.0f}",
    )


def audit_all(job: Job) -> Made:
    """The offers first, then the points threshold."""
    from riskscreen.fairness import audit, verdict_table
    from riskscreen.programmes import offered_sql

    scenario, found = job.scenario, job.value("targets")
    card, by, threshold = job.value("fit").chosen, list(scenario.audit.by), scenario.release.threshold
    on_test = f"{KNOWN} AND index_date = DATE '{scenario.index_dates.test}'"
    offered = offered_sql(job.value("places"), found["targets"].groups, job.engine)
    offers = audit(
        count_cells(
            job.engine,
            [*by, "area_block", f"({offered})::TINYINT AS offered"],
            threshold=threshold,
            where=on_test,
            name="offer_cells",
        ),
        outcome="outcome",
        selected="offered",
        by=by,
        settings=scenario.audit,
        subject="offer",
        block="area_block",
        seed=scenario.seed,
        threshold=threshold,
    )
    points = audit(
        count_cells(
            job.engine,
            [*by, "area_block"],
            threshold=threshold,
            card=card,
            where=f"{on_test} AND {JUDGED}",
            name="threshold_cells",
        ),
        outcome="outcome",
        points="points",
        by=by,
        settings=scenario.audit,
        subject="threshold",
        risk=card.risk,
        block="area_block",
        seed=scenario.seed,
        threshold=threshold,
    )
    tables = (offers.tables()[0], points.tables()[0], verdict_table(offers, points))
    return Made(None, tables, detail="offers and points threshold, by " + str(len(by)) + " attributes")


def ask_review(job: Job) -> Made:
    """Draft for review: dossier, audit, card and SQL; an MLflow run; a request to the board."""
    from riskscreen.disclosure.gate import gate
    from riskscreen.governance.reviews import demo_approval, request_review
    from riskscreen.pipeline.pages import content_of
    from riskscreen.pipeline.tracking import track
    from riskscreen.reports import ReviewFacts, write_dossier

    scenario, subject, day = job.scenario, subject_of(job), utc_now().date()
    tables = gate(job.tables(), channel="review", office=job.office, subject=subject, release=scenario.release, day=day)
    card = job.value("fit").chosen
    files = {
        "card.json": job.write("card.json", card.to_json()),
        "score.sql": job.write(
            "score.sql",
            card.to_sql(threshold=scenario.release.threshold, stressors=job.value("profile")["stressors"]),
        ),
        "audit.json": job.write("audit.json", _audit_json(tables)),
        "dossier.html": write_dossier(
            job.run_folder / "dossier.html", content_of(job, tables, ReviewFacts(), subject.hash)
        ),
    }
    registers, catalogue = job.value("registers"), job.value("targets")["catalogue"]
    tracked = track(job, tables, files, subject)
    request_review(
        job.office,
        subject,
        purpose=scenario.review.purpose,
        programmes=[item.id for item in catalogue.programmes],
        areas=sorted({offer.area_block for offer in job.value("places").offers}),
        valid_days=scenario.review.valid_days,
        synthetic=registers.synthetic,
        folder=job.runs / scenario.name,
        tracked=tracked.run_id,
        store=scenario.review.store or "",
    )
    if registers.synthetic:
        demo_approval(job.office, subject, synthetic=True, day=day)
    return Made({"tables": tables, "tracked": tracked}, detail=f"MLflow model version {tracked.model_version}")


def release_all(job: Job) -> Made:
    """What the approved review allows: internal and public tables. Without an approval nothing is released."""
    from riskscreen.disclosure.release import release

    records = []
    for channel in ("internal", "public"):
        if approval_of(job, channel) is None:
            continue
        records.append(
            release(
                [table for table in job.tables() if channel in table.channels],
                channel=channel,
                office=job.office,
                subject=subject_of(job),
                release=job.scenario.release,
                day=utc_now().date(),
                out=job.run_folder / "released" / channel,
                folder=(job.runs / job.scenario.name / "released" / channel).as_posix(),
                notice=job.value("registers").notice,
            )
        )
    detail = ", ".join(f"{len(r.tables)} {r.channel}" for r in records) or "nothing: a review must approve first"
    return Made(tuple(records), detail=f"tables: {detail}" if records else detail)


def report_all(job: Job) -> Made:
    """The report for the municipality, from tables of the internal channel; and copies of the office's entries."""
    from riskscreen.disclosure.gate import gate
    from riskscreen.pipeline.pages import content_of
    from riskscreen.pipeline.tracking import copy_entries, review_facts
    from riskscreen.reports import write_report

    subject = subject_of(job)
    approval = approval_of(job, "internal")
    if approval is not None:
        tables = gate(
            [table for table in job.tables() if "internal" in table.channels],
            channel="internal",
            office=job.office,
            subject=subject,
            release=job.scenario.release,
            day=utc_now().date(),
        )
        write_report(job.run_folder / "report.html", content_of(job, tables, review_facts(approval), subject.hash))
    job.write("ledger.jsonl", copy_entries(job.office, subject))
    return Made(None, detail="report.html" if approval else "no report: a review must approve first")


STEPS: tuple[Step, ...] = (
    Step("registers", "open or make registers", open_or_make, kept=False),
    Step("check", "check", check_all, needs=("registers",), settings=("index_dates", "horizon", "outcome")),
    Step(
        "link",
        "link",
        link_all,
        needs=("check",),
        settings=("name", "seed", "index_dates", "family", "release"),
        engine_tables=("spine", "families", "members", "crosswalk"),
    ),
    Step(
        "profile",
        "levels and profiles",
        profile_all,
        needs=("link",),
        settings=("stressors", "outcome", "horizon", "index_dates"),
        engine_tables=("levels",),
    ),
    Step("fit", "fit and compare", fit_all, needs=("profile",), settings=("scores", "seed", "index_dates", "release")),
    Step("explain", "explain", explain_all, needs=("profile", "fit")),
    Step("areas", "areas", estimate_all_areas, needs=("profile", "fit"), settings=("release",)),
    Step(
        "targets",
        "target groups",
        find_all_targets,
        needs=("profile",),
        settings=("targets", "programmes", "assumptions", "seed"),
    ),
    Step("places", "places", divide_places, needs=("profile", "targets", "areas"), settings=("budget",)),
    Step("audit", "audit", audit_all, needs=("profile", "fit", "targets", "places"), settings=("audit", "seed")),
    Step("review", "review", ask_review, needs=("profile",), kept=False),
    Step("release", "release", release_all, kept=False),
    Step("report", "report", report_all, kept=False),
)
"""The main job: read from top to bottom."""


def _audit_json(tables: Sequence[ReleasedTable]) -> str:
    names = ("audit_offer", "audit_threshold", "verdicts")
    body = {"schema": "audit/1", "tables": [table.to_dict() for table in tables if table.name in names]}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _areas(job: Job) -> pd.DataFrame | None:
    if not job.value("registers").has("areas"):
        return None
    return job.engine.frame("SELECT * FROM registers.areas ORDER BY area")


def _names(areas: pd.DataFrame | None) -> dict[str, str]:
    return {} if areas is None else dict(zip(areas["area"], areas["name"], strict=True))


def _polygons(areas: pd.DataFrame | None) -> dict[str, str]:
    """Outlines of areas are public; they are no data about families."""
    if areas is None or "polygon" not in areas.columns:
        return {}
    known = areas[areas["polygon"].notna()]
    return dict(zip(known["area"], known["polygon"], strict=True))


def profiles_of(job: Job) -> Profiles:
    """Profiles with counts over ``levels``, without the families apart."""
    engine, keys = job.engine, job.value("profile")["keys"]
    if not engine.has("profiles"):
        from riskscreen.stressors.profiling import count_profiles

        count_profiles(engine, keys)
    return Profiles(engine, "profiles", keys, threshold=job.scenario.release.threshold)
