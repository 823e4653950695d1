"""One delivery each: who may take it up, what a crash leaves behind, and that no order of events sends twice."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.journal import BACKOFF, LONGEST, SENT, Journal, Mode, Outcome, kind_of
from graphsvc.documents import Document
from graphsvc.phrases import phrase
from tests.unit.jobs.memory import Hands

REP, MAIL = "ab" * 16, "mail"
LEASE = 600_000_000
AGAIN, IDEMPOTENT, EAGER = Mode(again=True), Mode(idempotent=True), Mode(eager=True)
AWAY = Outcome("retry", phrase("delivery.smtp_away", problem="X"))


class MemoryShelf:
    """The promises of a store's documents, in the simplest form."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Document] = {}
        self._lock = threading.Lock()

    def document(self, kind: str, id: str) -> Document | None:
        return self.kept.get((kind, id))

    def documents(self, kind: str, owner: str | None = None) -> list[Document]:
        return [d for d in self.kept.values() if d.kind == kind and owner in (None, d.owner)]

    def put_document(self, kind: str, id: str, owner: str, value: Mapping[str, Any], when: int) -> Document | None:
        with self._lock:
            known = self.kept.get((kind, id))
            if (known.version if known else 0) != when:
                return None
            self.kept[kind, id] = Document(kind, id, owner, dict(value), when + 1, 0, 0)
            return self.kept[kind, id]


@pytest.fixture
def hands() -> Hands:
    return Hands(10**15)


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


def journal(shelf: MemoryShelf, hands: Hands) -> Journal:
    return Journal(shelf, "2026-W23", hands, LEASE)


def test_of_many_at_once_one_takes_it_up(shelf: MemoryShelf, hands: Hands) -> None:
    won: list[object] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        won.append(journal(shelf, hands).claim(REP, MAIL))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(w is not None for w in won) == 1


def test_what_is_sent_stays_sent(shelf: MemoryShelf, hands: Hands) -> None:
    here = journal(shelf, hands)
    mine = here.claim(REP, MAIL)
    assert mine is not None
    begun = here.begin(mine)
    assert begun is not None
    assert here.end(begun, SENT, lines=3).state == "sent"
    hands.move(10**7)
    for mode in (Mode(), AGAIN, IDEMPOTENT, EAGER):
        assert here.claim(REP, MAIL, mode) is None
    kept = here.entry(REP, MAIL)
    assert kept is not None and (kept.lines, kept.attempts) == (3, 1)


def test_one_that_only_prepared_is_followed_by_another(shelf: MemoryShelf, hands: Hands) -> None:
    dead = journal(shelf, hands).claim(REP, MAIL)
    other = journal(shelf, hands)
    assert dead is not None and other.claim(REP, MAIL, AGAIN) is None, "it is still held"
    hands.move(LEASE / 1e6)
    taken = other.claim(REP, MAIL)
    assert taken is not None and taken.attempts == 2
    assert journal(shelf, hands).begin(dead) is None, "the one believed dead would send beside the other"


@pytest.mark.parametrize(("mode", "state"), [(Mode(), "unclear"), (IDEMPOTENT, "claimed"), (AGAIN, "claimed")])
def test_one_that_died_while_sending(shelf: MemoryShelf, hands: Hands, mode: Mode, state: str) -> None:
    first = journal(shelf, hands)
    mine = first.claim(REP, MAIL)
    assert mine is not None and first.begin(mine) is not None
    second = journal(shelf, hands)
    assert second.claim(REP, MAIL, mode) is None, "its lease is not over"
    hands.move(LEASE / 1e6)
    taken = second.claim(REP, MAIL, mode)
    found = second.entry(REP, MAIL)
    assert found is not None and found.state == state and (taken is None) == (state == "unclear")


def test_one_believed_dead_that_did_send_has_the_last_word(shelf: MemoryShelf, hands: Hands) -> None:
    slow = journal(shelf, hands)
    mine = slow.claim(REP, MAIL)
    assert mine is not None
    begun = slow.begin(mine)
    hands.move(LEASE / 1e6)
    assert begun is not None and journal(shelf, hands).claim(REP, MAIL) is None  # marks it unclear
    assert slow.end(begun, SENT).state == "sent"
    assert journal(shelf, hands).claim(REP, MAIL, AGAIN) is None


def test_failures_wait_longer_each_time_and_refusals_for_a_person(shelf: MemoryShelf, hands: Hands) -> None:
    here, waits = journal(shelf, hands), []
    for _ in range(9):
        mine = here.claim(REP, MAIL)
        assert mine is not None
        ended = here.end(mine, AWAY)
        assert ended.next is not None
        waits.append(ended.next - hands.now)
        assert here.claim(REP, MAIL) is None, "too early"
        hands.now = ended.next
    assert waits[0] == BACKOFF and waits[1] == 2 * BACKOFF and waits[-1] == LONGEST
    mine = here.claim(REP, MAIL)
    assert mine is not None
    here.end(mine, Outcome("refused", phrase("delivery.no_address")))
    hands.move(10**7)
    assert here.claim(REP, MAIL, EAGER) is None and here.claim(REP, MAIL, AGAIN) is not None


def test_a_person_at_the_terminal_does_not_wait(shelf: MemoryShelf, hands: Hands) -> None:
    here = journal(shelf, hands)
    mine = here.claim(REP, MAIL)
    assert mine is not None
    here.end(mine, AWAY)
    assert here.claim(REP, MAIL) is None and here.claim(REP, MAIL, EAGER) is not None


def test_what_an_erasure_blotted_out_counts_as_sent(shelf: MemoryShelf, hands: Hands) -> None:
    here = journal(shelf, hands)
    mine = here.claim(REP, MAIL)
    assert mine is not None
    kept = shelf.kept[kind_of("2026-W23"), mine.id]
    shelf.kept[kind_of("2026-W23"), mine.id] = replace(kept, value={"state": ""})
    hands.move(10**7)
    assert here.claim(REP, MAIL, AGAIN) is None


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["claim", "begin", "send", "fail", "crash", "wait"])), max_size=40
)


@given(steps=STEPS, idempotent=st.booleans())
def test_no_order_of_events_sends_twice(steps: list[tuple[int, str]], idempotent: bool) -> None:
    """Three processes that claim, send, fail, die and wait in any order: at most one mail, or the same mail again."""
    shelf, hands = MemoryShelf(), Hands(10**15)
    crew = [journal(shelf, hands) for _ in range(3)]
    held: dict[int, Any] = {}
    sent = 0
    for who, what in steps:
        mine = held.get(who)
        if what == "wait":
            hands.move(LEASE / 1e6 + 1)
        elif what == "crash":
            held.pop(who, None)
            crew[who] = journal(shelf, hands)
        elif what == "claim" and mine is None:
            held[who] = crew[who].claim(REP, MAIL, Mode(idempotent=idempotent))
        elif mine is not None and mine.state == "claimed" and what == "begin":
            held[who] = crew[who].begin(mine)
        elif mine is not None and mine.state == "sending" and what in ("send", "fail"):
            sent += what == "send"
            crew[who].end(mine, SENT if what == "send" else AWAY)
            held[who] = None
    assert idempotent or sent <= 1
    if sent:
        found = crew[0].entry(REP, MAIL)
        assert found is not None and found.state == "sent"
