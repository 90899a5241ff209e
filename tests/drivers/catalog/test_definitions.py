"""What a catalog says of the code, whatever else can be known."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from drivers.catalog import CatalogReader
from drivers.registry import take_snapshot
from drivers.stores.memory import MemoryStore
from onedag import Project
from onedag.catalog import Catalog, source_facts
from tests.drivers.catalog.conftest import MODULE, Load, train

ORDERS = {"user_id": "int64", "amount": "double", "at": "timestamp[us, tz=UTC]"}
TWO = "\n".join(
    [
        'def tripled(amount: pd.Series) -> pd.Series:\n    """Nobody needs it."""',
        "    return amount * 3",
        "",
        '@aggregate(orders, by=user, over="1d")',
        'def unused(amount: pd.Series) -> float:\n    """Stored for nobody."""',
        "    return amount.sum()",
        "",
        "",
        "class Request(",
    ]
)


def types(catalog: Catalog, source: str = "orders") -> dict[str, str]:
    return dict(catalog.snapshot.sources[source].columns)


def read(project: Project, store: MemoryStore, *, open_sources: bool = False) -> Catalog:
    kept = timedelta(0)
    return CatalogReader(project, store, kept=kept, open_sources=open_sources).read()


def test_the_snapshot_is_that_which_the_run_was_trained_with(project: Project) -> None:
    store = MemoryStore()
    run = train(project, store)
    catalog = read(project, store)
    assert catalog.snapshot.id == run.snapshot
    assert types(catalog) == ORDERS
    assert catalog.unplanned == {}


def test_sources_are_opened_if_they_may_be(load: Load) -> None:
    project = load(registry=None)
    store = MemoryStore()
    assert types(read(project, store)) == {}
    catalog = read(project, store, open_sources=True)
    assert types(catalog) == ORDERS
    assert catalog.snapshot.id == take_snapshot(project).id


def test_a_server_never_opens_sources(project: Project) -> None:
    store = MemoryStore()
    train(project, store)
    for file in project.root.glob("*.parquet"):
        file.unlink()
    assert types(read(project, store)) == ORDERS


def test_a_source_that_cant_be_opened(project: Project) -> None:
    (project.root / "orders.parquet").write_bytes(b"")
    catalog = read(project, MemoryStore(), open_sources=True)
    [note] = catalog.notes
    assert note.startswith("Source orders can't be opened: ")
    assert (types(catalog), types(catalog, "profiles")["age"]) == ({}, "int64")
    facts = source_facts(catalog, "orders")
    assert [column.name for column in facts.columns] == ["amount", "user_id"]


def test_a_run_without_its_snapshot_plans_as_it_is_served(load: Load) -> None:
    """It looks a column up in a source that nobody may open: the run says which."""
    store = MemoryStore()
    train(load(registry=None), store)
    catalog = read(load(registry=None), store)
    assert catalog.unplanned == {}
    assert catalog.snapshot.services["buys"].origins["age"] == "store"
    assert types(catalog, "profiles") == {}


def test_nothing_is_known_of_a_column_that_is_looked_up(load: Load) -> None:
    catalog = read(load(registry=None), MemoryStore())
    assert "age" in catalog.unplanned["buys"]
    assert catalog.snapshot.services["buys"].features == ("spent_7d", "price_over_mean", "age")
    assert "view:user_orders:spent_7d" in catalog.lineage.nodes
    assert catalog.dead == ()  # nobody knows what it would need


@pytest.mark.parametrize("applied", [True, False])
def test_what_the_registry_has_while_nothing_is_published(
    project: Project, *, applied: bool
) -> None:
    from drivers.registry import Registry, apply
    from tests.drivers.catalog.conftest import NOON

    assert project.registry is not None
    registry, snapshot = Registry(project.registry), take_snapshot(project)
    if applied:
        apply(registry, snapshot, at=NOON, by="me", reason="")
    else:
        registry.save(snapshot)
    catalog = read(project, MemoryStore())
    assert (catalog.unplanned, types(catalog)) == ({}, ORDERS)


def test_columns_of_an_earlier_time_dont_stop_the_newer_code(load: Load) -> None:
    """The code takes a column that the run's snapshot doesn't have."""
    store = MemoryStore()
    train(load(), store)
    catalog = read(load(("def spent(amount:", "def spent(total:"), ("amount.", "total.")), store)
    assert catalog.unplanned == {}
    assert "source:orders:total" in catalog.lineage.nodes


def test_columns_that_were_renamed_since_arent_taken(load: Load) -> None:
    store = MemoryStore()
    train(load(), store)
    renamed = 'timestamp="at", columns={"amount": "total"}'
    edits = (('timestamp="at"', renamed), ("def spent(amount:", "def spent(total:"))
    catalog = read(load(*edits, ("amount.", "total.")), store)
    assert types(catalog) == {}
    assert types(catalog, "profiles")["age"] == "int64"


def test_what_no_service_needs(load: Load) -> None:
    catalog = read(load(("class Request(", TWO)), MemoryStore(), open_sources=True)
    assert catalog.dead == ("tripled", "unused_1d")
    assert "view:user_orders:unused_1d" in catalog.lineage.nodes


def test_a_project_without_services(load: Load) -> None:
    service = MODULE.partition("buys = ")[2]
    catalog = read(load(("buys = " + service, "")), MemoryStore())
    assert (catalog.snapshot.services, catalog.pii, catalog.runs) == ({}, (), {})
    assert "view:user_orders:spent_7d" in catalog.lineage.nodes
    assert set(catalog.dead) == {"spent_7d", "price_mean", "price_over_mean"}


def test_a_registry_that_is_damaged(project: Project) -> None:
    store = MemoryStore()
    run = train(project, store)
    assert project.registry is not None
    kept = project.registry / "snapshots" / f"{run.snapshot}.json"
    kept.chmod(0o644)
    kept.write_bytes(b"{}")
    catalog = read(project, store)
    assert (catalog.runs["buys"].commit, types(catalog)) == ("", {})


def test_the_commit_of_the_code_and_of_the_run(load: Load, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=me", "-c", "user.email=me@example.org")
        command = ["git", *who, *arguments]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "nothing yet")
    store, project = MemoryStore(), load()
    git("add", "-A")
    git("commit", "-q", "-m", "features")
    trained = git("rev-parse", "HEAD")
    train(project, store)
    (tmp_path / "README").write_text("more")
    git("add", "README")
    git("commit", "-q", "-m", "more")
    catalog = read(project, store)
    assert catalog.runs["buys"].commit == trained
    assert catalog.views["user_orders"].commit == trained
    assert catalog.snapshot.commit is not None
    assert catalog.snapshot.commit.hash == git("rev-parse", "HEAD")


def test_a_catalog_without_sources_needs_no_duckdb(tmp_path: Path) -> None:
    """A server is started without it, and its first page should come soon."""
    (tmp_path / "lean.py").write_text(MODULE)
    code = "import sys; from onedag import Project; from drivers.catalog import CatalogReader; "
    code += "CatalogReader(Project('lean', store='sqlite:///s.db')).read(); "
    code += "print('duckdb' in sys.modules, 'onnxruntime' in sys.modules)"
    environment = {"PYTHONPATH": f"{Path.cwd()}:{tmp_path}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", "False"], done.stderr
