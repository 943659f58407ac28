"""The first two sheets of the dossier: what a lay board needs to decide; the annexes follow."""

from __future__ import annotations

from riskscreen.records.tables import TOTAL
from riskscreen.reports import findings, parts, plan_parts
from riskscreen.reports.blocks import Block, Bullets, Cell, DataTable, Facts, Heading, Note, Page, Prose, Section
from riskscreen.reports.content import ReportContent, number
from riskscreen.reports.dossier_annexes import annexes
from riskscreen.reports.numbers import as_list, day, euros, percent, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.report_page import running_line, subtitle
from riskscreen.reports.words import Words

OFFERED = ("group", "families", "children", "programme")


def dossier_page(content: ReportContent, words: Words) -> Page:
    """The dossier in one language."""
    desk = Desk(content, words)
    made = (
        ("asked", "asked", asked(desk)),
        ("registers", "registers", parts.coverage(desk, compact=True)),
        ("offered", "offered", offered(desk)),
        ("harm", "harm", (Bullets(tuple(harm(desk))),)),
        ("found", "found", (Bullets(tuple(found(desk))),)),
        ("unknown", "unknown", (Bullets(tuple(unknown(desk))),)),
        ("alternatives-side", "alternatives", alternatives(desk)),
    )
    last = made[-1][0]
    front = tuple(
        Section(id_, words(f"dossier.{name}_title"), blocks, front=True, sheet=id_ == last)
        for id_, name, blocks in made
    )
    return Page(
        words.language,
        words("dossier.title", municipality=content.municipality),
        words("dossier.kicker"),
        subtitle(desk),
        parts.banners(desk),
        (*front, *annexes(desk)),
        running_line(desk),
    )


def asked(desk: Desk) -> tuple[Block, ...]:
    """The decision, its purpose, its term and what exactly it holds for."""
    content, words, request = desk.content, desk.words, desk.content.request
    until = day(request.until, words.language) if request.until else words("dossier.asked_until_open")
    channels = as_list([words(f"common.channel_{c}") for c in request.channels], words.language)
    rows = (
        (words("dossier.asked_decision"), words("dossier.asked_decision_value")),
        (words("dossier.asked_purpose"), purpose(desk)),
        (words("dossier.asked_channels"), channels or words("common.none")),
        (words("dossier.asked_until"), until),
        (words("dossier.asked_subject"), words("dossier.asked_subject_value", hash=content.subject_hash[:12])),
        (words("dossier.asked_status"), parts.review_text(desk)),
    )
    note = Note("", (words("dossier.asked_profiling"),))
    return (Prose((words("dossier.asked_lead"),), lead=True), Facts(rows), note)


def purpose(desk: Desk) -> str:
    """The purpose asked for; a scenario gives it in one language, and the usual one has a Dutch wording."""
    usual = desk.words("dossier.purpose_usual")
    text = desk.words.of(desk.content.request.purpose)
    return usual if text == Words("en")("dossier.purpose_usual") else text


def offered(desk: Desk) -> tuple[Block, ...]:
    """Target groups with their programme; programmes with meeting places and places."""
    words = desk.words
    groups = parts.plain_table(desk, "target_groups", OFFERED, id="offered-groups")
    return (Prose((words("dossier.offered_intro"),)), *groups, *places_per_programme(desk))


def places_per_programme(desk: Desk) -> tuple[Block, ...]:
    """The plan summed per programme: planning values, no figures about families."""
    words, language = desk.words, desk.words.language
    released = desk.released("places")
    if released is None:
        return (parts.not_made(desk, "places"),)
    rows = []
    for code in dict.fromkeys(str(v) for v in released.table.values("programme") if v != TOTAL):
        got = [r for r in released.table.records() if r["programme"] == code and r["area"] != TOTAL]
        used = [r for r in got if number(r["places"])]
        where = findings.programme(desk.content, code)
        place = desk.label("programmes", "meeting_place", where["meeting_place"]) if where else ""
        sums = (sum(number(r[c]) or 0.0 for r in used) for c in ("places", "cost"))
        total, cost = sums
        rows.append(
            (
                Cell(desk.label("places", "programme", code)),
                Cell(place, state="shown" if place else "unknown"),
                Cell(whole(len(used), language), True),
                Cell(whole(total, language), True),
                Cell(euros(cost, language), True),
            )
        )
    heads = (
        Heading(words("dossier.offered_programme")),
        Heading(words("dossier.offered_where")),
        Heading(words("dossier.offered_districts"), numeric=True),
        Heading(words("dossier.offered_places"), numeric=True),
        Heading(words("dossier.offered_cost"), numeric=True),
    )
    table = DataTable("offered-places", words("dossier.offered_places_caption"), heads, tuple(rows))
    return (table, *_by_lot(desk))


