"""The annexes of the dossier: everything that the first two sheets rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.explanation.disagreement import disagreement_sentences
from riskscreen.reports import area_parts, charts, findings, parts, plan_parts, target_parts
from riskscreen.reports.blocks import (
    Block,
    Bullets,
    Cell,
    DataTable,
    Details,
    Drawing,
    Facts,
    Heading,
    Prose,
    Section,
    Subsection,
)
from riskscreen.reports.dossier_audit import audit
from riskscreen.reports.dossier_points import points
from riskscreen.reports.glossary import glossary
from riskscreen.reports.numbers import percent, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.tables import data_table

CARD_COLUMNS = ("line", "meaning", "points", "families", "rate")
BARS = "bar_"


def annexes(desk: Desk) -> tuple[Section, ...]:
    """All annexes with their letters."""
    makers: tuple[tuple[str, Callable[[Desk], tuple[Block, ...]]], ...] = (
        ("card", card),
        ("points", points),
        ("compare", compare),
        ("calibration", calibration),
        ("contributions", contributions),
        ("stacking", stacking),
        ("eligibility", eligibility),
        ("areas", areas),
        ("groups", groups),
        ("audit", audit),
        ("linkage", linkage),
        ("disclosure", disclosure),
        ("not_run", not_run),
        ("hashes", hashes),
        ("glossary", lambda desk: (glossary(desk.words),)),
    )
    return tuple(
        Section(f"annex-{name.replace('_', '-')}", desk.words(f"dossier.{name}_title"), make(desk), letter)
        for letter, (name, make) in zip(ascii_uppercase, makers, strict=False)
    )


def card(desk: Desk) -> tuple[Block, ...]:
    """The card as a table, and how to score by hand."""
    words = desk.words
    steps = Bullets(tuple(words(f"dossier.card_step_{i}") for i in range(1, 5)), numbered=True)
    return (
        Prose((words("dossier.card_intro"),)),
        *parts.plain_table(desk, "card_lines", CARD_COLUMNS),
        Subsection("by-hand", words("dossier.card_by_hand"), (steps,)),
    )


def compare(desk: Desk) -> tuple[Block, ...]:
    """Count, card and challenger, with the rule and what it chose."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        model = findings.chosen(desk.content)
        texts = [words("dossier.compare_synthetic")] if desk.content.synthetic else []
        if model is not None:
            texts.insert(0, words("dossier.compare_chosen", model=desk.label("performance", "model", model["model"])))
        chart = charts.performance_chart(released, words.language)
        table = data_table(released, words)
        return [
            Prose(tuple(texts)),
            parts.figure(desk, "performance", chart, words("charts.title_performance"), table=None),
            table,
        ]

    return (Prose((words("dossier.compare_intro"),)), *parts.with_table(desk, "performance", make))


