"""SQL text from typed values, by pure functions; DuckDB's dialect."""

from __future__ import annotations

from datetime import date

from riskscreen.engine.duck import quote
from riskscreen.records.filters import And, Compare, Filter, In, Literal_, Not, Or


def literal(value: Literal_) -> str:
    """A typed value as an SQL literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return quote(value)
    return repr(value)


def filter_sql(part: Filter, alias: str = "") -> str:
    """A filter as an SQL condition on the columns of ``alias``."""
    dot = f"{alias}." if alias else ""
    match part:
        case Compare(column, operator, value):
            return f"{dot}{column} {'<>' if operator == '!=' else operator} {literal(value)}"
        case In(column, values):
            return f"{dot}{column} IN ({', '.join(literal(value) for value in values)})"
        case Not(inner):
            return f"NOT ({filter_sql(inner, alias)})"
        case And(parts):
            return " AND ".join(f"({filter_sql(inner, alias)})" for inner in parts)
        case Or(parts):
            return " OR ".join(f"({filter_sql(inner, alias)})" for inner in parts)
