"""``graphsvc deliver`` as a person uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.delivery.config import Config
from graphsvc.settings import settings
from graphsvc.workspace import Workspace
from tests.command_line import Said, call
from tests.servers.mail_sink import Sink
from tests.unit.delivery.company import REPS

SetUp = Callable[[str], Config]
W22 = "2026-W22"  # of the newest event: the command line's clock is the real one


@pytest.fixture
def deliver(workspace: Workspace, set_up: SetUp, tmp_path: Path) -> Callable[..., Said]:
    set_up("")

    def called(*args: object) -> Said:
        language = () if "--lang" in args else ("--lang", "en")
        return call("deliver", *language, *args, "--db", tmp_path / "w.db")

    return called


def test_a_dry_run_writes_all_forms_and_sends_nothing(
    deliver: Callable[..., Said], sink: Sink, tmp_path: Path, workspace: Workspace
) -> None:
    out = tmp_path / "out"
    said = deliver("--dry-run", "--out", out, "--digests", "--json")
    assert said.code == 0 and said.json["reps"] == 5 and not sink.raw
    names = sorted(p.name for p in (out / W22).glob("Rep_0-*/*"))
    assert names == ["list.csv", "list.eml", "list.html", "list.ics", "list.txt", "list.xlsx"]
    assert sorted(p.name for p in (out / W22).glob("Mia_Boss-*/*")) == ["digest.eml", "digest.html", "digest.txt"]
    assert not workspace.store.documents(f"delivery {W22}") and not workspace.store.runs("list"), "it left a trace"


def test_one_can_look_at_the_mails_before_anything_is_configured(
    deliver: Callable[..., Said], sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAPHSVC_DELIVERY")
    settings.cache_clear()
    assert deliver("--dry-run", "--out", tmp_path / "out").code == 0
    assert "http://127.0.0.1:8000/" in next((tmp_path / "out" / W22).glob("Rep_0-*/list.txt")).read_text("utf-8")
    assert deliver().code == 2 and not sink.raw


def test_it_delivers_says_so_and_leaves_nothing_for_the_next(deliver: Callable[..., Said], sink: Sink) -> None:
    first = deliver()
    assert first.code == 0 and "4 sent" in first.err and "Rep 3" in first.out
    assert sink.receivers() == dict.fromkeys(REPS, 1)
    again = deliver("--json")
    assert again.json == {"left": 4, "held": 0, "items": []} and len(sink.raw) == 4


def test_one_rep_and_one_week(deliver: Callable[..., Said], sink: Sink) -> None:
    assert deliver("--rep", REPS[2], "--week", "2026-W21", "--json").json["sent"] == 1
    assert sink.receivers() == {REPS[2]: 1} and str(sink.mails[0]["Subject"]).startswith("Week 21")


def test_what_failed_for_good_is_tried_again_when_a_person_says_so(deliver: Callable[..., Said], sink: Sink) -> None:
    sink.on = lambda stage, _: "550 unknown" if stage == "rcpt" else None
    said = deliver("--rep", REPS[0])
    assert said.code == 1 and "The mail server said no (550)." in said.out
    sink.on = lambda *_: None
    assert deliver("--rep", REPS[0]).code == 0 and not sink.raw, "it was given up"
    assert deliver("--again", REPS[0]).code == 0 and sink.receivers() == {REPS[0]: 1}


def test_what_is_unclear_is_held_and_told(deliver: Callable[..., Said], sink: Sink) -> None:
    sink.on = lambda stage, _: "" if stage == "content" else None
    said = deliver("--rep", REPS[0])
    assert said.code == 1 and "--again" in said.err and "unclear" in said.out
    sink.on = lambda *_: None
    held = deliver("--rep", REPS[0], "--lang", "zh")
    assert held.code == 1 and "不确定" in held.err and len(sink.raw) == 1


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("--dry-run",), 2, "--out"),
        (("--out", "x"), 2, "--dry-run"),
        (("--again", "a", "--rep", "b"), 2, "--again"),
        (("--rep", "nobody@us.example"), 3, "nobody@us.example"),
        (("--week", "2026-W99"), 2, "2026-W99"),
        (("--as", "rep0@us.example"), 4, "admin"),
    ],
)
def test_wrong_orders_are_told(deliver: Callable[..., Said], args: tuple[str, ...], code: int, word: str) -> None:
    said = deliver(*args)
    assert said.code == code and word in said.err


def test_without_a_file_it_says_what_to_do(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAPHSVC_DELIVERY", raising=False)
    settings.cache_clear()
    said = call("deliver", "--db", tmp_path / "w.db", "--lang", "en")
    assert said.code == 2 and "GRAPHSVC_DELIVERY" in said.err
