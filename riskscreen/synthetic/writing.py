"""Registers on disk: Parquet per register and part, a manifest beside them, the truth in a folder apart.

Everything is made in a folder beside the wanted one, part by part. A part counts as made when its list is there, which
is written last; so a run that was stopped goes on with the parts that are left.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from riskscreen.errors import MachineError
from riskscreen.settings import Synthetic
from riskscreen.synthetic.sheets import Sheet

if TYPE_CHECKING:
    from riskscreen.synthetic.parts import PartMade
    from riskscreen.synthetic.plan import Plan

MANIFEST = "manifest.json"
TRUTH = "truth"
_BEGUN = "begun.json"
_PARTS = "parts"


@dataclass(frozen=True)
class Written:
    """One register of one part: its rows and hash, and the days it covers when they are its own."""

    rows: int
    sha256: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Made:
    """One part that was made."""

    registers: Mapping[str, Written]
    minors: Mapping[int, int] = field(default_factory=dict)


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Keep a wanted folder to oneself while a world is made in it; the lock lies apart, so that nothing stays behind.

    Raises
    ------
    MachineError
        Another process is making a world there, or the folder it lies in cannot be written.
    """
    place = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:16]
    lock = FileLock(str(Path(tempfile.gettempdir()) / f"riskscreen-{os.getuid()}-{place}.lock"))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:  # is itself an OSError, so it comes first
        raise MachineError(
            f"another riskscreen is making {out}", do="wait until it has finished, or give another folder"
        ) from None
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        yield
    finally:
        lock.release()


class Workplace:
    """The folder in which a world is made; it gets its name when everything is there.

    Parameters
    ----------
    out
        The wanted folder.
    fingerprint
        What decides the content: what was begun with another one is made anew.
    """

    def __init__(self, out: Path, fingerprint: str) -> None:
        self.out = out
        self.fingerprint = fingerprint
        self.aside = out.with_name(out.name + ".making")

    def __enter__(self) -> Workplace:
        try:
            if self._begun() != self.fingerprint:
                shutil.rmtree(self.aside, ignore_errors=True)
                (self.aside / _PARTS).mkdir(parents=True)
                _write_text(self.aside / _BEGUN, json.dumps({"fingerprint": self.fingerprint}))
        except OSError as error:
            raise _cannot_write(self.out, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        """What was made stays, so that the next run goes on with it."""

    def already(self, plan: Plan) -> Iterator[tuple[int, Made]]:
        """Parts that an earlier run made, by position."""
        for number, part in enumerate(plan.parts):
            path = self.aside / _PARTS / f"{part.key}.json"
            if path.is_file():
                raw = json.loads(path.read_text(encoding="utf-8"))
                registers = {name: Written(**entry) for name, entry in raw["registers"].items()}
                yield number, Made(registers, {int(buurt): count for buurt, count in raw["minors"].items()})

    def write(self, plan: Plan, number: int, made: PartMade) -> Made:
        """Write the files of one part, and then its list."""
        part = plan.parts[number]
        try:
            written = {}
            for sheet in made.sheets:
                path = self._file(plan, sheet.register, number)
                _write(path, sheet.table)
                written[sheet.register] = Written(sheet.table.num_rows, _sha256(path), sheet.first, sheet.last)
            for name, table in made.truth.items():
                _write(self._file(plan, f"{TRUTH}/{name}", number), table)
            done = Made(written, made.minors)
            _write_text(self.aside / _PARTS / f"{part.key}.json", json.dumps(asdict(done)))
        except OSError as error:
            raise _cannot_write(self.out, error) from error
        return done

    def finish(self, plan: Plan, made: Mapping[int, Made], areas: Sheet, *, name: str, settings: Synthetic) -> None:
        """Write what holds for the whole world, then give the folder its name."""
        try:
            path = self.aside / f"{areas.register}.parquet"
            _write(path, areas.table)
            registers = {areas.register: _entry(plan, [Written(areas.table.num_rows, _sha256(path))], path.name)}
            for register in next(iter(made.values())).registers:
                written = [made[number].registers[register] for number in sorted(made)]
                registers[register] = _entry(plan, written, self._file(plan, register, None).name)
            text = json.dumps(_manifest(plan, registers, name, settings), indent=2, ensure_ascii=False)
            _write_text(self.aside / MANIFEST, text + "\n")
            shutil.rmtree(self.aside / _PARTS)
            (self.aside / _BEGUN).unlink()
            if self.out.exists():
                shutil.rmtree(self.out)
            self.aside.rename(self.out)
        except OSError as error:
            raise _cannot_write(self.out, error) from error

    def _file(self, plan: Plan, table: str, number: int | None) -> Path:
        """One file when the world has one part, else a folder per municipality; ``None``: the table as a whole."""
        if len(plan.parts) == 1:
            return self.aside / f"{table}.parquet"
        if number is None:
            return self.aside / table
        part = plan.parts[number]
        return self.aside / table / f"municipality={part.municipality}" / f"{part.key}.parquet"

    def _begun(self) -> str | None:
        try:
            found = json.loads((self.aside / _BEGUN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return str(found.get("fingerprint"))


def _cannot_write(out: Path, error: OSError) -> MachineError:
    return MachineError(
        f"cannot write the registers to {out}: {error.strerror}", do="check free disk space and your rights there"
    )


def content_sha256(folder: Path) -> str:
    """Hash of the sorted rows of every register and of the truth, whatever the version of the file format."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet"), key=lambda p: p.relative_to(folder).as_posix()):
        table = pq.ParquetFile(path).read()
        digest.update(f"{path.relative_to(folder).as_posix()}\n{','.join(table.column_names)}\n".encode())
        columns = [pc.fill_null(pc.cast(_rounded(column), pa.string()), "") for column in table.columns]
        lines = pc.binary_join_element_wise(*columns, pa.scalar(",")) if len(columns) > 1 else columns[0]
        for line in sorted(lines.to_pylist()):
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _rounded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Fractions to four digits: the last bits may differ between processors."""
    return pc.round(column, 4) if pa.types.is_floating(column.type) else column


def _manifest(plan: Plan, registers: Mapping[str, Any], name: str, settings: Synthetic) -> dict[str, Any]:
    geography = plan.geography
    return {
        "schema": "manifest/1",
        "name": name,
        "synthetic": True,
        "notice": geography.notice.to_dict(),
        "municipality": geography.municipalities[0].code if len(geography.municipalities) == 1 else "",
        "made": {
            "world": plan.world.name,
            "seed": plan.chance.seed,
            "families": plan.families,
            "geography": settings.municipality or ("NL" if geography.real else None),
            **(geography.account() if geography.real else {}),
        },
        "real_area_names": geography.real,
        "registers": dict(sorted(registers.items())),
    }


def _entry(plan: Plan, written: list[Written], file: str) -> dict[str, Any]:
    one = written[0]
    hashes = "".join(sorted(part.sha256 + "\n" for part in written))
    return {
        "file": file,
        "from": _iso(plan.days.start if one.first is None else one.first),
        "until": _iso(plan.days.end if one.last is None else one.last),
        "rows": sum(part.rows for part in written),
        "sha256": one.sha256 if len(written) == 1 else hashlib.sha256(hashes.encode()).hexdigest(),
    }


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", row_group_size=1_000_000, store_schema=False)


def _write_text(path: Path, text: str) -> None:
    """Aside and renamed: it is there whole, or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))
