"""A stressor's definition becomes one short SQL statement for all index dates: pure functions, DuckDB's dialect.

A statement gives ``index_date, family, level`` and has two parts. *Seen* are the rows of the register about members of
families: those that happened and were recorded before the index date. The *listing* makes levels of them. All
stressors of one register share one table of seen rows (:func:`seen_sql`), so a register is read and joined once;
:func:`stressor_sql` puts both parts of one stressor together, to be read and to be run alone.

Window borders are date literals. The end of a spell counts only when it, too, had passed and was recorded before the
index date, else the spell is open on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from riskscreen.engine.sql import filter_sql, literal
from riskscreen.records.filters import Filter, columns_of
from riskscreen.settings import add_months
from riskscreen.stressors.coverage import counts_end, window_start
from riskscreen.stressors.definitions import Definition, EventRule, FactRule
from riskscreen.stressors.members import MEMBERS, OF_AGE, PACKED, Packed
from riskscreen.stressors.sources import LATER, STAGE_AGES

_ENDED = (
    "\n    CASE WHEN r.end_date < w.index_date AND coalesce(r.end_recorded_date, r.end_date) < w.index_date"
    "\n      THEN r.end_date END"
)
_UNTIL = "CASE WHEN ended IS NULL THEN w.index_date ELSE greatest(ended, event_date + 1) END"
_PERSON = "index_date, family, person"


def stressor_sql(definition: Definition, index_dates: Sequence[date], cover: tuple[date, date] | None = None) -> str:
    """One stressor as a statement that stands alone.

    Parameters
    ----------
    definition
        The stressor with its rule.
    index_dates
        The covered index dates, at least one.
    cover
        First covered day and first day no longer covered of its register; only a parent's own youth needs it.

    Returns
    -------
    str
        SQL over the tables ``members``, ``spine`` and ``registers.<name>`` (of a fact: ``facts``), that gives
        ``index_date, family, level``. A family that it does not list has level 0; of a fact or a parent's own youth it
        is not covered.
    """
    rule = definition.rule
    if isinstance(rule, FactRule):
        at = f"index_date IN ({', '.join(literal(day) for day in index_dates)})"
        return f"-- {definition.id}\nSELECT index_date, family,\n  {fact_level(rule)} AS level\nFROM facts WHERE {at}"
    seen = [f"seen AS (\n{seen_sql([(definition, rule)], index_dates)}\n)"]
    if rule.eased_by:
        seen.append(f"easing AS (\n{easing_sql([rule], index_dates)}\n)")
    if is_youth(definition):
        seen.append(f"youth AS (\n{youth_sql(definition, rule, index_dates, cover)}\n)")
    parts, levels = _listing(definition, rule, index_dates)
    return f"{_comment(definition, rule)}\nWITH {', '.join([*seen, *parts])}\n{levels}"


def listing_sql(
    definition: Definition,
    rule: EventRule,
    index_dates: Sequence[date],
    *,
    members: str = "members",
) -> str:
    """The second part alone: levels from tables ``seen``, ``easing`` and ``youth``, shared by one register's rules."""
    parts, levels = _listing(definition, rule, index_dates, members)
    return f"WITH {', '.join(parts)}\n{levels}"


def fact_level(rule: FactRule) -> str:
    """The highest level whose filter holds, 0 when none does, NULL when that is unknown."""
    conditions = [filter_sql(part, "facts") for part in rule.filters]
    whens = [f"WHEN {text} THEN {level}" for level, text in reversed(list(enumerate(conditions, start=1)))]
    nothing = " AND ".join(f"NOT ({text})" for text in conditions)
    return f"CASE {' '.join(whens)} WHEN {nothing} THEN 0 END"


