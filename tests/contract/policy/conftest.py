"""The small world, fitted and scored once, and a client for each of its keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc.pipeline import fit, score
from graphsvc.settings import settings
from tests.contract.policy.world import KEY, KEYS, World, opened, world_rows


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
    made = {name: new_key(name, *key) for name, key in KEYS.items()}
    app = assemble(workspace, KeyRing([entry for _, entry in made.values()]))
    clients = {
        name: TestClient(
            app,
            base_url="https://graph.example",
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )
        for name, (token, _) in made.items()
    }
    yield World(workspace, clients)
    workspace.store.close()
