"""Whether published models would see a change that nobody acknowledged, and what to do then."""

from __future__ import annotations

from collections.abc import Iterator

from batch_etl.diff.judge import Finding
from batch_etl.diff.run import Difference
from drivers.published import Model

__all__ = ["verdict"]

DIGITS = 12
"""How many digits of a meaning are shown to be acknowledged; 8 are enough."""

MOST = 20
"""Of findings, so many are told one by one."""


def verdict(difference: Difference) -> Iterator[str]:
    """Lines for people: which models were looked at, what they would see, what to do."""
    yield ""
    yield from _models(difference)
    old = difference.changes.old.id
    for finding in difference.findings[:MOST]:
        yield _finding(finding, old)
    if len(difference.findings) > MOST:
        yield f"… and {len(difference.findings) - MOST} more"
    if difference.failures:
        yield from _cure(difference.failures)
    for name in difference.unneeded:
        yield (
            f"{name!r} is acknowledged, and no published model would see a change of it: that can "
            f"go."
        )


def _models(difference: Difference) -> Iterator[str]:
    published = difference.published
    if published.unasked:
        yield (
            f"{published.unasked} So which models are published isn't known here, and every "
            f"service of the old snapshot counts as one with a model. Name the store in "
            f"ONEDAG_STORE to ask it."
        )
    elif not published.models:
        yield "No model is published."
    for model in published.models.values():
        named = _model(model, difference.changes.old.id)
        gone = model.service not in difference.changes.new.services
        if gone:
            yield f"{named} is published, and its service isn't there any more."
        elif model.run_id and not model.known:
            yield (
                f"The registry doesn't have the snapshot that {named} was trained with, "
                f"so it is compared with the old one."
            )
        if not gone and model.service not in model.trained_with.services:
            yield (
                f"Snapshot {model.trained_with.id[:DIGITS]} has no service {model.service}, so it "
                f"is compared as if the service had been what it is now."
            )
    if published.models and not difference.findings:
        yield "No published model would see a change of meaning."


def _finding(finding: Finding, old: str) -> str:
    state = "acknowledged" if finding.acknowledged else "NOT ACKNOWLEDGED"
    models = ", ".join(_model(model, old) for model in finding.models)
    count = len(finding.features)
    through = f" and changes {count} of its features" if count > 1 else ""
    return f"{state}: {finding.name} ({'; '.join(finding.reasons)}) is used by {models}{through}"


def _cure(failures: tuple[Finding, ...]) -> Iterator[str]:
    yield ""
    yield (
        "A published model would get other values than it was trained with. Give what means "
        "something else a new name, and keep the old one until a model without it is published. "
        "Or, if it is meant, acknowledge it in pyproject.toml:"
    )
    yield ""
    yield "[tool.onedag.acknowledged]"
    for finding in failures:
        yield f'{finding.name} = "{finding.digits[:DIGITS]}"'
    yield ""
    options = " ".join(f"--acknowledge {finding.name}" for finding in failures)
    if len(options) < 200:
        yield f"or for this once with {options}"


def _model(model: Model, old: str) -> str:
    """A model, with the snapshot it was trained with where that isn't the old one."""
    if not model.run_id:
        return model.service
    trained = model.trained_with.id
    since = "" if trained == old else f", trained with snapshot {trained[:DIGITS]}"
    return f"{model.service} (run {model.run_id}{since})"
