"""The local engine: DuckDB and numpy, in this process. The default."""

from drivers.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
