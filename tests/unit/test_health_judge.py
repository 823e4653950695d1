"""How models of health are judged: on labels they have not seen, against forecasts that saw nothing of the outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from algorithms.health_model import HealthParams, apply_model, find_ties
from graphsvc import toy
from graphsvc.kernels.features import columns, feature_matrix
from graphsvc.projection import DAY, Projection
from graphsvc.registry import find_algorithm, find_judge
from graphsvc.scores import Model
from graphsvc.trials import LINEAR, PROFILE, Judge, Trial, from_labels, from_shift, told, unseen

PARAMS = HealthParams()
SCORES = ("active", "relationship_health", "organization_health")
END = 600


def rows(seed: int = 5, until: float = END) -> dict[str, list[dict[str, Any]]]:
    """Ties of 6 of ours with 48 customers: half go on, half end somewhere on the way."""
    rng = np.random.default_rng(seed)
    people: list[dict[str, Any]] = [{"id": f"r{i}", "internal": True} for i in range(6)]
    people += [{"id": f"c{i:02d}", "organization": f"o{i % 24}"} for i in range(48)]
    interactions = []
    for i in range(48):
        gap, stop = float(rng.uniform(4, 25)), END if i % 2 else float(rng.uniform(60, END))
        time = float(rng.uniform(0, 60))
        while time < stop:
            ends = [f"r{i % 6}", f"c{i:02d}"]
            ends = ends if rng.random() < 0.5 else ends[::-1]
            interactions.append({"time": time, "from": ends[0], "to": ends[1], "channel": "mail"})
            time += float(rng.exponential(gap))
    known = [x for x in interactions if x["time"] <= until]
    return {"people": people, "organizations": [{"id": f"o{i}"} for i in range(24)], "interactions": known}


def company(as_of: float = END, **more: Any) -> Projection:
    return toy.build(**rows(**more), as_of=as_of, own_known=True)


def judge_of(name: str) -> Judge:
    found = find_judge(name)
    assert found is not None
    return found


def fitted(name: str, p: Projection) -> Model:
    spec = find_algorithm(name)
    assert spec.fit is not None
    model = spec.fit(p, spec.params())
    profile = judge_of(name).profile(p, spec.params(), model, p.as_of)
    return replace(model, content={**model.content, PROFILE: profile}) if profile else model


def trial_of(name: str, p: Projection, *models: Model) -> Trial:
    return judge_of(name).trial(p, PARAMS, models, min(m.label_cutoff for m in models))


@pytest.mark.parametrize("name", SCORES)
def test_rows_lie_after_the_cut_off_of_the_model(name: str) -> None:
    model = fitted(name, company(400))
    assert not model.cold_start
    trial = trial_of(name, company(), model)
    new = unseen(trial, model.label_cutoff)
    assert len(new) and (new.at >= model.label_cutoff).all() and (trial.at + trial.horizon <= END * DAY).all()
    assert new.said[0] is not None and new.dates == 200 // 28
    figures = told(new, new.said[0])
    assert figures["rate"] == pytest.approx(new.y.mean()) and 0 < figures["log_loss"] < 1
    assert new.two.max() >= 0 if name != "organization_health" else new.two.max() == -1


def test_a_forecast_is_that_of_a_model_fitted_on_its_date() -> None:
    p = company()
    trial = trial_of("active", p, fitted("active", company(500)))
    at = int(trial.at.max())
    then = fitted("active", company(at / DAY, until=at / DAY))
    ties = find_ties(p, directed=False)
    pairs = ties.eligible(at, PARAMS.min_contacts, PARAMS.window_days)
    said = apply_model(then, columns(directed=False), feature_matrix(ties.moment(at, pairs))).value
    assert trial.forecast[trial.at == at] == pytest.approx(said, abs=0.02), "it knew what was known then, no more"
    changed = toy.build(**{**rows(), "interactions": rows(until=at / DAY)["interactions"]}, as_of=END, own_known=True)
    silent = trial_of("active", changed, fitted("active", company(500)))
    assert silent.forecast[silent.at == at] == pytest.approx(trial.forecast[trial.at == at], abs=1e-9)
    assert not silent.y[silent.at == at].any()


def test_a_world_that_goes_on_freezes_nothing_and_one_that_ends_is_noticed() -> None:
    model = fitted("active", company(400))
    p = company()
    trial = unseen(trial_of("active", p, model), model.label_cutoff)
    assert from_labels(model, trial, trial.said[0]) is None
    now = judge_of("active").profile(p, PARAMS, model, p.as_of)
    assert from_shift(model, now, now) is None
    over = toy.build(**{**rows(), "interactions": rows(until=450)["interactions"]}, as_of=END, own_known=True)
    dead = unseen(trial_of("active", over, model), model.label_cutoff)
    found = from_labels(model, dead.only(dead.at >= 430 * DAY), None)
    assert found is None, "without probabilities nothing is said"
    shifted = judge_of("active").profile(over, PARAMS, model, over.as_of)
    then = judge_of("active").profile(over, PARAMS, model, model.as_of)
    assert shifted is not None and sum(shifted[LINEAR]["counts"]) > 0
    finding = from_shift(model, shifted, then)
    assert finding is not None and finding.cause == "shift"


def test_a_past_filled_in_later_is_told_from_a_changed_world() -> None:
    some = rows()
    half = {**some, "interactions": [x for i, x in enumerate(some["interactions"]) if i % 8 == 0]}
    model = fitted("active", toy.build(**half, as_of=END, own_known=True))
    whole = company()
    now, then = (judge_of("active").profile(whole, PARAMS, model, at) for at in (whole.as_of, model.as_of))
    found = from_shift(model, now, then)
    assert found is not None and found.cause == "past"


@pytest.mark.parametrize("name", SCORES)
def test_models_of_other_features_do_not_apply(name: str) -> None:
    p = company(400)
    other = Model(name, 1, p.as_of, p.as_of, "d", {"intercept": 0.0, "moon": 1.0})
    assert not judge_of(name).applies(p, other) and judge_of(name).applies(p, fitted(name, p))
    assert judge_of(name).trial(p, PARAMS, [other], 0).said == (None,)
    assert judge_of(name).profile(p, PARAMS, other, p.as_of) is None


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize(
    "tables",
    [{}, {"people": [{"id": "a"}]}, {"interactions": [{"time": t, "from": "a", "to": "b"} for t in range(3)]},
     {"interactions": [{"time": t / 9, "from": "a", "to": "a"} for t in range(900)]}],
    ids=["empty", "one person", "three days", "self-mails"],
)  # fmt: skip
def test_of_next_to_nothing_nothing_is_said(name: str, tables: dict[str, Any]) -> None:
    p = toy.build(**tables, as_of=100)
    model = fitted(name, p)
    trial = trial_of(name, p, model)
    assert len(trial) <= 3 and not trial.tells and told(trial, trial.said[0])["rows"] == len(trial)
    assert from_labels(model, trial, trial.said[0]) is None


def test_two_models_are_judged_on_the_same_rows_in_the_same_order() -> None:
    p = company()
    one, two = fitted("relationship_health", company(400)), fitted("relationship_health", company(456))
    both = judge_of("relationship_health").trial(p, PARAMS, [one, two], one.label_cutoff)
    again = judge_of("relationship_health").trial(p, PARAMS, [two, one], one.label_cutoff)
    for mine, theirs in zip(both.said, again.said[::-1], strict=True):
        assert mine is not None and np.array_equal(mine, theirs if theirs is not None else np.zeros(0))
    assert np.array_equal(both.forecast, again.forecast, equal_nan=True)
