"""The goals of "Scores that are fast", answered row by row from the kept results: the first table of the document.

A goal finds its rows by the name of the suite and a pattern of what the rows say they measured, and judges each by
checks: the ratio to the peer, seconds, peak memory, or a number that the row's own text tells. What has no result is
said to be not measured, never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import ge, le
from typing import Any

from bench.kept import Kept
from bench.measure import exponent
from graphsvc.figures import figure

MET, MISSED, ABSENT = "met", "**missed**", "not measured"
AXES = ("people", "seconds")  # of a row of growth
GB = 1024.0  # megabytes, as peaks are counted
Given = Mapping[str, Any]
HEADER = ("what", "goal", "ours", "beside", "ratio", "result")


@dataclass(frozen=True)
class Check:
    """One bound: how the goal says it, the number of a row that it bounds, and how that number is shown."""

    goal: str
    value: Callable[[Given], float | None]
    holds: Callable[[float, float], bool]
    limit: float
    shown: Callable[[float], str]


@dataclass(frozen=True)
class Goal:
    """What is asked of the rows of a suite whose ``what`` matches ``rows`` from its beginning.

    A group ``which`` of the pattern tells several such rows apart.
    ``cost`` : seconds of the row are shown as what ours takes; False where they are not the point.
    """

    what: str
    suite: str
    rows: str
    checks: tuple[Check, ...]
    cost: bool = True


def times_faster(least: float, goal: str | None = None) -> Check:
    """At least so many times as fast as the peer."""
    return Check(goal or f"≥ {least:g} × faster", lambda row: row.get("ratio"), ge, least, lambda _: "")


def within(seconds: float) -> Check:
    """At most so many seconds."""
    return Check(f"≤ {span(seconds)}", lambda row: row.get("seconds"), le, seconds, lambda _: "")


def memory(gigabytes: float) -> Check:
    """At most so much peak memory."""
    return Check(f"≤ {gigabytes:g} GB", lambda row: row.get("peak_mb"), le, gigabytes * GB, lambda mb: f"{mb:,.0f} MB")


def told(pattern: str, name: str, limit: float, unit: str = "", *, goal: str | None = None) -> Check:
    """A number that the row's text tells, the only group of a pattern: at most the limit.

    With a ``goal`` of its own the number is shown, and the limit a lower one that it keeps anyway.
    """
    asked = f"{name} ≤ {number(limit)}{unit}" if goal is None else goal

    def value(row: Given) -> float | None:
        found = re.search(pattern, row["figure"])
        return float(found[1].replace(",", "")) if found else None

    def shown(value: float) -> str:
        return f"{name} {number(value)}{unit}"

    return Check(asked, value, le if goal is None else ge, limit, shown)


def says(pattern: str, never: str, goal: str) -> Check:
    """The row's text says one thing, and not the other."""

    def value(row: Given) -> float | None:
        return (
            None if not re.search(f"{pattern}|{never}", row["figure"]) else float(not re.search(never, row["figure"]))
        )

    return Check(goal, value, ge, 1.0, lambda right: goal if right else f"not {goal}")


def number(value: float) -> str:
    """As people write it.

    Examples
    --------
    >>> number(1e-9), number(29.4), number(0.0)
    ('1e-9', '29.4', '0')
    """
    return f"{value:g}".replace("e-0", "e-")


