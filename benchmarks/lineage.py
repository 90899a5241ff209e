"""The lineage of a project of 1,000 features: built, asked about each column, drawn."""

from __future__ import annotations

import tempfile
from pathlib import Path

from batch_etl.lineage import draw, lineage_of
from benchmarks.measure import Contestant, race
from benchmarks.projects.loading import loaded
from benchmarks.projects.many import FEATURES, SERVICES, write_project
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import Setting
from onedag.lineage import NodeKind, collapsed_to_fit, impact_of, to_mermaid, uses_of

__all__ = ["run"]

LIMIT = 2.0

BUILT = "built, files opened"
TREE = "printed as a tree"
PAGE = "as a page"
FEW = "collapsed, as Mermaid"
ASKED = "uses and impact of every column"


def run(setting: Setting) -> Report:
    """Run the benchmark on a project that is loaded already."""
    modules = SERVICES if setting.size == "tiny" else 10
    with tempfile.TemporaryDirectory(dir=setting.data) as name:
        folder = Path(name)
        with loaded(write_project(folder / "many", modules)) as project:
            lineage = lineage_of(project)
            columns = [n.id for n in lineage.nodes.values() if n.kind is NodeKind.COLUMN]
            found = race(
                [
                    Contestant(BUILT, lambda: lineage_of(project)),
                    Contestant(TREE, lambda: draw(lineage, "tree")),
                    Contestant(PAGE, lambda: draw(lineage, "html", folder / "lineage.html")),
                    Contestant(FEW, lambda: to_mermaid(collapsed_to_fit(lineage))),
                    Contestant(
                        ASKED,
                        lambda: [(uses_of(lineage, [c]), impact_of(lineage, [c])) for c in columns],
                    ),
                ],
                setting.rounds,
            )
    printed = found.timings[BUILT].median + found.timings[TREE].median
    told = {line.split()[0] for line in str(found.answers[TREE]).splitlines()}
    lost = [node for node in lineage.nodes.values() if node.label not in told]
    return Report(
        name="lineage",
        title="the lineage of a project, beyond loading it",
        size={"features": modules * FEATURES, "nodes": len(lineage.nodes), "columns": len(columns)},
        figures=timings(found, dict.fromkeys((TREE, PAGE, FEW, ASKED), BUILT)),
        targets=(Target("seconds until the whole is printed", printed, LIMIT),),
        checks=(Check("nodes that the tree lacks", len(lost), len(lineage.nodes)),),
    )
