"""Paths between two names, few of which are listed where there are too many."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedag.errors import UnknownName
from onedag.lineage import Lineage, paths_between

MakeLineage = Callable[..., Lineage]


def test_a_shortest_way_for_each_pair_and_all_nodes_between(lineage_of: MakeLineage) -> None:
    found = paths_between(lineage_of(), "amount", "buys")
    assert set(found.shortest) == {
        (
            "source:orders:amount",
            "source:orders:is_big",
            "view:user_orders:big_share_1d",
            "service:buys",
        ),
        ("service:buys:amount", "service:buys:is_big", "service:buys"),
    }
    assert set(found.nodes) == {node for way in found.shortest for node in way} | {
        "service:buys:mean_amount",
        "service:buys:above_mean",
    }
    assert (found.start, found.end) == ("amount", "buys")


def test_nothing_leads_there(lineage_of: MakeLineage) -> None:
    lineage = lineage_of()
    found = paths_between(lineage, "buys", "amount")
    assert (found.nodes, found.shortest) == ((), ())
    assert lineage.only(found.nodes) == Lineage({}, ())


def test_from_a_name_to_itself(lineage_of: MakeLineage) -> None:
    assert paths_between(lineage_of(), "hour", "hour").shortest == (("service:buys:hour",),)


def test_a_chain_deeper_than_the_stack(chain: Lineage) -> None:
    found = paths_between(chain, "first", "end")
    assert found.shortest == (tuple(chain.nodes),)
    assert found.nodes == tuple(chain.nodes)


def test_more_ways_than_could_be_listed(lattice: Lineage) -> None:
    found = paths_between(lattice, "n0", "n200")
    assert set(found.nodes) == set(lattice.nodes)
    [way] = found.shortest
    assert len(way) == 401
    between = paths_between(lattice, "l3", "r5")
    assert set(between.nodes) == {"l3", "n4", "l4", "r4", "n5", "r5"}


@pytest.mark.parametrize("names", [("prise", "buys"), ("amount", "buy")])
def test_unknown_names(lineage_of: MakeLineage, names: tuple[str, str]) -> None:
    with pytest.raises(UnknownName, match="No node is named"):
        paths_between(lineage_of(), *names)
