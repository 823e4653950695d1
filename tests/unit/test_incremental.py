"""Scores renewed after a few events equal those of a full run; what is more than a few events is computed in full.

Every algorithm that can be renewed is found by itself and checked on the same histories.
"""

import importlib
import json
import random
import threading
from dataclasses import fields, replace

import numpy as np
import pytest

from algorithms.outreach import OutreachParams
from algorithms.path_network import hop_probabilities, renewed_hops
from algorithms.response import response
from algorithms.tie_strength import TieStrengthParams, tie_strength
from algorithms.weekly import weekly
from api import answers
from api.answers import Ask
from api.answers.paths import network
from api.server import Preparation
from graphsvc import canary, pipeline
from graphsvc.clock import read_moment, show_moment
from graphsvc.incremental import between, inserted, touched
from graphsvc.model import Label
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.registry import Inputs, algorithms
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")
PEOPLE = [f"p{i}@{'us' if i < 4 else 'them' if i < 9 else 'they'}.example" for i in range(14)]
KINDS = ("mail", "meeting", "reply", "call")
RENEWED = [spec.name for spec in algorithms().values() if spec.rescore is not None]


class World:
    """A workspace that events come into, and the ids of what came."""

    def __init__(self, path, seed):
        self.now = NOW
        self.workspace = Workspace(open_store(f"sqlite:///{path}"), clock=lambda: self.now)
        self.workspace.store.own(["us.example"], OWNER)
        self.random, self.ids = random.Random(seed), []
        said = {"table": "facts", "kind": "WORKS_AT"}
        jobs = [{**said, "subject": who, "object": f"c{i % 5}.example"} for i, who in enumerate(PEOPLE) if i > 3]
        answers.records(Ask(self.workspace), "\n".join(map(json.dumps, jobs)).encode())

    def post(self, count, *, people=PEOPLE, again=0.1, days=400):
        lines = []
        for _ in range(count):
            one, *others = self.random.sample(people, min(len(people), self.random.choice((2, 2, 3, 4))))
            new = not self.ids or self.random.random() >= again
            ident = f"m{len(self.ids)}" if new else self.random.choice(self.ids)
            self.ids += [ident] if new else []
            moment = show_moment(self.now - self.random.randrange(days) * DAY)
            said = {"id": ident, "time": moment, "from": one, "kind": self.random.choice(KINDS)}
            said["channel"] = self.random.choice(("mail", "phone"))
            lines += [json.dumps({"table": "interactions", **said, "to": other}) for other in others]
        return answers.records(Ask(self.workspace), "\n".join(lines).encode())

    @property
    def projection(self):
        return self.workspace.projection(self.workspace.moment())

    def scores(self, name="tie_strength"):
        return self.workspace.scores(name, self.workspace.moment())

    def fit(self):
        pipeline.fit(self.workspace, self.workspace.moment())

    def full(self, name):
        """A score computed from nothing, with the same models."""
        models = {m.id: m for m in self.workspace.store.models()}
        p, made = replace(self.projection), {}

        def compute(name):
            if name not in made:
                spec = algorithms()[name]
                model = models.get(self.scores(name).model_id)
                made[name] = spec.compute(p, spec.params(), Inputs({n: compute(n) for n in spec.uses}, model))
            return made[name]

        return compute(name)

    def known(self, text):
        return self.workspace.store.resolve(text, OWNER)[0].id

    def change(self, what):
        """Something that is no new event."""
        store = self.workspace.store
        if what == "retract":
            store.retract("api", "interactions", [self.random.choice(self.ids)])
        elif what == "merge":
            store.link(self.known(PEOPLE[12]), self.known(PEOPLE[7]), OWNER)
        elif what == "split":
            store.split(self.known(PEOPLE[12]), None, OWNER)
        elif what == "erase":
            store.erase(self.known(PEOPLE[11]), OWNER)
        elif what == "day":
            self.now += DAY
        elif what == "override":
            store.override("tie_strength", *(self.known(k) for k in PEOPLE[:2]), self.random.random(), OWNER, "met")
        else:
            self.post(1, people=[*PEOPLE, f"n{len(self.ids)}@new.example"])


@pytest.fixture
def renewals(monkeypatch):
    """What each attempt to renew gave."""
    seen, real = [], Workspace._renewed

    def renewed(self, *given):
        seen.append(real(self, *given))
        return seen[-1]

    monkeypatch.setattr(Workspace, "_renewed", renewed)
    return seen


