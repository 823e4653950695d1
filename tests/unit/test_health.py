"""Health: what a model may know, that terms add up, and that no thin past makes a confident number."""

import json
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
from pydantic import ValidationError

from algorithms.evaluate_health import HealthTest, measure_health
from algorithms.health import active, fit_active, fit_relationship_health, relationship_health
from algorithms.health_explain import explain_health
from algorithms.health_model import HealthParams, find_ties, linear_of, make_panel, recipe, reference_dates
from algorithms.health_trend import chance_spread
from algorithms.organization_health import explain_organization, fit_organization_health, organization_health
from graphsvc import toy
from graphsvc.kernels.common import LIVE, living
from graphsvc.kernels.contacts import find_contacts
from graphsvc.kernels.features import columns, feature_matrix
from graphsvc.kernels.metrics import auc
from graphsvc.kernels.rhythm import ended, hazard, renewal
from graphsvc.kernels.walkforward import learn, walk
from graphsvc.phrases import LANGUAGES, catalogue
from graphsvc.projection import DAY
from graphsvc.registry import Inputs
from graphsvc.scores import Model

PARAMS = HealthParams()
END = 560


def company(seed=7, ties=420, end=END, rename=lambda key: key):
    """Ties with rhythms of their own, births and deaths; reps and customers of 45 organizations, who answer or not."""
    rng = np.random.default_rng(seed)
    reps, customers = [f"r{i:02d}" for i in range(12)], [f"c{i:03d}" for i in range(90)]
    people = [{"id": rename(r), "internal": True} for r in reps]
    people += [{"id": rename(c), "organization": f"o{i % 45:02d}"} for i, c in enumerate(customers)]
    leaves = {c: rng.exponential(700) for c in customers}
    rows = []
    for _ in range(ties):
        rep, customer = rng.choice(reps), rng.choice(customers)
        gap, answers = rng.lognormal(2.9, 0.9), rng.beta(1.2, 1.2)
        time, death = rng.uniform(-100, end), rng.exponential(320)
        stop = min(end, time + death, leaves[customer])
        while (time := time + rng.gamma(3.0, gap / 3.0)) < stop:
            ends = (customer, rep) if rng.random() < answers else (rep, customer)
            if time > 0:
                rows.append({"time": time, "from": rename(ends[0]), "to": rename(ends[1])})
    organizations = [{"id": f"o{i:02d}"} for i in range(45)]
    return {"people": people, "organizations": organizations, "interactions": rows}


@cache
def world():
    return toy.build(**company(), as_of=END)


@cache
def fitted():
    p = world()
    any_act, theirs = fit_active(p, PARAMS), fit_relationship_health(p, PARAMS)
    base = active(p, PARAMS, Inputs({}, any_act))
    health = relationship_health(p, PARAMS, Inputs({"active": base}, theirs))
    return any_act, theirs, base, health


def few(*rows, as_of, people=(), **more):
    interactions = [{"time": t, "from": a, "to": b} for t, a, b in rows]
    return toy.build(interactions=interactions, people=people, as_of=as_of, **more)


# -- what may be known -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [False, True])
def test_features_at_a_date_depend_on_nothing_later(directed):
    full, at = find_ties(world(), directed=directed), 300 * DAY
    rows = full.eligible(at, 2)
    past = find_ties(toy.build(**company(), as_of=300), directed=directed)
    then = past.eligible(at, 2)
    assert np.array_equal(full.contacts.a[rows], past.contacts.a[then])
    assert np.array_equal(full.contacts.b[rows], past.contacts.b[then])
    np.testing.assert_allclose(
        feature_matrix(full.moment(at, rows)), feature_matrix(past.moment(at, then)), rtol=1e-12, atol=1e-12
    )


def test_a_model_learns_only_outcomes_known_at_its_date():
    ties = find_ties(world(), directed=False)
    panel = make_panel(ties, reference_dates(ties.contacts, END * DAY, PARAMS), PARAMS)
    at = panel.dates[10]
    unknown = panel.at + panel.horizon > at
    turned = replace(panel, y=np.where(unknown, 1.0 - panel.y, panel.y))
    how = recipe(columns(directed=False))
    one, two = learn(panel, at, how), learn(turned, at, how)
    assert one is not None and two is not None
    assert np.array_equal(one.coefficients, two.coefficients) and one.intercept == two.intercept
    first, second = (walk(x, x.dates[:11], how)[-1] for x in (panel, turned))
    assert np.array_equal(first.p, second.p), "the calibration looked at an outcome that was not known yet"


