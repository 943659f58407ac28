"""Tests of a model as a whole: each says what it looked at, on how many, and whether the model passed."""

from riskscreen.integrity.examining import CHECKS, Examined, examine, wanted_checks
from riskscreen.integrity.findings import Examination, Finding

__all__ = ["CHECKS", "Examination", "Examined", "Finding", "examine", "wanted_checks"]
