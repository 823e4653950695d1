"""What is told of the state after records came in: that of its graph, without making one."""

import json

import pytest

from api import answers
from api.answers import Ask
from graphsvc.clock import read_moment, show_moment
from graphsvc.policy import OWNER, Caller
from graphsvc.projection import DAY
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")


@pytest.fixture
def workspace(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    yield Workspace(store, clock=lambda: NOW)
    store.close()


def lines(*rows):
    said = [{"table": "interactions", "from": "a@us.example", "to": "b@them.example", **row} for row in rows]
    return "\n".join(map(json.dumps, said)).encode()


def at(days):
    return show_moment(NOW - int(days * DAY))


ROWS = (
    {"time": at(3), "channel": "mail"},
    {"time": at(2), "channel": "phone", "kind": "call"},
    {"time": at(9), "channel": "mail"},
    {"time": at(1), "from": "c@them.example"},
    {"time": at(-0.9), "channel": "fair"},  # later today than T: not yet
)


@pytest.mark.parametrize("own", [True, False])
def test_records_are_answered_with_the_meta_of_the_graph_they_make(workspace, own):
    if own:
        workspace.store.own(["us.example"], OWNER)
    for row in ROWS:
        told = answers.records(Ask(workspace), lines(row)).meta
        graph_made = workspace.projection_kept(workspace.moment())
        assert (graph_made is None) == own, "where ours are said by domain no graph is made for an answer to records"
        assert told == Ask(workspace).meta()
    assert len(told.channels) == 3
    assert told.own_known == own and told.sequence == workspace.store.sequence


def test_who_may_only_write_learns_nothing_of_the_channels(workspace):
    workspace.store.own(["us.example"], OWNER)
    answers.records(Ask(workspace), lines(*ROWS))
    told = answers.records(Ask(workspace, Caller("hook", scopes=frozenset({"write"}))), lines(ROWS[0])).meta
    assert told.channels == [] and told.missing_channels == [] and told.own_known
