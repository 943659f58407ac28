"""The areas register of real areas; buurten and wijken have no polygon, because the files have none."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from riskscreen.synthetic.geography.areas import AreaRow, Floats, low_income_share, polygon_text
from riskscreen.synthetic.geography.cbs_files import LOW_INCOME, URBANITY, wijk_code
from riskscreen.synthetic.geography.filling import Tree
from riskscreen.synthetic.geography.municipal import Municipal
from riskscreen.synthetic.intervals import Ints
from riskscreen.synthetic.world import World

_MOST_LOW = 0.9  # share of households with a low income, after scaling to the municipality's


def real_rows(
    tree: Tree, municipal: Municipal, minors: Floats, deprivation: Floats, world: World, municipality: str | None
) -> tuple[AreaRow, ...]:
    """Rows of provinces, municipalities, wijken and buurten: of one municipality, or of all.

    Parameters
    ----------
    minors
        Children of 0-17 of every row of the file, not a number where unknown, shape (rows,).
    deprivation
        Of the buurten of the tree, shape (buurten,).
    """
    low = _low_incomes(tree, municipal, minors, deprivation, world)
    province = {
        code: None if place is None else place.code
        for code, place in zip(municipal.codes, municipal.province, strict=True)
    }
    rows = [_row(tree, position, minors, province, low, municipal) for position in _chosen(tree, municipality)]
    wanted = set(province.values()) if municipality is None else {province[municipality]}
    return (*(row for row in _province_rows(tree, municipal, minors) if row.area in wanted), *rows)


def _chosen(tree: Tree, municipality: str | None) -> list[int]:
    table = tree.table
    places = range(len(table.codes))
    return [at for at in places if table.kinds[at] != "land" and municipality in (None, table.above[at])]


def _row(
    tree: Tree,
    at: int,
    minors: Floats,
    province: Mapping[str, str | None],
    low: Mapping[str, float],
    municipal: Municipal,
) -> AreaRow:
    table = tree.table
    code, kind = table.codes[at], table.kinds[at]
    within = {"gemeente": province.get(code), "wijk": table.above[at], "buurt": wijk_code(code)}[kind]
    rings = municipal.outlines.get(code) if kind == "gemeente" else None
    return AreaRow(
        area=code,
        kind=kind,
        name=table.names[at],
        within=within,
        urbanity=_whole(table.numbers[URBANITY][at]),
        inhabitants=_whole(table.numbers["inhabitants"][at]),
        households=_whole(table.numbers["households"][at]),
        minors=_whole(minors[at]),
        low_income_share=low.get(code),
        polygon=None if rings is None else polygon_text(rings),
    )


def _province_rows(tree: Tree, municipal: Municipal, minors: Floats) -> list[AreaRow]:
    """Provinces with the sums of their municipalities."""
    row = {code: at for at, code in enumerate(tree.table.codes)}
    names = {place.code: place.name for place in municipal.province if place is not None}
    numbers = (tree.table.numbers["inhabitants"], tree.table.numbers["households"], minors)
    found = []
    for code, name in sorted(names.items()):
        pairs = zip(municipal.codes, municipal.province, strict=True)
        own = [row[place] for place, lies in pairs if lies is not None and lies.code == code]
        inhabitants, households, children = (_whole(float(values[own].sum())) for values in numbers)
        found.append(
            AreaRow(code, "provincie", name, None, inhabitants=inhabitants, households=households, minors=children)
        )
    return found


def _low_incomes(
    tree: Tree, municipal: Municipal, minors: Floats, deprivation: Floats, world: World
) -> dict[str, float]:
    """Share of households with a low income by code: of buurten with children, and of municipalities that publish it.

    Buurten follow their deprivation, in proportion to what their municipality publishes.
    """
    weight = np.nan_to_num(minors[tree.buurt])
    shares = low_income_share(deprivation, world)
    published: dict[str, float] = {}
    if municipal.figures:
        published = dict(zip(municipal.codes, (municipal.figures[LOW_INCOME] / 100).tolist(), strict=True))
        shares = _scaled(
            shares, weight, tree.gemeente, np.array([published[tree.table.codes[at]] for at in tree.gemeente])
        )
    buurten = zip(tree.codes, np.round(shares, 3).tolist(), weight, strict=True)
    return {code: share for code, share, children in buurten if children > 0} | {
        code: round(share, 3) for code, share in published.items()
    }


def _scaled(shares: Floats, weight: Floats, group: Ints, mean: Floats) -> Floats:
    """Shares in proportion, so that the weighted mean of every group is the given one."""
    whole = np.bincount(group, weight)[group]
    own = np.bincount(group, weight * shares)[group]
    means = np.divide(own, whole, out=shares.copy(), where=whole > 0)
    return np.asarray(np.clip(shares * mean / means, 0, _MOST_LOW))


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else round(float(value))
