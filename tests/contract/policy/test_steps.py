"""Next steps name nobody who must not appear on lists or has left, whoever asks, before and after a scoring."""

from __future__ import annotations

import pytest

from api import answers
from api.answers import Ask
from graphsvc.policy import OWNER
from graphsvc.suggestions import Suggestion
from tests.contract.policy.test_standing import Timed, own

__all__ = ["own"]


def steps(world: Timed, who: str = "owner", **asked: str) -> list[tuple[str, str]]:
    found = world.get(who, "/v1/recommendations", limit=1000, **asked)
    assert found["meta"]["total"] == len(found["items"])
    return [(item["id"], item["state"]) for item in found["items"]]


@pytest.mark.parametrize("end", ["target", "owner", "through"])
def test_an_undecided_step_that_names_a_restricted_person_is_not_shown_and_expires(own: Timed, end: str) -> None:
    store = own.workspace.store
    anna, bo, ada, berta = map(own.id_of, ("anna@us.example", "bo@us.example", "a2@acme.example", "crm-b2"))
    barred, other = Suggestion("ask_introduction", anna, ada, bo), Suggestion("keep_in_touch", anna, berta)
    confirmed = Suggestion("keep_in_touch", anna, ada)
    store.save_suggestions([barred, other, confirmed])
    store.decide(confirmed.id, "confirmed", OWNER)
    all_three = {(barred.id, "proposed"), (other.id, "proposed"), (confirmed.id, "confirmed")}
    assert [all_three <= set(steps(own, who)) for who in ("owner", "anna")] == [True, True]
    named = {"target": ada, "owner": anna, "through": bo}[end]
    store.override("restricted", named, None, 1.0, OWNER, "")
    for who in ("owner", "anna"):
        shown = set(steps(own, who))
        assert (barred.id, "proposed") not in shown, f"{who} still gets a step with a restricted {end}"
        assert (confirmed.id, "confirmed") in shown, "what a person decided stays told"
        assert ((other.id, "proposed") in shown) == (end != "owner")
    answers.refresh_suggestions(Ask(own.workspace))
    assert {s.id: s.state for s in store.suggestions(OWNER)}[barred.id] == "expired"
    assert barred.id not in dict(steps(own)), "expired, it is still about somebody who must not appear"
    store.override("restricted", named, None, None, OWNER, "")
    store.save_suggestions([barred])
    assert (barred.id, "proposed") in steps(own)


def test_a_restricted_account_keeps_its_people_off_the_steps(own: Timed) -> None:
    store = own.workspace.store
    step = Suggestion("keep_in_touch", own.id_of("anna@us.example"), own.id_of("a2@acme.example"))
    store.save_suggestions([step])
    assert step.id in dict(steps(own))
    store.override("restricted", own.id_of("acme"), None, 1.0, OWNER, "")
    assert step.id not in dict(steps(own))
