"""Figures that a file does not have for an area, taken from the larger area that it lies in, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskscreen.synthetic.geography.areas import FilledIn, Floats
from riskscreen.synthetic.geography.cbs_files import COUNTS, AreaTable, wijk_code
from riskscreen.synthetic.intervals import Ints

OWN = ""


@dataclass(frozen=True, eq=False)
class Filled:
    """A figure of every buurt, and where it was taken from (nothing: it is the buurt's own)."""

    figure: str
    values: Floats
    source: npt.NDArray[np.str_]

    def told(self, codes: Sequence[str], which: npt.NDArray[np.bool_]) -> list[FilledIn]:
        """Records of those among ``which`` whose figure is not their own."""
        places = np.flatnonzero(which & (self.source != OWN)).tolist()
        return [FilledIn(codes[place], self.figure, str(self.source[place])) for place in places]


@dataclass(frozen=True, eq=False)
class Tree:
    """Buurten in order of municipality and code, with the rows of the table of what they lie in."""

    table: AreaTable
    buurt: Ints
    wijk: Ints
    gemeente: Ints
    land: int

    @property
    def codes(self) -> list[str]:
        """Codes of the buurten."""
        return [self.table.codes[row] for row in self.buurt]

    def own(self, figure: str) -> Floats:
        """A figure as it stands in the file, shape (buurten,)."""
        return np.asarray(self.table.numbers[figure][self.buurt])


def tree_of(table: AreaTable) -> Tree:
    """Find the wijk and municipality of every buurt."""
    row = {code: position for position, code in enumerate(table.codes)}
    buurt = table.positions("buurt")
    wijk = np.array([row[wijk_code(table.codes[b])] for b in buurt], dtype=np.int64)
    gemeente = np.array([row[table.above[b]] for b in buurt], dtype=np.int64)
    return Tree(table, buurt, wijk, gemeente, int(table.positions("land")[0]))


def filled(tree: Tree, figure: str) -> Filled:
    """Every buurt's own figure; where that is unknown the wijk's, then the municipality's.

    Of a count the part in proportion to the inhabitants is taken. What is unknown there too stays unknown.
    """
    numbers = tree.table.numbers
    values = tree.own(figure).copy()
    source = np.full(len(values), OWN, dtype="<U24")
    people = numbers["inhabitants"]
    for name, above in (("wijk", tree.wijk), ("gemeente", tree.gemeente)):
        offered = numbers[figure][above]
        if figure in COUNTS:
            offered = offered * people[tree.buurt] / np.where(people[above] > 0, people[above], np.nan)
        taken = np.isnan(values) & ~np.isnan(offered)
        values[taken], source[taken] = offered[taken], name
    return Filled(figure, values, source)


def filled_further(given: Filled, offered: Floats, source: str) -> Filled:
    """The same, with what is still unknown taken from a further place; ``offered`` has shape (buurten,)."""
    taken = np.isnan(given.values) & ~np.isnan(offered)
    values, sources = given.values.copy(), given.source.copy()
    values[taken], sources[taken] = offered[taken], source
    return Filled(given.figure, values, sources)


def share_of(tree: Tree, figure: str) -> Filled:
    """A count as a share of the inhabitants; a buurt without inhabitants takes the wijk's, then the municipality's."""
    numbers = tree.table.numbers
    people = numbers["inhabitants"]
    shares = numbers[figure] / np.where(people > 0, people, np.nan)
    values = shares[tree.buurt]
    source = np.full(len(values), OWN, dtype="<U24")
    for name, above in (("wijk", tree.wijk), ("gemeente", tree.gemeente), ("land", np.full(len(values), tree.land))):
        taken = np.isnan(values) & ~np.isnan(shares[above])
        values[taken], source[taken] = shares[above][taken], name
    return Filled(figure, np.clip(values, 0.0, 1.0), source)
