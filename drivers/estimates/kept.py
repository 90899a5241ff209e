"""Estimates in the registry's folder, one file for each view and meaning."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from pathlib import Path
from typing import Any

from drivers.estimates.model import Cost, Estimate
from onedag.errors import RegistryError

__all__ = ["Estimates"]

_FORMAT = 1
_DIGITS = 16


class Estimates:
    """What was expected of materializations, and what they took.

    Two writers of one file don't mix: the later one's stays.

    Args:
        registry: the folder of the project's snapshots.
    """

    def __init__(self, registry: Path) -> None:
        self.folder = registry / "estimates"

    def keep(self, estimate: Estimate) -> None:
        """Keep an estimate, in place of an earlier one.

        Raises:
            RegistryError: the folder can't be written.
        """
        path = self._path(estimate.view, estimate.meaning)
        content = {"format": _FORMAT, **dataclasses.asdict(estimate)}
        written = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                written.write_text(json.dumps(content, indent=1), encoding="utf-8")
                os.replace(written, path)
            finally:
                written.unlink(missing_ok=True)
        except OSError as error:
            raise RegistryError(
                f"The estimate of view {estimate.view!r} can't be kept in {self.folder}: "
                f"{error.strerror or error}."
            ) from error

    def of(self, view: str, meaning: str) -> Estimate | None:
        """The estimate of a view of a meaning; None where there is none that can be read."""
        try:
            content = json.loads(self._path(view, meaning).read_text(encoding="utf-8"))
            found = _estimate(content) if content.pop("format") == _FORMAT else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # it only says how good a guess was
        return found if found is not None and found.meaning == meaning else None

    def _path(self, view: str, meaning: str) -> Path:
        return self.folder / f"{view}-{meaning[:_DIGITS]}.json"


def _estimate(content: dict[str, Any]) -> Estimate:
    actual = content.pop("actual")
    cost = Cost(**content.pop("cost"))
    return Estimate(**content, cost=cost, actual=None if actual is None else Cost(**actual))
