"""The manual's examples of stressors hold, in the SQL and for the slow judge; every shipped stressor has one."""

from __future__ import annotations

import pytest
from stressor_towns import SHIPPED, expected, levels, make_town

from tests.spec.stressor_examples import CHAPTERS, Example

ALL = [pytest.param(example, id=f"{example.stressor}-{n}") for n, example in enumerate(sum(CHAPTERS.values(), ()))]


@pytest.mark.parametrize("example", ALL)
def test_the_example_holds(example: Example) -> None:
    forms = {family: {"family_form": form} for family, form in example.forms.items()}
    town = make_town(example.people, example.events, families=forms, coverage=example.coverage)
    assert levels(example.stressor, town) == expected(example.levels)


def test_every_shipped_stressor_has_an_example() -> None:
    assert {example.stressor for chapter in CHAPTERS.values() for example in chapter} == set(SHIPPED.ids)
