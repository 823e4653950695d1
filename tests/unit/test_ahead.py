"""Reading ahead keeps order, hands errors on, and leaves no thread behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from graphsvc.ahead import ahead
from graphsvc.phrases import current_language, use_language


def reading() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "ahead"]


def test_items_come_in_order_and_the_thread_ends() -> None:
    assert list(ahead(iter(range(1000)))) == list(range(1000))
    assert list(ahead(iter(()))) == []
    assert not reading()


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("damaged")

    got: list[int] = []
    with pytest.raises(ValueError, match="damaged"), closing(ahead(items())) as made:
        got.extend(made)  # extend keeps what it got before the error
    assert got == [1, 2]
    assert not reading()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_consumer_that_stops_stops_the_source_at_once(error: type[BaseException]) -> None:
    made: list[int] = []
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            for i in range(10**9):
                made.append(i)
                yield i
        finally:
            closed.set()

    with pytest.raises(error), closing(ahead(items())) as pages:
        for _ in pages:
            raise error
    assert closed.is_set(), "the source was not told that nobody reads on"
    assert not reading()
    assert len(made) <= 4


def test_no_more_than_two_items_wait_for_a_slow_consumer() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(50):
            made.append(i)
            yield i

    with closing(ahead(items())) as pages:
        next(pages)
        time.sleep(0.05)
        assert len(made) <= 3


def test_the_source_speaks_the_language_of_its_caller() -> None:
    use_language("zh")
    try:
        assert list(ahead(current_language() for _ in range(2))) == ["zh", "zh"]
    finally:
        use_language(None)
