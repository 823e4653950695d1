"""The test of health: what it may say of a long past, a short one, and of input that is odd."""

import json
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from pydantic import ValidationError

from algorithms.evaluate_health import HealthTest, health
from algorithms.evaluate_organization_health import organization_health_test
from algorithms.health_trial import MOST_ROWS, default_start, history_days, make_trial, weeks_lacking
from algorithms.held_out import Figure, HeldOut, Said, bins_of, interval, judge_methods
from algorithms.held_out_report import verdict
from graphsvc import toy
from graphsvc.kernels.metrics import figures
from graphsvc.phrases import LANGUAGES
from graphsvc.projection import DAY, Projection

FEW = HealthTest(replicates=30)


@dataclass(frozen=True)
class Past:
    """A past of which only the graph at T is asked for."""

    now: Projection


def run(p, params=FEW, test=health):
    steps = []
    found = test(Past(p), params, lambda what, part: steps.append(part))
    assert steps == sorted(steps), "progress goes forward"
    json.dumps(found.detail, allow_nan=False)
    for language in LANGUAGES:
        assert found.verdict.text(language) and found.protocol.text(language)
    return found


def company(ties=300, end=420, seed=1):
    """Ties with rhythms of their own that begin and die; customers of 60 organizations."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(ties):
        rep, customer, gap = rng.integers(12), rng.integers(120), rng.lognormal(2.7, 0.9)
        time, stop = rng.uniform(-60, end), rng.exponential(250)
        stop += time
        while (time := time + rng.gamma(3.0, gap / 3.0)) < min(end, stop):
            ends = (f"c{customer:03d}", f"r{rep:02d}")
            if time > 0:
                sender, receiver = ends if rng.random() < 0.6 else ends[::-1]
                rows.append({"time": time, "from": sender, "to": receiver})
    ours = [{"id": f"r{i:02d}", "internal": True} for i in range(12)]
    theirs = [{"id": f"c{i:03d}", "organization": f"o{i % 60:02d}"} for i in range(120)]
    organizations = [{"id": f"o{i:02d}"} for i in range(60)]
    return toy.build(people=[*ours, *theirs], organizations=organizations, interactions=rows, as_of=end)


@cache
def world():
    return company()


@cache
def measured():
    return run(world())


def few(*rows, as_of, **more):
    return toy.build(interactions=[{"time": t, "from": a, "to": b} for t, a, b in rows], as_of=as_of, **more)


# -- a long past ------------------------------------------------------------------------------------------------------


def test_a_long_past_is_told_with_all_figures():
    found = measured()
    assert found.told and found.detail["tested"] == "model" and found.detail["score"] == "relationship_health"
    assert {"auc", "ap", "brier", "ece", "worst_gap", "rows", "base_rate"} <= found.figures.keys()
    assert found.figures["auc"] == found.detail["model"]["auc"] > 0.7
    assert [t.title.code.partition(".")[2] for t in found.tables] == [
        "table_ranking",
        "table_probabilities",
        "table_reliability",
        "table_dates",
        "table_active",
    ]
    assert [plot.diagonal for plot in found.plots] == [True, False, False]
    for t in found.tables:
        assert t.rows and all(len(row) == len(t.columns) for row in t.rows)
    for series in (s for plot in found.plots for s in plot.series):
        assert len(series.x) == len(series.y) > 0 and np.isfinite(series.y).all()
    assert found.figures["active_auc"] == found.detail["active"]["model"]["auc"]


def test_every_method_has_its_errors_and_the_lead_over_it():
    detail = measured().detail
    for name, method in {"model": detail["model"], **detail["baselines"]}.items():
        assert all(method["se"][k] > 0 for k in ("auc", "ap", "brier", "log_loss", "ece", "worst_gap")), name
    for name, method in detail["baselines"].items():
        best, lead = max(method["auc"], method["auc_fitted"]), method["lead"]
        assert lead["auc"] == pytest.approx(detail["model"]["auc"] - best), name
        assert lead["better"] == (lead["auc"] > 2 * lead["se"]) == (name in detail["better_than"])
    assert {k: detail["baselines"]["frequency_90d"][k] for k in ("auc", "ap", "brier", "ece")} == {
        k: detail["baselines"]["pega_90d"][k] for k in ("auc", "ap", "brier", "ece")
    }, "where everything is mail they are the same formula"


def test_dates_and_bins_add_up_to_all_rows():
    detail = measured().detail
    for part in ("by_reference", "reliability"):
        rows = np.array([r["rows"] for r in detail[part]])
        assert rows.sum() == detail["test_rows"]
        rate = np.array([r["rate"] for r in detail[part]])
        assert rows @ rate / rows.sum() == pytest.approx(detail["alive_rate"])
    assert len(detail["reliability"]) == 10
    assert all(r["low"] <= r["rate"] <= r["high"] for r in detail["reliability"])
    worst = max(abs(r["mean"] - r["rate"]) for r in detail["by_reference"])
    assert detail["model"]["worst_gap"] == pytest.approx(worst)


def test_the_same_past_gives_the_same_figures():
    assert run(world()).detail == measured().detail


def test_without_ours_any_interaction_is_tested():
    found = run(replace(world(), own_known=False))
    assert found.detail["score"] == "active" and found.detail["active"] is None
    assert "active_auc" not in found.figures and len(found.tables) == 4


def test_more_rows_than_affordable_are_a_sample_of_whole_pairs(monkeypatch):
    monkeypatch.setattr("algorithms.health_trial.MOST_ROWS", 400)
    whole = measured().detail
    part = run(world()).detail
    assert 0 < part["test_rows"] < whole["test_rows"] < MOST_ROWS and part["units"] < whole["units"]
    assert part["model"]["se"]["auc"] > whole["model"]["se"]["auc"]


# -- judging ----------------------------------------------------------------------------------------------------------


def held_out(model, simple, y, clusters=None, **more):
    n = len(y)
    at = np.repeat(np.array([0, 28]) * DAY, [n // 2, n - n // 2])
    cluster = np.arange(n) if clusters is None else clusters
    return HeldOut(y, at, cluster, {"model": Said(model, model), "recency": Said(simple, None), **more})


def test_a_clear_lead_an_even_one_and_a_clear_loss_are_told_apart():
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.5).astype(float)
    good, bad = 1 / (1 + np.exp(-(rng.normal(size=600) + 3 * y - 1.5))), rng.random(600)
    cases = [("all", good, bad), ("even", good, good * 2), ("worse", bad, good)]
    for code, model, simple in cases:
        h = held_out(model, simple, y)
        assert verdict(h, judge_methods(h, 60)).code == f"evaluate_health.verdict_{code}"
    h = held_out(good, bad, y, breadbox=Said(good * 2, None))
    assert verdict(h, judge_methods(h, 60)).code == "evaluate_health.verdict_some"
    h = held_out(good, bad, y, breadbox=Said(good + 4 * y, None))
    v = judge_methods(h, 60)
    assert verdict(h, v).code == "evaluate_health.verdict_behind" and v.ahead == ["breadbox"]


def test_a_perfect_ranking_of_few_pairs_is_not_told():
    y = np.tile([0.0, 1.0], 300)
    h = held_out(0.2 + 0.6 * y, np.zeros(600), y, clusters=np.arange(600) % 10)
    v = judge_methods(h, 30)
    assert verdict(h, v).code == "evaluate_health.verdict_few" and not v.beaten
    assert np.isnan(v.methods["model"]["auc"].error)


def test_figures_are_the_plain_ones():
    rng = np.random.default_rng(3)
    p = rng.random(500)
    y = (rng.random(500) < p).astype(float)
    v = judge_methods(held_out(p, rng.random(500), y), 10)
    for name, value in figures(y, p).items():
        assert v.methods["model"][name].value == pytest.approx(value, abs=1e-12), name
    assert v.methods["model"]["ece"].value < 3 * v.by_chance, "true probabilities miss by chance only"


def test_a_date_with_one_outcome_has_no_auc_but_a_rate():
    y = np.append(np.zeros(100), np.tile([0.0, 1.0], 50))
    v = judge_methods(held_out(np.linspace(0.1, 0.9, 200), np.zeros(200), y), 20)
    assert np.isnan(v.by_date[0].model.value) and v.by_date[0].rate.value == 0.0
    assert np.isfinite(v.by_date[1].model.value)


def test_intervals_of_rates():
    wilson = interval(Figure(0.5, np.sqrt(0.25 / 100)), 100, 100)
    assert wilson == pytest.approx((0.4038, 0.5962), abs=1e-4), "Wilson (1927) of 50 in 100"
    wide = interval(Figure(0.5, 2 * np.sqrt(0.25 / 100)), 100, 25)
    assert wide[0] < wilson[0] and wide[1] > wilson[1], "rows that repeat each other are worth fewer"
    assert interval(Figure(0.0, 0.0), 1000, 40) == pytest.approx((0.0, 0.0876), abs=1e-4)
    assert interval(Figure(1.0, float("nan")), 10, 10)[1] == 1.0


def test_bins_hold_equal_mass():
    assert np.bincount(bins_of(np.arange(25) / 25)).tolist() == [3] * 5 + [2] * 5
    assert bins_of(np.array([0.3])).tolist() == [0]


# -- a short past -----------------------------------------------------------------------------------------------------


def quarter(seed=0, people=20, days=91):
    rng = np.random.default_rng(seed)
    names = [f"p{i:02d}" for i in range(people)]
    rows = []
    for _ in range(3 * people):
        a, b = rng.choice(names, 2, replace=False)
        times = np.cumsum(rng.exponential(rng.lognormal(2, 1), 30)) + rng.uniform(0, days / 2)
        rows += [(float(t), str(a), str(b)) for t in times[: rng.integers(2, 30)] if t < days]
    return few(*rows, as_of=days)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_three_months_of_twenty_people_test_the_prior_and_claim_no_more_than_they_show(seed):
    found = run(quarter(seed))
    assert found.told and found.detail["tested"] == "prior" and "prior" in found.protocol.text()
    lead = found.detail["baselines"]["recency"]["lead"]
    far = lead["auc"] / lead["se"]
    said = "prior" if far > 2 else "worse" if far < -2 else "even"
    assert found.verdict.code == f"evaluate_health.verdict_{said}"
    assert found.detail["baselines"]["bgnbd"]["brier"] is None, "nothing taught a logistic"
    assert found.detail["weeks_to_learn"] > 0


@pytest.mark.parametrize("days", [3, 40, 83])
def test_less_is_not_told_but_from_when_it_can_be(days):
    found = run(quarter(days=days))
    assert not found.told and not found.figures and found.verdict.code == "evaluate_health.too_short"
    weeks = found.detail["weeks_lacking"]
    assert weeks == found.verdict.args["weeks"] >= 1
    first = quarter(days=days).interactions.time[0] / DAY
    until = days - first + 7 * weeks
    assert until - history_days(until) >= 56 > until - 7 - history_days(until - 7)
    told_from = np.datetime64(0, "D") + np.timedelta64(int(days + 7 * weeks), "D")
    assert found.verdict.args["date"] == str(told_from)


def test_the_weeks_that_are_said_to_lack_are_enough():
    assert weeks_lacking(84, 28) == 0 and weeks_lacking(83, 28) == 1 and weeks_lacking(0, 28) == 12
    assert weeks_lacking(1000, 28, 2) == 0
    p = quarter(days=70)
    weeks = run(p).detail["weeks_lacking"]
    assert run(replace(p, as_of=p.as_of + weeks * 7 * DAY)).verdict.code != "evaluate_health.too_short"
    long = company(end=7 * weeks_lacking(0, 28, 1) + 10)
    assert make_trial(long, 28, 0, directed=True).learnt() is not None


# -- odd input --------------------------------------------------------------------------------------------------------


def test_nobody_and_one_person_are_not_told():
    for p in (toy.build(as_of=5), toy.build(people=[{"id": "a"}], as_of=5), few((1, "a", "a"), as_of=400)):
        found = run(p)
        assert not found.told and found.verdict.code == "evaluate_health.no_contacts"


def test_ties_that_are_all_alike_are_not_ranked():
    p = few(*[(t, f"a{i}", f"b{i}") for t in range(0, 400, 7) for i in range(30)], as_of=400)
    found = run(p)
    assert (
        not found.told and found.verdict.code == "evaluate_health.one_outcome" and found.verdict.args["rate"] == "100"
    )


def test_one_pair_is_not_told_from_recency():
    times = np.cumsum(np.random.default_rng(0).exponential(20, 40))
    found = run(few(*[(t, "a", "b") for t in times], as_of=float(times[-1]) + 60))
    assert found.verdict.code in ("evaluate_health.verdict_few", "evaluate_health.one_outcome")


def test_single_contacts_are_no_ties_to_test():
    found = run(few(*[(10 * i, f"a{i}", f"b{i}") for i in range(40)], as_of=400))
    assert not found.told and found.verdict.code == "evaluate_health.no_rows"


def shifted(p, days):
    x = p.interactions
    return replace(p, interactions=replace(x, time=x.time + days * DAY), as_of=p.as_of + days * DAY)


def test_times_before_1970_are_times_like_others():
    p = replace(world(), own_known=False)
    assert default_start(shifted(p, -9000)) < 0
    then, now = run(shifted(p, -9000)).detail, run(p).detail
    assert then["test_rows"] == now["test_rows"]
    assert then["model"]["auc"] == pytest.approx(now["model"]["auc"], abs=1e-6)


def test_a_clock_that_jumped_leaves_no_false_dates():
    """Stray rows decades ago, and a hole of two years: dates without ties are neither tested nor counted."""
    rows = [(float(t), f"a{i % 40}", f"b{(i * 7) % 40}") for i, t in enumerate(np.linspace(0, 300, 2500))]
    later = [(t + 1000, a, b) for t, a, b in rows]
    stray = [(-12000.0, "a1", "b7"), (-11999.0, "a1", "b7")]
    found = run(few(*stray, *rows, *later, as_of=1300), replace_start(None))
    assert found.detail["start"] >= "1970-01-01", "strays do not begin the past"
    assert all(r["rows"] > 0 for r in found.detail.get("by_reference", []))
    early = run(few(*stray, *rows, as_of=300), replace_start(-13000 * DAY))
    assert all(r["rows"] > 0 for r in early.detail.get("by_reference", []))


def replace_start(start):
    return FEW.model_copy(update={"start": start})


def test_a_start_after_all_is_nothing_to_test():
    assert run(world(), replace_start(10_000 * DAY)).verdict.code == "evaluate_health.no_contacts"


def test_self_mails_and_list_mails_change_nothing():
    rows = [(t, f"a{i}", f"b{i}") for i in range(30) for t in np.arange(i / 7, 400 - 9 * i, 3 + i)]
    selves = [(t / 10, "a1", "a1") for t in range(3000)]
    one, two = (run(few(*r, as_of=400)).detail for r in (rows, rows + selves))
    assert one == two


def test_weights_that_are_no_numbers_make_no_contact():
    p = world()
    x = p.interactions
    weight = x.weight.copy()
    weight[::50] = np.nan
    found = run(replace(p, interactions=replace(x, weight=weight)))
    assert found.told and np.isfinite(list(found.figures.values())).all()


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf")])
def test_a_horizon_that_is_none_is_refused(bad):
    with pytest.raises(ValidationError):
        HealthTest(horizon_days=bad)
    with pytest.raises(ValidationError):
        HealthTest(horizon=28)


def test_a_horizon_longer_than_the_past_is_too_short():
    assert run(world(), FEW.model_copy(update={"horizon_days": 400.0})).verdict.code == "evaluate_health.too_short"


# -- organizations ----------------------------------------------------------------------------------------------------


@cache
def organizations():
    return run(company(ties=330, end=560, seed=2), FEW, organization_health_test)


def test_organizations_are_tested_beside_what_their_ties_say():
    found = organizations()
    assert found.told, found.verdict.text()
    assert set(found.detail["baselines"]) == {"best_tie", "log_sum", "recency", "independent"}
    assert found.figures["auc"] > 0.6 and found.detail["units"] <= 60
    independent = found.detail["baselines"]["independent"]
    assert "auc_fitted" not in independent and independent["ece"] is not None, "judged by its own probabilities"
    assert len(found.tables) == 4 and len(found.plots) == 3


def test_organizations_need_ours_and_a_past():
    cases = {
        "no_own": replace(world(), own_known=False),
        "no_contacts": toy.build(people=[{"id": "r", "internal": True}], as_of=400),
        "too_short": company(end=100),
    }
    for code, p in cases.items():
        found = run(p, FEW, organization_health_test)
        assert not found.told and found.verdict.code == f"evaluate_health.{code}"
    alone = toy.build(
        people=[{"id": "r", "internal": True}, {"id": "c", "organization": "o"}],
        organizations=[{"id": "o"}],
        interactions=[{"time": t, "from": "c", "to": "r"} for t in range(0, 700, 9)],
        as_of=700,
    )
    assert run(alone, FEW, organization_health_test).verdict.code == "evaluate_health.too_few_organizations"
