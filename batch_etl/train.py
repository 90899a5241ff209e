"""`train`: from a spine to a published run and its model.

A model is fitted on the rows before a moment and tested on those from it on, as it will be used.
Nothing of the test period goes into it: fitted values such as a mean are those of the training
rows, and the test rows' features are computed with them, as requests to the published run would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from rich.console import Console

from batch_etl.files import whole_file
from batch_etl.progress import Stages
from batch_etl.report import Rows, Score, TrainingReport, kept_scores
from batch_etl.split import split_spine
from drivers.batch import BatchDriver
from drivers.catalog import scores_file, scores_to_bytes
from drivers.frames import TrainingFrame
from drivers.model_contract import feature_matrix, model_file, models_folder
from drivers.openlineage.silence import ModelMade
from drivers.stored.publishing import run_record
from onedag.durations import to_utc
from onedag.errors import ConfigurationError
from onedag.planner import Origin, Plan
from onedag.project import Project
from onedag.service import FeatureService
from onedag.settings import TrainingSettings

try:
    from sklearn.metrics import log_loss, roc_auc_score

    from batch_etl.model import Labels, Matrix, Probabilities, export_onnx, fit, probabilities
    from batch_etl.plots import Predictions, draw_calibration, draw_lift
except ModuleNotFoundError as error:
    raise ConfigurationError(
        f"Training needs {error.name}, which isn't installed. Install all that it needs with "
        f"`pip install 'onedag[onnx]'`."
    ) from error

__all__ = ["BASELINE", "BASE_RATE", "MODEL", "train"]

MODEL = "model"
BASELINE = "request fields alone"
BASE_RATE = "base rate"


def train(
    project: Project,
    service: str | FeatureService,
    *,
    batch: BatchDriver | None = None,
    console: Console | None = None,
    settings: TrainingSettings | None = None,
    publish: bool = True,
) -> TrainingReport:
    """Train a model for a service, write it with its pictures, and publish its run.

    The training frame is ``<offline>/frames/<run id>.parquet``, the model
    ``<offline>/models/<run id>.onnx`` and, once published, ``<offline>/models/<service>.onnx``,
    where servers look for it. Its scores are ``<offline>/models/<run id>.json``.

    Rows whose label is null aren't fitted or tested on. They do count in fitted values: whoever
    asks for a prediction can't know whether there will be a label, so they are rows as requests
    will be.

    Args:
        project: its functions, sources, services and store.
        service: its name or itself.
        batch: instead of a new one for the project.
        console: shows the stages; nothing is shown by default.
        settings: instead of those of the project.
        publish: whether to make the run and the model the ones that are served.

    Raises:
        ConfigurationError: the project doesn't say how to train the service; the label isn't there,
            isn't of two classes or is read by a feature; no rows before or after ``test_from``; an
            unknown feature in the baseline.
        SchemaMismatch: a feature that a model can't take, such as a string.
        ModelMismatch: the exported model doesn't say what the fitted one says.
        StoreError: the run can't be published.
        RegistryError: the snapshot can't be kept; said before the features are computed.
        OfflineError: a file can't be written, such as on a full disk.
    """
    found = project.service(service)
    chosen = settings or _settings_of(project, found.name)
    driver = nullcontext(batch) if batch is not None else BatchDriver(project)
    with (
        Stages(console) as stages,
        driver as opened,
        opened.events.train(found.name, chosen.spine, chosen.label) as made,
    ):
        return _train(project, found, chosen, opened, stages, publish, made)


def _train(
    project: Project,
    service: FeatureService,
    settings: TrainingSettings,
    batch: BatchDriver,
    stages: Stages,
    publish: bool,
    made: ModelMade,
) -> TrainingReport:
    with stages.stage("read the spine"):
        plan = batch.plan(service)
        baseline = _baseline(plan, settings)
        spine = split_spine(plan, settings, project.root)
    with stages.stage("build the training frame"):
        frame = batch.training_frame(spine.before, service, [settings.label])
        training = _examples(frame, settings.label)
    with stages.stage("build the test frame"):
        later = batch.training_frame(spine.after, service, [settings.label], frame.fitted)
        test = _examples(later, settings.label)
    with stages.stage("fit the model"):
        model = fit(training.matrix, training.labels)
        predicted = {MODEL: probabilities(model, test.matrix)}
    if baseline:
        with stages.stage("fit the baseline"):
            predicted[BASELINE] = _predict_with(baseline, service.features, training, test)
    with stages.stage("score"):
        scores = _scores(predicted, len(service.features), len(baseline), training, test)
    with stages.stage("draw the pictures"):
        pictures = _draw(project, frame, settings, test, predicted)
    with stages.stage("write the frame and the model"):
        written = frame.to_parquet(project.offline / "frames" / f"{frame.run_id}.parquet")
        path = models_folder(project) / f"{frame.run_id}.onnx"
        export_onnx(model, run_record(frame), path, test.matrix)
        tested = kept_scores(settings, training.rows, test.rows, scores)
        _replace(scores_file(models_folder(project), frame.run_id), scores_to_bytes(tested))
    if publish:
        with stages.stage("publish"):
            path = _publish(batch, frame, path, model_file(models_folder(project), service.name))
    made(frame, written, path)
    return TrainingReport(
        service=service.name,
        run_id=frame.run_id,
        snapshot=frame.snapshot,
        published=publish,
        label=settings.label,
        test_from=to_utc(settings.test_from),
        training=training.rows,
        test=test.rows,
        scores=scores,
        baseline=baseline,
        never_known=_never_known(training, service.features),
        on_pandas=frame.verdicts.refused,
        fitted=dict(frame.fitted),
        seconds=dict(stages.seconds),
        frame=written,
        model=path,
        pictures=pictures,
    )


@dataclass(frozen=True, slots=True)
class _Examples:
    """The labelled rows of one period, as the model takes them."""

    matrix: Matrix
    labels: Labels
    unlabelled: int

    @property
    def rows(self) -> Rows:
        return Rows(len(self.labels), self.unlabelled, float(self.labels.mean()))


def _examples(frame: TrainingFrame, label: str) -> _Examples:
    known = pc.is_valid(frame.table[label])
    used = frame.table.filter(known)
    return _Examples(
        feature_matrix(used.select(list(frame.features))),
        used[label].to_numpy().astype(np.bool_),
        len(frame) - used.num_rows,
    )


def _settings_of(project: Project, service: str) -> TrainingSettings:
    if service not in project.training:
        others = ", ".join(sorted(project.training)) or "none"
        raise ConfigurationError(
            f"The project doesn't say how to train service {service!r}. Add a table "
            f"[tool.onedag.training.{service}] with spine, label and test_from to pyproject.toml, "
            f"or pass settings=. Services that have one: {others}."
        )
    return project.training[service]


def _baseline(plan: Plan, settings: TrainingSettings) -> tuple[str, ...]:
    """The features that a model without history would have, in the service's order."""
    features = plan.service.features
    if settings.baseline is None:
        stored = _derived_from_store(plan)
        return tuple(name for name in features if name not in stored)
    if unknown := [name for name in settings.baseline if name not in features]:
        raise ConfigurationError(
            f"[tool.onedag.training.{plan.service.name}] names {', '.join(map(repr, unknown))} in "
            f"baseline, which the service doesn't have as a feature. Its features are "
            f"{', '.join(features)}."
        )
    return tuple(name for name in features if name in settings.baseline)


