"""What the dossier and the report are made of: released tables and plain facts of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from riskscreen.pipeline.job import Job
from riskscreen.pipeline.subject import municipality_of
from riskscreen.records.clock import stamp, utc_now
from riskscreen.records.texts import Text, same

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.reports import Fact, Picture, ReportContent, ReviewFacts

NOT_RUN = (
    Text(
        "A survey of how the audit's verdicts hold on worlds with a known truth",
        "Een toets van de oordelen op werelden waarvan de waarheid bekend is",
    ),
    Text(
        "Tests of the model as a whole: does it know the future, does it count someone for ever, what if a register "
        "is absent (riskscreen integrity)",
        "Toetsen van het model als geheel: kent het de toekomst, blijft iemand altijd meetellen, wat als een register "
        "ontbreekt (riskscreen integrity)",
    ),
    Text(
        "A comparison with other windows, thresholds and outcomes (riskscreen integrity --multiverse)",
        "Een vergelijking met andere periodes, grenzen en uitkomsten (riskscreen integrity --multiverse)",
    ),
    Text(
        "Other models beside the card, also in neighbourhoods that were left out, and how steady its lines are "
        "(riskscreen compare)",
        "Andere modellen naast de puntenkaart, ook in wijken die niet meededen, en hoe vast de regels zijn "
        "(riskscreen compare)",
    ),
    Text(
        "An attack on released tables by someone who knows other tables",
        "Een aanval op vrijgegeven tabellen door iemand die andere tabellen kent",
    ),
)
"""Heavy studies that the main job does not run."""

LIMITS = (
    Text(
        "The outcome is a recorded report, not maltreatment: most maltreated children are never reported, and "
        "reporting differs between groups and areas.",
        "De uitkomst is een geregistreerde melding, geen mishandeling: de meeste mishandelde kinderen worden nooit "
        "gemeld, en hoe vaak er gemeld wordt verschilt per groep en gebied.",
    ),
    Text(
        "Stressors are associated with reports; this does not show that one causes the other.",
        "Stressoren hangen samen met meldingen; dat bewijst niet dat het een door het ander komt.",
    ),
    Text(
        "Nothing here says anything about one family.",
        "Niets hier zegt iets over één gezin.",
    ),
)


def content_of(job: Job, tables: Sequence[ReleasedTable], review: ReviewFacts, subject: str) -> ReportContent:
    """Everything a page shows, from tables that passed the gate.

    Parameters
    ----------
    tables
        Released tables of one channel.
    review
        Where the review stands.
    subject
        Hash of what the review is about.
    """
    from riskscreen.reports import Dates, ReportContent, Request

    scenario, registers = job.scenario, job.value("registers")
    dates = scenario.index_dates
    until = utc_now().date() + timedelta(days=scenario.review.valid_days)
    return ReportContent(
        run=scenario.name,
        municipality=municipality_of(job) or scenario.name,
        outcome=job.value("profile")["outcome"],
        dates=Dates(dates.train, dates.test, dates.now),
        horizon=scenario.horizon,
        tables={table.name: table for table in tables},
        synthetic=registers.synthetic,
        notice=registers.notice,
        real_area_names=registers.synthetic and registers.real_area_names,  # real names of invented families
        review=review,
        request=Request(same(scenario.review.purpose), until, ("internal", "public")),
        chain_head=job.office.ledger.head(),
        subject_hash=subject,
        time=stamp(),
        polygons=job.value("areas")["polygons"],
        no_wijken=job.value("areas")["missing"],
        pictures=_pictures(job),
        facts=_facts(job),
        absent=_absent(job),
        not_run=NOT_RUN,
        limits=_limits(job),
    )


_WHAT = {
    "beeswarm": Text("contributions on profiles of released size", "bijdragen op profielen die groot genoeg zijn"),
    "waterfall": Text("how one profile comes to its total", "hoe één profiel aan zijn totaal komt"),
}
_WHOSE = {
    "card": Text("Chosen model", "Gekozen model"),
    "challenger": Text("Challenger (never released)", "Uitdager (wordt nooit vrijgegeven)"),
}
_READ = {
    "card": Text(
        "The same figures are in the table of contributions.", "Dezelfde cijfers staan in de tabel met bijdragen."
    ),
    "challenger": Text(
        "The same figures are in the table of what the challenger leans on.",
        "Dezelfde cijfers staan in de tabel met waar de uitdager op leunt.",
    ),
}


def _pictures(job: Job) -> Mapping[str, Picture]:
    """The shap pictures of profiles of released size, in both languages."""
    from riskscreen.reports import Picture

    pictures = {}
    for language, drawn in job.value("explain")["pictures"].items():
        for name, png in drawn.items():
            kind, _, model = name.partition("_")
            what, whose, read = _WHAT[kind], _WHOSE[model], _READ[model]
            title = Text(f"{whose.en}: {what.en}", f"{whose.nl}: {what.nl}")
            said = Text(f"{title.en}. {read.en}", f"{title.nl}. {read.nl}")
            pictures[f"{name}.{language}"] = Picture(png, title, said)
    return pictures


def _limits(job: Job) -> tuple[Text, ...]:
    """What every run must say, and first of all when the card is not the municipality's own."""
    fitted = job.value("fit")
    return LIMITS if fitted.local else (fitted.reason, *LIMITS)


def _facts(job: Job) -> tuple[Fact, ...]:
    from riskscreen.reports import Fact

    scenario = job.scenario
    earlier = ", ".join(str(day) for day in scenario.index_dates.train)
    share, margin = f"{scenario.audit.threshold_share:.0%}", f"{scenario.scores.margin:g}"
    by_lot = scenario.places.random_share
    return (
        Fact(Text("Seed", "Startgetal"), same(str(scenario.seed))),
        Fact(Text("Index dates to fit on", "Peildata om op te schatten"), same(earlier)),
        Fact(Text("Index date to judge on", "Peildatum om op te beoordelen"), same(str(scenario.index_dates.test))),
        Fact(Text("Margin of the choice (AUROC)", "Marge van de keuze (AUROC)"), same(margin)),
        Fact(Text("Which model, and why", "Welk model, en waarom"), job.value("fit").reason),
        Fact(Text("Threshold audited second", "Grens die als tweede is getoetst"), same(share)),
        Fact(Text("Release threshold", "Drempel voor vrijgave"), same(str(scenario.release.threshold))),
        Fact(Text("Budget (EUR)", "Budget (EUR)"), same(f"{job.value('places').budget:,.0f}")),
        Fact(Text("Scarce places that fall by lot", "Schaarse plekken door loting"), same(f"{by_lot:.0%}")),
        Fact(Text("Registers (hash)", "Registers (hash)"), same(job.keys["registers"][:16])),
    )  # fmt: skip


def _absent(job: Job) -> tuple[Text, ...]:
    """Registers that are not there, and what cannot be seen without them."""
    from riskscreen.registers import schemas

    present = job.value("registers").present
    return tuple(schema.meaning for name, schema in schemas().items() if name not in present)
