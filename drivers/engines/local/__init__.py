"""The local engine: sorted numpy arrays, in this process. The default."""

from drivers.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
