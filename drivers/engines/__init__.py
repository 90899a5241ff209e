"""Engines: where moments are joined with history."""

from drivers.engines.base import AT, EVENT, KNOWN, Engine, History, Windows

__all__ = ["AT", "EVENT", "KNOWN", "Engine", "History", "Windows"]
