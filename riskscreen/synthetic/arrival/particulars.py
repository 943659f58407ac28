"""The register of particulars: what each source wrote down about who a person is, with the slips of everyday life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from riskscreen.synthetic.arrival.homes import Homes
from riskscreen.synthetic.arrival.linking_settings import Linking
from riskscreen.synthetic.arrival.names import SEXES, TrueNames
from riskscreen.synthetic.arrival.written_names import WrittenNames, as_sources_write, as_they_are, slip, texts_at
from riskscreen.synthetic.intervals import NEVER, Flags, Floats, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.sheets import codes

REGISTER = "particulars"
_LAST_SURE_DAY = 28  # of every month
_MONTHS = 12


@dataclass(frozen=True, eq=False)
class Records:
    """Whose particulars one source wrote down; arrays of shape (records,).

    Parameters
    ----------
    number
        The number of each person as it arrived.
    recorded
        Day on which the particulars were written down: the address is that of this day.
    home
        Position of that address in the homes, -1 for none.
    lift
        How many times as often something is wrong as for a person of no group with more faults.
    newborn, migrant, homeless
        Groups with errors of their own.
    """

    register: str
    person: Ints
    number: pa.Array
    recorded: Ints
    home: Ints
    lift: Floats
    newborn: Flags
    migrant: Flags
    homeless: Flags


@dataclass(frozen=True, eq=False)
class Identity:
    """Who everybody really is: the one true name, sex (-1 unknown) and birth, and where they lived when."""

    people: People
    names: TrueNames
    full_given: pa.Array
    sex: Ints
    birth: Ints
    homes: Homes


def tidy_particulars(records: Records, who: Identity) -> pa.Table:
    """Particulars as the population register has them: the true ones."""
    person = records.person
    names = as_they_are(who.names, who.full_given, person)
    return _table(records, names, who.birth[person], who.sex[person], records.home, who.homes)


def untidy_particulars(rule: Linking, records: Records, who: Identity, draws: np.random.Generator) -> pa.Table:
    """Particulars as a source has them: written in its own way, and sometimes wrong."""
    person, slips = records.person, rule.slips
    names = as_sources_write(rule.forms, who.names, who.full_given, who.people, person, records.newborn, draws)
    slip(names, _rates(rule, slips.typing, records), _rates(rule, slips.reversed_names, records), draws)
    birth = _births(rule, records, who.birth[person], draws)
    sex = who.sex[person]
    sex = np.where((draws.random(len(sex)) < _rates(rule, slips.sex, records)) & (sex >= 0), 1 - sex, sex)
    sex = np.where(draws.random(len(sex)) < rule.forms.sex_unknown, -1, sex)
    lost = np.where(records.homeless, slips.no_postcode_homeless, slips.no_postcode)
    home = np.where(draws.random(len(person)) < np.minimum(rule.times * lost, rule.most), -1, records.home)
    return _table(records, names, birth, sex, home, who.homes)


def _rates(rule: Linking, rate: float, records: Records) -> Floats:
    return np.minimum(rule.times * rate * records.lift, rule.most)


def _births(rule: Linking, records: Records, birth: Ints, draws: np.random.Generator) -> Ints:
    """Days of birth, some with day and month exchanged, a wrong day or year, or 1 January for want of a known day."""
    slips = rule.slips
    year = birth.astype("datetime64[D]").astype("datetime64[Y]")
    first = year.astype("datetime64[D]").astype(np.int64)
    month = (birth.astype("datetime64[D]").astype("datetime64[M]") - year.astype("datetime64[M]")).astype(np.int64)
    day = birth - (year.astype("datetime64[M]") + month).astype("datetime64[D]").astype(np.int64)  # from 0
    swapped = (year.astype("datetime64[M]") + np.minimum(day, _MONTHS - 1)).astype("datetime64[D]").astype(
        np.int64
    ) + month
    shifted = _wrong_digit(birth, day, draws)
    unknown = np.where(records.migrant, slips.first_of_january_migrants, slips.first_of_january)
    chances = (
        (first, np.minimum(rule.times * unknown, rule.most), np.ones(len(birth), dtype=bool)),
        (swapped, _rates(rule, slips.day_month, records), day < _MONTHS),
        (shifted, _rates(rule, slips.birth_digit, records), np.ones(len(birth), dtype=bool)),
    )
    drawn, before, written = draws.random(len(birth)), np.zeros(len(birth)), birth
    for wrong, chance, fits in chances:
        hit = (drawn >= before) & (drawn < before + chance) & fits & (wrong <= records.recorded)
        written, before = np.where(hit, wrong, written), before + chance
    return written


def _wrong_digit(birth: Ints, day: Ints, draws: np.random.Generator) -> Ints:
    """Another day of the same month, or a year too early or late."""
    other = (day + draws.integers(1, _LAST_SURE_DAY, len(birth))) % _LAST_SURE_DAY
    year_off = np.where(draws.random(len(birth)) < 0.5, -365, 365)
    in_year = draws.random(len(birth)) < 0.3
    return np.where(in_year, birth + year_off, birth - day + other)


def _table(records: Records, names: WrittenNames, birth: Ints, sex: Ints, home: Ints, homes: Homes) -> pa.Table:
    house = np.where(home < 0, 0, homes.house[home]) if len(homes.house) else np.zeros(len(home), dtype=np.int64)
    return pa.table(
        {
            "register": pa.array([records.register]).take(pa.array(np.zeros(len(home), dtype=np.int32))),
            "person": records.number,
            "given_names": names.given.all(),
            "name_prefix": names.prefix.all(),
            "surname": names.surname.all(),
            "birth_date": _dates(birth),
            "sex": codes(sex, SEXES),
            "postcode": texts_at(homes.postcode, home),
            "house_number": pa.array(house, mask=home < 0),
            "recorded_date": _dates(records.recorded),
        }
    )


def _dates(days: Ints) -> pa.Array:
    return pa.array(np.minimum(days, NEVER).astype(np.int32)).cast(pa.date32())
