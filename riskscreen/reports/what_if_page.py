"""The page of what-ifs for the board: what the stressors tell, what another way of selecting would do, and to whom.

A draft to look at. Every figure comes from a table that passed the gate by the review channel.
"""

from __future__ import annotations

from pathlib import Path

from riskscreen.reports import parts
from riskscreen.reports.blocks import (
    Banner,
    Block,
    Bullets,
    DataTable,
    Details,
    Facts,
    Note,
    Page,
    Prose,
    Section,
    Still,
    WhatIfCards,
)
from riskscreen.reports.content import ReportContent, number
from riskscreen.reports.frontier_chart import NARROW, WIDE, frontier_chart, frontier_marks, said
from riskscreen.reports.numbers import LANGUAGES, Language, as_list, day, per_thousand, whole
from riskscreen.reports.page import write_html
from riskscreen.reports.parts import Desk
from riskscreen.reports.still import still_html, svg
from riskscreen.reports.tables import data_table
from riskscreen.reports.what_if_sentences import Record, cards, records
from riskscreen.reports.words import Words

MOST_OPENED = 20
"""Most gaps shown per what-if: the worst ones, in tolerances."""
OPENED = ("attributes", "metric", "higher", "lower", "before", "after", "rise", "rise_low", "rise_high", "tolerance")
LIMITS = ("report", "harm", "lots", "small", "registers")


def write_what_ifs(folder: Path, content: ReportContent) -> tuple[Path, ...]:
    """Write ``what-ifs.nl.html`` and ``what-ifs.en.html``: each aside first, then renamed.

    Parameters
    ----------
    folder
        Made when it is not there.
    content
        Released tables of the review channel.

    Raises
    ------
    MachineError
        A file cannot be written.
    """
    pages = {_file(language): what_ifs_html(content, language) for language in LANGUAGES}
    return tuple(write_html(folder / name, html) for name, html in pages.items())


def what_ifs_html(content: ReportContent, language: Language) -> str:
    """The page in one language, as text."""
    words = Words(language)
    others = [(other, _file(other)) for other in LANGUAGES if other != language]
    return still_html(what_ifs_page(content, words), words, others)


def what_ifs_page(content: ReportContent, words: Words) -> Page:
    """The page in one language, as blocks."""
    desk = Desk(content, words)
    made = {
        "asked": asked(desk),
        "proxies": proxies(desk),
        "frontier": frontier(desk),
        "ways": (Prose((words("what_ifs.ways_lead"),)), WhatIfCards(cards(desk))),
        "opened": opened(desk),
        "limits": (Bullets(tuple(words(f"what_ifs.limit_{name}") for name in LIMITS)),),
        "next": (Bullets(tuple(what_next(desk)), numbered=True),),
        "made": (Prose((words("what_ifs.made_text"),)), _facts(desk)),
    }
    sections = tuple(Section(name, words(f"what_ifs.{name}_title"), blocks) for name, blocks in made.items())
    return Page(
        words.language,
        words("what_ifs.title"),
        words("what_ifs.kicker"),
        subtitle(desk),
        banners(desk),
        sections,
        words("what_ifs.running"),
    )


def banners(desk: Desk) -> tuple[Banner, ...]:
    """What every page says, and that no gap shown proves nothing and that a what-if never leaves."""
    words = desk.words
    own = [Banner(words(f"what_ifs.{n}_title"), words(f"what_ifs.{n}_text"), "warning") for n in ("proof", "never")]
    return (*parts.banners(desk), *own)


def subtitle(desk: Desk) -> str:
    """On which families it was judged, with both sides."""
    words, content = desk.words, desk.content
    test = day(content.dates.test, words.language)
    families, outcomes = _judged(desk)
    if families is None or outcomes is None:
        return words("what_ifs.subtitle_plain", test=test)
    return words(
        "what_ifs.subtitle",
        test=test,
        families=whole(families, words.language),
        outcomes=whole(outcomes, words.language),
        other=whole(families - outcomes, words.language),
        horizon=content.horizon,
        outcome=words.of(content.outcome),
    )


