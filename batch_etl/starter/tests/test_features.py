"""Each feature as batch and online compute it: `both_ways` is the fixture that onedag brings."""


def test_an_order_counts_once_it_is_known(both_ways):
    features = both_ways(
        "spent_7d",
        "amount_over_usual",
        sources={
            "orders": """
                customer_id, ordered_at,       amount
                1,           2024-01-01T10:00, 20.0
                1,           2024-01-02T10:00, 40.0
            """
        },
        spine=[
            {"event_timestamp": "2024-01-02T10:01", "customer_id": 1, "amount": 50.0},
            {"event_timestamp": "2024-01-02T10:05", "customer_id": 1, "amount": 50.0},
            {"event_timestamp": "2024-01-02T10:05", "customer_id": 2, "amount": 50.0},
        ],
    )
    assert features["spent_7d"] == [20.0, 60.0, 0.0]
    assert features["amount_over_usual"] == [30.0, 20.0, None]


def test_a_return_counts_once_it_is_settled(both_ways):
    features = both_ways(
        "return_rate_90d",
        sources={
            "outcomes": """
                customer_id, ordered_at,       settled_at,       came_back
                1,           2024-01-01T10:00, 2024-01-15T10:00, 1.0
                1,           2024-01-02T10:00, 2024-01-10T10:00, 0.0
            """
        },
        spine=[
            {"event_timestamp": "2024-01-12T00:00", "customer_id": 1},
            {"event_timestamp": "2024-01-16T00:00", "customer_id": 1},
        ],
    )
    assert features["return_rate_90d"] == [0.0, 0.5]
