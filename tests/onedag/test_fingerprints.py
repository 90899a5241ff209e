"""Edits that change nothing give the same fingerprint; edits that change a value, another one."""

from __future__ import annotations

import datetime as dt
import functools
import re
import subprocess
import sys
import time
import types
import uuid
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest

from onedag import Entity, FeatureService, Source
from onedag.fingerprints import Fingerprint, Fingerprints, fingerprint

MODULE = '''
import dataclasses
import functools
import math
import re
from datetime import timedelta
from enum import Enum

import numpy as np
import pandas as pd

RATES = {"a": 1.0, "b": [2.0, 3.0]}
LIMITS = np.array([1.0, 2.0])
WAIT = pd.Timedelta("1h")
WORDS = {"one", "two", "three"}
PATTERN = re.compile("a+b")
UNUSED = 1


def doubled(x):
    """Twice."""
    return x * 2


def scaled(x, by=3):
    # A comment.
    return doubled(x) * by


def clipped(x, *, low=0):
    return max(x, low)


class Scale:
    """A class with an attribute, a property and methods."""

    factor = 10

    def apply(self, x):
        return x * self.factor + self.shift()

    @staticmethod
    def shift():
        return 4

    @property
    def half(self):
        return self.factor / 2


class Wide(Scale):
    pass


class Size(Enum):
    SMALL = 11
    LARGE = 12


@dataclasses.dataclass(frozen=True)
class Bounds:
    low: int = 21
    high: int = 22


BOUNDS = Bounds(high=23)


def adder(amount):
    def add(x):
        return x + amount

    return add


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) + 31

    return wrapper


add_five = adder(5)
half = functools.partial(pow, 0.5)


@logged
def decorated(x):
    return x - 41


@functools.lru_cache
def cached(x):
    return x - 51


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def feature(x):
    """A docstring."""
    y: int = scaled(x) + clipped(x)
    try:
        y += Wide().apply(y) + add_five(y) + half(2) + decorated(y) + cached(y)
    except ValueError:
        y = -1
    shift = (lambda value: value + 61)(y)
    if x in {"p", "q", "r"} and even(4):
        return RATES["a"] + LIMITS[0]
    return [w for w in WORDS if PATTERN.match(w)], WAIT, shift, Size.SMALL, BOUNDS, math.pi
'''

COSMETIC = {
    "comment": ("# A comment.", "# Another one."),
    "blank lines": ("RATES =", "\n\n\nRATES ="),
    "docstring": ('"""A docstring."""', '"""Another, longer docstring."""'),
    "no docstring": ('    """A docstring."""\n', ""),
    "docstring of a class": ("A class with", "This is a class with"),
    "docstring of a helper": ('    """Twice."""\n', ""),
    "annotation of a local": ("y: int = ", "y = "),
    "annotations": ("def doubled(x):", "def doubled(x: float) -> float:"),
    "formatting": ("scaled(x) + clipped(x)", "(\n        scaled(x)\n        + clipped(x)\n    )"),
    "parentheses": ("return x * 2", "return (x * 2)"),
    "other name of no use": ("UNUSED = 1", "UNUSED = 2"),
    "function of no use": ("UNUSED = 1", "def unused():\n    return 1"),
    "order": ("UNUSED = 1", "def doubled(x):\n    return x * 2"),
    "order of a set": ('{"one", "two", "three"}', '{"three", "one", "two"}'),
    "order of a set in code": ('{"p", "q", "r"}', '{"r", "q", "p"}'),
    "a pass": ("    try:\n", "    pass\n    try:\n"),
}

