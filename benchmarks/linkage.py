"""How well and how fast records are linked: ``python -m benchmarks.linkage --json``.

``f1@voorbeeldstad`` is over all pairs of records (register, number) of the particulars that are of one person.
``seconds@500000`` and ``peak_gib@500000`` link two files of together 500,000 records on names, birth date and address
alone, with errors in all of them and no number to go by: reading, training, comparing, clustering and writing. Every
run is a process of its own; memory is its peak, as the operating system accounts it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDS = 500_000
SETTINGS = """schema: linkage/1
files:
  one: {path: one.csv, id: id, one_per_person: true, columns: &names {given_names: given_names,
    name_prefix: name_prefix, surname: surname, birth_date: birth_date, sex: sex, postcode: postcode,
    house_number: house_number}}
  two: {path: two.csv, id: id, columns: *names}
"""
OWN_FILES = """
import json, resource, sys, time
from pathlib import Path
from riskscreen.pipeline.linking import link_own_files
folder, start = Path(sys.argv[1]), time.perf_counter()
link_own_files(folder / "settings.yaml", out=folder / "clusters.csv")
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""
REGISTERS = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from riskscreen.linkage import link
from riskscreen.registers import open_registers
world, start = Path(sys.argv[1]), time.perf_counter()
with open_registers(world) as registers:
    if not registers.has("particulars"):
        print(json.dumps({"records": 0}))
        sys.exit()
    link(registers, [date(2025, 1, 1)], key="benchmark", truth=world / "truth")
    seconds = time.perf_counter() - start
    found = registers.engine.rows(sys.argv[2])[0]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"records": found[0], "true": found[1], "made": found[2], "both": found[3], "seconds": seconds,
                  "peak_kib": peak}))
"""
PAIRS = """WITH records AS (
  SELECT r.source, r.number, coalesce(a.person, b.person, r.number) AS truth,
    CASE WHEN c.number IS NULL THEN coalesce(d.person, r.number)
      ELSE coalesce(c.person, 'rejected ' || r.record) END AS made
  FROM link_records AS r
  LEFT JOIN link_truth AS a ON a.register = r.source AND a.number = r.number
  LEFT JOIN link_truth AS b ON b.register = 'persons' AND b.number = r.number
  LEFT JOIN crosswalk AS c ON c.register = r.source AND c.number = r.number
  LEFT JOIN crosswalk AS d ON d.register = 'persons' AND d.number = r.number)
SELECT (SELECT count(*) FROM records),
  (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM records GROUP BY truth)),
  (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM records GROUP BY made)),
  (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM records GROUP BY truth, made))"""
Figure = tuple[str, float, str]


def figures() -> Iterator[Figure]:
    """Every figure as (name, value, unit)."""
    with tempfile.TemporaryDirectory() as folder:
        yield from of_registers(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield from of_own_files(Path(folder))


def of_registers(folder: Path) -> Iterator[Figure]:
    """Registers of a synthetic town whose numbers are missing, wrong or double for some."""
    world = folder / "voorbeeldstad"
    _python("-m", "riskscreen.cli", "synthesize", "--world", "voorbeeldstad", "--out", str(world))
    told = _python("-c", REGISTERS, str(world), PAIRS)
    if not told["records"]:
        print("no figure for voorbeeldstad: its registers have no particulars", file=sys.stderr)
        return
    yield "f1@voorbeeldstad", 2 * told["both"] / (told["true"] + told["made"]), "1"
    yield "precision@voorbeeldstad", told["both"] / told["made"], "1"
    yield "recall@voorbeeldstad", told["both"] / told["true"], "1"
    yield "records@voorbeeldstad", told["records"], "records"
    yield "seconds@voorbeeldstad", told["seconds"], "s"
    yield "peak_gib@voorbeeldstad", told["peak_kib"] / 2**20, "GiB"


def of_own_files(folder: Path) -> Iterator[Figure]:
    """Two files without a number."""
    true = write_files(folder, RECORDS)
    told = _python("-c", OWN_FILES, str(folder))
    made, both = compare_clusters(folder, true)
    yield f"seconds@{RECORDS}", told["seconds"], "s"
    yield f"peak_gib@{RECORDS}", told["peak_kib"] / 2**20, "GiB"
    yield f"precision@{RECORDS}", both / made, "1"
    yield f"recall@{RECORDS}", both / len(true), "1"


def write_files(folder: Path, records: int) -> set[tuple[str, str]]:
    """Two files of half the records each; returns the pairs of ids that are of one person."""
    import numpy as np

    from tests.linkage_people import people, recorded

    persons, rng = people(records // 4, 7), np.random.default_rng(7)
    chosen = {}
    for number, name in enumerate(("one", "two")):
        some = persons.iloc[np.sort(rng.permutation(len(persons))[: records // 2])].reset_index(drop=True)
        chosen[name] = set(some["person"])
        made = recorded(some, 70 + number, errors=0.5).drop(columns=["home", "newborn"])
        made.insert(0, "id", name + some["person"])
        made.drop(columns="person").to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return {(f"one{person}", f"two{person}") for person in chosen["one"] & chosen["two"]}


def compare_clusters(folder: Path, true: set[tuple[str, str]]) -> tuple[int, int]:
    """Pairs of ids that were made, and how many of these are right."""
    import pandas as pd

    found = pd.read_csv(folder / "clusters.csv")
    many = found.groupby("cluster")["id"].transform("size")
    groups = found[many > 1].groupby("cluster")["id"].agg(sorted)
    pairs = [(a, b) for ids in groups for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return len(pairs), sum(pair in true for pair in pairs)


def _python(*arguments: str) -> Any:
    """Run a process; what its last line says, as JSON."""
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    last = done.stdout.strip().splitlines()[-1:]
    return json.loads(last[0]) if last and last[0].startswith("{") else None


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    as_json = parser.parse_args().json
    for name, value, unit in figures():
        line = json.dumps({"name": name, "value": round(value, 5), "unit": unit})
        print(line if as_json else f"{name:<32}{value:>14.5f} {unit}", flush=True)


if __name__ == "__main__":
    main()
