"""How registers arrive: planted rates come out, what is right stays right, the truth resolves every number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from riskscreen.registers import schemas
from riskscreen.settings import Synthetic
from riskscreen.synthetic import parts
from riskscreen.synthetic.arrival.identities import Arrived, arrive
from riskscreen.synthetic.lives.people import People
from riskscreen.synthetic.plan import make_plan
from riskscreen.synthetic.sheets import Maker, Sheet
from riskscreen.synthetic.streams import Chance
from riskscreen.synthetic.world import World

SEED = 20260301
SIGMAS = 4.0


class Before(NamedTuple):
    """What ``arrive`` is given."""

    sheets: tuple[Sheet, ...]
    people: People
    maker: Maker
    chance: Chance
    world: World

    def arriving(self, **linking: Any) -> Arrived:
        """The registers as they arrive, with other settings of linking."""
        rule = self.world.linking.model_copy(update=linking)
        return arrive(
            self.sheets, self.people, self.maker, self.chance, self.world.model_copy(update={"linking": rule})
        )


@pytest.fixture(scope="module")
def before() -> Before:
    """A part of 4,000 families, in which every twentieth second child is the twin of the first."""
    caught: list[Before] = []
    made = parts.make_families

    def with_twins(*given: Any) -> Any:
        units, children = made(*given)
        second = np.flatnonzero((children.order == 1) & (children.unit % 20 == 0))
        birth, father = children.birth.copy(), children.father_slot.copy()
        birth[second], father[second] = birth[second - 1], father[second - 1]
        return units, replace(children, birth=birth, father_slot=father)

    def spy(*given: Any) -> Arrived:
        caught.append(Before(*given))
        return arrive(*given)

    plan = make_plan(Synthetic(families=4000), seed=SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "make_families", with_twins)
        patch.setattr(parts, "arrive", spy)
        parts.make_part(plan, 0)
    return caught[-1]


@pytest.fixture(scope="module")
def arrived(before: Before) -> Arrived:
    return before.arriving()


def frames(sheets: Any) -> dict[str, pd.DataFrame]:
    return {sheet.register: sheet.table.to_pandas() for sheet in sheets}


def kinds(before: Before, arrived: Arrived) -> pd.DataFrame:
    """Per source and person whose number is not right: missing (unknown), typed (unknown), else's, second."""
    right = set(before.maker.persons(np.arange(before.people.count)).to_pylist())
    persons = set(frames(arrived.sheets)["persons"].person)
    links = arrived.links.to_pandas().query("register != 'persons'")
    kind = np.select(
        [links.number.str.startswith("C"), links.number.isin(right), links.number.isin(persons)],
        ["missing", "else", "second"],
        "typed",
    )
    return links.assign(kind=kind)


def no_groups(before: Before, **one: float) -> Any:
    """Groups of which only those named have more faults."""
    plain = dict.fromkeys(("newborns", "recent_migrants", "homeless", "outside_europe", "long_names"), 1.0)
    return before.world.linking.groups.model_copy(update=plain | one)


def near(found: float, expected: float, sd: float) -> bool:
    return abs(found - expected) <= SIGMAS * sd


def test_planted_rates_come_out(before: Before) -> None:
    """Binomial, four standard deviations per source, at the stated seed."""
    found = kinds(before, before.arriving(groups=no_groups(before), somebody_else=0.0))
    tables = frames(before.sheets)
    for source, rates in before.world.linking.sources.items():
        count = tables[source].person.nunique()
        here = found[found.register == source].kind
        for kind, rate in (("missing", rates.missing), ("typed", rates.wrong)):
            assert near((here == kind).sum(), rate * count, np.sqrt(rate * (1 - rate) * count)), (source, kind)


def test_the_whole_is_as_the_world_file_says(before: Before, arrived: Arrived) -> None:
    """With the groups: about 2 to 3% without a number, about half a percent under a wrong one."""
    found, tables = kinds(before, arrived).kind, frames(before.sheets)
    count = sum(tables[source].person.nunique() for source in before.world.linking.sources)
    assert 0.02 < (found == "missing").sum() / count < 0.03
    assert 0.004 < found.isin(["typed", "else"]).sum() / count < 0.008


@pytest.mark.parametrize("group", ["outside_europe", "newborns"])
def test_a_group_has_its_faults_times_as_often(before: Before, group: str) -> None:
    found = kinds(before, before.arriving(groups=no_groups(before, **{group: 6.0}), somebody_else=0.0))
    tables = frames(before.sheets)
    known = tables["persons"].set_index("person")
    total: dict[bool, list[float]] = {True: [0, 0, 0], False: [0, 0, 0]}
    for source, rates in before.world.linking.sources.items():
        first = tables[source].groupby("person").recorded_date.min()
        who = known.loc[first.index]
        newborn = (pd.to_datetime(first) - pd.to_datetime(who.birth_date)).dt.days < 90
        member = newborn if group == "newborns" else who.origin == "outside_europe"
        lost = first.index.isin(found[(found.register == source) & (found.kind == "missing")].person)
        for inside in (True, False):
            rate = rates.missing * (6.0 if inside else 1.0)
            count = int((member == inside).sum())
            total[inside][0] += int((lost & (member == inside)).sum())
            total[inside][1] += rate * count
            total[inside][2] += rate * (1 - rate) * count
    for hits, expected, variance in total.values():
        assert expected > 50
        assert near(hits, expected, np.sqrt(variance))


