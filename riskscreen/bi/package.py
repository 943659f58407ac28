"""The data package (Frictionless, version 2): what every file holds, with types, keys, links, sizes and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.bi.flat import VIEWS
from riskscreen.bi.layout import LAYOUT, STAR, STATUSES, Field, StarTable
from riskscreen.bi.reading import RULES
from riskscreen.records.mergers import mergers

if TYPE_CHECKING:
    from riskscreen.bi.star import Star

PACKAGE = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0"
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
    "date": {"type": "date"},
    "moment": {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
}
_MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "duckdb": "application/vnd.duckdb.file",
}
_ALLOWED = {"status": list(STATUSES), "channel": ["internal", "public"]}


def package_text(star: Star, folder: Path, format: str) -> str:
    """The text of ``datapackage.json`` for the files that stand in a folder.

    Parameters
    ----------
    star
        What was written.
    folder
        Where; its files are hashed.
    format
        ``csv``, ``duckdb`` or ``parquet``.
    """
    body: dict[str, Any] = {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": f"riskscreen-{star.channel}",
        "title": f"{star.run}: released tables ({star.channel} channel)",
        "title_nl": f"{star.run}: vrijgegeven tabellen (kanaal {star.channel})",
        "description": RULES.en,
        "description_nl": RULES.nl,
        "version": star.newest or "withdrawn",
        "riskscreen": _about(star),
        "resources": [_resource(table, star, folder, format) for table in STAR],
    }
    if format != "duckdb":
        body["resources"] += [_view(view, folder, format) for view in VIEWS]
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def is_ours(folder: Path) -> bool:
    """Did :func:`riskscreen.bi.write` make this folder?"""
    try:
        raw = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
        return bool(raw["riskscreen"]["layout"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _about(star: Star) -> Mapping[str, Any]:
    dates = [merger.date.isoformat() for merger in mergers()]
    return {
        "layout": LAYOUT,
        "run": star.run,
        "channel": star.channel,
        "latest": star.newest,
        "releases": list(star.releases),
        "ledger_head": star.head,
        "mergers_known": {"first": min(dates), "last": max(dates)},
    }


def _resource(table: StarTable, star: Star, folder: Path, format: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{PROFILES}/tableschema.json",
        "fields": [_field(field) for field in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.links:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": to, "fields": [name]}} for name, to in table.links.items()
        ]
    return {
        **_file(table.name, folder, format),
        "title": table.title.en,
        "title_nl": table.title.nl,
        "rows": star.tables[table.name].num_rows,
        "schema": schema,
    }


def _view(view: str, folder: Path, format: str) -> dict[str, Any]:
    """The flat tables repeat the others, so they have no schema of their own."""
    titles = {
        "title": f"{VIEWS[view]} of the newest release, flat",
        "title_nl": f"{VIEWS[view]} van de nieuwste vrijgave",
    }
    found = {**_file(view, folder, format), **titles}
    del found["type"]
    return found


def _file(name: str, folder: Path, format: str) -> dict[str, Any]:
    path = folder / ("star.duckdb" if format == "duckdb" else f"{name}.{format}")
    content = path.read_bytes()
    found: dict[str, Any] = {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": name.replace("_", "-"),
        "type": "table",
        "path": path.name,
        "format": format,
        "mediatype": _MEDIA[format],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if format == "csv":
        found |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True}}
    if format == "duckdb":
        found["dialect"] = {"table": name}
    return found


def _field(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"name": field.name, **_TYPES[field.type]}
    found |= {"title": field.title.en, "title_nl": field.title.nl}
    limits: dict[str, Any] = {"required": True} if field.needed else {}
    if field.name in _ALLOWED:
        limits["enum"] = _ALLOWED[field.name]
    return found | ({"constraints": limits} if limits else {})
