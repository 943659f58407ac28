"""The plan as a workbook: places per wijk, planning values that can be edited and read back, and how to read it.

What it says about families comes from released tables only; planning values are not about families.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.disclosure.gate import HIDDEN_SIGN, ReleasedTable, is_released
from riskscreen.errors import RefusedError
from riskscreen.programmes.assumption_sheet import assumption_page
from riskscreen.programmes.catalogue import Catalogue
from riskscreen.programmes.workbooks import Cell, Page, workbook_bytes
from riskscreen.records.tables import Column
from riskscreen.records.texts import Text

SHEETS: Mapping[str, str] = {"places": "Plan", "supply_reach_unmet": "Wijken", "programmes": "Programmes"}
"""Which released table becomes which sheet, in this order; one that is not given is left out."""
NOT_COVERED = "-"
_FORMATS = {"count": "#,##0", "rate": "0.0%", "EUR": "#,##0", "families": "#,##0"}


def plan_workbook(tables: Sequence[ReleasedTable], catalogue: Catalogue, budget: float, notice: Text) -> bytes:
    """The workbook as bytes; the same plan gives the same bytes.

    Parameters
    ----------
    tables
        Released tables; those in :data:`SHEETS` are shown, ``places`` must be among them.
    catalogue, budget
        Planning values, and EUR in a year.
    notice
        What a reader must know first, such as that all families are made up.

    Raises
    ------
    RefusedError
        A table did not pass the gate, or there is no plan.
    """
    if not all(is_released(table) for table in tables):
        raise RefusedError("a workbook is made from released tables only", do="pass them through the gate first")
    by_name = {table.name: table for table in tables}
    if "places" not in by_name:
        raise RefusedError("there is no table of places among the released tables", do="run the step places first")
    shown = [by_name[name] for name in SHEETS if name in by_name]
    values = (catalogue.names, catalogue.planning, catalogue.evidence_weights, catalogue.hours, budget)
    pages = [*(_page(table) for table in shown), assumption_page(*values), _read_me(shown, notice)]
    pages.insert(1, pages.pop(-2))
    return workbook_bytes(pages, title="riskscreen plan")


def _page(table: ReleasedTable) -> Page:
    columns = table.table.columns
    titles = [tuple(getattr(column.title, language) for column in columns) for language in ("nl", "en")]
    rows = [tuple(_cell(table, i, column) for column in columns) for i in range(len(table.table.rows))]
    formats = {j: form for j, column in enumerate(columns, start=1) if (form := _format(column))}
    return Page(SHEETS[table.name], (*titles, *rows), frozenset({1, 2}), formats=formats)


def _cell(table: ReleasedTable, row: int, column: Column) -> Cell:
    """A number as a number; a code in words, both languages; what is hidden or unknown as its sign."""
    value, status = table.cell(row, column.name)
    if status == "suppressed":
        return HIDDEN_SIGN
    if value is None:
        return NOT_COVERED
    if column.kind in ("key", "code"):
        words = [table.label(column.name, value, language) for language in ("nl", "en")]
        return " / ".join(dict.fromkeys(words))
    return value


def _format(column: Column) -> str | None:
    if column.unit in ("share", "per 1,000") and column.kind in ("rate", "estimate", "number"):
        return _FORMATS["rate"]
    return _FORMATS.get(column.unit) or _FORMATS.get(column.kind)


def _read_me(shown: Sequence[ReleasedTable], notice: Text) -> Page:
    draft = any(table.channel == "review" for table in shown)
    texts = [notice, *([_DRAFT] if draft else []), *_ABOUT, *(table.table.note for table in shown)]
    rows: list[tuple[Cell, ...]] = [("Nederlands", "English")]
    rows += [(text.nl, text.en) for text in texts if text.en]
    rows += [(f"{SHEETS[table.name]}: {table.id}", table.rules.name) for table in shown]
    return Page("Read me", tuple(rows), frozenset({1}))


_DRAFT = Text(
    "Draft for review: the board has not approved this plan.", "Concept voor de toets: dit plan is niet goedgekeurd."
)
_ABOUT = (
    Text(
        "Plan: places per programme and wijk. They are open to all families of a target group there. "
        "This workbook holds no list of families, and none can be made from it.",
        "Plan: plekken per programma en wijk. Ze staan open voor alle gezinnen van een doelgroep daar. "
        "In dit bestand staat geen lijst van gezinnen, en er is geen lijst van te maken.",
    ),
    Text(
        "Assumptions: the coloured cells are planning values. Change them, save the file, name it in the scenario as "
        "assumptions: my-plan.xlsx, and run again. Keep the first column and the rows that begin with code.",
        "Assumptions: de gekleurde cellen zijn planwaarden. Pas ze aan, bewaar het bestand, noem het in het scenario "
        "als assumptions: my-plan.xlsx, en draai opnieuw. Laat de eerste kolom en de rijen met code staan.",
    ),
    Text(
        f"{HIDDEN_SIGN}: hidden, because it would say something about a few families. {NOT_COVERED}: not known.",
        f"{HIDDEN_SIGN}: verborgen, want het zou iets zeggen over enkele gezinnen. {NOT_COVERED}: niet bekend.",
    ),
)
