"""What-ifs as tables for the gate: for the review only, whatever is approved later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskscreen.fairness.labels import METRICS, VERDICTS, attribute_text
from riskscreen.fairness.mitigation import GapChange, Mitigated, frontier
from riskscreen.fairness.proxy_tables import (
    FAMILIES,
    YES_NO,
    figure_columns,
    figure_values,
    group_code,
    group_label,
)
from riskscreen.records.tables import Column, Table, Value
from riskscreen.records.texts import Text

OUTCOMES = {
    "as_it_is": Text("the card as it is", "de puntenkaart zoals die is"),
    "may_be_proposed": Text("may be proposed", "mag worden voorgesteld"),
    "refused": Text("refused", "geweigerd"),
    "what_if_only": Text("what-if only", "alleen om te bekijken"),
}
REASONS = {
    "reads_sensitive_feature": Text("reads a sensitive feature: never released", "leest een gevoelig kenmerk: nooit"),
    "verdict_turned": Text("a verdict becomes a gap", "een oordeel wordt een verschil"),
    "gap_widened": Text("a gap widens", "een verschil wordt groter"),
}
_OUTCOMES = Column(
    "outcomes", "count", Text("with a report", "met melding"), "families", base="families", additive=False
)
_NOTE = Text(
    "All select the same share of families; families that took no part in any fit judge, on recorded reports, not the "
    "truth. A what-if is a draft for the board: none of this can be released. A card on other stressors is proposed by "
    "naming these in a scenario, which is then run and reviewed anew.",
    "Alle kiezen hetzelfde aandeel gezinnen. Er wordt beoordeeld op gezinnen die niet meededen aan de berekening, aan "
    "meldingen, niet aan de waarheid. Dit is om te bekijken: niets hiervan kan naar buiten. Een puntenkaart met andere "
    "stressoren staat in een nieuw scenario, dat opnieuw wordt berekend en beoordeeld.",
)


def what_if_label(name: str, stressors: Mapping[str, Text]) -> Text:
    """Wording of a what-if from its name: a method, a colon, and what it is about."""
    method, _, about = name.partition(":")
    words = METHODS[method]
    if not about:
        return words
    if about == "carriers":
        return Text(f"{words.en} all carriers", f"{words.nl} alle dragers")
    texts = [stressors.get(part) or attribute_text(part) for part in about.split("+")]
    return Text(f"{words.en} {', '.join(t.en for t in texts)}", f"{words.nl} {', '.join(t.nl for t in texts)}")


METHODS = {
    "card": Text("card", "puntenkaart"),
    "without": Text("without", "zonder"),
    "scenario": Text("card of the other scenario", "puntenkaart van het andere scenario"),
    "reweighed": Text("reweighed by", "herwogen naar"),
    "own_cuts": Text("a cut per group, equal shares selected:", "grens per groep, gelijk aandeel gekozen:"),
    "own_reach": Text("a cut per group, equal shares reached:", "grens per groep, gelijk aandeel bereikt:"),
    "optimized": Text("optimized cuts, equalized odds:", "beste grenzen, gelijke foutkansen:"),
    "reduced_parity": Text("reduction, demographic parity:", "reductie, gelijk aandeel gekozen:"),
    "reduced_odds": Text("reduction, equalized odds:", "reductie, gelijke foutkansen:"),
}


def what_ifs_table(found: Sequence[Mitigated], stressors: Mapping[str, Text]) -> Table:
    """Per what-if what may be done with it, why, its largest gap and its worst calibrated group."""
    best = frontier(found)
    rows = [_row(one, one.name in best) for one in found]
    columns = (
        _name(found, stressors),
        FAMILIES,
        _OUTCOMES,
        Column("result", "code", Text("result", "uitkomst"), labels=OUTCOMES),
        Column("reason", "code", Text("reason", "reden"), labels=_reasons(found)),
        Column("gap_attribute", "code", Text("largest gap: of", "grootste verschil: van"), labels=_singles(found)),
        Column("gap_metric", "code", Text("in", "in"), labels=METRICS),
        Column("gap", "estimate", Text("gap", "verschil"), "share", base="families"),
        Column("gap_tolerances", "estimate", Text("in tolerances", "in marges"), base="families"),
        Column("worst_group", "code", Text("worst calibrated group", "slechtst passende groep"), labels=_worst(found)),
        Column("worst_value", "estimate", Text("its risk minus recorded", "kans min geregistreerd"), base="families"),
        Column("frontier", "code", Text("on the frontier", "op de voorkant"), labels=YES_NO),
    )
    title = Text("What-ifs: other ways of selecting the same share", "Wat als er anders werd gekozen, even vaak")
    return Table("what_ifs", title, columns, tuple(rows), _NOTE, ("review",))


def scores_table(found: Sequence[Mitigated], stressors: Mapping[str, Text]) -> Table:
    """Per what-if how well its risks order families and fit what was recorded, and what that changes."""
    rows = [
        (
            one.name,
            one.families,
            one.outcomes,
            *figure_values(one.auroc),
            *figure_values(one.auroc_change),
            *figure_values(one.log_loss_change, 4),
            round(one.in_the_large, 4) + 0.0,
        )
        for one in found
    ]
    large = Text("mean risk minus recorded rate", "gemiddelde kans min geregistreerd aandeel")
    columns = (
        _name(found, stressors),
        FAMILIES,
        _OUTCOMES,
        *figure_columns("auroc", Text("AUROC", "AUROC")),
        *figure_columns("auroc_change", Text("AUROC less that of the card", "AUROC min die van de kaart")),
        *figure_columns("log_loss_change", Text("log-loss less that of the card", "log-loss min die van de kaart")),
        Column("in_the_large", "estimate", large, "share", base="families"),
    )
    title = Text("What-ifs: how their risks order and fit", "Hoe de kansen ordenen en passen")
    return Table("what_if_scores", title, columns, tuple(rows), _NOTE, ("review",))


def opened_table(found: Sequence[Mitigated], stressors: Mapping[str, Text]) -> Table:
    """Per what-if, attribute (or pair of attributes) and metric the two groups that widened most."""
    rows: list[tuple[Value, ...]] = []
    labels: dict[str, Text] = {}
    for one in found:
        seen: set[tuple[tuple[str, ...], str]] = set()
        for item in one.widened:
            if (item.attributes, item.metric) in seen:
                continue
            seen.add((item.attributes, item.metric))
            codes = [group_code(item.attributes, group) for group in item.groups]
            labels |= {code: group_label(item.attributes, g) for code, g in zip(codes, item.groups, strict=True)}
            head: tuple[Value, ...] = (one.name, "+".join(item.attributes), item.metric, one.families, *codes)
            ends = (round(item.before, 4), round(item.after, 4), *figure_values(item.rise), item.tolerance)
            rows.append((*head, *ends))
    columns = (
        _name(found, stressors),
        Column("attributes", "key", Text("attributes", "kenmerken"), labels=_attributes(found)),
        Column("metric", "key", Text("metric", "maat"), labels=METRICS),
        FAMILIES,
        Column("higher", "code", Text("group with more", "groep met meer"), labels=labels),
        Column("lower", "code", Text("group with less", "groep met minder"), labels=labels),
        Column("before", "estimate", Text("apart, card", "verschil, kaart"), "share", base="families"),
        Column("after", "estimate", Text("apart, what-if", "verschil, wat als"), "share", base="families"),
        *figure_columns("rise", Text("rise", "toename"), "share"),
        Column("tolerance", "number", Text("tolerance", "marge"), "share"),
    )
    title = Text("Gaps that a what-if opens or widens", "Verschillen die erdoor ontstaan of groeien")
    return Table("what_if_opened", title, columns, tuple(rows), _NOTE, ("review",))


def gaps_table(found: Sequence[Mitigated], stressors: Mapping[str, Text]) -> Table:
    """Per what-if, attribute (or pair) and metric: the largest difference and the verdict, before and after."""
    rows = [_gap_row(one, gap) for one in found for gap in one.gaps]
    verdict = Text("verdict", "oordeel")
    columns = (
        _name(found, stressors),
        Column("attributes", "key", Text("attributes", "kenmerken"), labels=_attributes(found)),
        Column("metric", "key", Text("metric", "maat"), labels=METRICS),
        Column("families", "count", Text("smallest denominator", "kleinste noemer"), "families", additive=False),
        Column("before", "estimate", Text("gap, card", "verschil, kaart"), "share", base="families"),
        Column("after", "estimate", Text("gap, what-if", "verschil, wat als"), "share", base="families"),
        Column("tolerance", "number", Text("tolerance", "marge"), "share"),
        Column("verdict_before", "code", Text(f"{verdict.en}, card", f"{verdict.nl}, kaart"), labels=VERDICTS),
        Column("verdict_after", "code", Text(f"{verdict.en}, what-if", f"{verdict.nl}, wat als"), labels=VERDICTS),
    )
    title = Text("Gaps before and after", "Verschillen ervoor en erna")
    return Table("what_if_gaps", title, columns, tuple(rows), _NOTE, ("review",))


def _row(one: Mitigated, on_frontier: bool) -> tuple[Value, ...]:
    largest, worst = one.largest, one.worst_calibration
    gap = (None,) * 4 if largest is None else (*_named(largest), *_sized(largest))
    calibrated = (None, None) if worst is None else (_worst_code(one), round(worst.value, 4))
    return (
        one.name,
        one.families,
        one.outcomes,
        one.outcome,
        "+".join(one.reasons) or None,
        *gap,
        *calibrated,
        "yes" if on_frontier else "no",
    )


def _reasons(found: Sequence[Mitigated]) -> dict[str, Text]:
    labels = {}
    for reasons in {one.reasons for one in found if one.reasons}:
        texts = [REASONS[code] for code in reasons]
        labels["+".join(reasons)] = Text("; ".join(t.en for t in texts), "; ".join(t.nl for t in texts))
    return dict(sorted(labels.items()))


def _named(gap: GapChange) -> tuple[str, str]:
    return gap.attributes[0], gap.metric


def _sized(gap: GapChange) -> tuple[float, float]:
    return round(gap.after or 0.0, 4), round((gap.after or 0.0) / gap.tolerance, 2)


def _gap_row(one: Mitigated, gap: GapChange) -> tuple[Value, ...]:
    known = gap.families is not None
    before, after = (None if x is None or not known else round(x, 4) for x in (gap.before, gap.after))
    head = (one.name, "+".join(gap.attributes), gap.metric, gap.families)
    return (*head, before, after, gap.tolerance, gap.verdict_before, gap.verdict_after)


def _name(found: Sequence[Mitigated], stressors: Mapping[str, Text]) -> Column:
    labels = {one.name: what_if_label(one.name, stressors) for one in found}
    return Column("what_if", "key", Text("what if", "wat als"), labels=labels)


def _singles(found: Sequence[Mitigated]) -> dict[str, Text]:
    return {gap.attributes[0]: attribute_text(gap.attributes[0]) for one in found for gap in one.gaps}


def _attributes(found: Sequence[Mitigated]) -> dict[str, Text]:
    labels = {}
    for attributes in {gap.attributes for one in found for gap in one.gaps}:
        texts = [attribute_text(name) for name in attributes]
        joint = Text(" & ".join(text.en for text in texts), " & ".join(text.nl for text in texts))
        labels["+".join(attributes)] = joint
    return dict(sorted(labels.items()))


def _worst(found: Sequence[Mitigated]) -> dict[str, Text]:
    labels = {}
    for one in found:
        if (worst := one.worst_calibration) is not None:
            labels[_worst_code(one) or ""] = group_label((worst.attribute,), worst.group)
    return labels


def _worst_code(one: Mitigated) -> str | None:
    worst = one.worst_calibration
    return None if worst is None else group_code((worst.attribute,), worst.group)
