"""Offices with releases for the tests of the door for BI: small tables through the real gate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from riskscreen.disclosure.release import release
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import decide, request_review
from riskscreen.records.approvals import Subject
from riskscreen.records.tables import TOTAL, Channel, Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.settings import Release

DAY = date(2025, 1, 1)
NOTICE = Text("All families are synthetic.", "Alle gezinnen zijn verzonnen.")
NAMES = {"WK999901": same("Noord"), "WK999902": same("=Zuid"), "WK999903": same("Oost"), "WK999904": same("West")}
AREA = Column("area", "key", Text("area", "gebied"), labels=NAMES)
FIGURES = (
    Column("families", "count", Text("families", "gezinnen"), "families"),
    Column("outcomes", "count", Text("reported", "gemeld"), "families"),
    Column("rate", "rate", Text("rate", "kans"), "per 1,000", of="outcomes", base="families"),
    Column("rate_low", "estimate", Text("from", "van"), "per 1,000", base="families"),
    Column("rate_high", "estimate", Text("to", "tot"), "per 1,000", base="families"),
)


def areas(*rows: tuple[str, int, int], name: str = "areas_wijk", area: Column = AREA) -> Table:
    """A table of families and outcomes by area, with the total that these rows make."""
    total = (TOTAL, sum(row[1] for row in rows), sum(row[2] for row in rows))
    return Table(name, Text("By wijk", "Per wijk"), (area, *FIGURES), tuple(_figures(*row) for row in (*rows, total)))


def _figures(code: str, families: int, outcomes: int) -> tuple[Value, ...]:
    rate = outcomes / families if families else None
    ends = (None, None) if rate is None or code == TOTAL else (rate * 0.8, rate * 1.2)
    return (code, families, outcomes, rate, *ends)


OPEN = areas(("WK999901", 400, 32), ("WK999902", 300, 24), name="areas_open")
"""Nothing in it is hidden."""
PARTLY = areas(("WK999901", 400, 32), ("WK999902", 300, 4), ("WK999903", 200, 5), ("WK999904", 500, 40))
"""Outcomes of some wijken are hidden."""
DAYS = {f"{year}-01-01": same(f"{year}-01-01") for year in range(2020, 2026)}
DATES = Table(
    "outcomes",
    Text("Outcomes", "Uitkomsten"),
    (
        Column("index_date", "key", Text("index date", "peildatum"), "date", labels=DAYS),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
    ),
    (("2023-01-01", 1300), ("2024-01-01", 1400)),
)
GROUPS = Table(
    "verdicts",
    Text("Verdicts", "Oordelen"),
    (
        Column("attribute", "key", Text("attribute", "kenmerk"), labels={"sex": Text("sex", "geslacht")}),
        Column(
            "group", "key", Text("group", "groep"), labels={"f": Text("women", "vrouwen"), "m": Text("men", "mannen")}
        ),
        Column("programme", "key", Text("programme", "programma"), labels={"voorzorg": same("VoorZorg")}),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("verdict", "code", Text("verdict", "oordeel"), labels={"gap": Text("gap", "kloof")}),
        Column("since", "number", Text("since", "sinds"), "date"),
    ),
    (("sex", "f", "voorzorg", 500, "gap", "2024-01-01"), ("sex", "m", "voorzorg", 400, "gap", None)),
    channels=("review", "internal"),
)


def subject(run: str = "demo", card: str = "c") -> Subject:
    """What is approved; another card is another subject."""
    return Subject(run, "Ann Maker", card * 64, "s" * 64, "r" * 64, "p" * 64, "a" * 64)


def approve(office: Office, about: Subject) -> None:
    """Put it to the board, which approves."""
    request_review(office, about, purpose="help", programmes=("voorzorg",), areas=("WK999901",), synthetic=True)
    decide(office, about.run, "approve", by="Board", reason="seen", until=date(2025, 6, 30), day=DAY)


def let_out(
    office: Office,
    tables: Sequence[Table],
    *,
    channel: Channel = "public",
    card: str = "c",
    time: str = "2025-01-01T10:00:00+00:00",
    beside: Sequence[Table] = (),
) -> str:
    """Release the tables that may leave by a channel, under an approved subject; the id of the release."""
    about = subject(card=card)
    out = office.path.parent / "runs" / f"{about.run}-{card}" / channel
    out.parent.mkdir(parents=True, exist_ok=True)
    given = [table for table in tables if channel in table.channels]
    along = [*beside, *(table for table in tables if channel not in table.channels)]
    record = release(
        given,
        channel=channel,
        office=office,
        subject=about,
        release=Release(),
        day=DAY,
        out=out,
        notice=NOTICE,
        time=time,
        beside=along,
    )
    return record.id


def withdraw(office: Office, run: str = "demo") -> None:
    """The board takes back what it approved last."""
    decide(office, run, "withdraw", by="Board", reason="wrong", until=None, day=DAY)


def an_office(place: Path, tables: Sequence[Table] = (OPEN, PARTLY, DATES, GROUPS)) -> Office:
    """An office that released these tables by both channels."""
    office = Office(place / "my office")
    approve(office, subject())
    for channel in ("internal", "public"):
        let_out(office, tables, channel=channel)
    return office