def seen_sql(
    group: Sequence[tuple[Definition, EventRule]], index_dates: Sequence[date], *, packed: Packed | None = None
) -> str:
    """Rows of one register that had happened and were known, about members of families: one join for all its stressors.

    Parameters
    ----------
    group
        Stressors of one register with their rules. Rows are kept that any of their filters may want, in the widest of
        their windows.
    packed
        In place of ``members`` and ``spine``: a row meets its person once, not once for every index date.
    """
    staged = any(definition.stressor.stage in STAGE_AGES for definition, _ in group)
    if packed is None:
        place, born = "m.family, m.person, m.role AS about", "b.birth_date AS born"
        source = _joined(group, index_dates, staged)
    else:
        place, born = "r.family + w.place AS family, r.member AS person, r.about", "r.born"
        register, windows = group[0][1].register, _widest(group, index_dates)
        source = _joined_once(register, windows, packed, f"m.role IN ({_roles(group)})", _filtered(group))
        source += [f"  WHERE {text}" for text in _reaching(group)]
    columns = ["w.index_date", place, *_seen_columns(group), *([born] if staged else [])]
    return "\n".join([f"  SELECT {_list(columns)}", *source])


def _joined(group: Sequence[tuple[Definition, EventRule]], index_dates: Sequence[date], staged: bool) -> list[str]:
    """Members on each index date, with their rows."""
    windows = [f"({literal(day)}, {literal(start)})" for day, start in _widest(group, index_dates)]
    lines = [
        f"  FROM (VALUES {', '.join(windows)}) AS w(index_date, start)",
        f"  JOIN members m ON m.index_date = w.index_date AND m.role IN ({_roles(group)})",
        f"  JOIN registers.{group[0][1].register} r ON r.person = m.person",
        "    AND r.event_date < w.index_date AND r.recorded_date < w.index_date",
        *(["  JOIN spine b ON b.person = m.person"] if staged else []),
    ]
    conditions = [*_filtered(group), *_reaching(group)]
    return [*lines, *(f"  {word} {text}" for word, text in zip(("WHERE", "  AND"), conditions, strict=False))]


def _joined_once(
    register: str, windows: Sequence[tuple[date, date]], packed: Packed, who: str, filters: Sequence[str]
) -> list[str]:
    """Members with their rows, each row then on every index date that it was known before."""
    last = literal(max(day for day, _ in windows))
    conditions = [f"r.event_date < {last} AND r.recorded_date < {last}", *filters]
    places = [f"({literal(day)}, {literal(start)}, {packed.place(day)})" for day, start in windows]
    return [
        "  FROM (",
        "    SELECT m.rowid::INTEGER AS member, m.family, m.role AS about, m.born, m.days, r.*",
        f"    FROM registers.{register} r JOIN {PACKED} m ON m.person = r.person AND {who}",
        f"    WHERE {' AND '.join(conditions)}",
        "  ) r",
        f"  JOIN (VALUES {', '.join(places)}) AS w(index_date, start, place) ON (r.days >> w.place) & 1 = 1",
        "    AND r.event_date < w.index_date AND r.recorded_date < w.index_date",
    ]


def easing_sql(rules: Sequence[EventRule], index_dates: Sequence[date], *, packed: Packed | None = None) -> str:
    """Rows of the register that may ease, of persons who are in ``seen``: who has no stressor needs no easing.

    Parameters
    ----------
    rules
        Rules of one register, at least one of them with ``eased_by``.
    packed
        As in :func:`seen_sql`.
    """
    register, filters = rules[0].register, [rule.eased_by.where for rule in rules if rule.eased_by]
    names = dict.fromkeys(name for part in filters for name in columns_of(part))
    columns = [*(_column(register, name) for name in names), f"{_ENDED} AS ended"]
    if packed is not None:
        windows = [(day, day) for day in index_dates]
        source = _joined_once(register, windows, packed, "m.rowid IN (SELECT person FROM seen)", [_any_of(filters)])
        place = "w.index_date, r.family + w.place AS family, r.member AS person, r.about"
        return "\n".join([f"  SELECT {_list([place, *columns])}", *source])
    return (
        f"  SELECT {_list(['w.*', *columns])}\n  FROM (SELECT DISTINCT {_PERSON}, about FROM seen) w\n"
        f"  JOIN registers.{register} r ON r.person = w.person\n"
        "    AND r.event_date < w.index_date AND r.recorded_date < w.index_date\n"
        f"  WHERE {_any_of(filters)}"
    )


