"""Which changes published models would see, and which of these were acknowledged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from drivers.published import Model, Published
from onedag.snapshots import Snapshot
from onedag.snapshots.promises import Breach, breaches

__all__ = ["Finding", "judge", "unneeded"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that published models are made of and that means something else now.

    Attributes:
        name: of a function, of what is carried or looked up, or that of all package versions.
        digits: 64 hexadecimal ones that stand for what it means now.
        reasons: why it means something else.
        models: the services that need it, with their published runs.
        features: of these services, that are made of it.
        acknowledged: whether somebody said that this is meant.
    """

    name: str
    digits: str
    reasons: tuple[str, ...]
    models: tuple[Model, ...]
    features: tuple[str, ...]
    acknowledged: bool


def judge(
    new: Snapshot,
    published: Published,
    acknowledged: Mapping[str, str],
    named: Collection[str] = (),
) -> tuple[Finding, ...]:
    """What published models would see, in order of name.

    A service that isn't there any more has no requests, so its model sees nothing.

    Args:
        new: the snapshot that would serve the models.
        published: the models.
        acknowledged: the first digits of what a name may mean.
        named: names that may mean anything, or patterns of them such as ``late_*``.
    """
    found: dict[tuple[str, str], Finding] = {}
    for model in published.models.values():
        if model.service not in new.services or model.service not in model.trained_with.services:
            continue
        for breach in breaches(model.trained_with, new, model.service):
            key = breach.name, breach.digits
            if key not in found:
                meant = _named(breach.name, named) or _fits(breach, acknowledged)
                found[key] = Finding(*key, breach.reasons, (), (), meant)
            features = dict.fromkeys([*found[key].features, *breach.features])
            models = (*found[key].models, model)
            found[key] = replace(found[key], models=models, features=tuple(features))
    return tuple(found[key] for key in sorted(found))


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _fits(breach: Breach, acknowledged: Mapping[str, str]) -> bool:
    digits = acknowledged.get(breach.name, "")
    return bool(digits) and breach.digits.startswith(digits)


def unneeded(acknowledged: Iterable[str], findings: Iterable[Finding]) -> tuple[str, ...]:
    """The names and patterns that acknowledge nothing that published models would see."""
    needed = [finding.name for finding in findings if finding.acknowledged]
    return tuple(
        sorted({one for one in acknowledged if not any(_named(name, [one]) for name in needed)})
    )
