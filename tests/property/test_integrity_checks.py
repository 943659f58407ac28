"""Every check of a model as a whole passes on sound levels, and bites when a fault is planted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from riskscreen.integrity.absence import Scene, leave_out_registers
from riskscreen.integrity.ages import cramers_v, find_ages
from riskscreen.integrity.copies import as_it_is
from riskscreen.integrity.cutting import cut_sql
from riskscreen.integrity.findings import Finding
from riskscreen.integrity.leakage import find_leaks, outcome_registers, outcome_registers_named
from riskscreen.integrity.levels import Compute, Design, compute_levels, keep_levels
from riskscreen.integrity.monotonicity import find_falls, steps_of
from riskscreen.integrity.parity import find_differences
from riskscreen.integrity.sameness import find_favourites
from riskscreen.records.card import Card, Line
from riskscreen.registers.handle import Registers
from riskscreen.registers.manifest import Manifest
from riskscreen.stressors.definitions import Catalogue
from tests.integrity_town import (
    CATALOGUE,
    DATES,
    DAY,
    OLD,
    Frames,
    TownCopy,
    also,
    committed,
    design,
    frames_of,
    town_copy,
)

FEW = design("debt_arrears", "moves", "single_parent", "own_youth_care", "absence_primary")
CARD = Card("card", (Line("debt_arrears", ">=", 1, 2), Line("moves", ">=", 1, 1), Line("moves", ">=", 2, 1)), -4.0, 0.5)
RUN = "levels_run"


@pytest.fixture(scope="module")
def frames(committed_registers: Path) -> Frames:
    return frames_of(committed_registers)


@pytest.fixture(scope="module")
def manifest(committed_registers: Path) -> Manifest:
    return committed(committed_registers)


@pytest.fixture(scope="module")
def town(frames: Frames, manifest: Manifest) -> Iterator[TownCopy]:
    """Levels as they should be."""
    with town_copy(frames, manifest, FEW) as made:
        yield made


def results(findings: Sequence[Finding]) -> dict[str, str]:
    return {finding.code: finding.result for finding in findings}


def finding(findings: Sequence[Finding], part: str) -> Finding:
    return next(one for one in findings if one.part == part)


def leaks(town: TownCopy, compute: Compute = compute_levels, dates: Sequence[date] = (DAY,)) -> list[Finding]:
    return find_leaks(town.copy, town.design, dates, run=RUN, compute=compute)


def run_with(town: TownCopy, compute: Compute, dates: Sequence[date] = DATES) -> TownCopy:
    """The run was computed otherwise than it should have been."""
    compute(town.copy.show(as_it_is), town.design, dates)
    keep_levels(town.copy.engine, RUN)
    return town


@pytest.fixture
def own(town: TownCopy) -> Iterator[TownCopy]:
    """The town, to plant something in: afterwards the run's levels are sound again; all else every check makes anew."""
    town.copy.engine.run("CREATE OR REPLACE TABLE levels_sound AS SELECT * FROM levels_run")
    yield town
    town.copy.engine.run("CREATE OR REPLACE TABLE levels_run AS SELECT * FROM levels_sound")


