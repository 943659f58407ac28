"""What the gate hides: a table in, the released table out. `.` is hidden, `-` is not covered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import same
from riskscreen.settings import Release

KINDS = {
    "families": ("count", "", ""),
    "outcomes": ("count", "", "families"),
    "selected": ("count", "", "families"),
    "not_selected": ("count", "", ""),
    "within": ("count", "", "outcomes"),
    "deeper": ("count", "", "within"),
    "rate": ("rate", "outcomes", "families"),
    "selection_rate": ("rate", "selected", "families"),
    "estimate": ("estimate", "", "families"),
    "low": ("estimate", "", "families"),
    "high": ("estimate", "", "families"),
    "own_share": ("number", "", "families"),
    "cost": ("number", "", ""),
}


def table(text: str, name: str = "table", additive: bool = True) -> Table:
    """A table from text: columns in KINDS are figures, the others keys."""
    head, *lines = [line.split() for line in text.strip().splitlines()]
    columns = []
    for j, column in enumerate(head):
        if column in KINDS:
            kind, of, base = KINDS[column]
            columns.append(Column(column, kind, same(column), of=of, base=base, additive=additive))
        else:
            columns.append(Column(column, "key", same(column), labels={line[j]: same(line[j]) for line in lines}))
    rows = [tuple(value(word, c) for word, c in zip(line, columns, strict=True)) for line in lines]
    return Table(name, same(name), tuple(columns), tuple(rows))


def value(word: str, column: Column) -> str | int | float | None:
    if word == "-":
        return None
    if column.kind == "key":
        return word
    return int(word) if column.kind == "count" else float(word)


def shown(released: ReleasedTable) -> str:
    lines = [" ".join(c.name for c in released.table.columns)]
    for row, status in zip(released.table.rows, released.status, strict=True):
        signs = {"suppressed": ".", "not_covered": "-"}
        lines.append(" ".join(signs.get(s, str(v)) for v, s in zip(row, status, strict=True)))
    return "\n".join(lines)


def release(tmp_path: Path, *tables: Table) -> list[str]:
    office = SimpleNamespace(ledger=HashLog(tmp_path / "l.jsonl"), decisions=HashLog(tmp_path / "d.jsonl"))
    out = gate(tables, channel="review", office=office, subject=None, release=Release(), day=date(2025, 1, 1))
    return [shown(t) for t in out]


def lines(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


CASES = {
    "large counts pass as they are": (
        """
        area families outcomes rate
        a    200      20       0.1
        b    400      40       0.1
        """,
        """
        area families outcomes rate
        a    200      20       0.1
        b    400      40       0.1
        """,
    ),
    "a group below ten is hidden, with a second one so that it cannot be subtracted": (
        """
        area families
        a    9
        b    25
        c    400
        """,
        """
        area families
        a    .
        b    .
        c    400
        """,
    ),
    "what is not known is not hidden, also where its whole is a hidden zero": (
        """
        area families outcomes within
        a    66       0        -
        b    200      20       10
        c    400      40       20
        """,
        """
        area families outcomes within
        a    66       .        -
        b    200      .        10
        c    400      40       20
        """,
    ),
    "a true zero of families is shown and protects nothing": (
        """
        area families
        a    0
        b    9
        c    25
        d    400
        """,
        """
        area families
        a    0
        b    .
        c    .
        d    400
        """,
    ),
    "nobody learns that none, nearly all or all of a group were reported": (
        """
        area families outcomes rate
        none 150      0        0.0
        most 100      95       0.95
        all  60       60       1.0
        some 300      30       0.1
        """,
        """
        area families outcomes rate
        none 150      .        .
        most 100      .        .
        all  60       .        .
        some 300      30       0.1
        """,
    ),
    "a small group takes its whole row along": (
        """
        area families outcomes rate estimate own_share cost
        a    8        2        0.25 0.05     0.1       900
        b    900      40       0.0444444444  0.05 0.9  100
        c    500      20       0.04 0.05     0.9       100
        """,
        """
        area families outcomes rate estimate own_share cost
        a    .        .        .    .        .         900.0
        b    900      40       0.0444444444  0.05 0.9  100.0
        c    .        .        .    .        .         100.0
        """,
    ),
    "an estimate needs a hundred families, or none at all": (
        """
        area families estimate low high
        a    99       0.03     0.01 0.05
        b    100      0.03     0.01 0.05
        none 0        0.0      0.0  0.0
        """,
        """
        area families estimate low high
        a    99       .        .    .
        b    100      0.03     0.01 0.05
        none 0        0.0      0.0  0.0
        """,
    ),
    "the bounds of a hidden rate would give it away, those of an estimate do not": (
        """
        area families outcomes rate low  high
        a    200      4        0.02 0.01 0.05
        b    200      12       0.06 0.03 0.09
        c    200      20       0.1  0.06 0.15
        """,
        """
        area families outcomes rate low  high
        a    200      .        .    .    .
        b    200      .        .    .    .
        c    200      20       0.1  0.06 0.15
        """,
    ),
    "selected and not selected sum to the families: hiding one is not enough": (
        """
        group families selected not_selected
        x     120      112      8
        y     300      150      150
        z     400      200      200
        """,
        """
        group families selected not_selected
        x     120      .        .
        y     300      .        .
        z     400      200      200
        """,
    ),
    "a total is protected from subtraction in both directions": (
        """
        form   area  families
        one    north 7
        one    south 40
        one    total 47
        two    north 50
        two    south 60
        two    total 110
        total  north 57
        total  south 100
        total  total 157
        """,
        """
        form   area  families
        one    north .
        one    south .
        one    total 47
        two    north .
        two    south .
        two    total 110
        total  north 57
        total  south 100
        total  total 157
        """,
    ),
    "who is offered something follows from the offer, so none and all may be said": (
        """
        group families selected selection_rate
        none  150      0        0.0
        all   60       60       1.0
        few   300      4        0.0133333333333
        most  100      95       0.95
        some  300      30       0.1
        """,
        """
        group families selected selection_rate
        none  150      0        0.0
        all   60       60       1.0
        few   300      .        .
        most  100      .        .
        some  300      30       0.1
        """,
    ),
    "beside a hidden count an estimate says less": (
        """
        area families outcomes estimate
        a    200      4        0.023456
        b    200      12       0.034567
        c    200      20       0.045678
        """,
        """
        area families outcomes estimate
        a    200      .        0.023
        b    200      .        0.035
        c    200      20       0.045678
        """,
    ),
    "not covered is not zero": (
        """
        area families outcomes
        a    200      -
        b    400      40
        c    400      50
        """,
        """
        area families outcomes
        a    200      -
        b    400      40
        c    400      50
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_gate_hides(case: str, tmp_path: Path) -> None:
    given, expected = CASES[case]
    assert release(tmp_path, table(given)) == [lines(expected)]


