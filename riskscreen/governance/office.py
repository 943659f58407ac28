"""The office: the folder that outlives runs.

``ledger.jsonl`` (what was released), ``decisions.jsonl`` (what was decided), ``mlflow.db`` and ``artifacts/`` (every
run and model version), ``released/`` (a copy of every release, with a mark when it was withdrawn). The two logs are
append-only and hash-chained.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskscreen.errors import MachineError
from riskscreen.records.hashlog import Entry, HashLog

WITHDRAWN = "WITHDRAWN.json"


class Office:
    """An office folder; made when it is not there.

    Parameters
    ----------
    path
        The folder (default of a scenario: ``./office``).

    Raises
    ------
    MachineError
        The folder cannot be made or written.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._make(self.path)
        self._make(self.released)
        probe = self.path / f".write-test-{os.getpid()}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise MachineError(
                f"the office {self.path} cannot be written: {error.strerror}",
                do="check the disk and the rights of the folder, or give another office in the scenario",
            ) from error

    @property
    def ledger(self) -> HashLog:
        """What was released and withdrawn."""
        return HashLog(self.path / "ledger.jsonl")

    @property
    def decisions(self) -> HashLog:
        """Requests for review and decisions on them."""
        return HashLog(self.path / "decisions.jsonl")

    @property
    def released(self) -> Path:
        """Folder with a copy of every release, one folder per release id."""
        return self.path / "released"

    @property
    def artifacts(self) -> Path:
        """Folder of MLflow's artifacts."""
        return self.path / "artifacts"

    @property
    def mlflow_uri(self) -> str:
        """Address of the MLflow store in this office."""
        return f"sqlite:///{(self.path / 'mlflow.db').resolve().as_posix()}"

    def entries_about(self, subject: str) -> dict[str, list[Entry]]:
        """The entries of both logs about one subject, by hash; broken chains are refused."""
        logs: Mapping[str, HashLog] = {"ledger": self.ledger, "decisions": self.decisions}
        return {
            name: [entry for entry in log.entries() if entry.body.get("subject") == subject]
            for name, log in logs.items()
        }

    def copy_entries(self, subject: str, to: Path) -> int:
        """Write a run's own entries of both logs to ``ledger.jsonl`` in its folder; returns how many."""
        about = self.entries_about(subject)
        lines = [
            json.dumps(entry_dict(log, entry), ensure_ascii=False)
            for log in ("decisions", "ledger")
            for entry in about[log]
        ]
        to.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        return len(lines)

    def __repr__(self) -> str:
        return f"Office({str(self.path)!r})"

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(
                f"the office {self.path} cannot be made: {error.strerror}",
                do="check the path and the rights, or give another office in the scenario",
            ) from error


def entry_dict(log: str, entry: Entry) -> dict[str, Any]:
    """One entry as it stands in a copy for a run folder."""
    return {
        "log": log,
        "number": entry.number,
        "kind": entry.kind,
        "time": entry.time,
        "body": dict(entry.body),
        "previous": entry.previous,
        "hash": entry.hash,
    }
