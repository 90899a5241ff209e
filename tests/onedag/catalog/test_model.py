"""The catalog itself."""

from __future__ import annotations

from dataclasses import replace

from onedag.catalog import Catalog, Index, feature_facts
from onedag.lineage import Lineage


def test_an_index_is_handed_on(bare: Catalog) -> None:
    index = Index(bare.snapshot, bare.lineage)
    assert bare.with_index(index).index is index
    assert replace(bare, project="other").with_index(index).index is index


def test_another_lineage_has_an_index_of_its_own(bare: Catalog) -> None:
    assert feature_facts(bare, "risk").places
    empty = replace(bare, lineage=Lineage({}, ()))
    assert feature_facts(empty, "risk").places == ()
