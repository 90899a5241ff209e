"""The lineage of a project, drawn in the form that was asked for."""

from __future__ import annotations

from pathlib import Path

from batch_etl.pictures import write_svg
from drivers import BatchDriver
from onedag import Project
from onedag.errors import ConfigurationError
from onedag.lineage import Lineage, service_lineage, to_dot, to_mermaid, to_tree

__all__ = ["draw", "lineage_of"]

FORMS = ("tree", "mermaid", "dot", "svg")


def lineage_of(project: Project, service: str | None = None) -> Lineage:
    """The lineage of one service or of all.

    Raises:
        UnknownName: no such service.
        PlanError: a service can't be planned.
    """
    with BatchDriver(project) as batch:
        names = [service] if service else list(project.services)
        plans = [batch.plan(name) for name in names]
        return service_lineage(plans, project, batch.columns())


def draw(lineage: Lineage, form: str, output: Path | None = None) -> str | Path:
    """The lineage as text, or the path of the file that it was written to.

    Raises:
        ConfigurationError: an unknown form, an SVG without a file, or no renderer for it.
    """
    if form not in FORMS:
        raise ConfigurationError(f"No form is named {form!r}. Possible are {', '.join(FORMS)}.")
    if form == "svg":
        if output is None:
            raise ConfigurationError("An SVG goes to a file: add --output FILE.")
        return write_svg(lineage, output)
    text = _text(lineage, form)
    if output is None:
        return text
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    return output


def _text(lineage: Lineage, form: str) -> str:
    if form == "dot":
        return to_dot(lineage)
    if form == "mermaid":
        return to_mermaid(lineage)
    used = {start for start, _ in lineage.edges}
    return to_tree(lineage, [name for name in lineage.nodes if name not in used])
