"""Tables of real data that ship inside packages, written as Parquet: nothing is downloaded.

``cancer``: scikit-learn's breast cancer table (569 tumours, is it malignant?). ``fair``: statsmodels' extramarital
affairs table (6,366 women, any affair?), without its column on religion. ``randhie``: statsmodels' RAND health
insurance table (20,190 person-years, any visit to a doctor?). ``election``: statsmodels' American election study of
1996 (944 voters, Dole?), without their party and where they place the candidates: that is nearly the answer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import statsmodels.api as sm
from sklearn.datasets import load_breast_cancer


def tables() -> dict[str, pd.DataFrame]:
    """Numeric columns and ``outcome``."""
    cancer = load_breast_cancer(as_frame=True).frame
    cancer["outcome"] = 1 - cancer.pop("target")
    fair = sm.datasets.fair.load_pandas().data.drop(columns="religious")
    fair["outcome"] = (fair.pop("affairs") > 0).astype(int)
    rand = sm.datasets.randhie.load_pandas().data
    rand["outcome"] = (rand.pop("mdvis") > 0).astype(int)
    election = sm.datasets.anes96.load_pandas().data.drop(columns=["PID", "ClinLR", "DoleLR"])
    election["outcome"] = election.pop("vote").astype(int)
    return {"cancer": cancer, "election": election, "fair": fair, "randhie": rand}


if __name__ == "__main__":
    for name, table in tables().items():
        table.astype(float).to_parquet(Path(sys.argv[1]) / f"{name}.parquet")
