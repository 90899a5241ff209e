"""Ten columns of a customer's newest profile: all looked up, with no function at all."""

from __future__ import annotations

import pydantic

from onedag import Entity, FeatureService, Source

VALUES = [f"value_{number}" for number in range(10)]

customer = Entity("customer", join_keys=["key"])
profiles = Source("profiles", "profiles.parquet", timestamp="event_timestamp", key=customer)


class CustomerRequest(pydantic.BaseModel):
    """A customer."""

    key: int


by_key = FeatureService("by_key", VALUES, request=CustomerRequest)
