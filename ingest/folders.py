"""Files of a folder, and their names as text."""

from __future__ import annotations

import os
from pathlib import Path

from graphsvc.errors import InputError
from ingest.encodings import brief


def shown_name(path: Path) -> str:
    """A file's name as text that can be written anywhere, also where it is no UTF-8."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def listed(path: Path) -> list[Path]:
    """A file, or the plain files of a folder in the order of their names, without hidden ones.

    Raises
    ------
    InputError
        When there is no such path, it is neither file nor folder (a pipe, a device), or it may not be read.
    """
    try:
        if not path.exists():
            raise InputError("sources.no_path", path=str(path))
        if path.is_dir():
            return sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".")
        if not path.is_file():
            raise InputError("sources.no_plain_file", path=str(path))
        return [path]
    except OSError as error:
        raise InputError("sources.unreadable", path=str(path), detail=error.strerror or brief(error)) from error


def left_aside(path: Path) -> list[str]:
    """Names of what in a folder is no plain file: subfolders (with a slash), pipes; without hidden ones."""
    rest = sorted(p for p in path.iterdir() if not p.is_file() and p.name[0] != ".")
    return [shown_name(p) + ("/" if p.is_dir() else "") for p in rest]