def test_times_multiplies_every_rate(before: Before, arrived: Arrived) -> None:
    once = kinds(before, arrived).kind.value_counts()
    poor = kinds(before, before.arriving(times=3.5)).kind.value_counts()
    for few, many in ((once["missing"], poor["missing"]), (once["typed"] + once["else"], poor["typed"] + poor["else"])):
        assert near(many, 3.5 * few, np.sqrt(many + 3.5**2 * few))
    none = before.arriving(times=0.0)
    assert none.links.num_rows == 0
    assert all(a.table.equals(b.table) for a, b in zip(none.sheets, before.sheets, strict=True))


def test_what_is_right_is_untouched_and_links_undo_the_rest(before: Before, arrived: Arrived) -> None:
    links = arrived.links.to_pandas()
    persons = set(frames(arrived.sheets)["persons"].person)
    for old, new in zip(before.sheets, arrived.sheets, strict=True):
        assert old.register == new.register
        if new.register == "persons":
            assert new.table.slice(0, old.table.num_rows).equals(old.table)
        elif new.register not in before.world.linking.sources:
            assert new.table.equals(old.table)
        else:
            frame, right = new.table.to_pandas(), links[links.register == new.register]
            assert set(right.number) <= set(arrived_numbers(frame)), "every number in links has arrived"
            for column in {"person", "child"} & set(frame):
                frame[column] = frame[column].map(right.set_index("number").person).fillna(frame[column])
            assert frame.equals(old.table.to_pandas())
            assert (right.number != right.person).all()
    assert set(links.person) <= persons
    assert set(links[links.register == "persons"].number) <= persons


def arrived_numbers(frame: pd.DataFrame) -> pd.Series:
    return pd.concat([frame[column] for column in ("person", "child") if column in frame])


def test_keys_stay_as_unique_as_they_were(before: Before) -> None:
    arrived = before.arriving(times=4.0)
    old = frames(before.sheets)
    for register, frame in frames(arrived.sheets).items():
        key = list(schemas()[register].key)
        assert frame.duplicated(key).sum() == old[register].duplicated(key).sum(), register
    told = arrived.particulars.table.to_pandas()
    assert not told.duplicated(list(schemas()["particulars"].key)).any()


def test_somebody_elses_number_fits(before: Before) -> None:
    """The other one is in persons, is not known to the source, and was born before and lives after every event."""
    arrived = before.arriving(times=4.0, somebody_else=1.0)
    found = kinds(before, arrived).query("kind == 'else'")
    old, persons = frames(before.sheets), frames(arrived.sheets)["persons"].set_index("person")
    assert len(found) > 100
    swapped = set(zip(found.register, found.person, strict=True))
    for register, mine in found.groupby("register"):
        other = persons.loc[mine.number]
        begun = old[register].groupby("person").event_date.min().loc[mine.person].to_numpy()
        assert (other.birth_date.to_numpy() <= begun).all()
        assert other.death_date.isna().all()
        both = mine.number.isin(old[register].person)
        assert all((register, number) in swapped for number in mine.number[both]), "only twins exchange numbers"
        assert not mine.number.duplicated().any()
    women = persons.loc[found[found.register == "pregnancies"].number]
    assert set(women.sex) <= {"f"}


def test_two_numbers_are_both_in_persons_and_some_registers_use_the_second(before: Before) -> None:
    arrived = before.arriving(times=4.0)
    links = arrived.links.to_pandas()
    own = links[links.register == "persons"]
    assert (own.groupby("person").number.nunique() == 2).all()
    persons = frames(arrived.sheets)["persons"].set_index("person")
    second = own[own.number != own.person]
    for column in ("sex", "origin", "recorded_date"):
        same = persons.loc[second.number, column].to_numpy() == persons.loc[second.person, column].to_numpy()
        assert (same | persons.loc[second.person, column].isna().to_numpy()).all()
    used = links[links.number.isin(second.number) & (links.register != "persons")]
    assert {"child_health", "pregnancies"} <= set(used.register)
    assert 0.05 < used.number.nunique() / len(second) < 1