def youth_sql(
    definition: Definition,
    rule: EventRule,
    index_dates: Sequence[date],
    cover: tuple[date, date] | None,
    *,
    packed: Packed | None = None,
) -> str:
    """A parent's own youth: the same years of life for every parent, so that the level is no stand-in for age.

    Only parents whose years from ``window_months`` before the 18th birthday up to that birthday lie wholly in the
    register's coverage are looked at; a family without such a parent is not listed.
    """
    first, (start, until) = OF_AGE - definition.stressor.window_months, cover or (date.max, date.min)
    source, born = "members m JOIN spine b ON b.person = m.person", "b.birth_date"
    if packed is not None:
        source, born = f"{MEMBERS} m", "m.born"
    return (
        f"  SELECT {', '.join(f'm.{name}' for name in _PERSON.split(', '))},\n"
        f"    {born} + INTERVAL {first} MONTH AS start,\n"
        f"    least({born} + INTERVAL {OF_AGE} MONTH, m.index_date) AS until\n"
        f"  FROM {source}\n"
        f"  WHERE m.role = {literal(rule.about)} AND m.index_date IN ({', '.join(map(literal, index_dates))})\n"
        f"    AND {born} >= {literal(add_months(start, -first - 1))}\n"
        f"    AND {born} + INTERVAL {first} MONTH >= {literal(start)}\n"
        f"    AND least({born} + INTERVAL {OF_AGE} MONTH, m.index_date) <= {literal(until)}"
    )


def is_youth(definition: Definition) -> bool:
    """Is it about a parent's own youth?"""
    return definition.stressor.stage == "own_youth"


def _seen_columns(group: Sequence[tuple[Definition, EventRule]]) -> list[str]:
    filters = [rule.where for _, rule in group if rule.where is not None]
    names = dict.fromkeys(name for part in filters for name in columns_of(part))
    columns = ["r.event_date", *(_column(group[0][1].register, name) for name in names)]
    return [*columns, *([f"{_ENDED} AS ended"] if any(counts_end(rule) for _, rule in group) else [])]


def _column(register: str, name: str) -> str:
    """A filter's column; one that becomes known later than its row is unknown until then."""
    guards = LATER.get(register, {}).get(name)
    if not guards:
        return f"r.{name}"
    known = " AND ".join(f"r.{guard} < w.index_date" for guard in guards)
    return f"\n    CASE WHEN {known} THEN r.{name} END AS {name}"


def _widest(group: Sequence[tuple[Definition, EventRule]], index_dates: Sequence[date]) -> list[tuple[date, date]]:
    """Per index date the first day of the widest window."""
    return [(day, min(window_start(definition.stressor, day) for definition, _ in group)) for day in index_dates]


def _roles(group: Sequence[tuple[Definition, EventRule]]) -> str:
    return ", ".join(map(literal, sorted({rule.about for _, rule in group})))


def _filtered(group: Sequence[tuple[Definition, EventRule]]) -> list[str]:
    """Rows that any filter wants."""
    filters = [rule.where for _, rule in group if rule.where is not None]
    return [_any_of(filters)] if len(filters) == len(group) else []


def _reaching(group: Sequence[tuple[Definition, EventRule]]) -> list[str]:
    """Rows that reach into the widest window; a parent's own youth has windows of its own."""
    return [] if is_youth(group[0][0]) else [_in_widest([rule for _, rule in group])]


def _any_of(filters: Sequence[Filter]) -> str:
    """A column that is not known yet never makes a filter true, so to look at the raw one leaves nothing out."""
    texts = tuple(dict.fromkeys(filter_sql(part, "r") for part in filters))
    return f"({texts[0]})" if len(texts) == 1 else f"({' OR '.join(f'({text})' for text in texts)})"


def _in_widest(rules: Sequence[EventRule]) -> str:
    if not any(counts_end(rule) for rule in rules):
        return "r.event_date >= w.start"
    if all(rule.moment == "end" for rule in rules):
        return "ended >= w.start"
    return "(ended IS NULL OR greatest(ended, r.event_date) >= w.start)"


