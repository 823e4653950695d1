"""``Idempotency-Key``: the same key with the same body gets the same answer again.

Records are idempotent by nature (sending the same lines again changes nothing), so the answers are only kept in memory,
for the last few hundred keys of this process: after a restart a repeated call is merged again, to no effect.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from graphsvc.errors import InputError

KEPT = 256


class IdempotentReplies:
    """The answers to the last ``size`` keys; safe between threads."""

    def __init__(self, size: int = KEPT) -> None:
        self._size, self._lock = size, threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[bytes, bytes]] = OrderedDict()

    def get(self, who: str, key: str | None, body: bytes, make: Callable[[], bytes]) -> bytes:
        """The kept answer of ``who``'s key, or the one ``make`` gives now.

        Two calls with one key at the same time may both be carried out, which changes nothing twice.

        Raises
        ------
        InputError
            When the key came before with another body.
        """
        if key is None:
            return make()
        digest = hashlib.sha256(body).digest()
        with self._lock:
            kept = self._kept.get((who, key))
        if kept is None:
            return self._keep((who, key), digest, make())
        if kept[0] != digest:
            raise InputError("api.idempotency_key", key=key)
        return kept[1]

    def _keep(self, place: tuple[str, str], digest: bytes, answer: bytes) -> bytes:
        with self._lock:
            self._kept[place] = (digest, answer)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return answer
