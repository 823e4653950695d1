"""Scores renewed after a few events equal those of a full run; what is more than a few events is computed in full."""

import json
import random

import numpy as np
import pytest

from algorithms.tie_strength import TieStrengthParams, tie_strength
from api import answers
from api.answers import Ask
from graphsvc.clock import read_moment, show_moment
from graphsvc.incremental import between, touched
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")
PEOPLE = [f"p{i}@{'us' if i < 4 else 'them'}.example" for i in range(12)]
KINDS = ("mail", "meeting", "reply", "call")


class World:
    """A workspace that events come into, and the ids of what came."""

    def __init__(self, path, seed):
        self.workspace = Workspace(open_store(f"sqlite:///{path}"), clock=lambda: NOW)
        self.workspace.store.own(["us.example"], OWNER)
        self.random, self.ids = random.Random(seed), []

    def post(self, count, *, people=PEOPLE, again=0.1):
        lines = []
        for _ in range(count):
            one, *others = self.random.sample(people, self.random.choice((2, 2, 3)))
            new = not self.ids or self.random.random() >= again
            ident = f"m{len(self.ids)}" if new else self.random.choice(self.ids)
            self.ids += [ident] if new else []
            moment = show_moment(NOW - self.random.randrange(200) * DAY)
            said = {"id": ident, "time": moment, "from": one, "kind": self.random.choice(KINDS), "channel": "mail"}
            lines += [json.dumps({"table": "interactions", **said, "to": other}) for other in others]
        return answers.records(Ask(self.workspace), "\n".join(lines).encode())

    @property
    def projection(self):
        return self.workspace.projection(self.workspace.moment())

    def scores(self):
        return self.workspace.scores("tie_strength", self.workspace.moment())


@pytest.fixture
def renewals(monkeypatch):
    """What each attempt to renew gave."""
    seen, real = [], Workspace._renewed

    def renewed(self, *given):
        seen.append(real(self, *given))
        return seen[-1]

    monkeypatch.setattr(Workspace, "_renewed", renewed)
    return seen


def same(one, two):
    assert one.a.tolist() == two.a.tolist() and one.b.tolist() == two.b.tolist()
    assert one.notes == two.notes
    for kept, full in ((one.terms, two.terms), (one.beside, two.beside), ({"": one.value}, {"": two.value})):
        assert kept.keys() == full.keys()
        for name in full:
            np.testing.assert_allclose(kept[name], full[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", range(6))
def test_renewed_ties_equal_a_full_run_whatever_comes(tmp_path, renewals, seed):
    world = World(tmp_path / "w.db", seed)
    world.post(150)
    world.scores()
    for step in range(12):
        if step % 5 == 4:
            world.workspace.store.retract("api", "interactions", [world.random.choice(world.ids)])
        else:
            new = [f"n{seed}.{step}@new.example"] if step % 3 == 0 else []
            world.post(world.random.choice((1, 2, 5)), people=[*PEOPLE, *new])
        same(world.scores(), tie_strength(world.projection, TieStrengthParams()))
    assert sum(r is not None for r in renewals) >= 4, "few events were to be taken in without a full run"
    world.workspace.store.close()


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
