"""SQL that gives every incoming column the type of its schema; what does not fit becomes NULL and is told by check."""

from __future__ import annotations

from riskscreen.engine.duck import quote
from riskscreen.registers.mapping import RegisterMapping
from riskscreen.registers.schemas import ColumnSchema

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOAT = ("FLOAT", "DOUBLE", "DECIMAL")


def typed_sql(column: ColumnSchema, value: str, given: str, own: RegisterMapping) -> str:
    """One column in the type of its schema.

    Parameters
    ----------
    value
        Expression that holds the incoming value.
    given
        SQL type it comes in.
    own
        The user's codes, date form and decimal sign.
    """
    codes = own.codes.get(column.name)
    if codes:
        value, given = _recoded(value, codes), "VARCHAR"
    match column.type:
        case "text":
            return _text(value, given)
        case "date":
            return _date(value, given, own.dates)
        case "number":
            return _number(value, given, own.decimal)
        case "whole":
            return value if given == "INTEGER" else f"TRY_CAST({value} AS INTEGER)"
        case "flag":
            return _flag(value, given)


def is_exact(column: ColumnSchema, given: str, own: RegisterMapping) -> bool:
    """Can no value fail to take its type? Then check need not look."""
    if column.type == "text":
        return True
    if own.codes.get(column.name):
        return False
    if column.type == "date":
        return given == "DATE" or given.startswith("TIMESTAMP")
    if column.type == "number":
        return given.startswith((*_WHOLE, *_FLOAT))
    return given == column.sql_type


def _recoded(value: str, codes: object) -> str:
    pairs = " ".join(f"WHEN {quote(theirs)} THEN {quote(ours)}" for theirs, ours in dict(codes).items())  # type: ignore[call-overload]
    return f"CASE CAST({value} AS VARCHAR) {pairs} ELSE CAST({value} AS VARCHAR) END"


def _text(value: str, given: str) -> str:
    if given == "VARCHAR":
        return value
    if given.startswith(_FLOAT):  # numbers with gaps come as floats: 12.0 is number 12
        return f"coalesce(CAST(TRY_CAST({value} AS BIGINT) AS VARCHAR), CAST({value} AS VARCHAR))"
    return f"CAST({value} AS VARCHAR)"


def _date(value: str, given: str, form: str | None) -> str:
    if given == "DATE":
        return value
    if given.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    if form is not None:
        return f"CAST(TRY_STRPTIME(CAST({value} AS VARCHAR), {quote(form)}) AS DATE)"
    return f"TRY_CAST(CAST({value} AS VARCHAR) AS DATE)"


def _number(value: str, given: str, decimal: str) -> str:
    if given.startswith((*_WHOLE, *_FLOAT)):
        return f"CAST({value} AS DOUBLE)"
    if decimal == ",":
        value = f"replace(replace({value}, '.', ''), ',', '.')"
    return f"TRY_CAST({value} AS DOUBLE)"


def _flag(value: str, given: str) -> str:
    if given == "BOOLEAN":
        return value
    if given.startswith((*_WHOLE, *_FLOAT)):
        return f"TRY_CAST({value} AS BOOLEAN)"
    return f"TRY_CAST(CAST({value} AS VARCHAR) AS BOOLEAN)"
