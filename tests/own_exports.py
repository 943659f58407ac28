"""Registers as a Dutch municipality might export them: own file names, columns, codes, dates and separator."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

EXPORTS = {
    "persons": (
        "Personen 2025.csv",
        "person=pseudo_bsn birth_date=Geboortedatum sex=Geslacht death_date=Overlijdensdatum "
        "emigration_date=Vertrekdatum origin=Herkomst education=Opleidingsniveau education_date=Opleidingsdatum "
        "recorded_date=Registratiedatum",
    ),
    "household_spells": (
        "Huishoudens.csv",
        "person=pseudo_bsn household=Huishoudnummer role=Plaats_huishouden household_kind=Soort_huishouden "
        "event_date=Ingangsdatum end_date=Einddatum end_recorded_date=Registratiedatum_einde "
        "recorded_date=Registratiedatum",
    ),
    "address_spells": (
        "Adressen.csv",
        "person=pseudo_bsn address=Adresnummer area=Buurtcode event_date=Ingangsdatum end_date=Einddatum "
        "end_recorded_date=Registratiedatum_einde recorded_date=Registratiedatum",
    ),
    "debt": (
        "Vroegsignalering.csv",
        "person=pseudo_bsn kind=Soort source=Bron event_date=Begindatum end_date=Einddatum "
        "end_recorded_date=Registratiedatum_einde recorded_date=Registratiedatum",
    ),
    "reports": (
        "Meldingen Veilig Thuis.csv",
        "report=Meldingsnummer person=Kindnummer kind=Soort event_date=Meldingsdatum recorded_date=Registratiedatum "
        "reporter=Melder follow_up=Vervolgmelding triage_date=Triagedatum investigation_date=Onderzoeksdatum "
        "closed_date=Dag_van_afsluiten outcome=Uitkomst school_informed=School_ingelicht",
    ),
}
"""Register: file and ours=theirs. ``Dag van afsluiten`` is a name that nobody could guess."""

LAST_MONTH = pd.Timestamp("2024-12-01")

CODES: dict[str, dict[object, str]] = {
    "sex": {"f": "V", "m": "M"},
    "origin": {"netherlands": "Nederland", "europe": "Europa", "outside_europe": "Buiten Europa"},
    "education": {"low": "laag", "middle": "midden", "high": "hoog"},
    "role": {"adult": "meerderjarige", "child": "kind", "other": "overig"},
    "household_kind": {"private": "particulier", "foster": "pleeggezin", "institution": "instelling"},
    "kind": {
        "arrears_signal": "signaal",
        "health_premium_default": "wanbetaler",
        "other_default": "belastingschuld",
        "counselling": "schuldhulp",
        "restructuring": "sanering",
        "advice": "advies",
        "report": "melding",
    },
    "source": {
        "health_insurer": "zorgverzekeraar",
        "energy": "energie",
        "landlord": "verhuurder",
        "water": "waterbedrijf",
        "other": "overig",
    },
    "reporter": {
        "police": "politie",
        "health": "huisarts",
        "education": "school",
        "youth_care": "jeugdhulp",
        "childcare": "kinderopvang",
        "other_professional": "overige professional",
        "citizen": "burger",
    },
    "outcome": {"confirmed": "bevestigd", "not_confirmed": "niet bevestigd", "refuted": "weerlegd"},
    "follow_up": {True: "J", False: "N"},
    "school_informed": {True: "J", False: "N"},
}
"""``meerderjarige`` is a code that nobody could guess."""


def export(world: Path, folder: Path, registers: Sequence[str], *, reports: int = 1) -> Path:
    """Write registers of a synthetic world as exports, with one in so many of the reports."""
    folder.mkdir(parents=True)
    for register in registers:
        name, pairs = EXPORTS[register]
        frame = pd.read_parquet(world / f"{register}.parquet")
        columns = dict(pair.split("=") for pair in pairs.split())
        for ours in columns:
            if ours.endswith("_date"):
                frame[ours] = pd.to_datetime(frame[ours]).dt.strftime("%d-%m-%Y")
            elif ours in CODES:
                frame[ours] = frame[ours].map(CODES[ours])
        frame = frame[list(columns)].set_axis([theirs.replace("_", " ") for theirs in columns.values()], axis=1)
        if register == "reports":  # the last month stays whole, so that the register reaches as far as it did
            last = pd.to_datetime(frame["Registratiedatum"], format="%d-%m-%Y") >= LAST_MONTH
            frame = frame[(frame.index % reports == 0) | last]
        frame.to_csv(folder / name, sep=";", index=False, encoding="cp1252")
    return folder


def fill_in(home: Path) -> int:
    """Complete what ``init`` left open, as a user would; returns how many lines of the mapping that took.

    The lawful basis names every column but education: that one may not be read.
    """
    mapping = (home / "mapping.yaml").read_text(encoding="utf-8")
    filled = mapping.replace("# \"meerderjarige\": ''", '"meerderjarige": "adult"')
    filled = filled.replace("# closed_date: ''", "closed_date: Dag van afsluiten")
    if "kinderopvang" not in filled:  # on fewer than ten rows: init does not write it, check tells where it stands
        filled = filled.replace('"burger": "citizen"', '"burger": "citizen"\n        "kinderopvang": "childcare"')
    filled = filled.replace('municipality: ""', 'municipality: "Voorbeeldstad"')
    (home / "mapping.yaml").write_text(filled, encoding="utf-8")
    basis = (home / "basis.yaml").read_text(encoding="utf-8")
    for key in ("law", "purpose", "impact_assessment", "responsible"):
        basis = basis.replace(f'{key}: ""', f'{key}: "settled for this test"')
    basis = basis.replace("retention_until:", "retention_until: 2099-12-31").replace("education, education_date, ", "")
    (home / "basis.yaml").write_text(basis, encoding="utf-8")
    return len(set(filled.splitlines()) - set(mapping.splitlines()))


def command(home: Path, *words: str, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run riskscreen as a command in a folder; ``largest`` bounds every file it writes, as a full disk would."""
    return subprocess.run(
        started(*words, largest=largest), cwd=home, capture_output=True, text=True, encoding="utf-8", check=False
    )


def started(*words: str, largest: int | None = None) -> list[str]:
    """The words that start riskscreen as a command."""
    bound = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({largest}, {largest})); " if largest else ""
    return [sys.executable, "-c", f"{bound}from riskscreen.cli import main; main()", *words]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder and what is in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def words_of(page: Path) -> str:
    """The words of a page, both languages, without its charts."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
