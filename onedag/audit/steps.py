"""What an audit says of features: what they are made of, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onedag.catalog import MeasuredDrift, MeasuredSkew
from onedag.lineage import NodeKind
from onedag.statistics import FeatureStatistics

__all__ = [
    "AuditedFeature",
    "AuditedFitted",
    "AuditedFunction",
    "Personal",
    "Raw",
    "Step",
    "Stored",
]


@dataclass(frozen=True, slots=True)
class AuditedFunction:
    """A function that is a step on the way to features.

    Attributes:
        name: unique.
        kind: ``row``, ``fitted``, ``latest`` or ``aggregate``.
        module: where it is written.
        doc: its docstring.
        owner: of its tags; empty for none.
        tags: the others.
        inputs: the names that it takes.
        fingerprint: of its code and all that it is made of.
        certain: whether the fingerprint is sure to differ when values do.
        code: as it is written; empty where it isn't known.
        now: in words, how the code as it is loaded now differs from this; empty where it doesn't,
            or where this is that code.
    """

    name: str
    kind: str
    module: str
    doc: str
    owner: str
    tags: Mapping[str, str]
    inputs: tuple[str, ...]
    fingerprint: str
    certain: bool
    code: str
    now: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a formula. The steps that it is made of follow it, one deeper.

    Attributes:
        depth: how many steps lead from here to the formula's value; 0 for that itself.
        name: for people: a column with its source, a field of the request as one.
        kind: where its value comes from.
        said: what happens there, in words.
        function: the name of the function that computes it; empty for what is given.
        looked_up_by: the join keys that say which value is taken.
        told: where the steps that it is made of are: ``here``; ``above``, where the same formula
            has them already; ``apart``, where it is a feature itself and this formula is long.
    """

    depth: int
    name: str
    kind: NodeKind
    said: str
    function: str
    looked_up_by: tuple[str, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A column or a field at the end of a formula.

    Attributes:
        name: with its source; ``request.`` and the name for a field.
        kind: ``column`` or ``request``.
        type: Arrow type as text; empty where it isn't known.
        personal: whether it is tagged as personal data.
    """

    name: str
    kind: NodeKind
    type: str
    personal: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stored feature is the newest value, or the reduction, of.

    Attributes:
        source: its name.
        view: that it is stored in.
        entity: it is kept by; None for everything.
        window: its length as text, such as ``7d``; None for all history, or the newest value.
        max_age: as text; None for any age.
        refresh: as text; None for always.
    """

    source: str
    view: str
    entity: str | None
    window: str | None
    max_age: str | None
    refresh: str | None


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data that goes into a feature.

    Attributes:
        origin: the name of the tagged column, field or function.
        path: the names from there to the feature.
        allowed: whether the service's ``may_use`` names the origin.
    """

    origin: str
    path: tuple[str, ...]
    allowed: bool


@dataclass(frozen=True, slots=True)
class AuditedFeature:
    """One feature that the model takes.

    Attributes:
        position: from 1 on, in the model's order.
        name: unique.
        type: Arrow type as text; empty where it isn't known.
        kind: where its value comes from when a request is answered; None where what is described
            has no such feature.
        origin: the same in words.
        doc: what is said of it; empty for nothing.
        owner: of it; empty for none.
        stored: of a stored feature; None for others.
        sentence: what it comes from.
        raw: the columns and fields that it is made of.
        looked_up_by: what says which stored values are taken, on the way to it.
        formula: the steps back to these, itself first; none where ``kind`` is None.
        personal: data that goes into it.
        fingerprint: of its code and all that it is made of; empty for what no function makes.
        statistics: of the training frame; None where they weren't kept.
        withheld: whether the values are left out of these because they are personal data.
        drift: if it was measured.
        skew: if it was measured.
        now: in words, how the code as it is loaded now differs; empty where it doesn't.
    """

    position: int
    name: str
    type: str
    kind: NodeKind | None
    origin: str
    doc: str
    owner: str
    stored: Stored | None
    sentence: str
    raw: tuple[Raw, ...]
    looked_up_by: tuple[str, ...]
    formula: tuple[Step, ...]
    personal: tuple[Personal, ...]
    fingerprint: str
    statistics: FeatureStatistics | None
    withheld: bool
    drift: MeasuredDrift | None
    skew: MeasuredSkew | None
    now: str


@dataclass(frozen=True, slots=True)
class AuditedFitted:
    """A value that was learnt from the training rows, and is the same for every request.

    Attributes:
        name: of its function.
        value: JSON text; None where no run is known, or where it is withheld.
        withheld: whether the value is left out because it comes from personal data.
        doc: what is said of it.
        sentence: what it comes from.
        formula: the steps back to raw columns and fields, itself first.
        features: of the service, that are made with it.
        now: in words, how the code as it is loaded now differs; empty where it doesn't.
    """

    name: str
    value: str | None
    withheld: bool
    doc: str
    sentence: str
    formula: tuple[Step, ...]
    features: tuple[str, ...]
    now: str