def test_labels_of_the_model_end_at_as_of():
    for model in fitted()[:2]:
        assert not model.cold_start
        assert END * DAY - 28 * DAY < model.label_cutoff <= model.as_of == END * DAY


# -- the sum, the interval, the points ---------------------------------------------------------------------------


@pytest.mark.parametrize("which", [2, 3])
def test_terms_add_up_to_the_log_odds_and_points_to_a_hundred_times_the_value(which):
    s = fitted()[which]
    ok = np.isfinite(s.value)
    assert ok.sum() > 150
    assert np.abs(np.sum(list(s.terms.values()), axis=0) - s.linked())[ok].max() < 1e-9
    points = np.sum([v for k, v in s.beside.items() if k.startswith("points_")], axis=0)
    assert np.abs(points - 100 * s.value)[ok].max() < 1e-9
    assert ((s.low > 0) & (s.low < s.value) & (s.value < s.high) & (s.high < 1))[ok].all()
    assert "intercept" in s.terms and len(s.terms) == 9
    assert s.accuracy["auc"] > 0.7 and s.accuracy["ece"] < 0.1


def test_value_of_a_tie_silent_for_years_is_low_and_finite():
    rows = [(t, "a", "b") for t in range(0, 60, 3)] + [(3000 + t, "c", "d") for t in range(60)]
    s = active(few(*rows, as_of=3060), PARAMS, Inputs({}, fitted()[0]))
    assert s.value[0] < 0.05 < s.value[1]
    assert s.beside["band"].tolist() == ["poor", "good"]


def test_a_quarterly_tie_is_not_sick_at_a_quarter():
    rows = [(t, "a", "b") for t in range(0, 900, 90)] + [(t, "c", "d") for t in range(0, 700, 5)]
    s = active(few(*rows, as_of=830), PARAMS, Inputs({}, fitted()[0]))
    assert 80 < s.beside["rhythm_days"][0] < 100
    assert s.beside["band"][1] == "poor" and s.beside["band"][0] != "poor", s.value


def test_trend_is_the_change_of_the_value_over_four_weeks():
    p, model = world(), fitted()[0]
    now = fitted()[2]
    before = active(toy.build(**company(), as_of=END - 28), PARAMS, Inputs({}, model))
    keys = {(p.entities.id[a], p.entities.id[b]): i for i, (a, b) in enumerate(zip(now.a, now.b, strict=True))}
    then = toy.build(**company(), as_of=END - 28)
    seen = 0
    for a, b, value in zip(before.a, before.b, before.value, strict=True):
        i = keys[then.entities.id[a], then.entities.id[b]]
        if np.isfinite(value) and np.isfinite(now.value[i]):
            assert now.beside["trend"][i] == pytest.approx(now.value[i] - value, abs=1e-9)
            seen += 1
    assert seen > 100


# -- who is the other side -----------------------------------------------------------------------------------------


def test_without_ours_health_is_the_probability_of_any_interaction_and_says_so():
    p = replace(world(), own_known=False)
    model = fit_relationship_health(p, PARAMS)
    base = active(p, PARAMS, Inputs({}, fit_active(p, PARAMS)))
    s = relationship_health(p, PARAMS, Inputs({"active": base}, model))
    np.testing.assert_array_equal(s.value, base.value)
    assert "health.no_own" in [n.code for n in s.notes]
    assert model.coefficients == fitted()[0].coefficients


def test_colleagues_have_no_other_side():
    people = [{"id": "x", "internal": True}, {"id": "y", "internal": True}]
    rows = [(t, "x", "y") for t in range(60)] + [(t, "x", "z") for t in range(60)]
    p = few(*rows, as_of=60, people=people)
    s = relationship_health(p, PARAMS)
    assert s.beside["directed"].tolist() == [0, 1]
    assert s.value[0] == s.beside["active"][0] and s.value[1] != s.beside["active"][1]
    assert any(n.code == "health.no_other_side" and n.args["count"] == 1 for n in s.notes)


