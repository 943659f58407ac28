"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Scenario = Annotated[str, typer.Argument(help="a scenario file, or the name of a shipped one such as demo")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object per line")]
Runs = Annotated[Path, typer.Option("--runs", help="folder of the runs")]
OfficeFolder = Annotated[Path, typer.Option("--office", help="folder of ledger, decisions and reviews")]
