"""How registers arrive: numbers that are missing, wrong or double at the source, and particulars of who people are.

No two persons of a source arrive under one number: so keys stay unique, and the truth can say whose every number is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskscreen.errors import SettingsError
from riskscreen.synthetic.arrival.homes import days_of, make_homes
from riskscreen.synthetic.arrival.linking_settings import Linking
from riskscreen.synthetic.arrival.names import SEXES, true_names
from riskscreen.synthetic.arrival.number_faults import (
    MISSING,
    MISTYPED,
    RIGHT,
    SECOND,
    SOMEBODY_ELSE,
    Kin,
    Known,
    Source,
    draw_faults,
    groups_of,
    kin_of,
    two_numbers,
    uses_second,
)
from riskscreen.synthetic.arrival.particulars import REGISTER, Identity, Records, tidy_particulars, untidy_particulars
from riskscreen.synthetic.arrival.written_names import texts_at
from riskscreen.synthetic.intervals import NEVER, Flags, Ints
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.lives.units import ORIGINS
from riskscreen.synthetic.sheets import Maker, Sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

_BORN_ELSEWHERE = 30  # days: on record later than this after birth is from elsewhere
_TYPED_BITS = 14  # at most so many mistyped numbers of one source in one part
_EVICTIONS = "evictions"
_LINKS = ("register", "number", "person")


@dataclass(frozen=True, eq=False)
class Arrived:
    """What arrives: the sheets with numbers as each source has them, the particulars, and whose every number is."""

    sheets: tuple[Sheet, ...]
    particulars: Sheet
    links: pa.Table


def arrive(sheets: Sequence[Sheet], people: People, maker: Maker, chance: Chance, world: World) -> Arrived:
    """Let finished registers arrive as they would: under imperfect numbers, with imperfect particulars.

    Parameters
    ----------
    sheets
        Registers with right numbers; ``persons`` and ``address_spells`` are among them.

    Returns
    -------
    Arrived
        The same sheets in the same order, faulty numbers replaced, a second row in ``persons`` for who has two numbers;
        the register ``particulars``; and ``links`` (register, number, person) for every number that is not the right
        one, and both numbers of who has two.
    """
    rule, tables = world.linking, {sheet.register: sheet.table for sheet in sheets}
    ids = maker.persons(np.arange(people.count))
    tables |= {_EVICTIONS: _evictions(tables)}
    present = [name for name in rule.sources if name in tables]
    rows = _positions(tables, [*present, "persons", "address_spells", _EVICTIONS], ids)
    who, known = _everybody(rule, tables, rows, people, maker, chance)
    start = int(np.datetime64(world.history.from_, "D").astype(int))
    since = two_numbers(rule, known, start, chance)
    desk = _Desk(rule, people, maker, chance, ids, who, known, since, kin_of(people))
    sources = [desk.source(name, tables[name], rows) for name in present]
    arrived = [desk.persons(tables["persons"], rows["persons"]), *sources]
    changed = {part.register: part.table for part in arrived}
    particulars = pa.concat_tables([table for part in arrived for table in part.particulars])
    links = pa.concat_tables([part.links for part in arrived])
    return Arrived(
        tuple(replace(sheet, table=changed.get(sheet.register, sheet.table)) for sheet in sheets),
        Sheet(REGISTER, particulars),
        links.sort_by([(name, "ascending") for name in _LINKS]),
    )


@dataclass(frozen=True, eq=False)
class _Handed:
    """One register as it arrived."""

    register: str
    table: pa.Table
    particulars: tuple[pa.Table, ...]
    links: pa.Table


@dataclass(frozen=True, eq=False)
class _Desk:
    """Hands registers over one by one."""

    rule: Linking
    people: People
    maker: Maker
    chance: Chance
    ids: pa.Array
    who: Identity
    known: Known
    since: Ints
    kin: Kin

    def source(self, register: str, table: pa.Table, found: Mapping[str, Ints]) -> _Handed:
        """A register of a source whose numbers are not always good."""
        rule, draws, rows = self.rule, self.chance.stream(f"linking.{register}"), found[register]
        source = _source(register, table, rows, self.people.count)
        groups = groups_of(rule.groups, self.known, source)
        lift = groups.lift(rule.groups)
        faults = draw_faults(rule, rule.sources[register], source, lift, self.since, self.kin, self.known, draws)
        pool, index = self._numbers(source, faults.kind, faults.other)
        renewed = draws.random(len(source.person)) < rule.forms.renewed
        day = np.where(renewed, source.last, source.first)
        records = Records(
            register, source.person, texts_at(pool, index), day, self.who.homes.at(source.person, day), lift,
            groups.newborn, groups.migrant, groups.homeless,
        )  # fmt: skip
        records = _scattered(records, self.maker, faults.kind != RIGHT)
        place = np.full(self.people.count + 1, -1)  # the last one for rows of nobody
        place[source.person] = index
        column = texts_at(pool, place[rows])
        if (rows < 0).any():
            column = pc.coalesce(column, table["person"].combine_chunks())
        astray = np.flatnonzero(faults.kind != RIGHT)
        links = _links(register, texts_at(pool, index[astray]), self.ids.take(pa.array(source.person[astray])))
        handed = _Handed(
            register,
            _with(table, "person", column),
            (untidy_particulars(rule, records, self.who, self.chance.stream(f"linking.particulars.{register}")),),
            links,
        )
        child = found.get(f"{register}.child")
        return handed if child is None else self._newborns(handed, child)

    def persons(self, table: pa.Table, rows: Ints) -> _Handed:
        """The register of persons, with a second row for who has two numbers."""
        there = np.flatnonzero(self.known.recorded < NEVER)
        there = there[np.argsort(self.maker.numbers[there], kind="stable")]
        home = self.who.homes.last(there)
        moved = self.who.homes.recorded[home] if len(self.who.homes.recorded) else home
        day = np.where(home < 0, self.known.recorded[there], np.maximum(moved, self.known.recorded[there]))
        records = replace(self._plain("persons", there, self.ids.take(pa.array(there)), day), home=home)
        tidy = tidy_particulars(records, self.who)
        twice = np.flatnonzero(self.since < NEVER)
        second = self._second(twice)
        records = self._plain("persons", twice, second, self.known.recorded[twice])
        records = replace(
            records, newborn=self.known.arrived[twice] == NEVER, migrant=self.known.arrived[twice] < NEVER
        )
        stream = self.chance.stream("linking.particulars.persons")
        untidy = untidy_particulars(self.rule, records, self.who, stream)
        own = self.ids.take(pa.array(twice))
        row_of = np.full(self.people.count, -1)
        row_of[rows] = np.arange(len(rows))
        extra = table.take(pa.array(row_of[twice]))
        extra = _with(_with(extra, "person", second), "birth_date", untidy["birth_date"].combine_chunks())
        for column in ("education", "education_date"):
            extra = _with(extra, column, pa.nulls(len(twice), extra[column].type))
        links = pa.concat_tables([_links("persons", second, own), _links("persons", own, own)])
        return _Handed("persons", pa.concat_tables([table, extra]), (tidy, untidy), links)

    def _newborns(self, handed: _Handed, rows: Ints) -> _Handed:
        """The child of a birth record may be there under its provisional number; its own one is right otherwise."""
        table, register = handed.table, handed.register
        day = days_of(table["birth_recorded_date"])
        early = np.full(self.people.count, NEVER)
        early[rows[rows >= 0]] = day[rows >= 0]
        used = uses_second(self.rule.two_numbers, self.since, early, self.chance.stream(f"linking.{register}.child"))
        child = np.flatnonzero(used & (self.since < NEVER))
        number, own = self._second(child), self.ids.take(pa.array(child))
        place = np.full(self.people.count + 1, -1)
        place[child] = np.arange(len(child))
        column = pc.coalesce(texts_at(number, place[rows]), table["child"].combine_chunks())
        records = replace(self._plain(register, child, number, early[child]), newborn=np.ones(len(child), dtype=bool))
        stream = self.chance.stream(f"linking.particulars.{register}.child")
        return replace(
            handed,
            table=_with(table, "child", column),
            particulars=(*handed.particulars, untidy_particulars(self.rule, records, self.who, stream)),
            links=pa.concat_tables([handed.links, _links(register, number, own)]),
        )

    def _numbers(self, source: Source, kind: Ints, other: Ints) -> tuple[pa.Array, Ints]:
        """Numbers to choose from, and which of them each person of the source has.

        A source that lacks a number has its own for a client; a mistyped one looks like any other.
        """
        position = list(self.rule.sources).index(source.register)
        self._check_room(source.register, int((kind == MISTYPED).sum()))
        lacking, typed, twice = (np.flatnonzero(kind == which) for which in (MISSING, MISTYPED, SECOND))
        spare = 2 * self.people.count + (position << _TYPED_BITS) + np.arange(len(typed))
        parts = [
            self.ids,
            self.maker.ids(f"C{position:02d}", source.person[lacking]),
            self.maker.ids("P", spare),
            self._second(source.person[twice]),
        ]
        index = np.where(kind == SOMEBODY_ELSE, other, source.person)
        index[np.concatenate([lacking, typed, twice])] = np.arange(len(self.ids), sum(len(part) for part in parts))
        return pa.concat_arrays(parts), index

    def _check_room(self, register: str, typed: int) -> None:
        most = 1 << _TYPED_BITS
        if typed > most:
            raise SettingsError(
                f"{typed:,} numbers of {register} would be mistyped in one part; {most:,} can be told apart",
                do=f"lower linking.sources.{register}.wrong or linking.times, or make fewer families",
            )

    def _second(self, person: Ints) -> pa.Array:
        """The second number of persons: it looks like any other number."""
        return self.maker.ids("P", self.people.count + person)

    def _plain(self, register: str, person: Ints, number: pa.Array, day: Ints) -> Records:
        """Records of persons of no group."""
        nobody = np.zeros(len(person), dtype=bool)
        home = self.who.homes.at(person, day)
        return Records(register, person, number, day, home, np.ones(len(person)), nobody, nobody, nobody)


def _positions(tables: Mapping[str, pa.Table], names: Sequence[str], ids: pa.Array) -> dict[str, Ints]:
    """Position of the person of every row of registers, -1 for nobody here; of a child under ``name.child``.

    One look-up for all, and one for rows of one person that follow one another.
    """
    columns = {name: tables[name]["person"] for name in names}
    columns |= {f"{name}.child": tables[name]["child"] for name in names if "child" in tables[name].column_names}
    runs = [pc.run_end_encode(column.combine_chunks()) for column in columns.values()]
    found = pc.index_in(pa.chunked_array([run.values for run in runs], pa.string()), value_set=ids)
    places = np.split(_whole(pc.fill_null(found, -1)), np.cumsum([len(run.values) for run in runs])[:-1])
    lengths = [np.diff(_whole(run.run_ends), prepend=0) for run in runs]
    return {name: np.repeat(*each) for name, *each in zip(columns, places, lengths, strict=True)}


def _whole(numbers: pa.Array | pa.ChunkedArray) -> Ints:
    return np.asarray(numbers.to_numpy(), dtype=np.int64)


def _everybody(
    rule: Linking,
    tables: Mapping[str, pa.Table],
    rows: Mapping[str, Ints],
    people: People,
    maker: Maker,
    chance: Chance,
) -> tuple[Identity, Known]:
    """Who everybody is, and what the population register says of them."""
    persons, place = tables["persons"], rows["persons"]
    birth = people.birth
    sex, origin = (np.full(people.count, -1) for _ in range(2))
    sex[place], origin[place] = _code(persons["sex"], SEXES), _code(persons["origin"], ORIGINS)
    recorded = np.full(people.count, NEVER)
    recorded[place] = days_of(persons["recorded_date"])
    names = true_names(rule.names, people, sex, origin, chance)
    homes = make_homes(tables["address_spells"], rows["address_spells"], people.count, maker)
    known = Known(
        birth=birth,
        life_end=people.life_end,
        sex=sex,
        origin=origin,
        recorded=recorded,
        arrived=np.where((recorded - birth > _BORN_ELSEWHERE) & (recorded < NEVER), recorded, NEVER),
        evicted=_evicted(tables[_EVICTIONS], rows[_EVICTIONS], people),
        letters=names.letters(),
    )
    return Identity(people, names, names.given_names(), sex, birth, homes), known


def _evictions(tables: Mapping[str, pa.Table]) -> pa.Table:
    """The rows about evictions; none when there is no register of housing."""
    if "housing" not in tables:
        return pa.table({"person": pa.array([], pa.string()), "event_date": pa.array([], pa.date32())})
    return tables["housing"].filter(pc.equal(tables["housing"]["kind"], "eviction"))


def _evicted(evictions: pa.Table, person: Ints, people: People) -> Ints:
    """Day of the first eviction of somebody of the family, by person."""
    unit = np.concatenate([people.adults.unit, people.children.unit])
    day = np.full(len(people.units), NEVER)
    np.minimum.at(day, unit[person[person >= 0]], days_of(evictions["event_date"])[person >= 0])
    return np.asarray(day[unit])


def _source(register: str, table: pa.Table, rows: Ints, count: int) -> Source:
    kept = rows >= 0
    recorded, event = days_of(table["recorded_date"])[kept], days_of(table["event_date"])[kept]
    first, last, begun = np.full(count, NEVER), np.full(count, -NEVER), np.full(count, NEVER)
    np.minimum.at(first, rows[kept], recorded)
    np.maximum.at(last, rows[kept], recorded)
    np.minimum.at(begun, rows[kept], event)
    person = np.flatnonzero(first < NEVER)
    return Source(register, rows, person, first[person], last[person], begun[person])


def _scattered(records: Records, maker: Maker, astray: Flags) -> Records:
    """In an order that says nothing: by the right number, and those under another one anywhere."""
    key = np.where(astray, maker.scattered(f"{records.register} astray", records.person), maker.numbers[records.person])
    order = np.argsort(key, kind="stable")
    return Records(
        records.register,
        records.person[order],
        records.number.take(pa.array(order)),
        *(getattr(records, name)[order] for name in ("recorded", "home", "lift", "newborn", "migrant", "homeless")),
    )


def _links(register: str, number: pa.Array, person: pa.Array) -> pa.Table:
    names = pa.array([register] * len(number), pa.string())
    return pa.table(dict(zip(_LINKS, (names, number, person), strict=True)))


def _with(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _code(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(names))), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
