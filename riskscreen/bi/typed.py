"""Rows as Arrow tables of the schema, and Arrow tables as pandas frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from riskscreen.bi.layout import StarTable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def table_of(table: StarTable, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table with exactly the fields and types of the schema."""
    import pyarrow as pa

    moments = [field.name for field in table.fields if field.type == "moment"]
    plain = [{**row, **{name: _moment(row[name]) for name in moments}} for row in rows] if moments else list(rows)
    return pa.Table.from_pylist(plain, schema=arrow_schema(table))


def arrow_schema(table: StarTable) -> pa.Schema:
    """The Arrow schema of a table of the star."""
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "date": pa.date32(),
        "moment": pa.timestamp("s"),
    }
    return pa.schema([pa.field(f.name, kinds[f.type], nullable=not f.needed) for f in table.fields])


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A pandas frame with types that can be missing: no figure turns into another because one is empty."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.float64(): pd.Float64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get)
    return frame


def _moment(text: str | None) -> datetime | None:
    """A time of the ledger as UTC without zone, which every database can hold."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
