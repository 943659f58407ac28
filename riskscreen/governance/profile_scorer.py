"""The model that MLflow keeps: points per profile, from counts.

MLflow stores this file as text beside ``card.json`` and runs it when the model is loaded, so there is no pickle, and
it works where riskscreen is not installed. That is why it stands alone and repeats how a card gives points; a test
holds it to ``records.card.Card.points``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

COUNT = "families"


class ProfileScorer(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Scores profiles (columns: the card's stressors) that come with a count of families."""

    def load_context(self, context: Any) -> None:
        """Read the card and the threshold that were stored with the model."""
        self.card = json.loads(Path(context.artifacts["card"]).read_text(encoding="utf-8"))
        self.threshold = int(context.model_config["threshold"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Points per profile, in the order given.

        Raises
        ------
        ValueError
            A column is no stressor of the card (a key of a person, family or household is none), a stressor or the
            count is missing, a level is no number, or a count is missing or below the threshold.
        """
        stressors = list(dict.fromkeys(line["stressor"] for line in self.card["lines"]))
        faults = _column_faults(list(model_input.columns), stressors)
        if not faults:
            faults = _value_faults(model_input, stressors, self.threshold)
        if faults:
            raise ValueError("this model scores profiles with counts, never one family: " + "; ".join(faults))
        total = np.zeros(len(model_input), dtype=np.int64)
        for line in self.card["lines"]:
            levels = pd.to_numeric(model_input[line["stressor"]]).to_numpy(dtype=np.float64, na_value=np.nan)
            holds = levels >= line["cut"] if line["side"] == ">=" else levels <= line["cut"]
            total += int(line["points"]) * holds
        return pd.DataFrame({"points": total})


def _column_faults(columns: list[str], stressors: list[str]) -> list[str]:
    faults = []
    unknown = len(set(columns) - {*stressors, COUNT})
    if unknown:
        faults.append(f"{unknown} column(s) are no stressor of the card; allowed: {', '.join(stressors)}, {COUNT}")
    missing = [name for name in (*stressors, COUNT) if name not in columns]
    if missing:
        faults.append(f"missing column(s): {', '.join(missing)}")
    if len(set(columns)) != len(columns):
        faults.append("a column occurs twice")
    return faults


def _value_faults(frame: pd.DataFrame, stressors: list[str], threshold: int) -> list[str]:
    counts = pd.to_numeric(frame[COUNT], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    low = sum(not (math.isfinite(c) and c >= threshold and c == int(c)) for c in counts)
    faults = [f"{low} profile(s) have no whole count of at least {threshold} {COUNT}"] if low else []
    for name in stressors:
        levels = pd.to_numeric(frame[name], errors="coerce")
        if bool((levels.isna() & frame[name].notna()).any()):
            faults.append(f"{name} holds something that is no level")
    return faults


mlflow.models.set_model(ProfileScorer())