SEMANTIC = {
    "operator": ("return x * 2", "return x + 2"),
    "constant of a helper's helper": ("x * 2", "x * 3"),
    "type of a constant": ("x * 2", "x * 2.0"),
    "sign of zero": ("return x - 41", "return x - 41 - 0.0"),
    "default": ("by=3", "by=4"),
    "keyword default": ("low=0", "low=1"),
    "zero of another sign": ("low=0", "low=-0.0"),
    "dict": ('"a": 1.0', '"a": 1.5'),
    "list in a dict": ("3.0]", "4.0]"),
    "array": ("[1.0, 2.0]", "[1.0, 2.5]"),
    "dtype": ("np.array([1.0, 2.0])", 'np.array([1.0, 2.0], dtype="float32")'),
    "timedelta": ('"1h"', '"2h"'),
    "set": ('"three"}', '"four"}'),
    "set in code": ('"r"}', '"s"}'),
    "pattern": ('"a+b"', '"a+c"'),
    "flags of a pattern": ('"a+b"', '"a+b", re.I'),
    "class attribute": ("factor = 10", "factor = 20"),
    "method": ("self.factor + self", "self.factor - self"),
    "static method": ("return 4", "return 5"),
    "property": ("self.factor / 2", "self.factor / 3"),
    "base": ("class Wide(Scale):\n    pass", "class Wide(Scale):\n    factor = 1"),
    "enum": ("SMALL = 11", "SMALL = 13"),
    "default of a dataclass": ("low: int = 21", "low: int = 20"),
    "field of an instance": ("high=23", "high=24"),
    "closure": ("adder(5)", "adder(6)"),
    "partial": ("(pow, 0.5)", "(pow, 0.25)"),
    "wrapper": ("+ 31", "+ 32"),
    "decorated": ("- 41", "- 42"),
    "cached": ("- 51", "- 52"),
    "recursion": ("n == 0 or", "n == 1 or"),
    "the other of the recursion": ("n != 0 and", "n != 1 and"),
    "lambda": ("value + 61", "value + 62"),
    "exception": ("except ValueError", "except TypeError"),
    "handler": ("y = -1", "y = -2"),
    "module constant": ("math.pi", "math.e"),
    "index": ('RATES["a"]', 'RATES["b"]'),
    "global of another name": ("PATTERN.match", "WAIT.match"),
}


def module_of(source: str, **names: object) -> types.ModuleType:
    """A module without a file."""
    module = types.ModuleType("in_memory")
    vars(module).update(names)
    sys.modules[module.__name__] = module  # where dataclasses look for it
    exec(compile(source, "<in memory>", "exec"), vars(module))
    return module


def of_feature(source: str, **names: object) -> Fingerprint:
    return fingerprint(module_of(source, **names).feature)


@pytest.fixture(autouse=True)
def _forget_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name in ("in_memory", "helper_of_a_test", "package_of_a_test"):
            del sys.modules[name]


def edited(old: str, new: str) -> str:
    assert old in MODULE
    return MODULE.replace(old, new, 1)


@pytest.mark.parametrize("edit", COSMETIC.values(), ids=COSMETIC)
def test_an_edit_that_changes_nothing(edit: tuple[str, str]) -> None:
    assert of_feature(edited(*edit)) == of_feature(MODULE)


@pytest.mark.parametrize("edit", SEMANTIC.values(), ids=SEMANTIC)
def test_an_edit_that_changes_a_value(edit: tuple[str, str]) -> None:
    before, after = of_feature(MODULE), of_feature(edited(*edit))
    assert before.text != after.text
    assert before.certain
    assert after.certain


def test_the_order_of_functions_and_the_module_name_change_nothing() -> None:
    first = "def f(x):\n    return g(x)\n"
    second = "def g(x):\n    return x\n"
    assert (
        fingerprint(module_of(first + second).f).text
        == fingerprint(module_of("__name__ = 'other'\n" + second + first).f).text
    )


def test_several_functions_are_told_apart_by_their_order() -> None:
    module = module_of(MODULE)
    prints = Fingerprints()
    assert prints.of(module.odd, module.even) != prints.of(module.even, module.odd)
    assert prints.of(module.odd) == fingerprint(module.odd)


