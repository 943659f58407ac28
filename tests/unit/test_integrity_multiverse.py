"""The design multiverse counts what stays, and the ledger shows that the run's own choice came first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import pytest

from riskscreen.disclosure.gate import gate
from riskscreen.governance.office import Office
from riskscreen.integrity.beforehand import logged_before
from riskscreen.integrity.choices import altered, combinations, design_hash
from riskscreen.integrity.findings import Examination, Finding, judged
from riskscreen.integrity.multiverse import Result, Run, summed
from riskscreen.integrity.tables import choices_table, groups_table, verdicts_table
from riskscreen.integrity.wording import REASONS, WORDS
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.hashlog import Entry
from riskscreen.records.texts import same
from riskscreen.settings import Family, IndexDates, Release
from riskscreen.stressors.definitions import Catalogue, Definition, EventRule
from tests.integrity_town import CATALOGUE, DAY, OLD

NOW = date(2025, 1, 1)
DATES = IndexDates(train=(OLD,), test=DAY, now=NOW)


def group(name: str, filter_: str) -> TargetGroup:
    return TargetGroup(name, same(name), filter_, "any", ("debt",))


@dataclass(frozen=True)
class Road:
    model: str
    groups: tuple[TargetGroup, ...]
    verdicts: Mapping[tuple[str, str, str], str]


GAP = {("offer", "origin", "selection_rate"): "gap"}
NO_GAP = {("offer", "origin", "selection_rate"): "no_gap_shown"}
OWING = group("group_01", "debt_arrears >= 1")
MOVING = group("group_02", "moves >= 1")


class TestChoices:
    def test_there_are_48_combinations_and_the_first_is_the_runs_own(self) -> None:
        found = combinations("confirmed_report", Family())
        assert len(found) == len(set(found)) == 48
        assert [one.own for one in found] == [True] + [False] * 47
        assert len(combinations(None, Family())) == 24
        assert {one.family for one in combinations(None, Family(first_pregnancy=False))} == {
            "as_set",
            "first_pregnancy",
        }

    @pytest.mark.parametrize(
        ("stressor", "window", "threshold", "months", "thresholds"),
        [
            ("moves", "as_set", "as_set", None, None),
            ("moves", "as_set", "stricter", None, 1),
            ("single_parent", "half", "stricter", None, None),
        ],
    )
    def test_counts_ask_one_more_and_facts_stay(
        self, stressor: str, window: str, threshold: str, months: int | None, thresholds: int | None
    ) -> None:
        before = CATALOGUE.get(stressor)
        after = altered(Catalogue((before,)), window, threshold).definitions[0]
        if thresholds is None:
            assert after == before
        else:
            assert isinstance(before.rule, EventRule)
            assert isinstance(after.rule, EventRule)
            assert after.rule.thresholds == tuple(least + thresholds for least in before.rule.thresholds)

    def test_windows_and_what_is_measured_in_them_follow_each_other(self) -> None:
        before = CATALOGUE.get("parent_mental_health")
        assert isinstance(before.rule, EventRule)
        recency = replace(
            before,
            stressor=replace(before.stressor, window_months=36),
            rule=replace(before.rule, measure="recency", thresholds=(36, 12)),
        )
        days = replace(recency, rule=replace(before.rule, measure="duration_days", thresholds=(1, 2, 180)))

        def rule(definition: Definition, window: str, threshold: str) -> tuple[int, tuple[int, ...]]:
            made = altered(Catalogue((definition,)), window, threshold).definitions[0]
            assert isinstance(made.rule, EventRule)
            return made.stressor.window_months, made.rule.thresholds

        assert rule(recency, "half", "as_set") == (18, (18, 6))
        assert rule(recency, "as_set", "stricter") == (36, (36, 6))
        assert rule(recency, "half_more", "stricter") == (54, (54, 9))
        assert rule(days, "half", "as_set") == (18, (1, 2, 90))  # each level asks more days than the one before
        assert rule(days, "as_set", "stricter") == (36, (2, 3, 270))

    def test_the_hash_of_a_design_follows_its_rules_and_not_its_words(self) -> None:
        moves = CATALOGUE.get("moves")
        reworded = replace(moves, stressor=replace(moves.stressor, name=same("other words")))
        longer = replace(moves, stressor=replace(moves.stressor, window_months=moves.stressor.window_months + 1))
        base = design_hash(Catalogue((moves,)), {"horizon": 12})
        assert design_hash(Catalogue((reworded,)), {"horizon": 12}) == base
        assert design_hash(Catalogue((longer,)), {"horizon": 12}) != base
        assert design_hash(Catalogue((moves,)), {"horizon": 24}) != base


class TestShares:
    RUN = Run("card", (OWING, MOVING), GAP)

    def results(self) -> list[Result]:
        both, one = frozenset({"group_01", "group_02"}), frozenset({"group_01"})
        own, *others = combinations("confirmed_report", Family())[:4]
        return [
            Result(own, True, True, both, GAP),
            Result(others[0], True, True, one, GAP),
            Result(others[1], True, False, one, NO_GAP),
            Result(others[2], done=False),
        ]

    def test_shares_are_over_all_combinations_also_those_that_could_not_be_gone(self) -> None:
        found = summed(self.RUN, self.results())
        assert [one.share for one in found.groups] == [0.75, 0.25]
        assert (found.verdicts[0].share, found.verdicts[0].turned) == (0.5, 1)
        assert (found.model.share, found.done, found.own_agrees) == (0.5, 3, True)

    def test_an_own_combination_that_concludes_otherwise_is_told(self) -> None:
        first, *rest = self.results()
        assert not summed(self.RUN, [replace(first, verdicts=NO_GAP), *rest]).own_agrees
        assert not summed(self.RUN, [replace(first, groups=frozenset()), *rest]).own_agrees

    def test_no_figure_lets_anybody_prefer_one_combination(self) -> None:
        assert {field.name for field in fields(Result)} == {"combination", "done", "model", "groups", "verdicts"}
        found = summed(self.RUN, self.results())
        tables = (choices_table(found), groups_table(found, self.RUN.groups), verdicts_table(found))
        names = {column.name for table in tables for column in table.columns}
        assert names.isdisjoint({"combination", "auroc", "brier_score", "rank"})
        assert all("public" not in table.channels for table in tables)
        assert next(row for row in choices_table(found).records() if row["own"] == "yes")["option"] == "as_set"

    def test_tables_pass_the_gate(self, tmp_path: Path) -> None:
        found = summed(self.RUN, self.results())
        tables = (choices_table(found), groups_table(found, self.RUN.groups), verdicts_table(found))
        released = gate(
            tables, channel="review", office=Office(tmp_path), subject=None, release=Release(), day=date(2026, 1, 1)
        )
        assert released[1].cell(0, "found_again") == (0.75, "shown")


def entry(number: int, kind: str, **body: str) -> Entry:
    return Entry(number, kind, "2026-01-01T00:00:00+00:00", {"run": "town", "registers": "r", **body}, "", "")


class TestBeforehand:
    RULE, FITTED = entry(1, "rule", design="d"), entry(2, "fitted", design="d", card="c")

    def looked(self, *entries: Entry) -> dict[str, str]:
        found = logged_before(entries, run="town", design="d", registers="r", card="c")
        return {finding.part: finding.result for finding in found}

    def test_a_rule_that_came_first_passes(self) -> None:
        after = entry(3, "multiverse", design="d")
        assert self.looked(self.RULE, self.FITTED, after) == {"logged": "passed", "not_picked": "passed"}

    @pytest.mark.parametrize(
        "entries",
        [
            (),
            (replace(FITTED, number=1), replace(RULE, number=2)),
            (RULE,),
            (entry(1, "rule", design="other"), FITTED),
            (RULE, entry(2, "fitted", design="d", card="another")),
        ],
    )
    def test_no_rule_or_one_of_another_design_or_after_the_fit_fails(self, entries: tuple[Entry, ...]) -> None:
        assert self.looked(*entries)["logged"] == "failed"

    def test_a_design_chosen_after_a_multiverse_was_seen_fails(self) -> None:
        seen = entry(1, "multiverse", design="other")
        picked = self.looked(seen, replace(self.RULE, number=2), replace(self.FITTED, number=3))
        assert picked == {"logged": "passed", "not_picked": "failed"}
        renamed = replace(seen, body={**seen.body, "run": "earlier name"})
        assert self.looked(renamed, replace(self.RULE, number=2), replace(self.FITTED, number=3)) == picked


class TestWords:
    def test_every_finding_has_words_in_two_languages(self) -> None:
        for code, words in WORDS.items():
            for text in (words.must, words.why, words.do):
                assert text.en.endswith((".", "?")), code
                assert text.nl.endswith((".", "?")), code

    def test_what_failed_says_how_many_why_and_what_to_do_next(self) -> None:
        wrong = Finding("leakage", "removed", "failed", 1200, "levels", 40, ("moves (2024-01-01)",))
        text = str(Examination("town", (wrong, judged("ages", "stage", 0, "families", 0))))
        assert "failed        Levels are the same without" in text
        assert "(1,200 levels)" in text
        assert "Wrong: 40 levels: moves (2024-01-01)" in text
        assert str(REASONS["nothing_there"].en) in text
        assert text.splitlines()[-1].startswith("Next: mend what failed (1)")

    def test_few_families_are_not_counted_out(self) -> None:
        few = Examination("town", (Finding("sameness", "renamed", "failed", 900, "families", 3),))
        assert "fewer than 10 families" in str(few)
        assert few._repr_html_().startswith("<pre>")
        assert "minder dan 10 gezinnen" in "\n".join(few.lines("nl"))

    def test_a_model_that_passes_goes_to_the_board(self) -> None:
        fine = Examination("town", (judged("leakage", "removed", 100, "levels", 0),))
        assert fine.ok
        assert "riskscreen review show town" in fine.lines()[-1]
