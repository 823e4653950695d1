"""docs/benchmarks.md: every goal is answered, a stopped peer is a bound, and what was not measured is said to be so."""

from __future__ import annotations

import json
import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from bench import gds, goals, kept, peers, report, seats
from bench.measure import Row

CELF = "seats k = 50, 100,000 / 500,000, p = 0.05, beside CELF of 50 simulations"


def results(folder, **suites):
    for name, rows in suites.items():
        kept.keep(name.replace("_", "-"), rows, 120.0, folder)
    return kept.kept(tuple(report.TITLES), folder)


def answered(folder, what, **suites):
    """Cells of the lines of the first table that begin with some words."""
    return [row for row in goals.answers(results(folder, **suites)) if row[0].startswith(what)]


def grown(step, sizes=(10_000, 100_000, 1_000_000), power=1.0, figure=""):
    series = {"people": [float(n) for n in sizes], "seconds": [2e-6 * n**power for n in sizes], "peak": [300.0] * 3}
    return Row(f"growth: {step}", figure, 1.0, 300.0, series=series)


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_a_kept_suite_tells_day_machine_versions_and_how_long_it_took(tmp_path):
    found = results(tmp_path, paths=[Row("x", "", 2.0, peer="y", peer_seconds=6.0)])["paths"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["processor"]
    assert found["versions"]["numpy"] == np.__version__
    assert found["versions"].keys() >= {"Neo4j", "Graph Data Science"}
    assert found["seconds"] == 120.0
    assert found["rows"][0]["ratio"] == 3.0
    assert [f.name for f in tmp_path.iterdir()] == ["paths.json"]


# -- the goals --------------------------------------------------------------------------------------------------------


def test_without_results_every_goal_is_said_to_be_not_measured():
    rows = list(goals.answers({}))
    assert len(rows) == len(goals.GOALS) + 1
    assert all(row[-1].startswith(goals.ABSENT) for row in rows)
    assert all(f"`python -m bench {g.suite}`" in r[-1] for g, r in zip(goals.GOALS, rows, strict=False))


def test_every_goal_asks_a_suite_that_exists():
    assert {goal.suite for goal in goals.GOALS} <= set(report.TITLES)


def test_a_goal_is_met_when_all_its_bounds_hold_and_missed_when_one_does_not(tmp_path):
    what = "paths, 100,000 / 500,000, asked: k = 5, 6 hops"
    for p99, result in (("9.9", goals.MET), ("10.1", goals.MISSED), ("1,234", goals.MISSED)):
        row = Row(what, f"median of all; p90 1, p99 {p99}, max 20 ms", 0.001, peer="igraph", peer_seconds=0.5)
        (line,) = answered(tmp_path, "k = 5 paths, 100,000 / 500,000, as the product asks, beside igraph", paths=[row])
        assert line[2:] == (f"1 ms, p99 {float(p99.replace(',', '')):g} ms", "igraph, 500 ms", "500 ×", result)


def test_a_row_whose_text_no_longer_tells_the_number_is_not_measured_rather_than_met(tmp_path):
    row = Row("paths, 100,000 / 500,000, asked: k = 5, 6 hops", "", 0.001, peer="igraph", peer_seconds=0.5)
    (line,) = answered(tmp_path, "k = 5 paths, 100,000 / 500,000, as the product asks, beside igraph", paths=[row])
    assert line[-1] == goals.ABSENT


@pytest.mark.parametrize(("seconds", "ratio", "result"), [(2.0, "≥ 150 ×", goals.MET), (4.0, "≥ 75 ×", "open")])
def test_a_stopped_peer_gives_a_lower_bound_which_meets_a_goal_or_leaves_it_open(tmp_path, seconds, ratio, result):
    figure = "1,703 simulated; CELF of 5 seats did not finish in 300 s"
    row = Row(CELF, figure, seconds, None, "GDS CELF", 300.0, peer_at_least=True)
    (line,) = answered(tmp_path, "seats, 100,000 / 500,000, p = 0.05, beside CELF", seats=[row])
    assert line[3:5] == ("GDS CELF, ≥ 300 s", ratio)
    assert line[-1].startswith(result)


def test_a_spread_below_the_peers_misses_the_goal(tmp_path):
    what = "seats k = 5, 2,000 / 10,000, p = 0.05, beside CELF of 50 simulations"
    for judged, result in (("no less", goals.MET), ("LESS", goals.MISSED)):
        row = Row(what, f"41 simulated, theirs 42, {judged} (standard error", 0.1, None, "GDS CELF", 9.0)
        (line,) = answered(tmp_path, "seats, 2,000 / 10,000", seats=[row])
        assert line[0].endswith(": k = 5")
        assert line[-1] == result


def test_seats_much_faster_but_of_less_spread_miss_the_goal(tmp_path):
    row = Row(CELF, "1,503 simulated, theirs 1,703, LESS (standard error", 0.1, None, "GDS CELF", 250.0)
    (line,) = answered(tmp_path, "seats, 100,000 / 500,000, p = 0.05, beside CELF", seats=[row])
    assert line[4] == "2,500 ×"
    assert line[-1] == goals.MISSED


def test_an_incremental_answer_that_differs_misses_the_goal_however_fast(tmp_path):
    for off, result in (("2.2e-16", goals.MET), ("inf", goals.MISSED), ("1.0e-06", goals.MISSED)):
        row = Row("1,000,000 people, 10,000,000 interactions: depth after 1,000 events",
                  f"0.1 s processor, off by {off} at most; 99 ties touched", 0.2)  # fmt: skip
        (line,) = answered(tmp_path, "depth after", rescore=[row])
        assert line[-1] == result


def test_scores_that_take_too_much_memory_miss_the_goal_however_fast(tmp_path):
    rows = [Row("1,000,000 people, 10,000,000 interactions: all scores", "", 50.0, 7000.0)]
    (line,) = answered(tmp_path, "all scores", apply=rows)
    assert line[2] == "50 s, 7,000 MB"
    assert line[-1] == goals.MISSED


def test_growth_counts_only_steps_of_three_sizes_and_names_the_steepest(tmp_path):
    rows = [grown("flat", power=0.5), grown("steep", power=1.5), grown("few", sizes=(10_000,), power=9.0)]
    (line,) = answered(tmp_path, "how cost grows", growth=rows)
    assert line[2] == "2 steps, the steepest steep: people^1.50"
    assert line[-1] == goals.MET


# -- rows that the suites make are those that the goals look for ------------------------------------------------------


def test_rows_of_seats_are_found_by_their_goals(tmp_path):
    large = seats.Case(seats.PEOPLE, *np.zeros((2, seats.FOLLOWS), dtype=np.int32), np.full(seats.FOLLOWS, seats.P))
    small = seats.Case(2_000, *np.zeros((2, 10_000), dtype=np.int32), np.full(10_000, seats.P))
    rows = [
        Row(f"seats k = 50, {case}{beside}", "no less", 1.0, None, "GDS CELF", 300.0)
        for case in (large, small)
        for beside in ("", ", beside CELF of 50 simulations")
    ]
    lines = answered(tmp_path, "seats", seats=rows)
    assert [line[0] for line in lines] == [
        "seats, 100,000 / 500,000, p = 0.05, beside CELF: k = 50",
        "seats, 2,000 / 10,000, p = 0.05, beside CELF, which ends there: k = 50",
        "seats, 100,000 / 500,000, p = 0.05, beside top-degree: k = 50",
    ]


@pytest.mark.parametrize("measure", peers.OURS)
def test_the_best_peer_of_a_measure_is_found_by_its_goal(tmp_path, measure):
    figures = {"build": 0.0, "compute": 1.0, "peak": 10.0}
    row = peers.best(f"{measure}, 10,000 / 50,000", figures, {"igraph": figures | {"compute": 0.9}, "NetworKit": None})
    lines = [line for line in answered(tmp_path, measure, peers=[row]) if line[2]]
    assert [line[0] for line in lines] == [f"{measure}: 10,000 / 50,000"]
    assert lines[0][3] == "igraph, 900 ms"
    assert lines[0][-1] == goals.MET


def test_the_best_peer_is_the_fastest_of_three_and_stopped_ones_are_bounds():
    ours, fast = {"build": 1.0, "compute": 1.0, "peak": 1.0}, {"build": 0.0, "compute": 0.1}
    row = peers.best("x", ours, {"networkx": fast, "NetworKit (Louvain)": None, "GDS": fast | {"compute": 8.0}})
    assert (row.peer, row.peer_seconds, row.ratio, row.peer_at_least) == ("GDS", 8.0, 4.0, False)
    row = peers.best("x", ours, {"igraph": None})
    assert (row.peer, row.peer_seconds, row.peer_at_least) == ("igraph", peers.PATIENCE, True)
    assert peers.best("x", ours, {}).ratio is None


# -- seats ------------------------------------------------------------------------------------------------------------


def test_simulated_cascades_reach_all_downstream_when_certain_and_only_the_seeds_when_impossible():
    src, dst = np.array([0, 1, 3], dtype=np.int32), np.array([1, 2, 4], dtype=np.int32)
    seeds = np.array([0], dtype=np.int32)
    assert seats.simulated(src, dst, np.ones(3), seeds, 5) == seats.Reached(3.0, 0.0)
    assert seats.simulated(src, dst, np.zeros(3), seeds, 5) == seats.Reached(1.0, 0.0)
    half = seats.simulated(src, dst, np.full(3, 0.5), seeds, 4_000)  # 1 + 1/2 + 1/4
    assert abs(half.mean - 1.75) < 4 * half.error < 0.1


def test_no_less_leaves_room_for_two_standard_errors_and_no_more():
    ours = seats.Reached(10.0, 0.3)
    assert ours.no_less(seats.Reached(10.9, 0.4))
    assert not ours.no_less(seats.Reached(11.1, 0.4))
    assert "LESS" in ours.beside("theirs", seats.Reached(11.1, 0.4))


class Stuck:
    """A server of which one query never ends; it hears of being terminated, or only of being killed."""

    def __init__(self, *, hears):
        self.hears, self.asked, self.over = hears, [], threading.Event()
        self.driver = self

    def session(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, text, parameters=None, **more):
        if not isinstance(text, str):  # the query asked; its end is the end of the server or of the transaction
            self.over.wait(10.0)
            raise RuntimeError("ended")
        self.asked.append(text)
        if text == gds.TERMINATE and self.hears:
            self.over.set()
        return [{"id": "neo4j-transaction-1"}]

    def kill(self):
        self.asked.append("kill")
        self.over.set()

    def start(self):
        self.asked.append("start")


@pytest.mark.parametrize(
    ("hears", "asked"), [(True, [gds.RUNNING, gds.TERMINATE]), (False, [gds.RUNNING, gds.TERMINATE, "kill", "start"])]
)
def test_what_takes_too_long_is_ended_in_the_server_as_well(monkeypatch, hears, asked):
    monkeypatch.setattr(gds, "HEARS", 5.0 if hears else 0.05)
    server = Stuck(hears=hears)
    with pytest.raises(TimeoutError):
        gds.Gds(server).run("CALL forever", patience=0.05)
    assert server.asked == asked
    assert server.over.is_set()


def test_a_celf_that_is_cut_bounds_more_seats_as_well_without_being_asked_again(monkeypatch):
    case = seats.Case(2_000, *seats.followed(2_000, 10_000), np.full(10_000, seats.P))
    monkeypatch.setattr(seats, "RUNS", {2_000: 10})
    asked = []
    monkeypatch.setattr(seats, "celf", lambda *given: asked.append(given[2]) or (seats.PATIENCE, None))
    plans = {k: SimpleNamespace(seeds=case.top(k), seconds=2.0) for k in (5, 50)}

    class Server(gds.Gds):
        def run(self, *_, **__):
            return []

    few, many = seats.beside_celf(Server(None), case, plans, 50)
    assert asked == [5]
    assert few.peer_at_least
    assert many.peer_at_least
    assert many.peer_seconds == seats.PATIENCE
    assert f"CELF of 5 seats did not finish in {seats.PATIENCE:.0f} s" in many.figure


# -- the document -----------------------------------------------------------------------------------------------------


def test_the_document_shows_bounds_growth_and_what_a_whole_run_took(tmp_path):
    data, docs = tmp_path / "results", tmp_path / "docs"
    docs.mkdir()
    steps = [grown("PageRank"), grown("seats k = 50"), grown("betweenness, exact", (10_000,), figure="a|b")]
    steps += [grown(f"score {i}") for i in range(10)]
    results(data, seats=[Row(CELF, "1,703 simulated", 2.0, None, "GDS CELF", 300.0, peer_at_least=True)], growth=steps)
    (data / "http.json").write_text(json.dumps({"versions": {"python": "3.11"}, "rows": [Row("x", "", 1.0).to_dict()]}))
    report.main(data, docs)
    text = (docs / "benchmarks.md").read_text("utf-8")
    assert "≥ 150 × GDS CELF (≥ 300 s)" in text
    assert "`make bench` took 4 minutes in 2 of its suites; not known how long: " in text
    assert "`http`" in text.split("## The goals")[0]
    assert "day and machine not kept; python 3.11" in text
    assert "| PageRank | 20 ms | 200 ms | 2 s | people^1.00 |  | 300 MB |" in text
    assert "a\\|b" in text
    pictures = sorted(f.name for f in docs.glob("*.svg"))
    growth = ("measures", "scores", "scores2", "searches")
    assert pictures == [*(f"benchmarks-growth-{part}.svg" for part in growth), "benchmarks.svg"]
    assert all(f"({name})" in text for name in pictures)
    drawn = "".join((docs / name).read_text("utf-8") for name in pictures)
    assert all(f"score {i}" in drawn for i in range(10))


def test_the_document_without_any_result_still_names_every_goal(tmp_path):
    report.main(tmp_path / "none", tmp_path)
    text = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert text.count(goals.ABSENT) == len(goals.GOALS) + 2  # and how many there are
    assert "benchmarks.svg" not in text
