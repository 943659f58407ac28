"""A copy of the registers that may be altered, in an engine of its own: the run's rows are never touched.

Schema ``arrived`` has the registers as they arrived, ``base`` with the persons that linkage found, and ``registers`` is
what a computation reads: views that :meth:`Copy.show` makes anew for every check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.duck import Engine, quote
from riskscreen.linkage import replace_numbers
from riskscreen.registers.handle import Coverage, Registers
from riskscreen.registers.schemas import schemas

NAMES_PEOPLE = "particulars"
CHANGES_FAMILIES = frozenset({"persons", "parentage", "household_spells", "address_spells", "areas", "pregnancies"})
"""Registers that decide who is a family, and where it lives; without them the families are made again."""
ViewOf = Callable[[str, str], str]
"""From the name of a register and the table to read, the query of its view."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Registers kept as they arrived and as they are after linkage.

    Parameters
    ----------
    engine
        An engine that holds nothing of the run.
    like
        The registers, as opened in it.
    """

    engine: Engine
    like: Registers

    @property
    def names(self) -> tuple[str, ...]:
        """The registers that are there, without the one with names of people."""
        return tuple(name for name in self.like.present if name != NAMES_PEOPLE)

    def show(
        self, view_of: ViewOf, *, schema: str = "base", present: Mapping[str, Coverage] | None = None
    ) -> Registers:
        """Make the views ``registers.<name>`` anew and give a handle on them.

        Parameters
        ----------
        view_of
            The query of each view.
        schema
            ``base``: persons as linkage found them, so that nothing is linked by names again. ``arrived``: with the
            particulars of people, so that it is.
        present
            What is open, and what it covers; default all that was.
        """
        shown = dict(self.like.present if present is None else present)
        if schema == "base":
            shown.pop(NAMES_PEOPLE, None)
        self.engine.run("DROP SCHEMA IF EXISTS registers CASCADE")
        self.engine.run("CREATE SCHEMA registers")
        for name in shown:
            self.engine.run(f"CREATE VIEW registers.{name} AS {view_of(name, f'{schema}.{name}')}")
        return self._handle(shown)

    def _handle(self, present: Mapping[str, Coverage]) -> Registers:
        like = self.like
        return Registers(
            self.engine,
            name=like.name,
            synthetic=like.synthetic,
            notice=like.notice,
            municipality=like.municipality,
            real_area_names=like.real_area_names,
            present=present,
            opened={name: body for name, body in like.opened.items() if name in present},
            withheld=like.withheld,
            names=like.names,
            content_hash=like.content_hash,
            threshold=like.threshold,
        )


def take_copy(registers: Registers) -> Copy:
    """Keep registers that were opened in an engine of their own; with the ``crosswalk`` of linkage, if it is there."""
    engine = registers.engine
    if not engine.has("crosswalk"):
        engine.run(
            "CREATE TABLE crosswalk "
            "(register VARCHAR, number VARCHAR, person VARCHAR, rule VARCHAR, probability DOUBLE)"
        )
    for schema in ("arrived", "base"):
        engine.run(f"CREATE SCHEMA {schema}")
        if schema == "base":
            replace_numbers(registers)
        for name in registers.present:
            engine.run(f"CREATE TABLE {schema}.{name} AS SELECT * FROM registers.{name}")
    engine.run("CREATE TABLE crosswalk_today AS SELECT * FROM crosswalk")
    return Copy(engine, registers)


def move_table(source: Engine, table: str, target: Engine, name: str) -> None:
    """Copy a table from one engine to another by a file in the private folder of the second."""
    place = quote(str(target.folder / f"{name}.parquet"))
    source.run(f"COPY (SELECT * FROM {table}) TO {place} (FORMAT parquet)")
    target.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_parquet({place})")


def as_it_is(_: str, table: str) -> str:
    """The register as it is."""
    return f"SELECT * FROM {table}"


def columns_of(register: str, *, kind: str) -> tuple[str, ...]:
    """Names of the columns of a register of one type, such as ``date``."""
    return tuple(column.name for column in schemas()[register].columns if column.type == kind)


def persons_of(register: str) -> tuple[str, ...]:
    """Names of the columns of a register that number a person."""
    return tuple(column.name for column in schemas()[register].columns if column.person)


def until(present: Mapping[str, Coverage], day: date) -> dict[str, Coverage]:
    """The same registers, said to be complete up to a day."""
    return {name: Coverage(cover.from_, max(cover.until, day), cover.rows) for name, cover in present.items()}
