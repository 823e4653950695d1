"""Without the packages of the extra ``server`` the product works, and says what is missing where they are needed."""

from __future__ import annotations

import pytest

from graphsvc import extras
from graphsvc.engines import LOCAL, EngineSource, choose_engine
from graphsvc.errors import InputError
from graphsvc.settings import settings
from tests.command_line import call


class Server:
    """A store with a server behind it."""

    def engine_source(self) -> EngineSource:
        return EngineSource("bolt://127.0.0.1:9", ("neo4j", "x"))


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)


def test_measures_are_local_where_the_client_of_the_engine_is_missing() -> None:
    assert choose_engine(Server(), "auto") is LOCAL
    with pytest.raises(InputError, match=r"graphdatascience.*server\.lock"):
        choose_engine(Server(), "gds")


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_workers_say_which_package_is_missing(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("GRAPHSVC_REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    try:
        call("own", "x.example", "--db", f"{tmp_path}/w.db")
        said = call(command, "--db", f"{tmp_path}/w.db")
    finally:
        settings.cache_clear()
    assert said.code == 2, said.err
    assert "celery" in said.err
    assert "server.lock" in said.err