def test_particulars_tell_of_exactly_who_a_source_knows(before: Before, arrived: Arrived) -> None:
    told = arrived.particulars.table.to_pandas()
    new = frames(arrived.sheets)
    assert set(told.register) == {"persons", *before.world.linking.sources}
    for register, rows in told.groupby("register"):
        assert set(new[register].person) <= set(rows.person)
        assert set(rows.person) <= set(arrived_numbers(new[register]))
    assert (told.recorded_date >= told.birth_date).mean() > 0.999
    assert told.given_names.str.len().min() > 0
    assert told.surname.str.len().min() > 0


def test_a_person_has_one_true_name(before: Before, arrived: Arrived) -> None:
    """Whatever goes wrong, the population register has the same names; and a family shares a surname."""
    other = before.arriving(times=3.5)
    own = before.maker.persons(np.arange(before.people.count)).to_pylist()
    true = _true(arrived).set_index("person")
    assert not true.index.duplicated().any()
    again = _true(other).set_index("person")
    columns = ["given_names", "name_prefix", "surname", "birth_date", "sex", "postcode", "house_number"]
    both = [number for number in own if number in true.index]
    assert true.loc[both, columns].equals(again.loc[both, columns])
    parentage = frames(before.sheets)["parentage"]
    parentage = parentage[parentage.child.isin(both) & parentage.parent.isin(both)]
    shared = true.loc[parentage.child, "surname"].to_numpy() == true.loc[parentage.parent, "surname"].to_numpy()
    assert pd.Series(shared).groupby(parentage.child.to_numpy()).any().mean() > 0.99


def _true(arrived: Arrived) -> pd.DataFrame:
    told = arrived.particulars.table.to_pandas()
    own = arrived.links.to_pandas().query("register == 'persons' and number != person").number
    return told[(told.register == "persons") & ~told.person.isin(own)]


def test_twins_share_all_but_their_given_name(before: Before, arrived: Arrived) -> None:
    children, maker = before.people.children, before.maker
    first = np.flatnonzero((children.unit[1:] == children.unit[:-1]) & (children.birth[1:] == children.birth[:-1]))
    true = _true(arrived).set_index("person")
    pairs = [
        (a, b)
        for a, b in zip(
            *(maker.persons(before.people.first_child + first + k).to_pylist() for k in (0, 1)), strict=True
        )
        if a in true.index and b in true.index
    ]
    one, two = (true.loc[[pair[side] for pair in pairs]] for side in (0, 1))
    assert len(pairs) > 50
    assert (one.birth_date.to_numpy() == two.birth_date.to_numpy()).all()
    assert (one.surname.to_numpy() == two.surname.to_numpy()).all()
    called = [names.given_names.str.split(" ").str[0].to_numpy() for names in (one, two)]
    assert (called[0] != called[1]).all()
    young = (one.birth_date.astype(str) > "2010").to_numpy()
    assert (one.postcode.to_numpy() == two.postcode.to_numpy())[young].mean() > 0.95


def test_brothers_and_sisters_are_never_called_the_same(before: Before, arrived: Arrived) -> None:
    children = before.people.children
    names = pd.Series(before.maker.persons(before.people.first_child + np.arange(len(children))).to_pylist())
    called = names.map(_true(arrived).set_index("person").given_names.str.split(" ").str[0])
    assert not pd.DataFrame({"unit": children.unit, "called": called}).dropna().duplicated().any()


def test_who_shares_an_address_shares_postcode_and_number(before: Before, arrived: Arrived) -> None:
    spells = frames(before.sheets)["address_spells"].sort_values(["person", "event_date"])
    now = spells.groupby("person").address.last()
    true = _true(arrived).set_index("person").dropna(subset=["postcode"])
    place = true.postcode + " " + true.house_number.astype(int).astype(str)
    shown = pd.DataFrame({"address": now, "place": place}).dropna()
    assert (shown.groupby("address").place.nunique() == 1).all()
    assert shown.place.str.fullmatch(r"[1-9]\d{3}[A-Z]{2} [1-9]\d*").all()
    assert shown.groupby("place").address.nunique().mean() < 1.5


def test_another_source_is_left_as_it_was(before: Before, arrived: Arrived) -> None:
    """Every source has streams of its own."""
    louder = dict(before.world.linking.sources)
    louder["debt"] = louder["debt"].model_copy(update={"missing": 0.3})
    other = before.arriving(sources=louder)
    changed = {a.register for a, b in zip(arrived.sheets, other.sheets, strict=True) if not a.table.equals(b.table)}
    assert changed == {"debt"}
    rest = [table.filter(pc.not_equal(table["register"], "debt")) for table in (arrived.links, other.links)]
    assert rest[0].equals(rest[1])


def test_the_same_seed_gives_the_same_content(before: Before, arrived: Arrived) -> None:
    again = before.arriving()
    assert again.particulars.table.equals(arrived.particulars.table)
    assert again.links.equals(arrived.links)
    other = before._replace(chance=replace(before.chance, seed=before.chance.seed + 1)).arriving()
    assert not other.links.equals(arrived.links)
