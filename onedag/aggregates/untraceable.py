"""What a stand-in refuses: everything that it doesn't know."""

from __future__ import annotations

from typing import Any

__all__ = ["Refusals", "Untraceable"]


class NotTraceable(Exception):
    """The function did something that the stand-in doesn't know."""


class Refusals:
    """Whether a stand-in refused something in this call, though the function caught the error."""

    happened = False


class Untraceable:
    """What no stand-in can do: be a truth value, a number, an array, a sequence or a class.

    A refusal is noted, so that a function that catches it and goes another way isn't believed.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals

    def _refuse(self, *_: Any, **__: Any) -> Any:
        self._refusals.happened = True
        raise NotTraceable

    __getattr__ = _refuse
    # isinstance() asks for it, and would otherwise learn unnoticed that this is no Series.
    __class__ = property(_refuse)


_REFUSED = (
    "bool len iter next reversed float int complex index array array_ufunc array_function getitem "
    "setitem delitem contains round trunc floor ceil hash repr str format bytes call eq ne lt le "
    "gt ge add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod divmod rdivmod "
    "pow rpow matmul rmatmul and rand or ror xor rxor lshift rlshift rshift rrshift neg pos "
    "invert abs"
)
for _name in _REFUSED.split():
    setattr(Untraceable, f"__{_name}__", Untraceable._refuse)