def span(seconds: float) -> str:
    """Seconds in the unit that reads best.

    Examples
    --------
    >>> span(0.0000842), span(0.0142), span(20.5), span(300.0)
    ('84 µs', '14 ms', '20 s', '300 s')
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0 or unit == "µs":
            return f"{seconds * factor:.2g} {unit}" if seconds * factor < 100 else f"{seconds * factor:,.0f} {unit}"
    raise AssertionError("no unit left")


BEST = "≤ 1.2 × the best of igraph, NetworKit, GDS"
P99 = r"p99 ([\d.,]+)"
SIMULATED = says("no less", "LESS", "spread no less")
WHERE_IT_ENDS = replace(says("no less|did not finish", "LESS", ""), shown=lambda _: "")
MIDDLE, LARGE, SMALL = "100,000 / 500,000", "1,000,000 / 10,000,000", "2,000 / 10,000"
MEASURES = ("PageRank", "Leiden", "core numbers", "betweenness", "betweenness, 16 pivots")
RENEWED = ("tie_strength", "depth", "relationship_health", "paths", "weekly list")


def _paths(setting: str, note: str) -> Iterator[Goal]:
    begin, what = f"paths, {MIDDLE}, {setting}: ", f"k = 5 paths, {MIDDLE}, {note}"
    yield Goal(f"{what}, beside GDS Yens", "paths", rf"{begin}beside GDS Yens", (times_faster(100),))
    yield Goal(f"{what}, beside igraph", "paths", rf"{begin}k = 5", (times_faster(100), told(P99, "p99", 10, " ms")))
    yield Goal(f"k = 5 paths, {LARGE}, {note}", "paths", rf"paths, {LARGE}, {setting}: k = 5",
               (within(0.005), told(P99, "p99", 100, " ms")))  # fmt: skip


GOALS: tuple[Goal, ...] = (
    *_paths("asked", "as the product asks"),
    *_paths("open", "everybody passes on (a stress test)"),
    Goal(f"seats, {MIDDLE}, p = 0.05, beside CELF", "seats",
         rf"seats (?P<which>k = \d+), {MIDDLE}, p = 0.05, beside CELF of 50", (times_faster(100), WHERE_IT_ENDS)),
    Goal(f"seats, {SMALL}, p = 0.05, beside CELF, which ends there", "seats",
         rf"seats (?P<which>k = \d+), {SMALL}, p = 0.05, beside CELF of 50", (SIMULATED,)),
    Goal(f"seats, {MIDDLE}, p = 0.05, beside top-degree", "seats", rf"seats (?P<which>k = \d+), {MIDDLE}, p = 0.05$",
         (within(3.0), SIMULATED)),
    *(Goal(m, "peers", rf"{m}, (?P<which>[\d,]+ / [\d,]+): beside the best", (times_faster(1 / 1.2, BEST),))
      for m in MEASURES),
    Goal("all scores, 1 M people, 10 M interactions", "apply", r"1,000,000 people, .*: all scores",
         (within(60.0), memory(6))),
    Goal("betweenness by 16 pivots, beside the exact", "growth", "growth: betweenness, exact",
         (told(r"correlation ([\d.]+)", "correlation", -1.0, goal="its error told"),
          told(r"([\d.]+)% are found", "of the first 100 found", 0.0, " %", goal="")), cost=False),
    *(Goal(f"{name} after 1,000 events, 1 M people", "rescore", rf"1,000,000 people, .*: {name} after",
           (within(1.0), told(r"off by ([\d.e+-]+|inf)", "off by", 1e-9))) for name in RENEWED),
    Goal("event accepted → visible over HTTP, p99", "http", "HTTP: event accepted -> seen in (?P<which>[^,]+)",
         (within(1.0),)),
    Goal("Projection of 10 M interactions from SQLite", "columns-large", "10,000,000 interactions: columns and proj",
         (within(30.0), memory(4))),
    Goal("what-if for every person, 100 k people", "whatif", "what-if for each of 100,000 people",
         (times_faster(100),)),
)  # fmt: skip


def answers(found: Mapping[str, Kept]) -> Iterator[tuple[str, ...]]:
    """Cells of the table, one line for each row that a goal finds; one that says so where it finds none."""
    for goal in GOALS:
        asked = ", ".join(check.goal for check in goal.checks if check.goal)
        rows = [(r, m) for r in found.get(goal.suite, {"rows": ()})["rows"] if (m := re.match(goal.rows, r["what"]))]
        for row, match in rows:
            which = match.groupdict().get("which")
            yield (f"{goal.what}: {which}" if which else goal.what, asked, *_judged(goal, row))
        if not rows:
            yield (goal.what, asked, "", "", "", f"{ABSENT} (`python -m bench {goal.suite}`)")
    yield _grown(found.get("growth"))


def _judged(goal: Goal, row: Given) -> tuple[str, ...]:
    values = [check.value(row) for check in goal.checks]
    parts = [span(row["seconds"])] if goal.cost else []
    for check, value in zip(goal.checks, values, strict=True):
        parts.append("" if value is None else check.shown(value))
    beside, ratio = "", ""
    if row.get("ratio"):
        least = "≥ " if row.get("peer_at_least") else ""
        beside, ratio = f"{row['peer']}, {least}{span(row['peer_seconds'])}", f"{least}{figure(row['ratio'])} ×"
    return ", ".join(filter(None, parts)), beside, ratio, verdict(goal.checks, values, row)


def verdict(checks: Sequence[Check], values: Sequence[float | None], row: Given) -> str:
    """Met when every check holds; a bound from below that is too low for a goal neither meets nor misses it."""
    if any(value is None for value in values):
        return ABSENT
    fails = [c for c, value in zip(checks, values, strict=True) if value is not None and not c.holds(value, c.limit)]
    if not fails:
        return MET
    if row.get("peer_at_least") and all(check.goal.endswith("faster") for check in fails):
        return "open: the peer was stopped"
    return MISSED


def _grown(growth: Kept | None) -> tuple[str, ...]:
    what, asked = "how cost grows", "10 k, 100 k, 1 M people, with exponents"
    steps = [r for r in (growth or {"rows": ()})["rows"] if r.get("series")]
    whole = [r for r in steps if len(r["series"]["people"]) == 3]
    if not whole:
        return what, asked, "", "", "", f"{ABSENT} (`python -m bench growth`)"
    slopes = {r["what"].removeprefix("growth: "): exponent(*(r["series"][c] for c in AXES)) for r in whole}
    steepest = max(slopes, key=slopes.__getitem__)
    return what, asked, f"{len(whole)} steps, the steepest {steepest}: people^{slopes[steepest]:.2f}", "", "", MET
