"""What was looked at and found, in words of both languages; the checks themselves say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from riskscreen.integrity.findings import Examination, Finding, Result, Unit
from riskscreen.records.texts import Text


@dataclass(frozen=True, slots=True)
class Words:
    """What must hold, why, and what to do when it does not."""

    must: Text
    why: Text
    do: Text


RESULTS: Mapping[Result, Text] = {
    "passed": Text("passed", "goed"),
    "failed": Text("failed", "niet goed"),
    "not_possible": Text("not possible", "niet te zien"),
}

UNITS: Mapping[Unit, Text] = {
    "levels": Text("levels", "niveaus"),
    "profiles": Text("profiles", "profielen"),
    "lines": Text("lines", "regels"),
    "points": Text("points", "punten"),
    "families": Text("families", "gezinnen"),
    "stressors": Text("stressors", "stressoren"),
    "registers": Text("registers", "registers"),
    "entries": Text("entries of the ledger", "regels van het logboek"),
    "combinations": Text("combinations", "combinaties"),
}

REASONS: Mapping[str, Text] = {
    "nothing_there": Text("there was nothing to look at", "er was niets om naar te kijken"),
}

ASKED: Mapping[str, str] = {
    "leakage": "does any level know what happened or became known later?",
    "monotonicity": "does anything worse score less?",
    "ages": "does a stressor stay too long, or stand for age?",
    "sameness": "do equal families get equal levels?",
    "parity": "does an old index date come out the same today?",
    "absence": "what if a register is absent, or comes late?",
    "beforehand": "was every choice in the ledger first?",
    "multiverse": "what stays when other choices are made?",
}
"""What each check asks, for the lines that tell how far an examination is."""

_SQL = Text(
    "Type riskscreen stressors and the name of a stressor to see which rows it reads: each must have happened and been "
    "recorded before the index date, those about a person too.",
    "Typ riskscreen stressors en de naam van een stressor om te zien welke rijen die leest: elke rij moet voor de "
    "peildatum gebeurd en vastgelegd zijn, ook die over een persoon.",
)
_CARD = Text("Do not use this card. Fit it again with monotone lines.", "Gebruik deze kaart niet. Maak haar opnieuw.")
_DEFINITION = Text(
    "Mend the definition of these stressors, or leave them out of the scenario.",
    "Herstel de definitie van deze stressoren, of laat ze weg uit het scenario.",
)

WORDS: Mapping[str, Words] = {
    "leakage_removed": Words(
        Text(
            "Levels are the same without everything that happened or became known on or after the index date.",
            "Niveaus zijn gelijk zonder alles wat op of na de peildatum gebeurde of bekend werd.",
        ),
        Text("Else the score would know the future.", "Anders zou de score de toekomst kennen."),
        _SQL,
    ),
    "leakage_changed": Words(
        Text(
            "Levels are the same when all of that is given to other people and later days.",
            "Niveaus zijn gelijk als dat alles bij andere mensen en latere dagen terechtkomt.",
        ),
        Text("A later row that is only looked at is a leak too.", "Ook wie alleen kijkt naar een latere rij, lekt."),
        _SQL,
    ),
    "leakage_families": Words(
        Text(
            "Families have the same children, form and place without it.",
            "Gezinnen hebben ook dan dezelfde kinderen, vorm en plek.",
        ),
        Text("Who is a family may not depend on the future.", "Wie een gezin is, mag niet van de toekomst afhangen."),
        Text("Look at the linking of families.", "Bekijk het koppelen van gezinnen."),
    ),
    "leakage_outcome_unread": Words(
        Text("Levels are the same without a single report.", "Niveaus zijn gelijk zonder ook maar een melding."),
        Text("A report is the outcome; it may not be an input.", "Een melding is de uitkomst, geen invoer."),
        _SQL,
    ),
    "leakage_outcome_named": Words(
        Text(
            "No stressor names the register of reports, or one that follows from it.",
            "Geen stressor noemt het register van meldingen, of een register dat daaruit volgt.",
        ),
        Text("A report is the outcome; it may not be an input.", "Een melding is de uitkomst, geen invoer."),
        _DEFINITION,
    ),
    "monotonicity_lines": Words(
        Text(
            "On no line does a higher level get fewer points.",
            "Op geen regel krijgt een hoger niveau minder punten.",
        ),
        Text("A worse circumstance may not lower a score.", "Een ergere omstandigheid mag niet minder punten geven."),
        _CARD,
    ),
    "monotonicity_profiles": Words(
        Text(
            "No profile that occurs gets fewer points when one of its levels is raised.",
            "Geen profiel dat voorkomt krijgt minder punten als een van de niveaus hoger wordt.",
        ),
        Text("A worse circumstance may not lower a score.", "Een ergere omstandigheid mag niet minder punten geven."),
        _CARD,
    ),
    "monotonicity_risk": Words(
        Text("More points never mean a lower risk.", "Meer punten betekent nooit een lagere kans."),
        Text("Else the total says the opposite of the risk.", "Anders zegt het totaal het omgekeerde van de kans."),
        _CARD,
    ),
    "monotonicity_unseen": Words(
        Text("What is not covered scores nothing.", "Wat niet te zien is, geeft geen punten."),
        Text("Not seen is not the same as there.", "Niet te zien is iets anders dan aanwezig."),
        _CARD,
    ),
    "ages_stage": Words(
        Text(
            "A stressor of a child's stage of life occurs only with a child that was in that stage in the window.",
            "Een stressor van een levensfase komt alleen voor bij een kind dat toen in die fase was.",
        ),
        Text("Else it sticks to a family for ever.", "Anders blijft hij altijd aan een gezin kleven."),
        _DEFINITION,
    ),
    "ages_own_youth": Words(
        Text(
            "A parent's own youth is covered only with a parent young enough for the register.",
            "De eigen jeugd is alleen te zien bij een ouder die jong genoeg is voor het register.",
        ),
        Text("Else older parents would seem to have had no trouble.", "Anders lijkt bij oudere ouders niets gebeurd."),
        _DEFINITION,
    ),
    "ages_stand_in": Words(
        Text(
            "No stressor that is covered by age tells the age of a parent when it scores.",
            "Geen stressor die naar leeftijd te zien is, verraadt met punten de leeftijd van een ouder.",
        ),
        Text("Else being young would score, not what happened.", "Anders telt jong zijn, en niet wat er gebeurde."),
        _DEFINITION,
    ),
    "ages_passed": Words(
        Text(
            "When everybody grows older and nothing more happens, every level goes back to absent.",
            "Als iedereen ouder wordt en er niets meer gebeurt, wordt elk niveau weer afwezig.",
        ),
        Text("What is past its window may not follow a family.", "Wat voorbij is, mag een gezin niet blijven volgen."),
        _DEFINITION,
    ),
    "sameness_renamed": Words(
        Text(
            "A twin of every family, with other names and numbers, has the same levels.",
            "Een tweeling van elk gezin, met andere namen en nummers, heeft dezelfde niveaus.",
        ),
        Text("A name or number may decide nothing.", "Een naam of nummer mag niets bepalen."),
        Text("Look for what orders by number in the levels.", "Zoek wat in de niveaus op nummer ordent."),
    ),
    "sameness_shuffled": Words(
        Text(
            "With all rows in another order the families have the levels of the run.",
            "Met alle rijen in een andere volgorde hebben de gezinnen de niveaus van de run.",
        ),
        Text("The order of rows may decide nothing.", "De volgorde van rijen mag niets bepalen."),
        Text("Look for what takes a first or last row.", "Zoek wat een eerste of laatste rij neemt."),
    ),
    "parity_explained": Words(
        Text(
            "Every difference between an old index date as seen then and as known by now has a cause in the registers.",
            "Elk verschil tussen een oude peildatum zoals toen gezien en zoals nu bekend heeft een oorzaak.",
        ),
        Text(
            "Else the model in use computes otherwise than the one that was fitted.",
            "Anders rekent het model in gebruik anders dan het model dat gemaakt is.",
        ),
        Text("Compare the code and the settings of both runs.", "Vergelijk code en instellingen van beide runs."),
    ),
    "absence_crash": Words(
        Text(
            "Every register can be absent, or a year late, without anything breaking.",
            "Elk register kan ontbreken, of een jaar te laat zijn, zonder dat er iets stukgaat.",
        ),
        Text("Registers come late, or not at all.", "Registers komen te laat, of helemaal niet."),
        Text("Report this as a bug, with the names of the registers.", "Meld dit als fout, met de namen erbij."),
    ),
    "absence_not_covered": Words(
        Text(
            "Without its register a stressor is not covered, never absent.",
            "Zonder zijn register is een stressor niet te zien, en nooit afwezig.",
        ),
        Text("Not seen is not the same as not there.", "Niet gezien is iets anders dan niet gebeurd."),
        _DEFINITION,
    ),
    "absence_never_scores": Words(
        Text("Leaving a register out raises nobody's points.", "Een register weglaten geeft niemand meer punten."),
        Text("What cannot be seen may not score.", "Wat niet te zien is, mag niet meetellen."),
        _CARD,
    ),
    "beforehand_logged": Words(
        Text(
            "The rule, the design and the registers were in the ledger before this model was fitted.",
            "De regel, het ontwerp en de registers stonden in het logboek voordat dit model gemaakt werd.",
        ),
        Text(
            "A choice made beforehand cannot follow the result.", "Wie vooraf kiest, kan niet naar de uitslag kiezen."
        ),
        Text(
            "Use the office that this model was fitted with; else fit it again, as a run with another name.",
            "Gebruik het kantoor waarmee dit model gemaakt is; maak het anders opnieuw, als run met een andere naam.",
        ),
    ),
    "beforehand_not_picked": Words(
        Text(
            "Nobody looked at other combinations on these registers before this design was chosen.",
            "Niemand bekeek op deze registers andere combinaties voordat dit ontwerp gekozen werd.",
        ),
        Text("The best of many combinations is best by chance.", "De beste van veel combinaties is dat door toeval."),
        Text(
            "Tell the board why the design was changed after a multiverse, or go back to the earlier design.",
            "Vertel de commissie waarom het ontwerp daarna veranderde, of ga terug naar het eerdere ontwerp.",
        ),
    ),
    "multiverse_own": Words(
        Text(
            "The run's own combination gives the run's own groups and verdicts; the shares say how the others do.",
            "De eigen combinatie geeft de groepen en oordelen van de run; de aandelen zeggen wat de andere geven.",
        ),
        Text("Else the shares are about another road.", "Anders gaan de aandelen over iets anders."),
        Text("Run the scenario again, then the multiverse.", "Draai het scenario opnieuw, en dan dit."),
    ),
}


def lines_of(examination: Examination, language: str = "en") -> list[str]:
    """One line per finding, more where something is wrong, and what to do next."""
    findings = examination.findings
    width = max((len(said(RESULTS[finding.result], language)) for finding in findings), default=0)
    lines = []
    for finding in findings:
        lines += _block(finding, width, language, examination.threshold)
    return [*lines, "", *_closing(examination, language)]


def said(text: Text, language: str) -> str:
    """A text in one language."""
    return str(getattr(text, language))


def _block(finding: Finding, width: int, language: str, threshold: int) -> list[str]:
    words, result = WORDS[finding.code], said(RESULTS[finding.result], language)
    head = f"{result:<{width}}  {said(words.must, language)}"
    if finding.result == "not_possible":
        return [head, f"{'':<{width}}  {said(REASONS[finding.reason], language)}"]
    lines = [f"{head} ({_counted(finding, language)})"]
    if finding.result == "failed":
        lines.append(f"{'':<{width}}  {_wrong(finding, language, threshold)}")
        lines.append(f"{'':<{width}}  {said(words.why, language)} {said(words.do, language)}")
    return lines


def _counted(finding: Finding, language: str) -> str:
    text = f"{finding.looked_at:,} {said(UNITS[finding.unit], language)}"
    if "strength" in finding.figures:
        most = Text("strongest {:.2f}, allowed {:.2f}", "sterkste {:.2f}, toegestaan {:.2f}")
        text += "; " + said(most, language).format(finding.figures["strength"], finding.figures["limit"])
    if "done" in finding.figures:
        model = Text("possible in {:.0f}; the same model in {:.0%}", "mogelijk in {:.0f}; hetzelfde model in {:.0%}")
        text += "; " + said(model, language).format(finding.figures["done"], finding.figures["model"])
    return text


def _wrong(finding: Finding, language: str, threshold: int) -> str:
    """How many were wrong; few families are not counted out."""
    few = finding.unit in ("families", "levels", "profiles") and 0 < finding.wrong < threshold
    number = f"{said(Text('fewer than', 'minder dan'), language)} {threshold}" if few else f"{finding.wrong:,}"
    about = f": {', '.join(finding.about)}" if finding.about else ""
    return f"{said(Text('Wrong', 'Anders'), language)}: {number} {said(UNITS[finding.unit], language)}{about}"


def _closing(examination: Examination, language: str) -> list[str]:
    failed = len(examination.failed)
    name = examination.name
    if failed:
        text = Text(
            f"Next: mend what failed ({failed}), run the scenario again, then riskscreen integrity {name}",
            f"Hierna: herstel wat niet goed is ({failed}), draai opnieuw, en dan riskscreen integrity {name}",
        )
    else:
        text = Text(
            f"Nothing failed. Next: show this to the board with the dossier: riskscreen review show {name}",
            f"Niets is mis. Hierna: laat dit met het dossier aan de commissie zien: riskscreen review show {name}",
        )
    return [said(text, language)]
