"""What the Celery app promises before any Redis is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graphsvc.dispatch import start
from graphsvc.errors import InputError, TransientError
from graphsvc.jobs import KINDS
from graphsvc.work import Limits, Place
from graphsvc.worker import make_app, with_password, without_password
from tests.command_line import Said
from tests.unit.jobs.memory import MemoryJobs

DEAD = "redis://:secret-word@127.0.0.1:1/0"  # nothing listens on port 1
LIMITS = Limits(lease=60.0, hard=600.0)


def test_messages_outlive_workers_and_no_running_task_is_delivered_again(place: Place) -> None:
    with make_app(DEAD, lambda: place, LIMITS) as app:
        conf = app.conf
        assert conf.task_acks_late and conf.task_reject_on_worker_lost
        assert conf.worker_prefetch_multiplier == 1
        assert conf.task_soft_time_limit < conf.task_time_limit == 600
        assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit + 60
        assert {f"graphsvc.{kind}" for kind in KINDS} <= set(app.tasks)


def test_nothing_is_pickled(place: Place) -> None:
    with make_app(DEAD, lambda: place, LIMITS) as app:
        assert (app.conf.task_serializer, app.conf.result_serializer, app.conf.accept_content) == (
            "json",
            "json",
            ["json"],
        )
        assert "Persistent" not in app.conf.beat_scheduler.__mro__[1].__name__, "its schedule file is a pickle"


def test_a_redis_that_is_away_is_said_without_its_password_and_the_job_is_kept(book: MemoryJobs) -> None:
    with pytest.raises(TransientError) as told:
        start(book, "fit", {}, 0, DEAD)
    assert "secret-word" not in told.value.text()
    (job,) = book.list("queued")
    assert job.id in told.value.text() and job.lease is None, "the next tick of a beat must hand it out"


@pytest.mark.parametrize("url", ["http://u:secret-word@x/0", "amqp://u:secret-word@x", "u:secret-word@x"])
def test_what_is_no_redis_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InputError) as refused:
        make_app(url, None, LIMITS)
    assert "secret-word" not in refused.value.text()


def test_urls_are_shown_without_accounts() -> None:
    assert without_password("rediss://u:p@h:6379/1") == "rediss://…@h:6379/1"
    assert without_password("redis://h:6379/1") == "redis://h:6379/1"


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_workers_without_redis_say_what_to_set(cli: Callable[..., Said], tmp_path: Path, command: str) -> None:
    said = cli(command, "--db", tmp_path / "w.db")
    assert said.code == 2 and "GRAPHSVC_REDIS_URL" in said.err


def test_settings_do_not_show_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphsvc.settings import Settings

    monkeypatch.setenv("GRAPHSVC_REDIS_URL", DEAD)
    assert "secret-word" not in repr(Settings()) and Settings().redis_url == DEAD


def test_the_password_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("s/e@c:ret\n")
    assert with_password("redis://h:6379/0", str(tmp_path / "p")) == "redis://:s%2Fe%40c%3Aret@h:6379/0"
    assert with_password("redis://:own@h:6379/0", str(tmp_path / "p")) == "redis://:own@h:6379/0"
    assert with_password("redis://h:6379/0", None) == "redis://h:6379/0"
    with pytest.raises(InputError) as missing:
        with_password("redis://h:6379/0", str(tmp_path / "nosuch"))
    assert missing.value.phrase.code == "jobs.no_password_file"
