"""The command tree, and the options every command takes."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from graphsvc.phrases import phrase


@dataclass
class Common:
    """Options that every command takes, before or after its name (``graphsvc.cli.hoisted`` moves them)."""

    db: str | None = None
    json: bool = False
    caller: str | None = None
    lang: str | None = None


COMMON = Common()


def say(name: str) -> str:
    """A text of the command line's own theme."""
    return phrase(f"cli.{name}").text()


app = typer.Typer(
    name="graphsvc",
    help=say("help"),
    epilog=say("epilog"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
command = app.command


@app.callback()
def root(
    db: str = typer.Option(None, "--db", help=say("option_db")),
    json: bool = typer.Option(False, "--json", help=say("option_json")),
    caller: str = typer.Option(None, "--as", help=say("option_caller")),
    lang: str = typer.Option(None, "--lang", help=say("option_lang")),
) -> None:
    """Keep the common options given before the command's name."""
    COMMON.db, COMMON.json, COMMON.caller, COMMON.lang = db, json, caller, lang
