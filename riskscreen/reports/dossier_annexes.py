"""The annexes of the dossier: everything that the first two sheets rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase

from riskscreen.disclosure.gate import ReleasedTable
from riskscreen.explanation.disagreement import disagreement_sentences
from riskscreen.reports import charts, findings, parts
from riskscreen.reports.blocks import (
    Block,
    Bullets,
    Cell,
    DataTable,
    Details,
    Drawing,
    Facts,
    Heading,
    Note,
    Prose,
    Section,
    Subsection,
)
from riskscreen.reports.content import number
from riskscreen.reports.dossier_points import points
from riskscreen.reports.glossary import glossary
from riskscreen.reports.numbers import decimal, percent, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.tables import data_table

CARD_COLUMNS = ("line", "meaning", "points", "families", "rate")
FOREST = ("selection_rate", "true_positive_rate")
BARS = "bar_"
VERDICTS = ("gap", "not_enough_evidence", "no_gap_shown")


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
        Subsection("annex-wijk", words("dossier.areas_wijk"), parts.areas(desk, "areas_wijk")),
        Subsection("annex-buurt", words("dossier.areas_buurt"), parts.areas(desk, "areas_buurt")),
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
        Subsection("annex-programmes", words("dossier.groups_programmes"), parts.programmes(desk)),
        Subsection("annex-places", words("dossier.groups_places"), parts.places(desk)),
    )


def audit(desk: Desk) -> tuple[Block, ...]:
    """The warning, the verdicts in words, then the offer, then the threshold."""
    words = desk.words
    return (
        Note(words("dossier.audit_note"), (words("dossier.audit_note_text"),), "warning"),
        Subsection("verdicts", words("dossier.audit_words"), verdicts(desk)),
        *(
            Subsection(f"audit-{subject}", words(f"dossier.audit_{subject}"), audited(desk, subject))
            for subject in ("offer", "threshold")
        ),
    )


def verdicts(desk: Desk) -> tuple[Block, ...]:
    """Each kind of verdict with its comparisons in sentences; gaps first and in full."""
    words = desk.words

    def make(released: ReleasedTable) -> list[Block]:
        blocks: list[Block] = []
        for kind in VERDICTS:
            rows = findings.verdicts(desk.content, kind)
            title = f"{words(f'dossier.audit_{kind}')}: {words('dossier.audit_count', count=len(rows))}"
            lines = Bullets(tuple(verdict_line(desk, row) for row in rows))
            if not rows:
                blocks.append(Note(title, ()))
            elif kind == "gap":
                blocks += [Note(title, (), "accent"), lines]
            else:
                blocks.append(Details(title, (lines,)))
        blocks.append(Details(words("dossier.audit_table"), (data_table(released, words),)))
        return blocks

    return parts.with_table(desk, "verdicts", make)


def verdict_line(desk: Desk, row: findings.Record) -> str:
    """One comparison in a sentence."""
    words = desk.words

    def named(column: str) -> str:
        return desk.label("verdicts", column, row[column]) if row.get(column) is not None else "–"

    subject = named("subject")
    said = {"subject": subject[:1].upper() + subject[1:], "attribute": named("attribute"), "metric": named("metric")}
    value, low, high = (number(row.get(c)) for c in ("difference", "low", "high"))
    if value is None or low is None or high is None:
        return " ".join((words("dossier.audit_line_plain", reason=named("reason"), **said), *rests_on(desk, row)))
    line = words(
        "dossier.audit_line",
        difference=charts.verdict_said(value, low, high, words.language),
        worst=named("worst"),
        reference=named("reference"),
        tolerance=percent(number(row.get("tolerance")) or 0.0, words.language),
        **said,
    )
    return " ".join((line, *rests_on(desk, row)))


def rests_on(desk: Desk, row: findings.Record) -> list[str]:
    """What a verdict rests on, and the differences in reporting at which it turns."""
    words, code = desk.words, row.get("rests_on")
    if code is None:
        return []
    said = [words(f"dossier.audit_rests_{code}")]
    for column in ("turns_at_k", "turns_at_c"):
        ratio = number(row.get(column))
        if ratio is not None:
            said.append(words(f"dossier.audit_{column}", ratio=decimal(ratio, 2, words.language)))
    return said


def audited(desk: Desk, subject: str) -> tuple[Block, ...]:
    """Forest plots of the metrics that get a verdict; all metrics as a table."""
    words, name = desk.words, f"audit_{subject}"

    def make(released: ReleasedTable) -> list[Block]:
        known = [column.name for column in released.table.columns]
        blocks: list[Block] = []
        for metric in FOREST:
            if metric in known:
                chart = charts.forest_chart(released, metric, words.language)
                title = words("charts.title_forest", metric=words(f"charts.short_{subject}_{metric}"))
                columns = ["attribute", "group", "families", "outcomes", metric, f"{metric}_low", f"{metric}_high"]
                id_ = f"{name}-{metric}".replace("_", "-")
                table = data_table(released, words, columns=columns, id=id_)
                note = words("charts.note_forest")
                blocks.append(parts.figure(desk, id_, chart, title, table=table, note=note))
        return [*blocks, Details(words("dossier.audit_rest"), (data_table(released, words),))]

    return parts.with_table(desk, name, make)


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