VALUES: dict[str, tuple[object, object]] = {
    "none": (None, False),
    "bool": (True, 1),
    "int": (10**5000, 10**5000 + 1),
    "float": (0.1, 0.1 + 2**-56),
    "nan": (float("nan"), 0.0),
    "zero": (0.0, -0.0),
    "complex": (1 + 0j, complex(1, -0.0)),
    "text": ("a", b"a"),
    "surrogate": ("\ud800", "\ud801"),
    "tuple": ((1, (2,)), ((1, 2),)),
    "pieces": (("ab", "c"), ("a", "bc")),
    "list": ([1], (1,)),
    "dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "ordered": (OrderedDict(a=1), {"a": 1}),
    "default": (defaultdict(int), defaultdict(float)),
    "deque": (deque([1], 2), deque([1], 3)),
    "set": ({1, "a"}, {1, "b"}),
    "range": (range(3), range(4)),
    "date": (dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)),
    "zone": (dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)),
    "time": (dt.time(1), dt.time(1, fold=1)),
    "timedelta": (dt.timedelta(1), dt.timedelta(1, 0, 1)),
    "decimal": (Decimal("1.0"), Decimal("1.00")),
    "fraction": (Fraction(1, 3), Fraction(1, 4)),
    "uuid": (uuid.UUID(int=1), uuid.UUID(int=2)),
    "path": (Path("a"), Path("b")),
    "pattern": (re.compile("a"), re.compile(b"a")),
    "numpy scalar": (np.float64(1), np.float32(1)),
    "array": (np.arange(4), np.arange(4).reshape(2, 2)),
    "objects": (np.array(["a", 1], object), np.array(["a", 2], object)),
    "dtype": (np.dtype("int8"), np.dtype("int16")),
    "timestamp": (pd.Timestamp(0), pd.Timestamp(0, tz="UTC")),
    "pandas timedelta": (pd.Timedelta(1), pd.Timedelta(2)),
    "missing": (pd.NA, pd.NaT),
    "series": (pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0])),
    "strings": (pd.Series(["a", None]), pd.Series(["a", "b"])),
    "categories": (
        pd.Series(["a"], dtype=pd.CategoricalDtype(["a", "b"])),
        pd.Series(["a"], dtype=pd.CategoricalDtype(["b", "a"])),
    ),
    "one of many categories": (
        pd.CategoricalDtype([*range(50), 199, *range(51, 100)]),
        pd.CategoricalDtype([*range(50), -1, *range(51, 100)]),
    ),
    "one of many categories of a column": (
        pd.Series([0], dtype=pd.CategoricalDtype([*range(50), 199, *range(51, 100)])),
        pd.Series([0], dtype=pd.CategoricalDtype([*range(50), -1, *range(51, 100)])),
    ),
    "one of many categories of an index": (
        pd.CategoricalIndex([0], [*range(50), 199, *range(51, 100)]),
        pd.CategoricalIndex([0], [*range(50), -1, *range(51, 100)]),
    ),
    "frequency": (
        pd.date_range("2024-01-01", periods=3),
        pd.DatetimeIndex([*pd.date_range("2024-01-01", periods=3)]),
    ),
    "interval": (pd.Interval(1, 2), pd.Interval(1, 2, closed="left")),
    "period": (pd.Period("2024-01"), pd.Period("2024-02")),
    "zones": (
        pd.Series(pd.to_datetime(["2024-01-01"], utc=True)),
        pd.Series(pd.to_datetime(["2024-01-01"], utc=True).tz_convert("Europe/Rome")),
    ),
    "index": (pd.Index([1], name="a"), pd.Index([1], name="b")),
    "levels": (
        pd.MultiIndex.from_tuples([(1, "a")]),
        pd.MultiIndex.from_tuples([(1, "b")]),
    ),
    "frame": (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    "arrow": (pa.array([1, None]), pa.array([1, 2])),
    "arrow type": (pa.array([1], pa.int8()), pa.array([1], pa.int16())),
    "arrow scalar": (pa.scalar(1), pa.scalar(2)),
    "arrow table": (pa.table({"a": [1]}), pa.table({"a": [2]})),
    "namespace": (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2)),
    "method": ("abc".count, "abd".count),
    "builtin": (len, max),
    "installed": (np.mean, np.median),
    "installed function": (pd.to_datetime, pd.to_timedelta),
    "ufunc": (np.log, np.exp),
    "partial": (functools.partial(pow, exp=2), functools.partial(pow, exp=3)),
    "entity": (Entity("a", "x"), Entity("a", "y")),
    "source": (Source("a", "f.csv", "t"), Source("a", "f.csv", "t", delay="1h")),
    "source in memory": (
        Source("a", pd.DataFrame({"t": [1]}), "t"),
        Source("a", pd.DataFrame({"t": [1.0]}), "t"),
    ),
}