def test_overlapping_groups_do_not_sum_so_one_may_be_hidden_alone(tmp_path: Path) -> None:
    text = """
    group families
    a     9
    b     25
    c     400
    """
    assert release(tmp_path, table(text, additive=False)) == ["group families\na .\nb 25\nc 400"]


def test_a_neighbourhood_cannot_be_subtracted_from_its_district(tmp_path: Path) -> None:
    districts = table("area families\nWK020201 307\nWK020202 500", "wijk")
    neighbourhoods = table(
        "area families\nBU02020101 7\nBU02020102 300\nBU02020201 200\nBU02020202 240\nBU02020203 60", "buurt"
    )
    coarse, fine = release(tmp_path, districts, neighbourhoods)
    assert coarse == "area families\nWK020201 307\nWK020202 500"
    assert fine == "area families\nBU02020101 .\nBU02020102 .\nBU02020201 200\nBU02020202 240\nBU02020203 60"


def test_few_non_selected_without_outcome_are_protected_too(tmp_path: Path) -> None:
    """100 families, 30 with an outcome, 90 selected of whom 25 with an outcome: 5 are in neither."""
    columns = (
        Column("group", "key", same("group"), labels={"x": same("x")}),
        *(Column(n, "count", same(n)) for n in ("families", "outcomes", "selected", "both")),
        Column("selection_rate", "rate", same("s"), of="selected", base="families"),
        Column("base_rate", "rate", same("b"), of="outcomes", base="families"),
        Column("sensitivity", "rate", same("t"), of="both", base="outcomes"),
        Column("precision", "rate", same("p"), of="both", base="selected"),
    )
    rows = (("x", 100, 40, 75, 20, 0.75, 0.4, 0.5, 20 / 75),)
    (out,) = release(tmp_path, Table("t", same("t"), columns, rows))
    assert out.splitlines()[1] == "x 100 40 75 . 0.75 0.4 . ."


