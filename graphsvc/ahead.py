"""Reading ahead: an iterator's next item is made in a second thread while this one works on the item before."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE = 0.1  # [s] after which a full queue looks whether anybody still wants more
FAREWELL = 5.0  # [s] for a source that hangs in a read; its thread ends with the process then


@dataclass(frozen=True)
class _End(Generic[T]):
    """Nothing follows; ``error`` is what the iterator raised."""

    error: BaseException | None = None


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The items in their order, each made while the one before is in use; at most two wait.

    What the iterator raises is raised here, after the items before it. When the consumer stops (``close``, an error,
    an interrupt) the iterator is closed in its own thread and the thread ends. Close the generator: ``closing``.

    Examples
    --------
    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    made: queue.Queue[T | _End[T]] = queue.Queue(maxsize=1)
    unwanted = threading.Event()
    run = contextvars.copy_context().run  # the language, say, is that of this thread
    thread = threading.Thread(target=run, args=(_make, items, made, unwanted), name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        thread.join(FAREWELL)


def _make(items: Iterable[T], made: queue.Queue[T | _End[T]], unwanted: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(made, item, unwanted):
                break
    except BaseException as raised:  # whatever it is belongs to the consumer
        error = raised
    finally:
        if isinstance(items, Generator):
            items.close()
    _put(made, _End(error), unwanted)


def _put(made: queue.Queue[T | _End[T]], item: T | _End[T], unwanted: threading.Event) -> bool:
    """Hand an item on as soon as there is room; False when nobody wants it any more."""
    while not unwanted.is_set():
        try:
            made.put(item, timeout=PATIENCE)
        except queue.Full:
            continue
        return True
    return False
