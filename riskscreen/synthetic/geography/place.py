"""The `place` of a world file: which municipalities there are, and what their buurten are like.

Not read when real neighbourhoods are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, le=5)]
Slope = Annotated[float, Field(ge=-5, le=5)]
Whole = Annotated[int, Field(ge=1)]
Code = Annotated[str, Field(pattern=r"^GM[0-9]{4}$")]
Name = Annotated[str, Field(min_length=1)]
WIJKEN = 100  # a wijk has two digits in a code, a buurt two more
WIJK_BUURTEN = 100
_ROUNDING = 1e-6


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Province(_Part):
    """A province; with generated municipalities also how many of them."""

    code: Annotated[str, Field(pattern=r"^PV[0-9]{2}$")]
    name: Name
    municipalities: Whole | None = None


class Syllables(_Part):
    """Names are a first part with a last part behind it."""

    first: tuple[Name, ...]
    last: tuple[Name, ...]

    def all(self) -> list[str]:
        """Every name once, in order."""
        return list(dict.fromkeys(first + last for first in self.first for last in self.last))


class Listed(_Part):
    """A municipality that is described one by one."""

    code: Code
    name: Name
    province: str
    families: Annotated[float, Field(gt=0, le=1)]
    buurten: Whole
    wijken: tuple[Name, ...] | Annotated[int, Field(ge=1, le=WIJKEN)]

    @property
    def wijk_count(self) -> int:
        """Number of wijken, whether named or not."""
        return self.wijken if isinstance(self.wijken, int) else len(self.wijken)


class Generated(_Part):
    """Municipalities of skewed sizes; each province says how many it has.

    The logarithm of the size is ``spread * z + tail * max(z, 0) ** 2`` over the quantiles z of a standard normal.
    """

    first_code: Annotated[int, Field(ge=1, le=9999)]
    buurten: Whole
    buurten_by_size: Annotated[float, Field(ge=0, le=1)]
    buurten_per_wijk: Annotated[float, Field(ge=1, le=20)]
    spread: Spread
    tail: Spread
    names: Syllables


class DeprivationForm(_Part):
    """Standard deviations of municipalities, of their wijken and of buurten in a wijk, before standardisation.

    ``skew`` is that of the municipalities (negative: a few very rich ones), ``size`` a slope per standard deviation of
    the logarithm of a municipality's size, ``urbanity`` a slope per class above the municipality's mean.
    """

    municipality: Spread = 0.0
    wijk: Spread
    buurt: Spread
    skew: Annotated[float, Field(ge=-2, le=2)] = 0.0
    size: Slope = 0.0
    urbanity: Slope = 0.0


class Hidden(_Part):
    """What raises need in a buurt and shows in no figure of it; only worlds that must be hard have any.

    ``spread`` is its standard deviation; ``misleading`` the share of buurten whose published low income is that of a
    buurt as much richer as they are poorer, and the other way round.
    """

    spread: Spread = 0.0
    misleading: Share = 0.0


class Place(_Part):
    """The fictional municipality, region or country."""

    provinces: tuple[Province, ...] = Field(min_length=1)
    municipalities: tuple[Listed, ...] | Generated
    wijk_names: Syllables
    quarters: tuple[Name, ...] = Field(min_length=1)
    radius_degrees: Annotated[float, Field(gt=0, le=5)]
    deprivation: DeprivationForm
    size_spread: Spread
    urbanity: tuple[Share, Share, Share, Share]
    origin: Mapping[str, Share]
    origin_by_deprivation: Mapping[str, Slope]
    origin_by_urbanity: Mapping[str, Slope]
    origin_spread: Mapping[str, Spread] = {"europe": 0.0, "outside_europe": 0.0}
    hidden: Hidden = Hidden()
    inhabitants_per_minor: Annotated[float, Field(gt=1)]
    persons_per_household: Annotated[float, Field(ge=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> Place:
        faults = [*_province_faults(self), *_municipality_faults(self), *_share_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _province_faults(place: Place) -> list[str]:
    codes = [province.code for province in place.provinces]
    faults = [f"provinces: {code} is there twice" for code in _twice(codes)]
    for province in place.provinces:
        if isinstance(place.municipalities, Generated) and province.municipalities is None:
            faults.append(f"provinces: {province.code} does not say how many municipalities are made in it")
        if not isinstance(place.municipalities, Generated) and province.municipalities is not None:
            faults.append(f"provinces: {province.code} has a number of municipalities, but these are listed")
    return faults


def _municipality_faults(place: Place) -> list[str]:
    if isinstance(place.municipalities, Generated):
        return _generated_faults(place, place.municipalities)
    known = {province.code for province in place.provinces}
    listed = place.municipalities
    faults = [] if listed else ["municipalities: there is none"]
    faults += [f"municipalities: {code} is there twice" for code in _twice([town.code for town in listed])]
    for town in listed:
        if town.province not in known:
            faults.append(f"municipalities: {town.code} is in province {town.province}, which is not listed")
        if town.buurten < town.wijk_count or town.buurten > WIJK_BUURTEN * town.wijk_count:
            faults.append(
                f"municipalities: {town.code} has {town.buurten} buurten in {town.wijk_count} wijken; "
                f"a wijk has 1 to {WIJK_BUURTEN}"
            )
        if not isinstance(town.wijken, int) and (len(town.wijken) > WIJKEN or _twice(town.wijken)):
            faults.append(f"municipalities: {town.code} has more than {WIJKEN} wijken, or two of one name")
    whole = sum(town.families for town in listed)
    if listed and abs(whole - 1) > _ROUNDING:
        faults.append(f"municipalities: their shares of the families add up to {whole:.6g}, not 1")
    return faults


def _generated_faults(place: Place, made: Generated) -> list[str]:
    count = sum(province.municipalities or 0 for province in place.provinces)
    faults = []
    if made.first_code + count > 10_000:
        faults.append(f"municipalities: {count} codes from {made.first_code} run past 9999")
    if len(made.names.all()) < count:
        faults.append(f"municipalities: {len(made.names.all())} names for {count} municipalities")
    if not count <= made.buurten <= count * WIJKEN * WIJK_BUURTEN:
        faults.append(f"municipalities: {made.buurten} buurten for {count} municipalities")
    return faults


def _share_faults(place: Place) -> list[str]:
    faults = []
    for name, given in (
        ("origin", place.origin),
        ("origin_by_deprivation", place.origin_by_deprivation),
        ("origin_by_urbanity", place.origin_by_urbanity),
        ("origin_spread", place.origin_spread),
    ):
        if set(given) != {"europe", "outside_europe"}:
            faults.append(f"{name}: give europe and outside_europe, and nothing else")
    if not 0 < sum(place.origin.values()) < 1 or not all(share > 0 for share in place.origin.values()):
        faults.append("origin: shares above 0 that add up to less than 1 are needed")
    if list(place.urbanity) != sorted(place.urbanity):
        faults.append("urbanity: cumulative shares of buurten must rise")
    if len(place.wijk_names.all()) < WIJKEN:
        faults.append(f"wijk_names: {len(place.wijk_names.all())} names; {WIJKEN} are needed")
    return faults


def _twice(names: tuple[str, ...] | list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