def _list(columns: Sequence[str]) -> str:
    """Columns side by side; one that begins a line of its own leaves no blank behind."""
    return ", ".join(columns).replace(", \n", ",\n")


def _comment(definition: Definition, rule: EventRule) -> str:
    months = definition.stressor.window_months
    when = f"the {months} months before a parent's 18th birthday" if is_youth(definition) else f"{months} months"
    who = "worst" if rule.persons == "any" else "least affected"
    about = rule.about.replace("_", " ")
    return f"-- {definition.id}: {rule.measure} in {when}; the family has the level of its {who} {about}"


def _listing(
    definition: Definition,
    rule: EventRule,
    index_dates: Sequence[date],
    members: str = "members",
) -> tuple[list[str], str]:
    """The named queries after ``seen``, and the last one."""
    if is_youth(definition):
        parts = [_youth_measured(rule)]
    else:
        parts = [_windows(definition, rule, index_dates), _counted(definition, rule), *_measured(rule)]
    parts += [_eased(rule)] if rule.eased_by else []
    return [*parts, _person_levels(rule)], _family_level(definition, rule, members)


def _windows(definition: Definition, rule: EventRule, index_dates: Sequence[date]) -> str:
    names = ["index_date", "start", *(f"cut_{level}" for level in _cut_levels(rule))]
    rows = [", ".join(literal(day) for day in _borders(definition, rule, index_date)) for index_date in index_dates]
    values = ",\n  ".join(f"({row})" for row in rows)
    return f"windows({', '.join(names)}) AS (VALUES\n  {values}\n)"


def _borders(definition: Definition, rule: EventRule, day: date) -> Iterable[date]:
    cuts = (add_months(day, -rule.thresholds[level - 1]) for level in _cut_levels(rule))
    return day, window_start(definition.stressor, day), *cuts


def _cut_levels(rule: EventRule) -> range:
    """Levels of a recency rule that need a border of their own; level 1 has the window's."""
    return range(2, len(rule.thresholds) + 1) if rule.measure == "recency" else range(0)


def _counted(definition: Definition, rule: EventRule) -> str:
    """The rows that count, each with the day that counts; for a duration its first day and the day after its last."""
    columns = [_PERSON, *(f"cut_{level}" for level in _cut_levels(rule)), *_days(rule)]
    conditions = [f"about = {literal(rule.about)}", _in_window(rule)]
    conditions += [f"({filter_sql(rule.where)})"] if rule.where is not None else []
    conditions += _in_stage(definition)
    return (
        f"counted AS (\n  SELECT {_list(columns)}\n  FROM seen JOIN windows w USING (index_date)\n"
        f"  WHERE {(chr(10) + '    AND ').join(conditions)}\n)"
    )


def _days(rule: EventRule) -> tuple[str, ...]:
    if rule.measure == "duration_days":
        return "greatest(event_date, w.start) AS first_day", f"\n    {_UNTIL} AS until"
    day = {"start": "event_date", "end": "ended", "during": f"\n    {_UNTIL} - 1"}[rule.moment]
    return (f"{day} AS day",)


def _in_window(rule: EventRule) -> str:
    if rule.measure == "duration_days" or rule.moment == "during":
        return "until > w.start" if rule.measure == "duration_days" else "day >= w.start"
    return f"{'ended' if rule.moment == 'end' else 'event_date'} >= w.start"


def _in_stage(definition: Definition) -> list[str]:
    ages = STAGE_AGES.get(definition.stressor.stage)
    if ages is None:
        return []
    return [
        f"event_date >= born + INTERVAL {12 * ages[0]} MONTH",
        f"event_date < born + INTERVAL {12 * ages[1]} MONTH",
    ]


def _measured(rule: EventRule) -> list[str]:
    if rule.measure == "duration_days":
        return _covered_days(rule)
    keys = ", ".join([_PERSON, *(f"cut_{level}" for level in _cut_levels(rule))])
    measure = "count(DISTINCT day)" if rule.measure == "count" else "max(day)"
    latest = ", max(day) AS latest" if rule.eased_by else ""
    return [f"measured AS (\n  SELECT {keys}, {measure} AS measure{latest} FROM counted GROUP BY ALL\n)"]


