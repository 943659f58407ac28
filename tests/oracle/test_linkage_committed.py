"""Linkage of the committed registers equals the slow judge, family by family, on every index date of the demo."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from riskscreen.linkage import Linkage
from riskscreen.registers import Registers
from tests.linkage_judge import judge
from tests.linkage_towns import found

DAYS = (date(2021, 1, 1), date(2025, 1, 1))
REGISTERS = ("persons", "household_spells", "parentage", "pregnancies", "address_spells", "areas")


def plain_rows(registers: Registers, register: str) -> list[dict[str, Any]]:
    """Rows without what the judge cannot use: those with no person or no date."""
    names = list(registers.engine.columns(f"registers.{register}"))
    rows = registers.engine.rows(f"SELECT * FROM registers.{register}")
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def registers(linked_committed: tuple[Registers, Linkage]) -> Registers:
    return linked_committed[0]


@pytest.fixture(scope="module")
def rows(registers: Registers) -> dict[str, list[dict[str, Any]]]:
    return {name: plain_rows(registers, name) for name in REGISTERS}


@pytest.mark.parametrize("day", DAYS)
def test_the_committed_registers_link_as_the_judge_says(
    registers: Registers, rows: dict[str, list[dict[str, Any]]], day: date
) -> None:
    made, right = found(registers, day), judge(rows, day, key="seed")
    assert len(right.families) > 1500
    assert made.members == right.members
    assert made.families == right.families
    seen = {body["family_form"] for body in right.families.values()}
    assert seen == {"couple", "single_parent", "stepfamily", "first_pregnancy"}
