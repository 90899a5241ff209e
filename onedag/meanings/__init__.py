"""What functions, views and services mean: fingerprints that differ where their values might."""

from onedag.meanings.code import code_of, versions
from onedag.meanings.nodes import NodeMeaning, node_meanings, written_code
from onedag.meanings.requests import made_of_field
from onedag.meanings.views import Meanings

__all__ = [
    "Meanings",
    "NodeMeaning",
    "code_of",
    "made_of_field",
    "node_meanings",
    "versions",
    "written_code",
]
