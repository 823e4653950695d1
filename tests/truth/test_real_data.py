"""Real data the product must pass, brought in through the command line as a user would.

``python -m pytest tests/truth/test_real_data.py -k influence -s`` prints the figures of docs/accuracy.md.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
ENRON = ["--table", "interactions", "--map", "from=from_id", "--map", "to=to_id", "--map", "role=rec_type"]
START = int(np.datetime64("1999-06-01", "us").astype(np.int64))
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.exists(), reason=f"the real data sets are not beside the project ({DATA})"),
]


def needs(name: str) -> Path:
    """A data set's path; the test is skipped where it is missing."""
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not among the real data sets")
    return DATA / name


def rows(name: str) -> list[dict[str, str]]:
    with needs(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, header: list[str], lines: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def ok(cli, db: Path, *args: object):
    """The JSON a command answers; it must succeed."""
    said = cli("--db", db, "--json", *args)
    assert said.code == 0, said.err
    return said.json


# -- Enron -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def enron(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("enron") / "enron.db"


def test_every_enron_row_is_accounted_for_and_a_second_sync_adds_nothing(cli, content_of, enron):
    source = needs("mail-enron/messages.csv.gz")
    total = ok(cli, enron, "sync", "tables", source, *ENRON)["total"]
    assert total["read"] == 125_409 and total["accounted"]
    assert total["taken"] + total["repeated"] == 125_409 and total["quarantined"] == total["left_out"] == 0
    assert total["notes"]["sources.self_addressed"] == 16_483 and total["notes"]["sources.old_date"] == 174
    same, other = (total["notes"][f"sources.{code}"] for code in ("exact_repeat", "repeated_recipient"))
    assert same + other == total["repeated"]
    assert same >= 47_471, "rows that repeat in every column of the file repeat in the columns taken too"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        keys = {(r["time"], r["from_id"], r["to_id"]) for r in csv.DictReader(file)}
    assert total["taken"] == len(keys) == 38_184, "a recipient of a message is one row, under its strongest role"
    before = content_of(enron)
    again = ok(cli, enron, "sync", "tables", source, *ENRON)["total"]
    assert again["taken"] == 0 and content_of(enron) == before
    forced = ok(cli, enron, "sync", "tables", source, *ENRON, "--map", "channel==")[
        "total"
    ]  # other options: read again
    assert forced["read"] == 125_409 and forced["taken"] == 0 and content_of(enron) == before


def test_enron_shuffled_and_split_in_three_gives_the_same_store(cli, content_of, enron, tmp_path, monkeypatch):
    source = needs("mail-enron/messages.csv.gz")
    if not enron.exists():
        ok(cli, enron, "sync", "tables", source, *ENRON)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        header, *lines = file.readlines()
    random.Random(5).shuffle(lines)
    for i in range(3):
        (tmp_path / f"interactions-{i}.csv").write_text(header + "".join(lines[i::3]), encoding="utf-8")
    db = tmp_path / "split.db"
    monkeypatch.setenv("GRAPHSVC_PAGE_ROWS", "17000")
    total = ok(cli, db, "sync", "tables", tmp_path, *ENRON)["total"]
    assert total["read"] == 125_409 and total["accounted"]
    assert content_of(db) == content_of(enron)


def test_health_on_enron_is_as_good_as_promised(cli, enron):
    if not enron.exists():
        ok(cli, enron, "sync", "tables", needs("mail-enron/messages.csv.gz"), *ENRON)
    found = ok(cli, enron, "evaluate", "health", "--start", "1999-06-01")
    model, recency = found["model"], found["baselines"]["recency"]
    print(f"\nEnron: AUC {model['auc']:.3f}, ECE {model['ece']:.3f}; recency AUC {recency['auc']:.3f}")
    assert model["auc"] >= 0.87 and model["ece"] <= 0.04, model
    assert found["test_rows"] > 10_000 and 0.2 < found["alive_rate"] < 0.3
    for name, figures in found["baselines"].items():
        assert figures["auc"] < model["auc"] - 0.02, f"{name} does as well without a model"


# -- a pipeline of 8,800 deals ---------------------------------------------------------------------------------------


@pytest.fixture
def maven(cli, tmp_path):
    db = tmp_path / "maven.db"
    total = ok(cli, db, "sync", "crm", needs("crm-maven"))["total"]
    assert total["accounted"] and total["quarantined"] == 0
    return db


def test_the_maven_pipeline_gives_every_agent_a_list_though_no_open_deal_has_an_amount(cli, maven):
    deals = rows("crm-maven/sales_pipeline.csv")
    still_open = {}
    for deal in deals:
        if deal["deal_stage"] in ("Engaging", "Prospecting"):
            assert not deal["close_value"]
            still_open.setdefault(deal["sales_agent"], set()).add(deal["account"])
    ok(cli, maven, "score")
    agents = sorted(still_open)
    assert len(agents) == 27
    for agent in (agents[0], agents[10], agents[20]):
        items = ok(cli, maven, "top", agent)["items"]
        assert 5 <= len(items) <= 20 and [i["rank"] for i in items] == list(range(1, len(items) + 1))
        assert len({i["organization"] for i in items}) == len(items), (
            "an account stands twice on a list without contacts"
        )
        gains = [i["gain"] for i in items]
        assert gains == sorted(gains, reverse=True) and gains[0] > gains[-1] > 0, "the list does not rank"
        assert all(i["reasons"] and i["play"] and i["name"] for i in items)
        mine = sum(i["organization"] in still_open[agent] for i in items)
        assert mine >= 3, "an agent's own open deals are not on its list"


def test_an_agent_without_deals_and_one_unknown_are_told_apart(cli, maven):
    idle = {r["sales_agent"] for r in rows("crm-maven/sales_teams.csv")} - {
        r["sales_agent"] for r in rows("crm-maven/sales_pipeline.csv")
    }
    assert len(idle) == 5
    assert cli("--db", maven, "--json", "top", sorted(idle)[0]).code == 0
    assert cli("--db", maven, "--json", "top", "Nobody Known").code == 3


# -- mail in the shapes it has ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mbox-perceval", "eml-cpython", "maildir-notmuch-default"])
def test_real_mail_samples_come_in_and_odd_ones_are_quarantined_with_a_reason(cli, content_of, tmp_path, name):
    db, source = tmp_path / "mail.db", needs(f"formats/{name}")
    total = ok(cli, db, "sync", "mail", source)["total"]
    assert total["accounted"] and total["read"] > 0
    quarantined = ok(cli, db, "quarantine", "--limit", 1000)
    assert len(quarantined) == total["quarantined"]
    files = {p.name for p in source.rglob("*")}
    for row in quarantined:
        assert Path(row["where"].partition(":")[0]).name in files and len(row["reason"]) > 20
    before = content_of(db)
    assert ok(cli, db, "sync", "mail", source)["total"]["taken"] == 0 and content_of(db) == before


# -- influence against what is known ---------------------------------------------------------------------------------


def scores(cli, db: Path, folder: Path, *more: object) -> dict[str, dict[str, float]]:
    """The exported influence scores: column -> key -> number (missing where null)."""
    out = folder / "influence.csv"
    ok(cli, db, "export", "scores", "influence", "--out", out, *more)
    found: dict[str, dict[str, float]] = {}
    with out.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for column, text in row.items():
                name = column.removeprefix("beside:").removeprefix("term:")
                if name not in ("key", "label", "run_id", "reason") and text:
                    found.setdefault(name, {})[row["key"]] = float(text) if text not in ("true", "false") else 0.0
    found["credit"] = found.get("value", {})
    return found


def correlation(score: dict[str, float], truth: dict[str, float]) -> float:
    """Spearman's rank correlation over the keys that have both; NaN where nothing can be said."""
    keys = sorted(score.keys() & truth.keys())
    a, b = np.array([score[k] for k in keys]), np.array([truth[k] for k in keys])
    if len(keys) < 10 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b).statistic)


