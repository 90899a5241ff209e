"""What a module exports is written down, in order, and is there."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import onedag

PACKAGES = ("onedag", "drivers", "online_api", "batch_etl")


def modules() -> list[str]:
    """The names of all modules that the wheel holds."""
    names = []
    for package in PACKAGES:
        found = importlib.import_module(package)
        names.append(package)
        names += [
            info.name
            for info in pkgutil.walk_packages(found.__path__, f"{package}.")
            if not info.name.endswith(".__main__")
        ]
    return names


@pytest.mark.parametrize("name", modules())
def test_all_is_sorted_and_true(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    if exported is None:
        assert hasattr(module, "__path__"), f"{name} has no __all__"
        # pytest puts names that begin with @ into modules of a distribution with a plugin of its.
        own = [n for n in vars(module) if not n.startswith(("_", "@"))]
        assert not [n for n in own if n not in submodules(name)]
        return
    # Ruff's order: constants, then classes, then the rest, each in order.
    assert list(exported) == sorted(exported, key=kind_and_name)
    assert len(set(exported)) == len(exported)
    assert not [n for n in exported if not hasattr(module, n)]


def submodules(package: str) -> set[str]:
    path = importlib.import_module(package).__path__
    return {info.name for info in pkgutil.iter_modules(path)} | {"annotations"}


def kind_and_name(name: str) -> tuple[int, str]:
    constant = name.isupper()
    return (0 if constant else 1 if name[0].isupper() else 2), name


def test_everything_public_is_documented() -> None:
    assert [n for n in onedag.__all__ if not (getattr(onedag, n).__doc__ or "").strip()] == []


def test_the_package_exports_the_vocabulary() -> None:
    assert {"Entity", "FeatureService", "Project", "Source", "aggregate", "latest", "plan"} <= set(
        onedag.__all__
    )


@pytest.mark.parametrize("name", onedag.__all__)
def test_what_is_exported_is_exported_where_it_is_written(name: str) -> None:
    home = importlib.import_module(getattr(onedag, name).__module__)
    assert name in home.__all__
