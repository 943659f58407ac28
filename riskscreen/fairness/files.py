"""``riskscreen audit FILE``: a table of any origin, with the default settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.errors import RegisterError, UsageError
from riskscreen.fairness.auditing import audit
from riskscreen.fairness.intake import names_of
from riskscreen.fairness.labels import NOT_FOR_RELEASE
from riskscreen.fairness.results import Audit
from riskscreen.fairness.showing import as_dict
from riskscreen.settings import Audit as AuditSettings

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 10
_MISSING = ["", "NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", "None", "<NA>"]
"""Missing in a column of numbers; in a column of groups only an empty field is."""


@dataclass(frozen=True, slots=True, repr=False)
class FileAudit:
    """The audit of a file.

    Parameters
    ----------
    file
        Its name, without folder.
    audit
        The audit; with ``own_data`` it hides nothing.
    own_data
        Small groups are shown: the output is marked *not for release*.
    """

    file: str
    audit: Audit
    own_data: bool

    def to_json_lines(self) -> str:
        """One JSON object per line: ``about``, then every ``group``, ``verdict`` and so on."""
        lines = (json.dumps(item, ensure_ascii=False, allow_nan=False) for item in self._objects())
        return "\n".join(lines) + "\n"

    def _objects(self) -> Iterator[dict[str, Any]]:
        body = as_dict(self.audit)
        parts = {
            "group": "groups",
            "verdict": "verdicts",
            "explored": "explored",
            "conditional": "conditional",
            "score": "scores",
            "conflict": "cannot_hold_together",
        }
        about = {key: value for key, value in body.items() if key not in parts.values()}
        mark = {"release": NOT_FOR_RELEASE.en} if self.own_data else {}
        yield {"kind": "about", "file": self.file, **about, **mark}
        for kind, key in parts.items():
            for item in body[key]:
                yield {"kind": kind, **item, **mark}

    def __str__(self) -> str:
        mark = f"{NOT_FOR_RELEASE.en.upper()}: small groups are shown\n" if self.own_data else ""
        return f"{mark}{self.audit}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        mark = f"<p><strong>{NOT_FOR_RELEASE.en}: small groups are shown</strong></p>" if self.own_data else ""
        return mark + self.audit._repr_html_()

    def plot(self, language: str = "en") -> Any:
        """The audit's forest plot."""
        return self.audit.plot(language)


def audit_file(
    path: Path | str,
    *,
    outcome: str = "",
    selected: str | None = None,
    score: str | None = None,
    points: str | None = None,
    by: Sequence[str],
    own_data: bool = False,
    count: str | None = None,
    confusion: Mapping[str, str] | None = None,
    weights: str | None = None,
    sample: str | None = None,
    block: str | None = None,
    control: str | Sequence[str] = (),
    threshold_share: float | None = None,
    settings: AuditSettings | None = None,
    seed: int = 1,
) -> FileAudit:
    """Audit a CSV or Parquet file of any origin.

    Parameters
    ----------
    path
        A ``.csv`` (UTF-8, comma or semicolon) or ``.parquet`` file, one row per case or per cell with a count.
    outcome, selected, score, points, by, count, confusion, weights, sample, block, control, threshold_share
        As for :func:`riskscreen.fairness.audit`.
    settings, seed
        As for :func:`riskscreen.fairness.audit`.
    own_data
        Show groups below 10 rows too; the output is then marked *not for release*.

    Raises
    ------
    UsageError, RegisterError
        The file is absent or unreadable, or with every fault of the call or of the columns.
    """
    place = Path(path)
    found = audit(
        _read(place, {*names_of(by), *names_of(control), *([block] if block else [])}),
        outcome=outcome,
        selected=selected,
        score=score,
        points=points,
        by=by,
        count=count,
        confusion=confusion,
        weights=weights,
        sample=sample,
        block=block,
        control=control,
        threshold_share=threshold_share,
        settings=settings,
        seed=seed,
        threshold=1 if own_data else THRESHOLD,
    )
    return FileAudit(place.name, found, own_data)


def _read(path: Path, text: Set[str]) -> pd.DataFrame:
    """The table; of a CSV the columns named in ``text`` as they are written: 0344 is not 344."""
    import pandas as pd

    if not path.is_file():
        raise UsageError(f"there is no file {path}", do="check the path")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"{path.name} is neither .csv nor .parquet", do="save the table as one of these")
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        return _read_csv(path, text)
    except (OSError, ValueError) as error:
        # pandas quotes a line of the file in its message: only the kind of fault is told.
        raise RegisterError(
            f"cannot read {path.name} ({type(error).__name__})", do="check that it is a UTF-8 CSV or a Parquet file"
        ) from None


def _read_csv(path: Path, text: Set[str]) -> pd.DataFrame:
    import pandas as pd

    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline()
    separator = ";" if head.count(";") > head.count(",") else ","
    names = [name.strip().strip('"') for name in head.rstrip("\r\n").split(separator)]
    decimal = "," if separator == ";" else "."
    frame = pd.read_csv(
        path,
        sep=separator,
        decimal=decimal,
        encoding="utf-8-sig",
        low_memory=False,
        dtype=dict.fromkeys(text, "str"),
        keep_default_na=False,
        na_values={name: [""] if name in text else _MISSING for name in names},
    )
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first column for an index, and every name moves one column on.
        raise ValueError("lines have more fields than the head has names")
    # pandas renames a second column of the same name; the check on double columns must see the names of the file.
    if len(names) == len(frame.columns):
        frame.columns = pd.Index(names)
    return frame