def same(one, two, rtol=1e-9):
    assert one.a.tolist() == two.a.tolist()
    assert (one.b is None and two.b is None) or one.b.tolist() == two.b.tolist()
    assert one.notes == two.notes and one.accuracy == two.accuracy
    columns = ((one.terms, two.terms), (one.beside, two.beside), (_single(one), _single(two)))
    for kept, full in columns:
        assert kept.keys() == full.keys()
        for name in full:
            if full[name].dtype.kind == "U":
                assert kept[name].tolist() == full[name].tolist()
            else:
                np.testing.assert_allclose(kept[name], full[name], rtol=rtol, atol=1e-12, err_msg=name)
    if two.reason is not None:
        assert [str(one.reasons[i]) for i in one.reason[one.reason >= 0]] == [
            str(two.reasons[i]) for i in two.reason[two.reason >= 0]
        ]


def _single(s):
    columns = {"value": s.value, "low": s.low, "high": s.high, "reason": s.reason}
    return {k: v for k, v in columns.items() if v is not None}


@pytest.mark.parametrize("seed", range(6))
def test_renewed_ties_equal_a_full_run_whatever_comes(tmp_path, renewals, seed):
    world = World(tmp_path / "w.db", seed)
    world.post(150)
    world.scores()
    for step in range(12):
        if step % 5 == 4:
            world.change("retract")
        else:
            new = [f"n{seed}.{step}@new.example"] if step % 3 == 0 else []
            world.post(world.random.choice((1, 2, 5)), people=[*PEOPLE, *new])
        same(world.scores(), tie_strength(world.projection, TieStrengthParams()))
    assert sum(r is not None for r in renewals) >= 4, "few events were to be taken in without a full run"
    world.workspace.store.close()


HISTORY = "- late - retract - somebody - merge late split - day - override erase -".replace("-", "event").split()


@pytest.mark.parametrize("seed", range(4))
def test_every_score_that_is_renewed_equals_a_full_run_whatever_comes(tmp_path, renewals, seed):
    world = World(tmp_path / "w.db", seed)
    world.post(400)
    world.fit()
    order = [*RENEWED]
    for step, what in enumerate(("event", *HISTORY)):
        if what in ("event", "late"):
            world.post(world.random.choice((1, 2, 5)), again=0.1 * (what == "late"), days=400 if what == "late" else 20)
        else:
            world.change(what)
        world.random.shuffle(order)  # whichever is asked for first
        for name in order[step % 2 :]:  # and not each of them every time
            same(world.scores(name), world.full(name))
    told = [r.name for r in renewals if r is not None]
    assert all(told.count(name) >= 4 for name in RENEWED), "few events were to be taken in without a full run"
    world.workspace.store.close()


def rows_of(graph):
    return [graph.rows.node, graph.rows.links, graph.probability, graph.pass_on, np.array([graph.dearest])]


