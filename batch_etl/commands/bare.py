"""Options whose value may be left out: ``lineage NAME --upstream`` besides ``--upstream NAME``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from typer.core import TyperCommand

__all__ = ["bare_options"]


def bare_options(*options: str) -> type[TyperCommand]:
    """A class of commands in which these options, without a value, have the empty text as theirs.

    A word behind an option is its value. So it is left out at the end, or before another option.
    """

    class WithBareOptions(TyperCommand):
        def parse_args(self, ctx, args):  # type: ignore[no-untyped-def]
            return super().parse_args(ctx, list(_filled(args, options)))

    return WithBareOptions


def _filled(arguments: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    for argument, following in zip(arguments, [*arguments, "--"][1:], strict=True):
        bare = argument in options and following.startswith("-")
        yield f"{argument}=" if bare else argument
