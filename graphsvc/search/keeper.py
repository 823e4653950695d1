"""The newest Directory of a workspace: made when somebody searches, then brought up to date by what changed."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import replace

from graphsvc.policy import OWNER
from graphsvc.replica import Replica
from graphsvc.search.directory import Directory, build, changed_members, read_domains
from graphsvc.store import Store


class DirectoryKeeper:
    """Holds one Directory; several threads may ask at once, one of them reads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held: Directory | None = None
        self._cleared = 0

    def clear(self) -> None:
        """Forget all, what is being read now included: somebody was erased."""
        self._cleared += 1
        self._held = None

    def current(self, store: Store, replica: Replica, lock: AbstractContextManager[bool]) -> Directory:
        """What entities are called at the replica's sequence number or later.

        Parameters
        ----------
        lock : held while the replica's columns are read; others change them.
        """
        with self._turn:
            while True:
                cleared, held = self._cleared, self._held
                if held is not None and held.sequence == replica.sequence:
                    return held
                made = _renewed(store, replica, lock, held)
                if self._cleared == cleared:
                    self._held = made
                    return made


def _renewed(store: Store, replica: Replica, lock: AbstractContextManager[bool], last: Directory | None) -> Directory:
    with lock:
        sequence = replica.sequence
        changed = None if last is None or last.worn else changed_members(replica, last.sequence)
        domains = read_domains(replica)
        twin = replica.tables["members"]["twin"].copy()
    if last is None or changed is None:
        return build(store.called(None, OWNER), domains, sequence).shadowed(twin)
    if not len(changed):
        return replace(last, sequence=sequence).shadowed(twin)
    members = last.touched(changed)
    return last.plus(store.called(members.tolist(), OWNER), domains, members, sequence).shadowed(twin)
