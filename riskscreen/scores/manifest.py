"""The manifest of the reference model: which files belong together, byte for byte.

The reference model is used where a municipality has too few outcomes of its own, so nobody there can see that it was
changed. Its hashes are no signature: they catch a file that was altered, mixed up or half installed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from riskscreen.errors import SettingsError

SCHEMA = "models/1"
NAME = "manifest.json"
DO = "install riskscreen again, or make the model anew: python -m riskscreen.pipeline.reference models"


def manifest_text(folder: Path, names: Sequence[str]) -> str:
    """The manifest of some files of a folder; the same files give the same bytes."""
    files = {name: _sha256(folder / name) for name in sorted(names)}
    return json.dumps({"schema": SCHEMA, "files": files}, indent=2, sort_keys=True) + "\n"


def check_manifest(folder: Path, needed: Sequence[str] = ()) -> None:
    """Refuse a reference model of which any file is absent, altered or newer than this version reads.

    Parameters
    ----------
    needed
        Files that the manifest must list.

    Raises
    ------
    SettingsError
        With every fault: the file, what is wrong with it, and what to do.
    """
    files = _listed(folder)
    faults = (*(f"{name} is not in {NAME}" for name in needed if name not in files), *_faults(folder, files))
    if faults:
        raise SettingsError("the reference model is not as it was made", faults=faults, do=DO)


def _listed(folder: Path) -> dict[str, str]:
    path = folder / NAME
    try:
        body: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError(f"the reference model has no {NAME}: it cannot be checked", do=DO) from None
    except ValueError:
        raise SettingsError(f"{NAME} of the reference model is no JSON: it was altered", do=DO) from None
    schema = body.get("schema") if isinstance(body, dict) else None
    if schema != SCHEMA:
        raise SettingsError(
            f"{NAME} of the reference model has schema {schema!r}; this version reads {SCHEMA!r}",
            do="a newer model needs a newer riskscreen; or put back the models/ that came with this version",
        )
    files = body.get("files")
    if not isinstance(files, dict) or not files:
        raise SettingsError(f"{NAME} of the reference model lists no files: it was altered", do=DO)
    return {str(name): str(sha256) for name, sha256 in files.items()}


def _faults(folder: Path, files: dict[str, str]) -> Iterator[str]:
    for name, written in sorted(files.items()):
        try:
            found = _sha256(folder / name)
        except OSError:
            yield f"{name} is not there"
            continue
        if found != written:
            yield f"{name} was altered after it was made (its hash is {found[:12]}, the manifest says {written[:12]})"


def _sha256(path: Path) -> str:
    """Hash of a text; line ends do not count, as git may write them in its own way."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