def test_a_contact_who_stopped_answering_is_not_healthy_though_we_keep_writing():
    world_rows = company()["interactions"]
    both = [(t, "r00", "c-answers") for t in range(0, END, 4)] + [(t + 1, "c-answers", "r00") for t in range(0, END, 4)]
    silent = [(t, "r00", "c-silent") for t in range(0, END, 4)] + [(t + 1, "c-silent", "r00") for t in range(0, 400, 4)]
    rows = world_rows + [{"time": t, "from": a, "to": b} for t, a, b in both + silent]
    data = company() | {"interactions": rows}
    p = toy.build(**data, as_of=END)
    base = active(p, PARAMS, Inputs({}, fitted()[0]))
    s = relationship_health(p, PARAMS, Inputs({"active": base}, fitted()[1]))
    rows_of = [s.row_of(p.index["r00"], p.index[c]) for c in ("c-answers", "c-silent")]
    good, bad = (s.value[i] for i in rows_of)
    assert good > 0.7 and bad < 0.5 * good
    assert base.value[rows_of[1]] > 0.7, "we still write, so the tie is active"


# -- thin pasts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "p", [toy.build(as_of=10), toy.build(people=[{"id": "a"}], as_of=10), few((1, "a", "a"), as_of=10)]
)
def test_empty_graphs_and_single_people_make_no_row_and_no_error(p):
    assert fit_active(p, PARAMS).cold_start
    for name, s in (("active", active(p, PARAMS)), ("relationship_health", relationship_health(p, PARAMS))):
        assert s.name == name and len(s) == 0
    assert fit_organization_health(p, PARAMS).cold_start
    assert len(organization_health(p, PARAMS)) == 0


def test_one_interaction_is_not_enough():
    s = active(few((1, "a", "b"), (0, "a", "c"), (40, "a", "c"), as_of=50), PARAMS)
    assert np.isnan(s.value[0]) and np.isfinite(s.value[1])
    reason = s.reasons[s.reason[0]]
    assert (reason.code, reason.args["count"]) == ("health.few_contacts", 1) and s.reason[1] == -1
    assert explain_health(few((1, "a", "b"), as_of=50), PARAMS, Inputs({}), s, 0) == []


def test_more_contacts_asked_for_than_there_are_names_how_many_there_were():
    rows = [(t, "a", "b") for t in range(3)] + [(t, "a", "c") for t in range(1)] + [(t, "b", "c") for t in range(50)]
    s = active(few(*rows, as_of=60), HealthParams(min_contacts=5))
    assert [s.reasons[i].args["count"] for i in s.reason[:2]] == [3, 1] and s.reason[2] == -1


def test_three_days_of_history_are_no_history():
    p = few(*[(t / 10, "a", "b") for t in range(30)], as_of=3)
    s = active(p, PARAMS, Inputs({}, fit_active(p, PARAMS)))
    assert np.isnan(s.value).all() and s.reasons[s.reason[0]].code == "health.short_history"
    assert s.reasons[0].args["days"] == 3.0
    found = measure_health(p, HealthTest(), lambda _what, _part: None)
    assert not found.told and "Cannot be told yet: 3 days of history" in found.verdict.text()


def test_a_short_past_uses_the_marked_prior_with_a_wide_interval():
    p = few(*[(t, "a", "b") for t in range(0, 80, 2)], *[(t, "a", "c") for t in range(0, 30, 3)], as_of=80)
    model = fit_active(p, PARAMS)
    s = active(p, PARAMS, Inputs({}, model))
    assert model.cold_start and "health.cold_start" in [n.code for n in s.notes] and s.accuracy is None
    assert s.value[0] > 0.6 > s.value[1] and (s.high - s.low).min() > 0.1


def test_when_every_tie_is_equal_every_value_is_equal():
    rows = [(t, f"a{i}", f"b{i}") for t in range(0, 400, 7) for i in range(30)]
    p = few(*rows, as_of=400)
    s = active(p, PARAMS, Inputs({}, fit_active(p, PARAMS)))
    assert np.ptp(s.value) < 1e-12 and s.value[0] > 0.5


