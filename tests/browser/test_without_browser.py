"""What runs after a module with a browser, in the same process."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from tests.browser.served import served


def test_no_event_loop_is_left_behind_and_servers_have_their_own():
    with served(FastAPI()) as address:

        async def answer() -> httpx.Response:
            async with httpx.AsyncClient() as http:
                return await http.get(f"{address}/openapi.json")

        assert asyncio.run(answer()).status_code == 200