def calibration(desk: Desk) -> tuple[Block, ...]:
    """Expected against observed."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        chart = charts.calibration_chart(released, words.language)
        return [
            parts.figure(
                desk, "calibration", chart, words("charts.title_calibration"), table=data_table(released, words)
            )
        ]

    return (Prose((words("dossier.calibration_intro"),)), *parts.with_table(desk, "calibration", make))


def contributions(desk: Desk) -> tuple[Block, ...]:
    """Contributions to the points, to the challenger, and the pictures of profiles."""
    words, language = desk.words, desk.words.language

    def of_card(released: ReleasedTable) -> list[Block]:
        chart = charts.contributions_chart(released, language)
        return [
            parts.figure(
                desk, "contributions", chart, words("charts.title_contributions"), table=data_table(released, words)
            )
        ]

    def of_challenger(released: ReleasedTable) -> list[Block]:
        chart = charts.contributions_chart(released, language, "mean_abs_shap")
        title = words("charts.title_challenger")
        return [parts.figure(desk, "challenger", chart, title, table=data_table(released, words))]

    return (
        Prose((words("dossier.contributions_intro"),)),
        *parts.with_table(desk, "contributions", of_card),
        *extra(desk, ("contributions_domain",)),
        Prose((words("dossier.challenger_intro"),)),
        *parts.with_table(desk, "challenger_contributions", of_challenger),
        *disagreement(desk),
        *drawings(desk),
    )


def disagreement(desk: Desk) -> tuple[Block, ...]:
    """Where card and challenger disagree, in sentences and a table; a run without it says nothing about it."""
    words, released = desk.words, desk.released("disagreement")
    if released is None:
        return ()
    said = tuple(words.of(text) for text in disagreement_sentences(released.table))
    return (Subsection("disagreement", words.of(released.table.title), (Prose(said), data_table(released, words))),)


def extra(desk: Desk, names: Sequence[str]) -> tuple[Block, ...]:
    """Tables that a run may also have made, each behind its title; an absent one leaves no trace."""
    words = desk.words
    found = [released for released in map(desk.released, names) if released is not None]
    return tuple(Details(words.of(r.table.title), (data_table(r, words),)) for r in found)


def drawings(desk: Desk) -> tuple[Block, ...]:
    """Pictures without a language, and those of this one; bars would repeat the charts above them."""
    words = desk.words
    other = ".en" if words.language == "nl" else ".nl"
    found = [
        (n, p) for n, p in sorted(desk.content.pictures.items()) if not n.endswith(other) and not n.startswith(BARS)
    ]
    if not found:
        return ()
    return (
        Subsection(
            "pictures",
            words("dossier.pictures_title"),
            tuple(Drawing(name, words.of(picture.title)) for name, picture in found),
        ),
    )


def stacking(desk: Desk) -> tuple[Block, ...]:
    """Accumulation and prevalence."""
    return (*parts.accumulation(desk), *parts.combinations(desk), *parts.prevalence(desk))


def eligibility(desk: Desk) -> tuple[Block, ...]:
    """What was measured of every stressor: which groups it tells, how well it is seen, how it is linked."""
    words = desk.words
    return (
        Prose((words("dossier.eligibility_intro"),)),
        *parts.plain_table(desk, "eligibility"),
        Subsection(
            "annex-eligibility-dates",
            words("dossier.eligibility_dates"),
            parts.plain_table(desk, "eligibility_dates"),
        ),
        Subsection(
            "annex-eligibility-groups",
            words("dossier.eligibility_groups"),
            parts.plain_table(desk, "eligibility_groups"),
        ),
    )


def areas(desk: Desk) -> tuple[Block, ...]:
    """Wijken and buurten."""
    words = desk.words
    return (
        Prose((words("report.where_intro"),)),
        Subsection("annex-wijk", words("dossier.areas_wijk"), area_parts.areas(desk, "areas_wijk")),
        Subsection("annex-buurt", words("dossier.areas_buurt"), area_parts.areas(desk, "areas_buurt")),
    )


def groups(desk: Desk) -> tuple[Block, ...]:
    """Target groups with intervals, the catalogue and the plan."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        chart = charts.target_group_chart(released, words.language, desk.average)
        title = words("charts.title_groups")
        return [parts.figure(desk, "target-groups", chart, title, table=data_table(released, words))]

    return (
        *parts.with_table(desk, "target_groups", make),
        *target_parts.curve(desk),
        *target_parts.more(desk),
        *target_parts.meeting(desk),
        Subsection("annex-programmes", words("dossier.groups_programmes"), plan_parts.programmes(desk)),
        Subsection("annex-places", words("dossier.groups_places"), plan_parts.places(desk)),
        *plan_parts.other_budgets(desk),
        *plan_parts.sureness(desk),
        *plan_parts.more(desk),
    )


def linkage(desk: Desk) -> tuple[Block, ...]:
    """Quality of the linkage, and the coverage again in full (the front sheets print without it)."""
    return (
        Prose((desk.words("dossier.linkage_intro"),)),
        *parts.plain_table(desk, "linkage"),
        *extra(desk, ("linkage_by_group", "linkage_cases", "family_groups", "outcomes")),
        *parts.plain_table(desk, "coverage", parts.COVERAGE, id="annex-coverage"),
    )


def disclosure(desk: Desk) -> tuple[Block, ...]:
    """Rules, the share hidden, and every table with its id in the ledger."""
    words, language = desk.words, desk.words.language
    hidden, total = findings.hidden_cells(desk.content)
    share = percent(hidden / total if total else 0.0, language)
    every = desk.content.tables
    threshold = max((released.rules.threshold for released in every.values()), default=None)
    if threshold is None:
        text = words("dossier.disclosure_plain", total=whole(total, language), share=share)
    else:
        text = words("dossier.disclosure_text", threshold=threshold, total=whole(total, language), share=share)
    rows = tuple(
        (Cell(words.of(t.table.title)), Cell(percent(t.share_hidden, language), True), Cell(t.id))
        for _, t in sorted(every.items())
    )
    heads = (
        Heading(words("dossier.disclosure_table")),
        Heading(words("dossier.disclosure_share"), numeric=True),
        Heading(words("dossier.disclosure_id")),
    )
    return (Prose((text,)), DataTable("disclosure", words("dossier.disclosure_caption"), heads, rows))


def not_run(desk: Desk) -> tuple[Block, ...]:
    """Studies that were not run, and what the run itself says it cannot tell."""
    words = desk.words
    studies = tuple(words.of(text) for text in desk.content.not_run)
    limits = tuple(words.of(text) for text in desk.content.limits)
    blocks: list[Block] = [Prose((words("dossier.not_run_intro" if studies else "dossier.not_run_none"),))]
    if studies:
        blocks.append(Bullets(studies))
    if limits:
        blocks.append(Subsection("limits", words("dossier.limits_title"), (Bullets(limits),)))
    return tuple(blocks)


def hashes(desk: Desk) -> tuple[Block, ...]:
    """Settings facts, then hashes and the head of the ledger."""
    words, content = desk.words, desk.content
    blocks: list[Block] = [Prose((words("dossier.hashes_intro"),))]
    if content.facts:
        blocks.append(Facts(tuple((words.of(fact.name), words.of(fact.value)) for fact in content.facts)))
    blocks.append(parts.fingerprints(desk))
    return tuple(blocks)
