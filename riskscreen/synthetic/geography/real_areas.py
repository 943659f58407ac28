"""Real neighbourhoods of one municipality or of the whole country from CBS files; the families are synthetic.

Figures that are unknown or confidential are taken from the wijk or the municipality, and told. What depends on a mean
or a spread is about the whole country, so that one municipality keeps its own level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from riskscreen.errors import SettingsError
from riskscreen.records.texts import Text
from riskscreen.settings import Synthetic
from riskscreen.synthetic.geography.areas import (
    AreaRow,
    FilledIn,
    Floats,
    Geography,
    Municipality,
    NotJoined,
    nearest,
    standardised,
)
from riskscreen.synthetic.geography.cbs_files import (
    CHILDREN,
    DAY,
    DWELLING,
    INCOME,
    OWNED,
    URBANITY,
    YEAR,
    read_neighbourhoods,
    read_outlines,
)
from riskscreen.synthetic.geography.filling import Filled, Tree, filled, filled_further, share_of, tree_of
from riskscreen.synthetic.geography.merging import merged_into
from riskscreen.synthetic.geography.municipal import Municipal, joined, outlines_by_new
from riskscreen.synthetic.geography.real_rows import real_rows
from riskscreen.synthetic.intervals import Flags, Ints
from riskscreen.synthetic.world import World, figures

MINORS = "pop.minors"
_FACTORS = (1.0, 1.5)  # eighteen years of birth over fifteen, give or take years of fewer births
_WHOLE = 0.02  # municipalities of a whole country have its children but for rounding
_QUANTILES = 1_000


@dataclass(frozen=True, eq=False)
class _Country:
    """Every buurt of the file with its figures; arrays have shape (buurten,)."""

    tree: Tree
    municipal: Municipal
    position: Ints  # of the municipality in `municipal`
    factor: float  # children of 0-17 over those of 0-14
    minors: Floats
    deprivation: Floats
    urbanity: Filled
    europe: Filled
    outside_europe: Filled
    others: tuple[Filled, ...]


def real_geography(settings: Synthetic, world: World) -> Geography:
    """The buurten of ``settings.municipality``, or of the whole country, with their real numbers of children.

    Raises
    ------
    SettingsError
        A file cannot be read, is of another year or has faults, or does not know the municipality.
    """
    country = _country(settings)
    chosen = (country.minors > 0) & _asked_for(country, settings)
    weight = country.minors[chosen] / country.minors[chosen].sum()
    places, place_of = np.unique(country.position[chosen], return_inverse=True)
    municipalities = tuple(_municipality(country, place) for place in places.tolist())
    codes = [code for code, own in zip(country.tree.codes, chosen, strict=True) if own]
    policing = standardised(country.deprivation - 0.5 * country.urbanity.values, country.minors)
    filled_in = _filled_in(country, chosen, municipalities)
    return Geography(
        codes=tuple(codes),
        weight=weight,
        deprivation=country.deprivation[chosen],
        policing=policing[chosen],
        europe=country.europe.values[chosen],
        outside_europe=country.outside_europe.values[chosen],
        urbanity=np.round(country.urbanity.values[chosen]).astype(np.int64),
        hidden=np.zeros(len(codes)),
        municipality=place_of.astype(np.int64),
        province=_province_positions(municipalities)[place_of],
        minors=country.minors[chosen],
        municipalities=municipalities,
        neighbours=_neighbours(codes, place_of),
        rows=_flagged(_rows(country, settings, world), filled_in),
        notice=_notice(settings, municipalities),
        real=True,
        published={name: values[places] for name, values in country.municipal.figures.items()},
        at_large=None if settings.municipality is None else _at_large(country),
        filled_in=filled_in,
        not_joined=_not_joined(country, settings),
    )


def _country(settings: Synthetic) -> _Country:
    """Read the files and fill in what is unknown, for every buurt of the country."""
    path = Path(str(settings.geography))
    tree = tree_of(read_neighbourhoods(path))
    factor = _factor(tree, path)
    if settings.municipality is None:
        _refuse_part(tree, path)
    municipal = _municipal(settings, tree)
    place = {code: position for position, code in enumerate(municipal.codes)}
    position = np.array([place[tree.table.codes[row]] for row in tree.gemeente], dtype=np.int64)
    children = filled(tree, CHILDREN)
    minors = factor * np.nan_to_num(children.values)
    if not minors.any():
        raise SettingsError(
            f"{path.name} knows no children in {settings.municipality or 'any buurt'}", do="give a file with children"
        )
    income = filled(tree, INCOME)
    if municipal.figures:
        income = filled_further(income, _brought_up(tree, municipal)[position], "gemeente, 2021")
    wealth = tuple(_with_land(tree, figure, minors) for figure in (income, filled(tree, DWELLING), filled(tree, OWNED)))
    return _Country(
        tree=tree,
        municipal=municipal,
        position=position,
        factor=factor,
        minors=minors,
        deprivation=_deprivation(wealth, minors),
        urbanity=_with_land(tree, filled(tree, URBANITY), minors),
        europe=share_of(tree, "origin_europe"),
        outside_europe=share_of(tree, "origin_outside_europe"),
        others=(children, *wealth),
    )


def _factor(tree: Tree, path: Path) -> float:
    """Children of 0-17 as published over the children of 0-14 in the file.

    Raises
    ------
    SettingsError
        They cannot be of about the same year.
    """
    young = float(tree.table.numbers[CHILDREN][tree.land])
    factor = figures()[MINORS]["value"] / young if young > 0 else np.nan
    if not _FACTORS[0] <= factor <= _FACTORS[1]:
        raise SettingsError(
            f"{path.name} has {young:,.0f} children in {CHILDREN} of the whole country, for {MINORS} published ones",
            do=f"give the file of {YEAR} with the row of the country; {CHILDREN} counts ages 0 to 14",
        )
    return factor


def _refuse_part(tree: Tree, path: Path) -> None:
    """A whole country needs all its municipalities."""
    children = tree.table.numbers[CHILDREN]
    there, whole = float(np.nansum(children[np.unique(tree.gemeente)])), float(children[tree.land])
    if abs(there / whole - 1) > _WHOLE:
        raise SettingsError(
            f"the municipalities of {path.name} have {there:,.0f} of the {whole:,.0f} children of the country",
            do="give the whole file, or choose one municipality of it (registers.synthetic.municipality)",
        )


def _municipal(settings: Synthetic, tree: Tree) -> Municipal:
    rows = np.unique(tree.gemeente)
    names = {
        tree.table.codes[row]: tree.table.names[row] for row in sorted(rows, key=lambda row: tree.table.codes[row])
    }
    bare = outlines_by_new({} if settings.outline is None else read_outlines(settings.outline), names)
    if settings.outline is None:
        bare = replace(bare, not_joined=())
    return bare if settings.municipal_figures is None else joined(settings.municipal_figures, bare, names)


def _brought_up(tree: Tree, municipal: Municipal) -> Floats:
    """Incomes of the earlier year times the usual rise since, shape (municipalities,)."""
    row = {code: position for position, code in enumerate(tree.table.codes)}
    now = tree.table.numbers[INCOME][[row[code] for code in municipal.codes]]
    rise = now / municipal.figures[INCOME]
    return np.asarray(municipal.figures[INCOME] * (np.nanmedian(rise) if (rise > 0).any() else 1.0))


def _with_land(tree: Tree, given: Filled, minors: Floats) -> Filled:
    """What is unknown in the municipality too is taken from the mean of the country's children."""
    known = ~np.isnan(given.values) & (minors > 0)
    mean = float(np.average(given.values[known], weights=minors[known])) if known.any() else _NOTHING[given.figure]
    return filled_further(given, np.full(len(minors), mean), "land")


