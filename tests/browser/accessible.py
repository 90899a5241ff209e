"""axe, the checks of accessibility, on a page in light and in dark."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["assert_accessible"]

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_RUN = """async ([within, options]) => (await axe.run(within, options)).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .map(found => ({rule: found.id, help: found.help, impact: found.impact,
                    at: found.nodes.map(node => node.target.join(" ") + ": " +
                                                node.failureSummary)}))"""

_OPTIONS = {
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},  # all else is the same
    "light": {"resultTypes": ["violations"]},
}


def assert_accessible(page: Page, within: str = "html") -> None:
    """No finding of axe that is serious or critical, on a light page and on a dark one.

    Args:
        page: to be looked at.
        within: a selector of what is looked at.
    """
    page.evaluate(_axe())  # not a <script>, which the page's policy wouldn't let in
    found = {scheme: _findings(page, scheme, within) for scheme in _OPTIONS}
    told = [f"{scheme}: {finding}" for scheme, all_ in found.items() for finding in all_]
    assert not told, "\n".join(told)


@cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8")


def _findings(page: Page, scheme: Any, within: str) -> list[Any]:
    page.emulate_media(color_scheme=scheme)
    found: list[Any] = page.evaluate(_RUN, [within, _OPTIONS[scheme]])
    return found
