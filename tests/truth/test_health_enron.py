"""Health against what really happened: the Enron mail set, walk-forward."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from algorithms.evaluate_health import evaluate_health
from algorithms.health import fit_active
from algorithms.health_model import HealthParams

_spec = importlib.util.spec_from_file_location("enron_projection", Path(__file__).with_name("enron.py"))
enron = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = enron
_spec.loader.exec_module(enron)

START = int(np.datetime64("1999-06-01", "us").astype(np.int64))
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not enron.FILE.exists(), reason="the Enron mail set is not beside the project"),
]


@pytest.fixture(scope="module")
def mail():
    return enron.projection()


def test_health_is_true_on_enron(mail):
    found = evaluate_health(mail, start=START)
    model, baselines = found["model"], found["baselines"]
    assert found["test_rows"] > 10_000 and 0.2 < found["alive_rate"] < 0.3
    assert model["auc"] >= 0.875, model
    assert model["ece"] <= 0.02, model
    assert baselines["recency"]["auc"] == pytest.approx(0.835, abs=0.01), "the baseline is not what it was"
    for name, figures in baselines.items():
        assert model["auc"] > figures["auc"] + 0.03 and model["brier"] < figures["brier"], name


def test_the_lead_over_every_formula_is_more_than_two_errors(mail):
    found = evaluate_health(mail, start=START)
    assert set(found["better_than"]) == set(found["baselines"]) and len(found["baselines"]) == 7
    for name, figures in found["baselines"].items():
        assert figures["lead"]["auc"] > 0.025 and 0 < figures["lead"]["se"] < 0.01, (name, figures["lead"])
    said, came = (np.array([r[k] for r in found["reliability"]]) for k in ("mean", "rate"))
    assert (np.diff(came) > 0).all() and np.abs(said - came).max() < 0.08, found["reliability"]


def test_the_default_start_leaves_the_wrongly_dated_mails_out(mail):
    assert evaluate_health(mail)["start"].startswith("1999-05")


def test_acts_of_the_other_side_are_foreseen_too():
    found = evaluate_health(enron.projection(internal=range(1, 190, 2)), start=START)
    assert found["score"] == "relationship_health"
    assert found["model"]["auc"] > found["baselines"]["recency"]["auc"] + 0.03 and found["model"]["ece"] < 0.03


def test_a_fit_says_how_good_it_was(mail):
    model = fit_active(mail, HealthParams())
    assert not model.cold_start and model.heldout["auc"] > 0.87 and model.heldout["ece"] < 0.03