@pytest.mark.parametrize("seed", range(4))
def test_a_network_of_paths_that_is_renewed_equals_one_built_anew(tmp_path, monkeypatch, seed):
    seen = []
    module = importlib.import_module("api.answers.paths")  # its name in the package is that of a function
    monkeypatch.setattr(module, "renewed_hops", lambda *given: seen.append(renewed_hops(*given)) or seen[-1])
    world = World(tmp_path / "w.db", seed)
    world.post(300)
    world.fit()
    for what in ("event", *HISTORY, "ask", "event"):
        if what in ("event", "late"):
            world.post(world.random.choice((1, 2, 5)), again=0.1 * (what == "late"), days=400 if what == "late" else 20)
        elif what == "ask":
            rows = [{"subject": PEOPLE[0], "kind": "ASKED_INTRODUCTION", "object": PEOPLE[5], "role": "no"}]
            lines = [json.dumps({"table": "facts", **row}) for row in rows]
            answers.records(Ask(world.workspace), "\n".join(lines).encode())
        else:
            world.change(what)
        ask = Ask(world.workspace)
        scores = [world.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health")]
        found, full = network(ask), hop_probabilities(ask.projection, *scores)
        for one, two in zip(rows_of(found.graph), rows_of(full.graph), strict=True):
            np.testing.assert_array_equal(one, two)
        for f in fields(found.table):
            np.testing.assert_array_equal(getattr(found.table, f.name), getattr(full.table, f.name), err_msg=f.name)
        assert found.typical == full.typical and found.team.tolist() == full.team.tolist()
    assert sum(n is not None for n in seen) >= 4, "few events were to be taken in without building all anew"
    world.workspace.store.close()


def test_scores_that_a_run_kept_are_renewed_to_the_digits_that_are_kept(tmp_path, renewals):
    world = World(tmp_path / "w.db", 8)
    world.post(400)
    world.fit()
    pipeline.score(world.workspace, world.workspace.moment())
    world.workspace = Workspace(open_store(f"sqlite:///{tmp_path / 'w.db'}"), clock=lambda: world.now)
    for name in RENEWED:
        world.scores(name)
    world.post(3, again=0.0, days=20)
    for name in RENEWED:
        same(world.scores(name), world.full(name), rtol=1e-8)
    assert [r.name for r in renewals if r is not None] == RENEWED
    world.workspace.store.close()


def test_a_score_is_not_renewed_from_one_that_rested_on_another_model_of_a_score_it_uses(tmp_path):
    world = World(tmp_path / "w.db", 5)
    world.post(400)
    world.fit()
    world.post(60)
    before = [world.scores(name) for name in ("active", "relationship_health", "organization_health")]
    (fitted,) = pipeline.fit(world.workspace, world.workspace.moment(), ["active"])
    if world.scores("active").model_id == before[0].model_id:
        canary.decide(world.workspace, fitted, "active", OWNER, "the test asks for it")
    world.post(1, people=PEOPLE[:2], days=20)
    assert world.scores("active").model_id != before[0].model_id, "another model was to score"
    for name in ("active", "relationship_health", "organization_health"):
        same(world.scores(name), world.full(name))
    world.workspace.store.close()


@pytest.mark.parametrize("seed", range(3))
def test_lists_after_events_equal_those_of_a_graph_that_was_never_asked(tmp_path, seed):
    world = World(tmp_path / "w.db", seed)
    world.post(300)
    for what in ("event", *HISTORY[:8]):
        if what in ("event", "late"):
            world.post(3, again=0.0, days=400 if what == "late" else 20)
        else:
            world.change(what)
        p, moment = world.projection, world.workspace.moment()
        scores = {n: world.workspace.effective(n, moment) for n in ("tie_strength", "relationship_health", "active")}
        reps = [*np.flatnonzero(p.entities.internal & (p.entities.label == Label.PERSON)).tolist(), None]
        world.random.shuffle(reps)  # what one list leaves behind serves the next
        for rep in reps:
            assert str(weekly(p, scores, rep=rep)) == str(weekly(replace(p), scores, rep=rep))
        fewer = dict(list(scores.items())[1:])
        assert str(weekly(p, fewer, rep=reps[0])) == str(weekly(replace(p), fewer, rep=reps[0]))
        strict = OutreachParams(fatigue_days=5.0)
        assert str(weekly(p, scores, rep=None, params=strict)) == str(
            weekly(replace(p), scores, rep=None, params=strict)
        )
    world.workspace.store.close()


def test_of_organizations_only_those_of_the_people_of_new_events_are_made_anew(tmp_path, monkeypatch):
    world = World(tmp_path / "w.db", 3)
    world.post(400)
    world.fit()
    world.scores("organization_health")
    module, seen = importlib.import_module("algorithms.organization_health"), []
    real = module._as_scores
    monkeypatch.setattr(module, "_as_scores", lambda *given: seen.append(real(*given)) or seen[-1])
    world.post(1, people=PEOPLE[4:6], again=0.0, days=20)  # two customers: no tie of ours but theirs
    same(world.scores("organization_health"), world.full("organization_health"))
    homes = {int(world.projection.entities.organization[i]) for i in touched_people(world)}
    assert set(seen[0].a.tolist()) == homes and len(homes) < len(world.projection.organizations) == len(seen[1])
    world.workspace.store.close()


def touched_people(world):
    x = world.projection.interactions
    last = int(np.argmax(x.row))
    return [int(x.actor[last]), int(x.target[last])]


def test_what_the_first_event_after_a_start_renews_is_ready_then(tmp_path, monkeypatch):
    world = World(tmp_path / "w.db", 6)
    world.post(400)
    world.fit()
    pipeline.score(world.workspace, world.workspace.moment())
    world.workspace = Workspace(open_store(f"sqlite:///{tmp_path / 'w.db'}"), clock=lambda: world.now)
    Preparation(world.workspace)
    for thread in threading.enumerate():
        if thread.name == "graphsvc-prepare":
            thread.join(60)
    world.post(2, again=0.0, days=20)

    def in_full(*_, **__):
        raise AssertionError("made in full of all there is")

    for module, name in (("api.answers.paths", "hop_probabilities"), ("algorithms.health_renewal", "find_context")):
        monkeypatch.setattr(importlib.import_module(module), name, in_full)
    assert len(network(Ask(world.workspace)).table) and len(world.scores("relationship_health"))
    world.workspace.store.close()


def test_who_is_found_by_id_is_found_in_each_graph_by_its_own(tmp_path):
    world = World(tmp_path / "w.db", 7)
    world.post(40)
    for people in (PEOPLE, [*PEOPLE, "a@new.example"], PEOPLE):
        world.post(3, people=people, again=0.0)
        p = world.projection
        assert p.index == {ident.decode(): i for i, ident in enumerate(p.entities.id.tolist())}
    world.workspace.store.close()


def test_values_are_inserted_where_they_belong():
    column, place = np.arange(10.0), np.array([0, 3, 3, 10])
    values = np.array([-1.0, -2.0, -3.0, -4.0])
    np.testing.assert_array_equal(inserted(column, place, values), np.insert(column, place, values))
    assert inserted(column, place[:0], values[:0]) is not column


def test_only_the_ties_of_the_people_of_new_events_are_looked_at(tmp_path):
    world = World(tmp_path / "w.db", 1)
    world.post(150)
    old = world.projection
    world.post(1, people=PEOPLE[:3], again=0.0)
    new = world.projection
    what = touched(old, new)
    ends = {new.entities.id[i] for r in what.rows for i in (new.interactions.actor[r], new.interactions.target[r])}
    assert {new.entities.id[i] for i in np.flatnonzero(what.people)} == ends and len(ends) <= 3
    part = between(new, what)
    assert 0 < len(part.interactions) < len(new.interactions) / 4
    world.workspace.store.close()


@pytest.mark.parametrize("change", ["a new word", "a retraction", "an override", "very many"])
def test_whatever_is_more_than_a_few_events_is_computed_in_full(tmp_path, change):
    world = World(tmp_path / "w.db", 2)
    world.post(60)
    old, store = world.projection, world.workspace.store
    if change == "a new word":
        row = {"table": "interactions", "time": show_moment(NOW), "from": PEOPLE[0], "to": PEOPLE[1], "kind": "visit"}
        answers.records(Ask(world.workspace), json.dumps(row).encode())
    elif change == "a retraction":
        store.retract("api", "interactions", world.ids[:1])
    elif change == "an override":
        ids = sorted(c.id for key in PEOPLE[:2] for c in store.resolve(key, OWNER))
        store.override("tie_strength", *ids, 3.0, OWNER, "we met")
    else:
        world.post(60)
    assert touched(old, world.projection) is None
    same(world.scores(), tie_strength(world.projection, TieStrengthParams()))
    store.close()


def test_somebody_new_does_not_ask_for_a_full_run(tmp_path, renewals):
    world = World(tmp_path / "w.db", 4)
    world.post(60)
    world.scores()
    old = world.projection
    world.post(2, people=["a@new.example", "z@new.example", "m@new.example"], again=0.0)
    assert len(world.projection) > len(old) and touched(old, world.projection) is not None
    same(world.scores(), tie_strength(world.projection, TieStrengthParams()))
    assert renewals[-1] is not None
    world.workspace.store.close()


def test_nothing_is_renewed_from_another_moment(tmp_path):
    world = World(tmp_path / "w.db", 3)
    world.post(40)
    workspace, now = world.workspace, world.projection
    earlier = workspace.projection(workspace.moment(now.as_of - 30 * DAY))
    assert touched(earlier, now) is None
    world.workspace.store.close()


@pytest.mark.parametrize(("days", "carried"), [(0, True), (40, False)])
def test_rates_of_answers_stay_for_the_day_unless_something_comes_late(tmp_path, days, carried):
    world = World(tmp_path / "w.db", 5)
    world.post(400)
    old = world.projection
    before = response(old)
    moment = show_moment(world.now - days * DAY - 3_600_000_000)
    row = {
        "table": "interactions",
        "time": moment,
        "from": PEOPLE[0],
        "to": PEOPLE[6],
        "kind": "mail",
        "channel": "mail",
    }
    answers.records(Ask(world.workspace), json.dumps(row).encode())
    new = world.projection
    assert (response(new) is before) == carried
    anew = response(replace(new))
    np.testing.assert_array_equal(response(new).rates, anew.rates)
    np.testing.assert_array_equal(response(new).episodes, anew.episodes)
    world.workspace.store.close()
