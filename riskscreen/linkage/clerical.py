"""A clerical sample: pairs that a person looks at, to know the rates of errors without trusting the model.

Pairs are drawn by strata of match weight, on both sides of the threshold, links whose number holds apart. The file for
the clerk holds names and addresses: it is written into the private store beside the registers, for its owner only, and
never anywhere else. It does not say what the model thinks. What is needed to weigh the answers lies beside it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskscreen.engine.duck import Engine
from riskscreen.errors import RegisterError, UsageError
from riskscreen.linkage.crosswalk import COLUMNS, Found
from riskscreen.linkage.evidence import GROUPED, Group
from riskscreen.linkage.rates import Expected, Rates, Strata, allocate, clerical_rates

SCHEMA = "clerical-sample/1"
HELD = "number"
"""The stratum of links whose number holds."""
FILE, BESIDE = "clerical.csv", "clerical.json"
ANSWERS = {"yes": True, "y": True, "ja": True, "j": True, "1": True, "no": False, "n": False, "nee": False, "0": False}
SKIPPED = ("", "?", "unknown", "onbekend")


@dataclass(frozen=True, slots=True)
class ClericalSample:
    """Labels by stratum, with how many pairs each stratum has in every group.

    Parameters
    ----------
    linked, expected
        Per stratum: are its pairs links that were made; the model's mean probability.
    same, checked
        Per stratum: pairs labelled as one person, and labelled at all.
    pairs
        Per group: pairs in each stratum.
    """

    linked: tuple[bool, ...]
    expected: tuple[float, ...]
    same: tuple[int, ...]
    checked: tuple[int, ...]
    pairs: Mapping[Group, tuple[int, ...]]

    def rates(self, expected: Mapping[Group, Expected]) -> dict[Group, Rates]:
        """Rates over all and per group; ``expected`` gives records and matches lost to blocking.

        Groups are taken to be alike within a stratum, so that they differ by how their pairs spread over the strata: a
        sample of hundreds cannot say more.
        """
        return {
            group: clerical_rates(self._strata(pairs), expected[group].records, lost=expected[group].lost)
            for group, pairs in self.pairs.items()
            if group in expected
        }

    def _strata(self, pairs: tuple[int, ...]) -> Strata:
        counts, same, checked = (np.array(part, dtype=np.int64) for part in (pairs, self.same, self.checked))
        linked, expected = np.array(self.linked, dtype=bool), np.array(self.expected, dtype=float)
        return Strata(linked, counts, same, checked, expected)


def write_sample(engine: Engine, found: Found, folder: Path, size: int | None = None) -> Path:
    """Draw a sample and write it for the clerk; returns the path of the file.

    Parameters
    ----------
    folder
        The private store of the registers.
    size
        How many pairs to look at; default of the options.

    Raises
    ------
    UsageError
        There is a sample already: a clerk may be working on it.
    """
    place = folder / FILE
    if place.exists():
        raise UsageError(
            f"there is a clerical sample already: {place}",
            do="fill it in and give it with --labels, or remove it to draw another",
        )
    size = found.options.clerical_pairs if size is None else size
    _frame(engine, found)
    strata = engine.rows(
        "SELECT stratum, any_value(linked), count(*), avg(p) FROM link_frame GROUP BY stratum ORDER BY stratum"
    )
    many = _many(strata, size, found)
    _draw(engine, many, found.options.seed)
    body = _beside(engine, strata)
    _private(folder / BESIDE, json.dumps(body, indent=1, sort_keys=True) + "\n")
    _private(place, _sheet(engine))
    engine.run("DROP TABLE link_frame")
    engine.run("DROP TABLE link_sample")
    return place


def read_sample(path: Path) -> ClericalSample:
    """Read the clerk's answers back.

    Raises
    ------
    RegisterError
        The file or what lies beside it is missing, or answers are not among those allowed: all of them.
    """
    beside = path.with_name(BESIDE)
    try:
        body = json.loads(beside.read_text(encoding="utf-8"))
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, ValueError) as error:
        raise RegisterError(
            f"the clerical sample cannot be read: {path.name} and {BESIDE} belong together",
            do="keep both files in the folder where riskscreen link --clerk wrote them",
        ) from error
    faults = tuple(_faults(rows, body))
    if faults:
        raise RegisterError(
            f"{path.name} has {len(faults)} fault(s)",
            faults=faults,
            do="write yes, no or unknown in the column same; leave the other columns as they are",
        )
    return _counted(rows, body)


def _frame(engine: Engine, found: Found) -> None:
    cuts = found.options.clerical_strata
    bin_ = " + ".join(f"(bits >= {cut!r})::INTEGER" for cut in cuts)
    groups = ", ".join(GROUPED)
    engine.run(f"""CREATE OR REPLACE TABLE link_frame AS
