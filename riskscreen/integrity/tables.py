"""What an examination hands to the gate: tables for the board, never for the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isnan

from riskscreen.fairness.labels import METRICS, SUBJECTS, VERDICTS, attribute_text
from riskscreen.integrity.absence import Quality, Without
from riskscreen.integrity.ages import Strength
from riskscreen.integrity.choices import DIMENSIONS
from riskscreen.integrity.findings import Examination
from riskscreen.integrity.multiverse import Multiverse
from riskscreen.integrity.parity import Difference
from riskscreen.integrity.wording import RESULTS, UNITS, WORDS
from riskscreen.records.definitions import TargetGroup
from riskscreen.records.tables import Channel, Column, Table, Value
from riskscreen.records.texts import Text
from riskscreen.registers.schemas import schemas
from riskscreen.stressors.definitions import Catalogue, OutcomeDefinition

INSIDE: tuple[Channel, ...] = ("review", "internal")

CAUSES: Mapping[str, Text] = {
    "coverage": Text("a register that was not there then", "een register dat er toen niet was"),
    "linkage": Text("numbers linked otherwise since", "nummers die sindsdien anders gekoppeld zijn"),
    "late_recording": Text("recorded late", "te laat vastgelegd"),
    "late_end": Text("an end that became known late", "een einde dat te laat bekend werd"),
    "unexplained": Text("unexplained", "niet verklaard"),
}
_YES_NO = {"yes": Text("yes", "ja"), "no": Text("no", "nee")}
NO_BEST = Text(
    "Shares of all combinations; no combination is shown with its results, because none may be picked afterwards. The "
    "run's own design was logged before anything was fitted.",
    "Aandelen van alle combinaties; van geen combinatie staat de uitslag er, want achteraf kiezen mag niet. Het eigen "
    "ontwerp stond in het logboek voordat er iets gemaakt werd.",
)


def findings_table(examination: Examination) -> Table:
    """Table ``integrity``: each thing that was looked at, on how many, and the result."""
    columns = (
        Column("finding", "key", Text("what must hold", "wat moet gelden"), labels=_musts()),
        Column("result", "code", Text("result", "uitslag"), labels=dict(RESULTS.items())),
        Column("looked_at", "number", Text("looked at", "bekeken")),
        Column("unit", "code", Text("of", "aantal"), labels=dict(UNITS.items())),
        Column("wrong", "count", Text("wrong", "anders"), additive=False),
    )
    rows = tuple((f.code, f.result, f.looked_at, f.unit, f.wrong) for f in examination.findings)
    return Table(
        "integrity", Text("Tests of the model as a whole", "Toetsen van het hele model"), columns, rows, _N, INSIDE
    )


def _musts() -> dict[str, Text]:
    return {code: words.must for code, words in WORDS.items()}


_N = Text(
    "A test that passes shows that this fault is not there; it does not show that the model is right.",
    "Een geslaagde toets laat zien dat deze fout er niet is, niet dat het model klopt.",
)


def ages_table(strengths: Sequence[Strength], catalogue: Catalogue) -> Table:
    """Table ``integrity_ages``: how each stressor goes with the age of the reference parent."""
    names = {stressor.id: stressor.name for stressor in catalogue.stressors}
    columns = (
        Column("stressor", "key", Text("stressor", "stressor"), labels=names),
        Column("families", "count", Text("families", "gezinnen"), "families", additive=False),
        Column("seen", "count", Text("families seen", "gezinnen te zien"), "families", additive=False),
        Column("coverage", "estimate", Text("covered, with age", "te zien, met leeftijd"), base="seen"),
        Column("scoring", "estimate", Text("level 1 or more, with age", "niveau 1 of meer, met leeftijd"), base="seen"),
    )
    rows = tuple((s.stressor, s.families, s.seen, _round(s.coverage), _round(s.scoring)) for s in strengths)
    note = Text(
        "Cramér's V with four age bands of the reference parent: 0 is nothing in common, 1 is the same thing.",
        "Cramérs V met vier leeftijdsgroepen van de eerste ouder: 0 is geen verband, 1 is hetzelfde.",
    )
    return Table("integrity_ages", Text("Stressors and age", "Stressoren en leeftijd"), columns, rows, note, INSIDE)


def parity_table(differences: Sequence[Difference], day: date) -> Table:
    """Table ``integrity_parity``: differences between then and now by cause."""
    columns = (
        Column("cause", "key", Text("cause", "oorzaak"), labels=CAUSES),
        Column("levels", "count", Text("levels that differ", "niveaus die verschillen"), "levels", additive=False),
        Column(
            "families", "count", Text("families of one side only", "gezinnen aan een kant"), "families", additive=False
        ),
    )
    title = Text(f"{day} as seen then and as known by now", f"{day} zoals toen gezien en zoals nu bekend")
    note = Text(
        "A difference with several causes counts with the first of this list.",
        "Een verschil met meer oorzaken telt bij de eerste in deze lijst.",
    )
    rows = tuple((one.cause, one.levels, one.families) for one in differences)
    return Table("integrity_parity", title, columns, rows, note, INSIDE)


def registers_table(whole: Quality, without: Sequence[Without]) -> Table:
    """Table ``integrity_registers``: the card with each register absent, and with its last year missing."""
    columns = (
        Column("register", "key", Text("register", "register"), labels={n: s.title for n, s in schemas().items()}),
        Column(
            "lost", "number", Text("stressors not covered without it", "stressoren niet te zien zonder"), "stressors"
        ),
        Column("families", "count", Text("families that judge", "gezinnen die oordelen"), "families", additive=False),
        Column("auroc", "estimate", Text("AUROC with all", "AUROC met alles"), base="families"),
        *_pair("absent", Text("absent", "afwezig")),
        *_pair("late", Text("last year missing", "laatste jaar weg")),
    )
    rows = tuple(
        (
            one.register,
            len(one.lost),
            whole.families,
            _number(whole.auroc),
            *_change(whole, one.absent),
            *_change(whole, one.late),
        )
        for one in without
    )
    note = Text(
        "Change in AUROC, and change in the mean risk minus the recorded rate (per 1,000: below 0 the card tells too "
        "little). Without a register what it shows is not covered; a late one seems complete, so what is missing seems "
        "absent.",
        "Verandering van de AUROC, en van de gemiddelde kans min het geregistreerde aandeel (per 1.000: onder 0 zegt "
        "de kaart te weinig). Zonder register is het niet te zien; komt het te laat, dan lijkt het er niet te zijn.",
    )
    title = Text("The card with a register absent or late", "De kaart met een register afwezig of te laat")
    return Table("integrity_registers", title, columns, rows, note, INSIDE)


def _pair(name: str, text: Text) -> tuple[Column, Column]:
    return (
        Column(f"{name}_auroc", "estimate", Text(f"AUROC, {text.en}", f"AUROC, {text.nl}"), base="families"),
        Column(f"{name}_risk", "estimate", Text(f"risk, {text.en}", f"kans, {text.nl}"), "per 1,000", base="families"),
    )


def _change(whole: Quality, other: Quality | None) -> tuple[Value, Value]:
    if other is None:
        return None, None
    return _number(other.auroc - whole.auroc), _number(other.in_the_large - whole.in_the_large)


def choices_table(result: Multiverse) -> Table:
    """Table ``multiverse_choices``: which choices were made otherwise, and the run's own."""
    options = {name: tuple(dict.fromkeys(getattr(one, name) for one in result.combinations)) for name in DIMENSIONS}
    own = {True: "yes", False: "no"}
    rows = tuple((name, option, own[option == "as_set"]) for name in DIMENSIONS for option in options[name])
    columns = (
        Column("choice", "key", Text("choice", "keuze"), labels=dict(DIMENSIONS.items())),
        Column("option", "key", Text("made as", "gemaakt als"), labels=_options(result.other)),
        Column("own", "code", Text("the run's own", "van de run zelf"), labels=_YES_NO),
    )
    count = len(result.combinations)
    title = Text(f"Design multiverse: {count} combinations", f"Andere keuzes: {count} combinaties")
    return Table("multiverse_choices", title, columns, rows, NO_BEST, INSIDE)


