"""The signal card helps to talk with a family; nothing on it can be counted, weighed or used to sort families."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from riskscreen.cli import main
from riskscreen.errors import MachineError, UsageError
from riskscreen.pipeline.signal_card import make_signal_card
from riskscreen.records.definitions import DOMAINS, Stressor
from riskscreen.reports.numbers import LANGUAGES, Language
from riskscreen.reports.printing import BROWSERS, print_pdf
from riskscreen.reports.signal_card import signal_card_html, signal_domains
from riskscreen.reports.words import Words, wordings
from riskscreen.scores.recalibration import load_reference
from riskscreen.stressors.loading import load_catalogue

OF_A_CARD = re.compile(
    r"\b(scor\w*|punt(en)?|puntenkaart|drempel\w*|totaal|totalen|gewicht\w*|kans(en)?|risico\w*|procent|peildatum|"
    r"points?|threshold\w*|totals?|weights?|risks?|odds|percent|per cent|index date|cut-?off|level \w+|niveau\w*)\b|%",
    re.IGNORECASE,
)


class _Seen(HTMLParser):
    """What a reader sees: the text between the tags, without styles; and the text that attributes hold."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag == "style"
        self.texts += [value or "" for name, value in attrs if name in ("title", "alt", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(data.strip())


def seen(html: str) -> str:
    reader = _Seen()
    reader.feed(html)
    return "\n".join(reader.texts)


@pytest.fixture(scope="module")
def catalogue() -> tuple[Stressor, ...]:
    return tuple(definition.stressor for definition in load_catalogue("all"))


@pytest.fixture(scope="module")
def cards(catalogue: tuple[Stressor, ...]) -> dict[str, str]:
    return {language: seen(signal_card_html(catalogue, language)) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_not_the_risk_card_on_paper(cards: dict[str, str], language: Language) -> None:
    text = cards[language].replace("riskscreen", "")
    assert OF_A_CARD.findall(text) == []
    assert re.findall(r"\d", text) == [], "no number stands anywhere; the steps are numbered by the list itself"
    assert re.search(r"\bstap(pen)?\b|\bsteps?\b", text)


@pytest.mark.parametrize(
    "bad", ["schulden: 2 punten", "score hoog", "boven de drempel", "2 points", "the threshold", "weight", "totaal"]
)
def test_that_test_bites(bad: str) -> None:
    assert OF_A_CARD.search(bad)


def test_no_card_can_reach_it(catalogue: tuple[Stressor, ...]) -> None:
    """The order is that of the domains, whatever the card gives; a stressor with points looks like one without."""
    found = [domain.name for domain in signal_domains(catalogue, Words("en"))]
    names = [domain.en[:1].upper() + domain.en[1:] for domain in DOMAINS.values()]
    assert found == [name for name in names if name in found]
    assert len(found) == len({stressor.domain for stressor in catalogue})
    for line in load_reference().lines:
        assert wordings()[f"signals.{line.stressor}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stressor_of_the_catalogue_is_said_in_plain_words(
    catalogue: tuple[Stressor, ...], cards: dict[str, str], language: Language
) -> None:
    words = Words(language)
    assert [stressor.id for stressor in catalogue if not words.has(f"signals.{stressor.id}")] == []
    for stressor in catalogue:
        assert words(f"signals.{stressor.id}") in cards[language]
        if stressor.stage not in ("any", stressor.domain):
            assert words(f"signal_card.stage_{stressor.stage.replace('-', '_')}") in cards[language]


def test_no_wording_is_left_of_a_stressor_that_is_gone(catalogue: tuple[Stressor, ...]) -> None:
    said = {key.removeprefix("signals.") for key in wordings() if key.startswith("signals.")}
    assert said == {stressor.id for stressor in catalogue}


def test_a_stressor_of_ones_own_shows_its_name(catalogue: tuple[Stressor, ...]) -> None:
    from dataclasses import replace

    from riskscreen.records.texts import Text

    own = replace(catalogue[0], id="own_one", name=Text("no heating", "geen verwarming"), domain="energy")
    (domain,) = signal_domains((own,), Words("nl"))
    assert (domain.name, [signal.text for signal in domain.signals]) == ("Energy", ["Geen verwarming"])


SAID = """
nl                          | en
Een signaal bewijst niets   | A signal proves nothing
Rangschik nooit gezinnen    | Never sort families
Praat eerst met het gezin   | Talk with the family first
Breng signalen in kaart     | Map the signals
Overleg met een collega     | Consult a colleague
Praat met ouders en kind    | Talk with parents and child
Weeg het geweld             | Weigh the violence
Beslis                      | Decide
Jeugdverpleegkundige        | Child health care nurse
School en kinderopvang      | School and childcare
Schuldhulpverlener          | Debt counsellor
Huisarts en ggz voor        | GP and mental-health care
Politie                     | Police
Wijkteam                    | Neighbourhood team
Veilig Thuis in onze regio  | Veilig Thuis in our region
"""


@pytest.mark.parametrize("line", SAID.strip().splitlines()[1:])
def test_it_says(cards: dict[str, str], line: str) -> None:
    nl, en = (part.strip() for part in line.split("|"))
    assert nl in cards["nl"]
    assert en in cards["en"]


def test_the_steps_stand_in_the_order_of_the_code(cards: dict[str, str]) -> None:
    steps = ["Breng signalen", "Overleg met een collega", "Praat met ouders en kind", "Weeg het geweld", "Beslis"]
    assert [cards["nl"].index(step) for step in steps] == sorted(cards["nl"].index(step) for step in steps)


def test_dutch_sentences_are_short(cards: dict[str, str]) -> None:
    sentences = re.split(r"(?<=[.?!:])\s+|\n", cards["nl"])
    assert [sentence for sentence in sentences if len(sentence.split()) > 18] == []


def test_the_same_catalogue_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (make_signal_card(tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in one] == ["signal-card.nl.html", "signal-card.en.html"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no signal card in 'de'"):
        make_signal_card(tmp_path, languages=("de",))
    assert list(tmp_path.iterdir()) == []


def test_without_a_browser_it_says_how_to_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RISKSCREEN_CHROMIUM", str(tmp_path / "absent"))
    monkeypatch.setattr("sys.argv", ["riskscreen", "signal-card", "--out", str(tmp_path), "--language", "nl", "--pdf"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == MachineError.exit_code == 7
    said = capsys.readouterr().err
    assert "there is no Chromium to print with" in said
    assert "install chromium" in said
    assert "signal-card.nl.html in a browser" in said
    assert (tmp_path / "signal-card.nl.html").is_file()


@pytest.mark.parametrize(("script", "reason"), [("exit 3", "does not print"), ("exit 0", "printed nothing")])
def test_a_browser_that_does_not_print_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    browser = tmp_path / BROWSERS[0]
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(0o755)
    monkeypatch.setenv("RISKSCREEN_CHROMIUM", str(browser))
    with pytest.raises(MachineError, match=reason):
        print_pdf(tmp_path / "page.html")
    assert not (tmp_path / "page.pdf").exists()
