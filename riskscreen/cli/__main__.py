"""The command line as ``python -m riskscreen.cli``."""

from __future__ import annotations

from riskscreen.cli import main

main()
