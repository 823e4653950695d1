"""The HTTP API as a process of its own: what it adds to the answers, look-ups per second, events until they are seen.

``python -m bench http``. The machine may be busy with other programs, so that processor seconds of the server stand
beside what a clock on the wall says: 1 / (processor seconds a request) is what one core of its own would answer.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.load import Server, Taken, get, load, post, serving
from bench.measure import Row, graphsvc, timed
from graphsvc.clock import now, show_moment

if TYPE_CHECKING:
    from api.answers import Ask
    from graphsvc.workspace import Workspace

EVENTS = 200  # per second
BATCH = 10
SECONDS = 30.0
STAGED = 100  # batches of which each stage is measured alone
NDJSON = "application/x-ndjson"


def http(folder: Path) -> Iterator[Row]:
    """Every measurement, over the sample company."""
    db = folder / "company.db"
    truth = _company(folder, db)
    yield from measured(db, truth)


def measured(db: Path, truth: dict[str, Any]) -> Iterator[Row]:
    """Every measurement, over a sample company that is loaded and scored already."""
    keys = yield from _beside_kernels(db)
    with serving(db) as server:
        _warm(server, keys)
        yield from _lookups(server, keys)
        yield from _heavy_beside_light(server, keys)
    rep = _rep(db, truth)
    yield from _stages(db, keys, rep)
    with serving(db) as server:
        _warm(server, keys)
        yield from _visible(server, keys, rep)


def _company(folder: Path, db: Path) -> dict[str, Any]:
    company = folder / "company"
    graphsvc("sample", company, db=db)
    truth: dict[str, Any] = json.loads((company / "truth.json").read_text(encoding="utf-8"))
    for step in (("crm", "--own", truth["own"]), ("tables",), ("mail",)):
        graphsvc("sync", step[0], company / step[0], *step[1:], db=db)
    for verb in ("fit", "score"):
        graphsvc(verb, db=db)
    return truth


def _rep(db: Path, truth: dict[str, Any]) -> str:
    from api.answers import Ask
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    rep = truth["truths"]["referral_path"]["rep"]
    store = open_store(f"sqlite:///{db}", create=False)
    try:
        return str(_address(Ask(Workspace(store)), rep if isinstance(rep, str) else rep["key"]))
    finally:
        store.close()


def _address(ask: Ask, key: str) -> str | None:
    """A mail address: a key of the CRM would name another person in records of another source."""
    return ask.known(ask.find(key)).email


# -- what the API adds ------------------------------------------------------------------------------------------------


def _questions(keys: Sequence[str]) -> dict[str, list[bytes]]:
    """Requests by what they ask."""
    body = [json.dumps({"keys": [k]}).encode() for k in keys]
    return {
        "score of one, GET": [get("/v1/scores/depth", key=k) for k in keys],
        "score of one, POST": [post("/v1/scores/depth", b) for b in body],
        "ties of one, POST": [post("/v1/scores/tie_strength", b) for b in body],
        "k = 5 paths": [get("/v1/paths", to=k) for k in keys],
        "explain depth": [get("/v1/explain/depth", key=k) for k in keys[:10]],
    }


def _beside_kernels(db: Path) -> Generator[Row, None, list[str]]:
    """The median of each question over HTTP, beside the same answer made in this process without HTTP."""
    from api import answers
    from api.answers import Ask
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    store = open_store(f"sqlite:///{db}", create=False)
    workspace = Workspace(store)
    found = answers.scores(Ask(workspace), "depth", None, 100).items
    keys = [e for i in found if i.a.label == "person" and (e := _address(Ask(workspace), i.a.id))]
    calls: dict[str, Callable[..., object]] = {
        "score of one, GET": lambda ask, k: answers.scores(ask, "depth", [k], 1),
        "score of one, POST": lambda ask, k: answers.scores(ask, "depth", [k], 1),
        "ties of one, POST": lambda ask, k: answers.scores(ask, "tie_strength", [k], 1),
        "k = 5 paths": lambda ask, k: answers.paths(ask, k),
        "explain depth": lambda ask, k: answers.explain(ask, "depth", k),
    }
    with serving(db) as server:
        _warm(server, keys)
        for what, requests in _questions(keys).items():
            alone = _each(calls[what], workspace, keys[: len(requests)])
            taken = load(server, requests, 1, 3.0)
            median = taken.quantile(0.5)
            figure = f"adds {1e3 * (median - alone):.2f} ms at the median to {1e3 * alone:.2f} ms; {_shown(taken)}"
            yield Row(f"HTTP: {what}, one caller", figure, median, goal="adds <= 5 ms")
    store.close()
    return keys


def _each(call: Callable[[Ask, str], object], workspace: Workspace, keys: Sequence[str]) -> float:
    """Seconds of one call in this process."""
    from api.answers import Ask

    return timed(lambda: [call(Ask(workspace), key) for key in keys]) / len(keys)


def _shown(taken: Taken) -> str:
    ms = [f"p{q} {1e3 * taken.quantile(q / 100):.2f} ms" for q in (50, 99)]
    return f"{', '.join(ms)}, {1e3 * taken.each:.2f} ms processor each"


def _warm(server: Server, keys: Sequence[str]) -> None:
    with server.connect() as connection:
        for name in ("tie_strength", "relationship_health", "active", "depth"):
            connection.json(get(f"/v1/scores/{name}", key=keys[0]))
        connection.json(get("/v1/paths", to=keys[0]))


# -- look-ups ---------------------------------------------------------------------------------------------------------


def _lookups(server: Server, keys: Sequence[str]) -> Iterator[Row]:
    for what in ("score of one, GET", "score of one, POST", "ties of one, POST"):
        taken = load(server, _questions(keys)[what], 8, 5.0)
        figure = f"{taken.rate:,.0f}/s beside others, {1 / taken.each:,.0f}/s on a core of its own; {_shown(taken)}"
        goal = ">= 1,500/s on one core, p99 <= 50 ms"
        yield Row(f"HTTP: {what}, 8 callers", figure, taken.quantile(0.5), goal=goal)
    batch = [post("/v1/scores/depth", json.dumps({"keys": [*keys] * 4}).encode())]
    taken, each = load(server, batch, 8, 5.0), 4 * len(keys)
    figure = f"{each * taken.rate:,.0f} keys/s, {each / taken.each:,.0f}/s on a core of its own; {_shown(taken)}"
    yield Row(f"HTTP: scores of {each} keys a call, 8 callers", figure, taken.quantile(0.5))


def _heavy_beside_light(server: Server, keys: Sequence[str]) -> Iterator[Row]:
    """Look-ups while eight callers ask for explanations as fast as they can."""
    heavy, light = _questions(keys)["explain depth"], _questions(keys)["score of one, GET"]
    background = threading.Thread(target=lambda: load(server, heavy, 8, 6.0))
    background.start()
    time.sleep(0.5)
    taken = load(server, light, 4, 5.0)
    background.join()
    figure = f"{taken.rate:,.0f}/s; {_shown(taken)}"
    yield Row("HTTP: score of one, GET, beside 8 callers of explain", figure, taken.quantile(0.99), goal="p99 <= 50 ms")


# -- events -----------------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """When events were accepted, and when a reader first saw each state."""

    accepted: list[tuple[int, float]] = field(default_factory=list)  # (sequence, moment)
    seen: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    failed: list[Exception] = field(default_factory=list)

    def waits(self, what: str) -> np.ndarray:
        """From accepted to seen, for each batch [s]."""
        sequences, moments = (np.array(c) for c in zip(*self.seen[what], strict=True))
        reached = np.maximum.accumulate(sequences)
        places = [(np.searchsorted(reached, s), t) for s, t in self.accepted]
        return np.array([max(moments[i] - t, 0.0) for i, t in places if i < len(moments)])


def _stages(db: Path, keys: Sequence[str], rep: str) -> Iterator[Row]:
    """What each stage between an event and an answer takes, in this process and one after the other.

    Each answer finds done what those before it made: the graph, then the scores it needs.
    """
    from api import answers
    from api.answers import Ask
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    store = open_store(f"sqlite:///{db}", create=False)
    workspace, sent, at = Workspace(store), _events(keys, rep, 0), iter(range(10**9))
    steps: dict[str, Callable[[str], object]] = {
        "records taken in": lambda _: answers.records(Ask(workspace), next(sent)),
        "graph renewed": lambda _: workspace.projection(workspace.moment()),
        "tie strength": lambda key: answers.scores(Ask(workspace), "tie_strength", [key], 1),
        "health": lambda key: answers.scores(Ask(workspace), "relationship_health", [key], 1),
        "depth": lambda key: answers.scores(Ask(workspace), "depth", [key], 1),
        "paths": lambda key: answers.paths(Ask(workspace), key),
        "list": lambda _: answers.top(Ask(workspace), rep),
    }
    waits: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(STAGED + 1):
        key = keys[next(at) % len(keys)]
        for name, step in steps.items():
            begin = time.perf_counter()
            step(key)
            waits[name].append(time.perf_counter() - begin)
    store.close()
    for name, taken in waits.items():
        p50, p99 = (float(np.quantile(taken[1:], q)) for q in (0.5, 0.99))  # the first one makes all in full
        yield Row(f"{BATCH} events: {name}", f"p50 {1e3 * p50:.1f} ms, p99 {1e3 * p99:.1f} ms", p50)


def _visible(server: Server, keys: Sequence[str], rep: str) -> Iterator[Row]:
    """One writer posts events; a reader of each kind asks for what they touch, again and again."""
    questions = {
        "score": [get("/v1/scores/tie_strength", key=k) for k in keys],
        "health": [get("/v1/scores/relationship_health", key=k) for k in keys],
        "path": [get("/v1/paths", to=k) for k in keys],
        "list": [get(f"/v1/top/{rep}")],
    }
    for seed, (what, requests) in enumerate(questions.items(), 1):
        first = _first(server, requests[0], _events(keys, rep, -seed % 1000))
        yield Row(f"HTTP: first events after a start -> seen in {what}", f"{1e3 * first:.0f} ms", first)
        found = Seen()
        busy = server.busy
        _run(server, found, what, requests, _events(keys, rep, seed))
        waits = found.waits(what)
        p50, p99 = (float(np.quantile(waits, q)) for q in (0.5, 0.99))
        rate = BATCH * len(found.accepted) / SECONDS
        figure = (
            f"p50 {1e3 * p50:.0f} ms, p99 {1e3 * p99:.0f} ms; {rate:.0f} events/s accepted, {len(found.seen[what])} "
            f"answers, {(server.busy - busy) / SECONDS:.2f} cores"
        )
        yield Row(f"HTTP: event accepted -> seen in {what}, {EVENTS} events/s", figure, p99, goal="p99 <= 1 s")


def _first(server: Server, request: bytes, events: Iterator[bytes]) -> float:
    """From a batch taken in to the answer that shows it, where nobody asked for this before [s]."""
    with server.connect() as connection:
        sequence = connection.json(post("/v1/records", next(events), NDJSON))["sequence"]
        begin = time.perf_counter()
        while connection.json(request)["meta"]["sequence"] < sequence:
            pass
        return time.perf_counter() - begin


def _run(server: Server, found: Seen, what: str, requests: Sequence[bytes], events: Iterator[bytes]) -> None:
    end = time.perf_counter() + SECONDS
    found.seen[what] = []
    threads = [
        threading.Thread(target=_guarded, args=(found, lambda: _write(server, found, events, end))),
        threading.Thread(target=_guarded, args=(found, lambda: _read(server, found.seen[what], requests, end))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if found.failed:
        raise found.failed[0]


def _guarded(found: Seen, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # told by the caller's thread
        found.failed.append(error)


def _events(keys: Sequence[str], rep: str, seed: int) -> Iterator[bytes]:
    """Batches of mails between the rep and some contacts, dated now; of another seed they have other ids."""
    rng = np.random.default_rng(seed)
    while True:
        lines = []
        for key in rng.choice(keys, BATCH):
            moment = show_moment(now() - int(rng.integers(0, 3_600_000_000)))
            ends = (rep, str(key)) if rng.random() < 0.5 else (str(key), rep)
            lines.append(
                {"table": "interactions", "id": f"b{rng.integers(2**62)}", "time": moment, "from": ends[0],
                 "to": ends[1], "kind": "mail", "channel": "mail"}
            )  # fmt: skip
        yield b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _write(server: Server, found: Seen, events: Iterator[bytes], end: float) -> None:
    due = time.perf_counter()
    with server.connect() as connection:
        while due < end:
            time.sleep(max(due - time.perf_counter(), 0.0))
            answer = connection.json(post("/v1/records", next(events), NDJSON))
            if answer["rejected"]:
                raise RuntimeError(str(answer["results"])[:500])
            found.accepted.append((answer["sequence"], time.perf_counter()))
            due += BATCH / EVENTS


def _read(server: Server, seen: list[tuple[int, float]], requests: Sequence[bytes], end: float) -> None:
    at = 0
    with server.connect() as connection:
        while time.perf_counter() < end + 2.0:
            answer = connection.json(requests[at % len(requests)])
            seen.append((answer["meta"]["sequence"], time.perf_counter()))
            at += 1
