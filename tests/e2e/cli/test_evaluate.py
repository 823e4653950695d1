"""``graphsvc evaluate``: what a test found is printed, kept as a run, written as a report and told beside answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.e2e.conftest import Cli


def test_an_evaluation_is_printed_kept_and_told_beside_the_list(own_cli: Cli, people) -> None:
    found = own_cli("evaluate", "weekly", "--json").json
    kept = own_cli("runs", "--kind", "evaluate", "--json").json[0]
    assert kept["name"] == "weekly" and kept["report"]["figures"] == found["figures"] and found["told"]
    listed = own_cli("top", people["rep"], "--json").json
    told = {k: v for k, v in found["figures"].items() if v is not None}
    assert listed["meta"]["accuracy"]["weekly"] == pytest.approx(told), "a list does not say how good lists were"
    app = create_app(f"sqlite:///{own_cli.db}")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        items = client.get("/v1/evaluations").json()["items"]
    assert [i["name"] for i in items] == ["weekly"] and items[0]["verdict"] == found["verdict"]


def test_an_earlier_moment_is_not_told_what_was_measured_later(own_cli: Cli, people) -> None:
    own_cli("evaluate", "weekly")
    then = own_cli("top", people["rep"], "--week", "2026-W30", "--json").json
    assert "weekly" not in then["meta"]["accuracy"], "a figure of the future stands beside a list of the past"


def test_the_report_and_its_figures_are_written(own_cli: Cli, tmp_path: Path) -> None:
    said = own_cli("evaluate", "weekly", "--out", tmp_path / "report.html", "--lang", "zh")
    html, figures = (tmp_path / "report.html").read_text("utf-8"), json.loads((tmp_path / "report.json").read_text())
    assert 'lang="zh-CN"' in html and "<svg" in html and "每周名单" in html
    assert [e["name"] for e in figures["evaluations"]] == ["weekly"] and "report.html" in said.err
    assert not list(tmp_path.glob("*.partial"))


def test_text_for_people_names_each_ranking_in_their_language(own_cli: Cli) -> None:
    english, chinese = (own_cli("evaluate", "weekly", "--lang", lang).out for lang in ("en", "zh"))
    assert "at random" in english and "随机" in chinese and "evaluate_weekly." not in english + chinese


def test_wrong_names_and_options_say_what_there_is(own_cli: Cli) -> None:
    assert "weekly" in own_cli("evaluate", "fortune", code=3).err
    assert "--start" in own_cli("evaluate", "weekly", "--start", "2026-01-01", code=2).err
    assert own_cli("runs", "--kind", "evaluate", "--json").json == [], "a refused evaluation left a run"
