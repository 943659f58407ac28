"""Was the run's own choice logged before anything was fitted, and before anybody saw other combinations?"""

from __future__ import annotations

from collections.abc import Sequence

from riskscreen.integrity.findings import Finding, judged
from riskscreen.records.hashlog import Entry

RULE, FITTED, MULTIVERSE = "rule", "fitted", "multiverse"
"""Kinds of entries: written before a fit, after it, and before a multiverse is looked at."""


def logged_before(entries: Sequence[Entry], *, run: str, design: str, registers: str, card: str) -> list[Finding]:
    """Look in the office's ledger, whose entries are chained by hash.

    Parameters
    ----------
    entries
        All entries of the ledger, their chain checked. The three kinds name the run, its design and its registers.
    run
        Name of the run.
    design, registers, card
        Hash of the run's design, of its registers and of the model that was chosen.
    """
    same = {"run": run, "design": design, "registers": registers}
    rules = [entry.number for entry in entries if entry.kind == RULE and _is(entry, **same)]
    fitted = [entry.number for entry in entries if entry.kind == FITTED and _is(entry, card=card, **same)]
    first = min(rules, default=None)
    in_time = first is not None and bool(fitted) and first < min(fitted)
    looks = [e for e in entries if e.kind == MULTIVERSE and _is(e, registers=registers)]
    wrong = sum(e.body.get("design") != design and (first is None or e.number < first) for e in looks)
    return [
        judged("beforehand", "logged", max(len(entries), 1), "entries", int(not in_time)),
        judged("beforehand", "not_picked", max(len(entries), 1), "entries", wrong),
    ]


def _is(entry: Entry, **wanted: str) -> bool:
    return all(entry.body.get(name) == value for name, value in wanted.items())
