"""The making of synthetic registers: a plan, its parts in any order and any process, and the folder at the end."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from riskscreen.errors import RegisterError
from riskscreen.settings import Synthetic
from riskscreen.synthetic.geography.town import counted
from riskscreen.synthetic.lives import registry
from riskscreen.synthetic.plan import Plan, make_plan
from riskscreen.synthetic.sheets import Sheet
from riskscreen.synthetic.workers import work
from riskscreen.synthetic.writing import TRUTH, Made, Workplace, held

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[str], None]


def make(
    settings: Synthetic,
    *,
    seed: int,
    out: Path,
    name: str,
    id_prefix: str = "",
    processes: int | None = None,
    tell: Tell | None = None,
) -> Path:
    """Make registers and their truth; see :func:`riskscreen.synthetic.synthesize`."""
    plan = make_plan(settings, seed=seed, id_prefix=id_prefix, tell=tell)
    if tell is not None and plan.geography.not_joined:
        tell(f"{len(plan.geography.not_joined)} municipalities are not in every file; manifest.json lists them")
    with held(out), Workplace(out, _fingerprint(plan, settings, name)) as place:
        made = dict(place.already(plan))
        wanting = [number for number in range(len(plan.parts)) if number not in made]
        for number, part in _told(work(plan, place, wanting, processes), len(made), len(plan.parts), tell):
            made[number] = part
        place.finish(plan, made, _areas(plan, made), name=name, settings=settings)
    return out


def read_truth(folder: Path, table: str = "need") -> pd.DataFrame:
    """A table of the truth as a pandas frame; see :func:`riskscreen.synthetic.open_truth`."""
    import pyarrow.parquet as pq

    for path in (folder / TRUTH / f"{table}.parquet", folder / TRUTH / table):
        if path.exists():
            frame: pd.DataFrame = pq.read_table(path, partitioning=None).to_pandas(date_as_object=False)
            return frame
    raise RegisterError(
        f"there is no truth about {table} in {folder}",
        do="give a folder made by synthesize; other registers have no known truth",
    )


def _areas(plan: Plan, made: Mapping[int, Made]) -> Sheet:
    """Real areas have real counts; the fictional ones get the children that live there on the last day."""
    geography = plan.geography
    if geography.real:
        return registry.area_sheet(geography.rows)
    minors: Counter[int] = Counter()
    for part in made.values():
        minors.update(part.minors)
    counts = np.array([minors[buurt] for buurt in range(len(geography.codes))])
    return registry.area_sheet(counted(geography, plan.world, counts))


def _fingerprint(plan: Plan, settings: Synthetic, name: str) -> str:
    """What decides the content: a folder that was begun with another one is not gone on with."""
    digest = hashlib.sha256(f"{name} {plan.chance.seed} {plan.id_prefix} {settings.model_dump_json()}".encode())
    digest.update(plan.world.model_dump_json(by_alias=True).encode())
    for path in sorted(p for p in Path(__file__).parent.rglob("*") if p.suffix in (".py", ".yaml")):
        digest.update(path.read_bytes())
    digest.update(plan.geography.sha256.encode())
    return digest.hexdigest()


def _told(parts: Iterator[tuple[int, Made]], before: int, total: int, tell: Tell | None) -> Iterator[tuple[int, Made]]:
    """The parts as they come, with a line every tenth of the way."""
    begun, shown = time.monotonic(), 0
    for done, part in enumerate(parts, start=1):
        yield part
        tenth = 10 * (before + done) // total
        if tell is not None and total > 1 and tenth > shown:
            shown = tenth
            left = (time.monotonic() - begun) / done * (total - before - done)
            tell(f"{before + done} of {total} parts made, about {_duration(left)} left")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
