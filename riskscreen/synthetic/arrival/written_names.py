"""Names as sources write them: called by the first name or by initials, with a partner's name, with slips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskscreen.synthetic.arrival.linking_settings import NameForms
from riskscreen.synthetic.arrival.misspelling import glued, mistyped, unmarked, whole_surname, without_particle
from riskscreen.synthetic.arrival.names import TrueNames
from riskscreen.synthetic.intervals import Flags, Floats, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import FATHER, MOTHER

_NO_NAME = "NN"


class Written:
    """Texts of records, of which some are written in another way than the first choice.

    Parameters
    ----------
    pool
        Texts to choose from.
    index
        Which of them each record has; -1 for none.
    """

    def __init__(self, pool: pa.Array, index: Ints) -> None:
        self._pool, self._index = pool, index.copy()

    def at(self, rows: Ints) -> pa.Array:
        """The texts of some records."""
        return texts_at(self._pool, self._index[rows])

    def rewrite(self, rows: Ints, texts: pa.Array) -> None:
        """Give some records another text; an empty one is left as it was."""
        kept = np.flatnonzero(pc.greater(pc.fill_null(pc.utf8_length(texts), 0), 0).to_numpy(zero_copy_only=False))
        self._index[rows[kept]] = len(self._pool) + kept
        self._pool = pa.concat_arrays([self._pool, texts])

    def clear(self, rows: Ints) -> None:
        """Some records have no text."""
        self._index[rows] = -1

    def all(self) -> pa.Array:
        """The texts of all records."""
        return texts_at(self._pool, self._index)


@dataclass(frozen=True, eq=False)
class WrittenNames:
    """The three parts of the names of records."""

    person: Ints
    given: Written
    prefix: Written
    surname: Written


def texts_at(pool: pa.Array, index: Ints) -> pa.Array:
    """Texts by position; null where it is negative."""
    none = index < 0
    return pool.take(pa.array(np.maximum(index, 0), mask=none if none.any() else None))


def as_they_are(names: TrueNames, full: pa.Array, person: Ints) -> WrittenNames:
    """The true names of persons; ``full`` holds the given names of everybody."""
    lists, surname = names.lists, names.surname[person]
    bare = lists.prefixes.is_null().to_numpy(zero_copy_only=False)
    return WrittenNames(
        person,
        Written(pa.concat_arrays([full, lists.given]), person),
        Written(lists.prefixes, np.where(bare[surname], -1, surname)),
        Written(lists.surnames, surname),
    )


def as_sources_write(
    rule: NameForms, names: TrueNames, full: pa.Array, people: People, person: Ints, newborn: Flags,
    draws: np.random.Generator,
) -> WrittenNames:  # fmt: skip
    """Names in the forms that differ between sources without anybody erring."""
    written = as_they_are(names, full, person)
    _given_forms(rule, written, names, full, newborn, draws)
    _partners_names(rule, written, names, people, draws)
    _particles(rule, written, draws)
    plain = np.flatnonzero(draws.random(len(person)) < rule.no_diacritics)
    for part in (written.given, written.surname):
        marked = plain[~pc.fill_null(pc.string_is_ascii(part.at(plain)), True).to_numpy(zero_copy_only=False)]
        part.rewrite(marked, unmarked(part.at(marked)))
    return written


def slip(written: WrittenNames, typing: Floats, reversed_names: Floats, draws: np.random.Generator) -> None:
    """Slips of one letter in a given name or surname, and names in each other's place; chances per record."""
    drawn = draws.random(len(written.person))
    for part, rows in (
        (written.given, np.flatnonzero(drawn < typing / 2)),
        (written.surname, np.flatnonzero((drawn >= typing / 2) & (drawn < typing))),
    ):
        rows = rows[part.at(rows).is_valid().to_numpy(zero_copy_only=False)]
        if len(rows):
            part.rewrite(rows, mistyped(part.at(rows), draws))
    turned = np.flatnonzero(draws.random(len(drawn)) < reversed_names)
    given, surname = written.given.at(turned), whole_surname(written.prefix.at(turned), written.surname.at(turned))
    written.given.rewrite(turned, surname)
    written.surname.rewrite(turned, given)
    written.prefix.clear(turned)