def _options(other: OutcomeDefinition | None) -> dict[str, Text]:
    return {
        "as_set": Text("as the run set it", "zoals de run"),
        "half": Text("half as long", "half zo lang"),
        "half_more": Text("half as long again", "anderhalf keer zo lang"),
        "stricter": Text("one step stricter", "een stap strenger"),
        "children_only": Text("without first pregnancies", "zonder eerste zwangerschappen"),
        "first_pregnancy": Text("first pregnancies too", "ook eerste zwangerschappen"),
        "left_out": Text("families with anything not covered left out", "gezinnen met iets niet te zien weggelaten"),
        **({} if other is None else {other.id: other.name}),
    }


def groups_table(result: Multiverse, groups: Sequence[TargetGroup]) -> Table:
    """Table ``multiverse_groups``: in what share of the combinations each target group of the run is found again."""
    columns = (
        Column("group", "key", Text("target group", "doelgroep"), labels={group.id: group.name for group in groups}),
        Column("found_again", "number", Text("found again in", "weer gevonden in"), "share"),
    )
    rows = tuple((one.name[0], _round(one.share)) for one in result.groups)
    note = Text(
        f"{NO_BEST.en} The same group: at least half of the families of both together are in both.",
        f"{NO_BEST.nl} Dezelfde groep: minstens de helft van de gezinnen van beide samen zit in allebei.",
    )
    return Table(
        "multiverse_groups", Text("Target groups that stay", "Doelgroepen die blijven"), columns, rows, note, INSIDE
    )


def verdicts_table(result: Multiverse) -> Table:
    """Table ``multiverse_verdicts``: in what share of the combinations each verdict of the run stays, or turns."""
    attributes = {name.name[1]: attribute_text(name.name[1]) for name in result.verdicts}
    columns = (
        Column("subject", "key", Text("subject", "onderwerp"), labels=SUBJECTS),
        Column("attribute", "key", Text("attribute", "kenmerk"), labels=attributes),
        Column("metric", "key", Text("metric", "maat"), labels=dict(METRICS.items())),
        Column("verdict", "code", Text("verdict", "oordeel"), labels=VERDICTS),
        Column("stays", "number", Text("stays in", "blijft in"), "share"),
        Column("turns", "number", Text("turns in", "keert om in"), "share"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (*one.name, _round(one.share), _round(one.turned / one.of)) for one in result.verdicts
    )
    note = Text(
        f"{NO_BEST.en} Turns: a gap where the run shows none, or the other way round; else too little evidence.",
        f"{NO_BEST.nl} Keert om: een verschil waar de run er geen ziet, of andersom; anders is er te weinig bewijs.",
    )
    return Table("multiverse_verdicts", Text("Verdicts that stay", "Oordelen die blijven"), columns, rows, note, INSIDE)


def _round(value: float) -> float:
    return round(value, 4)


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 4) + 0.0
