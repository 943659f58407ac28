"""riskscreen: stressors across domains from linked registers, as explainable scores for groups and areas.

It targets preventive programmes at groups and areas. It never makes or supports a decision about one family.
"""

from __future__ import annotations

__version__ = "0.1.0"