def _derived_from_store(plan: Plan) -> set[str]:
    """What is looked up, and all that comes from it, fitted values too."""
    found = {name for name, origin in plan.training.origins.items() if origin is Origin.STORE}
    for step in plan.training.steps:
        if not found.isdisjoint(step.inputs):
            found.add(step.name)
    return found


def _never_known(training: _Examples, features: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for i, name in enumerate(features) if np.isnan(training.matrix[:, i]).all())


def _predict_with(
    names: Sequence[str], features: Sequence[str], training: _Examples, test: _Examples
) -> Probabilities:
    """The test rows' probabilities by the same model on some of the features."""
    columns = [features.index(name) for name in names]
    model = fit(training.matrix[:, columns], training.labels)
    return probabilities(model, test.matrix[:, columns])


def _scores(
    predicted: Mapping[str, Probabilities],
    features: int,
    baseline: int,
    training: _Examples,
    test: _Examples,
) -> tuple[Score, ...]:
    counts = {MODEL: features, BASELINE: baseline, BASE_RATE: 0}
    always = np.full(len(test.labels), training.labels.mean())
    return tuple(
        Score(
            name,
            counts[name],
            float(roc_auc_score(test.labels, given)),
            float(log_loss(test.labels, given)),
        )
        for name, given in {**predicted, BASE_RATE: always}.items()
    )


def _draw(
    project: Project,
    frame: TrainingFrame,
    settings: TrainingSettings,
    test: _Examples,
    predicted: Mapping[str, Probabilities],
) -> tuple[Path, ...]:
    predictions = Predictions(
        title=frame.service,
        subtitle=f"run {frame.run_id}, tested from {to_utc(settings.test_from):%Y-%m-%d} on",
        label=settings.label,
        labels=test.labels,
        by_model=predicted,
    )
    folder = project.offline / "reports"
    return (
        draw_calibration(predictions, folder / f"{frame.service}-calibration.png"),
        draw_lift(predictions, folder / f"{frame.service}-lift.png"),
    )


def _publish(batch: BatchDriver, frame: TrainingFrame, model: Path, served: Path) -> Path:
    """Put the model where servers look for it, then publish its run; the file's path.

    In this order a server that is up has a model for its run at every moment: before the run is
    published it keeps the model that it has loaded, and after it the file is there. If publishing
    fails, the file before comes back. A job that is killed in between leaves this model with the
    run before: a server that starts then refuses the model, unless both runs have the same features
    and fitted values, and training again heals it.
    """
    before = served.read_bytes() if served.exists() else None
    _replace(served, model.read_bytes())
    try:
        batch.publish(frame)
    except BaseException:
        if before is None:
            served.unlink()
        else:
            _replace(served, before)
        raise
    return served


def _replace(path: Path, content: bytes) -> None:
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
