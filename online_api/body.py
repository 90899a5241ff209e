"""The rows of a request's body: read within bounds, parsed once, checked by the service's model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pydantic
from starlette.types import Receive, Scope

from drivers.request import refused, request_model
from onedag.errors import RequestError
from onedag.service import FeatureService
from online_api.errors import BodyTooLong, BodyTooSlow, Disconnected, detail_of
from online_api.limits import Limits

__all__ = ["BodyReader", "request_body"]

LONG = 2**16
"""Bytes from which on a body's shape is looked at before each of its wrong fields is named."""

UNKNOWN_FIELDS = 10
"""How many fields that a body or a row doesn't have are named of it, if it has very many."""

MAX_DETAILS = 100
"""How many wrong fields an answer names one by one."""


def request_body(service: FeatureService, max_rows: int) -> type[pydantic.BaseModel]:
    """The model of a request's body: one to ``max_rows`` rows."""
    row = request_model(service)
    name = f"{row.__name__.removesuffix('Row')}Request"
    rows = pydantic.Field(min_length=1, max_length=max_rows, description="The order is kept.")
    return pydantic.create_model(
        name,
        __config__=pydantic.ConfigDict(extra="forbid"),
        __doc__=f"Rows for service {service.name}.",
        rows=(list[row], rows),  # type: ignore[valid-type]
    )


class BodyReader:
    """Reads the rows of one service's requests.

    Args:
        service: whose requests they are.
        limits: how many rows and bytes there may be.

    Attributes:
        model: of the body; its rows are instances of the service's request model.
        deadline: how long a request may take, its body included.
    """

    def __init__(self, service: FeatureService, limits: Limits) -> None:
        self.model = request_body(service, limits.max_rows)
        self.deadline = limits.deadline
        self._limits = limits
        self._parse = self.model.__pydantic_validator__.validate_json
        self._check = self.model.__pydantic_validator__.validate_python
        fields = request_model(service).model_fields
        self._fields = {*fields, *(info.alias for info in fields.values() if info.alias)}

    async def rows(
        self, scope: Scope, receive: Receive, until: float
    ) -> Sequence[pydantic.BaseModel]:
        """The rows, in their order.

        Args:
            scope: of the request.
            receive: brings its body.
            until: when the body must be there, in the event loop's time.

        Raises:
            BodyTooLong: more bytes than the server takes.
            BodyTooSlow: it isn't there in time.
            RequestError: with one detail for each wrong field of each row.
            Disconnected: the client is gone.
        """
        kind, length = _headers(scope)
        if length > self._limits.max_body_bytes:
            raise BodyTooLong.than(self._limits.max_body_bytes)
        try:
            async with asyncio.timeout_at(until):
                body = await self._read(receive)
        except TimeoutError:
            raise BodyTooSlow.than(self.deadline) from None
        if not _is_json(kind):
            raise _of_body("send it as application/json")
        return self.parse(body)

    async def _read(self, receive: Receive) -> bytes:
        # A body that comes in one piece, as most do, is not copied.
        body, more = await _piece(receive)
        pieces, length = [body], len(body)
        while more and length <= self._limits.max_body_bytes:
            body, more = await _piece(receive)
            pieces.append(body)
            length += len(body)
        if length > self._limits.max_body_bytes:
            raise BodyTooLong.than(self._limits.max_body_bytes)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def parse(self, body: bytes) -> Sequence[pydantic.BaseModel]:
        """The rows of a whole body.

        Raises:
            RequestError: as `rows`.
        """
        if len(body) > LONG:
            self._check_shape(_loads(body))
        try:
            return self._parse(body).rows  # type: ignore[no-any-return]
        except pydantic.ValidationError:
            return self._explained(body)

    def _explained(self, body: bytes) -> Sequence[pydantic.BaseModel]:
        """The rows of a body that pydantic's own parser refuses, or which fields are wrong.

        That parser stops at half a surrogate pair and at UTF-16, and counts lines where Python's
        says what it expected.
        """
        if not body:
            raise _of_body("Field required")
        content = self._check_shape(_loads(body))
        try:
            return self._check(content).rows  # type: ignore[no-any-return]
        except pydantic.ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
        details = [detail_of(("body", *problem["loc"]), problem["msg"]) for problem in problems]
        raise refused(details[:MAX_DETAILS])

    def _check_shape(self, content: Any) -> Any:
        """Spare the model what would make it name a hundred thousand fields."""
        if isinstance(content, dict) and len(content) > UNKNOWN_FIELDS:
            unknown = [_extra(None, name) for name in content if name != "rows"]
            raise refused(unknown[:UNKNOWN_FIELDS])
        rows = content.get("rows") if isinstance(content, dict) else None
        if not isinstance(rows, list) or len(rows) > self._limits.max_rows:
            return content  # the model names this first, and nothing else
        most = len(self._fields) + UNKNOWN_FIELDS
        if any(isinstance(row, dict) and len(row) > most for row in rows):
            raise self._unknown(rows)
        return content

    def _unknown(self, rows: Sequence[Any]) -> RequestError:
        details: list[dict[str, object]] = []
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                continue
            unknown = [name for name in row if name not in self._fields]
            details += [_extra(index, name) for name in unknown[:UNKNOWN_FIELDS]]
        return refused(details[:MAX_DETAILS])


def _extra(row: int | None, name: str) -> dict[str, object]:
    shown = name.encode(errors="backslashreplace").decode()
    return {"row": row, "field": shown, "message": "Extra inputs are not permitted"}


def _headers(scope: Scope) -> tuple[bytes, int]:
    """The content type, and the length; 0 where it isn't said."""
    kind, length = b"", b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            length = value
    return kind, int(length) if length.isdigit() else 0


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)


def _is_json(kind: bytes) -> bool:
    if kind == b"application/json":
        return True
    plain = kind.partition(b";")[0].strip().lower()
    return plain == b"application/json" or (
        plain.startswith(b"application/") and plain.endswith(b"+json")
    )


def _loads(body: bytes) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise _of_body(f"not JSON at character {error.pos}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise _of_body(f"not UTF-8 at byte {error.start}: {error.reason}") from None
    except RecursionError:
        raise _of_body("nested too deeply") from None
    except ValueError as error:  # an integer of thousands of digits
        raise _of_body(str(error)) from None


def _of_body(message: str) -> RequestError:
    return refused([{"row": None, "field": "body", "message": message}])
