"""A world whose rates cannot hold together is refused, with every fault by its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskscreen.errors import SettingsError
from riskscreen.synthetic import plan
from riskscreen.synthetic.lives.coherence import life_faults
from riskscreen.synthetic.world import load_world


def _world(tmp_path: Path, changes: str) -> str:
    path = tmp_path / "changed.yaml"
    path.write_text(f"extends: voorbeeldstad\nname: changed\n{changes}", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ("circumstances: {mental_health: {kinds: {basic: {share: 0.9}}}}", "circumstances.mental_health.kinds"),
        ("circumstances: {poverty: {share: {2023: 0.2}}}", "circumstances.poverty.share"),
        ("circumstances: {poverty: {carrier: adult}}", "circumstances.poverty.within"),
        ("circumstances: {poverty: {of: families}}", "circumstances.poverty.of"),
        ("circumstances: {justice: {of: whole}}", "circumstances.justice.of"),
        ("circumstances: {low_income: {after: {debt_problem: 1.0}}}", "circumstances.low_income.after"),
        ("circumstances: {low_income: {after: {lottery: 1.0}}}", "circumstances.low_income.after"),
        ("circumstances: {disorder: {after: {confirmed: 1.0}}}", "circumstances.disorder.after"),
        ("circumstances: {absence: {after_own: {justice: 1.0}}}", "circumstances.absence.after_own"),
        ("circumstances: {violence: {after_need: {need: 1.0}}}", "circumstances.violence.after_need"),
        ("circumstances: {stay: null}", "circumstances"),
        ("families_form: {children: {2: 0.9}}", "families_form.children"),
        ("families_form: {low_education: {low: 0.7}}", "families_form.low_education"),
        ("signal_sources: {energy: 0.6}", "signal_sources"),
    ],
)
def test_what_cannot_hold_together_is_refused_by_its_place(tmp_path: Path, changes: str, place: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_world(_world(tmp_path, changes))
    assert [fault.split(":")[0] for fault in error.value.faults] == [place]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    changes = "circumstances: {poverty: {share: {2023: 0.2}}, low_income: {after: {lottery: 1.0}}}"
    changes += "\nsignal_sources: {energy: 0.6}"
    with pytest.raises(SettingsError) as error:
        load_world(_world(tmp_path, changes))
    assert len(error.value.faults) == 3


def test_a_shipped_world_has_no_faults() -> None:
    assert life_faults(load_world("voorbeeldstad")) == ()


def test_shares_out_of_reach_are_told_when_constants_are_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only young people of 16-17 leave school early, and a couple in ten never parts: both shares are too high."""
    monkeypatch.setattr(plan, "REHEARSAL_UNITS", 3_000)
    changes = "circumstances: {early_leaving: {share: 0.5}}\nfamilies_form: {single_parent_children: 0.99}"
    with pytest.raises(SettingsError) as error:
        plan.rehearse(load_world(_world(tmp_path, changes)))
    places = {fault.split(":")[0] for fault in error.value.faults}
    assert {"circumstances.early_leaving.share", "families_form.single_parent_children"} <= places
    assert all("cannot be reached; at most" in fault for fault in error.value.faults)
