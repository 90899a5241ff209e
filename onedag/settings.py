"""``[tool.onedag]`` of a ``pyproject.toml``: what a project is made of, where it keeps things."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from onedag.errors import ConfigurationError

__all__ = ["ProjectSettings", "TrainingSettings", "find_pyproject"]

DEFAULT_STORE = "sqlite:///.onedag/store.db"
DEFAULT_OFFLINE = Path(".onedag/offline")
DEFAULT_REGISTRY = Path(".onedag/registry")

Digits = Annotated[str, pydantic.Field(pattern=r"^[0-9a-f]{8,64}$")]


class TrainingSettings(pydantic.BaseModel):
    """``[tool.onedag.training.SERVICE]``: how the jobs train a model for a service.

    Attributes:
        spine: a Parquet or CSV file, relative to the project.
        label: the spine's column to predict.
        test_from: rows from this moment on are for testing, earlier ones for training.
        baseline: features of the service that a model without history would have; by default
            those that need no store.
    """

    model_config = pydantic.ConfigDict(extra="forbid")

    spine: Path
    label: str
    test_from: datetime
    baseline: list[str] | None = None


class ProjectSettings(BaseSettings):
    """The table ``[tool.onedag]``; ``ONEDAG_STORE`` and the like in the environment override it.

    Attributes:
        modules: dotted names; a package means all its modules.
        store: ``sqlite:///…``, ``redis://…`` or ``memory://``.
        offline: the folder of models, frames and pictures, relative to the project.
        registry: the folder of snapshots, relative to the project; a shared one for a team.
        training: how to train, by service.
        acknowledged: changes that published models may see (`onedag diff`): by the function's name
            the first digits, 8 or more, of what it means now; so it ends at the next change.
        openlineage: where run events go: ``file:`` and a path relative to the project, or the URL
            of an endpoint; nowhere by default, or with ``off``.
    """

    model_config = SettingsConfigDict(env_prefix="ONEDAG_", env_ignore_empty=True, extra="forbid")

    modules: list[str]
    store: str = DEFAULT_STORE
    offline: Path = DEFAULT_OFFLINE
    registry: Path = DEFAULT_REGISTRY
    training: dict[str, TrainingSettings] = {}
    acknowledged: dict[str, Digits] = {}
    openlineage: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, so that one image runs everywhere."""
        return env_settings, init_settings

    @classmethod
    def read(cls, pyproject: Path) -> ProjectSettings:
        """The settings in a file.

        Raises:
            ConfigurationError: no file, no such table, an unknown key or a wrong value.
        """
        table = _tool_table(pyproject)
        try:
            return cls(**table)
        except SettingsError as error:
            raise ConfigurationError(
                f"An environment variable ONEDAG_… can't be used: {error}. Lists and tables are "
                f"written as JSON there."
            ) from error
        except pydantic.ValidationError as error:
            lines = [
                f"  {'.'.join(map(str, problem['loc']))}: {_said(problem)}"
                for problem in error.errors()
            ]
            raise ConfigurationError(
                f"[tool.onedag] in {pyproject} can't be used:\n" + "\n".join(lines)
            ) from error


def _said(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        nested = len(problem["loc"]) > 1
        keys = TrainingSettings.model_fields if nested else ProjectSettings.model_fields
        return f"unknown key; the keys are {', '.join(keys)}"
    if problem["loc"][0] == "acknowledged" and len(problem["loc"]) > 1:
        return "give the digits that `onedag diff` prints, in quotes: 8 to 64 of 0-9 and a-f"
    return str(problem["msg"])


def _tool_table(pyproject: Path) -> dict[str, Any]:
    table = _tools(pyproject).get("onedag")
    if not isinstance(table, dict):
        raise ConfigurationError(
            f'{pyproject} has no table [tool.onedag]. Add one with modules = ["your.features"].'
        )
    return table


def _tools(pyproject: Path) -> dict[str, Any]:
    """What stands under ``[tool]``."""
    try:
        tools = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool")
    except OSError as error:
        raise ConfigurationError(f"{pyproject} can't be read: {error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{pyproject} isn't valid TOML: {error}") from error
    return tools if isinstance(tools, dict) else {}


def find_pyproject(directory: Path) -> Path:
    """The nearest ``pyproject.toml`` with a ``[tool.onedag]`` table, from a folder upwards.

    Raises:
        ConfigurationError: none is there, the folder isn't, or a file on the way isn't TOML.
    """
    directory = directory.resolve()
    if not directory.exists():
        raise ConfigurationError(
            f"No pyproject.toml with [tool.onedag] in {directory}: there is no such folder."
        )
    for folder in (directory, *directory.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file() and "onedag" in _tools(candidate):
            return candidate
    raise ConfigurationError(
        f"No pyproject.toml with [tool.onedag] in {directory} or above it. Run this in a feature "
        f"repository, or name one with --project DIR."
    )
