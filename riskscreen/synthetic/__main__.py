"""Makes what is committed again.

``python -m riskscreen.synthetic data/synthetic`` makes the small set; ``python -m riskscreen.synthetic constants
configs/worlds`` solves the constants of every shipped world.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from riskscreen.settings import Synthetic
from riskscreen.synthetic import synthesize

SEED = 20260101
FAMILIES = 2000
CONTENT = "content.sha256"
README = """# A small synthetic set

About 2,000 families of the fictional municipality Voorbeeldstad: all registers, ten years of history, and in `truth/`
what no register holds. Every person here is made up. It is enough for tests and far too small for conclusions: a year
has some fifty families with a new report.

Made by `python -m riskscreen.synthetic data/synthetic` (seed {seed}, {families} families). `content.sha256` is the hash
of the sorted rows of all files; a test makes the set again and compares.
"""


def remake(out: Path) -> str:
    """Make the committed set in a folder and return the hash of its content."""
    from riskscreen.synthetic.writing import content_sha256

    synthesize(Synthetic(families=FAMILIES), seed=SEED, out=out, name="synthetic-2000")
    content = content_sha256(out)
    (out / CONTENT).write_text(content + "\n", encoding="utf-8", newline="\n")
    text = README.format(seed=SEED, families=f"{FAMILIES:,}")
    (out / "README.md").write_text(text, encoding="utf-8", newline="\n")
    return content


def remake_constants(folder: Path) -> None:
    """Solve the constants of every world in a folder anew."""
    from riskscreen.synthetic.plan import CONSTANTS, rehearse
    from riskscreen.synthetic.world import load_world, world_sha256

    solved = {}
    for path in sorted(folder.glob("*.yaml")):
        world = load_world(str(path))
        solved[world.name] = {"sha256": world_sha256(world), "constants": dict(rehearse(world))}
    (folder / CONSTANTS).write_text(json.dumps(solved, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["constants"]:
        remake_constants(Path(sys.argv[2] if len(sys.argv) > 2 else "configs/worlds"))
    else:
        remake(Path(sys.argv[1] if len(sys.argv) > 1 else "data/synthetic"))