def asked(desk: Desk) -> tuple[Block, ...]:
    """The question, and what it was asked of."""
    words = desk.words
    by = as_list(_compared_by(desk), words.language)
    read = as_list(_names_after(desk, "what_if_only"), words.language)
    removed = as_list(_removed(desk), words.language) or words("what_ifs.asked_removed_none")
    facts = [(words.of(fact.name), words.of(fact.value)) for fact in desk.content.facts]
    facts += [
        (words("what_ifs.asked_removed"), removed),
        (words("what_ifs.asked_read"), read or words("common.none")),
        (words("what_ifs.asked_by"), words("what_ifs.asked_by_value", names=by)),
        (words("what_ifs.asked_tolerance"), "; ".join(_tolerances(desk))),
    ]
    lead = Prose((words("what_ifs.asked_lead"),), lead=True)
    return (lead, Prose((words("what_ifs.asked_note"),)), Facts(tuple(facts)))


def _removed(desk: Desk) -> list[str]:
    """Names of the what-ifs on other stressors."""
    kept = ("may_be_proposed", "refused")
    rows = [row for row in records(desk, "what_ifs") if row["result"] in kept]
    return [desk.label("what_ifs", "what_if", row["what_if"]) for row in rows]


def _names_after(desk: Desk, result: str) -> list[str]:
    """The attributes that what-ifs with this result read, after the colon of their names."""
    codes = [str(row["what_if"]).partition(":")[2] for row in records(desk, "what_ifs") if row["result"] == result]
    return [desk.label("what_if_gaps", "attributes", code) for code in dict.fromkeys(codes) if code]


def _compared_by(desk: Desk) -> list[str]:
    codes = dict.fromkeys(str(row["attributes"]) for row in records(desk, "what_if_gaps"))
    return [desk.label("what_if_gaps", "attributes", code) for code in codes if "+" not in code]


def _tolerances(desk: Desk) -> list[str]:
    words = desk.words
    found = {str(row["metric"]): number(row["tolerance"]) or 0.0 for row in records(desk, "what_if_gaps")}
    return [
        words(
            "what_ifs.asked_tolerance_value",
            metric=desk.label("what_if_gaps", "metric", metric),
            per=per_thousand(tolerance, words.language),
        )
        for metric, tolerance in found.items()
    ]


def proxies(desk: Desk) -> tuple[Block, ...]:
    """Per attribute whether the stressors tell of it, how often they are right, and which tell most."""
    words = desk.words
    attributes = dict.fromkeys(str(row["attribute"]) for row in records(desk, "proxies"))
    told = Bullets(tuple(proxy_sentence(desk, attribute) for attribute in attributes))
    read = Note("", (words("what_ifs.proxies_read"),))
    tables = [_table(desk, name) for name in ("proxies", "proxy_groups", "proxy_carriers")]
    details = Details(words("what_ifs.proxies_details"), tuple(table for table in tables if table is not None))
    return (Prose((words("what_ifs.proxies_lead"),)), read, told, details)


def proxy_sentence(desk: Desk, attribute: str) -> str:
    """What the stressors tell of one attribute; of both estimators the one that tells most."""
    words = desk.words
    rows = [row for row in records(desk, "proxies") if row["attribute"] == attribute]
    name = desk.label("proxies", "attribute", attribute)
    name = name[:1].upper() + name[1:]
    if not any(row["recovered"] == "yes" for row in rows):
        return words("what_ifs.proxy_not_told", attribute=name)
    return f"{_told(desk, attribute, name)} {_carried(desk, attribute)}"


def _told(desk: Desk, attribute: str, name: str) -> str:
    words = desk.words
    groups = [row for row in records(desk, "proxy_groups") if row["attribute"] == attribute]
    known = [(value, row) for row in groups if (value := number(row["auroc"])) is not None]
    if not known:
        return words("what_ifs.proxy_told_plain", attribute=name)
    value, best = max(known, key=lambda one: one[0])
    per, group = round(100 * value), desk.label("proxy_groups", "group", best["group"])
    if per == 100:
        return words("what_ifs.proxy_told_all", attribute=name, group=group)
    return words("what_ifs.proxy_told", attribute=name, group=group, per=per, other=100 - per)


