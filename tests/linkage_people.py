"""People with names, birth dates and addresses, and records of them with planted errors: truth known, nobody exists.

Small and fast; the world's own maker of imperfect numbers is :mod:`riskscreen.synthetic`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Frame = pd.DataFrame
_ON = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "v",
    "w",
)
_MID = ("a", "aa", "e", "ee", "i", "ie", "o", "oo", "u", "oe", "eu", "ij", "ui")
_END = ("n", "s", "r", "l", "k", "t", "rs", "ns", "ma", "stra", "man", "sen", "ink", "ker", "mans", "berg", "veld", "")
PREFIXES = ("", "", "", "", "", "van", "de", "van der", "van den", "ten", "el")


def names(rng: np.random.Generator, many: int) -> npt.NDArray[np.object_]:
    """Made-up names, each once."""
    out: dict[str, None] = {}
    while len(out) < many:
        parts = [str(rng.choice(_ON)) + str(rng.choice(_MID)) for _ in range(int(rng.integers(1, 3)))]
        out["".join(parts) + str(rng.choice(_END))] = None
    return np.array([name.capitalize() for name in out], dtype=object)


def people(families: int, seed: int = 1, *, twins: float = 0.02) -> Frame:
    """Persons in families at one address: ``person, given_names, name_prefix, surname, birth_date, sex, ...``."""
    rng = np.random.default_rng(seed)
    given, last = names(rng, 600), names(rng, 9000)
    size = rng.integers(2, 6, families)
    home = np.repeat(np.arange(families), size)
    place = np.arange(len(home)) - np.repeat(np.cumsum(size) - size, size)
    zipf = 1 / np.arange(1, len(last) + 1) ** 0.8
    family_name = rng.choice(len(last), families, p=zipf / zipf.sum())
    own_name = np.where(
        (place == 1) & (rng.random(len(home)) < 0.5), rng.permutation(family_name)[home], family_name[home]
    )
    chance = 1 / np.arange(1, len(given) + 1) ** 0.7
    born = np.where(place < 2, rng.integers(-9000, 0, len(home)), rng.integers(9000, 15000, len(home)))
    twin = (place >= 3) & (rng.random(len(home)) < twins * 3)
    born[twin] = born[np.flatnonzero(twin) - 1]
    default = (place < 2) & (rng.random(len(home)) < 0.02)
    dates = pd.to_datetime("1980-01-01") + pd.to_timedelta(born, unit="D")
    dates = pd.Series(dates).where(~default, pd.to_datetime(pd.Series(dates).dt.year.astype(str) + "-01-01"))
    first = given[rng.choice(len(given), len(home), p=chance / chance.sum())]
    second = given[rng.choice(len(given), len(home), p=chance / chance.sum())]
    code = rng.integers(1000, 1000 + families // 40 + 2, families)[home]
    letters = np.array([f"{a}{b}" for a in "ABCDEF" for b in "KLMN"], dtype=object)
    return pd.DataFrame(
        {
            "person": [f"p{i:07d}" for i in range(len(home))],
            "given_names": np.where(rng.random(len(home)) < 0.4, first + " " + second, first),
            "name_prefix": np.array(PREFIXES, dtype=object)[own_name % len(PREFIXES)],
            "surname": last[own_name],
            "birth_date": dates.to_numpy(),
            "sex": rng.choice(["f", "m"], len(home)),
            "postcode": [f"{c} {p}" for c, p in zip(code, letters[rng.integers(0, 24, families)][home], strict=True)],
            "house_number": rng.integers(1, 120, families)[home].astype(str),
            "home": home,
            "newborn": (place >= 2) & (born > 14800),
        }
    ).replace({"name_prefix": {"": None}})


def _typo(rng: np.random.Generator, words: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    out = []
    for word in words:
        at = int(rng.integers(0, max(len(word) - 1, 1)))
        kind = rng.integers(0, 3)
        if kind == 0:
            out.append(word[:at] + word[at + 1 :] if len(word) > 2 else word)
        elif kind == 1:
            out.append(word[:at] + word[at : at + 2][::-1] + word[at + 2 :])
        else:
            out.append(word[:at] + str(rng.choice(list("aeilnrst"))) + word[at + 1 :])
    return np.array(out, dtype=object)


def recorded(persons: Frame, seed: int, *, errors: float = 1.0) -> Frame:
    """The persons as another source writes them down: with errors in names, dates and addresses."""
    rng = np.random.default_rng(seed)
    out, n = persons.copy(), len(persons)

    def some(share: float) -> npt.NDArray[np.bool_]:
        return rng.random(n) < share * errors

    hit = some(0.06)
    out.loc[hit, "given_names"] = _typo(rng, out.loc[hit, "given_names"].to_numpy(dtype=object))
    hit = some(0.06)
    out.loc[hit, "surname"] = _typo(rng, out.loc[hit, "surname"].to_numpy(dtype=object))
    hit = some(0.10)
    out.loc[hit, "given_names"] = out.loc[hit, "given_names"].str[0] + "."
    hit = some(0.3)
    out.loc[hit, "given_names"] = out.loc[hit, "given_names"].str.split(" ").str[0]
    hit = some(0.15)
    out.loc[hit, "surname"] = (out.loc[hit, "name_prefix"].fillna("") + " " + out.loc[hit, "surname"]).str.strip()
    out.loc[hit | some(0.05), "name_prefix"] = None
    hit = some(0.02)
    one, two = out.loc[hit, "given_names"].copy(), out.loc[hit, "surname"].copy()
    out.loc[hit, "given_names"], out.loc[hit, "surname"] = two, one
    hit = some(0.03) & (out["birth_date"].dt.day <= 12).to_numpy()
    born = out.loc[hit, "birth_date"]
    out.loc[hit, "birth_date"] = pd.to_datetime({"year": born.dt.year, "month": born.dt.day, "day": born.dt.month})
    hit = some(0.03)
    out.loc[hit, "birth_date"] += pd.to_timedelta(rng.integers(1, 9, int(hit.sum())), unit="D")
    hit = some(0.12)
    out.loc[hit, "postcode"] = [f"{c} ZZ" for c in rng.integers(1000, 9999, int(hit.sum()))]
    out.loc[some(0.05), ["postcode", "house_number"]] = None
    out.loc[some(0.4) & out["newborn"].to_numpy(), "given_names"] = None
    hit = some(0.3)
    out.loc[hit, "surname"] = out.loc[hit, "surname"].str.upper()
    out.loc[some(0.02), "sex"] = None
    return out


@dataclass(frozen=True)
class Sources:
    """Records of several sources, as register ``particulars`` holds them, with the person behind each."""

    particulars: Frame
    links: Frame


def sources(
    persons: Frame, seed: int, *, registers: tuple[str, ...], share: float = 0.3, missing: float = 0.04,
    wrong: float = 0.01, sibling: float = 0.005, twice: float = 0.005,
) -> Sources:  # fmt: skip
    """Particulars per source, with numbers that are missing, mistyped, of somebody else at home, or double."""
    rng = np.random.default_rng(seed)
    base = persons.assign(register="persons", number=persons["person"])
    again = persons[rng.random(len(persons)) < twice]
    double = recorded(again, seed + 1, errors=0.5).assign(register="persons", number="x" + again["person"])
    parts = [base, double]
    for k, name in enumerate(registers):
        picked = persons[rng.random(len(persons)) < share]
        made = recorded(picked, seed + 10 + k).assign(register=name)
        made["number"] = _numbers(rng, picked, persons, name, missing, wrong, sibling)
        parts.append(made.drop_duplicates("number"))
    whole = pd.concat(parts, ignore_index=True)
    links = whole.loc[whole["number"] != whole["person"], ["register", "number", "person"]]
    particulars = whole.drop(columns=["person", "home", "newborn"]).rename(columns={"number": "person"})
    return Sources(particulars.assign(recorded_date=pd.Timestamp("2020-01-01")), links.reset_index(drop=True))


def _numbers(
    rng: np.random.Generator, picked: Frame, persons: Frame, name: str, missing: float, wrong: float, sibling: float
) -> npt.NDArray[np.object_]:
    numbers = picked["person"].to_numpy(dtype=object).copy()
    draw = rng.random(len(picked))
    numbers[draw < missing] = [f"{name}-{i}" for i in range(int((draw < missing).sum()))]
    hit = (draw >= missing) & (draw < missing + wrong)
    numbers[hit] = [f"q{number[1:]}" for number in numbers[hit]]
    hit = (draw >= missing + wrong) & (draw < missing + wrong + sibling)
    at_home = persons.groupby("home")["person"].agg(list)
    numbers[hit] = [at_home[home][int(rng.integers(len(at_home[home])))] for home in picked.loc[hit, "home"].to_numpy()]
    return numbers