def test_an_old_model_is_said_to_be_old():
    p = toy.build(**company(), as_of=END + 60)
    assert "health.old_model" in [n.code for n in active(p, PARAMS, Inputs({}, fitted()[0])).notes]


def test_list_and_robot_mail_is_no_contact():
    rows = [{"time": t, "from": "a", "to": "b", "kind": "list_mail"} for t in range(60)]
    assert len(active(toy.build(interactions=rows, as_of=60), PARAMS)) == 0


# -- few dates, bad input ------------------------------------------------------------------------------------------


def three_months(seed):
    """Twenty people of the made-up company over 90 days, and the outcomes of the 28 days after."""
    data = company(seed=seed, ties=900, end=118)
    people = {f"r{i:02d}" for i in range(5)} | {f"c{i:03d}" for i in range(15)}
    rows = [r for r in data["interactions"] if r["from"] in people and r["to"] in people]
    past = [r for r in rows if r["time"] <= 90]
    later = {tuple(sorted((r["from"], r["to"]))) for r in rows if r["time"] > 90}
    return toy.build(interactions=past, as_of=90), later


def test_three_months_of_twenty_people_are_told_better_than_by_recency_and_marked():
    y, said, recency = [], [], []
    for seed in range(8):
        p, later = three_months(seed)
        model = fit_active(p, PARAMS)
        s = active(p, PARAMS, Inputs({}, model))
        codes = {n.code for n in s.notes}
        assert codes & {"health.cold_start", "health.few_dates"}, "a guess must be called one"
        ok = np.isfinite(s.value)
        ties = find_ties(p, directed=False)
        recency += list(-ties.moment(p.as_of, np.flatnonzero(ok)).since)
        ends = zip(s.a[ok], s.b[ok], strict=True)
        y += [float(tuple(sorted(p.entities.id[e].decode() for e in pair)) in later) for pair in ends]
        said += list(s.value[ok])
        assert (s.high - s.low)[ok].mean() > 0.15
    y, said, recency = map(np.array, (y, said, recency))
    assert len(y) > 150 and auc(y, said) > auc(y, recency), (auc(y, said), auc(y, recency))


def test_one_known_date_moves_the_prior_and_many_forget_it():
    cols = columns(directed=False)
    how = recipe(cols)
    ties = find_ties(world(), directed=False)
    panel = make_panel(ties, reference_dates(ties.contacts, END * DAY, PARAMS), PARAMS)
    known, x = how.prior, panel.x[-300:]
    apart = []
    for dates in (1, 4, 16):
        low, high = panel.dates[0], panel.dates[dates - 1]
        part = (panel.at >= low) & (panel.at <= high)
        some = replace(panel, x=panel.x[part], y=panel.y[part], at=panel.at[part])
        apart.append(np.abs(learn(some, END * DAY, how).log_odds(x) - known.log_odds(x)).mean())
    assert 0 < apart[0] < apart[1] < apart[2]


def test_mails_to_oneself_change_nothing():
    data, usual = company(), fitted()[2]
    alone = [{"time": t / 40, "from": f"c{t % 90:03d}", "to": f"c{t % 90:03d}"} for t in range(20_000)]
    p = toy.build(**(data | {"interactions": data["interactions"] + alone}), as_of=END)
    np.testing.assert_array_equal(active(p, PARAMS, Inputs({}, fitted()[0])).value, usual.value)


def test_an_interaction_whose_weight_is_no_number_is_no_contact():
    x = world().interactions
    weight = np.where(np.arange(len(x.time)) % 3, x.weight, np.nan).astype(np.float32)
    p = replace(world(), interactions=replace(x, weight=weight))
    assert len(find_contacts(p)) == (np.arange(len(x.time)) % 3 > 0).sum()
    s = active(p, PARAMS, Inputs({}, fitted()[0]))
    ok = np.isfinite(s.value)
    assert ok.any() and (s.reason[~ok] >= 0).all() and np.isfinite(s.low[ok] + s.high[ok]).all()
    nothing = replace(world(), interactions=replace(x, weight=np.full(len(weight), np.nan, dtype=np.float32)))
    assert len(active(nothing, PARAMS, Inputs({}, fitted()[0]))) == 0 and fit_active(nothing, PARAMS).cold_start


