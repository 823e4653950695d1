"""Limits per caller, and heavy questions that leave room for light ones."""

import asyncio

import pytest

from api.app import assemble
from api.keys import KeyRing, new_key
from api.lanes import HEAVY, Lanes, is_heavy
from api.problems import TooManyError
from tests.unit.api.transport import bearer, problem

LIGHT = {
    "/v1/", "/v1/healthz", "/v1/search", "/v1/people", "/v1/people/{key}", "/v1/organizations",
    "/v1/organizations/{key}", "/v1/evaluations", "/v1/changes", "/v1/runs", "/v1/jobs", "/v1/jobs/{id}",
    "/v1/jobs/{id}/cancel", "/v1/models", "/v1/records",
    "/v1/relationships", "/v1/scores/{name}", "/v1/me", "/v1/events", "/v1/tie", "/v1/corrections",
    "/v1/corrections/merge", "/v1/corrections/split", "/v1/corrections/override", "/v1/views",
    "/v1/views/{id}", "/v1/lists/{rep}", "/v1/delivery/{rep}", "/v1/unsubscribe",
}  # fmt: skip


class Ticker:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self):
        return self.now


def taken(lanes, *, caller="svc", path="/v1/scores/depth"):
    async def ask():
        async with lanes.turn(caller, path):
            return True

    return asyncio.run(ask())


def test_every_address_is_said_to_be_heavy_or_light():
    paths = assemble(None, None).openapi()["paths"]
    assert {p for p in paths if not is_heavy(p)} == LIGHT
    assert all(any(p.startswith(h) for p in paths) for h in HEAVY)


def test_a_caller_has_so_many_a_second_and_is_told_when_to_come_again():
    clock = Ticker()
    lanes = Lanes(1, at_once=5, per_second=2, clock=clock)
    assert taken(lanes) and taken(lanes)
    with pytest.raises(TooManyError) as refused:
        taken(lanes)
    assert (refused.value.phrase.code, refused.value.seconds) == ("api.too_many_a_second", 1)
    assert taken(lanes, caller="another") and taken(lanes, caller=None)
    clock.now += 0.5
    assert taken(lanes)


def test_a_caller_has_so_many_at_once():
    lanes = Lanes(1, at_once=1, per_second=100)

    async def two():
        async with lanes.turn("svc", "/v1/scores/depth"):
            async with lanes.turn(None, "/v1/scores/depth"):
                pass
            with pytest.raises(TooManyError, match=r"under way|at_once"):
                async with lanes.turn("svc", "/v1/scores/depth"):
                    pass
        async with lanes.turn("svc", "/v1/scores/depth"):
            return True

    assert asyncio.run(two())


def test_a_stream_takes_no_place_of_requests_and_has_a_limit_of_its_own():
    lanes = Lanes(1, at_once=1, per_second=100, streams=1)

    async def all_of_them():
        for caller in ("svc", None):
            async with lanes.turn(caller, "/v1/events"):
                async with lanes.turn(caller, "/v1/scores/depth"):
                    pass
                with pytest.raises(TooManyError) as refused:
                    async with lanes.turn(caller, "/v1/events"):
                        pass
                assert (refused.value.phrase.code, refused.value.seconds) == ("api.too_many_streams", 30)
            async with lanes.turn(caller, "/v1/events"):
                pass
        return True

    assert asyncio.run(all_of_them())


def test_opening_streams_counts_among_the_requests_of_a_second():
    lanes = Lanes(1, at_once=5, per_second=2, clock=Ticker())
    assert taken(lanes, path="/v1/events") and taken(lanes, path="/v1/events")
    with pytest.raises(TooManyError, match="second"):
        taken(lanes, path="/v1/events")


def test_a_light_question_does_not_wait_for_heavy_ones():
    lanes = Lanes(1, at_once=9, per_second=100)
    done = []

    async def ask(name, path, until):
        async with lanes.turn(None, path):
            await until.wait()
            done.append(name)

    async def all_of_them():
        free, never = asyncio.Event(), asyncio.Event()
        heavy = [asyncio.create_task(ask(n, "/v1/paths", never)) for n in ("first", "second")]
        await asyncio.sleep(0)
        free.set()
        await asyncio.create_task(ask("light", "/v1/scores/depth", free))
        assert done == ["light"]
        never.set()
        await asyncio.gather(*heavy)

    asyncio.run(all_of_them())
    assert done == ["light", "first", "second"]


def test_too_many_requests_are_429_with_the_time_to_wait(store, monkeypatch):
    from starlette.testclient import TestClient

    from graphsvc.settings import settings
    from tests.unit.api.transport import app_over

    token, entry = new_key("svc", ["read"], ["owner"])
    monkeypatch.setenv("GRAPHSVC_CALLER_RATE", "1")
    settings.cache_clear()
    try:
        client = TestClient(app_over(store, KeyRing([entry])), base_url="https://graph.example")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    answers = [client.get("/v1/jobs/none", headers=bearer(token)) for _ in range(5)]
    refused = next(a for a in answers if a.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    problem(refused, 429, "api.too_many_a_second")
