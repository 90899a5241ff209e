"""What tests do with an interactive graph."""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["GRAPH", "click", "until"]

GRAPH = "document.querySelector('[data-lineage-graph]').onedagGraph"
"""The script's own object, of the first graph of a page."""


def until(page: Page, condition: str) -> None:
    """Wait for it. Playwright's own waiting evaluates text, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


def click(page: Page, name: str) -> None:
    """Click where the canvas shows a node."""
    at = page.evaluate(
        f"""(name) => {{ const cy = {GRAPH}.drawing.cy;
        const node = cy.nodes().filter((n) => n.data("label").split("\\n")[0] === name)[0];
        return node.renderedPosition(); }}""",
        name,
    )
    page.locator("[data-graph=canvas]").click(position=at)
    until(page, f"{GRAPH}.chosen !== null")
