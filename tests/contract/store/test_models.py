"""What every store promises of the history of models: it only grows, in one order, and nobody decides on stale news."""

from __future__ import annotations

from typing import Any

from graphsvc.models import RULE, ModelState, standing
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER
from tests.contract.store.company import MakeStore, fill, only, page, person


def entry(model: str, state: Any, score: str = "active", **more: Any) -> ModelState:
    return ModelState(model, score, state, 5, RULE, phrase("models.replaced", id="m2"), **more)


def test_the_history_comes_back_as_it_was_in_the_order_it_was_told(store: Any) -> None:
    assert (store.last_model_state, store.model_states()) == (0, [])
    said = entry("m1", "frozen", said="Ask Ada first", detail={"psi": 0.1 + 0.2, "causes": ["shift"]})
    assert store.add_model_states([entry("m1", "active")], 0)
    assert store.add_model_states([said, entry("m2", "candidate"), entry("x", "active", "influence")], 1)
    history = store.model_states()
    assert [s.pk for s in history] == [1, 2, 3, 4] and store.last_model_state == 4
    assert history[1] == ModelState(**{**vars(said), "pk": 2}), "everything is kept, floats to the bit"
    assert [s.model for s in store.model_states("influence")] == ["x"]
    stand = standing(history, "active")
    assert stand.scoring is not None and stand.candidate is not None
    assert (stand.scoring.model, stand.candidate.model, stand.last) == ("m1", "m2", 4)


def test_a_decision_on_a_state_that_changed_meanwhile_is_not_kept(store: Any) -> None:
    assert store.add_model_states([entry("m1", "active")], 0)
    assert not store.add_model_states([entry("m2", "active")], 0), "somebody decided meanwhile"
    assert not store.add_model_states([entry("m2", "active")], 7)
    assert [s.model for s in store.model_states()] == ["m1"]
    assert store.add_model_states([], 1) and store.last_model_state == 1


def test_a_second_opener_sees_the_history(make_store: MakeStore) -> None:
    make_store("main").add_model_states([entry("m1", "active")], 0)
    again = make_store("main")
    assert [s.model for s in again.model_states()] == ["m1"]
    assert again.add_model_states([entry("m1", "frozen")], 1)


def test_an_erasure_keeps_the_history_and_takes_names_out_of_reasons(store: Any) -> None:
    fill(store)
    store.merge(page("people", [person("k77", "Zerlina Quaxelberg", "zq@private-quax.org")]))
    told = [entry("m1", "active", said="Zerlina Quaxelberg asked"), entry("m1", "frozen", said="a source is broken")]
    store.add_model_states(told, 0)

    counts = store.erase(only(store, "zq@private-quax.org"), OWNER)

    assert counts["model_states"] == 1
    assert [(s.state, s.said) for s in store.model_states()] == [("active", None), ("frozen", "a source is broken")]
