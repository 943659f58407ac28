"""What was released under a review, and what to call back when it is withdrawn."""

from __future__ import annotations

import json

from riskscreen.governance.office import WITHDRAWN, Office


def released_files(office: Office, subject: str) -> tuple[str, ...]:
    """Every file that was released under a subject, from the ledger: the run's folder and the office's copy."""
    files: list[str] = []
    for entry in office.ledger.entries():
        if entry.kind == "release" and entry.body.get("subject") == subject:
            for folder in (entry.body["folder"], (office.released / entry.body["release"]).as_posix()):
                files += [f"{folder}/{name}" for name in sorted(entry.body["files"])]
    return tuple(dict.fromkeys(files))


def withdraw_releases(office: Office, subject: str, by: str, reason: str, time: str) -> tuple[str, ...]:
    """Mark every release of a subject; the files stay visible as withdrawn until they are recalled."""
    files = released_files(office, subject)
    releases = sorted(
        {e.body["release"] for e in office.ledger.entries() if e.kind == "release" and e.body["subject"] == subject}
    )
    mark = {"subject": subject, "releases": releases, "by": by.strip(), "reason": reason.strip()}
    office.ledger.append("withdraw", mark, time=time)
    for release in releases:
        folder = office.released / release
        if folder.is_dir():
            text = json.dumps({"schema": "withdrawn/1", **mark, "time": time}, indent=1, ensure_ascii=False)
            (folder / WITHDRAWN).write_text(text + "\n", encoding="utf-8")
    return files