def _by_lot(desk: Desk) -> tuple[Block, ...]:
    """The places that fall by lot, when there are any: the board decides on that too."""
    table = desk.content.table("places_by_programme")
    lots = 0.0 if table is None else sum(number(value) or 0.0 for value in table.values("by_lot"))
    if not lots:
        return ()
    return (Note("", (desk.words("dossier.by_lot", count=whole(lots, desk.words.language)),), "warning"),)


def harm(desk: Desk) -> list[str]:
    """Who may be harmed, in three points."""
    words, content = desk.words, desk.content
    groups = [g for g in findings.groups(content) if number(g.get("rate")) is not None]
    first = words("dossier.harm_stigma_plain")
    if groups:
        first = words("dossier.harm_stigma", other=parts.both_sides(words, groups[0]["rate"])[1])
    share = plan_share(desk, "plan")
    second = words("dossier.harm_missed", share=share) if share else words("dossier.harm_missed_plain")
    return [first, second, harm_unequal(desk)]


def harm_unequal(desk: Desk) -> str:
    """Which attributes have a gap, if an audit was made."""
    words = desk.words
    if "verdicts" not in desk.content.tables:
        return words("dossier.harm_no_audit")
    gaps = findings.verdicts(desk.content, "gap")
    names = list(dict.fromkeys(desk.label("verdicts", "attribute", g["attribute"]) for g in gaps))
    if not names:
        return words("dossier.harm_no_gap")
    return words("dossier.harm_gap", names=as_list(names, words.language))


def found(desk: Desk) -> list[str]:
    """What was found, in three points."""
    words, language = desk.words, desk.words.language
    sentences = [parts.rising(desk)]
    model = findings.chosen(desk.content)
    auroc = number(model.get("auroc")) if model else None
    if model and auroc is not None:
        name = desk.label("performance", "model", model["model"])
        sentences.append(words("dossier.found_card", model=name, auroc=whole(100 * auroc, language)))
    plan = alternative(desk, "plan")
    plan_part, deprivation = plan_share(desk, "plan"), plan_share(desk, "deprivation_only")
    if plan and plan_part and deprivation and number(plan["families"]) is not None:
        families = whole(plan["families"], language)
        sentences.append(words("dossier.found_plan", families=families, share=plan_part, deprivation=deprivation))
    else:
        sentences.append(words("dossier.found_plan_plain"))
    return sentences


def unknown(desk: Desk) -> list[str]:
    """What is not known, in three points."""
    words, content = desk.words, desk.content
    names = as_list([words.of(text) for text in content.absent], words.language)
    seen = words("dossier.unknown_registers", names=names) if names else words("dossier.unknown_registers_none")
    count = whole(len(findings.verdicts(content, "not_enough_evidence")), words.language)
    return [words("dossier.unknown_need"), seen, words("dossier.unknown_effect", count=count)]


def alternatives(desk: Desk) -> tuple[Block, ...]:
    """Four choices, one set of figures."""
    return (Prose((desk.words("dossier.alternatives_intro"),)), *plan_parts.alternatives(desk))


def alternative(desk: Desk, code: str) -> findings.Record | None:
    """The row of one alternative."""
    table = desk.content.table("alternatives")
    if table is None:
        return None
    return next((r for r in table.records() if r["alternative"] == code), None)


def plan_share(desk: Desk, code: str) -> str:
    """Share of the reports in the families that an alternative approaches; empty when it is not shown."""
    row = alternative(desk, code)
    share = number(row.get("share_of_outcomes")) if row else None
    return "" if share is None else percent(share, desk.words.language)
