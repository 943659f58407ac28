"""The weight of a pair is what Splink's own prediction gives, for every level, unknowns and rare values included."""

from __future__ import annotations

import logging
from math import log2
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskscreen.engine.duck import Engine
from riskscreen.linkage.comparisons import COMPARISONS, settings_dict
from riskscreen.linkage.matching import number_records, weigh
from riskscreen.linkage.model import Model
from riskscreen.linkage.names_sql import written_sql
from riskscreen.linkage.options import defaults

PRIOR = 1e-5
KEEP = ("source", "number", "TRUE AS seeks", "TRUE AS held", "FALSE AS single", "number AS id", "FALSE AS settled")
VALUES: dict[str, list[str | None]] = {
    "given_names": ["Jan", "Jan Willem", "J.", "Jna", "Willem", "Johanna", "Jansen", "Piet", None],
    "name_prefix": [None, "van der", "de"],
    "surname": ["Berg", "Jansen", "Jansen-Berg", "Jan", "Bergh", "Vries", None],
    "birth_date": ["1980-02-03", "1980-03-02", "1980-02-13", "1980-02-28", "1971-11-30", None],
    "sex": ["f", "m", None],
    "postcode": ["1000AA", "1000AB", None],
    "house_number": ["1", "2", None],
}


def people(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    made = {name: [values[i] for i in rng.integers(len(values), size=rows)] for name, values in VALUES.items()}
    return pd.DataFrame({"source": "a", "number": [f"n{i:03d}" for i in range(rows)], **made}, dtype=object)


def made_up(comparisons: tuple[str, ...]) -> Model:
    """A model with other probabilities at every level."""
    body = settings_dict(comparisons, prior=PRIOR)
    rng = np.random.default_rng(2)
    for part in body["comparisons"]:
        levels = [level for level in part["comparison_levels"] if not level.get("is_null_level")]
        for side in ("m_probability", "u_probability"):
            for level, share in zip(levels, rng.dirichlet(np.ones(len(levels))), strict=True):
                level[side] = float(max(share, 0.001))
    return Model(body, "given", 1.0)


def by_splink(engine: Engine, model: Model) -> list[tuple[Any, ...]]:
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=engine.lend())
    linker = Linker(api.register("link_records"), model.splink, log_level=None, validate_settings=False)
    engine.run("CREATE TABLE blocked AS SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM pairs")
    linker.table_management.register_blocked_pairs_for_predict(linker._db_api.register("blocked"))
    made = linker.inference.predict(warning_mode="never")
    weight = f"match_weight - ({log2(PRIOR / (1 - PRIOR))!r})"
    return engine.rows(f"SELECT record_l, record_r, {weight} FROM {made.physical_name} ORDER BY 1, 2")


@pytest.mark.parametrize("comparisons", [COMPARISONS, ("given", "birth", "sex")])
def test_a_weight_is_what_splink_gives(comparisons: tuple[str, ...]) -> None:
    columns = {name: f"CAST({name} AS {'DATE' if name == 'birth_date' else 'VARCHAR'})" for name in VALUES}
    with Engine(threads=1) as engine:
        engine.load("given", people(150))
        number_records(engine, [written_sql("given", KEEP, columns)], defaults())
        engine.run(
            "CREATE TABLE pairs AS SELECT a.record AS l, b.record AS r FROM link_records AS a "
            "JOIN link_records AS b ON a.record < b.record"
        )
        model = made_up(comparisons)
        weigh(engine, model, "pairs", "ours")
        ours = engine.rows("SELECT l, r, weight FROM ours ORDER BY l, r")
        theirs = by_splink(engine, model)
    assert len(ours) == 150 * 149 / 2
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    assert np.allclose([row[2] for row in ours], [row[2] for row in theirs], rtol=0, atol=5.1e-5)
    assert len({row[2] for row in ours}) > 100  # many levels and frequencies, so that agreement is not by luck
