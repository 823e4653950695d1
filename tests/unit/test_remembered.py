"""Small questions answered from memory: never after anybody wrote, and nothing of before a clearing."""

import threading

from graphsvc.policy import OWNER
from graphsvc.stores import open_store
from graphsvc.workspace import Lru


def test_what_another_process_commits_is_seen_at_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'w.db'}"
    one, two = open_store(url), open_store(url)
    before = one.sequence, one.setting("timezone")
    assert (one.sequence, one.setting("timezone")) == before
    two.own(["us.example"], OWNER)
    assert one.sequence == two.sequence > before[0]
    two.set_setting("timezone", "Asia/Shanghai", OWNER)
    assert one.setting("timezone") == "Asia/Shanghai"
    one.own(["also.example"], OWNER)
    assert one.sequence == two.sequence > before[0] + 1
    one.close()
    two.close()


def test_another_thread_sees_it_too(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    seen = [store.sequence]

    def write_and_read():
        store.own(["us.example"], OWNER)
        seen.append(store.sequence)

    thread = threading.Thread(target=write_and_read)
    thread.start()
    thread.join()
    assert store.sequence == seen[1] > seen[0]
    store.close()


def test_nothing_made_before_a_clearing_is_kept_after_it():
    cache = Lru(5)

    def make():
        cache.clear()  # somebody was erased meanwhile
        return "of before"

    assert cache.get("key", make) == "of before"
    assert cache.peek(["key"]) == [None]
    cleared = cache.cleared
    cache.put({"key": 1}, cleared)
    assert cache.peek(["key", "other"]) == [1, None]
    cache.clear()
    cache.put({"key": 2}, cleared)
    assert cache.peek(["key"]) == [None]
