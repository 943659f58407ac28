"""Every run in MLflow, on a real sqlite store and on a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskscreen.errors import MachineError
from riskscreen.governance.office import Office
from riskscreen.governance.reviews import decide, demo_approval, request_review
from riskscreen.governance.tracking import TrackedRun, load_scorer, log_run, tag_decision
from riskscreen.records.approvals import Subject
from riskscreen.records.card import Card, Line

CARD = Card(
    "card",
    (Line("debt", ">=", 1.0, 2), Line("debt", ">=", 2.0, 1), Line("work", "<=", 0.0, 3), Line("moves", ">=", 1.0, 0)),
    -3.0,
    0.4,
    {"outcome": "new_report"},
)
KEYS = ("family", "person", "household", "bsn", "address", "naam", "level_of_something_else")


def tracked(office: Office, folder: Path, store: str | None = None, **changes: Any) -> TrackedRun:
    (folder / "dossier.html").write_text("<p>dossier</p>", encoding="utf-8")
    (folder / "points.sql").write_text("SELECT 1", encoding="utf-8")
    arguments = {
        "name": "demo, 1 January 2025",
        "description": "Synthetic families; for the board.",
        "tags": {"status": "waiting", "purpose": "help", "valid_until": "", "synthetic": "yes"},
        "params": {"seed": 1, "outcome": "new_report"},
        "metrics": {"performance.card.auroc": 0.71},
        "artifacts": {"dossier.html": folder / "dossier.html", "score.sql": folder / "points.sql"},
        "card": CARD,
        "threshold": 10,
        "store": store,
    }
    return log_run(office, **(arguments | changes))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("with space")


@pytest.fixture(scope="module")
def office(folder: Path) -> Office:
    return Office(folder / "my office")


@pytest.fixture(scope="module")
def run(office: Office, folder: Path) -> TrackedRun:
    return tracked(office, folder)


@pytest.fixture(scope="module")
def scorer(run: TrackedRun) -> Any:
    return load_scorer(run)


def client(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def profiles(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(1)
    levels = {name: random.choice([0.0, 1.0, 2.0, np.nan], rows) for name in CARD.stressors}
    return pd.DataFrame(levels | {"families": random.integers(10, 900, rows)})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_board_finds_everything_in_the_store(run: TrackedRun, office: Office) -> None:
    found = client(run.uri).get_run(run.run_id)
    assert found.info.run_name == "demo, 1 January 2025"
    assert found.info.status == "FINISHED"
    assert found.data.tags["mlflow.note.content"] == "Synthetic families; for the board."
    assert found.data.tags["synthetic"] == "yes"
    assert found.data.params == {"seed": "1", "outcome": "new_report"}
    assert found.data.metrics == {"performance.card.auroc": 0.71}
    version = client(run.uri).get_model_version(run.model_name, run.model_version)
    assert (version.run_id, version.tags["status"]) == (run.run_id, "waiting")
    names = {path.relative_to(office.artifacts).parts[-1] for path in office.artifacts.rglob("*") if path.is_file()}
    assert {"dossier.html", "score.sql", "card.json", "MLmodel", "profile_scorer.py"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".skops"))]


def test_the_loaded_model_gives_the_same_points(scorer: Any) -> None:
    given = profiles()
    expected = CARD.points({name: given[name].to_numpy() for name in CARD.stressors})
    assert scorer.predict(given)["points"].tolist() == expected.tolist()
    assert len(set(expected.tolist())) > 3


@pytest.mark.parametrize("key", KEYS)
def test_it_refuses_a_key_or_any_unknown_column_without_naming_it(key: str, scorer: Any) -> None:
    with pytest.raises(ValueError, match="never one family") as caught:
        scorer.predict(profiles().assign(**{key: "123456782"}))
    assert "123456782" not in str(caught.value)
    assert key not in str(caught.value).replace("family:", "").split("allowed:")[0]


@pytest.mark.parametrize("count", [1, 9, 0, -20, 12.5, np.nan, np.inf, "many"])
def test_it_refuses_a_count_that_is_missing_or_below_the_threshold(count: Any, scorer: Any) -> None:
    given = profiles()
    given["families"] = given["families"].astype(object)
    given.loc[3, "families"] = count
    with pytest.raises(ValueError, match="1 profile"):
        scorer.predict(given)


def test_it_refuses_profiles_without_counts_or_without_a_stressor(scorer: Any) -> None:
    with pytest.raises(ValueError, match=r"missing column.*families"):
        scorer.predict(profiles().drop(columns="families"))
    with pytest.raises(ValueError, match=r"missing column.*debt"):
        scorer.predict(profiles().drop(columns="debt"))
    with pytest.raises(ValueError, match="debt holds something that is no level"):
        scorer.predict(profiles().assign(debt="J. Example"))


def test_a_decision_shows_on_run_and_version(run: TrackedRun, office: Office) -> None:
    tag_decision(office, run.run_id, status="approved", valid_until="2025-12-31", by="Board")
    version = client(run.uri).get_model_version(run.model_name, run.model_version)
    assert version.tags["status"] == client(run.uri).get_run(run.run_id).data.tags["status"] == "approved"
    assert version.tags["valid_until"] == "2025-12-31"
    tag_decision(office, run.run_id, status="withdrawn", by="Board")
    version = client(run.uri).get_model_version(run.model_name, run.model_version)
    assert (version.tags["status"], version.tags["valid_until"]) == ("withdrawn", "")


def test_a_decision_of_the_board_reaches_mlflow_and_stands_without_it(
    run: TrackedRun, office: Office, folder: Path
) -> None:
    subject = Subject("demo", "Ann Maker", "c", "s", "r", "p", "a")
    request_review(office, subject, purpose="help", programmes=(), areas=(), synthetic=True, tracked=run.run_id)
    demo_approval(office, subject, synthetic=True)
    assert client(run.uri).get_run(run.run_id).data.tags["status"] == "approved"
    again = tracked(office, folder, name="the same once more")
    request_review(office, subject, purpose="help", programmes=(), areas=(), synthetic=True, tracked=again.run_id)
    assert client(run.uri).get_run(again.run_id).data.tags["status"] == "approved"
    lost = Subject("lost", "Ann Maker", "x", "s", "r", "p", "a")
    request_review(office, lost, purpose="help", programmes=(), areas=(), tracked="no-such-run")
    done = decide(office, "lost", "reject", by="Board", reason="no")
    assert (done.state.status, "MLflow does not show it" in str(done)) == ("rejected", True)


def test_a_second_run_is_a_second_version(run: TrackedRun, office: Office, folder: Path) -> None:
    again = tracked(office, folder, name="again")
    assert int(again.model_version) > int(run.model_version)
    assert again.run_id != run.run_id


def test_a_store_that_cannot_be_used_is_told(folder: Path, office: Office) -> None:
    (folder / "not-a-database").write_text("words " * 1000)
    with pytest.raises(MachineError, match="MLflow's store cannot be used"):
        tracked(office, folder, store=f"sqlite:///{(folder / 'not-a-database').as_posix()}")


QUIET = """
import sys
from pathlib import Path
from riskscreen.governance.office import Office
from riskscreen.governance.tracking import load_scorer, log_run
from riskscreen.records.card import Card, Line
assert not [m for m in ("mlflow", "pandas", "sqlalchemy") if m in sys.modules]
card = Card("card", (Line("debt", ">=", 1.0, 2),), -3.0, 0.4)
run = log_run(Office(Path(sys.argv[1])), name="n", description="d", tags={}, params={}, metrics={}, artifacts={},
    card=card, threshold=10)