_NOTHING = {INCOME: 1.0, DWELLING: 1.0, OWNED: 0.0, URBANITY: 3.0}  # known of no buurt: the same everywhere


def _deprivation(wealth: Sequence[Filled], minors: Floats) -> Floats:
    """Minus the mean of three standardised figures: logarithms of income and dwelling value, owner-occupied share."""
    scales: tuple[Callable[[Floats], Floats], ...] = (_logarithm, _logarithm, np.asarray)
    parts = [standardised(scale(one.values), minors) for scale, one in zip(scales, wealth, strict=True)]
    return standardised(-np.mean(parts, axis=0), minors)


def _logarithm(values: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(values, 1.0)))


def _asked_for(country: _Country, settings: Synthetic) -> Flags:
    """Buurten of the municipality that the settings name, or all.

    Raises
    ------
    SettingsError
        There is no such municipality, or no children live in it.
    """
    tree, code = country.tree, settings.municipality
    own = np.array([code in (None, tree.table.codes[row]) for row in tree.gemeente], dtype=bool)
    file = Path(str(settings.geography)).name
    if not own.any():
        merger = merged_into(DAY).get(str(code))
        near = ", ".join(country.municipal.codes[:3])
        raise SettingsError(
            f"{file} does not know municipality {code}",
            do=f"give a code of that file, such as {near}"
            if merger is None
            else f"it went into {merger.new} ({merger.name}) on {merger.date}: give that code",
        )
    if not country.minors[own].any():
        raise SettingsError(f"{file} knows no children in {code}", do="choose a municipality with children")
    return own


