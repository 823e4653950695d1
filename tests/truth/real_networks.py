"""Readers of the two real networks whose truth says how far an influence score can be trusted, and their figures.

Run ``python -m tests.truth.real_networks`` for the table of Spearman correlations.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from graphsvc import toy
from graphsvc.projection import Projection

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
YEAR = 365.25
CENSORED = 20  # time_of_adoption of farmers who had not adopted when asked


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def krackhardt() -> tuple[Projection, dict[str, int]]:
    """Advice among 21 managers as FOLLOWS, and the level of each (1 = CEO)."""
    facts = [
        {"subject": r["from_id"], "kind": "FOLLOWS", "object": r["to_id"]} for r in rows("advice-krackhardt/advice.csv")
    ]
    level = {r["id"]: int(r["level"]) for r in rows("advice-krackhardt/managers.csv")}
    return toy.build(people=[{"id": k} for k in level], facts=facts, as_of=1), level


def farmers(until_year: int = CENSORED - 1) -> Projection:
    """Nominations as FOLLOWS and adoptions up to a survey year (1 = 1946), one work, as of the end of that year."""
    facts = [
        {"subject": r["from_id"], "kind": "FOLLOWS", "object": r["to_id"]}
        for r in rows("diffusion-brfarmers/nominations.csv")
        if r["to_surveyed"] == "1" and r["from_id"] != r["to_id"]
    ]
    people = [{"id": r["person_id"]} for r in rows("diffusion-brfarmers/adoption.csv")]
    for person, year in adoption_years().items():
        if year < CENSORED:
            facts.append({"subject": person, "kind": "ADOPTED", "object": "corn", "from": float(int(year * YEAR))})
    return toy.build(people=people, facts=facts, as_of=float(int((until_year + 0.5) * YEAR)))


def adoption_years() -> dict[str, int]:
    return {r["person_id"]: int(r["time_of_adoption"]) for r in rows("diffusion-brfarmers/adoption.csv")}


def leader_index() -> dict[str, float]:
    """The survey's own opinion-leader index."""
    return {r["person_id"]: float(r["opinion_leader_index"] or "nan") for r in rows("diffusion-brfarmers/adoption.csv")}


def later_followers(after_year: int, horizon: int = CENSORED) -> dict[str, int]:
    """Per farmer: distinct farmers naming it who adopt after a year, within a number of years."""
    years = adoption_years()
    named = {(r["from_id"], r["to_id"]) for r in rows("diffusion-brfarmers/nominations.csv") if r["to_surveyed"] == "1"}
    out = dict.fromkeys(years, 0)
    for follower, leader in named:
        if follower != leader and after_year < years[follower] <= min(after_year + horizon, CENSORED - 1):
            out[leader] += 1
    return out


def spearman(score: np.ndarray, truth: np.ndarray) -> float:
    """Rank correlation over the entries where both are known; 0 where either is constant."""
    there = np.isfinite(score) & np.isfinite(truth)
    if np.ptp(score[there]) == 0 or np.ptp(truth[there]) == 0:
        return 0.0
    return float(spearmanr(score[there], truth[there]).statistic)


def figures() -> list[tuple[str, str, float]]:
    """(data and truth, score, Spearman correlation)."""
    from algorithms.influence import InfluenceParams, influence

    out = []
    p, level = krackhardt()
    s = influence(p, InfluenceParams())
    seniority = np.array([-level[p.entities.id[i].decode()] for i in s.a], dtype=float)
    for name in ("pagerank", "followers"):
        out.append(("krackhardt: seniority", name, spearman(np.nan_to_num(s.beside[name]), seniority)))
    index = leader_index()
    p = farmers()
    s = influence(p, InfluenceParams())
    truth = np.array([index[p.entities.id[i].decode()] for i in s.a])
    for name, column in {"credit": s.value, **s.beside}.items():
        if name in ("credit", "credit_excess", "pagerank", "followers"):
            out.append(("farmers: opinion leader index", name, spearman(column, truth)))
    for cut in (8, 11, 14):
        p = farmers(cut)
        s = influence(p, InfluenceParams())
        for years in (3, CENSORED):
            later = later_followers(cut, years)
            truth = np.array([later[p.entities.id[i].decode()] for i in s.a], dtype=float)
            for name, column in {"credit": s.value, **s.beside}.items():
                if name in ("credit", "credit_excess", "reach", "open_followers", "pagerank", "followers"):
                    label = f"farmers, year {cut}: followers who adopt within {years} years"
                    out.append((label, name, spearman(column, truth)))
    return out


if __name__ == "__main__":
    for truth, score, value in figures():
        print(f"{value:6.3f}  {score:15s} {truth}")
