"""The metadata of an ONNX file, read without the packages that could run it.

An ONNX file is one protobuf message. Field 14 of it is repeated: each time a message whose field 1
is a key and whose field 2 is its text. Everything else is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["metadata_of"]

_METADATA, _KEY, _TEXT = 14, 1, 2
_VARINT, _EIGHT, _COUNTED, _FOUR = 0, 1, 2, 5


def metadata_of(content: bytes) -> dict[str, str]:
    """The metadata of a model.

    Raises:
        ValueError: the content isn't a whole protobuf message.
    """
    found = {}
    for number, value in _fields(memoryview(content)):
        if number == _METADATA:
            entry = {key: bytes(text).decode() for key, text in _fields(value)}
            found[entry.get(_KEY, "")] = entry.get(_TEXT, "")
    return found


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The number and the content of each field that has a length."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _number(message, at)
        elif kind == _COUNTED:
            length, start = _number(message, at)
            at = start + length
            yield tag >> 3, message[start:at]
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"field {tag >> 3} is of kind {kind}, which isn't there in protobuf 3")
    if at != len(message):
        raise ValueError("the file ends in the middle of a field")


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the least ones first, and where it ends."""
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("the file ends in the middle of a number")
