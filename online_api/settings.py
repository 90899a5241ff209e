"""The settings of a server that `app_from_environment` makes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import pydantic
from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from drivers.served.settings import LogSettings
from onedag.errors import ConfigurationError
from online_api.catalog_settings import CatalogSettings
from online_api.limits import Limits

__all__ = ["ApiSettings"]

_DEFAULT = Limits()
_LOGGED = LogSettings(Path())
_SHORTEST = timedelta(milliseconds=1)
_LONGEST = timedelta(hours=1)


def _of_seconds(value: object) -> object:
    if isinstance(value, str):
        try:
            return timedelta(seconds=float(value))
        except (ValueError, OverflowError):
            raise ValueError(f"{value!r} is no number of seconds") from None
    return value


class ApiSettings(BaseSettings):
    """``ONEDAG_PROJECT``, ``ONEDAG_MODELS``, and one variable for each of `Limits`.

    ``ONEDAG_MAX_ROWS``, ``ONEDAG_MAX_BODY_BYTES``, ``ONEDAG_MAX_BATCH_ROWS``,
    ``ONEDAG_MAX_WAITING_ROWS``, ``ONEDAG_DEADLINE`` in seconds, ``ONEDAG_COALESCE``; and of
    `LogSettings`: ``ONEDAG_LOG``, a folder relative to the project, without which nothing is
    logged, ``ONEDAG_LOG_SAMPLE``, ``ONEDAG_LOG_MAX_BYTES``, ``ONEDAG_LOG_ROWS``,
    ``ONEDAG_LOG_SECONDS``, ``ONEDAG_LOG_WITHOUT`` with commas between names,
    ``ONEDAG_LOG_PERSONAL``; ``ONEDAG_METRICS``, without which there is no ``/metrics``;
    and ``ONEDAG_TRACING``, with which requests are traced as OpenTelemetry's variables say.

    Attributes:
        project: a folder in or under the feature repository; the current one by default.
        models: the folder of the models, relative to the project; that of its jobs by default.
        catalog: whether there are pages at ``/catalog``; ``ONEDAG_CATALOG``.
        catalog_personal: whether they show what training left of people's values.
        open_sources: whether sources may be opened for the columns that these pages show.
    """

    model_config = SettingsConfigDict(env_prefix="ONEDAG_", env_ignore_empty=True)

    project: Path = Path()
    models: Path | None = None
    catalog: bool = True
    catalog_personal: bool = False
    open_sources: bool = False
    max_rows: pydantic.PositiveInt = _DEFAULT.max_rows
    max_body_bytes: pydantic.PositiveInt = _DEFAULT.max_body_bytes
    max_batch_rows: pydantic.PositiveInt = _DEFAULT.max_batch_rows
    max_waiting_rows: pydantic.PositiveInt = _DEFAULT.max_waiting_rows
    deadline: Annotated[
        timedelta, BeforeValidator(_of_seconds), Field(ge=_SHORTEST, le=_LONGEST)
    ] = _DEFAULT.deadline
    coalesce: bool = _DEFAULT.coalesce
    log: Path | None = None
    log_sample: Annotated[float, Field(ge=0, le=1)] = _LOGGED.sample
    log_max_bytes: pydantic.PositiveInt = _LOGGED.max_bytes
    log_rows: pydantic.PositiveInt = _LOGGED.rows
    log_seconds: Annotated[timedelta, BeforeValidator(_of_seconds), Field(ge=_SHORTEST)] = (
        _LOGGED.every
    )
    log_without: str = ""
    log_personal: bool = _LOGGED.personal
    metrics: bool = True
    tracing: bool = False

    @property
    def limits(self) -> Limits:
        """What the server takes on."""
        return Limits(
            max_rows=self.max_rows,
            max_body_bytes=self.max_body_bytes,
            max_batch_rows=self.max_batch_rows,
            max_waiting_rows=self.max_waiting_rows,
            deadline=self.deadline,
            coalesce=self.coalesce,
        )

    @property
    def shown(self) -> CatalogSettings:
        """What the catalog's pages show."""
        return CatalogSettings(self.open_sources, self.catalog_personal)

    @property
    def logged(self) -> LogSettings | None:
        """What is logged of what is served; None for nothing."""
        if self.log is None:
            return None
        names = (name.strip() for name in self.log_without.split(","))
        return LogSettings(
            folder=self.log,
            sample=self.log_sample,
            max_bytes=self.log_max_bytes,
            rows=self.log_rows,
            every=self.log_seconds,
            without=frozenset(filter(None, names)),
            personal=self.log_personal,
        )

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
