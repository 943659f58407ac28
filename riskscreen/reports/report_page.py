"""The page for the municipality: what was found, for whom, where, with what, and what cannot be seen."""

from __future__ import annotations

from riskscreen.reports import area_parts, findings, parts, plan_parts, target_parts
from riskscreen.reports.blocks import (
    Block,
    Bullets,
    Details,
    KeyNumber,
    KeyNumbers,
    Page,
    Prose,
    Section,
    Thousand,
)
from riskscreen.reports.content import ReportContent
from riskscreen.reports.glossary import glossary
from riskscreen.reports.numbers import day, whole
from riskscreen.reports.parts import Desk
from riskscreen.reports.words import Words


def report_page(content: ReportContent, words: Words) -> Page:
    """The report in one language."""
    desk = Desk(content, words)
    sections = (
        Section("summary", words("report.summary_title"), summary(desk)),
        Section("not-seen", words("report.not_seen_title"), not_seen(desk)),
        Section("groups", words("report.groups_title"), groups(desk)),
        Section("meeting", words("report.meeting_title"), meeting(desk)),
        Section("where", words("report.where_title"), where(desk)),
        Section("places-plan", words("report.places_title"), plan(desk)),
        Section("stacking", words("report.stacking_title"), stacking(desk)),
        Section("equal", words("report.equal_title"), equal(desk)),
        Section("status", words("report.status_title"), status(desk)),
        Section("reading", words("report.reading_title"), reading(desk)),
        Section("about", words("report.about_title"), about(desk)),
    )
    return Page(
        words.language,
        words("report.title", municipality=content.municipality),
        words("report.kicker"),
        subtitle(desk),
        parts.banners(desk),
        sections,
        running_line(desk),
    )


def subtitle(desk: Desk) -> str:
    """Index dates and horizon in one line."""
    content, words = desk.content, desk.words
    return words(
        "common.subtitle",
        now=day(content.dates.now, words.language),
        test=day(content.dates.test, words.language),
        outcome=words.of(content.outcome),
        horizon=content.horizon,
    )


def running_line(desk: Desk) -> str:
    """What stands at the foot of every printed page."""
    content, words = desk.content, desk.words
    pieces = [f"{content.municipality} · {content.run}", words(f"common.review_{content.review.state}_title")]
    if content.synthetic:
        pieces.insert(1, words("common.running_real" if content.real_area_names else "common.running_synthetic"))
    return " · ".join(pieces)


def summary(desk: Desk) -> tuple[Block, ...]:
    """Large figures and three findings."""
    blocks: list[Block] = [Prose((desk.words("report.lead"),), lead=True)]
    numbers = key_numbers(desk)
    if numbers:
        blocks.append(KeyNumbers(tuple(numbers)))
    blocks.append(Bullets(tuple(found(desk))))
    return tuple(blocks)


def key_numbers(desk: Desk) -> list[KeyNumber]:
    """Families, base rate, target groups and areas."""
    content, words, language = desk.content, desk.words, desk.words.language
    items = []
    families = findings.families_now(content)
    if families is not None:
        note = day(content.dates.now, language)
        items.append(KeyNumber(whole(families, language), words("report.key_families"), note))
    base = findings.base(content)
    if base is not None:
        per, other = parts.both_sides(words, base.rate)
        items.append(KeyNumber(per, words("report.key_rate"), words("report.key_rate_note", other=other)))
    if "target_groups" in content.tables:
        counts = findings.group_counts(content)
        fitting, shown = whole(counts.fitting, language), whole(counts.shown, language)
        note = words("report.key_groups_note", fitting=fitting, shown=shown)
        items.append(KeyNumber(whole(counts.found, language), words("report.key_groups"), note))
    if "areas_wijk" in content.tables:
        standing = findings.standing(desk.released("areas_wijk"), desk.average, findings.sides(content, "areas_wijk"))
        note = words("report.key_areas_note", shown=whole(standing.shown, language))
        items.append(KeyNumber(whole(len(standing.above), language), words("report.key_areas"), note))
    return items


def found(desk: Desk) -> list[str]:
    """What was found, in sentences."""
    words, content = desk.words, desk.content
    sentences = [parts.rising(desk)]
    counts, groups = findings.group_counts(content), findings.groups(content)
    if counts.found:
        sentences.append(words("report.found_groups", count=counts.found, fitting=counts.fitting, shown=counts.shown))
    if groups:
        top = groups[0]
        name = desk.label("target_groups", "group", top["group"])
        often = parts.frequency(words, top.get("rate"), top.get("low"), top.get("high"))
        sentences.append(words("report.found_group", name=name, often=often))
    if "areas_wijk" in content.tables:
        sentences.extend(area_parts.standing_text(desk, "areas_wijk")[:1])
    gaps = findings.verdicts(content, "gap")
    if "verdicts" in content.tables:
        sentences.append(
            words("report.found_gaps", count=whole(len(gaps), words.language))
            if gaps
            else words("report.found_no_gaps")
        )
    return sentences


