"""The main job as a readable list of steps, and the functions that run it."""

from __future__ import annotations

from riskscreen.pipeline.running import RunResult, StepResult, check_registers, dry, run, run_step

__all__ = ["RunResult", "StepResult", "check_registers", "dry", "run", "run_step"]
