"""`CatalogSettings`: what of a project its pages show."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CatalogSettings"]


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """What the pages at ``/catalog`` show, beside the project itself, its code included.

    Attributes:
        open_sources: whether sources may be opened for all the columns that they have; the others
            are those that published runs or snapshots know of, and those that are used.
        personal: whether what training left of people's values is shown: the figures of features
            that are, or come from, personal data.
    """

    open_sources: bool = False
    personal: bool = False
