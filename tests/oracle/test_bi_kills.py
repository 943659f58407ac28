"""Killed in the middle of writing: the folder is whole, old or new, or for a moment not there; never half of one."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bi_offices import an_office

from riskscreen import bi

pytestmark = pytest.mark.slow
KILLS = 20
WRITES = """
import sys
from riskscreen import bi
stars = [bi.read(sys.argv[1], "demo", channel=channel) for channel in ("internal", "public")]
print("go", flush=True)
while True:
    for star in stars:
        bi.write(star, sys.argv[2], format="csv")
"""


def test_nothing_is_half_written(tmp_path: Path) -> None:
    office, out = an_office(tmp_path / "home").path, tmp_path / "for bi"
    bi.write(bi.read(office, "demo"), out, format="csv")
    chance = random.Random(7)
    whole = 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", WRITES, str(office), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "go\n"
            time.sleep(chance.uniform(0.0, 0.5))
            child.kill()
        whole += is_whole(out)
    assert whole > KILLS // 2, "between two renames it is not there: that is short"
    bi.write(bi.read(office, "demo"), out, format="csv")
    assert is_whole(out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["for bi", "home"]


def is_whole(folder: Path) -> bool:
    """Is the folder there? Then every file that its package names must be as it says."""
    if not folder.exists():
        return False
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    return True
