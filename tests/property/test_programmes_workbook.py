"""A workbook of planning values comes back as it went; the same plan gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from riskscreen.programmes import Catalogue, Planning, load_programmes
from riskscreen.programmes.assumption_sheet import assumption_page
from riskscreen.programmes.assumptions import EVIDENCE
from riskscreen.programmes.workbooks import workbook_bytes
from riskscreen.stressors.loading import load_catalogue

STRESSORS = tuple(load_catalogue("all").ids)
SHIPPED = load_programmes(stressors=STRESSORS)

money = st.integers(1, 10**8).map(lambda cents: cents / 100)
share = st.integers(1, 10_000).map(lambda part: part / 10_000)  # a spreadsheet keeps 15 digits, not 17
few = st.integers(0, 10_000)
plannings = st.builds(
    Planning, cost=money, places=few, uptake=share, assumption=st.just("user"),
    hours=money, contracted=few, waiting=few,
)  # fmt: skip


def _bytes(catalogue: Catalogue, budget: float) -> bytes:
    values = (catalogue.names, catalogue.planning, catalogue.evidence_weights, catalogue.hours, budget)
    return workbook_bytes([assumption_page(*values)], title="x")


def _back(raw: bytes) -> Catalogue:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "plan.xlsx"
        file.write_bytes(raw)
        return load_programmes(assumptions=file, stressors=STRESSORS)


def test_an_unchanged_workbook_is_the_same_catalogue() -> None:
    back = _back(_bytes(SHIPPED, 600_000))
    assert back.hash == SHIPPED.hash
    assert back.planning == SHIPPED.planning
    assert back.budget == 600_000


@settings(max_examples=8, deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys(("voorzorg", "home_start", "pcit"), plannings)),
    st.lists(share, min_size=len(EVIDENCE), max_size=len(EVIDENCE)),
    st.none() | money,
    money,
)
def test_values_come_back_as_they_went(
    own: dict[str, Planning], weights: list[float], hours: float | None, budget: float
) -> None:
    given_ = replace(
        SHIPPED,
        planning={**SHIPPED.planning, **own},
        evidence_weights=dict(zip(EVIDENCE, weights, strict=True)),
        hours=hours,
    )
    raw = _bytes(given_, budget)
    back = _back(raw)
    assert (back.planning, back.evidence_weights, back.hours, back.budget) == (
        given_.planning,
        given_.evidence_weights,
        hours,
        budget,
    )
    assert back.hash == given_.hash
    assert _bytes(given_, budget) == raw
