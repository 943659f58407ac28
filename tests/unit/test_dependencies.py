"""What the package imports is what a user's environment holds: the tests run in a larger one."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported() -> set[str]:
    """Top-level modules that the package imports, anywhere, that are not of Python or its own."""
    names: set[str] = set()
    for path in (ROOT / "riskscreen").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"riskscreen"}


def test_every_import_is_in_the_lock_that_a_user_installs() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.M)}
    providers = packages_distributions()
    for module in sorted(imported()):
        known = {name.lower().replace("_", "-") for name in providers.get(module, [])}
        assert known & locked, f"{module} comes with {known or 'nothing installed'}, which requirements.lock lacks"
