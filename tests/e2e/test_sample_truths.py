"""The product finds every truth planted in the sample company, and does not fall for its decoys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from api.answers import Ask, explain, paths, top, why_not
from graphsvc.pipeline import sync_named
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.sample import write_sample
from graphsvc.stores import open_store
from graphsvc.tabular import ranks
from graphsvc.workspace import Workspace


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Mapping[str, Any]]]:
    """The whole sample company, synced as its README says; and its truths."""
    folder = tmp_path_factory.mktemp("company")
    write_sample(folder)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    store = open_store(f"sqlite:///{folder}/w.db")
    for source in ("crm", "tables", "mail"):
        report = sync_named(store, source, {"path": folder / source})
        assert report.total.quarantined == 0, f"{source}: rows of the sample ended in quarantine"
    store.own([truth["own"]], OWNER)
    yield Ask(Workspace(store)), truth["truths"]
    store.close()


def beside(ask: Ask, score: str, key: str, column: str) -> Any:
    scores = ask.scores(score)
    row = scores.row_of(ask.find(key))
    assert row is not None
    return np.asarray(scores.beside[column])[row].item()


def rank(ask: Ask, score: str, key: str, label: str | None = None) -> int:
    scores = ask.scores(score)
    row = scores.row_of(ask.find(key, label))
    assert row is not None
    return int(ranks(scores, ask.projection)[row])


def test_the_cto_whose_design_23_peers_adopted_is_a_hidden_influencer(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["hidden_influencer"]
    who = planted["person"]["key"]
    answer = explain(ask, "influence", who)
    assert answer.score.value == pytest.approx(23.0), "all 23 adoptions go back to the CTO, at once or along chains"
    assert answer.score.terms["direct"] > 11.5, "most of them directly"
    assert beside(ask, "influence", who, "hidden") is True
    assert rank(ask, "influence", who) <= 10
    direct = next(t for t in answer.terms if t.term == "direct")
    assert {e.from_ for e in direct.evidence} >= {
        ask.described([ask.find(a["key"])])[ask.find(a["key"])].key for a in planted["adopters"]
    }, "the adoptions behind the credit can be opened"
    vice_president = planted["decoys"][0]
    assert beside(ask, "influence", vice_president["key"], "hidden") is False, "many mails are no influence"


def test_the_dying_tie_has_lost_its_health_and_is_high_on_the_reps_list(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["dying_tie"]
    rep, contact = planted["rep"]["key"], planted["contact"]["key"]
    now = ask.scores("relationship_health")
    row = now.row_of(ask.find(rep), ask.find(contact))
    assert row is not None
    assert now.value[row] < 0.5 and str(now.beside["band"][row]) != "good", (
        "a weekly tie, silent for weeks, is not good"
    )
    assert float(now.beside["trend"][row]) < -0.2
    before = Ask(ask.workspace, as_of=ask.projection.as_of - 84 * DAY)
    then = before.scores("relationship_health")
    healthy = then.value[then.row_of(before.find(rep), before.find(contact))]
    assert healthy - now.value[row] > 0.4, "health fell since the tie began to fade"
    mine = [i for i in top(ask, rep).items if ask.find(i.key) == ask.find(contact)]
    assert mine and mine[0].rank <= 5 and mine[0].play in ("reconnect", "keep_in_touch")


def test_a_contact_who_stopped_answering_has_poor_health_though_the_rep_writes_on(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["ignored_rep"]
    rep, contact = ask.find(planted["rep"]["key"]), ask.find(planted["contact"]["key"])
    health, active = ask.scores("relationship_health"), ask.scores("active")
    mine = health.value[health.row_of(rep, contact)]
    assert mine < 0.3, "the other side will most likely not act"
    assert active.value[active.row_of(rep, contact)] > 0.7, "something will happen: the rep writes every week"
    strength = ask.scores("tie_strength")
    assert strength.beside["reciprocity"][strength.row_of(rep, contact)] < 0.7
    reasons = why_not(ask, planted["rep"]["key"], planted["contact"]["key"]).reasons
    assert any("not answered our last" in r for r in reasons), "the list says why writing again is no use"


def test_the_referral_star_stands_out(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["referral_star"]
    organization = planted["organization"]["key"]
    assert beside(ask, "ecosystem", organization, "referrals") == len(planted["referred"])
    assert rank(ask, "breadth", planted["person"]["key"], "person") <= 60


def test_a_supply_chain_sharing_one_pain_is_in_the_graph(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    chain = [ask.find(key, "organization") for key in truths["supply_chain"]["organizations"]]
    p = ask.projection
    supplies, pain = p.facts_of("SUPPLIES"), p.facts_of("HAS_PAIN")
    pairs = set(zip(supplies.subject.tolist(), supplies.object.tolist(), strict=True))
    assert all(step in pairs for step in pairwise(chain))
    topics = [set(pain.object[pain.subject == o].tolist()) for o in chain]
    assert set.intersection(*topics), "every company of the chain has the one pain"


def test_an_overloaded_contact_is_on_nobodys_list_and_the_reason_is_told(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["overloaded_account"]
    contact = ask.find(planted["contact"]["key"])
    for colleague in planted["colleagues"]:
        rep = colleague["key"] if isinstance(colleague, dict) else colleague
        assert contact not in [ask.find(i.key) for i in top(ask, rep).items]
        assert any("5" in reason for reason in why_not(ask, rep, planted["contact"]["key"]).reasons)


def test_inflated_relations_are_not_assessed_and_say_what_is_missing(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    scores = ask.scores("ecosystem")
    for organization in truths["inflated"]["organizations"]:
        row = scores.row_of(ask.find(organization["key"], "organization"))
        assert row is not None and np.isnan(scores.value[row])
        assert scores.reason is not None
        assert "2 of 3" in scores.reasons[scores.reason[row]].text("en")


def test_the_pivot_and_the_lighthouse_have_their_verdicts(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    assert beside(ask, "ecosystem", truths["pivot"]["organization"]["key"], "verdict") == "pivot"
    assert beside(ask, "ecosystem", truths["lighthouse"]["organization"]["key"], "verdict") == "lighthouse"


def test_a_person_who_left_is_on_no_path_and_no_list(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["left_person"]
    who = ask.find(planted["person"]["key"])
    assert bool(ask.projection.entities.left[who])
    assert paths(ask, planted["person"]["key"]).paths == []
    x = ask.projection.interactions
    reps = {int(a) for a in x.actor[x.target == who] if ask.projection.entities.internal[a]}
    assert reps, "colleagues were in touch with the person before"
    for rep in sorted(reps)[:3]:
        key = ask.described([rep])[rep].key
        assert who not in [ask.find(i.key) for i in top(ask, key).items]


def test_the_planted_introduction_is_the_best_path(company: tuple[Ask, Any]) -> None:
    ask, truths = company
    planted = truths["referral_path"]
    rep = planted["rep"] if isinstance(planted["rep"], str) else planted["rep"]["key"]
    target = planted["target"] if isinstance(planted["target"], str) else planted["target"]["key"]
    best = paths(ask, target, rep).paths[0]
    found = [ask.find(best.hops[0].from_), *(ask.find(h.to) for h in best.hops)]
    assert found == [ask.find(k) for k in planted["path"]]
    product = np.prod([h.probability for h in best.hops])
    assert best.probability == pytest.approx(product, rel=1e-12)
    assert sum(h.weakest for h in best.hops) == 1