def _municipality(country: _Country, place: int) -> Municipality:
    """Its region is its province; where that is not known, the whole country."""
    municipal, table = country.municipal, country.tree.table
    code, province = municipal.codes[place], municipal.province[place]
    name = table.names[table.codes.index(code)]
    if province is None:
        return Municipality(code, name, None, None, table.names[country.tree.land])
    return Municipality(code, name, province.code, province.name, province.name)


def _province_positions(municipalities: Sequence[Municipality]) -> Ints:
    codes = list(dict.fromkeys(place.province for place in municipalities))
    return np.array([codes.index(place.province) for place in municipalities], dtype=np.int64)


def _neighbours(codes: Sequence[str], place_of: Ints) -> Ints:
    """Those of the same wijk first, then of the wijken whose codes are next to it: the file has no boundaries."""
    wijken = {code: position for position, code in enumerate(sorted({code[:8] for code in codes}))}
    wijk = np.array([wijken[code[:8]] for code in codes])
    found, first = [], 0
    for count in np.bincount(place_of).tolist():
        own, order = wijk[first : first + count], np.arange(count)
        apart = count * np.abs(own[:, None] - own) + np.abs(order[:, None] - order)
        found.append(first + nearest(apart.astype(np.float64)))
        first += count
    return np.concatenate(found)


def _at_large(country: _Country) -> Floats:
    """Deprivation at the middle of equal shares of the children of the country."""
    order = np.argsort(country.deprivation, kind="stable")
    climbed = np.cumsum(country.minors[order]) / country.minors.sum()
    middles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    return np.asarray(country.deprivation[order][np.searchsorted(climbed, middles)])


def _filled_in(country: _Country, chosen: Flags, municipalities: Sequence[Municipality]) -> tuple[FilledIn, ...]:
    codes, shown = country.tree.codes, {place.code for place in municipalities}
    each = (*country.others, country.urbanity, country.europe, country.outside_europe)
    of_buurten = [told for one in each for told in one.told(codes, chosen)]
    return (*of_buurten, *(told for told in country.municipal.filled_in if told.area in shown))


def _rows(country: _Country, settings: Synthetic, world: World) -> tuple[AreaRow, ...]:
    minors = country.factor * country.tree.table.numbers[CHILDREN]
    return real_rows(country.tree, country.municipal, minors, country.deprivation, world, settings.municipality)


def _flagged(rows: Sequence[AreaRow], filled_in: Sequence[FilledIn]) -> tuple[AreaRow, ...]:
    """The rows with what was filled in written in them."""
    told: dict[str, list[str]] = {}
    for one in filled_in:
        told.setdefault(one.area, []).append(f"{one.figure}: {one.source}")
    return tuple(replace(row, filled_in="; ".join(told[row.area])) if row.area in told else row for row in rows)


def _not_joined(country: _Country, settings: Synthetic) -> tuple[NotJoined, ...]:
    """What was not joined; for one municipality only what is about it."""
    municipal, table = country.municipal, country.tree.table
    empty = set(range(len(municipal.codes))) - set(country.position[country.minors > 0].tolist())
    childless = (municipal.codes[place] for place in sorted(empty))
    told = (NotJoined(code, table.names[table.codes.index(code)], "no children: no families") for code in childless)
    return tuple(one for one in (*municipal.not_joined, *told) if settings.municipality in (None, one.code))


def _notice(settings: Synthetic, municipalities: Sequence[Municipality]) -> Text:
    whole = settings.municipality is None
    where = ("the Netherlands", "Nederland") if whole else (municipalities[0].name, municipalities[0].name)
    return Text(
        f"Real area names of {where[0]} (CBS, {YEAR}), synthetic families: nothing here is about a real family.",
        f"Echte namen van buurten in {where[1]} (CBS, {YEAR}), verzonnen gezinnen: "
        "niets hier gaat over een echt gezin.",
    )