load_scorer(run)
"""


def test_it_says_nothing_and_importing_costs_nothing(folder: Path) -> None:
    """In a fresh process, as a first run: no line on screen, no warning, no heavy import before the call."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", QUIET, str(folder / "fresh office")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A real tracking server on a free loopback port; ended by its own process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{tmp_path.as_posix()}/s.db", "--artifacts-destination", str(tmp_path)]
    environment = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *options, *stores],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health", process, tmp_path / "server.log")
        yield address
    finally:
        end(process)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            pytest.fail(f"the server stopped: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the server did not start")


def end(process: subprocess.Popen[bytes]) -> None:
    """The server and the workers it started: its own session, nothing else."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, 15)
    else:
        process.terminate()
    process.wait(timeout=30)


@pytest.mark.slow
def test_a_tracking_server_from_the_settings(server: str, folder: Path) -> None:
    office = Office(folder / "office with a server")
    run = tracked(office, folder, store=server)
    assert run.uri == server
    assert not (office.path / "mlflow.db").exists()
    given = profiles()
    expected = CARD.points({name: given[name].to_numpy() for name in CARD.stressors})
    assert load_scorer(run).predict(given)["points"].tolist() == expected.tolist()
    tag_decision(office, run.run_id, status="approved", valid_until="2025-12-31", by="Board", store=server)
    assert client(server).get_model_version(run.model_name, run.model_version).tags["status"] == "approved"
