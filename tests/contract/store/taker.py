"""A process that takes jobs as fast as it can: python -m tests.contract.store.taker URL NAME COUNT.

It says ``ready``, waits for a line, and prints the slots it won and the jobs it took as one JSON object.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing

from graphsvc.jobs import new_job
from graphsvc.store import Store
from graphsvc.stores import open_store


def take_all(store: Store, name: str, count: int) -> dict[str, list[str]]:
    """Try to claim each of the slots, and to take each of the jobs that wait."""
    slots = [f"slot {n}" for n in range(count)]
    won = [slot for slot in slots if store.add_job(new_job("fit", {}, 1, slot))]
    waiting = sorted(job.id for job in store.list_jobs("queued", 1000) if job.slot is None)
    taken = [ident for ident in waiting if store.change_job(ident, ("queued",), state="running", owner=name)]
    return {"won": won, "taken": taken}


def main(url: str, name: str, count: int) -> None:
    with closing(open_store(url)) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(take_all(store, name, count)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
