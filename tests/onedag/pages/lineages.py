"""Lineages made by hand: a small one in which everything occurs, and one of many nodes."""

from __future__ import annotations

from itertools import pairwise

from onedag.lineage import Lineage, LineageNode, NodeKind

__all__ = ["HOSTILE", "many", "shop"]

HOSTILE = "</script><script>alert(1)</script><!--\u2028&\"'"
"""A name that would end a script, an attribute or a line of code."""


def shop(label: str = "above_mean") -> Lineage:
    """Orders before the request, a request with a fitted value, a service and its model."""
    orders = {"source": "orders", "group": "source orders"}
    buys = {"service": "buys", "module": "shop"}
    nodes = [
        LineageNode("o:amount", "amount", NodeKind.COLUMN, "orders", tags=("pii",), **orders),
        LineageNode("o:user_id", "user_id", NodeKind.COLUMN, "orders", **orders),
        LineageNode(
            "o:is_big", "is_big", NodeKind.MAPPED, "At least 100.", module="shop", **orders
        ),
        LineageNode(
            *("v:big_share_1d", "big_share_1d", NodeKind.STORED, "Share of <b>big</b> orders."),
            **{**orders, "group": "view user_orders"},
            view="user_orders",
            entity="user",
            window="1d",
            module="shop",
            denied=("pii",),
        ),
        LineageNode("r:user_id", "user_id", NodeKind.REQUEST, "buys", service="buys"),
        LineageNode("r:price", "price", NodeKind.REQUEST, "buys", service="buys"),
        LineageNode("f:mean_price", "mean_price", NodeKind.FITTED, "Mean price.", **buys),
        LineageNode("c:above_mean", label, NodeKind.COMPUTED, "Price above the mean.", **buys),
        LineageNode("s:buys", "buys", NodeKind.SERVICE, "2 features", service="buys"),
        LineageNode("m:buys", "model of buys", NodeKind.MODEL, "run 1", service="buys"),
    ]
    edges = (
        ("o:amount", "o:is_big"),
        ("o:is_big", "v:big_share_1d"),
        ("o:user_id", "v:big_share_1d"),
        ("v:big_share_1d", "s:buys"),
        ("r:user_id", "s:buys"),
        ("r:price", "f:mean_price"),
        ("r:price", "c:above_mean"),
        ("f:mean_price", "c:above_mean"),
        ("c:above_mean", "s:buys"),
        ("s:buys", "m:buys"),
    )
    keys = frozenset({("o:user_id", "v:big_share_1d"), ("r:user_id", "s:buys")})
    return Lineage({node.id: node for node in nodes}, edges, keys)


def many(modules: int = 10, features: int = 30) -> Lineage:
    """For each module a column, a stored feature and a chain of row functions, in one service."""
    nodes, edges = [LineageNode("s:all", "all", NodeKind.SERVICE, service="all")], []
    for m in range(modules):
        source = {"source": f"source_{m}", "group": f"source source_{m}"}
        column = LineageNode(f"o{m}", f"column_{m}", NodeKind.COLUMN, **source)
        stored = LineageNode(
            f"v{m}",
            f"stored_{m}",
            NodeKind.STORED,
            module=f"module_{m}",
            view=f"view_{m}",
            **source,
        )
        chain = [
            LineageNode(
                *(f"c{m}:{i}", f"computed_{m}_{i}", NodeKind.COMPUTED),
                service="all",
                module=f"module_{m}",
            )
            for i in range(features)
        ]
        way = [column, stored, *chain]
        nodes += way
        edges += [(a.id, b.id) for a, b in pairwise(way)]
        edges += [(node.id, "s:all") for node in chain]
    return Lineage({node.id: node for node in nodes}, tuple(edges))