class TestLeakage:
    def test_sound_levels_pass_with_every_stressor(self, frames: Frames, manifest: Manifest) -> None:
        with town_copy(frames, manifest, dates=[DAY]) as made:
            found = leaks(made)
        assert set(results(found).values()) == {"passed"}
        assert finding(found, "removed").looked_at > 3_000

    def test_a_stressor_that_reads_rows_after_the_index_date_is_found_and_named(self, own: TownCopy) -> None:
        peek = also(
            "UPDATE levels SET debt_arrears = 2 WHERE family IN (SELECT m.family FROM members m "
            "JOIN registers.debt d USING (person) WHERE m.index_date = levels.index_date "
            "AND d.event_date >= m.index_date)"
        )
        found = leaks(run_with(own, peek), peek)
        assert finding(found, "removed").result == "failed"
        assert finding(found, "removed").about == (f"debt_arrears ({DAY})",)
        assert finding(found, "changed").result == "failed"

    def test_a_view_that_shows_late_rows_as_earlier_ones_is_found(self, own: TownCopy) -> None:
        def early(name: str, table: str) -> str:
            if name != "debt":
                return f"SELECT * FROM {table}"
            return (
                f"SELECT * REPLACE (event_date - 300 AS event_date, recorded_date - 300 AS recorded_date) FROM {table}"
            )

        def compute(registers: Registers, chosen: Design, dates: Sequence[date], *, families: bool = True) -> None:
            compute_levels(own.copy.show(early), chosen, dates)

        found = leaks(run_with(own, compute))
        assert finding(found, "removed").result == "failed"
        assert {name.split()[0] for name in finding(found, "removed").about} == {"debt_arrears"}

    def test_an_end_that_became_known_later_changes_nothing_but_is_found_when_read(self, own: TownCopy) -> None:
        peek = also(
            "UPDATE levels SET moves = 2 WHERE family IN (SELECT m.family FROM members m "
            "JOIN registers.address_spells a USING (person) WHERE m.index_date = levels.index_date "
            "AND a.end_date >= m.index_date)"
        )
        assert finding(leaks(run_with(own, peek), peek), "removed").result == "failed"

    def test_a_stressor_that_follows_the_reports_is_found(self, own: TownCopy) -> None:
        peek = also(
            "UPDATE levels SET single_parent = 1 WHERE family IN (SELECT m.family FROM members m "
            "JOIN registers.reports r USING (person) WHERE m.index_date = levels.index_date "
            "AND r.recorded_date < m.index_date)"
        )
        found = leaks(run_with(own, peek), peek)
        assert finding(found, "removed").result == "passed"  # these reports were known: no leak of time
        assert finding(found, "outcome_unread").result == "failed"

    def test_no_definition_names_the_reports_or_what_follows_from_them(self) -> None:
        assert {"reports", "aftercare", "participation"} == outcome_registers()
        assert outcome_registers_named(CATALOGUE).result == "passed"
        moves = CATALOGUE.get("moves")
        doctored = replace(moves, stressor=replace(moves.stressor, registers=("address_spells", "reports")))
        found = outcome_registers_named(Catalogue((doctored,)))
        assert (found.result, found.about) == ("failed", ("moves",))

    def test_what_was_known_of_a_register_before_a_day(self) -> None:
        text = cut_sql("income", "base.income", DAY)
        assert "event_date < DATE '2024-01-01' AND recorded_date < DATE '2024-01-01'" in text
        assert "coalesce(end_recorded_date, end_date) < DATE '2024-01-01' THEN end_date END" in text
        assert "gestation_weeks" in cut_sql("pregnancies", "base.pregnancies", DAY)
        assert cut_sql("areas", "base.areas", DAY) == "SELECT * FROM base.areas WHERE TRUE"


class TestMonotonicity:
    PROFILES = np.array([[0.0, 0, 0, np.nan, 0], [2, 1, 1, 0, np.nan], [1, 2, 0, 1, 0]])
    STRESSORS = FEW.catalogue.stressors

    def test_a_card_that_only_rises_passes(self) -> None:
        assert set(results(find_falls(CARD, self.STRESSORS, self.PROFILES)).values()) == {"passed"}
        assert steps_of(CARD, "moves", 2).tolist() == [0, 0, 1, 2]

    @pytest.mark.parametrize("line", [Line("moves", "<=", 0, 2), Line("moves", ">=", 2, -3)])
    def test_a_line_that_falls_is_found_in_the_lines_and_in_the_profiles(self, line: Line) -> None:
        card = replace(CARD, lines=(*CARD.lines, line))
        found = find_falls(card, self.STRESSORS, self.PROFILES)
        assert finding(found, "lines").result == "failed"
        assert finding(found, "lines").about == ("moves",)
        assert finding(found, "profiles").result == "failed"
        assert finding(found, "profiles").about == ("moves",)

    def test_a_risk_that_falls_with_points_is_found(self) -> None:
        assert finding(find_falls(replace(CARD, slope=-0.1), self.STRESSORS, self.PROFILES), "risk").result == "failed"

    def test_a_card_without_lines_cannot_be_looked_at(self) -> None:
        found = find_falls(replace(CARD, lines=()), self.STRESSORS, self.PROFILES)
        assert finding(found, "lines").result == "not_possible"


class TestAges:
    def ages(self, town: TownCopy, compute: Compute = compute_levels) -> list[Finding]:
        return find_ages(town.copy, town.design, DATES, run=RUN, compute=compute)[0]

    def test_sound_levels_pass(self, town: TownCopy) -> None:
        found = self.ages(town)
        assert set(results(found).values()) == {"passed"}
        assert finding(found, "stand_in").figures["strength"] < 0.3

    def test_a_level_outside_its_stage_is_found(self, own: TownCopy) -> None:
        stuck = also("UPDATE levels SET absence_primary = 1 WHERE NOT child_4_11")
        found = finding(self.ages(run_with(own, stuck), stuck), "stage")
        assert (found.result, found.about) == ("failed", ("absence_primary",))

    def test_seeing_the_youth_of_parents_too_old_for_the_register_is_found(self, own: TownCopy) -> None:
        everyone = also("UPDATE levels SET own_youth_care = coalesce(own_youth_care, 0)")
        found = finding(self.ages(run_with(own, everyone), everyone), "own_youth")
        assert (found.result, found.about) == ("failed", ("own_youth_care",))

    def test_scoring_that_one_could_be_seen_at_all_is_a_stand_in_for_age(self, own: TownCopy) -> None:
        covered = also("UPDATE levels SET own_youth_care = 1 WHERE own_youth_care IS NOT NULL")
        found = finding(self.ages(run_with(own, covered), covered), "stand_in")
        assert (found.result, found.about) == ("failed", ("own_youth_care",))
        assert found.figures["strength"] > found.figures["limit"]

    def test_a_level_that_never_passes_is_found(self, own: TownCopy) -> None:
        ever = also(
            "UPDATE levels SET debt_arrears = 1 WHERE family IN (SELECT m.family FROM members m "
            "JOIN registers.debt d USING (person))"
        )
        found = finding(self.ages(own, ever), "passed")
        assert (found.result, found.about) == ("failed", ("debt_arrears",))

    def test_cramers_v_of_a_table_that_can_be_checked_by_hand(self) -> None:
        # chi-squared of [[30, 10], [10, 30]]: 4 * (10^2 / 20) = 20, over 80 families
        assert cramers_v(np.array([30.0, 10.0]), np.array([40.0, 40.0])) == pytest.approx((20 / 80) ** 0.5)


