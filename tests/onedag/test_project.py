from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from onedag import Entity, FeatureService, Project, Source
from onedag.errors import ConfigurationError, DuplicateName, UnknownName
from onedag.settings import TrainingSettings

MakeModule = Callable[..., ModuleType]

MODULE = """
class Request(pydantic.BaseModel):
    user_id: int

service = FeatureService("buys", ["age"], Request)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules; what is imported from it is forgotten at the end."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("STORE", "OFFLINE", "MODULES", "TRAINING"):
        monkeypatch.delenv(f"ONEDAG_{name}", raising=False)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_what_is_found_in_a_module(make_module: MakeModule) -> None:
    module = make_module(MODULE, preamble=True)
    project = Project(module)
    assert project.entities == {"user": module.user}
    assert project.sources == {"orders": module.orders, "profiles": module.profiles}
    assert project.services == {"buys": module.service}
    assert project.modules == (module,)
    assert project.service("buys") is module.service


def test_what_a_decorator_alone_refers_to_is_found(make_module: MakeModule) -> None:
    module = make_module(
        """
        from onedag import Entity, Source, aggregate, latest

        @aggregate(Source("sales", "s.parquet", "at"), by=Entity("shop", "shop_id"))
        def total(x: pd.Series) -> float: ...

        def _profiles() -> Source:
            return Source("profiles", "p.parquet", "at", key=Entity("user", "user_id"))

        @latest(_profiles(), by=None)
        def newest(x: pd.Series) -> pd.Series: ...
        """
    )
    project = Project([module])
    assert sorted(project.sources) == ["profiles", "sales"]
    assert sorted(project.entities) == ["shop", "user"]


def test_an_object_that_several_modules_import_is_one(make_module: MakeModule) -> None:
    make_module(MODULE, "made_shop", preamble=True)
    other = make_module("from made_shop import *\nfrom made_shop import service as again")
    project = Project(["made_shop", other])
    assert list(project.services) == ["buys"]
    assert sorted(project.sources) == ["orders", "profiles"]


def test_equal_entities_and_services_are_one_and_sources_are_not(make_module: MakeModule) -> None:
    first = make_module('from onedag import *\nuser = Entity("user", "user_id")')
    second = make_module('from onedag import *\nuser = Entity("user", ["user_id"])')
    assert list(Project([first, second]).entities) == ["user"]
    sources = [
        make_module('from onedag import *\ns = Source("s", "a.parquet", "at")') for _ in range(2)
    ]
    with pytest.raises(DuplicateName, match="Source 's' is defined twice"):
        Project(sources)


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ('Entity("user", "other_id")', "Entity 'user'"),
        ('Source("orders", "o.parquet", "at")', "Source 'orders'"),
        ('FeatureService("buys", ["user_id"], Request)', "FeatureService 'buys'"),
    ],
)
def test_two_objects_of_one_name(make_module: MakeModule, definition: str, kind: str) -> None:
    module = make_module(MODULE, "made_shop", preamble=True)
    other = make_module(
        f"from made_shop import Request\nfrom onedag import *\nother = {definition}", "made_other"
    )
    with pytest.raises(DuplicateName, match=rf"^{kind} is defined twice: .*\(made_other\)\."):
        Project([module, other])


def test_a_decorator_s_source_may_not_share_a_name_either(make_module: MakeModule) -> None:
    with pytest.raises(DuplicateName, match="Source 'orders' is defined twice"):
        Project(
            make_module(
                """
                @aggregate(Source("orders", "o.parquet", "at"), by=user)
                def total(x: pd.Series) -> float: ...
                """,
                preamble=True,
            )
        )


def test_modules_by_name_or_object_once_each(make_module: MakeModule) -> None:
    module = make_module(MODULE, "made_shop", preamble=True)
    for modules in (module, "made_shop", [module, "made_shop"], ("made_shop",)):
        assert Project(modules).modules == (module,)


def test_a_package_means_all_its_modules_and_no_script(folder: Path) -> None:
    write(
        folder,
        {
            "made_features/__init__.py": "from made_features.a import f\n",
            "made_features/a.py": "import pandas as pd\ndef f(x: pd.Series) -> pd.Series: ...\n",
            "made_features/inner/__init__.py": "",
            "made_features/inner/b.py": "def g(y: float) -> float: ...\n",
            "made_features/__main__.py": "raise SystemExit('a script ran')\n",
            "made_features_too.py": "def h(y: float) -> float: ...\n",
            "pyproject.toml": '[tool.onedag]\nmodules = ["made_features"]\n',
        },
    )
    project = Project.load(folder)
    assert [module.__name__ for module in project.modules] == [
        "made_features",
        "made_features.a",
        "made_features.inner",
        "made_features.inner.b",
    ]
    assert sorted(project.graph) == ["f", "g"]
    assert project.graph["f"].module == "made_features.a"


@pytest.mark.parametrize(
    "name", ["made_nowhere", "made_nowhere.at_all", "made_broken", "made_wrong"]
)
def test_a_module_that_cannot_be_imported(folder: Path, name: str) -> None:
    write(
        folder,
        {
            "made_broken.py": "import made_nowhere\n",
            "made_wrong.py": "from pathlib import nothing_of_that_name\n",
            "pyproject.toml": f'[tool.onedag]\nmodules = ["{name}"]\n',
        },
    )
    with pytest.raises(ConfigurationError, match=rf"^Module '{name}' of the project can't be impo"):
        Project.load(folder)


def test_a_module_that_raises_raises_that(folder: Path) -> None:
    write(
        folder,
        {"made_wrong.py": "1 / 0\n", "pyproject.toml": '[tool.onedag]\nmodules = ["made_wrong"]\n'},
    )
    with pytest.raises(ZeroDivisionError):
        Project.load(folder)


def test_load_resolves_against_the_file_s_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        folder,
        {
            "made_loaded.py": "",
            "deep/er/x.txt": "",
            "pyproject.toml": """
                [tool.onedag]
                modules = ["made_loaded"]
                store = "memory://"
                [tool.onedag.training.buys]
                spine = "spine.parquet"
                label = "bought"
                test_from = 2024-01-01
                """,
        },
    )
    monkeypatch.chdir(folder / "deep")
    project = Project.load("er")
    assert project.root == folder.resolve()
    assert project.offline == folder.resolve() / ".onedag/offline"
    assert project.store == "memory://"
    assert project.training["buys"].label == "bought"
    assert sys.path[0] == str(folder.resolve())
    Project.load(folder)
    assert sys.path.count(str(folder.resolve())) == 1
    monkeypatch.setenv("ONEDAG_STORE", "redis://elsewhere")
    assert Project.load(folder).store == "redis://elsewhere"


def test_what_is_passed_in_code(
    make_module: MakeModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = make_module("")
    monkeypatch.chdir(tmp_path)
    assert Project(module).root == tmp_path
    assert Project(module).offline == tmp_path / ".onedag/offline"
    assert Project(module).store == "sqlite:///.onedag/store.db"
    assert Project(module, root="sub").root == tmp_path / "sub"
    assert Project(module, root="sub", offline="out").offline == tmp_path / "sub" / "out"
    assert Project(module, offline=tmp_path / "abs").offline == tmp_path / "abs"
    training = {"s": TrainingSettings(spine=Path("s"), label="y", test_from="2024-01-01")}  # type: ignore[arg-type]
    assert Project(module, training=training).training == training


def test_the_environment_is_not_looked_at_by_code(
    make_module: MakeModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDAG_STORE", "redis://elsewhere")
    assert Project(make_module(""), store="memory://").store == "memory://"


def test_an_unknown_service_is_named_with_its_neighbours(make_module: MakeModule) -> None:
    project = Project(make_module(MODULE, preamble=True))
    with pytest.raises(UnknownName, match=r"^No service is named 'buy'\. Did you mean 'buys'\?"):
        project.service("buy")


def test_a_service_that_is_in_no_module_is_taken_as_it_is(make_module: MakeModule) -> None:
    module = make_module(MODULE, preamble=True)
    own = FeatureService("own", ["age"], module.Request)
    assert Project(module).service(own) is own


def test_nothing_is_read_or_made(make_module: MakeModule, tmp_path: Path) -> None:
    module = make_module("")
    module.s = Source("s", "nowhere.parquet", "at", key=Entity("e", "k"))  # type: ignore[attr-defined]
    module.t = Source("t", pd.DataFrame({"at": [0]}), "at")  # type: ignore[attr-defined]
    project = Project(module, root=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert sorted(project.sources) == ["s", "t"]
    assert list(project.entities) == ["e"]


def test_the_graph_is_built_once(make_module: MakeModule) -> None:
    project = Project(make_module("def f(x: pd.Series) -> pd.Series: ..."))
    assert project.graph is project.graph
