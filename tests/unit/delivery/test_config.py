"""The delivery file: what is wrong in it is told with file and field, and no secret is ever repeated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from api.delivery.config import Config, load
from api.delivery.preferences import channels_of, keep, preference, standard
from graphsvc.errors import InputError
from graphsvc.policy import OWNER
from graphsvc.workspace import Workspace
from tests.unit.delivery.company import REPS, write_config

ROOT = Path(__file__).parents[3]
SECRET = "smtps://lists:hunter2@mail.us.example"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("hour = 24\n", "hour"),
        ('weekday = "someday"\n', "weekday"),
        ('timezone = "Mars/Olympus"\n', "Mars/Olympus"),
        ('timezone = "../../etc/passwd"\n', "timezone"),
        ('channels = ["pigeon"]\n', "pigeon"),
        ('[robots."We Com"]\n', "We Com"),
        ("[robots.mail]\n", "mail"),
        ("smtp_url = 'x'\n", "smtp_url"),
        ('[reps."a@b.example"]\nlanguage = "fr"\n', "language"),
        ("not toml at all", ""),
        ('folder = "/etc"\n', "folder"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, more: str, word: str) -> None:
    path = write_config(tmp_path, more)
    with pytest.raises(InputError) as refused:
        load(path)
    assert refused.value.phrase.code == "delivery.bad_config"
    assert str(path) in refused.value.text("en") and word in refused.value.text("en")


@pytest.mark.parametrize("sender", ["lists", "", "a@b.example\nBcc: x@y.example"])
def test_a_sender_is_an_address(sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        Config(sender=sender, base_url="https://graph.us.example")


@pytest.mark.parametrize("url", ["graph.us.example", "javascript:alert(1)", "https://x.example/?a=1", "ftp://x"])
def test_a_page_is_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Config(sender="lists@us.example", base_url=url)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none\\.toml"):
        load(tmp_path / "none.toml")


def test_secrets_come_from_the_environment_or_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAPHSVC_SMTP_URL", raising=False)
    config = load(write_config(tmp_path, 'smtp_url_file = "smtp.url"\n[robots.room]\n'))
    with pytest.raises(InputError, match="smtp\\.url"):
        config.smtp_url()
    file = tmp_path / "smtp.url"
    file.write_text(SECRET + "\n")
    file.chmod(0o640)
    with pytest.raises(InputError) as refused:
        config.smtp_url()
    assert refused.value.phrase.code == "delivery.open_secret" and "hunter2" not in refused.value.text("en")
    file.chmod(0o600)
    assert config.smtp_url().get_secret_value() == SECRET and "hunter2" not in repr((config, config.smtp_url()))
    with pytest.raises(InputError, match="GRAPHSVC_ROBOT_ROOM"):
        config.robot_url("room")
    monkeypatch.setenv("GRAPHSVC_ROBOT_ROOM", "json://localhost")
    assert config.robot_url("room").get_secret_value() == "json://localhost"


def test_own_wishes_stand_over_the_files(workspace: Workspace, tmp_path: Path) -> None:
    store = workspace.store
    store.set_setting("timezone", "Asia/Shanghai", OWNER)
    rep, other = (store.resolve(key, OWNER, "person")[0].id for key in REPS[:2])
    more = (
        f'hour = 9\n[robots.room]\nreps = ["{REPS[0]}"]\n[robots.hall]\n[reps."{REPS[0]}"]\nlanguage = "zh"\nhour = 7\n'
    )
    config = load(write_config(tmp_path, more + '[reps."nobody@us.example"]\nhour = 1\n'))
    base = standard(config, store)
    assert (base.language, base.timezone, base.hour) == ("en", "Asia/Shanghai", 9)
    assert (preference(config, store, rep).language, preference(config, store, rep).hour) == ("zh", 7)
    keep(store, rep, base)
    assert preference(config, store, rep) == base == preference(config, store, other)
    assert channels_of(config, store, rep) == ("mail", "room", "hall")
    assert channels_of(config, store, other) == ("mail", "hall")


def test_without_the_packages_of_the_extra_the_rest_works_and_says_what_is_missing() -> None:
    """Run apart: what is imported once cannot be missing any more."""
    program = """
import sys
for name in ("babel", "jinja2", "icalendar", "apprise", "xlsxwriter"):
    sys.modules[name] = None
import api.app, api.routers.delivery, api.delivery.runs, api.delivery.trying, graphsvc.cli.delivering
from graphsvc import extras
extras.find_spec = lambda name: None
from api.delivery import rendering, robots, sheets, texts
from graphsvc.errors import InputError
for call in (rendering.environment, texts.locale, lambda: robots.open_robot(None)):
    try:
        call()
    except InputError as error:
        assert "requirements/run.lock" in error.text("en"), error
    else:
        raise SystemExit("nothing was missing")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
