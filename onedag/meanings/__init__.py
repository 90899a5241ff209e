"""What functions, views and services mean: fingerprints that differ where their values might."""

from onedag.meanings.code import code_of, versions
from onedag.meanings.nodes import NodeMeaning, node_meanings
from onedag.meanings.views import Meanings

__all__ = ["Meanings", "NodeMeaning", "code_of", "node_meanings", "versions"]