def _carried(desk: Desk, attribute: str) -> str:
    words = desk.words
    rows = [r for r in records(desk, "proxy_carriers") if r["attribute"] == attribute and r["carries"] == "yes"]
    if not rows:
        return words("what_ifs.proxy_carriers_none")
    strongest = sorted(rows, key=lambda row: -(number(row["drop"]) or 0.0))[:3]
    names = [desk.label("proxy_carriers", "stressor", row["stressor"]) for row in strongest]
    return words("what_ifs.proxy_carriers", names=as_list(names, words.language))


def frontier(desk: Desk) -> tuple[Block, ...]:
    """The picture, and how to read it."""
    words, released = desk.words, desk.released("what_ifs")
    marks = () if released is None else frontier_marks(released, words.language)
    if released is None or not marks:
        return (Note("", (words("what_ifs.frontier_none"),)),)
    outcomes = _judged(desk)[1]
    shown = "–" if outcomes is None else whole(outcomes, words.language)
    lead = Prose((words("what_ifs.frontier_lead"), words("what_ifs.frontier_line", outcomes=shown)))
    wide, narrow = (svg(frontier_chart(released, words.language, size), words.language) for size in (WIDE, NARROW))
    sentences = ". ".join(said(mark, words) for mark in marks) + "."
    alternative = words("what_ifs.frontier_alternative", count=len(marks), sentences=sentences)
    picture = Still(
        "frontier", words("what_ifs.frontier_figure"), alternative, wide, narrow, words("what_ifs.frontier_note")
    )
    tables = [_table(desk, name) for name in ("what_ifs", "what_if_scores")]
    details = Details(words("what_ifs.figures_details"), tuple(table for table in tables if table is not None))
    return (lead, picture, details)


def opened(desk: Desk) -> tuple[Block, ...]:
    """Per what-if the gaps that it opens or widens, by attribute and by pair; the worst ones first."""
    words = desk.words
    every = records(desk, "what_if_opened")
    codes = dict.fromkeys(str(row["what_if"]) for row in every)
    if not codes:
        return (Prose((words("what_ifs.opened_none"),)),)
    lead = Prose((words("what_ifs.opened_lead"),))
    return (lead, *(_opened_by(desk, code, every) for code in codes))


def _opened_by(desk: Desk, code: str, every: list[Record]) -> Details:
    words = desk.words
    rows = [place for place, row in enumerate(every) if row["what_if"] == code]
    name = desk.label("what_if_opened", "what_if", code)
    title = words("what_ifs.opened_details", name=name[:1].upper() + name[1:], count=len(rows))
    released = desk.content.tables["what_if_opened"]
    picked, id_ = rows[:MOST_OPENED], f"opened-{rows[0]}"
    table = data_table(released, words, columns=OPENED, caption=name, id=id_, rows=picked)
    many = words("what_ifs.opened_many", most=MOST_OPENED, count=len(rows), run=desk.content.run)
    return Details(title, (table, Prose((many,))) if len(rows) > MOST_OPENED else (table,))


def what_next(desk: Desk) -> list[str]:
    """What the board may do now."""
    words = desk.words
    rows = [row for row in records(desk, "what_ifs") if row["result"] == "may_be_proposed"]
    names = [f"‘{desk.label('what_ifs', 'what_if', row['what_if'])}’" for row in rows]
    listed = as_list(names, words.language)
    proposed = words("what_ifs.next_propose", names=listed) if names else words("what_ifs.next_nothing")
    rest = [words("what_ifs.next_stressor"), words("what_ifs.next_people")]
    return [words("what_ifs.next_discuss"), proposed, *rest]


def _facts(desk: Desk) -> Facts:
    words, content = desk.words, desk.content
    rows = (
        (words("common.fact_run"), content.run),
        (words("common.fact_time"), content.time),
        (words("common.fact_chain"), content.chain_head),
    )
    return Facts(rows, code=True)


def _table(desk: Desk, name: str) -> DataTable | None:
    released = desk.released(name)
    return None if released is None else data_table(released, desk.words)


def _judged(desk: Desk) -> tuple[float | None, float | None]:
    """Families, and those with the outcome; ``None`` when not shown."""
    first = next(iter(records(desk, "what_ifs")), None)
    return (None, None) if first is None else (number(first["families"]), number(first["outcomes"]))


def _file(language: Language) -> str:
    return f"what-ifs.{language}.html"
