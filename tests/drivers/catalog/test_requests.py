"""The schemas of requests that a catalog has."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from drivers.catalog.requests import request_schemas
from onedag import Project

SERVICES = """
import pydantic
from pydantic import Field
from onedag import FeatureService


class Plain(pydantic.BaseModel):
    x: int = Field(examples=[3], ge=0)


class Unknown(pydantic.BaseModel):
    x: int

    @classmethod
    def __get_pydantic_json_schema__(cls, schema, handler):
        handler(schema)
        raise pydantic.errors.PydanticInvalidForJsonSchema("of a type of one's own")


plain = FeatureService("plain", ["x"], Plain)
unknown = FeatureService("unknown", ["x"], Unknown)
"""


def test_a_schema_has_examples_and_bounds_and_a_model_without_one_is_left_out(
    make_module: Callable[..., ModuleType],
) -> None:
    schemas = request_schemas(Project([make_module(SERVICES)], store="memory://"))
    assert list(schemas) == ["plain"]
    number = {"examples": [3], "minimum": 0, "title": "X", "type": "integer"}
    assert schemas["plain"]["properties"]["x"] == number
