"""What a service's request model makes of a field's value."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

import pydantic

__all__ = ["made_of_field"]

_CONSTRAINTS = "annotated_types"
"""The package whose metadata, such as ``Field(ge=0)``, refuse a value and never change it."""

_CHANGING = ("str_strip_whitespace", "str_to_lower", "str_to_upper")
_TAKES_PART = ("__get_pydantic_core_schema__", "__init__", "__new__", "model_post_init")


def made_of_field(model: type[pydantic.BaseModel], name: str) -> list[Any]:
    """What may make another value of a field: to be told in a fingerprint.

    Validators of the field and of the whole model, and what stands in its annotation. What only
    refuses values isn't part of it.
    """
    info = model.model_fields[name]
    return [
        *_validators(model, name),
        *(told for one in info.metadata for told in _metadata(one)),
        *_annotated(info.annotation),
        [(how, bool(model.model_config.get(how))) for how in _CHANGING],
    ]


def _validators(model: type[pydantic.BaseModel], name: str) -> Iterator[Any]:
    found: Any = model.__pydantic_decorators__
    for one in (*found.field_validators.values(), *found.validators.values()):
        if name in one.info.fields or "*" in one.info.fields:
            yield one.info.mode, _function(one.func)
    for whole in (*found.model_validators.values(), *found.root_validators.values()):
        yield whole.info.mode, _function(whole.func)
    for kind in model.__mro__[: model.__mro__.index(pydantic.BaseModel)]:
        yield [(part, _function(vars(kind)[part])) for part in _TAKES_PART if part in vars(kind)]


def _function(found: Any) -> Any:
    # As a method it would lead to its class, and so to all other fields.
    return getattr(found, "__func__", found)


def _annotated(annotation: Any) -> Iterator[Any]:
    """What stands deeper in an annotation, as in ``Annotated[str, AfterValidator(f)] | None``."""
    if typing.get_origin(annotation) is typing.Annotated:
        for one in annotation.__metadata__:
            yield from _metadata(one)
    for argument in typing.get_args(annotation):
        yield from _annotated(argument)


def _metadata(one: Any) -> Iterator[Any]:
    kind = type(one)
    if kind.__module__.partition(".")[0] == _CONSTRAINTS:
        return
    if dataclasses.is_dataclass(one):
        held = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    else:
        held = dict(getattr(one, "__dict__", {}))
    yield kind.__qualname__, sorted(held), [held[name] for name in sorted(held)]
