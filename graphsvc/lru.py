"""A small cache between threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

V = TypeVar("V")


class Lru:
    """A small cache that forgets the least recently used entry; safe between threads.

    A value is made once however many threads ask for it, and making one holds up nobody who asks for another.
    """

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, threading.Lock()
        self._kept: OrderedDict[object, object] = OrderedDict()
        self._making: dict[object, threading.RLock] = {}
        self.cleared = 0  # how often: what was made of the time before must not be kept after it

    def get(self, key: object, make: Callable[[], V]) -> V:
        """The value of a key, made when it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(V, self._kept[key])
            turn, cleared = self._making.setdefault(key, threading.RLock()), self.cleared
        with turn:
            with self._lock:
                if key in self._kept:
                    return cast(V, self._kept[key])
            try:
                value = make()
                self.put({key: value}, cleared)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.cleared += 1

    def peek(self, keys: Iterable[object]) -> list[Any]:
        """The values of some keys, None where there is none."""
        with self._lock:
            return [self._kept.get(key) for key in keys]

    def put(self, values: Mapping[Any, object], cleared: int) -> None:
        """Keep some values, unless the cache was cleared since it had been so ``cleared`` times."""
        with self._lock:
            if cleared != self.cleared:
                return
            self._kept.update(values)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
