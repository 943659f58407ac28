"""Every run in MLflow: settings, released figures, papers, and the card as a registered model.

The only module that talks to MLflow. It uses the client only, never MLflow's global state, so a notebook's own
tracking is left alone. MLflow's telemetry is off, and its chatter is kept from the screen.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskscreen.errors import MachineError, RiskscreenError
from riskscreen.governance.office import Office
from riskscreen.records.card import Card

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "riskscreen"
MODEL = "riskscreen-card"
REQUIREMENTS = ("mlflow>=3.17.2,!=3.18.0", "numpy>=2.4", "pandas>=3")
_NOISY = ("mlflow", "alembic", "sqlalchemy", "urllib3")
_LONGEST_PARAM = 500


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """Where a run stands in MLflow."""

    run_id: str
    model_name: str
    model_version: str
    uri: str

    @property
    def model_uri(self) -> str:
        """Address of the registered version, for ``mlflow.pyfunc.load_model`` (with tracking uri ``uri``)."""
        return f"models:/{self.model_name}/{self.model_version}"


def log_run(
    office: Office,
    *,
    name: str,
    description: str,
    tags: Mapping[str, str],
    params: Mapping[str, str | int | float],
    metrics: Mapping[str, float],
    artifacts: Mapping[str, Path],
    card: Card,
    threshold: int,
    store: str | None = None,
) -> TrackedRun:
    """Write one run and register its card as a model version.

    Parameters
    ----------
    office
        Its sqlite store is used unless ``store`` is given.
    name, description
        Readable name and what the run is, in plain text.
    tags
        Such as ``status``, ``purpose``, ``valid_until``, ``synthetic``, ``subject``.
    params
        The settings, flat.
    metrics
        Figures from released tables only: :func:`riskscreen.disclosure.gate.figures` gives them.
    artifacts
        Files by the name they get: dossier, audit, card, SQL.
    card, threshold
        The model, and the smallest count of families that the loaded model scores.
    store
        A tracking address from the settings (``review: {store: ...}``).

    Returns
    -------
    TrackedRun
        Run id, model name and version, tracking address.

    Raises
    ------
    MachineError
        The store cannot be reached or written.
    """
    uri = store or office.mlflow_uri
    with _client(uri) as client, tempfile.TemporaryDirectory(prefix="riskscreen-model-") as folder:
        run = client.create_run(_experiment(client, office, store), run_name=name, tags=_tags(tags, description))
        run_id = str(run.info.run_id)
        _log_values(client, run_id, params, metrics)
        for target, source in sorted(artifacts.items()):
            _log_file(client, run_id, target, Path(source), Path(folder))
        model = _save_model(card, threshold, Path(folder) / "model")
        client.log_artifacts(run_id, str(model), "model")
        version = _register(client, run_id, tags, description)
        client.set_terminated(run_id)
    return TrackedRun(run_id, MODEL, version, uri)


def tag_decision(
    office: Office, run_id: str, *, status: str, valid_until: str = "", by: str = "", store: str | None = None
) -> None:
    """Write a decision on the run and on its model version, where the board looks.

    Tags are for reading; the gate looks at the decision log only.
    """
    with _client(store or office.mlflow_uri) as client:
        values = {"status": status, "valid_until": valid_until, "decided_by": by}
        for key, value in values.items():
            client.set_tag(run_id, key, value)
        for version in client.search_model_versions(f"run_id='{run_id}'"):
            for key, value in values.items():
                client.set_model_version_tag(version.name, version.version, key, value)


def load_scorer(tracked: TrackedRun) -> Any:
    """The registered version as a loaded pyfunc: takes profiles with counts, returns points per profile."""
    with _client(tracked.uri) as client, tempfile.TemporaryDirectory(prefix="riskscreen-model-") as folder:
        import mlflow.pyfunc

        version = client.get_model_version(tracked.model_name, tracked.model_version)
        path = client.download_artifacts(version.run_id, "model", folder)
        return mlflow.pyfunc.load_model(path)


def _experiment(client: MlflowClient, office: Office, store: str | None) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    where = None if store else office.artifacts.resolve().as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=where))


def _tags(tags: Mapping[str, str], description: str) -> dict[str, str]:
    return {**tags, "mlflow.note.content": description}


def _log_values(
    client: MlflowClient, run_id: str, params: Mapping[str, str | int | float], metrics: Mapping[str, float]
) -> None:
    from mlflow.entities import Metric, Param

    now = int(client.get_run(run_id).info.start_time)
    given = [Param(key, str(value)[:_LONGEST_PARAM]) for key, value in sorted(params.items())]
    figures = [Metric(key, float(value), now, 0) for key, value in sorted(metrics.items())]
    for start in range(0, len(given), 100):
        client.log_batch(run_id, params=given[start : start + 100])
    for start in range(0, len(figures), 900):
        client.log_batch(run_id, metrics=figures[start : start + 900])


def _log_file(client: MlflowClient, run_id: str, target: str, source: Path, folder: Path) -> None:
    """Under the name asked for; MLflow itself keeps the name of the file."""
    to = Path(target)
    if to.name != source.name:
        renamed = folder / "renamed" / to.name
        renamed.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, renamed)
        source = renamed
    inside = to.parent.as_posix()
    client.log_artifact(run_id, str(source), None if inside == "." else inside)


def _save_model(card: Card, threshold: int, path: Path) -> Path:
    import mlflow.pyfunc

    text = path.with_name("card.json")
    text.write_text(card.to_json(), encoding="utf-8")
    mlflow.pyfunc.save_model(
        str(path),
        python_model=str(Path(__file__).with_name("profile_scorer.py")),
        artifacts={"card": str(text)},
        model_config={"threshold": threshold},
        pip_requirements=list(REQUIREMENTS),
    )
    return path


def _register(client: MlflowClient, run_id: str, tags: Mapping[str, str], description: str) -> str:
    if not client.search_registered_models(f"name='{MODEL}'"):
        client.create_registered_model(
            MODEL, description="Points per profile, for profiles with counts. Never a decision about one family."
        )
    version = client.create_model_version(
        MODEL, source=f"runs:/{run_id}/model", run_id=run_id, tags=dict(tags), description=description
    )
    return str(version.version)


@contextmanager
def _client(uri: str) -> Iterator[MlflowClient]:
    """A client whose store is closed afterwards; what MLflow raises becomes one of our errors."""
    with _quiet():
        client = None
        try:
            from mlflow import MlflowClient

            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            yield client
        except RiskscreenError:
            raise
        except Exception as error:
            if not type(error).__module__.startswith(("mlflow", "sqlalchemy", "requests")):
                raise
            first = str(error).strip().splitlines()[0][:200]
            raise MachineError(
                f"MLflow's store cannot be used ({type(error).__name__}: {first})",
                do="check the office folder, or the address under review: {store: ...} in the scenario",
            ) from error
        finally:
            _close(client)


def _close(client: MlflowClient | None) -> None:
    """Let go of sqlite: MLflow keeps its stores open for good, and an open file cannot be moved on every machine."""
    if client is None:
        return
    stores = (getattr(client._tracking_client, "store", None), getattr(client._get_registry_client(), "store", None))
    for store in stores:
        engine = getattr(store, "engine", None)
        if engine is not None:
            engine.dispose()


@contextmanager
def _quiet() -> Iterator[None]:
    """No telemetry, no progress bars, no log lines and no warnings of libraries that are not ours to mend."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: F401  (sets its loggers up, which the next lines quieten)

        levels = {name: logging.getLogger(name).level for name in _NOISY}
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
