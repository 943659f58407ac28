"""Linkage of the committed registers equals the slow judge, family by family, on every index date of the demo."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskscreen.linkage import link
from riskscreen.registers import Registers, open_registers
from tests.linkage_judge import judge
from tests.linkage_towns import found

REGISTERS = ("persons", "household_spells", "parentage", "pregnancies", "address_spells", "areas")


def plain_rows(registers: Registers, register: str) -> list[dict[str, Any]]:
    """Rows without what the judge cannot use: those with no person or no date."""
    names = list(registers.engine.columns(f"registers.{register}"))
    rows = registers.engine.rows(f"SELECT * FROM registers.{register}")
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("day", [date(2021, 1, 1), date(2025, 1, 1)])
def test_the_committed_registers_link_as_the_judge_says(committed_registers: Path, day: date) -> None:
    with open_registers(committed_registers) as registers:
        link(registers, [day], key="committed")
        made = found(registers, day)
        rows = {name: plain_rows(registers, name) for name in REGISTERS}
    right = judge(rows, day, key="committed")
    assert len(right.families) > 1500
    assert made.members == right.members
    assert made.families == right.families
    seen = {body["family_form"] for body in right.families.values()}
    assert seen == {"couple", "single_parent", "stepfamily", "first_pregnancy"}
