"""Proxies and what-ifs of a run: who is told by the stressors, and what another way of selecting would do to whom.

Rows stay in the engine: what-ifs are fitted on counts, and their chances of selection are joined to the families there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.errors import UsageError
from riskscreen.pipeline.design import design_of
from riskscreen.pipeline.gating import through_gate
from riskscreen.pipeline.group_rules import by_group
from riskscreen.pipeline.job import Job
from riskscreen.pipeline.running import Tell, open_job, silent
from riskscreen.pipeline.selecting import Scene, count_levels, ids_of
from riskscreen.records.card import Card
from riskscreen.records.clock import stamp
from riskscreen.records.texts import Text, same
from riskscreen.settings import Scenario, load_scenario

if TYPE_CHECKING:
    from riskscreen.disclosure.gate import ReleasedTable
    from riskscreen.fairness.mitigation import Mitigated
    from riskscreen.fairness.proxies import Carrier, ProxyCounts, Recovery
    from riskscreen.fairness.results import Audit
    from riskscreen.fairness.what_ifs import WhatIf
    from riskscreen.records.tables import Table
    from riskscreen.reports import ReportContent
    from riskscreen.reports.numbers import Language

SHOWN = ("proxies", "proxy_carriers", "what_ifs", "what_if_scores")
"""Tables for a reader; ``--json`` gives all."""


@dataclass(frozen=True, repr=False)
class MitigationResult:
    """What was found, as tables after the gate (draft for review); a what-if itself never comes out.

    Parameters
    ----------
    content
        The tables, with what a reader must know of the run.
    """

    content: ReportContent

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.content.run

    @property
    def tables(self) -> tuple[ReleasedTable, ...]:
        """All tables, as they passed the gate."""
        return tuple(self.content.tables.values())

    def table(self, name: str) -> ReleasedTable:
        """The table called ``name``."""
        for table in self.tables:
            if table.name == name:
                return table
        names = ", ".join(table.name for table in self.tables)
        raise UsageError(f"there is no table {name!r}", do=f"choose from {names}")

    def plot(self, language: Language = "en") -> Any:
        """The frontier: a mark per what-if, by its largest gap and by how well risks fit the group they fit worst.

        Parameters
        ----------
        language
            ``en`` or ``nl``.

        Returns
        -------
        altair.LayerChart

        Raises
        ------
        UsageError
            Another language.
        """
        from riskscreen.reports.frontier_chart import frontier_chart
        from riskscreen.reports.marks import config

        if language not in ("en", "nl"):
            raise UsageError(f"there is no language {language!r}", do="choose en or nl")
        return frontier_chart(self.table("what_ifs"), language).configure(**config())

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write the pages for the board: ``what-ifs.nl.html`` and ``what-ifs.en.html``.

        Raises
        ------
        MachineError
            A page cannot be written.
        """
        from riskscreen.reports.what_if_page import write_what_ifs

        return write_what_ifs(folder, self.content)

    def to_json(self) -> str:
        """One JSON object per line: the rows of all tables, as they passed the gate."""
        from riskscreen.records.show import json_lines

        return "\n".join(json_lines(table.table) for table in self.tables if table.table.rows)

    def __str__(self) -> str:
        return "\n\n".join([*(str(table) for table in self._shown()), self.next])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self._shown()) + f"<p>{escape(self.next)}</p>"

    def _shown(self) -> Iterator[ReleasedTable]:
        return (table for table in self.tables if table.name in SHOWN)

    @property
    def next(self) -> str:
        """What to do now."""
        table = self.table("what_ifs").table
        labels = table.column("what_if").labels
        names = [labels[str(row["what_if"])].en for row in table.records() if row["result"] == "may_be_proposed"]
        if not names:
            return (
                f"Next: no what-if may be proposed. riskscreen mitigate {self.scenario} --without STRESSOR looks at "
                "another one; --json shows every gap that was opened."
            )
        return (
            f"Next: {', '.join(names)} may be proposed to the board: name the other stressors under stressors in a "
            "scenario of its own, then riskscreen run it; that run is audited and reviewed like any other."
        )


