"""What every reader of the files must know, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskscreen.records.texts import Text

if TYPE_CHECKING:
    from riskscreen.bi.star import Star

RULES = Text(
    "Released figures about groups and areas, never about a family. Figures are recorded reports, not the truth. "
    "Use latest, or filter on releases.is_latest. Take totals from totals: do not add up yourself. Add facts only "
    "where additive is true, within one measure and one release; where complete is false, hidden cells are missing "
    "from that sum. Suppressed is not zero, and may not be worked out. Multiply a figure by measures.times to read it "
    "in its unit.",
    "Vrijgegeven cijfers over groepen en gebieden, nooit over een gezin. Het zijn geregistreerde meldingen, niet de "
    "waarheid. Gebruik latest, of filter op releases.is_latest. Haal totalen uit totals: tel niet zelf op. Tel cijfers "
    "alleen op waar additive waar is, binnen één maat en één vrijgave; is complete onwaar, dan ontbreken er verborgen "
    "cellen in die som. Onderdrukt is geen nul, en mag niet worden nagerekend. Vermenigvuldig een cijfer met "
    "measures.times om het in zijn eenheid te lezen.",
)


def read_me(star: Star) -> str:
    """The text that goes with the files."""
    rows = star.tables["releases"].to_pylist()
    newest = [row for row in rows if row["is_latest"]]
    notices = {lang: newest[0][f"notice_{lang}"] or "" for lang in ("en", "nl")} if newest else {"en": "", "nl": ""}
    withdrawn = [row["release_id"] for row in rows if row["withdrawn"]]
    lines = [
        f"{star.run}, {star.channel}: {star.newest or 'every release was withdrawn / elke vrijgave is ingetrokken'}",
        "",
        *(line for line in (notices["en"], RULES.en, "", notices["nl"], RULES.nl)),
        "",
        f"Releases: {', '.join(star.releases)}",
        f"Withdrawn / ingetrokken: {', '.join(withdrawn) or '-'}",
        f"Ledger: {star.head}",
    ]
    return "\n".join(lines) + "\n"
