"""Loops are compiled before anybody waits for them."""

from __future__ import annotations

from graphsvc.kernels import measures_loops, outreach_loops, paths_search_loops, rows_loops, ties_loops, whatif_loops
from graphsvc.warming import warm, warm_beside


def test_after_warming_the_loops_of_questions_are_compiled():
    assert warm() >= 0.0
    for module in (measures_loops, outreach_loops, paths_search_loops, rows_loops, ties_loops, whatif_loops):
        loops = {k: v for k, v in vars(module).items() if hasattr(v, "signatures") and v.__module__ == module.__name__}
        assert loops and any(f.signatures for f in loops.values()), f"nothing of {module.__name__} was compiled"


def test_a_server_warms_in_a_thread_that_ends():
    thread = warm_beside()
    thread.join(120)
    assert not thread.is_alive() and thread.daemon, "a server that ends would wait for the compiler"
