"""What proxies say, as tables for the gate: review only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from riskscreen.fairness.labels import attribute_text, group_text
from riskscreen.fairness.proxies import Carrier, Recovery
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text, same
from riskscreen.stats.discrimination import Figure

FAMILIES = Column("families", "count", Text("families", "gezinnen"), "families", additive=False)
YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
ESTIMATORS = {
    "logistic": Text("logistic model", "logistisch model"),
    "boosting": Text("gradient boosting", "gradient boosting"),
}
_NOTE = Text(
    "Judged on families that took no part in the fit. Skill: 0 is nothing beyond the shares of the groups, 1 is all. "
    "The card reads none of these attributes; this is what its stressors tell of them. Not covered counts as a level.",
    "Beoordeeld op gezinnen die niet meededen aan de berekening. 0 is niets meer dan de aandelen van de groepen, 1 is "
    "alles. De puntenkaart leest geen van deze kenmerken; dit is wat de stressoren erover verraden.",
)


def figure_columns(name: str, title: Text, unit: str = "") -> tuple[Column, ...]:
    """A figure and the two ends of its interval, resting on families."""
    return (
        Column(name, "estimate", title, unit, base="families"),
        Column(f"{name}_low", "estimate", Text(f"{title.en}: from", f"{title.nl}: van"), unit, base="families"),
        Column(f"{name}_high", "estimate", Text(f"{title.en}: to", f"{title.nl}: tot"), unit, base="families"),
    )


def figure_values(figure: Figure | None, decimals: int = 3) -> tuple[Value, ...]:
    """Value, low and high, rounded; unknown ones as ``None``."""
    found = (None, None, None) if figure is None else (figure.value, figure.low, figure.high)
    return tuple(round(x, decimals) + 0.0 if x is not None and math.isfinite(x) else None for x in found)


def group_code(attributes: Sequence[str], group: str) -> str:
    """The code of a group in tables that speak of several attributes."""
    return f"{'+'.join(attributes)}:{group}"


def group_label(attributes: Sequence[str], group: str) -> Text:
    """Wording of a group; of two attributes at once both."""
    parts = group.split(" & ") if len(attributes) > 1 else [group]
    texts = [group_text(name, part) for name, part in zip(attributes, parts, strict=True)]
    return Text(" & ".join(text.en for text in texts), " & ".join(text.nl for text in texts))


def proxies_table(found: Sequence[Recovery], carriers: Sequence[Carrier], stressors: Mapping[str, Text]) -> Table:
    """Per attribute and estimator how much is recovered, and the strongest carrier."""
    rows = []
    for one in found:
        mine = [carrier for carrier in carriers if carrier.attribute == one.attribute and carrier.carries]
        rows.append(
            (
                one.attribute,
                one.estimator,
                one.families,
                *figure_values(one.skill),
                "yes" if one.recovered else "no",
                mine[0].stressor if mine else None,
                len(mine),
                len(one.left_out),
            )
        )
    columns = (
        _attribute([one.attribute for one in found]),
        Column("estimator", "key", Text("estimator", "methode"), labels=ESTIMATORS),
        FAMILIES,
        *figure_columns("skill", Text("skill", "herkend")),
        Column("recovered", "code", Text("beyond chance", "meer dan toeval"), labels=YES_NO),
        Column("strongest", "code", Text("strongest carrier", "sterkste drager"), labels=stressors),
        Column("carriers", "number", Text("carriers", "dragers")),
        Column("left_out", "number", Text("groups left out", "groepen buiten beschouwing"), "groups"),
    )
    title = Text("Proxies: what the stressors tell of an attribute", "Wat de stressoren over een kenmerk verraden")
    return Table("proxies", title, columns, tuple(rows), _NOTE, ("review",))


def proxy_groups_table(found: Sequence[Recovery]) -> Table:
    """Per group and estimator the AUROC of this group against all others."""
    rows = [
        (
            one.attribute,
            group_code((one.attribute,), group.group),
            one.estimator,
            group.families,
            *figure_values(group.auroc),
        )
        for one in found
        for group in one.groups
    ]
    labels = {
        group_code((one.attribute,), group.group): group_label((one.attribute,), group.group)
        for one in found
        for group in one.groups
    }
    columns = (
        _attribute([one.attribute for one in found]),
        Column("group", "key", Text("group", "groep"), labels=labels),
        Column("estimator", "key", Text("estimator", "methode"), labels=ESTIMATORS),
        FAMILIES,
        *figure_columns("auroc", Text("AUROC against all others", "AUROC tegenover alle andere")),
    )
    title = Text("Proxies by group", "Wat de stressoren per groep verraden")
    return Table("proxy_groups", title, columns, tuple(rows), _NOTE, ("review",))


def carriers_table(carriers: Sequence[Carrier], stressors: Mapping[str, Text]) -> Table:
    """Per attribute the stressors that go together with it most, and what is lost without each."""
    rows = [
        (
            one.attribute,
            one.stressor,
            one.families,
            *figure_values(Figure(one.association.value, one.association.low, one.association.high)),
            *figure_values(one.drop),
            "yes" if one.carries else "no",
        )
        for one in carriers
        if one.drop is not None
    ]
    columns = (
        _attribute([one.attribute for one in carriers]),
        Column("stressor", "key", Text("stressor", "stressor"), labels=stressors or {"none": same("-")}),
        FAMILIES,
        *figure_columns("association", Text("Cramér's V", "Cramérs V")),
        *figure_columns("drop", Text("skill lost without it", "minder herkend zonder deze")),
        Column("carries", "code", Text("carries it", "drager"), labels=YES_NO),
    )
    title = Text("Which stressors carry an attribute", "Welke stressoren een kenmerk verraden")
    return Table("proxy_carriers", title, columns, tuple(rows), _NOTE, ("review",))


def _attribute(names: Sequence[str]) -> Column:
    labels = {name: attribute_text(name) for name in names}
    return Column("attribute", "key", Text("attribute", "kenmerk"), labels=labels)
