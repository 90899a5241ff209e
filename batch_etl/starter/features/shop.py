"""What the features are about, where history lies, and what the model takes."""

from __future__ import annotations

import pydantic
from pydantic import Field

from onedag import Entity, FeatureService, Source

customer = Entity("customer", join_keys=["customer_id"])

# An order is in the warehouse some minutes after it was made.
orders = Source("orders", data="data/orders.parquet", timestamp="ordered_at", delay="5min")

# Whether an order came back is known weeks later. Training on it any earlier would be a leak.
outcomes = Source(
    "outcomes", data="data/outcomes.parquet", timestamp="ordered_at", known_at="settled_at"
)

# A row is the state of a customer: `signed_up_at` and `country` are looked up by their names.
customers = Source(
    "customers",
    data="data/customers.parquet",
    timestamp="changed_at",
    key=customer,
    tags={"country": ["pii"]},
)


class OrderRequest(pydantic.BaseModel):
    """An order that is about to be made."""

    customer_id: int = Field(description="Who orders.")
    amount: float = Field(description="What the order costs, in euros.")


order_returned = FeatureService(
    "order_returned",
    features=[
        "spent_7d",
        "spent_30d",
        "orders_made_30d",
        "return_rate_90d",
        "amount",
        "amount_over_usual",
        "amount_zscore",
        "customer_age_days",
        "is_night",
    ],
    request=OrderRequest,
)
