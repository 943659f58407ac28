"""The star schema of what an office released: read, checked, and unchangeable."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from riskscreen.bi.areas import Area
from riskscreen.bi.books import Release, check_release, not_released, open_books, read_json, released, releases_in
from riskscreen.bi.cells import fact_rows, measure_rows
from riskscreen.bi.flat import flat
from riskscreen.bi.layout import NONE, STAR, STATUS_WORDS, star_table
from riskscreen.bi.members import NO_GROUP, Members, Part, span_of
from riskscreen.bi.saved import Saved, read_tables
from riskscreen.bi.typed import frame_of, table_of
from riskscreen.errors import RefusedError, UsageError
from riskscreen.records.mergers import Merger, mergers
from riskscreen.records.tables import TOTAL

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TOKEN = object()
Rows = dict[str, list[dict[str, Any]]]


class Star:
    """Facts, totals and dimensions of the releases of one run by one channel.

    Only :func:`read` makes one; what it holds cannot be changed, so that what is written is what was released.

    Attributes
    ----------
    run, channel
        What it holds.
    head
        Hash of the last entry of the office's ledger when it was read.
    tables
        Every table of the schema by name, as Arrow tables.
    """

    __slots__ = ("channel", "head", "run", "tables")

    run: str
    channel: str
    head: str
    tables: Mapping[str, pa.Table]

    def __init__(self, token: object, run: str, channel: str, head: str, tables: Mapping[str, pa.Table]) -> None:
        if token is not _TOKEN:
            _only_read()
        held = {"run": run, "channel": channel, "head": head, "tables": MappingProxyType(dict(tables))}
        for name, value in held.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise RefusedError("a star cannot be changed", do="read the office again: riskscreen.bi.read")

    def __init_subclass__(cls) -> None:
        _only_read()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        _only_read()

    @property
    def facts(self) -> pd.DataFrame:
        """Every released figure that is not a total."""
        return self.table("facts")

    @property
    def totals(self) -> pd.DataFrame:
        """Every released total."""
        return self.table("totals")

    def table(self, name: str) -> pd.DataFrame:
        """One table of the schema as a pandas frame of your own.

        Raises
        ------
        UsageError
            There is no such table.
        """
        if name not in self.tables:
            raise UsageError(f"the star has no table {name!r}", do=f"choose from {', '.join(self.tables)}")
        return frame_of(self.tables[name])

    def latest(self, *, totals: bool = False) -> pd.DataFrame:
        """Facts (or totals) of the newest release that holds, flat, with names in both languages."""
        return frame_of(flat(self.tables, "latest_totals" if totals else "latest"))

    @property
    def releases(self) -> tuple[str, ...]:
        """Ids of the releases, oldest first."""
        return tuple(self.tables["releases"].column("release_id").to_pylist())

    @property
    def newest(self) -> str:
        """Id of the release that ``latest`` shows; empty when every one was withdrawn."""
        rows = self.tables["releases"].to_pylist()
        return next((str(row["release_id"]) for row in rows if row["is_latest"]), "")

    def __str__(self) -> str:
        facts, totals = (self.tables[name].num_rows for name in ("facts", "totals"))
        rows = self.tables["releases"].to_pylist()
        withdrawn = sum(row["withdrawn"] for row in rows)
        lines = [
            f"run        {self.run}, {self.channel} channel",
            f"latest     {self.newest or 'none: every release was withdrawn'}",
            f"releases   {len(rows)}, of which {withdrawn} withdrawn",
            f"figures    {facts:,} facts and {totals:,} totals; {self.hidden:,} of them suppressed",
            f"ledger     {self.head}",
        ]
        return "\n".join(lines)

    @property
    def hidden(self) -> int:
        """Suppressed facts and totals."""
        return sum(self.tables[name].column("status").to_pylist().count("suppressed") for name in ("facts", "totals"))

    def __repr__(self) -> str:
        return f"<star of {self.run}, {self.channel}: {len(self.releases)} releases>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def read(
    office: Path | str, run: str | None = None, *, channel: str = "public", known: Sequence[Merger] | None = None
) -> Star:
    """Read what an office released of a run by a channel, and nothing else.

    Parameters
    ----------
    office
        The office's folder: ledger, decisions and released tables.
    run
        Name of the run; may be left out when the office released one run only.
    channel
        ``public`` or ``internal``.
    known
        Municipal mergers in order of date; default those that this version knows.

    Returns
    -------
    Star
        All releases; of those that were withdrawn only the mark, for their figures are recalled.

    Raises
    ------
    UsageError
        This is no office, or run or channel is unknown.
    ReviewError
        Nothing was released: it says whom to ask.
    RefusedError
        A chain is broken, or a file is not the one that was released.
    """
    books = open_books(office)
    found = released(books, run, channel)
    rows = _rows(found, tuple(mergers() if known is None else known))
    tables = {table.name: table_of(table, rows[table.name]) for table in STAR}
    return Star(_TOKEN, found[0].run, channel, books.head, tables)


def read_table(
    office: Path | str, table: str, run: str | None = None, *, channel: str = "public", release: str | None = None
) -> pd.DataFrame:
    """One released table as it left the gate, as a pandas frame; ``suppressed`` names the hidden columns of a row.

    Parameters
    ----------
    table
        Its name, such as ``areas_wijk``.
    release
        Id of a release; default the newest that holds.

    Raises
    ------
    RefusedError
        This table was not released: says whom to ask. Also as :func:`read`.
    """
    import pyarrow.parquet as pq

    books = open_books(office)
    found = released(books, run, channel)
    chosen = _chosen(found, release)
    if table not in chosen.tables:
        raise not_released(books, chosen, table)
    check_release(chosen)
    return frame_of(pq.read_table(chosen.folder / f"{table}.parquet"))


def releases(office: Path | str) -> pd.DataFrame:
    """Every release of an office, of all runs and channels, withdrawn ones marked; files are not checked here."""
    found = releases_in(open_books(office))
    return frame_of(table_of(star_table("releases"), _release_rows(found, {})))


def _chosen(found: Sequence[Release], release: str | None) -> Release:
    names = {one.id: one for one in found}
    if release is None:
        newest = _newest(found)
        if not newest:
            raise RefusedError(
                f"every release of {found[0].run} by the {found[0].channel} channel was withdrawn",
                do=f"ask who withdrew it: riskscreen review show {found[0].run}",
            )
        return names[newest]
    if release not in names:
        raise RefusedError(f"{release!r} was not released", do=f"choose from {', '.join(names)}")
    if names[release].withdrawn:
        raise RefusedError(
            f"{release} was withdrawn at {names[release].withdrawn_at}: its figures are recalled",
            do=f"ask who withdrew it: riskscreen review show {found[0].run}",
        )
    return names[release]


def _rows(found: Sequence[Release], known: Sequence[Merger]) -> Rows:
    rows: Rows = {table.name: [] for table in STAR}
    members, measures, notices = Members(known), {}, {}
    for release in found:
        if release.withdrawn:
            continue  # it stays in ``releases``, marked; its figures are recalled, so nobody gets them anew
        check_release(release)
        notices[release.id] = read_json(release.folder / "release.json").get("notice") or {}
        tables = list(read_tables(release))
        span = span_of(tables, release.id, release.time)
        for saved in tables:
            rows["released_tables"].append(_table_row(saved))
            measures.update({row["measure_key"]: row for row in measure_rows(saved)})
            for row in fact_rows(saved, members, span):
                over = row.pop("total_over")
                rows["totals" if over else "facts"].append({**row, "total_over": over} if over else row)
    rows["releases"] = _release_rows(found, notices)
    rows["measures"] = [measures[key] for key in sorted(measures)]
    rows["statuses"] = _status_rows()
    return rows | _dimensions(members)


def _newest(found: Sequence[Release]) -> str:
    return next((release.id for release in reversed(found) if not release.withdrawn), "")


def _release_rows(found: Sequence[Release], notices: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    groups = {(r.run, r.channel): [o for o in found if (o.run, o.channel) == (r.run, r.channel)] for r in found}
    latest = {_newest(group) for group in groups.values()}
    return [_release_row(release, release.id in latest, notices.get(release.id)) for release in found]


def _release_row(release: Release, latest: bool, notice: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "release_id": release.id,
        "run": release.run,
        "channel": release.channel,
        "subject": release.subject,
        "ledger_entry": release.entry,
        "ledger_hash": release.hash,
        "released_at": release.time,
        "rules": release.rules["name"],
        "threshold": release.rules["threshold"],
        "estimate_base": release.rules["estimate_base"],
        "approval": release.approval,
        "withdrawn": release.withdrawn,
        "withdrawn_at": release.withdrawn_at or None,
        "is_latest": latest,
        "loaded": notice is not None,
        "notice_en": (notice or {}).get("en") or None,
        "notice_nl": (notice or {}).get("nl") or None,
    }


def _table_row(saved: Saved) -> dict[str, Any]:
    table = saved.table
    places = [j for j, column in enumerate(table.columns) if column.kind != "key"]
    hidden = sum(states[j] == "suppressed" for states in saved.status for j in places)
    return {
        "release_id": saved.release.id,
        "table_name": table.name,
        "title_en": table.title.en,
        "title_nl": table.title.nl,
        "note_en": table.note.en or None,
        "note_nl": table.note.nl or None,
        "key_columns": " ".join(table.keys),
        "table_rows": len(table.rows),
        "cells": len(places) * len(table.rows),
        "suppressed": hidden,
        "content_hash": saved.release.tables[table.name],
    }


def _dimensions(members: Members) -> Rows:
    groups = sorted(members.groups.items())
    return {
        "areas": [_area_row(area) for _, area in sorted(members.areas.items())],
        "groups": [_group_row(key, parts) for key, parts in groups],
        "group_parts": [row for key, parts in groups for row in _part_rows(key, parts)],
        "programmes": [
            {"programme_key": key, "name_en": name.en, "name_nl": name.nl}
            for key, name in sorted(members.programmes.items())
        ],
        "periods": [row for _, row in sorted(members.periods.items())],
    }


def _area_row(area: Area) -> dict[str, Any]:
    return {
        "area_key": area.key,
        "code": area.code,
        "area_level": area.level,
        "name_en": area.name.en,
        "name_nl": area.name.nl,
        "wijk_code": area.wijk,
        "gemeente_code": area.gemeente,
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
        "successor": area.successor,
        "gemeente_now": area.gemeente_now,
    }


def _group_row(key: str, parts: Sequence[Part]) -> dict[str, Any]:
    titles = {lang: ", ".join(getattr(p.title, lang) for p in parts) for lang in ("en", "nl")}
    names = {lang: ", ".join(getattr(p.name, lang) for p in parts) for lang in ("en", "nl")}
    if key == NONE:
        titles, names = NO_GROUP.to_dict(), NO_GROUP.to_dict()
    return {
        "group_key": key,
        "title_en": titles["en"],
        "title_nl": titles["nl"],
        "name_en": names["en"],
        "name_nl": names["nl"],
        "parts": len(parts),
        "is_total": any(part.code == TOTAL for part in parts),
    }


def _part_rows(key: str, parts: Sequence[Part]) -> Iterable[dict[str, Any]]:
    for place, part in enumerate(parts, start=1):
        yield {
            "group_key": key,
            "place": place,
            "code": part.code,
            "title_en": part.title.en,
            "title_nl": part.title.nl,
            "name_en": part.name.en,
            "name_nl": part.name.nl,
            "is_total": part.code == TOTAL,
        }


def _status_rows() -> list[dict[str, Any]]:
    return [
        {"status": code, "name_en": name.en, "name_nl": name.nl, "about_en": about.en, "about_nl": about.nl}
        for code, (name, about) in STATUS_WORDS.items()
    ]


def check_star(value: object) -> None:
    """Refuse anything that is not a star: only released tables leave.

    Raises
    ------
    RefusedError
        Named by its kind, never by what is in it.
    """
    if type(value) is not Star:
        raise RefusedError(
            f"riskscreen.bi takes a star of released tables, not a {type(value).__name__}",
            do="riskscreen.bi.read(office) makes one; what is not released leaves only through a review "
            "(riskscreen review list says whose)",
        )


def _only_read() -> NoReturn:
    raise RefusedError(
        "a star holds released tables only: riskscreen.bi.read makes it",
        do="read the office; what is not released can only leave through a review (riskscreen review list)",
    )


__all__ = ["Star", "check_star", "read", "read_table", "releases"]
