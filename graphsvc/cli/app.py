"""The command tree, and the options every command takes.

Help texts are written down as phrase codes and become text when a command line is built, so that one process may speak
both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from graphsvc.phrases import catalogue, current_language, phrase


@dataclass
class Common:
    """Options that every command takes, before or after its name (``graphsvc.cli.hoisted`` moves them)."""

    db: str | None = None
    json: bool = False
    caller: str | None = None
    lang: str | None = None

    def reset(self) -> None:
        """Forget what an earlier command line of this process asked for."""
        self.db, self.json, self.caller, self.lang = None, False, None, None


COMMON = Common()
HEADINGS = ("usage", "options", "arguments", "commands", "help_option", "required")  # what the parser itself writes
ORDER = (
    "sample", "sync", "own", "quarantine", "fit", "score", "top", "why-not", "paths", "lacks", "seats",
    "whatif", "communities", "brokers", "silent", "ecosystem", "board", "handover", "explain", "search",
    "suggestions", "merge", "split", "override", "erase", "export", "snapshot", "evaluate", "runs", "models",
    "deliver", "jobs", "schedule", "serve", "worker", "beat", "keys", "copy", "doctor",
)  # fmt: skip


def say(name: str) -> str:
    """Code of a text of the command line's own theme."""
    return f"cli.{name}"


def headed(text: str) -> str:
    """A help page with the parser's own words in the reader's language."""
    english, here = (catalogue(language, "cli") for language in ("en", current_language()))
    for name in HEADINGS:
        text = text.replace(english[f"parser_{name}"], here[f"parser_{name}"])
    return text


class Command(TyperCommand):
    """A command whose help page is in the reader's language throughout."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return headed(super().get_help(ctx))


class Group(TyperGroup):
    """:class:`Command` for a group."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return headed(super().get_help(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order in which people meet them; new ones at the end."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))


def spoken(item: Any) -> Any:
    """Turn the codes of a freshly built command, its options and its subcommands into texts; gives the command."""
    for field in ("help", "short_help", "epilog"):
        code = getattr(item, field, None)
        if code and code.startswith(
            ("boards.", "cli.", "delivery.", "jobs.", "models.", "paths.", "seats.", "structure.", "whatif.")
        ):
            setattr(item, field, phrase(code).text())
    for part in (*getattr(item, "params", ()), *getattr(item, "commands", {}).values()):
        spoken(part)
    return item


SETTINGS = {"max_content_width": 110, "help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name="graphsvc",
    cls=Group,
    help=say("help"),
    epilog=say("epilog"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    add_completion=False,
)
command = partial(app.command, cls=Command)


def group(name: str, help_code: str, *, bare: bool = False) -> typer.Typer:
    """A group of commands under the root; ``bare`` runs its own callback when no subcommand is named."""
    made = typer.Typer(
        cls=Group,
        help=help_code,
        no_args_is_help=not bare,
        invoke_without_command=bare,
        rich_markup_mode=None,
        context_settings=SETTINGS,
    )
    app.add_typer(made, name=name)
    return made


@app.callback()
def root(
    db: str = typer.Option(None, "--db", help=say("option_db")),
    json: bool = typer.Option(False, "--json", help=say("option_json")),
    caller: str = typer.Option(None, "--as", help=say("option_caller")),
    lang: Literal["en", "zh"] = typer.Option(None, "--lang", help=say("option_lang")),
) -> None:
    """Keep the common options given before the command's name."""
    COMMON.db, COMMON.json, COMMON.caller, COMMON.lang = db, json, caller, lang
