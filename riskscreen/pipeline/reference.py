"""Make the reference model of ``models/``: ``python -m riskscreen.pipeline.reference models``.

From the synthetic world ``region``: ten municipalities, so that the card is not that of one town. It has another seed
than the demo, so that the demo is no test on its own data.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from riskscreen.engine.duck import Engine
from riskscreen.engine.handles import open_counts
from riskscreen.settings import Scenario, Synthetic, load_scenario

WORLD = "region"
SEED = 7


def make_reference(folder: Path, *, families: int | None = None, seed: int = SEED) -> tuple[Path, ...]:
    """Make a world, fit on it and write the reference model; the same arguments give the same bytes.

    Parameters
    ----------
    folder
        Where the files go.
    families, seed
        Of the world; by default as many families as it says.
    """
    from riskscreen.linkage import link
    from riskscreen.registers import open_registers
    from riskscreen.scores.comparing import compare
    from riskscreen.scores.reference import write_reference
    from riskscreen.stressors.loading import load_catalogue
    from riskscreen.stressors.profiling import profile
    from riskscreen.synthetic import synthesize
    from riskscreen.synthetic.world import load_world

    demo: Scenario = load_scenario("demo")
    dates, threshold = demo.index_dates, demo.release.threshold
    size = families or load_world(WORLD).families
    world = Synthetic(world=WORLD, families=size)
    with tempfile.TemporaryDirectory() as place, Engine() as engine:
        registers = synthesize(world, seed=seed, out=Path(place) / "registers", name="reference")
        opened = open_registers(registers, engine=engine, threshold=threshold)
        link(opened, dates.all, demo.family, key=f"reference-{seed}", threshold=threshold)
        catalogue = load_catalogue("all")
        profiling = profile(opened, catalogue, demo.outcome, dates.all, demo.horizon, threshold=threshold)
        stressors = tuple(definition.stressor for definition in catalogue.definitions)
        comparison = compare(
            open_counts(profiling.profiles),
            stressors=stressors,
            settings=demo.scores,
            train=dates.train,
            test=dates.test,
            seed=seed,
            threshold=threshold,
            outcome=demo.outcome,
        )
    about: dict[str, str | int | float] = {
        "fitted_on": "synthetic registers",
        "world": world.world,
        "families": size,
        "seed": seed,
        "index_dates": ", ".join(day.isoformat() for day in dates.train),
        "judged_on": dates.test.isoformat(),
        "outcome": demo.outcome,
    }
    fitted = comparison.fits[0][1]
    return write_reference(fitted, folder, stressors=stressors, threshold=threshold, about=about, comparison=comparison)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Make the reference model of models/.")
    parser.add_argument("out", type=Path, help="folder for the files of the reference model, such as models")
    parser.add_argument("--families", type=int, help="default: as many as the world says")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for path in make_reference(given.out, families=given.families, seed=given.seed):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
