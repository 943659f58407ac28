"""Which stressors are left out by default, and how a what-if is worded."""

from __future__ import annotations

from riskscreen.fairness.mitigation_tables import what_if_label
from riskscreen.fairness.proxies import Carrier
from riskscreen.pipeline.mitigating import _removals
from riskscreen.records.card import Card, Line
from riskscreen.records.texts import Text
from riskscreen.stats.association import Association
from riskscreen.stats.discrimination import Figure

CARD = Card("card", tuple(Line(name, ">=", 1, 1) for name in ("low_education", "single_parent")), -4, 0.5)


def carrier(attribute: str, stressor: str, drop: float) -> Carrier:
    strong = Association(0.2, 0.1, 0.3)
    return Carrier(attribute, stressor, 1000, strong, Figure(drop, drop - 0.01, drop + 0.01))


def test_each_attributes_strongest_carrier_on_the_card_is_left_out_and_then_all_together() -> None:
    carriers = [
        carrier("origin", "low_education", 0.05),
        carrier("origin", "single_parent", 0.04),
        carrier("family_form", "one_legal_parent", 0.2),  # no line on the card: leaving it out changes nothing
        carrier("family_form", "single_parent", 0.1),
        carrier("urbanity", "no_work", 0.0),  # carries nothing
    ]
    assert list(_removals(CARD, (), carriers)) == [
        ("without:low_education", ("low_education",)),
        ("without:single_parent", ("single_parent",)),
        ("without:carriers", ("low_education", "single_parent")),
    ]


def test_stressors_of_the_user_are_left_out_together_and_nothing_else_is() -> None:
    found = list(_removals(CARD, ("moves", "no_work"), [carrier("origin", "low_education", 0.05)]))
    assert found == [("without:moves+no_work", ("moves", "no_work"))]
    assert list(_removals(CARD, (), [])) == []


def test_a_what_if_is_worded_in_both_languages() -> None:
    names = {"moves": Text("moves", "verhuizingen"), "no_work": Text("no work", "geen werk")}
    assert what_if_label("without:moves+no_work", names) == Text(
        "without moves, no work", "zonder verhuizingen, geen werk"
    )
    assert what_if_label("reweighed:origin", names) == Text("reweighed by origin", "herwogen naar herkomst")
    assert what_if_label("without:carriers", names) == Text("without all carriers", "zonder alle dragers")
    assert what_if_label("card", names) == Text("card", "puntenkaart")
