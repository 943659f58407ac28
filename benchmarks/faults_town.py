"""A small kept run with an office, and what releasing it does: the ground that :mod:`benchmarks.faults` shakes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from riskscreen.disclosure.release import Part, release_together
from riskscreen.disclosure.verify import file_hashes, manifest_hash
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import decide, request_review
from riskscreen.pipeline.folder import run_folder, write_text
from riskscreen.pipeline.tracking import copy_entries
from riskscreen.records.approvals import Subject
from riskscreen.records.clock import stamp, utc_now
from riskscreen.records.tables import TOTAL, Channel, Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.settings import Release

NOTICE = Text("All families are made up.", "Alle gezinnen zijn verzonnen.")
CHANNELS: tuple[Channel, ...] = ("internal", "public")
RUN = "small"
TIMED = ("run.json", "ledger.jsonl", "HEAD.json")
"""Files that hold times or what follows from them."""


def card(version: int) -> str:
    """The text of a card."""
    return json.dumps({"schema": "card/1", "version": version}) + "\n"


def subject(version: int) -> Subject:
    """What is reviewed: another card, the same registers."""
    settings = hashlib.sha256(json.dumps(settings_of(version)).encode()).hexdigest()
    return Subject(RUN, "Ann Maker", hashlib.sha256(card(version).encode()).hexdigest(), settings, "r", "p", "a")


def settings_of(version: int) -> dict[str, Any]:
    """The settings that run.json repeats."""
    return {"name": RUN, "seed": version}


def tables(version: int) -> tuple[Table, ...]:
    """Families and reports in 24 wijken, by three ways to count; other counts per version."""
    chance = np.random.default_rng(version)
    return tuple(_table(name, chance) for name in ("areas", "points", "targets"))


def office_with(home: Path, versions: tuple[int, ...]) -> Office:
    """An office whose board approved these versions for both channels."""
    office, day = Office(home / "office"), utc_now().date()
    for version in versions:
        request_review(office, subject(version), purpose="help", programmes=("a",), areas=("w",), folder="runs/small")
        decide(
            office, subject(version).hash, "approve", by="Board", reason="seen", until=day + timedelta(days=30), day=day
        )
    return office


def release_run(home: Path, version: int) -> None:
    """Release a kept run by both channels and put its folder in place: steps and order of the main job."""
    office, about = Office(home / "office"), subject(version)
    with run_folder(home / "runs", RUN) as folder:
        write_text(folder / "card.json", card(version))
        parts = [Part(tables(version), c, folder / "released" / c, f"runs/{RUN}/released/{c}") for c in CHANNELS]
        release_together(parts, office=office, subject=about, release=Release(), day=utc_now().date(), notice=NOTICE)
        write_text(folder / "report.html", f"<svg>{' '.join(str(r) for t in tables(version) for r in t.keys)}</svg>\n")
        write_text(folder / "ledger.jsonl", copy_entries(office, about))
        files = file_hashes(folder)
        body = {"schema": "run/1", "name": RUN, "settings": settings_of(version), "time": stamp(), "files": files}
        write_text(folder / "run.json", json.dumps(body))
        seal = {"run": RUN, "subject": about.hash, "manifest": manifest_hash(files, settings_of(version))}
        office.ledger.append("finished", seal, time=stamp())


def content(folder: Path) -> dict[str, str]:
    """SHA-256 of every visible file whose content holds no time."""
    return {name: value for name, value in file_hashes(folder).items() if Path(name).name not in TIMED}


def _table(name: str, chance: np.random.Generator) -> Table:
    wijken = [f"w{i:02}" for i in range(24)]
    families = chance.integers(120, 900, size=len(wijken))
    reported = chance.binomial(families, 0.04)
    rows = [(w, int(f), int(r), round(int(r) / int(f), 6)) for w, f, r in zip(wijken, families, reported, strict=True)]
    total = (int(families.sum()), int(reported.sum()))
    columns = (
        Column("area", "key", Text("area", "gebied"), labels={w: same(w) for w in wijken}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("reported", "gemeld"), "families"),
        Column("rate", "rate", Text("rate", "kans"), "share", of="outcomes", base="families"),
    )
    made = Table(name, same(name), columns, (*rows, (TOTAL, *total, round(total[1] / total[0], 6))))
    # Each table is about families of its own: other names for its areas.
    prefix = name[0]
    codes = {f"{prefix}{w}": same(f"{prefix}{w}") for w in wijken}
    named = [(row[0] if row[0] == TOTAL else f"{prefix}{row[0]}", *row[1:]) for row in made.rows]
    return replace(made, columns=(replace(columns[0], labels=codes), *columns[1:]), rows=tuple(named))
