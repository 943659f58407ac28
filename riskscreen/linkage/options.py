"""How records are compared: the defaults of ``defaults.yaml``, with what a user gives in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

Rules = Mapping[str, tuple[str, ...]]

FEATURES = (
    "given",
    "initial",
    "surname",
    "surname_key",
    "names_key",
    "turned_key",
    "birth_date",
    "birth_key",
    "birth_year",
    "birth_month",
    "sex",
    "postcode",
    "address",
)
"""The normalised columns that blocking and training rules may name."""


@dataclass(frozen=True, slots=True)
class Options:
    """Blocking, comparisons, training and thresholds of record linkage; ``defaults.yaml`` says what each is for.

    Parameters
    ----------
    blocking, loose
        Name of each rule: the columns that must be equal.
    training
        Rules that hold some columns equal while the rest is trained.
    threshold, merge_threshold
        Probabilities, 0 to 1.
    """

    particles: tuple[str, ...]
    no_names: tuple[str, ...]
    blocking: Rules
    largest_block: int
    loose: Rules
    loose_records: int
    comparisons: tuple[str, ...]
    number_pairs: int
    training: tuple[tuple[str, ...], ...]
    least_pairs: int
    untrained_best: float
    u_pairs: int
    em_pairs: int
    seed: int
    least_m: float
    threshold: float
    merge_threshold: float
    kin_share: float
    floor: float
    clerical_pairs: int
    clerical_strata: tuple[float, ...]
    clerical_least: int
    clerical_held: float
    recent_years: int

    def with_given(self, **given: Any) -> Options:
        """The same options with some of them given (values as YAML has them)."""
        return replace(self, **{name: _frozen(value) for name, value in given.items()})


@cache
def defaults() -> Options:
    """The options of ``defaults.yaml``."""
    text = files("riskscreen.linkage").joinpath("defaults.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    return Options(**{field.name: _frozen(raw[field.name]) for field in fields(Options)})


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(_frozen(part) for part in value) if isinstance(value, (list, tuple)) else value