WITH kept AS (SELECT DISTINCT unit, kept FROM link_units), pairs AS (
  SELECT q.l, coalesce(k.kept, q.other) AS r, TRUE AS linked, q.p, q.bits, q.rule = 'number' AS by_number, {groups}
  FROM link_quality AS q LEFT JOIN kept AS k ON k.unit = q.unit AND q.kind = 'find'
  WHERE q.linked
  UNION ALL
  SELECT y.record, k.kept, FALSE, y.probability,
    greatest(-30, least(30, log2(y.probability / greatest(1 - y.probability, 1e-9)))), FALSE, {groups}
  FROM link_likely AS y JOIN link_found AS f USING (record) JOIN kept AS k ON k.unit = y.unit
  JOIN link_quality AS q ON q.kind = 'find' AND q.l = y.record
  WHERE y.unit IS DISTINCT FROM f.unit AND y.probability >= {found.options.floor!r}
  UNION ALL
  SELECT q.l, q.other, FALSE, q.p, q.bits, FALSE, {groups} FROM link_quality AS q
  WHERE q.kind = 'merge' AND NOT q.linked
)
SELECT *, CASE WHEN by_number THEN '{HELD}' ELSE CASE WHEN linked THEN 'linked ' ELSE 'not linked ' END || ({bin_}) END
  AS stratum FROM pairs""")


def _many(strata: Sequence[tuple[Any, ...]], size: int, found: Found) -> dict[str, int]:
    """Pairs to draw per stratum: a set share for links whose number holds, the rest by spread."""
    held = int(size * found.options.clerical_held)
    out: dict[str, int] = {}
    for rows, part in (
        ([row for row in strata if row[0] == HELD], held),
        ([row for row in strata if row[0] != HELD], size - held),
    ):
        pairs = np.array([row[2] for row in rows], dtype=np.int64)
        shares = np.array([row[3] for row in rows], dtype=float)
        drawn = allocate(pairs, shares, part, found.options.clerical_least)
        out |= {str(row[0]): int(n) for row, n in zip(rows, drawn, strict=True)}
    return out


def _draw(engine: Engine, many: Mapping[str, int], seed: int) -> None:
    import pandas as pd

    engine.load("link_many", pd.DataFrame({"stratum": list(many), "many": list(many.values())}))
    engine.run(f"""CREATE OR REPLACE TABLE link_sample AS
SELECT row_number() OVER (ORDER BY hash(l, r, {seed} + 1), l, r) AS pair, * FROM (
  SELECT f.*, m.many, row_number() OVER (PARTITION BY stratum ORDER BY hash(l, r, {seed}), l, r) AS place
  FROM link_frame AS f JOIN link_many AS m USING (stratum))
WHERE place <= many""")
    engine.run("DROP TABLE link_many")


def _beside(engine: Engine, strata: list[tuple[Any, ...]]) -> dict[str, Any]:
    whole = {row[0]: row[2] for row in strata}
    astray = {name: count for name, count in whole.items() if name != HELD}
    pairs: dict[str, dict[str, dict[str, int]]] = {"all": {"all": whole}, "scope": {"astray": astray}}
    for attribute in GROUPED:
        for group, stratum, count in engine.rows(
            f"SELECT {attribute}, stratum, count(*) FROM link_frame GROUP BY ALL ORDER BY ALL"
        ):
            pairs.setdefault(attribute, {}).setdefault(group, {})[stratum] = count
    sampled = engine.rows("SELECT pair, stratum FROM link_sample ORDER BY pair")
    return {
        "schema": SCHEMA,
        "strata": {row[0]: {"linked": bool(row[1]), "expected": round(float(row[3]), 6)} for row in strata},
        "pairs": pairs,
        "sample": {str(pair): stratum for pair, stratum in sampled},
    }


def _sheet(engine: Engine) -> str:
    """The pairs one under another, in an order that says nothing."""
    import io

    sides = ", ".join(f"{side}.{name} AS {name}_{side}" for name in ("register", *COLUMNS) for side in ("a", "b"))
    frame = engine.frame(f"""SELECT s.pair, {sides}, '' AS same FROM link_sample AS s
JOIN link_records AS l ON l.record = s.l JOIN link_records AS r ON r.record = s.r
JOIN registers.particulars AS a ON a.register = l.source AND a.person = l.number
JOIN registers.particulars AS b ON b.register = r.source AND b.person = r.number ORDER BY s.pair""")
    text = io.StringIO()
    frame.to_csv(text, index=False, date_format="%Y-%m-%d")
    return text.getvalue()


def _private(place: Path, text: str) -> None:
    place.touch(mode=0o600)
    place.chmod(0o600)
    place.write_text(text, encoding="utf-8")


def _faults(rows: list[dict[str, Any]], body: Mapping[str, Any]) -> list[str]:
    if not rows or not {"pair", "same"} <= set(rows[0]):
        return ["the columns pair and same must be there"]
    known, out = body["sample"], []
    seen: set[str] = set()
    for line, row in enumerate(rows, start=2):
        pair, answer = str(row["pair"]).strip(), str(row["same"] or "").strip().lower()
        if pair not in known:
            out.append(f"line {line}: this pair is not in the sample")
        elif pair in seen:
            out.append(f"line {line}: this pair occurs twice")
        elif answer not in ANSWERS and answer not in SKIPPED:
            out.append(f"line {line}: the answer is none of yes, no, unknown")
        seen.add(pair)
    return out


def _counted(rows: list[dict[str, Any]], body: Mapping[str, Any]) -> ClericalSample:
    strata = list(body["strata"])
    place = {name: i for i, name in enumerate(strata)}
    same, checked = [0] * len(strata), [0] * len(strata)
    for row in rows:
        answer = str(row["same"] or "").strip().lower()
        if answer in ANSWERS:
            i = place[body["sample"][str(row["pair"]).strip()]]
            checked[i] += 1
            same[i] += ANSWERS[answer]
    return ClericalSample(
        tuple(bool(body["strata"][name]["linked"]) for name in strata),
        tuple(float(body["strata"][name]["expected"]) for name in strata),
        tuple(same),
        tuple(checked),
        {
            (attribute, group): tuple(int(counts.get(name, 0)) for name in strata)
            for attribute, groups in body["pairs"].items()
            for group, counts in groups.items()
        },
    )