BOUND = """
ONE, OTHER = 0, 0
def counted(x):
    global ONE
    ONE = x
def feature(x):
    BODY
    return ONE
"""


@pytest.mark.parametrize("body", ["global ONE; ONE = x", "global ONE; del ONE"])
def test_a_global_that_is_bound_within_is_told_by_name(body: str) -> None:
    """Another one of the same value isn't it any more."""
    source = BOUND.replace("BODY", body)
    assert of_feature(source).text != of_feature(source.replace("return ONE", "return OTHER")).text


@pytest.mark.parametrize("body", ["counted(x)", "global ONE; ONE = x"])
def test_who_reaches_a_global_that_is_bound_again_is_uncertain(body: str) -> None:
    """What it is depends on what was called before."""
    assert not of_feature(BOUND.replace("BODY", body)).certain


@pytest.mark.parametrize("pair", VALUES.values(), ids=VALUES)
def test_a_value_is_told_to_the_bit(pair: tuple[object, object]) -> None:
    """As a global: of the first value twice the same, of the other another."""
    source = "def feature(x):\n    return VALUE"
    first, second = (of_feature(source, VALUE=value) for value in pair)
    assert first == of_feature(source, VALUE=pair[0])
    assert first.text != second.text
    assert first.certain
    assert second.certain


def test_the_rows_of_a_source_in_memory_do_not_count() -> None:
    one, other = (Source("a", pd.DataFrame({"t": [row]}), "t") for row in (1, 2))
    assert fingerprint(one) == fingerprint(other)


class Unknown:
    """An instance of a class of a project that hides nothing."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held


@pytest.mark.parametrize(
    "value",
    [
        iter([1]),
        np.random.default_rng(1),
        Unknown(iter([1])),
        {"a": sys.stdout},
        ValueError(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_told_is_not_certain(value: object) -> None:
    found = of_feature("def feature(x):\n    return VALUE", VALUE=value)
    assert not found.certain
    assert found == of_feature("def feature(x):\n    return VALUE", VALUE=value)


@pytest.mark.parametrize(
    "body", ["eval('K')", "open('f').read()", "globals()['K']", "os.environ['K']"]
)
def test_what_comes_from_elsewhere_is_not_certain(body: str) -> None:
    assert not of_feature(f"import os\nK = 1\ndef feature(x):\n    return {body}").certain


def test_an_instance_and_its_slots() -> None:
    source = "def feature(x):\n    return VALUE"
    one, other = (of_feature(source, VALUE=Unknown(value)) for value in (1, 2))
    assert one.certain
    assert one.text != other.text


def test_values_that_lead_back_to_themselves() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    source = "def feature(x):\n    return VALUE"
    assert of_feature(source, VALUE=loop).certain
    assert of_feature(source, VALUE=loop) != of_feature(source, VALUE=[1, [1, []]])


def test_an_empty_cell() -> None:
    source = """
def make(bound):
    def feature(x):
        return later
    if bound:
        later = 1
    return feature
feature = make({})
"""
    assert of_feature(source.format(False)) != of_feature(source.format(True))


HELPED = {
    "attribute": "import {0}\ndef feature(x):\n    return {0}.K + {0}.f(x)",
    "names": "from {0} import K, f\ndef feature(x):\n    return K + f(x)",
    "within": "def feature(x):\n    import {0}\n    return {0}.K + {0}.f(x)",
    "names within": "def feature(x):\n    from {0} import K, f as g\n    return K + g(x)",
    "as": "def feature(x):\n    import {0} as h\n    return (lambda y: h.K + h.f(y))(x)",
    "passed on": "import {0}\ndef g(h, x):\n    return h.K + h.f(x)\n"
    "def feature(x):\n    return g({0}, x)",
    "kept": "import {0}\nHELPERS = [{0}]\ndef feature(x):\n    return HELPERS[0].K + x",
    "getattr": "import {0}\ndef feature(x):\n    return getattr({0}, 'K') + {0}.f(x)",
}


WHOLE = {"passed on", "kept", "getattr"}
"""Where what isn't named may be used too, so that all of the module counts."""


