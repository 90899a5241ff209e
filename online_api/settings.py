"""The environment of a server that `app_from_environment` makes."""

from __future__ import annotations

from pathlib import Path

import pydantic
from pydantic_settings import BaseSettings, SettingsConfigDict

from onedag.errors import ConfigurationError

__all__ = ["DEFAULT_MAX_ROWS", "ApiSettings"]

DEFAULT_MAX_ROWS = 1000


class ApiSettings(BaseSettings):
    """``ONEDAG_PROJECT``, ``ONEDAG_MODELS`` and ``ONEDAG_MAX_ROWS``.

    Attributes:
        project: a folder in or under the feature repository; the current one by default.
        models: the folder of the models, relative to the project; that of its jobs by default.
        max_rows: how many rows one request may carry.
    """

    model_config = SettingsConfigDict(env_prefix="ONEDAG_", env_ignore_empty=True)

    project: Path = Path()
    models: Path | None = None
    max_rows: pydantic.PositiveInt = DEFAULT_MAX_ROWS

    @classmethod
    def read(cls) -> ApiSettings:
        """The settings in the environment.

        Raises:
            ConfigurationError: one of them can't be used; the message names it.
        """
        try:
            return cls()
        except pydantic.ValidationError as error:
            lines = [
                f"  ONEDAG_{str(problem['loc'][0]).upper()}: {problem['msg']}"
                for problem in error.errors()
            ]
            raise ConfigurationError(
                "The environment can't be used:\n" + "\n".join(lines)
            ) from error
