"""Registers on disk: one Parquet file each, a manifest beside them, the truth in a folder apart."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskscreen.errors import MachineError
from riskscreen.records.texts import Text
from riskscreen.synthetic.sheets import Sheet

MANIFEST = "manifest.json"
TRUTH = "truth"


def write_folder(
    out: Path,
    sheets: Sequence[Sheet],
    truth: Mapping[str, pa.Table],
    *,
    name: str,
    notice: Text,
    municipality: str,
    real_area_names: bool,
    made: Mapping[str, Any],
    start: int,
    end: int,
) -> Path:
    """Write registers, truth and manifest beside ``out`` and rename them into place.

    Raises
    ------
    MachineError
        The folder cannot be written.
    """
    aside = out.with_name(out.name + ".making")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        (aside / TRUTH).mkdir(parents=True)
        registers = {sheet.register: _write_register(aside, sheet, start, end) for sheet in sheets}
        for table_name, table in truth.items():
            _write(aside / TRUTH / f"{table_name}.parquet", table)
        manifest = {
            "schema": "manifest/1",
            "name": name,
            "synthetic": True,
            "notice": notice.to_dict(),
            "municipality": municipality,
            "made": dict(made),
            "real_area_names": real_area_names,
            "registers": dict(sorted(registers.items())),
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (aside / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
        if out.exists():
            shutil.rmtree(out)
        aside.rename(out)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise MachineError(
            f"cannot write the registers to {out}: {error.strerror}", do="check free disk space and your rights there"
        ) from error
    return out


def content_sha256(folder: Path) -> str:
    """Hash of the sorted rows of every register and of the truth, whatever the version of the file format."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet"), key=lambda p: p.relative_to(folder).as_posix()):
        table = pq.read_table(path)
        digest.update(f"{path.relative_to(folder).as_posix()}\n{','.join(table.column_names)}\n".encode())
        columns = [pc.fill_null(pc.cast(_rounded(column), pa.string()), "") for column in table.columns]
        lines = pc.binary_join_element_wise(*columns, pa.scalar(",")) if len(columns) > 1 else columns[0]
        for line in sorted(lines.to_pylist()):
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _rounded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Fractions to four digits: the last bits may differ between processors."""
    return pc.round(column, 4) if pa.types.is_floating(column.type) else column


def _write_register(folder: Path, sheet: Sheet, start: int, end: int) -> dict[str, Any]:
    path = folder / f"{sheet.register}.parquet"
    _write(path, sheet.table)
    return {
        "file": path.name,
        "from": _iso(start if sheet.first is None else sheet.first),
        "until": _iso(end if sheet.last is None else sheet.last),
        "rows": sheet.table.num_rows,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd", row_group_size=1_000_000, store_schema=False)


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))
