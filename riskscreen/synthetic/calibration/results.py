"""What was compared with what: one line per figure, shown as text, JSON, a chart and a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.synthetic.calibration.definitions import Definitions, FigureEntry, jsonable
from riskscreen.synthetic.calibration.judging import band, tolerance, within
from riskscreen.synthetic.world import figures

if TYPE_CHECKING:
    import altair as alt

    from riskscreen.synthetic.calibration.measuring import Found

KEYS = (
    "id", "definition", "population", "year", "denominator", "published", "low", "high", "tolerance", "simulated",
    "within", "held_out", "explained",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: published, simulated, and whether the one lies within the tolerance of the other.

    Parameters
    ----------
    low, high
        Bounds that the source prints, or ``None``.
    tolerance
        Half the width of the band around the published value.
    simulated
        ``None`` where the world cannot tell; ``explained`` says why.
    within
        ``None`` where nothing is judged: a figure that is no target, does not apply to this world, or is not used.
    explained
        Why there is no value, or what a value that is no target consists of.
    error
        Standard error of the simulated value.
    least, most
        The band in which a value is within.
    """

    id: str
    definition: str
    population: str
    year: int | None
    denominator: str
    published: float | None
    low: float | None
    high: float | None
    tolerance: float | None
    simulated: float | None
    within: bool | None
    held_out: bool
    explained: str
    theme: str = ""
    title: str = ""
    error: float | None = None
    least: float | None = None
    most: float | None = None
    bound: str | None = None
    moved_by: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The thirteen values that make up a figure's JSON object."""
        return {key: jsonable(getattr(self, key)) for key in KEYS}

    @property
    def off_by(self) -> float:
        """Distance from the published value, in tolerances; nothing without a value."""
        if self.simulated is None or self.published is None or not self.tolerance:
            return 0.0
        return abs(self.simulated - self.published) / self.tolerance


def as_line(entry: FigureEntry, found: Found, defined: Definitions) -> Line:
    """Judge one figure."""
    published = entry.value(figures())
    half = tolerance(published, found.estimate, defined.limits)
    judged = entry.role == "target" and found.applies
    least, most = band(entry, published, half)
    return Line(
        id=entry.id,
        definition=entry.definition,
        population=entry.population,
        year=entry.year,
        denominator=entry.denominator,
        published=published.value,
        low=published.low,
        high=published.high,
        tolerance=half,
        simulated=None if found.estimate is None else found.estimate.value,
        within=within(entry, published, found.estimate, defined.limits) if judged else None,
        held_out=entry.id in defined.held_out,
        explained=found.said or _why_no_target(entry),
        theme=entry.theme,
        title=entry.title,
        error=None if found.estimate is None else found.estimate.error,
        least=published.value if entry.bound == "lower" else None if entry.bound else least,
        most=published.value if entry.bound == "upper" else None if entry.bound else most,
        bound=entry.bound,
        moved_by=entry.moved_by,
    )


def _why_no_target(entry: FigureEntry) -> str:
    return "no target; see the definition" if entry.role == "context" else ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A world beside what was published. Printing it gives a table; ``plot()`` a chart; ``save`` a page or picture."""

    name: str
    notice: str
    lines: tuple[Line, ...]
    defined: Definitions

    @property
    def tuned(self) -> tuple[Line, ...]:
        """Figures that are judged and may be tuned on."""
        return tuple(line for line in self.lines if line.within is not None and not line.held_out)

    @property
    def held_out(self) -> tuple[Line, ...]:
        """Figures that are judged and were set aside beforehand."""
        return tuple(line for line in self.lines if line.within is not None and line.held_out)

    @property
    def out(self) -> tuple[Line, ...]:
        """Tuned figures that are not within, the farthest off first; those without a value last."""
        missed = [line for line in self.tuned if not line.within]
        return tuple(sorted(missed, key=lambda line: (line.simulated is None, -line.off_by)))

    def line(self, name: str) -> Line:
        """The figure of this id."""
        return next(line for line in self.lines if line.id == name)

    def to_json_lines(self) -> str:
        """One JSON object per figure; then those that are not used and what the world does not have, never judged."""
        every = (*self.lines, *_not_used(self.defined), *_lacking(self.defined))
        return "\n".join(json.dumps(line.to_dict(), ensure_ascii=False) for line in every)

    def out_of_range(self) -> str:
        """Only the tuned figures that are out, and what moves them; none that was set aside: nobody tunes on those."""
        from riskscreen.synthetic.calibration.showing import out_of_range

        return out_of_range(self)

    def plot(self) -> alt.LayerChart:
        """Every figure relative to what was published, with its band."""
        from riskscreen.synthetic.calibration.chart import whole_chart

        return whole_chart(self)

    def save(self, path: Path | str) -> Path:
        """Write the chart: ``.html`` is a page with all tables, ``.png`` and ``.svg`` a picture.

        Raises
        ------
        UsageError
            Another ending.
        MachineError
            The file cannot be written.
        """
        from riskscreen.synthetic.calibration.page import saved

        return saved(self, Path(path))

    def __str__(self) -> str:
        from riskscreen.synthetic.calibration.showing import as_text

        return as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from riskscreen.synthetic.calibration.showing import as_html

        return as_html(self)


def _not_used(defined: Definitions) -> list[Line]:
    return [
        _listed(
            choice.id, f"Not used: {choice.instead} is", f"{choice.why}.", figures().get(choice.id, {}).get("value")
        )
        for choice in defined.choices
    ]


def _lacking(defined: Definitions) -> list[Line]:
    return [_listed(lack.id, lack.what, f"Not in the world: {lack.why}.", None) for lack in defined.lacks]


def _listed(name: str, definition: str, why: str, published: float | None) -> Line:
    return Line(name, definition, "", None, "", published, None, None, None, None, None, False, why)
