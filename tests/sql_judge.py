"""Looks at a statement as a tree and says what would let a family out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp, parse

FORBIDDEN = {"family", "person", "household", "child", "parent", "mother", "father", "address", "bsn"}


def faults(text: str, dialect: str, keys: Sequence[str], threshold: int = 10) -> list[str]:
    """What is wrong with a card's statement; an empty list when it gives only groups of at least ``threshold``.

    Parameters
    ----------
    keys
        The columns that the statement was asked to group by.
    """
    statements = [tree for tree in parse(text, read=dialect) if tree is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        return ["it is not one SELECT"]
    return list(_faults(statements[0], tuple(key.lower() for key in keys), threshold))


def _faults(tree: exp.Select, keys: tuple[str, ...], threshold: int) -> Iterator[str]:
    outer = [_shown(column) for column in tree.expressions]
    if outer != [*keys, "points", "count(*) as families"]:
        yield f"the outer select gives {outer}"
    if FORBIDDEN & {column.name.lower() for column in _outside_with(tree).find_all(exp.Column)}:
        yield "a key of a family stands outside the WITH"
    group = tree.args.get("group")
    if group is None or [_shown(part) for part in group.expressions] != [*keys, "points"]:
        yield "it does not group by exactly the keys and the points"
    if not _holds_back(tree.args.get("having"), threshold):
        yield f"no HAVING count(*) >= {threshold}"
    if [table.name for table in _outside_with(tree).find_all(exp.Table)] != ["scored"]:
        yield "the outer select reads something else than what was scored"


def _outside_with(tree: exp.Select) -> exp.Select:
    bare = tree.copy()
    for name in ("with_", "with"):
        bare.set(name, None)
    return bare


def _shown(part: exp.Expression) -> str:
    """One expression as text, the same in every dialect."""
    if isinstance(part, exp.Column) and not part.table:
        return str(part.name).lower()
    if isinstance(part, exp.Alias):
        return f"{_shown(part.this)} as {part.alias.lower()}"
    if isinstance(part, exp.Count) and isinstance(part.this, exp.Star):
        return "count(*)"
    return part.sql()


def _holds_back(having: exp.Having | None, threshold: int) -> bool:
    rule = having and having.this
    return (
        isinstance(rule, exp.GTE)
        and _shown(rule.this) == "count(*)"
        and isinstance(rule.expression, exp.Literal)
        and int(rule.expression.this) >= threshold
    )
