"""Deliveries by a real process that is killed at each step of a mail: nobody's list is lost, nobody gets two."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.delivery.journal import Journal
from graphsvc.clock import now
from graphsvc.policy import OWNER
from graphsvc.stores import open_store
from tests.servers.mail_sink import Sink, mail_sink
from tests.unit.delivery.company import REPS, fill, write_config

ROOT = Path(__file__).parents[2]
WEEK = "2026-W22"  # of the newest event
LEASE = 1.0  # [s]
STAGES = ("mail", "rcpt", "data", "content", "accepted")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synced store; scores are computed by whoever asks."""
    folder = tmp_path_factory.mktemp("company")
    with closing(open_store(f"sqlite:///{folder / 'w.db'}")) as store:
        fill(store, folder / "in")
    return folder / "w.db"


class Office:
    """A company's deliveries: processes that deliver into a sink."""

    def __init__(self, db: Path, sink: Sink, config: Path) -> None:
        self.db, self.sink, self.config = db, sink, config
        lease = str(LEASE / 5)  # a delivery is held for five of a worker's
        self.env = os.environ | {
            "GRAPHSVC_DELIVERY": str(config), "GRAPHSVC_SMTP_URL": sink.url, "GRAPHSVC_LEASE_SECONDS": lease,
            "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip

    def start(self, *args: str) -> subprocess.Popen[str]:
        """A process that delivers."""
        command = [sys.executable, "-m", "graphsvc.cli", "--db", str(self.db), "deliver", *args]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def deliver(self, *args: str) -> int:
        """Deliver to the end; gives the exit code."""
        with self.start(*args) as process:
            _, said = process.communicate(timeout=120)
        assert process.returncode in (0, 1), said
        return process.returncode

    def killed(self, stage: str, number: int) -> None:
        """Deliver, and kill the process when the sink has come to a stage of its ``number``-th mail of this run."""
        seen: list[str] = []
        with self.start() as process:

            def on(at: str, _: int) -> str | None:
                if at == stage:
                    seen.append(at)
                    if len(seen) == number:
                        os.kill(process.pid, signal.SIGKILL)
                        process.wait()
                return None

            self.sink.on = on
            process.communicate(timeout=120)
        self.sink.on = lambda *_: None
        assert process.returncode == -signal.SIGKILL, f"not killed at {stage} {number}"
        time.sleep(LEASE + 0.1)  # only then others may believe it dead

    def states(self) -> dict[str, str]:
        """State by receiver."""
        with closing(open_store(f"sqlite:///{self.db}")) as store:
            entries = Journal(store, WEEK, now).entries()
            people = store.describe([e.rep for e in entries], OWNER)
            return {str(people[e.rep].email): e.state for e in entries}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as made:
        yield made


def office(company: Path, sink: Sink, tmp_path: Path, *, deduplicates: bool) -> Office:
    db = tmp_path / "w.db"
    db.write_bytes(company.read_bytes())
    return Office(db, sink, write_config(tmp_path, f"mail_deduplicates = {str(deduplicates).lower()}\n"))


def test_what_may_have_arrived_is_held_until_a_person_says_so(company: Path, sink: Sink, tmp_path: Path) -> None:
    place = office(company, sink, tmp_path, deduplicates=False)
    place.killed("content", 2)
    assert place.deliver() == 1, "that one is unclear must be told by the exit code"
    assert sink.receivers() == dict.fromkeys(REPS, 1), "somebody got two, or nothing"
    held = [rep for rep, state in place.states().items() if state == "unclear"]
    assert len(held) == 1 and sorted(place.states().values()) == ["sent"] * 3 + ["unclear"]
    assert place.deliver("--again", held[0]) == 0
    assert sink.receivers() == dict.fromkeys(REPS, 1) | {held[0]: 2}
    assert len(sink.ids()) == len(REPS), "sent again, it must be the same mail"
    assert set(place.states().values()) == {"sent"}


@pytest.mark.slow
@pytest.mark.parametrize("deduplicates", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_each_stage_of_each_mail(
    company: Path, sink: Sink, tmp_path: Path, stage: str, deduplicates: bool
) -> None:
    place = office(company, sink, tmp_path, deduplicates=deduplicates)
    for number in (1, 2):
        place.killed(stage, number)
    code = place.deliver()
    unclear = [rep for rep, state in place.states().items() if state == "unclear"]
    assert set(sink.receivers()) >= set(REPS) - set(unclear), "a list is lost"
    assert len(sink.ids()) <= len(REPS), "a mail went out under two names"
    if deduplicates:
        assert not unclear and code == 0
        assert set(sink.receivers()) == set(REPS) and len(sink.ids()) == len(REPS), "not the same mail again"
    else:
        assert max(sink.receivers().values()) == 1, "somebody got two"
        assert len(unclear) <= 2 and code == (1 if unclear else 0)


@pytest.mark.slow
def test_many_kills_at_random_moments_and_two_processes_at_once(company: Path, sink: Sink, tmp_path: Path) -> None:
    place, chance = office(company, sink, tmp_path, deduplicates=False), random.Random(7)
    for _ in range(10):
        pair = [place.start(), place.start()]
        time.sleep(chance.uniform(1.5, 6.0))
        for process in pair:
            process.kill()
            process.communicate()
        time.sleep(LEASE + 0.1)
    place.deliver()
    states = place.states()
    assert set(states) == set(REPS) and set(states.values()) <= {"sent", "unclear"}
    got = sink.receivers()
    assert all(got[rep] == 1 for rep, state in states.items() if state == "sent"), "lost, or sent twice"
    assert all(got[rep] <= 1 for rep in REPS)