def mitigate(
    scenario: str | Path | Scenario = "demo",
    *,
    without: Sequence[str] = (),
    attribute: str = "",
    tell: Tell = silent,
) -> MitigationResult:
    """Which stressors tell of a sensitive feature, and what selecting without them, or by groups, would do to whom.

    Parameters
    ----------
    scenario, tell
        As for :func:`riskscreen.run`; steps up to the fit are run first, where they changed.
    without
        Stressors to leave out together; default: per attribute the one that carries it most, each alone and all
        together, as far as the card has lines on them.
    attribute
        The attribute that the what-ifs which read a sensitive feature read; default: the one with the largest gap.

    Raises
    ------
    UsageError
        There is no such stressor or attribute.
    RiskscreenError
        A mistake in settings or registers, a refusal by the gate, or a fault of the machine.
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    _check(given, without, attribute)
    with open_job(given, Path("runs"), tell) as job:
        job.perform("fit")
        job.put_back("profile")
        job.note("mitigation", {**design_of(job), "without": sorted(set(without)), "attribute": attribute})
        recovered, carriers = _proxies(job, tell)
        found = _compared(job, tuple(sorted(set(without))), attribute, carriers, tell)
        tables = through_gate(job, _tables(job, recovered, carriers, found))
        return MitigationResult(_content(job, tables))


def _check(scenario: Scenario, without: Sequence[str], attribute: str) -> None:
    """Before any work: do these exist?"""
    from riskscreen.stressors.loading import load_catalogue

    ids = load_catalogue(scenario.stressors).ids
    if unknown := [name for name in without if name not in ids]:
        raise UsageError(f"there is no stressor {', '.join(unknown)}", do=f"choose from {', '.join(ids)}")
    if attribute and attribute not in scenario.audit.by:
        raise UsageError(f"there is no attribute {attribute}", do=f"choose from {', '.join(scenario.audit.by)}")


def _content(job: Job, tables: Sequence[ReleasedTable]) -> ReportContent:
    """The tables with what a reader must know of the run: a draft, which is all that a what-if can be."""
    from riskscreen.reports import Dates, Fact, ReportContent, Request, ReviewFacts
    from riskscreen.reports.numbers import percent

    scenario, registers, dates = job.scenario, job.value("registers"), job.scenario.index_dates
    share = Text(*(percent(scenario.audit.threshold_share, language) for language in ("en", "nl")))
    return ReportContent(
        run=scenario.name,
        municipality=str(registers.municipality) or scenario.name,
        outcome=job.value("profile")["outcome"],
        dates=Dates(dates.train, dates.test, dates.now),
        horizon=scenario.horizon,
        tables={table.name: table for table in tables},
        synthetic=registers.synthetic,
        notice=registers.notice,
        real_area_names=False,  # no area is named here
        review=ReviewFacts(),
        request=Request(same(scenario.review.purpose)),
        chain_head=job.office.ledger.head(),
        subject_hash="",
        time=stamp(),
        facts=(Fact(Text("Share of families selected, each way", "Deel dat elke manier kiest"), share),),
    )


def _tables(
    job: Job, recovered: Sequence[Recovery], carriers: Sequence[Carrier], found: Sequence[Mitigated]
) -> tuple[Table, ...]:
    from riskscreen.fairness.mitigation_tables import gaps_table, opened_table, scores_table, what_ifs_table
    from riskscreen.fairness.proxy_tables import carriers_table, proxies_table, proxy_groups_table

    names = {stressor.id: stressor.name for stressor in job.value("profile")["stressors"]}
    return (
        proxies_table(recovered, carriers, names),
        proxy_groups_table(recovered),
        carriers_table(carriers, names),
        what_ifs_table(found, names),
        scores_table(found, names),
        opened_table(found, names),
        gaps_table(found, names),
    )


def estimators(seed: int) -> Mapping[str, Any]:
    """What recovers an attribute: a logistic model, and gradient boosting for what goes together in other ways."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    return {
        "logistic": LogisticRegression(max_iter=2000),
        "boosting": HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=seed
        ),
    }


def _proxies(job: Job, tell: Tell) -> tuple[list[Recovery], list[Carrier]]:
    from riskscreen.fairness.proxies import find_carriers, recover

    models, seed = estimators(job.scenario.seed), job.scenario.seed
    recovered: list[Recovery] = []
    carriers: list[Carrier] = []
    for name in job.scenario.audit.by:
        tell(f"proxies: what the stressors tell of {name}")
        if (counts := _proxy_counts(job, name)) is not None:
            recovered += [recover(counts, model, name=code, seed=seed) for code, model in models.items()]
            carriers += find_carriers(counts, models["logistic"], seed=seed)
    return recovered, carriers


def _proxy_counts(job: Job, attribute: str) -> ProxyCounts | None:
    """Levels by one attribute, of all families on the test date; stressors that nobody is covered for left out."""
    from riskscreen.fairness.proxies import proxy_counts

    keys = ["fold", "area_block", attribute, *ids_of(job)]
    counts = count_levels(job, keys, f"index_date = DATE '{job.scenario.index_dates.test}'")
    covered = tuple(name for name in ids_of(job) if counts[name].notna().any())
    return proxy_counts(counts, covered, attribute, minimum=job.scenario.audit.minimum)


def _compared(
    job: Job, without: tuple[str, ...], attribute: str, carriers: Sequence[Carrier], tell: Tell
) -> list[Mitigated]:
    """The card first; then cards on other stressors; then, for the board only, what reads an attribute."""
    scene = Scene.of(job)
    card, before = _audited(scene, scene.base)
    read = attribute or (card.largest.attributes[0] if card.largest is not None else job.scenario.audit.by[0])
    others = chain(_on_other_stressors(scene, without, carriers, tell), by_group(scene, read, tell))
    return [card, *(_audited(scene, what_if, before)[0] for what_if in others)]


def _audited(scene: Scene, what_if: WhatIf, before: Audit | None = None) -> tuple[Mitigated, Audit]:
    from riskscreen.fairness.mitigation import reaudit

    scenario = scene.job.scenario
    return reaudit(
        what_if,
        scene.cells(what_if),
        by=scenario.audit.by,
        settings=scenario.audit,
        seed=scenario.seed,
        threshold=scene.job.threshold,
        before=before,
    )


def _on_other_stressors(
    scene: Scene, without: tuple[str, ...], carriers: Sequence[Carrier], tell: Tell
) -> Iterator[WhatIf]:
    for name, removed in _removals(scene.card, without, carriers):
        tell(f"what if: the card without {', '.join(removed)}")
        yield scene.on_other_stressors(name, removed)


def _removals(
    card: Card, without: tuple[str, ...], carriers: Sequence[Carrier]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if without:
        yield f"without:{'+'.join(without)}", without
        return
    strongest: dict[str, str] = {}
    for one in carriers:
        if one.carries and one.stressor in card.stressors:
            strongest.setdefault(one.attribute, one.stressor)
    names = tuple(dict.fromkeys(strongest.values()))
    yield from ((f"without:{name}", (name,)) for name in names)
    if len(names) > 1:
        yield "without:carriers", names
