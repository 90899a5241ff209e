"""What is said of data never says how it is opened."""

from __future__ import annotations

import pytest

from onedag.credentials import without_credentials


@pytest.mark.parametrize(
    "text",
    [
        "s3://user:hush@bucket/orders.parquet",
        "s3://hush@bucket/orders/*.parquet",
        "https://host/orders.csv?sv=1&sig=hush",
        "postgresql://me:hu@hush@db:5432/shop",
        "SELECT * FROM postgres_scan('host=db user=me password=hush', 'public', 'orders')",
        "SELECT * FROM postgres_scan('host=db password = ''hush''', 'public', 'orders')",
        "ATTACH 'mysql://me:hush@db/shop' AS shop",
        "CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'hush')",
        "SET s3_secret_access_key='hush'; SELECT 1",
        'SET motherduck_token = "hush"',
        "SELECT * FROM read_parquet('s3://b/o.parquet?s3_access_key_id=hush&s3_secret_access_key=hush')",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hush;EndpointSuffix=x",
        "PWD=hush",
    ],
)
def test_passwords_keys_and_tokens_are_left_out(text):
    assert "hush" not in without_credentials(text)


@pytest.mark.parametrize(
    "text",
    [
        "data/orders.parquet",
        "data/*/orders-2024?.csv",
        "/mnt/team@home/orders.parquet",
        "C:\\data\\orders.parquet",
        "s3://bucket/orders/**/*.parquet",
        "SELECT token, secret FROM visits WHERE at >= '2024-01-01' AND mail LIKE '%@%'",
        "SELECT * FROM 'orders.parquet' WHERE kind = 'a' [shop.duckdb]",
    ],
)
def test_all_else_stays_as_it_is(text):
    assert without_credentials(text) == text
