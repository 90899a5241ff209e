"""An edit changes the meanings of the nodes that it is about and of all downstream, of no other."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pytest

from onedag import Project
from onedag.meanings import NodeMeaning, node_meanings
from tests.onedag.meanings.conftest import Load
from tests.onedag.meanings.files import FILES, Edit, edited

ROWS, STORED, DEFINED = "shop/rows.py", "shop/stored.py", "shop/definitions.py"
CONSTANTS, HELPERS = "tools/constants.py", "tools/helpers.py"
CLASSES, DECORATORS = "tools/classes.py", "tools/decorators.py"
SPENT = {"spent_1d", "spent_7d"}

SEMANTIC: Mapping[str, tuple[Edit, Set[str]]] = {
    "operator": ((ROWS, "price * rate_of_tax", "price + rate_of_tax"), {"taxed"}),
    "order of operands": ((ROWS, "price - mean_price", "mean_price - price"), {"over_mean"}),
    "method": ((ROWS, "price.mean()", "price.median()"), {"mean_price"}),
    "imported constant": ((CONSTANTS, "RATE = 2.0", "RATE = 3.0"), {"taxed"}),
    "its type": ((CONSTANTS, "RATE = 2.0", "RATE = 2"), {"taxed"}),
    "which constant is imported": ((ROWS, "RATE as rate", "DISCOUNT as rate"), {"taxed"}),
    "attribute of a module": ((CONSTANTS, "DISCOUNT = 0.5", "DISCOUNT = 0.4"), {"discounted"}),
    "which attribute": ((ROWS, "constants.DISCOUNT", "constants.UNUSED"), {"discounted"}),
    "helper": ((HELPERS, "np.minimum", "np.maximum"), {"capped"}),
    "helper's helper": ((HELPERS, "return 80", "return 81"), {"capped"}),
    "helper's constant": ((CONSTANTS, '"three"', '"four"'), {"known"}),
    "helper's operator": ((HELPERS, "word in WORDS", "word not in WORDS"), {"known"}),
    "keyword default": ((HELPERS, "least=3", "least=4"), {"discounted"}),
    "which helper": ((ROWS, "helpers.capped(taxed)", "helpers.unused(taxed)"), {"capped"}),
    "closure": ((HELPERS, "adder(33)", "adder(34)"), {"closed"}),
    "closed over": ((HELPERS, "x + amount", "x - amount"), {"closed"}),
    "enum": ((CLASSES, "LARGE = 12", "LARGE = 13"), {"size"}),
    "class method": ((CLASSES, "price >= 50", "price > 50"), {"size"}),
    "lambda": ((ROWS, ".value + 61", ".value + 62"), {"size"}),
    "default of a dataclass": ((CLASSES, "low: float = 21.0", "low: float = 20.0"), {"in_band"}),
    "attribute that is taken": ((ROWS, "price <= band.high", "price <= band.low"), {"in_band"}),
    "comparison": ((ROWS, "price > band.low", "price >= band.low"), {"in_band"}),
    "precedence": ((ROWS, "| (price == 0)", "^ (price == 0)"), {"in_band"}),
    "base class": ((CLASSES, "fee = 41", "fee = 42"), {"total"}),
    "method of a base class": ((CLASSES, "x + self.fee", "x - self.fee"), {"total"}),
    "property": ((CLASSES, "self.rate * 2", "self.rate * 3"), {"total"}),
    "argument of a class": ((ROWS, "Price(3)", "Price(4)"), {"total"}),
    "another base": ((CLASSES, "class Price(Base)", "class Price(Base, Band)"), {"total"}),
    "pattern": ((CONSTANTS, '"^a+b"', '"^a*b"'), {"matched"}),
    "flags": ((CONSTANTS, '(r"^a+b")', '(r"^a+b", re.I)'), {"matched"}),
    "tuple": ((ROWS, '("x", "y")', '("x", "z")'), {"matched"}),
    "dict": ((CONSTANTS, '"high": 9.0', '"high": 8.0'), {"limited"}),
    "key": ((ROWS, 'clip(LIMITS["low"]', 'clip(LIMITS["high"]'), {"limited"}),
    "default of a nested function": ((ROWS, "amount=5", "amount=6"), {"nested"}),
    "nested function": ((ROWS, "x + amount", "x - amount"), {"nested"}),
    "decorator's argument": ((ROWS, "@shifted(91", "@shifted(92"), {"decorated"}),
    "decorator's keyword": ((ROWS, "twice=True", "twice=False"), {"decorated"}),
    "decorator": ((DECORATORS, "by * (2", "by * (3"), {"decorated"}),
    "no decorator": ((ROWS, "@shifted(91, twice=True)\n", ""), {"decorated"}),
    "comprehension": ((ROWS, "p * 7", "p * 8"), {"listed"}),
    "its condition": ((ROWS, "if p > 4", "if p > 5"), {"listed"}),
    "format": ((ROWS, ":.2f", ":.1f"), {"labelled"}),
    "text of a format": ((ROWS, ' EUR"', ' USD"'), {"labelled"}),
    "walrus": ((ROWS, "most := 1_000", "most := 1_001"), {"walrus"}),
    "condition": ((ROWS, "1_000) > 10", "1_000) > 11"), {"walrus"}),
    "exception": ((ROWS, "except ZeroDivisionError", "except TypeError"), {"guarded"}),
    "handler": ((ROWS, "price * -1", "price * -2"), {"guarded"}),
    "else": ((ROWS, "    else:\n        found", "    finally:\n        found"), {"guarded"}),
    "global": ((ROWS, "EXTRA = 71", "EXTRA = 72"), {"guarded"}),
    "parameter": ((ROWS, "value(3)", "value(4)"), {"tripled"}),
    "input of a parameter": (
        (ROWS, 'tripled={"x": source("taxed")', 'tripled={"x": source("price")'),
        {"tripled"},
    ),
    "parameterized function": ((ROWS, "return x * by", "return x + by"), {"doubled", "tripled"}),
    "table": ((ROWS, "tripled + 1", "tripled + 2"), {"bounds"}),
    "columns of a table": ((ROWS, '{"lower": d', '{"lower": 2 * d'), {"bounds"}),
    "return annotation": ((ROWS, "count: int) -> float", "count: int) -> int"), {"per_item"}),
    "one value for a column": (
        (ROWS, "per_item(price: float, count: int)", "per_item(price: float, count: float)"),
        {"per_item"},
    ),
    "may be null": (
        (ROWS, "per_item(price: float,", "per_item(price: float | None,"),
        {"per_item"},
    ),
    "condition of one value": ((ROWS, "if count else 0.0", "if count else 1.0"), {"per_item"}),
    "window": ((STORED, '["1d", "7d"]', '["2d", "7d"]'), {"spent_2d"}),
    "reduction": ((STORED, "taxed.sum()", "taxed.max()"), SPENT),
    "reduction's type": (
        (STORED, "(taxed: pd.Series) -> float", "(taxed: pd.Series) -> int"),
        SPENT,
    ),
    "refresh": ((STORED, 'refresh="1d"', 'refresh="2d"'), {"refunded"}),
    "no refresh": ((STORED, ', refresh="1d"', ""), {"refunded"}),
    "age": ((STORED, 'max_age="9d"', 'max_age="8d"'), {"rank"}),
    "entity": ((STORED, "by=buyer", "by=customer"), {"refunded"}),
    "of everything": ((STORED, "by=buyer", "by=None"), {"refunded"}),
    "source": ((STORED, "aggregate(refunds", "aggregate(orders"), {"refunded"}),
    "column": ((STORED, "points // 10", "points // 9"), {"rank"}),
    "other column": (
        (
            STORED,
            "(amount: pd.Series) -> float:\n    return amount",
            "(sum: pd.Series) -> float:\n    return sum",
        ),
        {"refunded"},
    ),
    "join keys": ((DEFINED, '["buyer_id"]', '["payer_id"]'), {"refunded"}),
    "order of join keys": ((DEFINED, '["customer_id"]', '["customer_id", "x"]'), {*SPENT, "rank"}),
    "timestamp": ((DEFINED, '"ordered_at"', '"paid_at"'), SPENT),
    "delay": ((DEFINED, 'delay="1h"', 'delay="2h"'), SPENT),
    "known_at": ((DEFINED, 'known_at="known_at"', 'known_at="seen_at"'), {"refunded"}),
    "known with a delay": ((DEFINED, 'known_at="known_at"', 'delay="1h"'), {"refunded"}),
    "key of a source": ((DEFINED, "key=customer", "key=buyer"), {"rank"}),
    "renamed columns": ((DEFINED, '{"p": "points"}', '{"q": "points"}'), {"rank"}),
    "file": ((DEFINED, '"orders.parquet"', '"more/*.parquet"'), SPENT),
    "name of a source": ((DEFINED, 'Source("orders"', 'Source("sales"'), SPENT),
}

COSMETIC: Mapping[str, Edit] = {
    "comment": (ROWS, "# of all goods", "# of some goods"),
    "comment of a helper": (HELPERS, "    # A helper's helper.\n", ""),
    "docstring": (ROWS, '"""With the tax."""', "'''Price, and the tax.'''"),
    "no docstring": (ROWS, '    """Mean of the training rows."""\n', ""),
    "docstring of a helper": (HELPERS, '    """No more than most."""\n', '    "Most."\n'),
    "docstring of a class": (CLASSES, '"""How large."""', '"""How large a price is."""'),
    "docstring of a module": (HELPERS, '"""Helpers."""', '"""Some helpers."""'),
    "docstring of a stored feature": (STORED, '"""Sum of the window."""', '"""Sum."""'),
    "blank lines": (ROWS, "EXTRA = 71\n", "\n\n\nEXTRA = 71\n\n"),
    "quotes": (ROWS, 'LIMITS["low"]', "LIMITS['low']"),
    "quotes of a format": (ROWS, 'f"{p:.2f} EUR"', "f'{p:.2f} EUR'"),
    "two strings for one": (ROWS, 'f"{p:.2f} EUR"', 'f"{p:.2f}" " EUR"'),
    "raw string": (CONSTANTS, 'r"^a+b"', '"^a+b"'),
    "parentheses": (ROWS, "return price * rate_of_tax", "return (price * (rate_of_tax))"),
    "trailing comma": (
        ROWS,
        'clip(LIMITS["low"], LIMITS["high"])',
        'clip(LIMITS["low"], LIMITS["high"],)',
    ),
    "line breaks": (
        ROWS,
        "(price > band.low) & (price <= band.high) | (price == 0)",
        "(\n    (price > band.low)\n    & (price <= band.high)\n    | (price == 0)\n    )",
    ),
    "line breaks of a condition": (
        ROWS,
        'bool(constants.PATTERN.match(w)) and w not in ("x", "y"))',
        'bool(\n    constants.PATTERN.match(w)\n)\n and\n w not in\n ("x", "y"))',
    ),
    "line breaks of one value": (
        ROWS,
        "return price / count if count else 0.0",
        "return (\n        price / count\n        if count\n        else 0.0\n    )",
    ),
    "backslash": (ROWS, "return price - mean_price", "return price \\\n        - mean_price"),
    "semicolon": (ROWS, "    band = Band()\n    return", "    band = Band(); return"),
    "spaces": (ROWS, "return x * by", "return   x*by"),
    "underscores": (ROWS, "1_000", "1000"),
    "digits": (CONSTANTS, "DISCOUNT = 0.5", "DISCOUNT = 5e-1"),
    "hexadecimal": (HELPERS, "return 80", "return 0x50"),
    "folded": (HELPERS, "return 80", "return 8 * 10"),
    "order of imports": (
        ROWS,
        "from tools import constants, helpers\nfrom tools.classes import Band, Price, Size\n",
        "from tools.classes import Size, Price, Band\nfrom tools import helpers, constants\n",
    ),
    "order of functions": (
        HELPERS,
        "def unused(x):\n    return x\n",
        "def unused(x):\n    return x\n\n\ndef most():\n    return 80\n",
    ),
    "order of a set": (CONSTANTS, '{"one", "two", "three"}', '{"three", "two", "one"}'),
    "unused import": (ROWS, "import pandas as pd\n", "import math\n\nimport pandas as pd\n"),
    "unused constant": (CONSTANTS, "UNUSED = 1", "UNUSED = 2"),
    "unused function": (HELPERS, "def unused(x):\n    return x\n", ""),
    "another helper": (HELPERS, "add_three = ", "def more():\n    return 1\n\n\nadd_three = "),
    "another attribute of a module": (CONSTANTS, "UNUSED = 1", "UNUSED = 1\nMORE = 2"),
    "annotation of a helper": (HELPERS, "def capped(x):", 'def capped(x: "float") -> "float":'),
    "annotation of a local": (ROWS, "    band = Band()", "    band: Band = Band()"),
    "type comment": (ROWS, "    band = Band()", "    band = Band()  # type: Band"),
    "pass": (ROWS, "    band = Band()", "    pass\n    band = Band()"),
    "owner": (ROWS, 'owner="shop"', 'owner="sales"'),
    "tag": (ROWS, ', unit="EUR"', ""),
    "no tags": (ROWS, '@tag(owner="shop", unit="EUR")\n', ""),
    "dead branch": (
        ROWS,
        "    band = Band()",
        "    if False:\n        band = 1\n    band = Band()",
    ),
    "spelling of a window": (STORED, 'refresh="1d"', 'refresh="24h"'),
    "one window in a list": (STORED, 'max_age="9d"', 'max_age="216h"'),
    "join keys as a tuple": (DEFINED, '["buyer_id"]', '("buyer_id",)'),
    "another entity": (DEFINED, "buyer =", 'unused = Entity("unused", "x")\nbuyer ='),
    "another source": (DEFINED, "refunds =", 'more = Source("more", "f.csv", "t")\nrefunds ='),
}

RENAMED: Mapping[str, tuple[Edit, ...]] = {
    "local": (
        (ROWS, "    band = Band()", "    limits = Band()"),
        (
            ROWS,
            "(price > band.low) & (price <= band.high)",
            "(price > limits.low) & (price <= limits.high)",
        ),
    ),
    "alias of an import": (
        (ROWS, "RATE as rate_of_tax", "RATE as tax"),
        (ROWS, "price * rate_of_tax", "price * tax"),
    ),
    "import of an installed module": (
        (HELPERS, "import numpy as np", "import numpy"),
        (HELPERS, "np.minimum", "numpy.minimum"),
    ),
    "helper": ((HELPERS, "most())", "greatest())"), (HELPERS, "def most", "def greatest")),
    "global": ((ROWS, "EXTRA = 71", "MORE = 71"), (ROWS, "found += EXTRA", "found += MORE")),
    "window as the other spelling": (
        (STORED, 'refresh="1d"', 'refresh="24h"'),
        (STORED, 'max_age="9d"', 'max_age="216h"'),
    ),
}


def downstream(project: Project, names: Set[str]) -> set[str]:
    """The names and all that is computed from them."""
    found = set(names)
    while more := {n for n, node in project.graph.items() if found & set(node.inputs)} - found:
        found |= more
    return found


def meanings(project: Project) -> dict[str, NodeMeaning]:
    return node_meanings(project.graph)


def differing(one: Mapping[str, NodeMeaning], other: Mapping[str, NodeMeaning]) -> set[str]:
    """The nodes that are only here or mean another thing there."""
    return {name for name in one if name not in other or one[name].text != other[name].text}


@pytest.mark.parametrize(("edit", "changed"), SEMANTIC.values(), ids=SEMANTIC)
def test_an_edit_changes_what_it_is_about_and_all_downstream(
    edit: Edit, changed: set[str], load: Load
) -> None:
    before = meanings(load(FILES))
    after = load(edited(edit))
    assert differing(meanings(after), before) == downstream(after, changed)
    assert all(meaning.certain for meaning in meanings(after).values())


@pytest.mark.parametrize("edit", COSMETIC.values(), ids=COSMETIC)
def test_an_edit_of_no_meaning_changes_none(edit: Edit, load: Load) -> None:
    assert meanings(load(FILES)) == meanings(load(edited(edit)))


@pytest.mark.parametrize("edits", RENAMED.values(), ids=RENAMED)
def test_what_variables_and_helpers_are_called_says_nothing(
    edits: tuple[Edit, ...], load: Load
) -> None:
    assert meanings(load(FILES)) == meanings(load(edited(*edits)))


def test_another_file_says_nothing(load: Load) -> None:
    before = meanings(load(FILES))
    files = {**FILES, ROWS: "", "shop/moved.py": FILES[ROWS]}
    assert meanings(load(files)) == before


def test_one_file_for_all_says_nothing(load: Load) -> None:
    before = meanings(load(FILES))
    imports = "from shop.definitions import buyer, customer, orders, profiles, refunds\n"
    stored = FILES[STORED].replace(imports, "")
    files = {**FILES, DEFINED: FILES[DEFINED] + stored, STORED: "", "shop/moved.py": ""}
    assert meanings(load(files)) == before


def test_own_is_of_the_node_alone(load: Load) -> None:
    """What is upstream is in the text, and not in its own part."""
    before = meanings(load(FILES))
    after = meanings(load(edited((CONSTANTS, "RATE = 2.0", "RATE = 3.0"))))
    assert {name for name in before if before[name].own != after[name].own} == {"taxed"}


def test_all_is_told_again_the_same(load: Load) -> None:
    project = load(FILES)
    assert meanings(project) == meanings(project) == meanings(load(FILES))
