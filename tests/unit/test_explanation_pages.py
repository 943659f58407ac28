"""The combinations of domains and the disagreement stand in report and dossier, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
import reports_example as example
from simulated_counts import TRAIN, counts_frame, stressors

from riskscreen.disclosure.gate import ReleasedTable, gate
from riskscreen.explanation.explain import explain
from riskscreen.governance.office import Office
from riskscreen.records.card import Card, Line
from riskscreen.reports.dossier_page import dossier_page
from riskscreen.reports.page import page_html
from riskscreen.reports.report_page import report_page
from riskscreen.scores.challenger import fit_challenger
from riskscreen.settings import Release
from riskscreen.stats.rows import rows_of

NAMES = ("debt_arrears", "violence", "mental_parent", "assistance")
CARD = Card("card", tuple(Line(name, ">=", 1.0, 1) for name in NAMES), -4.0, 0.5)


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, ReleasedTable]:
    counts = counts_frame(8_000, 7, base=-4.4)
    challenger = fit_challenger(rows_of(counts, NAMES, TRAIN, folds=range(7)), 1)
    explained = explain(CARD, counts, stressors(), challenger=challenger, unseen_folds=(7, 8, 9))
    office, day = Office(tmp_path_factory.mktemp("office")), date(2026, 1, 1)
    made = gate(explained.tables, channel="review", office=office, subject=None, release=Release(), day=day)
    return example.released() | {table.name: table for table in made}


def test_the_gate_hides_outcomes_of_few_families_and_nothing_else_in_the_combinations(tables):
    released = tables["domain_combinations"]
    assert len(released.table.rows) > 3
    for row in released.table.records():
        assert row["families"] is not None
        assert row["outcomes"] is None or row["outcomes"] >= 10


@pytest.fixture(scope="module")
def dossier(tables) -> str:
    return page_html(example.content(tables=tables), dossier_page)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_dossier_holds_both(dossier, language):
    assert {"en": "Which domains occur together", "nl": "Welke domeinen samen voorkomen"}[language] in dossier
    assert {"en": "Where card and challenger disagree", "nl": "Waar puntenkaart en uitdager van elkaar"}[
        language
    ] in dossier
    assert {"en": "the challenger expects that", "nl": "verwacht de uitdager er"}[language] in dossier


def test_the_report_holds_the_combinations_only(tables):
    html = page_html(example.content(tables=tables), report_page)
    assert "Which domains occur together" in html
    assert "the challenger expects that" not in html
