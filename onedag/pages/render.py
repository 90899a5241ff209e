"""The Jinja environment of all pages."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from onedag.pages import written
from onedag.pages.assets import asset
from onedag.pages.links import SECTIONS

__all__ = ["environment", "render"]


@cache
def environment() -> Environment:
    """Where templates are looked up and compiled, once.

    Whatever a template writes is escaped, and a name that it isn't given is an error.
    """
    made = Environment(
        loader=PackageLoader("onedag.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {name: getattr(written, name) for name in written.FILTERS}
    made.globals |= {"asset_text": lambda name: asset(name).text, "SECTIONS": SECTIONS}
    return made


def render(template: str, **context: object) -> str:
    """A page of HTML.

    Args:
        template: its name below ``templates/``.
        context: what the template shows; a template that extends ``base.html`` needs ``links``
            (`onedag.pages.Links`) and ``project``, the project's name.
    """
    return environment().get_template(template).render(context)
