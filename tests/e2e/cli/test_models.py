"""Models on the command line: listed, shown, compared, and decided on by the owner."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.e2e.cli.tables import Cli

LEARNT = {"active", "relationship_health", "organization_health", "influence"}


def test_every_learnt_score_has_one_active_model(sample_cli: Cli) -> None:
    models = sample_cli("models", "--json").json
    assert {m["name"] for m in models} >= LEARNT
    assert {m["state"] for m in models} == {"active"} and all(m["author"] == "rule" for m in models)
    listed = sample_cli("models").out
    assert all(m["id"].rpartition("-")[2] in listed for m in models)
    assert sample_cli("models", "check", "active", "--json").json["items"][0]["findings"] == []


def test_a_model_shows_its_coefficients_by_group_and_its_history(sample_cli: Cli) -> None:
    (model,) = sample_cli("models", "--name", "relationship_health", "--json").json
    short = model["id"].rpartition("-")[2][:6]
    shown = sample_cli("models", "show", short, "--json").json
    together = {name: value for group in shown["groups"].values() for name, value in group.items()}
    assert together == model["coefficients"] and "frequency" in shown["groups"]
    assert [entry["state"] for entry in shown["history"]] == ["active"]
    assert "first model" in sample_cli("models", "show", short).out
    assert "第一个模型" in sample_cli("--lang", "zh", "models", "show", short).out
    said = sample_cli("models", "compare", short, short, "--json").json
    assert said["difference"] is not None and said["a"]["id"] == said["b"]["id"] == model["id"]
    assert sample_cli("models", "show", "nope", code=3).err


def test_a_frozen_model_keeps_scoring_and_every_answer_says_so(own_cli: Cli, people: Mapping[str, str]) -> None:
    (model,) = own_cli("models", "--name", "relationship_health", "--json").json
    tie = ("explain", "relationship_health", people["rep"], people["contact"], "--json")
    before = own_cli(*tie).json
    own_cli("models", "freeze", model["id"], "--reason", "the mail source broke")
    after = own_cli(*tie).json
    assert after["score"]["value"] == pytest.approx(before["score"]["value"], rel=1e-9)
    assert "the mail source broke" in after["meta"]["notes"]
    assert after["meta"]["accuracy"]["relationship_health"]["frozen"] == 1
    assert own_cli("models", "--json", "--name", "relationship_health").json[0]["state"] == "frozen"
    own_cli("models", "promote", model["id"], "--reason", "x", "--as", people["rep"], code=4)
    own_cli("models", "unfreeze", model["id"], "--reason", "mended")
    assert "the mail source broke" not in own_cli(*tie).json["meta"]["notes"]
    assert own_cli("models", "unfreeze", model["id"], "--reason", "again", code=2).err
    own_cli("runs", "verify")
