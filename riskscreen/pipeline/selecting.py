"""The families that judge a what-if, and the chances and risks that cards give them; their rows stay in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskscreen.engine.handles import open_counts
from riskscreen.pipeline.job import Job
from riskscreen.pipeline.steps.profiles import profiles_of
from riskscreen.pipeline.steps.reading import JUDGED
from riskscreen.records.card import Card

if TYPE_CHECKING:
    import pandas as pd

    from riskscreen.fairness.what_ifs import Kind, WhatIf
    from riskscreen.scores.fit import Fit

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The families that judge, by number of their profile; the rows themselves stay in the engine.

    Parameters
    ----------
    levels, families
        Of every profile: shape ``(profiles, stressors)`` and ``(profiles,)``.
    """

    job: Job
    fitted: Fit
    levels: Array
    families: Array
    base: WhatIf

    @classmethod
    def of(cls, job: Job) -> Scene:
        """Number the profiles of the families that judge, and give every family its lot."""
        _number(job)
        profiles = job.engine.frame(
            f"SELECT {', '.join(ids_of(job))}, count(*) AS families FROM what_if_families "
            "GROUP BY ALL ORDER BY min(profile)"
        )
        levels, families = levels_of(profiles, ids_of(job)), profiles["families"].to_numpy(np.float64)
        fitted = job.value("fit")
        base = _by_card("card", "as_it_is", fitted.chosen, (), levels, families, job)
        return cls(job, fitted, levels, families, base)

    @property
    def card(self) -> Card:
        """The card of the run."""
        return self.fitted.chosen

    @property
    def ids(self) -> list[str]:
        """Stressors, in the order of the levels."""
        return ids_of(self.job)

    @property
    def share(self) -> float:
        """Share of families selected, by all alike."""
        return self.job.scenario.audit.threshold_share

    def by_card(
        self, name: str, card: Card, *, removed: tuple[str, ...] = (), kind: Kind = "other_stressors"
    ) -> WhatIf:
        """The what-if of selecting by another card."""
        return _by_card(name, kind, card, removed, self.levels, self.families, self.job)

    def on_other_stressors(self, name: str, removed: tuple[str, ...]) -> WhatIf:
        """A card fitted anew without some stressors, by the same rule, prior and all."""
        from riskscreen.scores.fit import fit

        job = self.job
        again = fit(
            open_counts(profiles_of(job)),
            stressors=tuple(s for s in job.value("profile")["stressors"] if s.id not in removed),
            settings=job.scenario.scores,
            train=job.scenario.index_dates.train,
            test=job.scenario.index_dates.test,
            seed=job.scenario.seed,
            threshold=job.threshold,
            estimate_base=job.scenario.release.estimate_base,
            outcome=job.scenario.outcome,
            replicates=200,
        )
        return self.by_card(name, again.chosen, removed=removed)

    def cells(self, what_if: WhatIf) -> pd.DataFrame:
        """The families that judge, by groups, outcome, and what the card and the what-if make of them."""
        engine, by = self.job.engine, ", ".join(self.job.scenario.audit.by)
        engine.load("what_if_before", scores_frame(self.base))
        engine.load("what_if_after", scores_frame(what_if, self._rows(what_if)))
        same = "" if what_if.attribute is None else f"AND a.grp = coalesce({what_if.attribute}::VARCHAR, 'unknown')"
        return engine.frame(
            f"SELECT {by}, area_block, outcome, (lot < b.chance)::TINYINT AS selected_before, "
            "(lot < a.chance)::TINYINT AS selected, b.risk AS risk_before, a.risk AS risk, count(*) AS families "
            "FROM what_if_families AS f JOIN what_if_before AS b ON b.profile = f.profile "
            f"JOIN what_if_after AS a ON a.profile = f.profile {same} GROUP BY ALL ORDER BY ALL"
        )

    def _rows(self, what_if: WhatIf) -> pd.DataFrame | None:
        return None if what_if.attribute is None else self.by_profile_and(what_if.attribute)

    def by_profile_and(self, attribute: str) -> pd.DataFrame:
        """Columns ``profile, grp, families`` of the families that judge."""
        return self.job.engine.frame(
            f"SELECT profile, coalesce({attribute}::VARCHAR, 'unknown') AS grp, count(*) AS families "
            "FROM what_if_families GROUP BY ALL ORDER BY ALL"
        )

    def fitted_on(self, attribute: str) -> pd.DataFrame:
        """Columns ``<stressors>, grp, outcome, families`` of the families that the card was fitted on."""
        dates = ", ".join(f"DATE '{day}'" for day in self.job.scenario.index_dates.train)
        keys = [*self.ids, f"coalesce({attribute}::VARCHAR, 'unknown') AS grp", "outcome"]
        return count_levels(self.job, keys, f"index_date IN ({dates}) AND outcome IS NOT NULL AND NOT ({JUDGED})")


def _number(job: Job) -> None:
    """One row per family that judges, in the engine: its profile by number, and a lot from 0 to 1 that decides ties."""
    ids, day, seed = ids_of(job), job.scenario.index_dates.test, int(job.scenario.seed)
    job.engine.run(
        f"CREATE OR REPLACE TEMP TABLE what_if_families AS SELECT dense_rank() OVER (ORDER BY {', '.join(ids)}) - 1 "
        f"AS profile, {', '.join(job.scenario.audit.by)}, area_block, outcome, {', '.join(ids)}, "
        f"md5_number_lower(family::VARCHAR || '|{seed}') / 18446744073709551616.0 AS lot "
        f"FROM levels WHERE outcome IS NOT NULL AND NOT apart AND index_date = DATE '{day}' AND {JUDGED}"
    )


def levels_of(counts: pd.DataFrame, names: Sequence[str]) -> Array:
    """Levels of stressors as numbers, shape ``(rows, stressors)``; ``nan`` is *not covered*."""
    return np.column_stack([counts[name].to_numpy(np.float64, na_value=np.nan) for name in names])


def points_risk(card: Card, levels: Array, names: Sequence[str]) -> Array:
    """Risk by a card, shape ``(rows,)``."""
    columns = {name: levels[:, place] for place, name in enumerate(names)}
    return card.risk(card.points(columns, rows=len(levels)))


def scores_frame(what_if: WhatIf, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Columns ``profile, chance, risk``, and ``grp`` when the what-if reads an attribute."""
    import pandas as pd

    keys = {"profile": np.arange(len(what_if.chance))} if rows is None else {n: rows[n] for n in ("profile", "grp")}
    return pd.DataFrame({**keys, "chance": what_if.chance, "risk": what_if.risk})


def _by_card(
    name: str, kind: Kind, card: Card, removed: tuple[str, ...], levels: Array, families: Array, job: Job
) -> WhatIf:
    from riskscreen.fairness.what_ifs import WhatIf, chance_at_share

    risk = points_risk(card, levels, ids_of(job))
    return WhatIf(name, kind, chance_at_share(risk, families, job.scenario.audit.threshold_share), risk, removed)


def ids_of(job: Job) -> list[str]:
    """Stressors of a job, in order."""
    return [stressor.id for stressor in job.value("profile")["stressors"]]


def count_levels(job: Job, keys: Sequence[str], where: str) -> pd.DataFrame:
    """Families of ``levels`` by some of its columns, without the families apart."""
    names = [key.rsplit(" AS ", 1)[-1] for key in keys]
    return job.engine.frame(
        f"SELECT {', '.join(keys)}, count(*) AS families FROM levels WHERE NOT apart AND {where} "
        f"GROUP BY ALL ORDER BY {', '.join(names)}"
    )
