"""Which changes published models would see, and which of these were acknowledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from hashlib import sha256

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
    found: dict[str, list[tuple[Model, Breach]]] = defaultdict(list)
    for model in published.models.values():
        if model.service in new.services:
            for breach in breaches(_with_service(model, new), new, model.service):
                found[breach.name].append((model, breach))
    return tuple(_finding(name, found[name], acknowledged, named) for name in sorted(found))


def _with_service(model: Model, new: Snapshot) -> Snapshot:
    """What a model was trained with; without its service, as if that had been what it is now."""
    services = model.trained_with.services
    if model.service in services:
        return model.trained_with
    return replace(
        model.trained_with, services={**services, model.service: new.services[model.service]}
    )


def _finding(
    name: str,
    found: Sequence[tuple[Model, Breach]],
    acknowledged: Mapping[str, str],
    named: Collection[str],
) -> Finding:
    """One name is acknowledged once, whatever it stands for in several services."""
    digits = sorted({breach.digits for _, breach in found})
    now = digits[0] if len(digits) == 1 else sha256("\n".join(digits).encode()).hexdigest()
    return Finding(
        name,
        now,
        tuple(dict.fromkeys(reason for _, breach in found for reason in breach.reasons)),
        tuple(model for model, _ in found),
        tuple(dict.fromkeys(feature for _, breach in found for feature in breach.features)),
        _named(name, named) or _fits(name, now, acknowledged),
    )


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _fits(name: str, now: str, acknowledged: Mapping[str, str]) -> bool:
    digits = acknowledged.get(name, "")
    return bool(digits) and now.startswith(digits)


def unneeded(acknowledged: Iterable[str], findings: Iterable[Finding]) -> tuple[str, ...]:
    """The names and patterns that acknowledge nothing that published models would see."""
    needed = [finding.name for finding in findings if finding.acknowledged]
    return tuple(
        sorted({one for one in acknowledged if not any(_named(name, [one]) for name in needed)})
    )
