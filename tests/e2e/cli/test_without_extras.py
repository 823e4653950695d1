"""What ``make demo`` installs is enough: the whole way from files to answers without what only tests have."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Cli

ROOT = Path(__file__).parents[3]
CALL = """
import json, sys
absent = set(json.loads(sys.argv[1]))
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in absent else self.finder.find_spec(name, path, target)
sys.meta_path = [Without(finder) for finder in sys.meta_path]
from graphsvc.cli import main
main(sys.argv[2:])
"""
OF = {"python-dateutil": "dateutil", "typing-extensions": "typing_extensions"}


def packages(lock: str) -> set[str]:
    """Top-level modules that a lock file names, as far as they are called like their package."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    return {OF.get(n, n).replace("-", "_").lower() for n in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


@pytest.fixture
def bare(tmp_path: Path) -> Callable[..., str]:
    """``graphsvc`` in a process of its own that finds no package of the tests."""
    absent = sorted(packages("dev") - packages("run"))
    assert {"pandas", "matplotlib", "pytest", "celery"} <= set(absent)
    env = {**os.environ, "GRAPHSVC_WORKSPACE_KEY": "5c" * 32, "LANG": "C.UTF-8"}

    def call(*args: object) -> str:
        words = [sys.executable, "-c", CALL, json.dumps(absent), *map(str, args), "--db", str(tmp_path / "w.db")]
        done = subprocess.run(words, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=300)
        assert done.returncode == 0, f"graphsvc {args} needs what only tests have: {done.stderr}"
        return done.stdout

    return call


def test_the_way_from_files_to_answers_needs_no_package_of_the_tests(bare: Callable[..., str], sample_cli: Cli) -> None:
    for source in ("crm", "tables"):
        bare("sync", source, sample_cli.folder / source, "--own", "yuanlan.example")
    bare("fit")
    bare("score")
    rep = sample_cli.truth["truths"]["dying_tie"]["rep"]["key"]
    for words in (("top", rep), ("board", "health"), ("communities",), ("brokers",)):
        assert json.loads(bare(*words, "--json")), words
