"""How an audit shows itself, the tables it hands over, and its sentences."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from riskscreen.disclosure.gate import gate
from riskscreen.errors import UsageError
from riskscreen.fairness import (
    Audit,
    audit,
    label_plane_table,
    pool_groups,
    score_table,
    step_tables,
    verdict_sentence,
    verdict_table,
)
from riskscreen.fairness.criteria import implied_false_positive_rate
from riskscreen.fairness.label_sentences import CONCLUDED
from riskscreen.fairness.labels import GROUPS, METRICS, REASONS, VERDICTS, group_codes, group_text
from riskscreen.records.hashlog import HashLog
from riskscreen.records.tables import TOTAL
from riskscreen.settings import Audit as AuditSettings
from riskscreen.settings import Release


@dataclass
class Books:
    """An office with empty logs."""

    ledger: HashLog
    decisions: HashLog


BY = ("origin", "family_form", "children_band", "urbanity")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    size = 20_000
    data = pd.DataFrame(
        {
            "origin": rng.choice(["netherlands", "europe", "outside_europe", None], size, p=[0.7, 0.1, 0.1996, 0.0004]),
            "family_form": rng.choice(["couple", "single_parent"], size, p=[0.8, 0.2]),
            "children_band": rng.choice(["1", "2", "3_up"], size),
            "urbanity": rng.choice([1, 2, 3], size),
            "area_block": rng.integers(0, 20, size),
        }
    )
    data["points"] = rng.poisson(2 + (data.family_form == "single_parent"))
    data["y"] = (rng.random(size) < 0.01 + 0.02 * data.points).astype(int)
    data["offered"] = (data.points >= 4).astype(int)
    return data


@pytest.fixture(scope="module")
def found(frame) -> Audit:
    return audit(frame, outcome="y", selected="offered", by=BY)


@pytest.fixture(scope="module")
def scored(frame) -> Audit:
    return audit(frame, outcome="y", points="points", by=BY, risk=lambda points: np.minimum(0.01 + 0.02 * points, 1))


def test_the_table_of_groups_sums_to_its_totals(found) -> None:
    table = found.tables()[0]
    assert (table.name, table.channels) == ("audit_offer", ("review", "internal"))
    records = table.records()
    for attribute in BY:
        mine = [record for record in records if record["attribute"] == attribute]
        for count in ("families", "outcomes", "selected", "selected_outcomes"):
            parts = [record[count] for record in mine if record["group"] != TOTAL]
            assert sum(parts) == next(record[count] for record in mine if record["group"] == TOTAL)


def test_every_code_in_the_tables_has_a_wording(found, scored) -> None:
    for table in (*found.tables(), *scored.tables(), verdict_table(found, scored)):
        for column in table.columns:
            if column.kind in ("key", "code"):
                assert {value for value in table.values(column.name) if value is not None} <= set(column.labels)
        named = {column.name for column in table.columns if column.kind == "count"}
        resting = {name for column in table.columns for name in (column.of, column.base) if name}
        assert resting <= named


def test_the_joint_table_holds_the_offer_first(found, scored) -> None:
    table = verdict_table(found, scored)
    assert table.values("subject") == ["offer"] * 8 + ["threshold"] * 8
    assert set(table.values("verdict")) <= set(VERDICTS)


def test_one_child_and_very_strongly_urban_keep_their_own_wording(found) -> None:
    labels = found.tables()[0].column("group").labels
    assert labels["children_band:1"].en == "one child"
    assert labels["urbanity:1"].nl == "zeer sterk stedelijk"
    assert labels["netherlands"].nl == "Nederland"
    assert labels["unknown"].nl == "onbekend"


def test_a_foreign_group_called_total_is_no_margin() -> None:
    assert group_codes({"kind": ("total", "part")}) == {("kind", "total"): "kind:total", ("kind", "part"): "kind:part"}
    frame = pd.DataFrame({"y": [0, 1] * 50, "s": [1, 0] * 50, "kind": ["total"] * 60 + ["part"] * 40})
    found = audit(frame, outcome="y", selected="s", by=["kind"])
    assert [row.families for row in found.shown()[0]] == [40, 60, 100]
    assert found.difference("kind", "base_rate") == 0.0


def test_a_name_with_a_line_break_stays_on_one_line() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 500, "s": [0, 0, 1, 1] * 250, "kind": ["a\nb\x1b[31m"] * 600 + ["c"] * 400})
    assert re.search(r"^kind +a b \[31m +600 ", str(audit(frame, outcome="y", selected="s", by=["kind"])), re.M)
    pooled = str(pool_groups(frame, outcome="y", selected="s", by=["kind"]))
    assert re.search(r"^kind +a b \[31m +selection_rate +600 ", pooled, re.M)


def test_values_of_foreign_tables_keep_their_name() -> None:
    assert group_text("race", "African-American").nl == "African-American"


def test_the_terminal_form_opens_with_the_warning_and_hides_small_groups(found) -> None:
    text = str(found)
    assert text.splitlines()[0] == "no gap shown is not proof of equal treatment"
    assert found.rows[3].group == "unknown"
    assert found.rows[3].families < 10
    assert re.search(r"^origin +unknown +hidden", text, re.M)
    # The smallest other group of origin goes too, or it could be worked out from the total.
    assert re.search(r"^origin +europe +hidden", text, re.M)
    assert "by chance" not in text


def test_difference_is_hidden_where_a_group_is(found, frame) -> None:
    assert np.isnan(found.difference("origin", "selection_rate"))
    rates = frame.groupby("family_form").offered.mean()
    assert found.difference("family_form", "selection_rate") == pytest.approx(rates.max() - rates.min())
    with pytest.raises(UsageError, match="was not audited"):
        found.difference("sex", "selection_rate")


def test_the_notebook_form_escapes_names_of_groups() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 40, "s": [0, 0, 1, 1] * 20, "g": ["<b>x</b>"] * 40 + ["z"] * 40})
    page = audit(frame, outcome="y", selected="s", by=["g"])._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    assert page.count("<table>") == page.count("</table>") == 2


def test_json_has_no_value_that_is_no_number_and_the_same_bytes_each_time(found, frame) -> None:
    again = audit(frame, outcome="y", selected="offered", by=BY)
    assert again.to_json() == found.to_json()
    body = json.loads(found.to_json())
    assert (body["schema"], body["subject"], body["families"]) == ("audit/1", "offer", 20_000)
    assert "NaN" not in found.to_json()


def test_the_plot_draws_every_shown_verdict_in_either_language(found) -> None:
    for language, word in (("en", "gap"), ("nl", "verschil")):
        chart = found.plot(language).to_dict()
        values = next(layer["data"]["values"] for layer in [chart, *chart["layer"]] if "data" in layer)
        assert len(values) == sum(item.low is not None for item in found.shown()[1])
        assert word in json.dumps(chart)
    with pytest.raises(UsageError, match="unknown language"):
        found.plot("de")


def test_a_verdict_is_said_with_both_sides_in_two_languages(found) -> None:
    verdict = next(
        item for item in found.verdicts if (item.attribute, item.metric) == ("family_form", "selection_rate")
    )
    text = verdict_sentence(verdict)
    a = round(verdict.worst_value * 1000)
    assert text.en.startswith(
        f"Family form. Of 1,000 families in the group “couple” about {a} get an offer and {1000 - a} do not;"
    )
    assert text.nl.startswith(
        f"Gezinsvorm. Van 1.000 gezinnen in de groep ‘twee ouders samen’ krijgen er {a} wel een aanbod "
        f"en {1000 - a} niet;"
    )
    assert "This is a gap" in text.en
    assert "Dit is een kloof" in text.nl


def test_hidden_figures_do_not_come_back_in_a_sentence(found) -> None:
    hidden = next(item for item in found.shown()[1] if item.attribute == "origin" and item.worst)
    assert hidden.difference is None
    for text in (verdict_sentence(hidden).en, verdict_sentence(hidden).nl):
        assert not re.search(r"\d", text.replace("1,000", "").replace("1.000", "").rsplit(":", 1)[0])


def test_hidden_figures_have_no_turning_points_and_no_plane(found) -> None:
    hidden = next(item for item in found.shown()[1] if item.attribute == "origin" and item.worst)
    assert (hidden.turns_at_k, hidden.turns_at_c) == (None, None)
    assert found.label_plane(hidden.attribute, hidden.metric) is None


def test_every_comparison_can_be_said(found, scored) -> None:
    said = {verdict_sentence(item).en for each in (found, scored) for item in (*each.verdicts, *each.explored)}
    assert all(text and "{" not in text for text in said)
    assert any("fewer have a report than estimated" in text or "more have" in text for text in said)


def test_a_known_risk_gives_calibration_and_an_unknown_one_none(found, scored) -> None:
    assert found.rows[0].estimate("calibration_in_the_large").value is None
    assert abs(scored.rows[-1].estimate("calibration_in_the_large").value) < 0.01
    named = AuditSettings(confirmatory=("calibration_in_the_large",))
    frame = pd.DataFrame({"y": [0, 1] * 200, "s": [0, 0, 1, 1] * 100, "g": ["a", "b"] * 200})
    item = audit(frame, outcome="y", selected="s", by=["g"], settings=named).verdicts[0]
    assert (item.verdict, item.reason) == ("not_enough_evidence", "no_risk")


def test_neighbourhoods_drawn_as_a_whole_widen_intervals_when_they_differ(frame) -> None:
    tilted = frame.assign(offered=(frame.points + frame.area_block / 5 >= 5).astype(int))
    free, tied = (
        audit(tilted, outcome="y", selected="offered", by=["family_form"], block=block)
        .rows[0]
        .estimate("selection_rate")
        for block in (None, "area_block")
    )
    assert free.value == tied.value
    assert tied.high - tied.low > 5 * (free.high - free.low)


def test_every_wording_is_there_in_both_languages() -> None:
    texts = [
        *METRICS.values(),
        *REASONS.values(),
        *VERDICTS.values(),
        *(t for g in GROUPS.values() for t in g.values()),
    ]
    assert all(text.en and text.nl for text in texts)


def test_chouldechovas_identity_holds_for_any_group(found) -> None:
    for row in found.rows:
        if row.group == TOTAL:
            rates = {item.metric: item.value for item in row.estimates}
            implied = implied_false_positive_rate(
                rates["base_rate"], rates["positive_predictive_value"], rates["false_negative_rate"]
            )
            assert implied == pytest.approx(rates["false_positive_rate"], abs=1e-12)


def test_the_tables_pass_the_gate(found, scored, tmp_path) -> None:
    from riskscreen.disclosure.gate import gate
    from riskscreen.records.hashlog import HashLog
    from riskscreen.settings import Release

    class Office:
        ledger = HashLog(tmp_path / "ledger.jsonl")
        decisions = HashLog(tmp_path / "decisions.jsonl")

    tables = (found.tables()[0], scored.tables()[0], verdict_table(found, scored))
    released = gate(tables, channel="review", office=Office(), subject=None, release=Release(), day=date(2025, 1, 1))
    assert [table.name for table in released] == ["audit_offer", "audit_threshold", "verdicts"]


def test_what_an_audit_of_points_hands_over_passes_the_gate(found, scored, tmp_path) -> None:
    office = Books(HashLog(tmp_path / "ledger.jsonl"), HashLog(tmp_path / "decisions.jsonl"))
    tables = (score_table(scored), *step_tables(scored), label_plane_table(found, scored))
    assert [table.name for table in tables] == [
        "audit_scores",
        "audit_curves",
        "audit_calibration",
        "audit_label_plane",
    ]
    out = gate(tables, channel="review", office=office, subject=None, release=Release(), day=date(2025, 3, 1))
    for released in out[1:]:
        counts = [j for j, column in enumerate(released.table.columns) if column.kind == "count"]
        assert not any(row[j] == "suppressed" for row in released.status for j in counts), released.name


def test_a_plane_is_given_for_conclusions_that_rest_on_reports_and_agrees_with_the_verdict(found, scored) -> None:
    rows = label_plane_table(found, scored).records()
    given = {(row["subject"], row["attribute"], row["metric"]) for row in rows}
    resting = {
        (item.subject, item.attribute, item.metric)
        for audit_ in (found, scored)
        for item in audit_.shown()[1]
        if item.rests_on != "no_label" and item.reason in CONCLUDED and item.low is not None
    }
    assert given == resting
    assert given
    for audit_ in (found, scored):
        for item in audit_.shown()[1]:
            about = (item.subject, item.attribute, item.metric)
            mine = [row for row in rows if (row["subject"], row["attribute"], row["metric"]) == about]
            if mine:
                inside = {row["verdict"] for row in mine if row["inside"] == "yes"}
                assert (len(inside) > 1) == (item.reason == "label_could_overturn")


def test_scores_stand_in_a_third_table_and_hide_what_is_small(found, scored) -> None:
    text = str(scored)
    assert re.search(r"^attribute +group +auroc +outcomes to rest +others to rest +brier score +slope$", text, re.M)
    assert re.search(r"^origin +unknown( +hidden){5}$", text, re.M)
    interval = r"\(-?\d\.\d{3} to \d\.\d{3}\)"
    assert re.search(rf"^family_form +couple( +0\.\d{{3}} {interval}){{4}} +\d\.\d{{3}} {interval}$", text, re.M)
    assert "<caption>Scores</caption>" in scored._repr_html_()
    assert "auroc" not in str(found)
    assert "Scores</caption>" not in found._repr_html_()


def test_a_figure_that_does_not_exist_is_unknown_and_a_small_one_hidden() -> None:
    frame = pd.DataFrame({"y": [0] * 50 + [0, 1] * 50, "s": [1, 0] * 75, "g": ["none"] * 50 + ["some"] * 100})
    shown = str(audit(frame, outcome="y", selected="s", by=["g"], threshold=1))
    assert re.search(r"^g +none +50 +unknown +unknown", shown, re.M)
    assert re.search(r"^g +none +50 +hidden +hidden", str(audit(frame, outcome="y", selected="s", by=["g"])), re.M)


def test_an_empty_ratio_in_the_table_says_why_it_is_empty(found, scored) -> None:
    for row in verdict_table(found, scored).records():
        turns = any(row[f"turns_at_{ratio}"] is not None for ratio in "kclu")
        assert turns == (row["turning"] == "turns")
        assert row["rests_on"] == "no_label" or row["turning"] != "no_label"
        if row["turning"] == "holds":
            assert row["reason"] in CONCLUDED
