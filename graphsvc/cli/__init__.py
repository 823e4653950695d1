"""The command line: data on stdout, everything else on stderr, one clear sentence and an exit code for every error."""

from __future__ import annotations

import sys

VALUED = ("--db", "--as", "--lang")  # common options, understood before or after the command's name
FLAGS = ("--json",)


def main(argv: list[str] | None = None) -> None:
    """Entry point of ``graphsvc``; exits with 0, or the error's code (2 input, 3 not found, 4 forbidden, 6 store,
    75 retry).
    """
    from graphsvc.errors import GraphsvcError
    from graphsvc.phrases import use_language

    args = hoisted(list(sys.argv[1:] if argv is None else argv))
    use_language(args[args.index("--lang") + 1] if "--lang" in args[:-1] else None)
    from graphsvc.cli.app import COMMON
    from graphsvc.cli.output import fail, plain_streams
    from graphsvc.cli.tree import command_line

    COMMON.reset()
    plain_streams()
    try:
        _readable(args)
        command_line()(args=args, prog_name="graphsvc")
    except GraphsvcError as error:
        fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader (head, a closed pager) has had enough
        sys.stderr.close()
        sys.exit(0)
    finally:
        use_language(None)


def _readable(args: list[str]) -> None:
    """Only the path of a file may be bytes that are no text."""
    from pathlib import Path

    from graphsvc.errors import InputError

    for arg in args:
        if not arg.isascii() and arg.encode("utf-8", "replace").decode() != arg and not Path(arg).exists():
            raise InputError("errors.not_text", text=arg.encode("utf-8", "replace").decode())


def hoisted(args: list[str]) -> list[str]:
    """Move the common options to the front, wherever they stand.

    Examples
    --------
    >>> hoisted(["top", "ann", "--json", "--db=x.db"])
    ['--json', '--db', 'x.db', 'top', 'ann']
    """
    front: list[str] = []
    rest: list[str] = []
    queue = list(args)
    while queue:
        arg = queue.pop(0)
        name, equals, value = arg.partition("=")
        if arg == "--":
            return [*front, *rest, arg, *queue]
        if arg in FLAGS:
            front.append(arg)
        elif name in VALUED and (equals or queue):
            front += [name, value if equals else queue.pop(0)]
        elif name in VALUED:  # its value is missing: alone, the parser says so
            return [arg]
        else:
            rest.append(arg)
    return front + rest
