"""The gate fails closed, and released tables are made nowhere else."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from riskscreen.disclosure.gate import ReleasedTable, figures, gate, is_released
from riskscreen.disclosure.rules import KNOWN, rules_of
from riskscreen.errors import RefusedError, ReviewError
from riskscreen.records.approvals import Subject
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.settings import Release

DAY = date(2025, 1, 1)
SUBJECT = Subject("demo", "Ann Maker", "c" * 64, "s" * 64, "r" * 64, "p" * 64, "a" * 64)
AREA = Column("area", "key", same("area"), labels={"a": same("North"), "b": Text("South", "Zuid")})
FAMILIES = Column("families", "count", same("families"), "families")
OUTCOMES = Column("outcomes", "count", same("outcomes"), "families")
RATE = Column("rate", "rate", same("rate"), "share", of="outcomes", base="families")
VERDICT = Column("verdict", "code", same("verdict"), labels={"gap": same("gap")})
SINCE = Column("since", "number", same("since"), "date")
GOOD = Table("areas", same("Areas"), (AREA, FAMILIES, OUTCOMES, RATE), (("a", 200, 20, 0.1), ("b", 100, 30, 0.3)))


@pytest.fixture
def office(tmp_path: Path) -> Any:
    return SimpleNamespace(ledger=HashLog(tmp_path / "ledger.jsonl"), decisions=HashLog(tmp_path / "decisions.jsonl"))


def passed(office: Any, *tables: Table, **changes: Any) -> tuple[ReleasedTable, ...]:
    arguments = {"channel": "review", "office": office, "subject": None, "release": Release(), "day": DAY} | changes
    return gate(tables, **arguments)


def approve(office: Any, **changes: Any) -> None:
    body = {
        "subject": SUBJECT.hash,
        "by": "Board",
        "reason": "seen",
        "until": "2025-06-30",
        "channels": ["internal"],
    } | changes
    office.decisions.append("approve", body, time="2024-12-01T00:00:00+00:00")


def with_value(table: Table, column: str, value: Any) -> Table:
    j = [c.name for c in table.columns].index(column)
    first = tuple(value if k == j else v for k, v in enumerate(table.rows[0]))
    return table.with_rows([first, *table.rows[1:]])


def with_column(column: Column, values: tuple[Any, Any]) -> Table:
    rows = [(*row, value) for row, value in zip(GOOD.rows, values, strict=True)]
    return replace(GOOD, columns=(*GOOD.columns, column), rows=tuple(rows))


REFUSED = {
    "free text as a key": (with_value(GOOD, "area", "Mr A. Example, 1 High Street"), "rate|not a key"),
    "a key that is missing": (with_value(GOOD, "area", None), "not a key"),
    "free text as a code": (with_column(VERDICT, ("gap", "some words")), "not a code"),
    "text in a number": (with_column(Column("n", "number", same("n")), (1, "words")), "not a number"),
    "text in a date": (with_column(SINCE, ("2024-01-01", "last week")), "not a number"),
    "half a family": (with_value(GOOD, "families", 200.5), "not a count"),
    "a negative count": (with_value(GOOD, "families", -1), "not a count"),
    "a count that is a truth value": (with_value(GOOD, "families", True), "not a count"),
    "an infinite rate": (with_value(GOOD, "rate", float("inf")), "not a rate"),
    "a rate that is not a number": (with_value(GOOD, "rate", float("nan")), "not a rate"),
    "a rate without its counts": (with_value(GOOD, "outcomes", None), "without the counts"),
    "a rate that names no count": (
        with_column(Column("r", "rate", same("r"), base="families"), (0.1, 0.2)),
        "must name its of",
    ),
    "a base that is no column": (
        with_column(Column("e", "estimate", same("e"), base="persons"), (0.1, 0.2)),
        "'persons' is not a count column",
    ),
    "an estimate without a base": (
        with_column(Column("e", "estimate", same("e")), (0.1, 0.2)),
        "must name its base",
    ),
    "an unknown kind": (with_column(Column("x", "secret", same("x")), (1, 2)), "unknown kind"),  # type: ignore[arg-type]
    "two rows with one key": (with_value(GOOD, "area", "b"), "same keys"),
    "a name that is a path": (replace(GOOD, name="../areas"), "name is lower case"),
    "a note as long as a list of names": (replace(GOOD, note=same("x" * 4000)), "longer than"),
    "a table for another channel": (replace(GOOD, channels=("internal",)), "may not leave by the review channel"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_judged_is_refused(case: str, office: Any) -> None:
    table, expected = REFUSED[case]
    with pytest.raises(RefusedError, match=expected):
        passed(office, table)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([pd.DataFrame({"area": ["Example Street 1"]})], "not a list of DataFrame"),
        (pd.DataFrame({"Example Street 1": [200]}), "not a DataFrame"),
        ([GOOD, {"Example Street 1": 200}], "not a list of dict"),
        (GOOD, "not a Table"),
        (None, "not a NoneType"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_make_of_it(given: Any, told: str, office: Any) -> None:
    with pytest.raises(RefusedError, match=told) as caught:
        gate(given, channel="review", office=office, subject=None, release=Release(), day=DAY)
    assert "Table" in caught.value.do
    assert "Example Street" not in str(caught.value)


def test_a_refusal_never_repeats_a_value(office: Any) -> None:
    with pytest.raises(RefusedError) as caught:
        passed(office, with_value(GOOD, "area", "Example Street 1"))
    assert "Example Street" not in str(caught.value)


def test_all_faults_of_all_tables_are_told_at_once(office: Any) -> None:
    other = replace(with_value(GOOD, "families", -1), name="other")
    with pytest.raises(RefusedError) as caught:
        passed(office, with_value(GOOD, "area", "x"), other)
    assert {fault.split(":")[0] for fault in caught.value.faults} == {"areas", "other"}


def test_one_bad_table_stops_all(office: Any) -> None:
    with pytest.raises(RefusedError):
        passed(office, GOOD, replace(with_value(GOOD, "families", -1), name="other"))


def test_two_tables_of_one_name_are_refused(office: Any) -> None:
    with pytest.raises(RefusedError, match="occurs twice"):
        passed(office, GOOD, GOOD)


def test_unknown_channel_and_rules_are_refused(office: Any) -> None:
    with pytest.raises(RefusedError, match="unknown channel"):
        passed(office, GOOD, channel="press")
    with pytest.raises(RefusedError, match="unknown disclosure rules"):
        rules_of(Release.model_construct(threshold=10, estimate_base=100, rules="loose/1"))
    with pytest.raises(RefusedError, match="at least 10"):
        rules_of(Release.model_construct(threshold=3, estimate_base=100, rules="standard/1"))
    assert dict(KNOWN) == {"standard/1": 10}


@pytest.mark.parametrize("log", ["ledger", "decisions"])
def test_a_broken_chain_stops_even_a_draft(log: str, office: Any) -> None:
    book = getattr(office, log)
    book.append("note", {"a": 1}, time="2024-01-01T00:00:00+00:00")
    book.path.write_text(book.path.read_text().replace('"a": 1', '"a": 2'))
    with pytest.raises(RefusedError, match="chain"):
        passed(office, GOOD)


def test_internal_needs_an_approval_that_holds(office: Any) -> None:
    with pytest.raises(RefusedError, match="needs the subject"):
        passed(office, GOOD, channel="internal")
    with pytest.raises(ReviewError, match="no review approves"):
        passed(office, GOOD, channel="internal", subject=SUBJECT)
    approve(office)
    (out,) = passed(office, GOOD, channel="internal", subject=SUBJECT)
    assert (out.channel, out.passage.approval, out.passage.subject) == ("internal", 1, SUBJECT.hash)


def test_an_approval_holds_for_its_channel_its_term_and_its_hash_only(office: Any) -> None:
    approve(office)
    with pytest.raises(ReviewError, match="does not cover the public channel"):
        passed(office, GOOD, channel="public", subject=SUBJECT)
    with pytest.raises(ReviewError, match="expired"):
        passed(office, GOOD, channel="internal", subject=SUBJECT, day=date(2025, 7, 1))
    with pytest.raises(ReviewError, match="no review approves"):
        passed(office, GOOD, channel="internal", subject=replace(SUBJECT, settings="x" * 64))


def test_the_maker_cannot_have_approved(office: Any) -> None:
    approve(office, by="  ann   MAKER ")
    with pytest.raises(ReviewError, match="cannot approve"):
        passed(office, GOOD, channel="internal", subject=SUBJECT)


def test_other_values_under_the_same_name_and_subject_are_refused(office: Any) -> None:
    approve(office)
    (out,) = passed(office, GOOD, channel="internal", subject=SUBJECT)
    body = {"subject": SUBJECT.hash, "tables": {"areas": out.content_hash}, "release": "x"}
    office.ledger.append("release", body, time="2025-01-01T00:00:00+00:00")
    passed(office, GOOD, channel="internal", subject=SUBJECT)
    one_family_more = with_value(with_value(GOOD, "families", 201), "rate", 20 / 201)
    with pytest.raises(RefusedError, match="other values"):
        passed(office, one_family_more, channel="internal", subject=SUBJECT)


def forge_by_constructor(out: ReleasedTable) -> Any:
    return ReleasedTable(object(), out.table, out.status, out.passage)


def forge_by_subclass(out: ReleasedTable) -> Any:
    return type("Mine", (ReleasedTable,), {})


def forge_by_setattr(out: ReleasedTable) -> Any:
    out.table = GOOD


def forge_by_delattr(out: ReleasedTable) -> Any:
    del out.status


FORGERIES = {
    "constructor": forge_by_constructor,
    "subclass": forge_by_subclass,
    "assignment": forge_by_setattr,
    "deletion": forge_by_delattr,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "pickle, oldest protocol": lambda out: pickle.dumps(out, protocol=0),
}


@pytest.mark.parametrize("way", FORGERIES)
def test_a_released_table_is_made_nowhere_else(way: str, office: Any) -> None:
    (out,) = passed(office, GOOD)
    with pytest.raises(RefusedError):
        FORGERIES[way](out)
    assert is_released(out)


def test_dataclass_replace_does_not_work_on_it(office: Any) -> None:
    (out,) = passed(office, GOOD)
    with pytest.raises(TypeError):
        dataclasses.replace(out, table=GOOD)  # type: ignore[type-var]


def test_one_forged_below_the_constructor_is_known_as_a_forgery(office: Any) -> None:
    (out,) = passed(office, GOOD)
    forged = object.__new__(ReleasedTable)
    for name in ("table", "status", "passage"):
        object.__setattr__(forged, name, getattr(out, name))
    assert not is_released(forged)
    object.__setattr__(out, "table", with_value(GOOD, "families", 3))
    assert not is_released(out)
    assert not is_released(GOOD)


def test_figures_come_from_released_tables_and_never_hidden_ones(office: Any) -> None:
    (out,) = passed(office, with_value(with_value(GOOD, "outcomes", 4), "rate", 0.02))
    wanted = [("areas", "a", "rate"), ("areas", "a", "families"), ("areas", "z", "rate"), ("none", "a", "rate")]
    assert figures([out], wanted) == {"areas.a.families": 200.0}


def test_a_released_table_shows_itself(office: Any) -> None:
    small = with_value(with_value(GOOD, "outcomes", 4), "rate", 0.02)
    (out,) = passed(office, replace(small, title=same("<b>Areas</b>")))
    assert "Draft for review" in str(out)
    assert "hidden by standard/1 (threshold 10)" in str(out)
    assert "&lt;b&gt;" in out._repr_html_()
    assert "<b>" not in out._repr_html_()
    assert out.label("area", "b", "nl") == "Zuid"
    assert out.cell(0, "outcomes") == (None, "suppressed")
    assert out.share_hidden == pytest.approx(4 / 6)  # both outcomes and both rates of six figures
    assert out.to_pandas()["outcomes"].isna().all()
    assert out.to_pandas()["families"].tolist() == [200, 100]


def test_the_same_table_gives_the_same_bytes(office: Any) -> None:
    first, again = (passed(office, GOOD)[0] for _ in range(2))
    assert first.to_json() == again.to_json()
    assert first.id == again.id
    assert first.content_hash != passed(office, with_value(GOOD, "families", 210))[0].content_hash


def test_an_estimate_that_is_a_rate_in_disguise_goes_with_its_count(office: Any) -> None:
    column = Column("guess", "estimate", same("guess"), base="families")
    table = with_value(with_value(with_column(column, (4 / 200, 0.29)), "outcomes", 4), "rate", 0.02)
    (out,) = passed(office, table)
    assert out.cell(0, "guess") == (None, "suppressed")
    assert out.cell(1, "guess") == (0.29, "shown")


def nested() -> tuple[Table, Table]:
    """Two wijken, and their buurten of which one has seven families: only the wijken may leave."""

    def table(name: str, rows: tuple[tuple[str, int], ...]) -> Table:
        area = replace(AREA, labels={code: same(code) for code, _ in rows})
        return Table(name, same("Areas"), (area, FAMILIES), rows)

    buurten = (("BU00010101", 7), ("BU00010102", 200), ("BU00010201", 150), ("BU00010202", 170))
    fine = replace(table("areas_buurt", buurten), channels=("internal",))
    return table("areas_wijk", (("WK000101", 207), ("WK000102", 320))), fine


def test_a_table_hides_the_same_cells_whether_or_not_the_one_it_is_tied_to_leaves(office: Any) -> None:
    """Without the finer table the sum of a wijk would be shown: subtracted from an internal release it tells seven."""
    coarse, fine = nested()
    approve(office)
    asked = {"channel": "internal", "subject": SUBJECT}
    both = passed(office, coarse, fine, **asked)
    alone = passed(office, coarse, beside=[fine], **asked)
    assert alone[0].content_hash == both[0].content_hash
    assert passed(office, fine, coarse, **asked)[1].content_hash == both[0].content_hash
    assert [table.name for table in alone] == ["areas_wijk"]


def test_a_table_beside_is_judged_and_never_comes_out(office: Any) -> None:
    coarse, fine = nested()
    assert [table.name for table in passed(office, coarse, beside=[fine])] == ["areas_wijk"]
    with pytest.raises(RefusedError, match="occurs twice"):
        passed(office, coarse, beside=[coarse])
    with pytest.raises(RefusedError, match="not a count"):
        passed(office, coarse, beside=[with_value(replace(GOOD, name="other"), "families", -1)])
    with pytest.raises(RefusedError, match="list of tables"):
        passed(office, coarse, beside=[{"families": 3}])
