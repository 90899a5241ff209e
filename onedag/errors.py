"""Every error that onedag raises on purpose, as one tree.

    OnedagError
    ├── DefinitionError (ValueError)        the project says something that can't be
    │   ├── InvalidDefinition                 one object is wrong by itself
    │   ├── DuplicateName                     two objects share a name
    │   └── CyclicDependency                  functions need each other
    ├── ConfigurationError (ValueError)     pyproject.toml or an argument of Project
    ├── UnknownName (KeyError)              a service, feature, entity or source that isn't there
    ├── PlanError (LookupError)             a service that can't be planned
    │   ├── MissingInput (KeyError)           nothing provides an input
    │   └── AmbiguousInput                    more than one source provides it
    ├── DataError (ValueError)              rows that can't be used
    │   ├── SourceError                       a source's file, column or timestamp
    │   ├── SpineError                        a training spine
    │   ├── RequestError                      the rows of a request
    │   └── SchemaMismatch                    a dtype that isn't the promised one
    ├── FunctionError (RuntimeError)        a feature function raised, or changed the rows
    ├── NotPublished (LookupError)          a service without a run, a view without values
    ├── ModelMismatch (ValueError)          a model that doesn't fit the published run
    ├── OfflineError (OSError)              the offline folder can't be written
    ├── RegistryError (RuntimeError)        a snapshot that isn't there, or can't be read or kept
    │   └── RegistryMoved                     another writer moved the pointer meanwhile
    └── StoreError (RuntimeError)           the store can't be reached or refuses
        ├── StoreUnavailable (ConnectionError)
        └── StoreBusy                         another writer holds the store, or never pauses

Each class also inherits the builtin that fits, so that a caller who doesn't know onedag
catches the right thing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AmbiguousInput",
    "ConfigurationError",
    "CyclicDependency",
    "DataError",
    "DefinitionError",
    "DuplicateName",
    "FunctionError",
    "InvalidDefinition",
    "MissingInput",
    "ModelMismatch",
    "NotPublished",
    "OfflineError",
    "OnedagError",
    "PlanError",
    "RegistryError",
    "RegistryMoved",
    "RequestError",
    "SchemaMismatch",
    "SourceError",
    "SpineError",
    "StoreBusy",
    "StoreError",
    "StoreUnavailable",
    "UnknownName",
]


class OnedagError(Exception):
    """The root of the tree: ``except OnedagError`` catches everything that is ours."""

    def __str__(self) -> str:
        # KeyError would show the message in quotes, with its line breaks escaped.
        return str(self.args[0]) if self.args else ""


class DefinitionError(OnedagError, ValueError):
    """The project's modules define something that can't be."""


class InvalidDefinition(DefinitionError):
    """One entity, source, service or feature function is wrong by itself."""


class DuplicateName(DefinitionError):
    """Two objects of one kind share a name."""

    @classmethod
    def of(cls, kind: str, name: str, first: str, second: str) -> DuplicateName:
        return cls(
            f"{kind} {name!r} is defined twice: in {first} and in {second}. "
            f"Names are unique in a project; rename one of them."
        )


class CyclicDependency(DefinitionError):
    """Functions that need each other's results."""

    @classmethod
    def through(cls, names: Iterable[str]) -> CyclicDependency:
        path = list(names)
        return cls(
            f"These functions need each other: {' -> '.join([*path, path[0]])}. "
            f"Take one of the inputs out, or give it another name if it means another thing."
        )


class ConfigurationError(OnedagError, ValueError):
    """``[tool.onedag]``, or an argument of ``Project``."""


class UnknownName(OnedagError, KeyError):
    """A name that the project doesn't have."""

    @classmethod
    def among(cls, kind: str, name: str, available: Iterable[str]) -> UnknownName:
        names = sorted(available)
        close = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        return cls(f"No {kind} is named {name!r}.{hint} Available: {listed or '(none)'}.")


class PlanError(OnedagError, LookupError):
    """A service that the planner can't satisfy."""


class MissingInput(PlanError, KeyError):
    """An input that nothing provides."""


class AmbiguousInput(PlanError):
    """An input that more than one source provides."""


class DataError(OnedagError, ValueError):
    """Rows that can't be used as they are."""


class SourceError(DataError):
    """A source's file, one of its columns, or a timestamp in it."""


class SpineError(DataError):
    """A training spine that lacks a column or holds a value of another type."""


class RequestError(DataError):
    """The rows of a request. ``details`` has one entry for each wrong field.

    Attributes:
        details: dicts with ``row`` (its position, from 0), ``field`` and ``message``.
    """

    def __init__(self, message: str, details: list[dict[str, object]] | None = None) -> None:
        super().__init__(message)
        self.details = details or []


class SchemaMismatch(DataError):
    """A value whose dtype isn't the one that was promised."""


class FunctionError(OnedagError, RuntimeError):
    """A feature function raised, or gave back other rows than it got."""


class NotPublished(OnedagError, LookupError):
    """A service that has no published run, or a view that was never materialized or backfilled."""

    @classmethod
    def without_backfill(cls, view: str) -> NotPublished:
        return cls(
            f"View {view!r} has no backfill of its present features. Write one: `onedag backfill`, "
            f"or BatchDriver.backfill(); it has the features of the project's services."
        )


class ModelMismatch(OnedagError, ValueError):
    """A model whose features, dtypes or fitted values aren't those of the published run."""


class OfflineError(OnedagError, OSError):
    """A file of the offline folder, or one that a command is told to write, can't be written."""

    @classmethod
    def of(cls, what: str, place: object, error: OSError) -> OfflineError:
        return cls(
            f"{what} can't be written to {place}: {error.strerror or error}. Make room there, or "
            f"name another place: where the command says so, or as `offline` in [tool.onedag]. "
            f"What was there before still is."
        )


class RegistryError(OnedagError, RuntimeError):
    """A snapshot isn't in the registry, or can't be read, written or applied."""


class RegistryMoved(RegistryError):
    """Another writer made another snapshot the current one meanwhile."""


class StoreError(OnedagError, RuntimeError):
    """The store refuses, or holds what this version can't read."""


class StoreUnavailable(StoreError, ConnectionError):
    """The store can't be reached."""


class StoreBusy(StoreError):
    """Another writer holds the store, or writes faster than it can be read."""
