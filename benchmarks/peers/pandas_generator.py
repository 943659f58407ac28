"""The peer of the synthetic maker: vectorised pandas, with Faker for names.

It makes tables of the same names, columns, types and numbers of rows as a made folder has, with independent columns and
no mechanism behind them. Reading the example and importing libraries are not in its time; it prints one JSON object.
Usage: pandas_generator.py EXAMPLE_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from faker import Faker

POOL = 5_000
NAMES = {"given_names": "first_name", "surname": "last_name"}


def shapes(folder: Path) -> dict[str, tuple[int, dict[str, Any]]]:
    """Rows per table, and per column its type and, for a text with few values, those values."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for table in sorted({path.relative_to(folder).as_posix() for path in tables(folder)}):
        files = sorted((folder / table).rglob("*.parquet")) if (folder / table).is_dir() else [folder / table]
        one = pq.read_table(files[0], partitioning=None)
        columns = {}
        for name in one.column_names:
            values = one.column(name).drop_null().unique()
            few = values.to_pylist() if pa.types.is_string(values.type) and len(values) < 40 else None
            columns[name] = (one.schema.field(name).type, few)
        found[table] = (sum(pq.ParquetFile(path).metadata.num_rows for path in files), columns)
    return found


def tables(folder: Path) -> list[Path]:
    """Files and folders with one table each."""
    parted = {path.parent.parent for path in folder.rglob("municipality=*/*.parquet")}
    return [*parted, *(path for path in folder.rglob("*.parquet") if "municipality=" not in str(path))]


def column(name: str, kind: Any, few: list[str] | None, rows: int, draws: np.random.Generator, faker: Faker) -> Any:
    """One column of random values."""
    if name in NAMES:
        pool = np.array([getattr(faker, NAMES[name])() for _ in range(POOL)])
        return pool[draws.integers(0, POOL, rows)]
    if few:
        return np.array(few)[draws.integers(0, len(few), rows)]
    if pa.types.is_date(kind):
        return np.datetime64("2015-01-01") + draws.integers(0, 3653, rows).astype("timedelta64[D]")
    if pa.types.is_boolean(kind):
        return draws.random(rows) < 0.5
    if pa.types.is_string(kind):
        return pd.Series(draws.integers(0, 2**32, rows)).astype(str).str.zfill(10)
    return draws.normal(size=rows).round(3)


def main() -> None:
    """Make every table and print seconds and rows."""
    example, out = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = shapes(example)
    draws, faker = np.random.default_rng(1), Faker("nl_NL")
    faker.seed_instance(1)
    start = time.perf_counter()
    for table, (rows, columns) in wanted.items():
        frame = pd.DataFrame({name: column(name, *of, rows, draws, faker) for name, of in columns.items()})
        keys = [name for name in ("person", "event_date") if name in frame]
        path = out / f"{table.replace('/', '-')}.parquet"
        (frame.sort_values(keys) if keys else frame).to_parquet(path, compression="zstd", index=False)
    total = sum(rows for rows, _ in wanted.values())
    print(json.dumps({"seconds": time.perf_counter() - start, "rows": total}))


if __name__ == "__main__":
    main()