def test_times_before_1970_and_a_clock_that_jumps_are_times_like_others():
    def shifted(days, extra=()):
        rows = [r | {"time": r["time"] - days} for r in company()["interactions"]]
        return toy.build(**(company() | {"interactions": [*extra, *rows]}), as_of=END - days)

    s = active(shifted(11_200), PARAMS, Inputs({}, fitted()[0]))  # a multiple of the day and of four weeks
    np.testing.assert_allclose(s.value, fitted()[2].value, rtol=1e-9)
    wrong = [{"time": -20_000.0, "from": "r00", "to": "c000"}, {"time": -20_001.0, "from": "r00", "to": "c001"}]
    p = shifted(0, wrong)
    model = fit_active(p, PARAMS)
    s = active(p, PARAMS, Inputs({}, model))
    assert not model.cold_start and s.accuracy["auc"] > 0.7
    assert np.isfinite(s.value).sum() >= np.isfinite(fitted()[2].value).sum()
    np.testing.assert_allclose(np.nansum(list(s.terms.values()), axis=0), np.nan_to_num(s.linked()), atol=1e-9)


# -- is a change more than chance ------------------------------------------------------------------------------------


def steady(stopped, end=420, ties=240):
    """Pairs that meet at random at a rate of their own; the first of them stop 26 days before the end."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(ties):
        gap = 3.0 if i < stopped else rng.lognormal(2.4, 0.7)
        t, stop = rng.uniform(0, gap), end - 26 if i < stopped else end
        while t < stop:
            rows.append({"time": t, "from": f"a{i:03d}", "to": f"b{i:03d}"})
            t += rng.exponential(gap)
    return toy.build(interactions=rows, as_of=end)


def test_ties_that_go_on_as_ever_seldom_have_a_trend_and_ties_that_stopped_do():
    p = steady(stopped=20)
    s = active(p, PARAMS, Inputs({}, fit_active(p, PARAMS)))
    z = s.beside["trend_z"]
    stopped = np.isin(s.a, [p.index[f"a{i:03d}"] for i in range(20)])
    told = np.isfinite(z)
    assert (np.abs(z[told & ~stopped]) > 1.645).mean() < 0.12, "chance is told as change"
    assert (z[stopped] < -1.645).mean() > 0.8, "a tie that stopped is told as chance"
    np.testing.assert_allclose(s.beside["trend"][told], (z * s.beside["trend_error"])[told], atol=1e-12)


def test_the_spread_of_changes_is_of_their_middle_and_few_borrow_from_all():
    change = np.concatenate([np.tile([-0.5, 0.5], 500), np.full(100, -9.0)])
    spread = chance_spread(np.full(1100, 10.0), change)
    assert spread[2] == pytest.approx(0.5 * 1.4826, rel=0.02), "the tail counts as chance"
    assert spread[0] == pytest.approx(spread[2], rel=0.02)
    assert chance_spread(np.zeros(0), np.zeros(0)).tolist() == [1.0] * 6


# -- contract --------------------------------------------------------------------------------------------------------


def test_renaming_people_moves_the_values_with_them():
    p, q = world(), toy.build(**company(rename=lambda k: f"{9999 - hash_of(k):05d}"), as_of=END)
    s, t = (active(x, PARAMS, Inputs({}, fit_active(x, PARAMS))) for x in (p, q))
    new = {k: f"{9999 - hash_of(k):05d}" for k in (i.decode() for i in p.entities.id)}
    for i in range(0, len(s), 7):
        ends = [q.index[new[p.entities.id[e].decode()]] for e in (s.a[i], s.b[i])]
        j = t.row_of(*ends)
        assert t.value[j] == pytest.approx(s.value[i], rel=1e-7, nan_ok=True)


def hash_of(key):
    return int(key[1:]) * 3 + {"r": 0, "c": 1, "o": 2}[key[0]]


def test_somebody_without_contacts_changes_nothing():
    data = company()
    alone = toy.build(**(data | {"people": [*data["people"], {"id": "zz"}]}), as_of=END)
    np.testing.assert_allclose(active(alone, PARAMS, Inputs({}, fitted()[0])).value, fitted()[2].value, rtol=1e-12)


def test_the_same_input_gives_the_same_model_and_a_model_survives_json():
    model = fitted()[1]
    assert fit_relationship_health(world(), PARAMS).id == model.id
    again = Model(**json.loads(json.dumps(asdict(model))))
    one, two = (linear_of(m, columns(directed=True)) for m in (model, again))
    assert np.array_equal(one.coefficients, two.coefficients) and np.array_equal(one.covariance, two.covariance)
    expected = {c.name for c in columns(directed=True)} | {"intercept"}
    assert set(model.coefficients) == expected


def test_groups_have_the_sign_people_expect():
    model = fitted()[1]
    for c in columns(directed=True):
        assert c.sign == 0 or model.coefficients[c.name] >= 0, c.name


# -- explain ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [2, 3])
def test_every_group_opens_as_its_kind_and_sums_are_exact(which):
    p, s = world(), fitted()[which]
    row = int(np.nanargmax(s.value))
    found = explain_health(p, PARAMS, Inputs({}), s, row)
    assert [e.term for e in found] == list(s.terms)
    assert {e.kind for e in found} == {"sum", "pointer", "absence", "context", "constant"}
    mine = {int(s.a[row]), int(s.b[row])}
    x = p.interactions
    for e in found:
        assert e.value == s.terms[e.term][row]
        if e.kind == "sum":
            assert e.shares.sum() == pytest.approx(e.value, abs=1e-12) and len(e.shares) == len(e.rows)
        if e.rows is not None:
            at = np.searchsorted(x.row, e.rows)
            assert all({int(x.actor[i]), int(x.target[i])} == mine for i in at)
        assert (e.rows is None) == (e.kind in ("absence", "context", "constant"))
        if e.phrase is not None:
            assert all(e.phrase.text(language) for language in LANGUAGES)


def test_days_beside_two_dates_are_those_of_the_calendar():
    """A contact in the morning and a T at the end of a day lie 36.6 days apart, which the two dates call 36."""
    rows = [(t, "a", "b") for t in (*range(0, 60, 3), 60.4)]
    p = few(*rows, as_of=96.999)
    found = {
        e.term: e.phrase for e in explain_health(p, PARAMS, Inputs({}), active(p, PARAMS, Inputs({}, fitted()[0])), 0)
    }
    assert (found["rhythm"].args["days"], found["recency"].args["days"], found["tenure"].args["days"]) == (36, 36, 96)


def test_both_languages_say_the_same_things():
    assert catalogue("en", "health").keys() == catalogue("zh", "health").keys()


# -- organizations -----------------------------------------------------------------------------------------------------


def test_organization_health_has_its_own_model_and_terms_that_add_up():
    p, health = world(), fitted()[3]
    model = fit_organization_health(p, PARAMS)
    assert not model.cold_start and model.heldout["auc"] > 0.6
    s = organization_health(p, PARAMS, Inputs({"relationship_health": health}, model))
    ok = np.isfinite(s.value)
    assert len(s) == 45 and ok.sum() >= 30
    assert np.abs(np.sum(list(s.terms.values()), axis=0) - s.linked())[ok].max() < 1e-9
    assert (s.beside["warm_ties"] <= s.beside["ties"])[ok].all() and s.beside["warm_ties"].max() >= 1
    row = int(np.nanargmax(s.value))
    found = explain_organization(p, PARAMS, Inputs({}), s, row)
    assert [e.term for e in found] == list(s.terms) and all(e.phrase.text("zh") for e in found)


def test_at_least_one_of_independent_ties_is_the_worse_calibrated_baseline():
    heldout = fit_organization_health(world(), PARAMS).heldout
    assert heldout["ece"] <= heldout["independent_ece"] + 0.02, heldout


def test_warm_ties_that_share_a_person_are_one():
    people = [{"id": "r1", "internal": True}, {"id": "r2", "internal": True}]
    people += [{"id": c, "organization": "acme"} for c in ("c1", "c2", "c3")]
    rows = [(t + i / 10, c, "r1") for t in range(60) for i, c in enumerate(("c1", "c2", "c3"))]
    star = few(*rows, as_of=60, people=people, organizations=[{"id": "acme"}])
    assert organization_health(star, PARAMS).beside["warm_ties"].tolist() == [1.0]
    two = few(*rows, *[(t, "c2", "r2") for t in range(60)], as_of=60, people=people, organizations=[{"id": "acme"}])
    assert organization_health(two, PARAMS).beside["warm_ties"].tolist() == [2.0]


def test_without_ours_no_act_is_towards_us():
    p = toy.build(**(company(ties=5) | {"people": [{"id": "c000", "organization": "o00"}]}), as_of=END)
    s = organization_health(p, PARAMS)
    assert np.isnan(s.value).all() and {s.reasons[i].code for i in s.reason} == {"health.no_own_side"}


# -- evaluation --------------------------------------------------------------------------------------------------------


def evaluate_health(p, start=None, progress=None):
    """Figures of the evaluation, where they can be told."""
    found = measure_health(p, HealthTest(start=start), progress or (lambda _what, _part: None))
    assert found.told, found.verdict.text()
    return dict(found.detail)


def test_on_ties_with_their_own_rhythms_the_model_beats_recency_and_every_formula():
    found = evaluate_health(replace(world(), own_known=False))
    assert found["score"] == "active" and found["test_rows"] > 500
    for name, baseline in found["baselines"].items():
        least = 0.0 if name == "bgnbd" else 0.01  # such ties are what BG/NBD is made for
        assert found["model"]["auc"] > baseline["auc"] + least, (name, found["model"], baseline)
        assert found["model"]["brier"] < baseline["brier"], name
    assert found["model"]["ece"] < 0.06
    others = {"recency", "frequency_90d", "half_life_90d", "half_life_fitted", "breadbox", "pega_90d", "bgnbd"}
    assert set(found["baselines"]) == others
    assert json.loads(json.dumps(found)) == found
    assert sum(r["rows"] for r in found["by_reference"]) == found["test_rows"]


def test_with_ours_known_the_other_sides_acts_are_tested():
    steps = []
    found = evaluate_health(world(), progress=lambda what, part: steps.append(part))
    assert found["score"] == "relationship_health" and "other side" in found["protocol"]
    assert found["model"]["auc"] > max(b["auc"] for b in found["baselines"].values())
    assert steps == sorted(steps) and steps[-1] == 1.0


def test_interactions_before_the_start_do_not_count():
    late = evaluate_health(world(), start=200 * DAY)
    data = company()
    data["interactions"] = [r for r in data["interactions"] if int(r["time"] * DAY) >= 200 * DAY]
    alone = evaluate_health(toy.build(**data, as_of=END), start=200 * DAY)
    one, two = ({k: v for k, v in found["model"].items() if k != "se"} for found in (late, alone))
    assert one == pytest.approx(two) and late["test_rows"] == alone["test_rows"]


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf")])
def test_a_horizon_that_is_no_number_of_days_is_refused(days):
    with pytest.raises(ValidationError, match="horizon"):
        HealthTest(horizon_days=days)


def test_nothing_to_test_is_said():
    found = measure_health(toy.build(as_of=5), HealthTest(), lambda _what, _part: None)
    assert not found.told and "no interaction between two people" in found.verdict.text()


# -- kernels -----------------------------------------------------------------------------------------------------------


def test_contacts_are_distinct_interactions_per_pair_and_meetings_are_acts_of_both():
    rows = [{"time": 1, "from": "a", "to": "b", "id": "m"}, {"time": 1, "from": "a", "to": "c", "id": "m"}]
    rows += [{"time": 1, "from": "b", "to": "a", "id": "m"}, {"time": 2, "from": "a", "to": "b", "kind": "meeting"}]
    c = find_contacts(toy.build(interactions=rows, as_of=3))
    assert c.pair.tolist() == [0, 1, 0] and (c.a.tolist(), c.b.tolist()) == ([0, 0], [1, 2])
    assert c.by_a.tolist() == [True, True, True] and c.by_b.tolist() == [True, False, True]
    assert c.acted.person.tolist() == [0, 1, 0, 1] and c.took_part.person.tolist() == [0, 1, 2, 0, 1]


def drawn_ties(rng, count, size):
    """Pairs a < b of so many people, ascending, and two figures of each."""
    key = np.unique(rng.integers(0, size * size, count))
    a, b = (key // size).astype(np.int32), (key % size).astype(np.int32)
    return a[a < b], b[a < b], rng.uniform(0, 0.3, (2, int((a < b).sum())))


@pytest.mark.parametrize("seed", range(4))
def test_common_contacts_equal_the_product_of_the_matrix(seed):
    n = 40
    a, b, faded = drawn_ties(np.random.default_rng(seed), 400, n)
    live = faded[0] > LIVE
    for found, figure in zip(living((a, b), tuple(faded), n).common(b, a), faded, strict=True):
        weight = np.zeros((n, n))
        weight[a[live], b[live]] = weight[b[live], a[live]] = np.sqrt(np.minimum(1.0, figure[live]))
        np.testing.assert_allclose(found, (weight @ weight)[a, b], atol=1e-12)
        assert found.max() > 0


@pytest.mark.parametrize("seed", range(8))
def test_ties_renewed_around_some_people_are_those_laid_out_anew(seed):
    rng = np.random.default_rng(seed)
    n, more = 30, 4
    image = np.sort(rng.choice(n + more, n, replace=False)).astype(np.int32)
    back = np.full(n + more, -1, dtype=np.int32)
    back[image] = np.arange(n)

    a, b, figures = drawn_ties(rng, 250, n)
    old = living((a, b), tuple(figures), n)
    anew = np.zeros(n + more, dtype=bool)
    anew[rng.choice(n + more, 6, replace=False)] = anew[back < 0] = True
    x, y, drawn_anew = drawn_ties(rng, 300, n + more)
    theirs = anew[x] | anew[y]
    part = living((x[theirs], y[theirs]), tuple(drawn_anew[:, theirs]), n + more)
    kept = ~(anew[image[a]] | anew[image[b]])
    ends = np.r_[image[a[kept]], x[theirs]], np.r_[image[b[kept]], y[theirs]]
    order = np.lexsort(ends[::-1])
    both = np.concatenate((figures[:, kept], drawn_anew[:, theirs]), axis=1)
    whole = living(tuple(e[order] for e in ends), tuple(both[:, order]), n + more)
    found = old.around(part, back, image, anew)
    for name in ("start", "head", "root"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name), err_msg=name)


def renewed(c, at, rows, silence):
    return renewal(ended(c.gaps, at, len(c.a)), rows, silence, hazard(at, c.gaps))


def test_renewal_counts_the_own_gaps_that_outlasted_the_silence():
    rows = [(t, "a", "b") for t in (0, 10, 20, 60)] + [(t, "c", "d") for t in (0, 100)]
    c = find_contacts(few(*rows, as_of=200))
    ab = renewed(c, 200 * DAY, np.array([0, 0, 0]), np.array([5.0, 15.0, 300.0]))
    every = [
        (2 + 1) / (4 + 3),
        (1 + 1) / (2 + 3),
        1 / 3,
    ]  # gaps 10 10 40 100: ended within 28 days of all that are longer
    own = [(2, 3), (1, 1), (0, 0)]
    expected = [(e + 3 * k) / (n + 1 + 3) for (e, n), k in zip(own, every, strict=True)]
    np.testing.assert_allclose(1 / (1 + np.exp(-ab)), expected)
    early = renewed(c, 15 * DAY, np.array([0]), np.array([5.0]))
    assert 1 / (1 + np.exp(-early[0])) == pytest.approx((1 + 3 * 2 / 4) / 5), "a gap that had not ended counts"


def test_together_are_those_addressed_by_others_in_small_rounds():
    rows = [{"time": 1, "from": "x", "to": to, "id": "m"} for to in ("a", "b", "c")]
    rows += [{"time": 2, "from": "x", "to": f"p{i:02d}", "id": "big"} for i in range(12)]
    rows += [{"time": 3, "from": "a", "to": "b"}, {"time": 3, "from": "p00", "to": "p01"}]
    c = find_contacts(toy.build(interactions=rows, as_of=9))
    pairs = [(int(c.a[i]), int(c.b[i])) for i in c.together.pair]
    assert pairs == [(0, 1)] and c.together.weight.tolist() == [1 / 3], "only ties, and no big round"
    assert len(c.together.until(0).time) == 0