def not_seen(desk: Desk) -> tuple[Block, ...]:
    """Absent registers first; then what no register shows; then what the run itself says it cannot tell."""
    words = desk.words
    known = (words("report.limit_reports"), words("report.limit_not_cause"), words("report.limit_people"))
    blocks: list[Block] = [*parts.coverage(desk, compact=True), Bullets(known)]
    limits = tuple(words.of(text) for text in desk.content.limits)
    if limits:
        blocks.append(Details(words("report.limits_details"), (Bullets(limits),)))
    return tuple(blocks)


def groups(desk: Desk) -> tuple[Block, ...]:
    """A card per target group; whom each way of choosing reaches; and more behind headings."""
    intro = Prose((desk.words("report.groups_intro"),))
    return (intro, *parts.group_cards(desk), *target_parts.curve(desk), *target_parts.more(desk))


def meeting(desk: Desk) -> tuple[Block, ...]:
    """Where to meet the families of each group, without a list."""
    return target_parts.meeting(desk) or (parts.not_made(desk, "meeting_places"),)


def where(desk: Desk) -> tuple[Block, ...]:
    """Wijken with map and dot plot; buurten behind a heading."""
    words = desk.words
    return (
        Prose((words("report.where_intro"),)),
        *area_parts.areas(desk, "areas_wijk"),
        Details(words("report.buurt_details"), area_parts.areas(desk, "areas_buurt")),
        *area_parts.zonings(desk),
    )


def plan(desk: Desk) -> tuple[Block, ...]:
    """Places and costs, the catalogue, and the alternatives."""
    words = desk.words
    return (
        Prose((words("report.places_intro"),)),
        *plan_parts.places(desk),
        Details(words("report.programmes_details"), plan_parts.programmes(desk)),
        Prose((words("report.alternatives_intro"),)),
        *plan_parts.alternatives(desk),
        *plan_parts.other_budgets(desk),
        *plan_parts.sureness(desk),
        *plan_parts.more(desk),
    )


def stacking(desk: Desk) -> tuple[Block, ...]:
    """Accumulation, and which stressors occur most."""
    words = desk.words
    return (
        Prose((words("report.stacking_intro"),)),
        *parts.accumulation(desk),
        *parts.combinations(desk),
        Prose((words("report.prevalence_intro"),)),
        *parts.prevalence(desk),
    )


def equal(desk: Desk) -> tuple[Block, ...]:
    """What the audit says, in short; the dossier has the whole."""
    words, content = desk.words, desk.content
    if "verdicts" not in content.tables:
        return (parts.not_made(desk, "verdicts"),)
    counts = {v: whole(len(findings.verdicts(content, v)), words.language) for v in VERDICTS}
    table = parts.plain_table(desk, "verdicts")
    return (
        Prose((words("report.equal_intro"), words("report.equal_counts", **counts), words("report.equal_dossier"))),
        Details(words("report.equal_details"), table),
    )


def status(desk: Desk) -> tuple[Block, ...]:
    """Where the review stands and what that means for use."""
    words, review = desk.words, desk.content.review
    items = [parts.review_text(desk), words("report.status_use")]
    if review.conditions:
        items.append(words("report.status_conditions", conditions="; ".join(review.conditions)))
    return (Prose(tuple(items)),)


def reading(desk: Desk) -> tuple[Block, ...]:
    """How to read frequencies, intervals and empty cells; a picture of a thousand families; the words used."""
    words = desk.words
    blocks: list[Block] = [Bullets(tuple(words(f"report.reading_{k}") for k in READING))]
    base = findings.base(desk.content)
    if base is not None:
        per, other = parts.both_sides(words, base.rate)
        caption = words("report.thousand_caption", per=per, other=other)
        blocks.insert(0, Thousand(round(1000 * base.rate), caption))
    blocks.append(Details(words("report.glossary_details"), (glossary(words),)))
    return tuple(blocks)


def about(desk: Desk) -> tuple[Block, ...]:
    """Run, time, hashes."""
    return (Prose((desk.words("report.about_intro"),)), parts.fingerprints(desk))


VERDICTS = ("gap", "no_gap_shown", "not_enough_evidence")
READING = ("frequency", "interval", "hidden", "unknown", "group", "associated")