class TestSameness:
    def same(self, town: TownCopy, compute: Compute = compute_levels) -> list[Finding]:
        return find_favourites(town.copy, town.design, [DAY], run=RUN, compute=compute)

    def test_twins_have_equal_levels(self, town: TownCopy) -> None:
        assert set(results(self.same(town)).values()) == {"passed"}

    def test_a_level_that_follows_a_name_is_found(self, own: TownCopy) -> None:
        named = also("UPDATE levels SET moves = 1 WHERE family LIKE '%7'")
        assert finding(self.same(run_with(own, named), named), "renamed").result == "failed"

    def test_a_level_that_follows_the_order_of_the_rows_is_found(self, own: TownCopy) -> None:
        first = also(
            "UPDATE levels SET debt_arrears = 2 WHERE family IN (SELECT m.family FROM members m JOIN "
            "(SELECT person FROM registers.income LIMIT 60) USING (person))"
        )
        assert "failed" in set(results(self.same(run_with(own, first), first)).values())


class TestParity:
    def test_then_and_now_differ_only_with_a_cause(self, town: TownCopy) -> None:
        found, _ = find_differences(town.copy, town.design, OLD, compute=compute_levels, then=compute_levels)
        assert results(found) == {"parity_explained": "passed"}

    def test_another_computation_then_is_unexplained(self, own: TownCopy) -> None:
        other = also("UPDATE levels SET moves = 2 WHERE single_parent = 1")
        found, differences = find_differences(own.copy, own.design, OLD, compute=compute_levels, then=other)
        assert found[0].result == "failed"
        assert found[0].about == ("moves",)
        assert next(one for one in differences if one.cause == "unexplained").levels == found[0].wrong


class TestAbsence:
    def absent(self, town: TownCopy, compute: Compute) -> list[Finding]:
        """Without the registers of what the card scores: the others have nothing to do with what is planted."""
        scored = design(*CARD.stressors)
        return leave_out_registers(Scene(town.copy, scored, DAY, RUN, CARD, range(10), compute))[0]

    def test_a_register_absent_or_late_breaks_nothing(self, town: TownCopy) -> None:
        scene = Scene(town.copy, town.design, DAY, RUN, CARD, range(10), compute_levels)
        found, whole, without = leave_out_registers(scene)
        assert set(results(found).values()) == {"passed"}
        debt = next(one for one in without if one.register == "debt")
        assert debt.lost == ("debt_arrears",)
        assert debt.absent is not None
        assert debt.absent.in_the_large < whole.in_the_large  # fewer points, lower risks
        households = next(one for one in without if one.register == "household_spells")
        assert households.absent is None  # obligatory: it is never absent
        assert households.late is not None

    def test_counting_what_cannot_be_seen_is_found(self, own: TownCopy) -> None:
        guess = also("UPDATE levels SET debt_arrears = coalesce(debt_arrears, 1)")
        found = self.absent(own, guess)
        assert finding(found, "crash").result == "passed"
        assert (finding(found, "not_covered").result, finding(found, "not_covered").about) == (
            "failed",
            ("debt_arrears",),
        )
        assert (finding(found, "never_scores").result, finding(found, "never_scores").about) == ("failed", ("debt",))

    def test_a_computation_that_breaks_without_a_register_is_told_with_its_name(self, own: TownCopy) -> None:
        def needs_addresses(
            registers: Registers, chosen: Design, dates: Sequence[date], *, families: bool = True
        ) -> None:
            if not registers.has("address_spells"):
                raise KeyError("address_spells")
            compute_levels(registers, chosen, dates, families=families)

        found = finding(self.absent(own, needs_addresses), "crash")
        assert (found.result, found.about) == ("failed", ("address_spells",))
