"""Influence on real pasts: farmers and hybrid corn, topics in Enron's mail; and planted companies of several seeds.

``python -m pytest tests/truth/test_influence_real.py -m "data or slow" -s`` prints the figures of docs/accuracy.md.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from algorithms.evaluate_influence import InfluenceTest, evaluate_influence
from algorithms.influence import InfluenceParams, influence
from graphsvc import toy
from graphsvc.evaluations import Evaluation, Table
from graphsvc.pipeline import sync_named
from graphsvc.policy import OWNER
from graphsvc.projection import DAY, Projection
from graphsvc.sample import write_sample
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace
from tests.truth import real_networks
from tests.unit.test_evaluate_influence import Rows

needs_data = pytest.mark.skipif(not real_networks.DATA.is_dir(), reason="no data sets beside the project")
SAMPLE_SEEDS = (1, 2, 3)


def show(title: str, found: Evaluation) -> None:
    """Print an evaluation's tables."""
    print(f"\n# {title}\n{found.verdict.text('en')}")
    for table in found.tables[:4] if len(found.tables) < 5 else (*found.tables[:4], short(found.tables[4])):
        print("\n" + table.title.text("en"))
        for row in ([c.text("en") for c in table.columns], *table.rows):
            print(" | ".join("–" if c is None else str(c) for c in row))


def short(table: Table) -> Table:
    return Table(table.title, table.columns, table.rows[:5])


def evaluated(past: Rows, **params: float) -> Evaluation:
    return evaluate_influence(past, InfluenceTest(**params), lambda _what, _part: None)


def farmers() -> Rows:
    facts = [
        {"subject": r["from_id"], "kind": "FOLLOWS", "object": r["to_id"]}
        for r in real_networks.rows("diffusion-brfarmers/nominations.csv")
        if r["to_surveyed"] == "1" and r["from_id"] != r["to_id"]
    ]
    facts += [
        {"subject": k, "kind": "ADOPTED", "object": "corn", "from": 365.0 * year}
        for k, year in real_networks.adoption_years().items()
        if year < real_networks.CENSORED
    ]
    people = [{"id": r["person_id"]} for r in real_networks.rows("diffusion-brfarmers/adoption.csv")]
    return Rows(facts, 365.0 * 19.5, people)


@pytest.mark.data
@needs_data
def test_farmers_reach_beats_every_plain_count_and_adoption_follows_the_named_beyond_chance() -> None:
    found = evaluated(farmers())
    show("Brazilian farmers", found)
    rankers = found.detail["rankers"]
    for rival in ("followers", "pagerank", "core", "random"):
        lead = found.detail["leads"]["reach"][rival]
        assert lead["difference"] > 2 * max(lead["error_people"], lead["error_dates"]), rival
    assert rankers["reach"]["spearman"] > rankers["open_followers"]["spearman"]
    assert rankers["reach"]["ndcg"] > rankers["open_followers"]["ndcg"]
    assert rankers["credit_ahead"]["later_credit"] > rankers["open_followers"]["later_credit"] + 0.05
    assert found.figures["log_loss"] < found.figures["log_loss_rate"]
    chance = found.detail["chance"]
    assert chance["shuffled"]["rank"] == chance["rewired_likeness"]["rank"] == 1
    assert chance["likeness"]["z"] > 2 and chance["rewired"]["z"] > 1
    assert rankers["credit"]["spearman"] < rankers["followers"]["spearman"], "what was caused is not what is to come"


def topics() -> Rows:
    """Enron's mail; a topic that somebody first writes about is a work taken up."""
    with gzip.open(real_networks.DATA / "mail-enron/messages.csv.gz", "rt", encoding="utf-8", newline="") as file:
        lines = [r for r in csv.DictReader(file) if r["time"] >= "1999" and r["from_id"] != r["to_id"]]
    day = [np.datetime64(r["time"].replace(" ", "T"), "us").astype(np.int64) / DAY for r in lines]
    sent = {}
    for t, r in zip(day, lines, strict=True):
        row = {"time": float(t), "from": f"p{r['from_id']}", "to": f"p{r['to_id']}"}
        sent[r["time"], r["from_id"], r["to_id"]] = row
    first: dict[tuple[str, str], float] = {}
    for t, r in zip(day, lines, strict=True):
        if int(r["ldc_topic"]) > 0:
            key = (f"p{r['from_id']}", f"t{r['ldc_topic']}")
            first[key] = min(first.get(key, np.inf), float(t))
    facts = [{"subject": a, "kind": "ADOPTED", "object": w, "from": t} for (a, w), t in first.items()]
    return Rows(facts, max(day), interactions=list(sent.values()))


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_who_makes_a_topic_spread_at_enron() -> None:
    found = evaluated(topics(), horizon_days=90.0, replicates=50)
    show("Enron topics", found)
    rankers = found.detail["rankers"]
    assert found.told and found.figures["auc"] > 0.6
    assert rankers["reach"]["spearman"] > rankers["random"]["spearman"] + 0.1
    for rival in ("open_followers", "pagerank", "core"):
        assert rankers["reach"]["spearman"] >= rankers[rival]["spearman"] - 0.02, rival


@pytest.mark.data
@needs_data
def test_managers_who_adopted_nothing_are_not_judged() -> None:
    facts = [
        {"subject": r["from_id"], "kind": "FOLLOWS", "object": r["to_id"]}
        for r in real_networks.rows("advice-krackhardt/advice.csv")
    ]
    found = evaluated(Rows(facts, 1.0))
    assert not found.told and found.verdict.code == "influence.too_little" and not found.figures


def company(folder: Path, seed: int) -> Projection:
    """A planted company: one hidden influencer with 23 adopters, and two people who only look like one."""
    write_sample(folder, seed=seed, scale=0.5)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    store = open_store(f"sqlite:///{folder}/w.db")
    for source in ("crm", "tables", "mail"):
        sync_named(store, source, {"path": folder / source})
    store.own([truth["own"]], OWNER)
    workspace = Workspace(store)
    p = workspace.projection(workspace.moment())
    store.close()
    return p


@pytest.mark.slow
def test_the_hidden_influencer_of_every_planted_company_is_found_and_few_others_are(tmp_path: Path) -> None:
    flagged = real = hits = 0
    for seed in SAMPLE_SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        p = company(folder, seed)
        s = influence(p, InfluenceParams())
        hidden = s.beside["hidden"]
        best = int(np.nanargmax(np.where(p.entities.internal[s.a], 0, s.beside["acquainted"])))
        known = s.beside["acquainted"][hidden]
        print(
            f"\ncompany {seed}: {int(hidden.sum())} flagged, adoptions by people who knew them {np.sort(known)[::-1]}"
        )
        flagged, hits = flagged + int(hidden.sum()), hits + bool(hidden[best])
        real += int((known >= 3).sum())
    assert hits == len(SAMPLE_SEEDS)
    assert real == flagged, "whoever is flagged brought at least three people to adopt"
    assert flagged <= 10 * len(SAMPLE_SEEDS)


def test_an_empty_company_has_no_influencer() -> None:
    s = influence(toy.build(people=[{"id": "a"}], as_of=1), InfluenceParams())
    assert not s.beside["hidden"].any() and np.isnan(s.value).all()