SHOWN = ("credit", "credit_excess", "reach", "open_followers", "followers", "pagerank", "betweenness")


def table(
    title: str, found: dict[str, dict[str, float]], truths: dict[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    out = {name: {t: correlation(found.get(name, {}), truth) for t, truth in truths.items()} for name in SHOWN}
    print(f"\n{title}\n{'score':<16}" + "".join(f"{t:>34}" for t in truths))
    for name, values in out.items():
        print(
            f"{name:<16}" + "".join(f"{values[t]:>34.3f}" if values[t] == values[t] else f"{'–':>34}" for t in truths)
        )
    return out


def test_influence_of_krackhardts_managers(cli, tmp_path):
    db = tmp_path / "g.db"
    mapping = ["--map", "subject=from_id", "--map", "object=to_id", "--map", "kind==FOLLOWS"]
    people = rows("advice-krackhardt/managers.csv")
    written(tmp_path / "people.csv", ["id"], [[r["id"]] for r in people])
    ok(cli, db, "sync", "tables", tmp_path / "people.csv")
    total = ok(cli, db, "sync", "tables", needs("advice-krackhardt/advice.csv"), "--table", "facts", *mapping)["total"]
    assert total["taken"] == 190
    found = scores(cli, db, tmp_path)
    seniority = {r["id"]: -float(r["level"]) for r in people}
    figures = table("Krackhardt's managers (21): advice as FOLLOWS", found, {"seniority": seniority})
    asked = Counter(r["to_id"] for r in rows("advice-krackhardt/advice.csv"))
    assert found["followers"] == {r["id"]: float(asked[r["id"]]) for r in people}
    assert figures["followers"]["seniority"] >= 0.5 and figures["pagerank"]["seniority"] >= 0.5
    assert not np.isfinite(figures["credit"]["seniority"]), "no adoption is recorded, so credit is null and not 0"


def farmers(cli, folder: Path, until: int) -> dict[str, dict[str, float]]:
    """Influence as known at the end of a year (19 = 1964): who named whom, and who had adopted by then."""
    lines: list[list[object]] = [
        [r["from_id"], "FOLLOWS", r["to_id"], ""]
        for r in rows("diffusion-brfarmers/nominations.csv")
        if r["to_surveyed"] == "1" and r["from_id"] != r["to_id"]
    ]
    people = rows("diffusion-brfarmers/adoption.csv")
    lines += [
        [r["person_id"], "ADOPTED", "hybrid corn", 1945 + int(r["time_of_adoption"])]
        for r in people
        if int(r["time_of_adoption"]) < 20
    ]
    folder.mkdir()
    written(folder / "facts.csv", ["subject", "kind", "object", "valid_from"], lines)
    written(folder / "people.csv", ["id"], [[r["person_id"]] for r in people])
    written(folder / "works.csv", ["id", "name"], [["hybrid corn", "Hybrid corn"]])
    db = folder / "g.db"
    total = ok(cli, db, "sync", "tables", folder)["total"]
    assert total["quarantined"] == 0 and total["accounted"]
    return scores(cli, db, folder, "--as-of", f"{1945 + until}-12-31")


def test_influence_of_the_farmers_who_adopted_hybrid_corn(cli, tmp_path):
    people = rows("diffusion-brfarmers/adoption.csv")
    year = {r["person_id"]: int(r["time_of_adoption"]) for r in people}
    index = {r["person_id"]: float(r["opinion_leader_index"]) for r in people if r["opinion_leader_index"]}
    named = {(r["from_id"], r["to_id"]) for r in rows("diffusion-brfarmers/nominations.csv") if r["to_surveyed"] == "1"}

    def later(after: int, until: int) -> dict[str, float]:
        count = Counter(to for by, to in named if by != to and after < year[by] <= until)
        return {p: float(count[p]) for p in year}

    whole = farmers(cli, tmp_path / "all", 19)
    own_later = Counter(to for by, to in named if by != to and year[to] < year[by] < 20)
    truths = {"opinion leader index": index, "followers adopting after them": {p: float(own_later[p]) for p in year}}
    figures = table("Brazilian farmers (692), as of 1964", whole, truths)
    assert figures["credit"]["followers adopting after them"] >= 0.9
    assert figures["credit"]["opinion leader index"] >= 0.4
    assert figures["followers"]["opinion leader index"] >= 0.5
    for cut in (11, 14):
        at_cut = farmers(cli, tmp_path / str(cut), cut)
        truths = {"followers adopting in 3 years": later(cut, cut + 3), "followers adopting later": later(cut, 19)}
        figures = table(f"Brazilian farmers, as of {1945 + cut}: what comes after", at_cut, truths)
        for truth, reach in figures["reach"].items():
            assert reach >= 0.55, truth
            assert reach >= figures["open_followers"][truth] - 0.05, "weighing by the fitted chance of adopting loses"
            assert reach > figures["credit"][truth] + 0.1, "what was caused does not tell what is still to come"
