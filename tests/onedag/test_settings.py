from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedag.errors import ConfigurationError
from onedag.settings import ProjectSettings, find_pyproject


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORE", "OFFLINE", "MODULES", "TRAINING"):
        monkeypatch.delenv(f"ONEDAG_{name}", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    settings = ProjectSettings.read(
        written(
            tmp_path,
            """
            [tool.onedag]
            modules = ["a", "b.c"]
            store = "redis://localhost:6379/0"
            offline = "out"

            [tool.onedag.training.delay]
            spine = "data/spine.parquet"
            label = "late"
            test_from = 2013-10-01T00:00:00Z
            baseline = ["distance"]
            """,
        )
    )
    assert settings.modules == ["a", "b.c"]
    assert settings.store == "redis://localhost:6379/0"
    assert settings.offline == Path("out")
    training = settings.training["delay"]
    assert training.spine == Path("data/spine.parquet")
    assert training.label == "late"
    assert training.test_from == datetime(2013, 10, 1, tzinfo=UTC)
    assert training.baseline == ["distance"]


def test_what_is_left_out(tmp_path: Path) -> None:
    settings = ProjectSettings.read(written(tmp_path, '[tool.onedag]\nmodules = ["a"]'))
    assert settings.store == "sqlite:///.onedag/store.db"
    assert settings.offline == Path(".onedag/offline")
    assert settings.training == {}


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(
        tmp_path, '[tool.onedag]\nmodules = ["a"]\nstore = "memory://"\noffline = "here"'
    )
    monkeypatch.setenv("ONEDAG_STORE", "redis://there:6379/1")
    monkeypatch.setenv("ONEDAG_OFFLINE", "/there")
    monkeypatch.setenv("ONEDAG_SOMETHING_ELSE", "1")
    settings = ProjectSettings.read(path)
    assert settings.store == "redis://there:6379/1"
    assert settings.offline == Path("/there")


def test_an_empty_variable_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEDAG_STORE", "")
    path = written(tmp_path, '[tool.onedag]\nmodules = ["a"]\nstore = "memory://"')
    assert ProjectSettings.read(path).store == "memory://"


def test_a_list_in_the_environment_is_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '[tool.onedag]\nmodules = ["a"]')
    monkeypatch.setenv("ONEDAG_MODULES", '["b"]')
    assert ProjectSettings.read(path).modules == ["b"]
    monkeypatch.setenv("ONEDAG_MODULES", "b")
    with pytest.raises(ConfigurationError, match=r"ONEDAG_.* can't be used.*modules.*JSON"):
        ProjectSettings.read(path)


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (
            'modules = ["a"]\nstroe = "memory://"',
            [
                "  stroe: unknown key; the keys are modules, store, offline, registry, training, "
                "acknowledged, openlineage",
            ],
        ),
        ("", ["  modules: Field required"]),
        ('modules = "a"', ["  modules: Input should be a valid list"]),
        (
            "modules = [1]\nstore = 2",
            [
                "  modules.0: Input should be a valid string",
                "  store: Input should be a valid string",
            ],
        ),
        (
            'modules = ["a"]\n[tool.onedag.training.s]\nspine = "s"\nlabel = "l"\n'
            "test_from = 2013-10-01\nlable = 1",
            [
                "  training.s.lable: unknown key; the keys are spine, label, test_from, baseline",
            ],
        ),
        (
            'modules = ["a"]\n[tool.onedag.training.s]\nspine = "s"\ntest_from = "soon"',
            [
                "  training.s.label: Field required",
                "  training.s.test_from: Input should be a valid datetime or date, input is too "
                "short",
            ],
        ),
        (
            'modules = ["a"]\n[tool.onedag.acknowledged]\nmean = "0123abcd"\nlate = "0123abc"',
            [
                "  acknowledged.late: give the digits that `onedag diff` prints, in quotes: 8 to "
                "64 of 0-9 and a-f",
            ],
        ),
    ],
)
def test_each_wrong_key_is_a_line(tmp_path: Path, table: str, lines: list[str]) -> None:
    path = written(tmp_path, f"[tool.onedag]\n{table}")
    with pytest.raises(ConfigurationError) as caught:
        ProjectSettings.read(path)
    first, *others = str(caught.value).splitlines()
    assert first == f"[tool.onedag] in {path} can't be used:"
    assert sorted(others) == sorted(lines)


@pytest.mark.parametrize(
    "text", ["", "[tool.other]", "tool = 3", "[tool]\nonedag = 'x'", "# tool.onedag"]
)
def test_a_file_without_the_table(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        ProjectSettings.read(path)
    assert str(caught.value) == (
        f'{path} has no table [tool.onedag]. Add one with modules = ["your.features"].'
    )


def test_a_file_that_is_not_toml_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    with pytest.raises(ConfigurationError, match="can't be read"):
        ProjectSettings.read(path)
    path.write_text("[tool.onedag", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="isn't valid TOML"):
        ProjectSettings.read(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="isn't valid TOML"):
        ProjectSettings.read(path)


def test_the_nearest_file_with_the_table_is_found(tmp_path: Path) -> None:
    outer = written(tmp_path, '[tool.onedag]\nmodules = ["a"]')
    inner = tmp_path / "package"
    deep = inner / "deep"
    deep.mkdir(parents=True)
    written(inner, '# not tool.onedag\n[tool.other]\nx = "[tool.onedag]"')
    assert find_pyproject(deep) == outer
    assert find_pyproject(outer) == outer
    mine = written(inner, '[tool]\nonedag = {modules = ["b"]}')
    assert find_pyproject(deep) == mine


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"No pyproject.toml with \[tool.onedag\] in "):
        find_pyproject(tmp_path)
    written(tmp_path, '[tool.onedag]\nmodules = ["a"]')
    with pytest.raises(ConfigurationError, match=r"mistyped: there is no such folder"):
        find_pyproject(tmp_path / "mistyped")