def _given_forms(
    rule: NameForms, written: WrittenNames, names: TrueNames, full: pa.Array, newborn: Flags, draws: np.random.Generator
) -> None:
    drawn, person = draws.random(len(written.person)), written.person
    first = np.flatnonzero(drawn < rule.first_name)
    written.given.rewrite(first, texts_at(names.lists.given, names.given[person[first], 0]))
    initials = np.flatnonzero((drawn >= rule.first_name) & (drawn < rule.first_name + rule.initials))
    written.given.rewrite(initials, _initials(names, person[initials]))
    nameless = np.flatnonzero(newborn & (draws.random(len(person)) < rule.no_name_newborn))
    written.given.rewrite(nameless, pa.array([_NO_NAME] * len(nameless), pa.string()))


def _initials(names: TrueNames, person: Ints) -> pa.Array:
    letters = pc.binary_join_element_wise(pc.utf8_slice_codeunits(names.lists.given, 0, 1), ".", "")
    parts = [texts_at(letters, names.given[person, place]) for place in range(names.given.shape[1])]
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def _partners_names(
    rule: NameForms, written: WrittenNames, names: TrueNames, people: People, draws: np.random.Generator
) -> None:
    """Married mothers under their husband's name, alone or before their own."""
    drawn, person = draws.random(len(written.person)), written.person
    husband = husbands(people)[person]
    married = husband >= 0
    alone = np.flatnonzero(married & (drawn < rule.partner_name))
    both = np.flatnonzero(married & (drawn >= rule.partner_name) & (drawn < rule.partner_name + rule.both_names))
    own = whole_surname(written.prefix.at(both), written.surname.at(both))
    lists = names.lists
    for rows in (alone, both):
        theirs = names.surname[husband[rows]]
        written.surname.rewrite(rows, lists.surnames.take(pa.array(theirs)))
        prefix = lists.prefixes.take(pa.array(theirs))
        written.prefix.clear(rows)
        written.prefix.rewrite(rows, prefix)
    written.surname.rewrite(both, pc.binary_join_element_wise(written.surname.at(both), own, "-"))


def husbands(people: People) -> Ints:
    """The man that a mother is or was married to, -1 for nobody, shape (persons,)."""
    adults, units = people.adults, people.units
    husband = np.full(people.count, -1)
    mother = np.flatnonzero((adults.slot == MOTHER) & units.married[adults.unit])
    husband[mother] = adults.of_unit[adults.unit[mother], FATHER]
    return husband


def _particles(rule: NameForms, written: WrittenNames, draws: np.random.Generator) -> None:
    """Particles left out, glued to the name, or in the field of the surname."""
    drawn = draws.random(len(written.person))
    ends = np.cumsum([rule.particle_dropped, rule.particle_glued, rule.particle_in_surname])
    kind = np.searchsorted(ends, drawn, side="right")
    for form in range(len(ends)):
        rows = np.flatnonzero(kind == form)
        prefix, surname = written.prefix.at(rows), written.surname.at(rows)
        if form == 0:
            written.surname.rewrite(rows, without_particle(surname))
        elif form == 1:
            _glue(written, rows, prefix, surname)
        else:
            written.surname.rewrite(rows, whole_surname(prefix, surname))
        written.prefix.clear(rows)


def _glue(written: WrittenNames, rows: Ints, prefix: pa.Array, surname: pa.Array) -> None:
    """Only where there is something to glue: other names stay as they are."""
    whole = whole_surname(prefix, surname)
    apart = pc.match_substring(whole, " ").to_numpy(zero_copy_only=False)
    here = np.flatnonzero(apart)
    taken = pa.array(here)
    written.surname.rewrite(rows[here], glued(prefix.take(taken), surname.take(taken)))
