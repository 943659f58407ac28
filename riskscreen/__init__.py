"""riskscreen: stressors across domains from linked registers, as explainable scores for groups and areas.

It targets preventive programmes at groups and areas. It never makes or supports a decision about one family.

Importing it loads no heavy library: every name is loaded on use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskscreen.disclosure.verify import verify
    from riskscreen.fairness import audit
    from riskscreen.governance.reviews import review
    from riskscreen.pipeline.comparing import compare
    from riskscreen.pipeline.door import (
        allocate,
        estimate_areas,
        explain,
        find_targets,
        fit,
        link,
        profile,
        release,
        report,
    )
    from riskscreen.pipeline.running import run
    from riskscreen.records.card import Card
    from riskscreen.registers import check, open_registers
    from riskscreen.scores.card import RiskCard, StressorCount
    from riskscreen.settings import Scenario, load_scenario
    from riskscreen.synthetic import synthesize
    from riskscreen.synthetic.calibration import calibrate

__version__ = "0.1.0"

_HOME = {
    "Card": "riskscreen.records.card",
    "RiskCard": "riskscreen.scores.card",
    "Scenario": "riskscreen.settings",
    "StressorCount": "riskscreen.scores.card",
    "allocate": "riskscreen.pipeline.door",
    "audit": "riskscreen.fairness",
    "calibrate": "riskscreen.synthetic.calibration",
    "check": "riskscreen.registers",
    "compare": "riskscreen.pipeline.comparing",
    "estimate_areas": "riskscreen.pipeline.door",
    "explain": "riskscreen.pipeline.door",
    "find_targets": "riskscreen.pipeline.door",
    "fit": "riskscreen.pipeline.door",
    "link": "riskscreen.pipeline.door",
    "load_scenario": "riskscreen.settings",
    "open_registers": "riskscreen.registers",
    "profile": "riskscreen.pipeline.door",
    "release": "riskscreen.pipeline.door",
    "report": "riskscreen.pipeline.door",
    "review": "riskscreen.governance.reviews",
    "run": "riskscreen.pipeline.running",
    "synthesize": "riskscreen.synthetic",
    "verify": "riskscreen.disclosure.verify",
}

__all__ = [
    "Card",
    "RiskCard",
    "Scenario",
    "StressorCount",
    "__version__",
    "allocate",
    "audit",
    "calibrate",
    "check",
    "compare",
    "estimate_areas",
    "explain",
    "find_targets",
    "fit",
    "link",
    "load_scenario",
    "open_registers",
    "profile",
    "release",
    "report",
    "review",
    "run",
    "synthesize",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"riskscreen has no public name {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