def _covered_days(rule: EventRule) -> list[str]:
    """Days with at least one spell: a spell adds only the days after those already seen."""
    latest = ", max(until) - 1 AS latest" if rule.eased_by else ""
    return [
        "ordered AS (\n"
        f"  SELECT *, max(until) OVER (PARTITION BY {_PERSON} ORDER BY first_day, until\n"
        "    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before\n"
        "  FROM counted\n)",
        "measured AS (\n"
        f"  SELECT {_PERSON},\n"
        f"    sum(greatest(until - greatest(first_day, coalesce(before, first_day)), 0)) AS measure{latest}\n"
        "  FROM ordered GROUP BY ALL\n)",
    ]


def _eased(rule: EventRule) -> str:
    """Persons whose level is lowered by one: such a spell goes on, or ended on or after their latest day."""
    eased = rule.eased_by
    if eased is None:
        raise ValueError("nothing eases this stressor")
    moment = "ended IS NULL" if eased.moment == "during" else "ended >= latest"
    return (
        f"eased AS (\n  -- {eased.name.en}\n  SELECT DISTINCT {_PERSON} FROM easing JOIN measured USING ({_PERSON})\n"
        f"  WHERE about = {literal(rule.about)} AND ({filter_sql(eased.where)}) AND {moment}\n)"
    )


def _person_levels(rule: EventRule) -> str:
    level, source = _level(rule), "measured"
    if rule.eased_by:
        level = f"greatest({level}\n      - CASE WHEN e.person IS NULL THEN 0 ELSE 1 END, 0)"
        source = f"measured LEFT JOIN eased e USING ({_PERSON})"
    return f"person_levels AS (\n  SELECT {_PERSON},\n    {level} AS level\n  FROM {source}\n)"


def _level(rule: EventRule) -> str:
    """The highest level whose threshold the measure reaches."""
    if rule.measure == "recency":
        whens = [f"WHEN measure >= cut_{level} THEN {level}" for level in reversed(_cut_levels(rule))]
        return f"CASE {' '.join(whens)} ELSE 1 END" if whens else "1"
    steps = reversed(list(enumerate(rule.thresholds, start=1)))
    return f"CASE {' '.join(f'WHEN measure >= {least} THEN {level}' for level, least in steps)} ELSE 0 END"


def _family_level(definition: Definition, rule: EventRule, members: str) -> str:
    if is_youth(definition):
        return (
            "SELECT index_date, family, max(coalesce(level, 0))::TINYINT AS level\n"
            f"FROM youth LEFT JOIN person_levels USING ({_PERSON}) GROUP BY ALL"
        )
    if rule.persons == "any":
        return (
            "SELECT index_date, family, max(level)::TINYINT AS level FROM person_levels "
            "GROUP BY ALL HAVING max(level) > 0"
        )
    return (
        "SELECT index_date, family, min(coalesce(level, 0))::TINYINT AS level\n"
        f"FROM (FROM {members} SEMI JOIN person_levels USING (index_date, family))\n"
        f"LEFT JOIN person_levels USING ({_PERSON})\n"
        f"WHERE role = {literal(rule.about)}\n"
        "GROUP BY ALL HAVING min(coalesce(level, 0)) > 0"
    )


def _youth_measured(rule: EventRule) -> str:
    where = f"\n    AND ({filter_sql(rule.where)})" if rule.where is not None else ""
    latest = ", max(event_date) AS latest" if rule.eased_by else ""
    return (
        "measured AS (\n"
        f"  SELECT {_PERSON}, count(DISTINCT event_date) AS measure{latest}\n"
        f"  FROM youth JOIN seen USING ({_PERSON})\n"
        f"  WHERE about = {literal(rule.about)} AND event_date >= start AND event_date < until{where}\n"
        "  GROUP BY ALL\n)"
    )
