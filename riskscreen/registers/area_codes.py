"""Do addresses and the register of areas write the codes of buurten alike?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskscreen.engine.sql import literal
from riskscreen.errors import RegisterError
from riskscreen.records.texts import Text
from riskscreen.registers.handle import Registers

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class AreaCodes:
    """Codes of buurten in addresses that hold on the index dates, beside those of the register of areas.

    Parameters
    ----------
    given, fit
        Codes in addresses, and how many of them are buurten of the register.
    strange
        Codes in addresses that are not, at most three; only those of at least so many people as may be shown, since a
        column that was mapped wrongly can hold anything.
    register
        Codes of the register that no address has, at most three; of all its codes when there are none.
    """

    given: int
    fit: int
    strange: tuple[str, ...]
    register: tuple[str, ...]

    def text(self) -> Text:
        """How many of how many match, with examples."""
        few_en, few_nl = "codes that few people have", "codes die weinig mensen hebben"
        theirs, ours = ", ".join(self.strange), ", ".join(self.register)
        return Text(
            f"{self.fit} of {self.given} area codes of addresses are buurten of the register of areas. Not among them "
            f"are {theirs or few_en}; the register has such codes as {ours}.",
            f"{self.fit} van {self.given} gebiedscodes van adressen zijn buurten van het register van gebieden. Daar "
            f"niet bij zijn {theirs or few_nl}; het register heeft codes als {ours}.",
        )


def compare_area_codes(registers: Registers, dates: Sequence[date]) -> AreaCodes | None:
    """Compare the codes; ``None`` when a register is not there, or no address or no buurt has a code.

    Parameters
    ----------
    registers
        Opened registers.
    dates
        Index dates: codes of addresses that hold on none of them may be of another year.
    """
    if not (registers.has("address_spells") and registers.has("areas")):
        return None
    holds = " OR ".join(
        f"(s.event_date < {literal(day)} AND coalesce(s.end_date >= {literal(day)}, TRUE))" for day in dates
    )
    registers.engine.run(
        "CREATE OR REPLACE TEMP TABLE address_codes AS\n"
        "SELECT s.area, count(DISTINCT s.person) AS persons, coalesce(bool_or(a.area IS NOT NULL), FALSE) AS fits\n"
        "FROM registers.address_spells AS s\n"
        "LEFT JOIN (SELECT DISTINCT area FROM registers.areas WHERE kind = 'buurt') AS a ON a.area = s.area\n"
        f"WHERE s.area IS NOT NULL AND ({holds}) GROUP BY s.area"
    )
    ((given, fit),) = registers.engine.rows("SELECT count(*), count(*) FILTER (WHERE fits) FROM address_codes")
    strange = _texts(
        registers,
        f"SELECT area FROM address_codes WHERE NOT fits AND persons >= {registers.threshold} "
        "ORDER BY persons DESC, area",
    )
    buurten = "SELECT DISTINCT area FROM registers.areas WHERE kind = 'buurt' AND area IS NOT NULL"
    without = _texts(registers, f"{buurten} AND area NOT IN (SELECT area FROM address_codes) ORDER BY area")
    ours = without or _texts(registers, f"{buurten} ORDER BY area")
    registers.engine.run("DROP TABLE address_codes")
    return AreaCodes(int(given), int(fit), strange, ours) if given and ours else None


def check_area_codes(found: AreaCodes | None) -> None:
    """Refuse codes of which not one matches.

    Raises
    ------
    RegisterError
        With three examples of each.
    """
    if found is not None and not found.fit:
        raise RegisterError(
            f"families carry other area codes than the register of areas: {found.text().en}",
            do="use codes of buurten of the same year, written alike, in address_spells and in areas; or leave areas "
            "out: then there are no wijken",
        )


def _texts(registers: Registers, query: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in registers.engine.rows(f"{query} LIMIT {_EXAMPLES}"))
