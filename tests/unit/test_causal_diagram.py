"""The causal diagram shows what the maker does: every arrow names a setting of the world that says how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from docs.causal_diagram import PICTURE, Arrow, drawn, read
from riskscreen.synthetic.world import load_world

DIAGRAM = read()


@pytest.fixture(scope="module")
def world() -> Mapping[str, Any]:
    return load_world("voorbeeldstad").model_dump(by_alias=True)


@pytest.mark.parametrize("arrow", DIAGRAM.arrows, ids=lambda arrow: f"{arrow.start}-{arrow.end}")
def test_every_arrow_is_a_setting_that_does_something(arrow: Arrow, world: Mapping[str, Any]) -> None:
    assert {arrow.start, arrow.end} <= set(DIAGRAM.nodes)
    for path in arrow.settings:
        assert _at(world, path) not in (None, 0, 1, {}), f"{path} changes nothing"


def test_the_picture_is_drawn_from_what_is_written() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(DIAGRAM), "run: python -m docs.causal_diagram"


def _at(world: Mapping[str, Any], path: str) -> Any:
    found: Any = world
    for step in path.split("."):
        assert step in found, f"{path}: there is no {step}"
        found = found[step]
    return found
