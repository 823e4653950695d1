"""A question whose asker has gone while it waited is dropped; everything else is heard as it came."""

import asyncio

from api.hearing import Hearing

REQUEST = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


def receiving(*messages):
    """Gives these messages, then waits for ever, as a server does."""
    kept = list(messages)

    async def receive():
        while not kept:
            await asyncio.Event().wait()
        return kept.pop(0)

    return receive


def test_who_is_there_is_not_gone_and_the_app_hears_the_request():
    async def ask():
        hearing = Hearing(receiving(REQUEST))
        return await hearing.gone(), await hearing.receive()

    assert asyncio.run(ask()) == (False, REQUEST)


def test_who_has_hung_up_is_gone():
    async def ask():
        hearing = Hearing(receiving(REQUEST, GONE))
        return await hearing.gone(), await hearing.receive(), await hearing.receive()

    assert asyncio.run(ask()) == (True, REQUEST, GONE)


def test_listening_ahead_loses_no_later_message():
    late = asyncio.Queue()

    async def ask():
        hearing = Hearing(late.get)
        await late.put(REQUEST)
        assert not await hearing.gone() and not await hearing.gone()
        await late.put(GONE)
        return [await hearing.receive(), await hearing.receive()]

    assert asyncio.run(ask()) == [REQUEST, GONE]