@pytest.mark.parametrize("place", ["folder", "link"])
@pytest.mark.parametrize("how", HELPED)
def test_a_helper_module_anywhere(
    how: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the path, or a link to it; imported before or within; an edit counts once loaded."""
    name = "helper_of_a_test"
    real = tmp_path / "elsewhere"
    real.mkdir()
    folder = real
    if place == "link":
        folder = tmp_path / "linked"
        folder.symlink_to(real, target_is_directory=True)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    texts = []
    for k, unused in [(1, 1), (2, 1), (2, 2)]:
        (real / f"{name}.py").write_text(f"K = {k}\n\ndef f(x):\n    return x\n\nU = {unused}\n")
        sys.modules.pop(name, None)
        module = module_of(HELPED[how].format(name))
        texts.append(fingerprint(module.feature).text)
        (real / f"{name}.py").write_text("K = 99")  # an edit on disk, after it is loaded
        assert fingerprint(module.feature).text == texts[-1]
    assert texts[0] != texts[1]
    assert (texts[1] == texts[2]) is (how not in WHOLE)


def test_a_module_among_installed_ones_that_has_no_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    texts = set()
    for k in (1, 2):
        (folder / "helper_of_a_test.py").write_text(f"def f(x):\n    return x * {k}")
        sys.modules.pop("helper_of_a_test", None)
        texts.add(of_feature(HELPED["within"].format("helper_of_a_test")).text)
    assert len(texts) == 2


def test_a_module_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "package_of_a_test"
    (tmp_path / name / "sub").mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / name / "sub" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    texts = set()
    for k in (1, 2):
        (tmp_path / name / "sub" / "low.py").write_text(f"K = {k}")
        for loaded in [n for n in sys.modules if n.startswith(name)]:
            del sys.modules[loaded]
        texts.add(
            of_feature(f"import {name}.sub.low\ndef feature(x): return {name}.sub.low.K").text
        )
    for loaded in [n for n in sys.modules if n.startswith(name)]:
        del sys.modules[loaded]
    assert len(texts) == 2


def test_another_process_gives_the_same() -> None:
    """Strings have other hashes there, so that sets have another order."""
    script = (
        "import sys, types\n"
        "from onedag.fingerprints import fingerprint\n"
        "module = types.ModuleType('other')\n"
        "sys.modules['other'] = module\n"
        "exec(compile(sys.stdin.read(), 'f.py', 'exec'), vars(module))\n"
        "print(fingerprint(module.feature).text)"
    )
    texts = {of_feature(MODULE).text}
    for seed in ("1", "7"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=MODULE,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        )
        texts.add(done.stdout.strip())
    assert len(texts) == 1


def test_a_thousand_functions_are_told_in_half_a_second() -> None:
    lines = ["def f0(x):\n    return x"]
    lines += [f"def f{i}(x):\n    return f{i - 1}(x) * {i} + len([x, x])" for i in range(1, 1000)]
    module = module_of("\n".join(lines))
    functions = [getattr(module, f"f{i}") for i in range(1000)]
    start = time.process_time()
    assert Fingerprints().of(*functions).certain
    assert time.process_time() - start < 0.5


class Colour(Enum):
    """An enumeration of a project."""

    RED = 1
    BLUE = 2


class Request(pydantic.BaseModel):
    """A request of a project."""

    x: int


def test_services_and_members_are_told() -> None:
    services = [FeatureService("s", [name], request=Request) for name in ("a", "b")]
    assert len({fingerprint(service).text for service in services}) == 2
    assert fingerprint(Colour.RED).text != fingerprint(Colour.BLUE).text


def test_a_function_made_by_an_installed_decorator() -> None:
    """`functools.wraps` gives what it makes the name of what it wraps."""
    source = """
import functools
def feature(x):
    return single(x)
@functools.singledispatch
def single(x):
    return {}
"""
    assert of_feature(source.format(1)).text != of_feature(source.format(2)).text


def test_a_function_that_calls_itself_by_another_name() -> None:
    source = "def feature(x):\n    return again(x) + 1\nagain = feature"
    assert of_feature(source).certain
    assert of_feature(source) != of_feature(source.replace("+ 1", "+ 2"))


REACHED = {
    "slots": """
@dataclasses.dataclass(slots=True)
class A:
    a: int = 0
    b: list = dataclasses.field(default_factory=lambda: [K])
HELD = A()
def feature(x): return HELD, A(1)""",
    "named tuple": """
class A(typing.NamedTuple):
    a: int
    b: int = K
def feature(x): return A(1)""",
    "named tuple held": """
A = collections.namedtuple("A", "a b")
HELD = A(1, K)
def feature(x): return HELD""",
    "protocol": """
class P(typing.Protocol):
    def f(self): ...
class A(P):
    def f(self): return K
def feature(x): return A().f()""",
    "abstract": """
class P(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
class A(P):
    def f(self): return super().f() or K
def feature(x): return A().f()""",
    "generic": """
class A(typing.Generic[typing.TypeVar("T")]):
    def f(self): return K
HELD = A[int]()
def feature(x): return HELD.f()""",
    "class method": """
class A:
    @classmethod
    def f(cls): return K
def feature(x): return A.f()""",
    "cached property": """
class A:
    @functools.cached_property
    def f(self): return K
def feature(x): return A().f""",
    "metaclass": """
class M(type):
    def f(cls): return K
class A(metaclass=M): pass
def feature(x): return A.f()""",
    "descriptor": """
class D:
    def __get__(self, instance, owner): return K
class A:
    d = D()
def feature(x): return A().d""",
    "subclass of dict": """
class D(dict): pass
HELD = D(a=K)
def feature(x): return HELD""",
    "registry": """
HELD = {}
def register(function):
    HELD["a"] = function
@register
def g(x): return K
def feature(x): return HELD["a"](x)""",
    "flags": """
class F(enum.IntFlag):
    A, B, C = 1, 2, 4
HELD = F.A | F(2 * K)
def feature(x): return HELD""",
    "vectorized": """
f = np.vectorize(lambda x: x + K)
def feature(x): return f(x)""",
    "offset": """
HELD = pd.DateOffset(days=K)
def feature(x): return HELD""",
    "context": """
@contextlib.contextmanager
def c(): yield K
def feature(x):
    with c() as v: return v""",
    "lock and logger": """
LOCK, LOG = threading.Lock(), logging.getLogger("a")
def feature(x):
    with LOCK: LOG.info("a")
    return K""",
    "attribute of a function": """
def feature(x): return feature.k
feature.k = K""",
    "class within": """
def feature(x):
    class A:
        k = K
    return A.k""",
    "comprehension": "def feature(x): return [y * K for y in x]",
    "generator": "def feature(x): return sum(y * K for y in x)",
    "alias": "A = typing.List[int]\ndef feature(x): return typing.cast(A, K)",
}


@pytest.mark.parametrize("source", REACHED.values(), ids=REACHED)
def test_what_is_reached_through_other_things(source: str) -> None:
    imports = (
        "import abc, collections, contextlib, dataclasses, enum, functools, logging, threading\n"
        "import typing\nimport numpy as np\nimport pandas as pd\n"
    )
    one, same, other = (of_feature(f"{imports}K = {k}\n{source}") for k in (1, 1, 2))
    assert one == same
    assert one.text != other.text
    assert one.certain


def test_a_pydantic_class_is_not_certain_and_the_same_again() -> None:
    source = (
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int = {}\ndef feature(x): return A"
    )
    one, same, other = (of_feature(source.format(k)) for k in (1, 1, 2))
    assert one == same
    assert one.text != other.text
    assert not one.certain
