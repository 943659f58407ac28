"""The examples of the how-to page on auditing a table run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "audit-any-table.md"


def test_every_example_runs() -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 6
    found = names["found"]
    assert found.verdicts[0].suppressed == ("south",)
