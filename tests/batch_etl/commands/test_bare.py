"""Options whose value may be left out."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from batch_etl.commands.bare import bare_options

TYPED = {
    "": "None None",
    "a": "['a'] None",
    "a --up": "['a'] ['']",
    "--up a": "None ['a']",
    "a --up b": "['a'] ['b']",
    "a --up --flag": "['a'] ['']",
    "--flag a --up": "['a'] ['']",
    "--up a --up": "None ['a', '']",
    "--up=a b": "['b'] ['a']",
}


@pytest.mark.parametrize("typed", TYPED)
def test_a_word_behind_an_option_is_its_value(typed: str) -> None:
    app = typer.Typer()

    @app.command(cls=bare_options("--up"))
    def tell(
        names: list[str] | None = typer.Argument(None),  # noqa: B008
        up: list[str] | None = typer.Option(None),  # noqa: B008
        flag: bool = False,
    ) -> None:
        typer.echo(f"{names} {up}")

    told = CliRunner().invoke(app, typed.split())
    assert (told.exit_code, told.output) == (0, f"{TYPED[typed]}\n")
