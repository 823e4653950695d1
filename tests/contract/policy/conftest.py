"""The small world, fitted and scored once, and a client for each of its keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api import answers
from api.answers import Ask
from graphsvc.pipeline import fit, score
from graphsvc.settings import settings
from tests.contract.policy.world import KEY, World, clients_of, opened, world_rows


@pytest.fixture(autouse=True, scope="package")
def _fixed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
        patch.setenv("GRAPHSVC_LANG", "en")
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, _fixed: None) -> Iterator[World]:
    workspace = opened(tmp_path_factory.mktemp("policy") / "graph.db", world_rows())
    ask = Ask(workspace)
    answers.override(ask, "tie_strength", "bo@us.example", "zq1@beta.example", 55.25, "canaryreason")
    fit(workspace, ask.moment)
    score(workspace, ask.moment)
    assert answers.refresh_suggestions(Ask(workspace)) > 0
    yield World(workspace, clients_of(workspace))
    workspace.store.close()
