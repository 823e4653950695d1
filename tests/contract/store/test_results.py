"""What every store promises of results: runs, models, scores, lists and suggestions come back as they were."""

from __future__ import annotations

from typing import Any

import pytest

from graphsvc.errors import InputError, NotFoundError
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, Caller
from graphsvc.scores import Model, Run
from graphsvc.suggestions import Suggestion
from tests.contract.store.company import scores_table


def test_runs_models_and_lists_come_back(store: Any) -> None:
    run = Run("r1", "score", "all", 5, 0.25, 7, 8, 9, "v1", "d", ("m-1",), ("r0",), 3, {"p": 1.5}, {"n": [1]})
    store.save_run(run)
    store.save_run(Run("r2", "fit", "all", 6, 0.1, None, None, 1, "v1"))
    assert store.runs() == [store.runs("fit")[0], run]
    old, new = (
        Model("health", 1, as_of, as_of - 1, "d", {"x": 0.1 + 0.2}, {"knots": [1, 2]}, {"auc": 0.9}) for as_of in (1, 2)
    )
    for model in (old, new, new):
        store.save_model(model)
    assert store.models("health") == [new, old]
    assert store.models("health", as_of=1) == [old]
    assert [m.id for m in store.models()] == [new.id, old.id]
    store.save_list("rep", "2024-W01", "r1", [{"rank": 1}])
    assert store.load_list("rep", "2024-W01") == [{"rank": 1}]
    assert store.load_list("rep", "2024-W02") is None


def test_the_lists_kept_come_newest_first_one_a_week(store: Any) -> None:
    for rep, week in (("a", "2024-W09"), ("a", "2024-W10"), ("b", "2024-W11"), ("team:x", "2024-W10")):
        store.save_list(rep, week, "r1", [{"rep": rep, "week": week}])
    store.save_list("team:y", "2024-W10", "r1", [])
    store.save_list("team:y", "2024-W11", "r1", [])
    assert store.load_lists("a") == [(w, [{"rep": "a", "week": w}]) for w in ("2024-W10", "2024-W09")]
    assert store.load_lists("nobody") == []
    assert store.load_lists("team:") == [("2024-W11", []), ("2024-W10", [{"rep": "team:x", "week": "2024-W10"}])]


def test_scores_come_back_as_they_were(store: Any) -> None:
    run = Run("r1", "score", "depth", 1, 0.1, 1, 1, 1, "v")
    store.save_run(run)
    table = scores_table(["a", "b", "c"])
    for _ in range(2):  # saving again replaces
        store.save_scores(run, "depth", table)
    kept = store.load_scores("depth", "r1")
    assert kept is not None
    assert kept.equals(table, check_metadata=True)
    assert store.load_scores("breadth", "r1") is None
    store.save_scores(run, "breadth", table.slice(0, 0))
    empty = store.load_scores("breadth", "r1")
    assert empty is not None
    assert empty.schema == table.schema


def test_prune_keeps_the_newest_scores_and_all_lineage(store: Any) -> None:
    for i in range(3):
        run = Run(f"r{i}", "score", "depth", i, 0.1, 1, 1, 1, "v")
        store.save_run(run)
        store.save_scores(run, "depth", scores_table(["a"]))
    assert store.prune(1) == 2
    assert [store.load_scores("depth", f"r{i}") is not None for i in range(3)] == [False, False, True]
    assert len(store.runs("score")) == 3


def test_declined_suggestions_stay_declined(store: Any) -> None:
    first = Suggestion("reconnect", "rep", "x", gain=1.0, reasons=(phrase("store.busy", path="p", seconds=1),))
    second = Suggestion("invite", "rep", "y", gain=2.0, evidence=(("interactions", 7),))
    assert store.save_suggestions([first, second]) == 2
    assert store.suggestions(OWNER) == [second, first]
    declined = store.decide(first.id, "declined", OWNER, "not now")
    assert (declined.state, declined.author, declined.reason) == ("declined", "owner", "not now")
    again = Suggestion("reconnect", "rep", "x", gain=9.0)
    better = Suggestion("invite", "rep", "y", gain=3.0)
    assert store.save_suggestions([again, better]) == 0
    assert store.suggestions(OWNER, "declined") == [declined]
    assert [s.gain for s in store.suggestions(OWNER, "proposed")] == [3.0]
    with pytest.raises(InputError):
        store.decide(first.id, "confirmed", OWNER)
    with pytest.raises(NotFoundError):
        store.decide("nope", "declined", OWNER)


def test_a_rep_sees_and_decides_own_suggestions_only(store: Any) -> None:
    mine, theirs = Suggestion("invite", "me", "x"), Suggestion("invite", "you", "x")
    store.save_suggestions([mine, theirs])
    rep = Caller(entity="me", roles=frozenset({"rep"}), name="key-1")
    assert store.suggestions(rep) == [mine]
    assert store.suggestions(rep, owner="you") == []
    with pytest.raises(NotFoundError):
        store.decide(theirs.id, "declined", rep)
    assert store.decide(mine.id, "snoozed", rep, until=5).until == 5


def test_only_proposed_suggestions_expire_and_what_is_found_again_is_proposed_again(store: Any) -> None:
    found = [Suggestion("reconnect", "rep", "x"), Suggestion("rest", "rep", "x")]
    store.save_suggestions(found)
    store.decide(found[1].id, "confirmed", OWNER)
    assert store.expire_suggestions([s.id for s in found]) == 1
    assert {s.play: s.state for s in store.suggestions(OWNER)} == {"reconnect": "expired", "rest": "confirmed"}
    assert store.save_suggestions(found) == 0
    assert {s.play: s.state for s in store.suggestions(OWNER)} == {"reconnect": "proposed", "rest": "confirmed"}
