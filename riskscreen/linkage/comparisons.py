"""What two records are compared on, as a Splink settings dictionary: data, made by pure functions.

Four comparisons. Given name and surname turned round is one level of the first, and then the second says nothing, so
that it counts once. Surname and address are one comparison, *household*: people of one family share both, and two
comparisons would count their being a family twice. Names, surnames and birth dates that many people have (such as the
first of January of migrants whose day is unknown) count less, by their frequency in the data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

ID = "record"
REVERSED = (
    "given_l <> given_r AND ((turned_surname_l = surname_r AND left(turned_given_l, 1) = left(given_r, 1)) "
    "OR (turned_surname_r = surname_l AND left(turned_given_r, 1) = left(given_l, 1)))"
)
INITIAL = "(length(given_l) = 1 OR length(given_r) = 1) AND left(given_l, 1) = left(given_r, 1)"
NEAR_LENGTH = "length({0}_l) > 3 AND abs(length({0}_l) - length({0}_r)) <= 1"
"""Asked before an edit distance, which is slow: names of other lengths cannot be one edit apart."""
CLOSE_GIVEN = (
    "jaro_winkler_similarity(given_l, given_r) >= 0.88 "
    f"OR ({NEAR_LENGTH.format('given')} AND damerau_levenshtein(given_l, given_r) <= 1)"
)
OTHER_GIVEN = "list_has_any(givens_l, givens_r)"
SURNAME_ALIKE = (
    "surname_l = surname_r OR surname_l = partner_name_r "
    "OR partner_name_l = surname_r OR partner_name_l = partner_name_r "
    "OR jaro_winkler_similarity(surname_l, surname_r) >= 0.9 "
    f"OR ({NEAR_LENGTH.format('surname')} AND damerau_levenshtein(surname_l, surname_r) <= 1)"
)
BIRTH_PARTLY = (
    "((birth_year_l = birth_year_r AND (birth_month_l = birth_month_r OR birth_day_l = birth_day_r)) "
    "OR (birth_month_l = birth_month_r AND birth_day_l = birth_day_r))"
)
BIRTH_CLOSE = f"birth_key_l = birth_key_r OR ({BIRTH_PARTLY} AND damerau_levenshtein(birth_text_l, birth_text_r) <= 1)"
COMPARISONS = ("given", "household", "birth", "sex")


def settings_dict(comparisons: Sequence[str], *, prior: float = 1e-5) -> dict[str, Any]:
    """Splink settings for the comparisons named, untrained."""
    made = {"given": _given, "household": _household, "birth": _birth, "sex": _sex}
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": ID,
        "comparisons": [made[name]() for name in comparisons],
        "blocking_rules_to_generate_predictions": [f"l.{ID} = r.{ID}"],  # pairs are given; see blocking_sql
        "probability_two_random_records_match": prior,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "em_convergence": 0.0005,
        "max_iterations": 40,
        "linker_uid": "riskscreen",
    }


def differs_sql(left: str, right: str) -> str:
    """Are both given names known, and by no means the same (other names, other initial, not turned round)?"""
    return _differs("given", (*_LIKE, OTHER_GIVEN), left, right)


def first_differs_sql(left: str, right: str) -> str:
    """The same of the first given names only: twins may share a second one."""
    return _differs("given", _LIKE, left, right)


def birth_differs_sql(left: str, right: str) -> str:
    """Are both birth dates known, and more than a turned or mistyped part apart?"""
    return _differs("birth_date", ("birth_date_l = birth_date_r", BIRTH_CLOSE), left, right)


def surname_differs_sql(left: str, right: str) -> str:
    """Are both surnames known, without a part in common or a like spelling?"""
    return _differs("surname", (SURNAME_ALIKE, REVERSED), left, right)


def veto_sql(left: str, right: str) -> str:
    """Twins: born on one day, of one family (surname or address), with different given names: never one person."""
    family = f"NOT {surname_differs_sql(left, right)} OR coalesce({left}.address = {right}.address, FALSE)"
    other = f"{differs_sql(left, right)} AND NOT {birth_differs_sql(left, right)} AND ({family})"
    return f"(CASE WHEN {other} THEN TRUE ELSE FALSE END)"


_LIKE = ("given_l = given_r", REVERSED, INITIAL, CLOSE_GIVEN)


def _differs(column: str, alike: Sequence[str], left: str, right: str) -> str:
    """Both known, and alike in no way; a case stops at the first that holds, where OR works out all of them."""
    same = " ".join(f"WHEN {part} THEN TRUE" for part in alike)
    known = f"{column}_l IS NOT NULL AND {column}_r IS NOT NULL"
    return sided_sql(f"({known} AND NOT CASE {same} ELSE FALSE END)", left, right)


def sided_sql(condition: str, left: str, right: str) -> str:
    """``x_l`` becomes ``left.x``."""
    out = []
    for word in _words(condition):
        if word.endswith(("_l", "_r")):
            word = f"{left if word.endswith('_l') else right}.{word[:-2]}"
        out.append(word)
    return "".join(out)


def _words(text: str) -> list[str]:
    return re.split(r"([A-Za-z_][A-Za-z_0-9]*)", text)


def _level(condition: str, label: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": label, **more}


def _comparison(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    return {"output_column_name": name, "comparison_levels": [*levels, _level("ELSE", "different")]}


def _null(condition: str) -> dict[str, Any]:
    return _level(condition, "unknown", is_null_level=True)


def _often(column: str) -> dict[str, Any]:
    return {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 1e-6}


def _given() -> dict[str, Any]:
    return _comparison(
        "given",
        _null("given_l IS NULL OR given_r IS NULL"),
        _level("given_l = given_r", "same", **_often("given")),  # Splink finds its frequency by this very form
        _level(REVERSED, "given name and surname turned round"),
        _level(INITIAL, "initial of the other"),
        _level(CLOSE_GIVEN, "nearly the same"),
        _level(OTHER_GIVEN, "another of the given names"),
        _level("left(given_l, 1) = left(given_r, 1)", "same first letter"),
    )


def _household() -> dict[str, Any]:
    return _comparison(
        "household",
        _null(f"surname_l IS NULL OR surname_r IS NULL OR ({REVERSED})"),
        _level("surname_l = surname_r AND address_l = address_r", "surname and address"),
        _level(f"address_l = address_r AND ({SURNAME_ALIKE})", "address, and part or nearly the surname"),
        _level("surname_l = surname_r AND postcode_l = postcode_r", "surname and postcode"),
        _level("surname_l = surname_r", "surname", **_often("surname")),
        _level(SURNAME_ALIKE, "part or nearly the surname"),
        _level("address_l = address_r", "address only"),
    )


def _birth() -> dict[str, Any]:
    return _comparison(
        "birth",
        _null("birth_date_l IS NULL OR birth_date_r IS NULL"),
        _level("birth_date_l = birth_date_r", "same day", **_often("birth_date")),
        _level(BIRTH_CLOSE, "day and month turned, or one figure off"),
        _level(BIRTH_PARTLY, "two of day, month and year"),
    )


def _sex() -> dict[str, Any]:
    return _comparison("sex", _null("sex_l IS NULL OR sex_r IS NULL"), _level("sex_l = sex_r", "same"))
