"""What the features are about, where history lies, and what the delay model takes."""

from __future__ import annotations

from datetime import datetime

import pydantic
from pydantic import Field

from onedag import Entity, FeatureService, Source

carrier = Entity("carrier", join_keys=["carrier"])
route = Entity("route", join_keys=["origin", "dest"])
origin_airport = Entity("origin_airport", join_keys=["origin"])
plane = Entity("plane", join_keys=["tailnum"])

# `landed_at` leaves out the taxiing, and an arrival delay isn't settled before the gate. After 90
# minutes 99.2 % of the flights are there (after 60, 95.9 %). The others are the very late ones, so
# a shorter delay would leak just what is to be predicted.
landings = Source(
    "landings",
    data="data/landings.parquet",
    timestamp="landed_at",
    delay="90min",
)

# Times are cut to the minute: one minute later the flight has left for certain.
departures = Source(
    "departures",
    data="data/departures.parquet",
    timestamp="left_at",
    delay="1min",
)

# A row holds its hour's reports up to 51 minutes past, and reports take some minutes to come in.
weather = Source(
    "weather",
    data="data/weather.parquet",
    timestamp="observed_at",
    delay="70min",
)

planes = Source(
    "planes",
    data="data/planes.parquet",
    timestamp="registered_at",
    key=plane,
)


class DepartureRequest(pydantic.BaseModel):
    """A scheduled departure, one hour ahead."""

    carrier: str = Field(description="Two-letter code of the airline, such as UA.", examples=["UA"])
    origin: str = Field(description="Airport of departure: EWR, JFK or LGA.", examples=["EWR"])
    dest: str = Field(description="Airport of destination, such as LAX.", examples=["LAX"])
    tailnum: str | None = Field(
        default=None,
        description="Tail number of the plane; null while none is assigned.",
        examples=["N14228"],
    )
    distance: float = Field(
        description="Distance between the airports, in miles.", examples=[2454.0]
    )
    scheduled_departure: datetime = Field(
        description="Scheduled time of departure; without an offset it is UTC.",
        examples=["2013-10-01T18:00:00Z"],
    )


departure_delay = FeatureService(
    "departure_delay",
    features=[
        # carrier
        "carrier_late_rate_3h",
        "carrier_late_rate_1d",
        "carrier_late_rate_7d",
        "carrier_late_rate_30d",
        "carrier_mean_arrival_delay_3h",
        "carrier_mean_arrival_delay_1d",
        "carrier_mean_arrival_delay_7d",
        "carrier_mean_arrival_delay_30d",
        # route
        "route_late_rate_3h",
        "route_late_rate_1d",
        "route_late_rate_7d",
        "route_late_rate_30d",
        "route_mean_arrival_delay_3h",
        "route_mean_arrival_delay_1d",
        "route_mean_arrival_delay_7d",
        "route_mean_arrival_delay_30d",
        # network
        "network_late_rate_3h",
        "network_late_rate_1d",
        "network_late_rate_7d",
        "network_late_rate_30d",
        "network_mean_arrival_delay_3h",
        "network_mean_arrival_delay_1d",
        "network_mean_arrival_delay_7d",
        "network_mean_arrival_delay_30d",
        # origin
        "origin_late_departure_rate_3h",
        "origin_late_departure_rate_1d",
        "origin_late_departure_rate_7d",
        "origin_late_departure_rate_30d",
        "origin_mean_departure_delay_3h",
        "origin_mean_departure_delay_1d",
        "origin_mean_departure_delay_7d",
        "origin_mean_departure_delay_30d",
        # plane
        "plane_last_arrival_delay",
        "plane_age_years",
        # weather
        "origin_temperature",
        "origin_wind_speed",
        "origin_visibility",
        "origin_precipitation",
        # schedule
        "departure_hour_sin",
        "departure_hour_cos",
        "departure_weekday_sin",
        "departure_weekday_cos",
        "is_long_haul",
        "distance_zscore",
        # interactions
        "carrier_delay_trend",
        "carrier_delay_trend_by_distance",
        "origin_delay_by_hour",
        "origin_delay_by_hour_and_wind",
        "plane_delay_over_carrier",
        "plane_delay_over_carrier_per_1000_miles",
    ],
    request=DepartureRequest,
)
