"""The Fellegi-Sunter model: trained by Splink in the engine, kept as JSON.

Fellegi and Sunter, *A theory for record linkage*, JASA 64 (1969); Splink's settings and parameters are the JSON that
Splink itself reads. A weight is the log2 of how much likelier the agreement of two records is when they are of one
person than when they are not (m over u); what is likely beforehand is added later, per kind of pair.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from riskscreen.engine.duck import Engine
from riskscreen.errors import SettingsError
from riskscreen.linkage.comparisons import settings_dict
from riskscreen.linkage.options import Options

SCHEMA = "linkage-model/1"
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: Splink's settings with its parameters, and how it was trained.

    Parameters
    ----------
    splink
        The settings dictionary that Splink saves and reads.
    trained_on
        ``number`` (pairs with the same number), ``rules`` (training rules) or ``given``.
    same_person
        Share of the pairs with the same number that are of one person, by the training; 1 when there were none.
    """

    splink: dict[str, Any]
    trained_on: str
    same_person: float

    def to_json(self) -> str:
        """The text to save; the same data give the same bytes."""
        body = {"schema": SCHEMA, "trained_on": self.trained_on, "same_person": self.same_person, "splink": self.splink}
        return json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

    def without(self, comparison: str) -> Model:
        """The same model without one comparison."""
        kept = [part for part in self.splink["comparisons"] if part["output_column_name"] != comparison]
        return Model({**self.splink, "comparisons": kept}, self.trained_on, self.same_person)

    @property
    def number_bits(self) -> float:
        """Log odds, in bits, that a record is of the person whose number it has, before looking at particulars."""
        same = min(max(self.same_person, 0.5), 1 - 1e-6)
        return log2(same / (1 - same))


def read_model(given: Path | str | Model) -> Model:
    """A model from a file, from its JSON text, or as it is.

    Raises
    ------
    SettingsError
        It is no model of ours, or of a newer form.
    """
    if isinstance(given, Model):
        return given
    try:
        text = given.read_text(encoding="utf-8") if isinstance(given, Path) else given
        body = json.loads(text)
        if body["schema"] != SCHEMA:
            raise ValueError
        return Model(dict(body["splink"]), str(body["trained_on"]), float(body["same_person"]))
    except (OSError, ValueError, KeyError, TypeError):
        name = given.name if isinstance(given, Path) else "the text given"
        raise SettingsError(
            f"{name} is no trained model of record linkage (schema {SCHEMA})",
            do="give a file that riskscreen link --save-model wrote, or leave it out to train anew",
        ) from None


def train(engine: Engine, options: Options) -> Model:
    """Train on ``link_records``: u from random pairs, m by expectation-maximisation.

    With enough pairs that share a number, m is learned among those, all comparisons at once, because nearly all of
    them are of one person and the number itself is not compared. Else the training rules are used in turn.
    """
    with _quiet():
        linker = _linker(engine, settings_dict(options.comparisons))
        training = linker.training
        training.estimate_u_using_random_sampling(
            max_pairs=options.u_pairs, seed=options.seed, min_count_per_level=None, num_chunks=1
        )
        if _number_pairs(engine) >= options.number_pairs:
            session = training.estimate_parameters_using_expectation_maximisation(
                "l.number = r.number", max_pairs=options.em_pairs, record_sample_proportion=0.1
            )
            share = float(session.core_model_settings.probability_two_random_records_match)
            return _model(linker, options, "number", share)
        for columns in options.training:
            if _rule_pairs(engine, columns) < options.least_pairs:
                continue
            rule = " AND ".join(f"l.{column} = r.{column}" for column in columns)
            training.estimate_parameters_using_expectation_maximisation(
                rule, max_pairs=options.em_pairs, record_sample_proportion=0.1
            )
        return _model(linker, options, "rules", 1.0)


def _linker(engine: Engine, settings: dict[str, Any]) -> Any:
    from splink import DuckDBAPI, Linker

    api = DuckDBAPI(connection=engine.lend())
    return Linker(api.register("link_records"), settings, log_level=None, validate_settings=False)


def _number_pairs(engine: Engine) -> int:
    return int(
        engine.value(
            "SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM "
            "(SELECT count(*) AS n FROM link_records WHERE number IS NOT NULL GROUP BY number)"
        )
    )


def _rule_pairs(engine: Engine, columns: Sequence[str]) -> int:
    keys = ", ".join(columns)
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return int(
        engine.value(
            "SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM "
            f"(SELECT count(*) AS n FROM link_records WHERE {known} GROUP BY {keys})"
        )
    )


def _model(linker: Any, options: Options, trained_on: str, share: float) -> Model:
    body = linker.misc.save_model_to_json()
    linker.table_management.delete_tables_created_by_splink_from_db()
    for part in body["comparisons"]:
        _fill([level for level in part["comparison_levels"] if not level.get("is_null_level")], options)
    return Model(_rounded(body), trained_on, round(share, DIGITS))


def _fill(levels: list[dict[str, Any]], options: Options) -> None:
    """Levels that were not seen in training get the least there can be: none is impossible.

    A comparison that was not trained at all has its best level nearly always among records of one person.
    """
    if all(level.get("m_probability") is None for level in levels):
        rest = (1 - options.untrained_best) / max(len(levels) - 1, 1)
        for i, level in enumerate(levels):
            level["m_probability"] = rest if i else options.untrained_best
    for level in levels:
        level["m_probability"] = max(level.get("m_probability") or 0.0, options.least_m)
        level["u_probability"] = max(level.get("u_probability") or 0.0, 1.0 / options.u_pairs)


def _rounded(value: Any) -> Any:
    """Figures to a fixed number of significant digits: sums over threads differ in the last ones."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink talks a lot, and to the root of its own logger; here it is silent and left as it was found."""
    logger = logging.getLogger("splink")
    before = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.propagate = before[1]
