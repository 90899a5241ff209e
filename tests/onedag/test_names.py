from __future__ import annotations

import pytest

from onedag.errors import InvalidDefinition
from onedag.names import check_name


@pytest.mark.parametrize("name", ["carrier", "v1.2", "..x", "a-b", "_x", "Größe", "7"])
def test_names_that_need_no_escaping_are_kept(name: str) -> None:
    assert check_name(name, "An entity") == name


@pytest.mark.parametrize(
    "name", ["", "a/b", "a:b", "a b", 'a"b', "a'b", "a\n", "{a}", "a?b", ".", "..", "...", None, 3]
)
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        check_name(name, "An entity")
    assert str(caught.value).startswith(f"An entity can't be named {name!r}.")
