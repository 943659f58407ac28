"""A risk in natural frequencies, with both sides: how many of 1,000 families, and how many not."""

from __future__ import annotations

from riskscreen.records.texts import Text

SUCH = Text("such families", "zulke gezinnen")


def natural_frequency(rate: float, *, months: int = 12, per: int = 1000, who: Text = SUCH) -> Text:
    """A risk or rate as a sentence with both sides, in English and Dutch (B1).

    Natural frequencies are understood better than percentages (Gigerenzer and Hoffrage 1995, Psychological Review
    102:684); both sides keep a rate from being read as a certainty.

    Parameters
    ----------
    rate
        Share of families with the recorded outcome within the horizon, 0 to 1.
    months
        The horizon.
    per
        Out of how many families.
    who
        Which families, such as *families with this profile*.

    Examples
    --------
    >>> natural_frequency(0.068).en
    'Of 1,000 such families about 68 are reported within a year, 932 are not.'
    >>> natural_frequency(0.068).nl
    'Van 1.000 zulke gezinnen krijgen er binnen een jaar ongeveer 68 een melding en 932 niet.'
    """
    reported = round(per * rate)
    other = per - reported
    period = Text("a year", "een jaar") if months == 12 else Text(f"{months} months", f"{months} maanden")
    return Text(
        f"Of {per:,} {who.en} about {reported:,} {'is' if reported == 1 else 'are'} reported within {period.en}, "
        f"{other:,} {'is' if other == 1 else 'are'} not.",
        f"Van {dutch_number(per)} {who.nl} {'krijgt' if reported == 1 else 'krijgen'} er binnen {period.nl} ongeveer "
        f"{dutch_number(reported)} een melding en {dutch_number(other)} niet.",
    )


def dutch_number(number: int) -> str:
    """A whole number with Dutch separators: ``1.234``."""
    return f"{number:,}".replace(",", ".")
