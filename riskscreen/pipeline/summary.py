"""The ten lines that end a run: what was found, where to look, what to do next. Figures come from released tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from riskscreen.pipeline.job import Job
from riskscreen.pipeline.subject import municipality_of
from riskscreen.records.texts import Text


def ten_lines(job: Job, place: Path, status: str) -> list[str]:
    """Ten aligned lines for the terminal."""
    tables = {table.name: table.table.records() for table in job.value("review")["tables"]}
    kept = sum(done.kept for done in job.done)
    seconds = sum(done.seconds for done in job.done)
    name = job.scenario.name
    lines = [
        ("run", f"{name}: {status} in {seconds:.0f} s ({kept} of {len(job.steps)} steps unchanged)"),
        ("registers", _registers(job)),
        ("outcome", _outcome(tables)),
        ("model", _model(job, tables)),
        ("groups", _groups(tables)),
        ("areas", _areas(tables, job.value("areas")["missing"])),
        ("places", _places(tables)),
        ("audit", _audit(tables)),
        ("look", f"{place / 'dossier.html'} (board), {_report(place, status)}"),
        ("next", _next(name, place, status)),
    ]
    return [f"{word:<10}{text}" for word, text in lines]


def _registers(job: Job) -> str:
    registers = job.value("registers")
    kind = "synthetic: nobody in them exists" if registers.synthetic else "your own"
    return f"{len(registers.present)} registers of {municipality_of(job) or 'your municipality'} ({kind})"


def _outcome(tables: dict[str, Any]) -> str:
    judged = [row for row in tables["outcomes"] if row["rate"] is not None]
    if not judged:
        return "too few recorded outcomes to show"
    with_report = _per_1000(judged[-1]["rate"])
    return f"of 1,000 families about {with_report} have a new report within the horizon, {1000 - with_report} have none"


def _model(job: Job, tables: dict[str, Any]) -> str:
    fitted = job.value("fit")
    rows = {row["model"]: row for row in tables["performance"]}
    figures = [f"{model} {rows[model]['auroc']:.3f}" for model in rows if rows[model]["auroc"] is not None]
    lines = len(fitted.chosen.lines)
    kind = "" if fitted.local else ", reference card (too few outcomes to fit one here)"
    return f"{fitted.chosen.name} of {lines} lines is chosen{kind}; AUROC {', '.join(figures) or 'not shown'}"


def _groups(tables: dict[str, Any]) -> str:
    found = [row for row in tables["target_groups"] if row["group"] != "total"]
    rows = [row for row in found if row["rate"] is not None]
    many = f"{len(found)} target groups found"
    if not rows:
        return f"{many}, none large enough to show a rate"
    low, high = min(row["rate"] for row in rows), max(row["rate"] for row in rows)
    some = "" if len(rows) == len(found) else f", {len(rows)} large enough to show a rate"
    return f"{many}{some}; of 1,000 such families {_per_1000(low)} to {_per_1000(high)} have a new report"


def _areas(tables: dict[str, Any], missing: Text | None) -> str:
    parts = []
    for level in ("wijk", "buurt"):
        rows = [row for row in tables.get(f"areas_{level}", ()) if row["area"] not in ("total", "unknown")]
        shown = sum(row["estimate"] is not None for row in rows)
        parts += [f"{shown} of {len(rows)} {level}en"] if rows else []
    told = f"{' and '.join(parts)} show an estimate" if parts else ""
    return ". ".join(part for part in (told, missing.en if missing else "") if part)


def _places(tables: dict[str, Any]) -> str:
    rows = [row for row in tables["places"] if row["area"] != "total"]
    places, cost = sum(row["places"] or 0 for row in rows), sum(row["cost"] or 0 for row in rows)
    where = len({row["area"] for row in rows} - {"unknown"})
    told = f" in {where} wijken" if where else ""
    return f"{places:,} places{told} for EUR {cost:,.0f} (planning values)"


def _audit(tables: dict[str, Any]) -> str:
    names = {"gap": "gap", "no_gap_shown": "no gap shown", "not_enough_evidence": "not enough evidence"}
    counted = Counter(row["verdict"] for row in tables["verdicts"] if row["verdict"] in names)
    told = ", ".join(f"{counted[code]} {name}" for code, name in names.items())
    return f"{told} (no gap shown is not proof of equal treatment)"


def _report(place: Path, status: str) -> str:
    return f"{place / 'report.html'}, {place / 'released'}" if status == "released" else "nothing is released yet"


def _next(name: str, place: Path, status: str) -> str:
    if status == "released":
        return f"riskscreen compare {name}   or   riskscreen integrity {name}   or   riskscreen verify {place}"
    return f"riskscreen review approve {name} --by NAME --reason TEXT --until DATE   then run again"


def _per_1000(rate: float) -> int:
    return round(1000 * rate)