def audit(*rows: tuple[str, int, int, int, int]) -> Table:
    """Families, outcomes, selected and both, by group."""
    columns = (
        Column("group", "key", same("group"), labels={row[0]: same(row[0]) for row in rows}),
        *(Column(n, "count", same(n)) for n in ("families", "outcomes", "selected", "both")),
        Column("selection_rate", "rate", same("s"), of="selected", base="families"),
        Column("base_rate", "rate", same("b"), of="outcomes", base="families"),
        Column("sensitivity", "rate", same("t"), of="both", base="outcomes"),
        Column("precision", "rate", same("p"), of="both", base="selected"),
    )
    full = [(*r, r[3] / r[1], r[2] / r[1], r[4] / r[2], r[4] / r[3] if r[3] else None) for r in rows]
    return Table("audit", same("audit"), columns, tuple(full))


def test_what_follows_from_an_offer_to_nobody_or_to_everybody_is_no_secret(tmp_path: Path) -> None:
    groups = (("nobody", 400, 40, 0, 0), ("all", 400, 40, 400, 40), ("some", 400, 40, 200, 20), ("few", 400, 40, 50, 5))
    given = audit(*groups)
    (out,) = release(tmp_path, given)
    assert [line.split()[:5] for line in out.splitlines()[1:]] == [
        ["nobody", "400", "40", "0", "0"],
        ["all", "400", "40", "400", "40"],
        ["some", "400", "40", "200", "."],
        ["few", "400", "40", "50", "."],
    ]


def test_a_zero_that_follows_from_a_hidden_zero_is_hidden_with_it(tmp_path: Path) -> None:
    """Nobody in the group was reported, which is not said; so neither is that no selected one was."""
    columns = (
        Column("group", "key", same("group"), labels={"x": same("x"), "y": same("y")}),
        Column("families", "count", same("families")),
        Column("outcomes", "count", same("outcomes"), base="families"),
        Column("selected", "count", same("selected"), base="families"),
        Column("both", "count", same("both")),
        Column("sensitivity", "rate", same("t"), of="both", base="outcomes"),
        Column("precision", "rate", same("p"), of="both", base="selected"),
    )
    rows = (("x", 173, 0, 56, 0, None, 0.0), ("y", 400, 40, 200, 20, 0.5, 0.1))
    (out,) = release(tmp_path, Table("t", same("t"), columns, rows))
    assert out.splitlines()[1].split()[:5] == ["x", "173", ".", "56", "."]


def verdict(difference: float, low: float, high: float) -> Table:
    columns = (
        Column("attribute", "key", same("attribute"), labels={"origin": same("origin")}),
        Column("families", "count", same("families"), additive=False),
        *(Column(n, "estimate", same(n), base="families") for n in ("difference", "low", "high")),
    )
    return Table("verdicts", same("verdicts"), columns, (("origin", 300, difference, low, high),))


def test_a_difference_with_a_hidden_rate_gives_it_away_so_it_goes_with_its_bounds(tmp_path: Path) -> None:
    rates = table(
        """
        attribute group families selected selection_rate
        origin    a     300      4        0.013333333333333334
        origin    b     300      30       0.1
        origin    c     300      60       0.2
        """
    )
    leaking = verdict(0.2 - 4 / 300, 0.15, 0.22)
    assert release(tmp_path, rates, leaking)[1].splitlines()[1] == "origin 300 . . ."
    as_ratio = verdict(0.2 / (4 / 300), 0.15, 0.22)
    assert release(tmp_path, rates, as_ratio)[1].splitlines()[1] == "origin 300 . . ."
    harmless = verdict(0.123, 0.05, 0.19)
    assert release(tmp_path, rates, harmless)[1].splitlines()[1] == "origin 300 0.123 0.05 0.19"


def test_all_rows_of_a_register_may_be_linked_but_a_few_unlinked_ones_are_hidden(tmp_path: Path) -> None:
    names = {name: same(name) for name in ("debt", "income", "housing", "care")}
    columns = (
        Column("register", "key", same("register"), labels=names),
        Column("rows", "count", same("rows"), "rows"),
        Column("linked", "count", same("linked"), "rows", additive=False),
        Column("share", "rate", same("share"), of="linked", base="rows"),
    )
    linked = {"debt": 900, "income": 897, "housing": 0, "care": 800}
    rows = tuple((name, 900, count, count / 900) for name, count in linked.items())
    (out,) = release(tmp_path, Table("linkage", same("linkage"), columns, rows))
    assert [line.split()[2] for line in out.splitlines()[1:]] == ["900", ".", "0", "800"]


def test_a_zero_in_a_chain_of_parts_does_not_tell_the_zero_that_it_follows_from(tmp_path: Path) -> None:
    given = """
        area families outcomes within deeper
        a    40       0        0      0
        b    40       20       20     20
        c    500      200      100    50
        """
    (found,) = release(tmp_path, table(given))
    assert found.splitlines()[1] == "a 40 . . ."
