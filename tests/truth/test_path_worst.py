"""Bad input and hard graphs of the path search: right answer or clear refusal; the cases of the bench made smaller."""

from __future__ import annotations

import numpy as np
import pytest

from bench import paths_worst as worst
from graphsvc.kernels.paths import Limits, k_best_paths, path_graph

CASES = [
    *worst.hubs(spokes=20_000),
    *worst.cliques(size=200),
    *worst.equal_weights(2_000, 10_000),
    *worst.ends_of_the_world(500),
]


def ids(case: worst.Case) -> str:
    return case.what.replace(" ", "_")


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_hard_case_is_answered_rightly_or_said_to_be_cut(case: worst.Case) -> None:
    found = worst.answer(case)
    if case.k < 100_000:
        assert case.right(found)
    else:  # on smaller graphs there may be time for all
        assert case.right(found) or worst.cut(found) or found.complete
    assert len({f.nodes for f in found.paths}) == len(found.paths) <= case.k


@pytest.mark.slow
@pytest.mark.parametrize("case", [*worst.hubs(), *worst.cliques()], ids=ids)
def test_a_hard_case_at_full_size(case: worst.Case) -> None:
    assert case.right(worst.answer(case))


def test_a_deadline_that_is_over_is_told_with_a_bound() -> None:
    g = worst.clique(300, 0.99, 1.0)
    limits = Limits(k=10**6, seconds=0.0, corridor=10**8)
    found = k_best_paths(g, np.array([1]), np.array([2]), limits)
    assert worst.cut(found), "cut, in order, and with what a missing path could be worth"


def test_memory_is_bounded_by_the_corridor_and_the_cut_is_told() -> None:
    g = worst.clique(300, 0.99, 1.0)
    found = k_best_paths(g, np.array([1]), np.array([2]), Limits(k=10**6, seconds=60, corridor=5_000))
    assert not found.complete and found.bound is not None


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.5, np.inf, -np.inf])
@pytest.mark.parametrize("column", ["probability", "pass_on"])
def test_what_is_no_probability_is_refused(wrong: float, column: str) -> None:
    given = {"probability": np.array([0.5, 0.5]), "pass_on": np.ones(3)}
    given[column][1] = wrong
    with pytest.raises(ValueError, match=column):
        path_graph(3, np.array([0, 1]), np.array([1, 2]), **given)


def test_nobody_and_one_person() -> None:
    none = np.zeros(0, dtype=np.int32)
    empty = path_graph(0, none, none, np.zeros(0), np.zeros(0))
    assert k_best_paths(empty, none, none).paths == ()
    alone = path_graph(1, none, none, np.zeros(0), np.ones(1))
    found = k_best_paths(alone, np.array([0]), np.array([0]))
    assert found.paths == () and found.complete
