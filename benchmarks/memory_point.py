"""One training frame in a process of its own, and the memory that the process had.

python -m benchmarks.memory_point FOLDER        # the process; prints JSON
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.setting import ROOT

__all__ = ["Point", "measured"]

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Point:
    """What one training frame took.

    Attributes:
        peak_gb: the high-water mark of resident memory.
        sampled_gb: the most that was seen from outside.
        seconds: reading, computing and writing, without the start of the interpreter.
        rows: were written.
        stopped: whether it was stopped because of its memory.
    """

    peak_gb: float
    sampled_gb: float
    seconds: float
    rows: int
    stopped: bool = False


def measured(folder: Path, stop_gb: float) -> Point:
    """Build the frame of a folder's spine in another process, which is stopped if it gets too big.

    Raises:
        RuntimeError: the process failed.
    """
    command = [sys.executable, "-m", "benchmarks.memory_point", str(folder)]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, _resident_gb(process.pid, "VmRSS"))
            if most > stop_gb:
                process.kill()
                return Point(most, most, time.perf_counter() - start, 0, stopped=True)
            time.sleep(SAMPLE_SECONDS)
        printed, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed; see above.")
    return Point(**json.loads(printed), sampled_gb=most)


def _resident_gb(process: int | str, field: str) -> float:
    """A field of a process's memory in GB, 0 where the system doesn't say."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) * 1024 / 1e9 for line in lines if line.startswith(f"{field}:"))


def _peak_gb() -> float:
    # getrusage counts the process that started this one too: a fork has its parent's memory.
    peak = _resident_gb("self", "VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main(folder: Path) -> None:
    """Build and write the frame, and print what it took."""
    from benchmarks.projects import mixed
    from drivers import BatchDriver
    from onedag import Project

    output = folder / "frame.parquet"
    start = time.perf_counter()
    with BatchDriver(Project(mixed, root=folder, store="memory://")) as driver:
        driver.training_frame("spine.parquet", mixed.mixed.name).to_parquet(output)
    seconds = time.perf_counter() - start
    peak = _peak_gb()
    rows = pq.read_metadata(output).num_rows
    output.unlink()
    print(json.dumps({"peak_gb": peak, "seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
