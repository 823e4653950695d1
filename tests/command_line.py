"""The command line, called in this process."""

from __future__ import annotations

import contextvars
import io
import json
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """What one call of the command line said, and the code it left with."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*args: object) -> Said:
    """``graphsvc ARGS``; anything but an exit with a code is raised, as a user would see a traceback."""
    from graphsvc.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    begin = time.perf_counter()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            contextvars.copy_context().run(main, [str(a) for a in args])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return Said(code, out.getvalue(), err.getvalue(), time.perf_counter() - begin)
