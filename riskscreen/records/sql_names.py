"""Names of columns and tables as SQL, quoted where a database would misread them."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTES = {'"': '"', "[": "]", "`": "`"}

_RESERVED_TEXT = """
    add all alter analyse analyze and any array as asc asymmetric at authorization backup begin between binary both
    break browse bulk by cascade case cast check checkpoint close clustered coalesce collate collation column commit
    compute concurrently constraint contains containstable continue convert create cross current current_catalog
    current_date current_role current_schema current_time current_timestamp current_user cursor database dbcc
    deallocate declare default deferrable delete deny desc describe disk distinct distributed do double drop dump
    else end errlvl escape except exec execute exists exit external false fetch file fillfactor for foreign freetext
    freetexttable freeze from full function goto grant group having holdlock identity identity_insert identitycol if
    ilike in index initially inner insert intersect into is isnull join key kill lambda lateral leading left like
    limit lineno load localtime localtimestamp merge national natural nocheck nonclustered not notnull null nullif
    of off offset offsets on only open opendatasource openquery openrowset openxml option or order outer over
    overlaps percent pivot pivot_longer pivot_wider placing plan precision primary print proc procedure public
    qualify raiserror read readtext reconfigure references replication restore restrict return returning revert
    revoke right rollback rowcount rowguidcol rule save schema securityaudit select semantickeyphrasetable
    semanticsimilaritydetailstable semanticsimilaritytable session_user set setuser show shutdown similar some
    statistics summarize symmetric system_user table tablesample textsize then to top trailing tran transaction
    trigger true truncate try_convert tsequal union unique unpivot update updatetext use user using values variadic
    varying verbose view waitfor when where while window with within writetext
"""
RESERVED = frozenset(_RESERVED_TEXT.split())
"""Words that DuckDB, PostgreSQL or SQL Server reserve (``duckdb_keywords()``, ``pg_get_keywords()``, Microsoft's page
*Reserved Keywords (Transact-SQL)*)."""


def quoted(name: str) -> str:
    """A name as a DuckDB identifier; a plain one stays as it is.

    Examples
    --------
    >>> quoted("debt_arrears"), quoted("order"), quoted("mother's age")
    ('debt_arrears', '"order"', '"mother\\'s age"')
    """
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def column_name(given: str) -> str | None:
    """The column that a text names, in lower case and without its quotes; ``None`` when it is no plain name.

    Examples
    --------
    >>> column_name(' "Area" '), column_name("[area]"), column_name("lower(area)")
    ('area', 'area', None)
    """
    text = given.strip()
    if len(text) > 2 and text[-1] == _QUOTES.get(text[0]):
        text = text[1:-1].strip()
    return text.lower() if _COLUMN.fullmatch(text) else None
