"""Releases: what is written, what the ledger says, and what re-checking finds after tampering."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskscreen.disclosure.release import ReleaseRecord, release, releases
from riskscreen.disclosure.verify import Verification, file_hashes, verify
from riskscreen.errors import MachineError, RefusedError, ReviewError, UsageError
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import decide, request_review
from riskscreen.records.approvals import Subject
from riskscreen.records.tables import TOTAL, Column, Table
from riskscreen.records.texts import Text, same
from riskscreen.settings import Release

DAY = date(2025, 1, 1)
NOTICE = Text("All families are synthetic.", "Alle gezinnen zijn verzonnen.")
CARD = '{"schema": "card/1"}\n'
SUBJECT = Subject("demo", "Ann Maker", hashlib.sha256(CARD.encode()).hexdigest(), "s", "r", "p", "a")
AREAS = Table(
    "areas",
    Text("Areas", "Gebieden"),
    (
        Column("area", "key", Text("area", "gebied"), labels={"n": Text("North", "Noord"), "s": same("=Zuid")}),
        Column("families", "count", Text("families", "gezinnen"), "families"),
        Column("outcomes", "count", Text("reported", "gemeld"), "families"),
        Column("rate", "rate", Text("rate", "kans"), "share", of="outcomes", base="families"),
        Column("since", "number", Text("since", "sinds"), "date"),
    ),
    (
        ("n", 400, 32, 0.08, "2024-01-01"),
        ("s", 200, 4, 0.02, "2024-01-01"),
        (TOTAL, 600, 36, 0.06, None),
    ),
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "my office")


def approved(office: Office) -> Office:
    request_review(office, SUBJECT, purpose="help", programmes=("voorzorg",), areas=("n", "s"), synthetic=True)
    decide(office, "demo", "approve", by="Board", reason="seen", until=date(2025, 6, 30), day=DAY)
    return office


def released(office: Office, out: Path, tables: tuple[Table, ...] = (AREAS,), **changes: Any) -> ReleaseRecord:
    arguments = {"channel": "internal", "subject": SUBJECT, "release": Release(), "day": DAY} | changes
    return release(tables, office=office, out=out, notice=NOTICE, **arguments)


def run_folder(tmp_path: Path, office: Office) -> Path:
    """A run as the pipeline leaves it: card, released tables, its own entries, and the manifest."""
    folder = tmp_path / "runs" / "demo"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(CARD, encoding="utf-8", newline="\n")
    released(approved(office), folder / "released")
    office.copy_entries(SUBJECT.hash, folder / "ledger.jsonl")
    seal(folder)
    return folder


def hashes(folder: Path) -> dict[str, str]:
    """Of every file but the one with the head of the chain."""
    return {name: value for name, value in file_hashes(folder).items() if name != "HEAD.json"}


def seal(folder: Path) -> None:
    (folder / "run.json").write_text(json.dumps({"schema": "run/1", "files": file_hashes(folder)}))


def test_a_release_holds_every_form_and_says_what_was_hidden(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "a folder" / "released"
    record = released(approved(office), out)
    assert sorted(record.files) == [
        "areas.csv",
        "areas.json",
        "areas.parquet",
        "data_dictionary.csv",
        "data_dictionary.json",
        "nl/areas.csv",
        "release.json",
    ]
    with (out / "areas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["area", "families", "outcomes", "rate", "since", "suppressed"],
        ["n", "400", "", "", "2024-01-01", "outcomes rate"],
        ["s", "200", "", "", "2024-01-01", "outcomes rate"],
        ["total", "600", "36", "0.06", "", ""],
    ]
    assert NOTICE.nl in (out / "release.json").read_text(encoding="utf-8")


def test_the_dutch_set_opens_in_dutch_excel(office: Office, tmp_path: Path) -> None:
    released(approved(office), tmp_path / "released")
    text = (tmp_path / "released" / "nl" / "areas.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").splitlines() == [
        "gebied;gezinnen;gemeld;kans;sinds;onderdrukt",
        "Noord;400;;;2024-01-01;gemeld, kans",
        "'=Zuid;200;;;2024-01-01;gemeld, kans",
        "totaal;600;36;0,06;;",
    ]


def test_parquet_has_types_and_no_index(office: Office, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    released(approved(office), tmp_path / "released")
    table = pq.read_table(tmp_path / "released" / "areas.parquet")
    assert [str(f.type) for f in table.schema] == ["string", "int64", "int64", "double", "string", "string"]
    assert b"pandas" not in table.schema.metadata
    assert table.schema.metadata[b"riskscreen.notice"] == NOTICE.en.encode()
    assert table.column("outcomes").to_pylist() == [None, None, 36]


def test_the_same_tables_give_the_same_bytes_and_one_entry(office: Office, tmp_path: Path) -> None:
    approved(office)
    first = released(office, tmp_path / "released")
    again = released(office, tmp_path / "released")
    assert first == again
    assert [entry.kind for entry in office.ledger.entries()] == ["release"]
    for folder in (tmp_path / "released", office.released / first.id):
        assert hashes(folder) == dict(first.files)
        head = json.loads((folder / "HEAD.json").read_text(encoding="utf-8"))
        assert (head["release"], head["entry"], head["head"]) == (first.id, 1, office.ledger.head())


def test_nothing_in_a_release_names_the_machine_or_the_time(office: Office, tmp_path: Path) -> None:
    record = released(approved(office), tmp_path / "released")
    for name in record.files:
        content = (tmp_path / "released" / name).read_bytes()
        assert str(tmp_path).encode() not in content
        assert record.time.encode() not in content


def test_without_an_approval_there_is_no_file(office: Office, tmp_path: Path) -> None:
    with pytest.raises(ReviewError):
        released(office, tmp_path / "released")
    assert list(tmp_path.rglob("*.csv")) == []
    assert releases(office) == ()


def test_by_the_review_channel_no_file_leaves(office: Office, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="dossier"):
        released(office, tmp_path / "released", channel="review")


def test_a_full_disk_leaves_the_earlier_release_whole(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "released"
    record = released(approved(office), out)

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MachineError, match="No space left"):
        released(office, out)
    monkeypatch.undo()
    assert hashes(out) == dict(record.files)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["my office", "released"]


def test_a_withdrawn_release_stays_visible_as_withdrawn(office: Office, tmp_path: Path) -> None:
    record = released(approved(office), tmp_path / "released")
    done = decide(office, "demo", "withdraw", by="Board", reason="wrong register", day=DAY)
    assert {f"{record.folder}/{name}" for name in record.files} <= set(done.recall)
    assert [(r.id, r.withdrawn) for r in releases(office)] == [(record.id, True)]
    assert "WITHDRAWN" in str(releases(office)[0])
    assert (office.released / record.id / "WITHDRAWN.json").is_file()
    with pytest.raises(ReviewError, match="withdraw"):
        released(office, tmp_path / "released")


def test_other_values_after_a_release_are_refused(office: Office, tmp_path: Path) -> None:
    released(approved(office), tmp_path / "released")
    other = replace(AREAS, rows=(("n", 401, 32, 32 / 401, None), *AREAS.rows[1:2], (TOTAL, 601, 36, 36 / 601, None)))
    with pytest.raises(RefusedError, match="other values"):
        released(office, tmp_path / "released", tables=(other,))


def test_a_whole_run_verifies_with_and_without_the_office(office: Office, tmp_path: Path) -> None:
    folder = run_folder(tmp_path, office)
    for found in (verify(folder), verify(folder, office)):
        assert found.findings == ()
        assert (found.tables, found.entries) == (1, 3)
    assert "nothing was changed" in str(verify(folder, office))


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        where = folder / path
        text = where.read_text(encoding="utf-8")
        assert old in text
        where.write_text(text.replace(old, new), encoding="utf-8")

    return change


def drop_line(folder: Path) -> None:
    path = folder / "ledger.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def forge_line(folder: Path) -> None:
    """An entry with a right hash of its own that the office never wrote."""
    from riskscreen.records.hashlog import HashLog

    own = HashLog(folder / "own.jsonl")
    own.append("release", {"release": "x", "files": {}}, time="2025-01-01T00:00:00+00:00")
    line = json.loads(own.path.read_text())
    own.path.unlink()
    with (folder / "ledger.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"log": "ledger", **line}) + "\n")


def show_small(folder: Path) -> None:
    """Put a hidden count back into the JSON table."""
    path = folder / "released" / "areas.json"
    raw = json.loads(path.read_text())
    raw["rows"][1][2], raw["status"][1][2] = 4, "shown"
    path.write_text(json.dumps(raw))


def show_partner(folder: Path) -> None:
    """Show the count that protects a hidden one."""
    path = folder / "released" / "areas.json"
    raw = json.loads(path.read_text())
    raw["rows"][0][2], raw["status"][0][2] = 32, "shown"
    path.write_text(json.dumps(raw))


def show_rate(folder: Path) -> None:
    path = folder / "released" / "areas.json"
    raw = json.loads(path.read_text())
    raw["rows"][1][3], raw["status"][1][3] = 0.02, "shown"
    path.write_text(json.dumps(raw))


def write_parquet(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"outcomes": [32, 4, 36]}), folder / "released" / "areas.parquet")


TAMPERING = {
    "an edited CSV": (edit("released/areas.csv", "600", "601"), "does not say what"),
    "an edited Dutch CSV": (edit("released/nl/areas.csv", "600", "601"), "does not say what"),
    "another Parquet file": (write_parquet, "does not say what"),
    "an edited dictionary": (edit("released/data_dictionary.csv", "North", "South"), "does not describe"),
    "a hidden count shown": (show_small, "shown count(s) below 10"),
    "its partner shown": (show_partner, "stands alone in its line"),
    "a rate of a hidden count shown": (show_rate, "beside the hidden count"),
    "another subject": (edit("released/release.json", '"internal-', '"internal-0'), "does not stand in the ledger"),
    "an altered card": (edit("card.json", "card/1", "card/2"), "not the card that was put to the board"),
    "an edited ledger line": (edit("ledger.jsonl", '"seen"', '"agreed"'), "edited: its hash does not fit"),
    "a dropped ledger line": (drop_line, "does not stand in the ledger"),
    "a broken table": (edit("released/areas.json", "released-table/1", "released-table/9"), "cannot be read"),
    "a table that is gone": (lambda folder: (folder / "released" / "areas.json").unlink(), "gone or cannot be read"),
}


@pytest.mark.parametrize("resealed", [False, True], ids=["manifest as it was", "manifest rewritten too"])
@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_found_even_when_the_manifest_is_rewritten(
    case: str, resealed: bool, office: Office, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, office)
    change, expected = TAMPERING[case]
    change(folder)
    if resealed:
        seal(folder)
    found = verify(folder)
    assert not found.ok
    assert expected in str(found)
    if not resealed:
        assert mentions_change(found)


def mentions_change(found: Verification) -> bool:
    return any("after the run" in f.what or "is gone" in f.what for f in found.findings)


def test_a_forged_entry_is_found_against_the_office(office: Office, tmp_path: Path) -> None:
    folder = run_folder(tmp_path, office)
    forge_line(folder)
    seal(folder)
    assert verify(folder).ok
    assert "the office does not hold this entry" in str(verify(folder, office))


def test_an_edited_office_is_found(office: Office, tmp_path: Path) -> None:
    folder = run_folder(tmp_path, office)
    edit("my office/decisions.jsonl", "2025-06-30", "2035-06-30")(tmp_path)
    assert "chain" in str(verify(folder, office))


def test_a_withdrawn_release_is_found_against_the_office(office: Office, tmp_path: Path) -> None:
    folder = run_folder(tmp_path, office)
    decide(office, "demo", "withdraw", by="Board", reason="wrong", day=DAY)
    assert verify(folder).ok
    assert "it was withdrawn" in str(verify(folder, office))


def test_files_outside_the_folder_and_added_ones_are_found(office: Office, tmp_path: Path) -> None:
    folder = run_folder(tmp_path, office)
    (folder / "list.csv").write_text("a")
    manifest = json.loads((folder / "run.json").read_text())
    manifest["files"]["../secret"] = "0" * 64
    (folder / "run.json").write_text(json.dumps(manifest))
    found = str(verify(folder))
    assert "list.csv: the file was added" in found
    assert "outside the run folder" in found


def test_a_folder_without_a_run_is_a_mistake_of_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        verify(tmp_path)
