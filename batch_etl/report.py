"""What a training did, for people and for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from onedag.catalog import ModelScore, TestedModel
from onedag.durations import to_utc
from onedag.settings import TrainingSettings

__all__ = ["Rows", "Score", "TrainingReport", "kept_scores"]


@dataclass(frozen=True, slots=True)
class Score:
    """How good the predictions of one model are, on the rows of the test period.

    Attributes:
        name: of the model.
        features: how many it takes.
        auc: area under the ROC curve; 0.5 is chance, more is better.
        log_loss: mean negative log-likelihood, in nats; less is better.
    """

    name: str
    features: int
    auc: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one period.

    Attributes:
        used: with a label, that a model was fitted or tested on.
        unlabelled: without one. They aren't fitted or tested on; fitted values include them.
        positive: share of the used rows whose label is true.
    """

    used: int
    unlabelled: int
    positive: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What `train` did.

    Attributes:
        service: its name.
        run_id: of the training frame.
        snapshot: id of the snapshot of the project that it was computed with.
        published: whether the run is the one that is served now.
        label: the column that is predicted.
        test_from: aware UTC; earlier rows are for training.
        training: rows before `test_from`.
        test: rows from it on.
        scores: of the model, the baseline (if there are features for one) and the base rate.
        baseline: the features of the baseline.
        never_known: features that no training row has a value of; the model doesn't use them.
        on_pandas: functions that are called with pandas when requests are answered, with the
            reason; the others run on NumPy.
        fitted: fitted values of the training rows, by function.
        seconds: by stage.
        frame: file of the training frame, the label in front.
        model: file of the model.
        pictures: the files of the calibration and the lift.
    """

    service: str
    run_id: str
    snapshot: str
    published: bool
    label: str
    test_from: datetime
    training: Rows
    test: Rows
    scores: tuple[Score, ...]
    baseline: tuple[str, ...]
    never_known: tuple[str, ...]
    on_pandas: Mapping[str, str]
    fitted: Mapping[str, Any]
    seconds: Mapping[str, float]
    frame: Path
    model: Path
    pictures: tuple[Path, ...]

    def score(self, name: str) -> Score:
        """The score of a model by its name.

        Raises:
            KeyError: there is no such model.
        """
        return {score.name: score for score in self.scores}[name]

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON has."""
        content = dataclasses.asdict(self)
        return content | {
            "test_from": self.test_from.isoformat(),
            "frame": str(self.frame),
            "model": str(self.model),
            "pictures": [str(picture) for picture in self.pictures],
            "scores": [dataclasses.asdict(score) for score in self.scores],
            "baseline": list(self.baseline),
            "never_known": list(self.never_known),
        }

    def show(self, console: Console) -> None:
        """Print the scores as a table, with the rows and files below it."""
        scores = Table(title=f"{self.service}: predicting {self.label}", title_justify="left")
        scores.add_column("model")
        for column in ("features", "AUC", "log loss"):
            scores.add_column(column, justify="right")
        for score in self.scores:
            scores.add_row(
                score.name, str(score.features), f"{score.auc:.4f}", f"{score.log_loss:.4f}"
            )
        console.print(scores)
        for line in self._lines():
            console.print(Text(line), soft_wrap=True)

    def _lines(self) -> list[str]:
        since = f"{self.test_from:%Y-%m-%d %H:%M} UTC"
        unused = [f"not used, for no row has a value: {name}" for name in self.never_known]
        slow = [f"on pandas for each request: {n}, for {why}" for n, why in self.on_pandas.items()]
        return [
            f"run {self.run_id}, {'published' if self.published else 'not published'}",
            f"of snapshot {self.snapshot[:12]}",
            f"trained on {_said(self.training, f'before {since}')}",
            f"tested on {_said(self.test, 'from then on')}",
            f"took {sum(self.seconds.values()):.1f} s",
            *unused,
            *slow,
            *(str(_shown(path)) for path in (self.model, self.frame, *self.pictures)),
        ]


def kept_scores(
    settings: TrainingSettings, training: Rows, test: Rows, scores: tuple[Score, ...]
) -> TestedModel:
    """What is kept of a training for the catalog."""
    return TestedModel(
        label=settings.label,
        test_from=to_utc(settings.test_from),
        training_rows=training.used,
        test_rows=test.used,
        positive=test.positive,
        scores=tuple(ModelScore(of.name, of.features, of.auc, of.log_loss) for of in scores),
    )


def _said(rows: Rows, period: str) -> str:
    more = f"; {rows.unlabelled:,} more have no label" if rows.unlabelled else ""
    return f"{rows.used:,} rows {period}, {rows.positive:.1%} positive{more}"


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
