"""What ``onedag lineage`` was asked, and the part of the lineage that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from batch_etl.lineage import answers
from batch_etl.lineage.answers import Answer
from batch_etl.lineage.whole import Whole, whole_lineage
from onedag import Project
from onedag.errors import ConfigurationError
from onedag.lineage import Lineage, NodeKind, roots_of

__all__ = ["GIVEN", "Asked", "Shown", "answered", "looked_at", "shown"]

GIVEN = ""
"""The value of an option that was given without one: it means the names that stand alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked.

    Attributes:
        names: that stand alone.
        upstream: what to go back from, `GIVEN` for the names.
        downstream: what to go on from, likewise.
        path: from what to what.
        impact: of a change of what, likewise.
        uses: of what, likewise.
        service: what it reads, likewise.
        pii: whether personal data is asked for.
        dead: whether functions that no service needs are.
        collapse: what is merged; None for what suits the form.
        form: None for what suits the file or the question.
        output: a file.
    """

    names: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    downstream: tuple[str, ...] = ()
    path: tuple[str, str] | None = None
    impact: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    pii: bool = False
    dead: bool = False
    collapse: str | None = None
    form: str | None = None
    output: Path | None = None

    def all_of(self, option: str) -> tuple[str, ...]:
        """The names that an option is about.

        Raises:
            ConfigurationError: it has no value, and no name stands alone.
        """
        values: tuple[str, ...] = getattr(self, option)
        if GIVEN in values and not self.names:
            what = "a feature, a column (source.column), a source, a view, an entity or a service"
            raise ConfigurationError(
                f"--{option} of what? Name {'a service' if option == 'service' else what}."
            )
        named = (self.names if value == GIVEN else (value,) for value in values)
        return tuple(dict.fromkeys(name for names in named for name in names))


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of the lineage, and how a tree of it begins.

    Attributes:
        part: of the lineage.
        trees: the ids that each tree begins at, and whether it goes downstream.
        notes: what there is to say of the names.
    """

    part: Lineage
    trees: tuple[tuple[tuple[str, ...], bool], ...]
    notes: tuple[str, ...] = ()


def looked_at(project: Project, asked: Asked) -> Whole:
    """The lineage that it takes: of the named services where only they are asked for.

    Raises:
        UnknownName: no such service.
        PlanError: a service can't be planned.
    """
    named = asked.names
    if asked.service:
        named = (_one(asked.all_of("service")).removeprefix("service:"),)
    elif asked.path or asked.impact or asked.uses or asked.dead:
        return whole_lineage(project)
    others = {*project.sources, *project.entities, *project.graph}
    alone = all(name in project.services and name not in others for name in named)
    return whole_lineage(project, named if alone or asked.service else ())


def answered(whole: Whole, asked: Asked) -> Answer | None:
    """The answer to a question; None where a part of the lineage is to be shown.

    Raises:
        ConfigurationError: more than one question, or names that it isn't about.
        UnknownName: the project has nothing of a name.
    """
    questions: Mapping[str, Callable[[], Answer]] = {
        "path": lambda: answers.paths(whole, *(asked.path or ("", ""))),
        "impact": lambda: answers.impact(whole, asked.all_of("impact")),
        "uses": lambda: answers.uses(whole, asked.all_of("uses")),
        "service": lambda: answers.reads(whole.lineage, _one(asked.all_of("service"))),
        "pii": lambda: answers.pii(shown(whole, asked).part),
        "dead": lambda: answers.dead(whole),
    }
    found = [question for question in questions if getattr(asked, question)]
    if len(found) > 1:
        options = ", ".join(f"--{question}" for question in found)
        raise ConfigurationError(f"{options} are questions of their own: ask one at a time.")
    if not found:
        return None
    _refuse_idle_names(asked, found[0])
    return questions[found[0]]()


def _refuse_idle_names(asked: Asked, question: str) -> None:
    value = getattr(asked, question)
    takes = question == "pii" or (isinstance(value, tuple) and GIVEN in value)
    if asked.names and not takes:
        raise ConfigurationError(
            f"{', '.join(asked.names)}: --{question} is asked of something else. Name nothing "
            f"beside its own value, or nothing but the names."
        )


def shown(whole: Whole, asked: Asked) -> Shown:
    """The part of the lineage that the names and directions say.

    A name without a direction is what a feature or a service comes from, and what a column or
    a field goes into. ``upstream`` and ``downstream`` with values narrow that down, one after the
    other.

    Raises:
        ConfigurationError: a direction without a name.
        UnknownName: the project has nothing of a name.
    """
    meant, notes = whole.all_meant(asked.names)
    begun = whole.lineage.all_named(meant)
    back, on = GIVEN in asked.upstream, GIVEN in asked.downstream
    if (back or on) and not asked.names:
        asked.all_of("upstream" if back else "downstream")  # raises
    if not back and not on:
        given = {name for name in begun if _is_given(whole.lineage, name)}
        before, after = tuple(n for n in begun if n not in given), tuple(given)
    else:
        before, after = begun if back else (), begun if on else ()
    trees = tuple((ids, down) for ids, down in ((before, False), (after, True)) if ids)
    part = whole.lineage
    if asked.names:
        kept = {*part.upstream(before).nodes, *part.downstream(after).nodes}
        part = part.only(kept)
    return _narrowed(Shown(part, trees, notes), asked)


def _narrowed(all_of_it: Shown, asked: Asked) -> Shown:
    back = [name for name in asked.upstream if name != GIVEN]
    on = [name for name in asked.downstream if name != GIVEN]
    part = all_of_it.part
    part = part.upstream(back) if back else part
    begun = part.all_named(on)
    part = part.downstream(on) if on else part
    if on and not back:
        return Shown(part, ((begun, True),), all_of_it.notes)
    if back or not all_of_it.trees:
        return Shown(part, ((roots_of(part), False),), all_of_it.notes)
    return Shown(part, all_of_it.trees, all_of_it.notes)


def _is_given(lineage: Lineage, node: str) -> bool:
    return lineage.nodes[node].kind in (NodeKind.COLUMN, NodeKind.REQUEST)


def _one(names: tuple[str, ...]) -> str:
    if len(names) > 1:
        raise ConfigurationError(f"--service tells of one service, not of {', '.join(names)}.")
    return names[0]
