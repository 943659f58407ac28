"""Results of steps kept *inside*, so that a step whose inputs did not change is not run again.

Results between the engine and the gate hold small counts, so they are kept in the registers' folder (which is inside by
definition), mode 0700, and never in a run folder. Registers that cannot be written beside are simply not kept for.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from riskscreen.engine.duck import Engine, quote
from riskscreen.errors import MachineError
from riskscreen.settings import Scenario, shipped

FOLDER = ".riskscreen"


class Store:
    """Kept results of one scenario.

    Parameters
    ----------
    registers
        The registers' folder; ``None`` keeps nothing.
    name
        Name of the scenario: a folder of its own, so that two scenarios on the same registers do not disturb another.
    """

    def __init__(self, registers: Path | None, name: str) -> None:
        self.folder = None if registers is None else registers / FOLDER / name
        if self.folder is not None:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.folder.parent.chmod(0o700)
            except OSError:
                self.folder = None

    def load(self, step: str, key: str) -> Any:
        """The kept result of this step with exactly these inputs; ``None`` when there is none that is whole.

        Only files that this user wrote into a private folder are read.
        """
        if self.folder is None:
            return None
        try:
            if self._path(step, "key").read_text(encoding="utf-8") != key:
                return None
            return pickle.loads(self._path(step, "pickle").read_bytes())
        except (OSError, ValueError, EOFError, AttributeError, ImportError, IndexError, pickle.UnpicklingError):
            return None  # damaged, or made by another version of a library: the step runs again

    def keep(self, step: str, key: str, result: object, engine: Engine, tables: Sequence[str] = ()) -> None:
        """Keep a result and its engine tables (Parquet); the key is written last, so a kill leaves nothing half-kept.

        On a disk that is full nothing is kept, and the run goes on.
        """
        if self.folder is None:
            return
        try:
            self._path(step, "key").unlink(missing_ok=True)
            self._path(step, "pickle").write_bytes(pickle.dumps(result))
            for table in tables:
                place = quote(str(self._path(table, "parquet")))
                engine.run(f"COPY (SELECT * FROM {table}) TO {place} (FORMAT parquet)")
            self._path(step, "key").write_text(key, encoding="utf-8")
        except (OSError, MachineError):
            self.clear()
            self.folder = None

    def load_table(self, engine: Engine, table: str) -> None:
        """Put a kept table back into the engine."""
        engine.run(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_parquet({quote(str(self._path(table, 'parquet')))})"
        )

    def listings(self, made_from: Mapping[str, Any]) -> KeptListings:
        """Listings of levels that were kept for the same registers and linkage.

        Parameters
        ----------
        made_from
            What decides the families and the rows that a listing is made from: contents and settings, no index dates.
        """
        folder = None if self.folder is None else self.folder / "listings"
        return KeptListings(folder, key_of({"code": code_hash(definitions=None), **made_from}))

    def clear(self) -> None:
        """Forget everything kept."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name: str, ending: str) -> Path:
        if self.folder is None:
            raise FileNotFoundError("nothing is kept")
        return self.folder / f"{name}.{ending}"


class KeptListings:
    """Which families a stressor lists on an index date, one Parquet file each; what a run did not use is removed.

    Parameters
    ----------
    folder
        A private folder; None keeps nothing.
    base
        Hash over everything that decides a listing besides the statement that makes it.
    """

    def __init__(self, folder: Path | None, base: str) -> None:
        self.folder = folder
        self.base = base
        self._used: set[str] = set()
        if folder is not None:
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
            except OSError:
                self.folder = None

    def find(self, key: str) -> str | None:
        """A table expression that reads a kept listing (``family, value``); None when there is none that is whole."""
        path = self._path(key)
        if path is None or not _is_whole(path):
            return None
        self._used.add(path.stem)
        return f"read_parquet({quote(str(path))})"

    def keep(self, key: str, engine: Engine, query: str) -> None:
        """Keep what a query gives; its hash is written last, so a kill leaves nothing half-kept.

        On a disk that is full nothing more is kept, and the run goes on.
        """
        path = self._path(key)
        if path is None:
            return
        aside = path.with_suffix(".part")
        try:
            _hash_of(path).unlink(missing_ok=True)
            engine.run(f"COPY ({query}) TO {quote(str(aside))} (FORMAT parquet)")
            aside.replace(path)
            _hash_of(path).write_text(_sha256(path), encoding="ascii")
            self._used.add(path.stem)
        except (OSError, MachineError):
            self.folder = None

    def forget_unused(self) -> None:
        """Remove what was neither found nor kept since this was opened: no setting needs it any more."""
        if self.folder is None:
            return
        for path in self.folder.iterdir():
            if path.stem not in self._used:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{key_of({'base': self.base, 'key': key})}.parquet"


def _is_whole(path: Path) -> bool:
    try:
        return _hash_of(path).read_text(encoding="ascii") == _sha256(path)
    except (OSError, ValueError):
        return False


def _hash_of(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(parts: Mapping[str, Any]) -> str:
    """One hash over everything that a step depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@cache
def code_hash(part: str = "", definitions: str | None = "") -> str:
    """Hash over the package's own code and shipped definitions: other code, other results.

    Parameters
    ----------
    part, definitions
        One subpackage and one folder of ``configs/``, such as ``synthetic`` and ``worlds``; default all. With
        ``definitions=None`` the code alone.
    """
    package = Path(str(files("riskscreen")))
    total = hashlib.sha256()
    for root in (package / part, *(() if definitions is None else (shipped(definitions),))):
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".yaml", ".csv") and path.is_file():
                total.update(path.relative_to(root).as_posix().encode())
                total.update(path.read_bytes())
    return total.hexdigest()


def settings_by_content(scenario: Scenario) -> dict[str, Any]:
    """Settings that decide results: a file that they name counts by what is in it, not by where it is.

    The registers are left out: they have a hash of their own.
    """
    settings = scenario.model_dump(mode="json", by_alias=True, exclude={"office", "review", "registers"})
    for key in ("stressors", "programmes", "assumptions"):
        value = getattr(scenario, key)
        if isinstance(value, Path):
            settings[key] = _content_hash(value)
    if scenario.reach is not None:
        named = [*scenario.reach.files, *([scenario.reach.mapping] if scenario.reach.mapping else [])]
        settings["reach"] = [_content_hash(path) for path in named]
    if scenario.targets.own is not None:
        settings["targets"]["own"] = _content_hash(scenario.targets.own)
    return settings


def _content_hash(place: Path) -> str:
    total = hashlib.sha256()
    for path in [place] if place.is_file() else sorted(place.glob("*.yaml")):
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()
