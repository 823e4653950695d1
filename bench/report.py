"""docs/benchmarks.md from the kept results: ``python -m bench.report`` (``make bench-report``).

Every suite writes a file of its own. The document answers the goals first (:mod:`bench.goals`), then shows each file
as it is, ratios to a peer in the same run beside times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any

from bench.goals import AXES, HEADER, answers, span
from bench.kept import RESULTS, Kept, kept
from bench.measure import ROOT, exponent
from graphsvc.evaluations import Plot, Series
from graphsvc.figures import figure
from graphsvc.phrases import Phrase
from graphsvc.plots import COLOURS, svg

DOCS = ROOT / "docs"
TITLES = {
    "import": "Import",
    "enron": "Enron",
    "sample": "Sample company",
    "measures": "Graph measures on the Enron graph",
    "peers": "Graph measures beside igraph, NetworKit, networkx, Graph Data Science",
    "apply": "All models applied, all scores aggregated, a million people",
    "growth": "How cost grows: 10,000, 100,000, 1,000,000 people",
    "paths": "Paths",
    "paths-worst": "Worst cases of paths",
    "seats": "Seats",
    "seats-celf": "Seats beside CELF of one simulation",
    "whatif": "What-if for every person",
    "http": "HTTP",
    "web": "The map in a browser",
    "search": "Search",
    "columns": "From the store to a Projection",
    "columns-large": "From the store to a Projection, 10 million interactions",
    "refresh": "A live Projection after new events",
    "rescore": "Scores after new events",
    "engines": "Engines",
    "neo4j": "Neo4j",
    "scale": "What limits each part",
}
LARGE = ("columns-large", "seats-celf")  # no part of a whole run
LEAD = """# How fast, beside what

Made by `make bench-report` from `bench/results`, which `make bench` (all suites) or `python -m bench SUITE` renew: each
suite its own file, with the day, the machine and the versions. Times are wall seconds; the ratio is to a peer in the
same run, and above 1 ours is faster. "≥" stands where the peer was stopped: it takes at least as long. Goals in
brackets are the project's own. Without Java, Maven, Node or Chromium the rows and suites that need them are missing.
"""
PICTURE = "\n![Times as fast as the peer in the same run](benchmarks.svg)\n"
DRAWN = {  # pictures of growth: the first words of the steps that each holds; all others are scores
    "measures": ("PageRank", "Leiden", "core numbers", "components", "betweenness"),
    "searches": ("seats", "path graph", "what-if", "k = 5 paths"),
    "scores": (),
}
Given = Mapping[str, Any]


class Plain(Phrase):
    """A text that is its own words: the document is in English only."""

    def text(self, language: str | None = None) -> str:
        """The words."""
        return self.code


def main(results: Path = RESULTS, docs: Path = DOCS) -> None:
    """Write the document and its pictures."""
    found = kept(tuple(TITLES), results)
    rows = [row for name, suite in found.items() for row in suite["rows"] if row.get("ratio") and _drawn(name, row)]
    if rows:
        (docs / "benchmarks.svg").write_text(_picture(rows), encoding="utf-8")
    pictures = dict(_growths(found.get("growth")))
    for name, picture in pictures.items():
        (docs / name).write_text(picture, encoding="utf-8")
    sections = (_section(name, suite, tuple(pictures)) for name, suite in found.items())
    parts = [LEAD, _spent(found), _summary(found), PICTURE if rows else "", *sections]
    (docs / "benchmarks.md").write_text("".join(parts), encoding="utf-8")


def _drawn(suite: str, row: Given) -> bool:
    """Whether a row has a place in the picture of ratios: of many peers only the best."""
    return suite != "peers" or row["what"].endswith("beside the best")


# -- before the suites ------------------------------------------------------------------------------------------------


def _spent(found: Mapping[str, Kept]) -> str:
    """What a whole run takes, and which suites it is not known of."""
    seconds = {name: suite.get("seconds") for name, suite in found.items()}
    whole = [s for name, s in seconds.items() if s and name not in LARGE]
    unknown = [f"`{name}`" for name in TITLES if name not in LARGE and not seconds.get(name)]
    larger = [f"`{name}` {_minutes(s)}" for name in LARGE if (s := seconds.get(name))]
    text = f"\n`make bench` took {_minutes(sum(whole))} in {len(whole)} of its suites" if whole else ""
    if unknown:
        text += f"{'; not' if whole else chr(10) + 'Not'} known how long: {', '.join(unknown)}"
    only = " and ".join(f"`{name}`" for name in LARGE)
    return f"{text}. Only by name: {', '.join(larger) or only}.\n"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.0f} minutes" if seconds >= 90 else f"{seconds:,.0f} seconds"


def _summary(found: Mapping[str, Kept]) -> str:
    rows = list(answers(found))
    results = [row[-1].partition(" (")[0].strip("*") for row in rows]
    counted = ", ".join(f"{count} {result}" for result, count in Counter(results).items())
    return f"\n## The goals\n\n{counted}.\n\n" + _table(HEADER, rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|").strip() for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


# -- a suite ----------------------------------------------------------------------------------------------------------


def _section(name: str, suite: Kept, pictures: Sequence[str]) -> str:
    head = f"\n## {TITLES[name]}\n\n`python -m bench {name}`\n({_made(suite)})\n\n"
    if name != "growth":
        return head + _table(("what", "time", "remark", "peak", "beside"), _rows(suite["rows"]))
    drawn = "".join(f"![Processor seconds by people, both as powers of ten]({p})\n\n" for p in pictures)
    sizes = sorted({n for row in suite["rows"] for n in row["series"]["people"]})
    header = ("step", *(f"{n:,.0f} people" for n in sizes), "grows with", "remark", "peak of the largest")
    return head + drawn + _table(header, (_step(row, sizes) for row in suite["rows"]))


def _made(suite: Kept) -> str:
    """When, on what, in how long; older files know only versions."""
    parts = [suite["date"]] if "date" in suite else ["day and machine not kept"]
    if "machine" in suite:
        m = suite["machine"]
        parts.append(f"{m['cores']} × {m['processor']}, {m['memory_gb']} GB, load {m['load']} at the end")
    if "seconds" in suite:
        parts.append(f"{_minutes(suite['seconds'])} in all")
    return "; ".join([*parts, ", ".join(f"{name} {value}" for name, value in suite["versions"].items())])


def _rows(rows: Sequence[Given]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        goal = f" [goal {row['goal']}]" if row.get("goal") else ""
        peak = f"{row['peak_mb']:,.0f} MB" if row.get("peak_mb") else ""
        yield row["what"], span(row["seconds"]), row["figure"] + goal, peak, _beside(row)


def _beside(row: Given) -> str:
    if not row.get("ratio"):
        return ""
    least = "≥ " if row.get("peer_at_least") else ""
    return f"{least}{figure(row['ratio'])} × {row['peer']} ({least}{span(row['peer_seconds'])})"


def _step(row: Given, sizes: Sequence[float]) -> tuple[str, ...]:
    """One step of growth: processor seconds at each size, and the exponent."""
    series = row["series"]
    seconds = dict(zip(*(series[axis] for axis in AXES), strict=True))
    slope = f"people^{exponent(*(series[axis] for axis in AXES)):.2f}" if len(seconds) > 1 else ""
    remark = row["figure"].removeprefix(slope).lstrip("; ")
    times = (span(seconds[n]) if n in seconds else "" for n in sizes)
    peak = f"{row['peak_mb']:,.0f} MB" if row.get("peak_mb") else ""
    return row["what"].removeprefix("growth: "), *times, slope, remark, peak


# -- pictures ---------------------------------------------------------------------------------------------------------


def _picture(rows: Sequence[Given]) -> str:
    """Ratios on a logarithmic scale, the largest last."""
    measured = sorted(rows, key=lambda r: r["ratio"])
    places = tuple(float(i) for i in range(len(measured)))
    ratios = tuple(log10(r["ratio"]) for r in measured)
    labels = tuple(f"{r['what']}: {_beside(r)}"[:110] for r in measured)
    words = [Plain(text) for text in ("Times as fast as the peer in the same run", "factor, as a power of ten", "")]
    plot = Plot(words[0], words[1], words[2], (Series(words[1], ratios, places),), kind="points", labels=labels)
    return svg(plot, width=9.0, height=0.22 * len(measured) + 1.0)


def _growths(growth: Kept | None) -> Iterator[tuple[str, str]]:
    """File names and pictures of growth, few lines each: there are no more colours."""
    rows = [r for r in (growth or {"rows": ()})["rows"] if len(r["series"]["people"]) > 1]
    for name in DRAWN:
        some = [r for r in rows if _part(r) == name]
        for number, begin in enumerate(range(0, len(some), len(COLOURS))):
            file = f"benchmarks-growth-{name}{number + 1 if number else ''}.svg"
            yield file, _growth(f"How the cost of {name} grows", some[begin : begin + len(COLOURS)])


def _part(row: Given) -> str:
    step = row["what"].removeprefix("growth: ")
    return next((name for name, begins in DRAWN.items() if begins and step.startswith(begins)), "scores")


def _growth(title: str, rows: Sequence[Given]) -> str:
    """Processor seconds by people, both logarithmic: the slope of a line is its exponent."""
    lines = tuple(
        Series(Plain(r["what"].removeprefix("growth: ")), *(tuple(map(log10, r["series"][axis])) for axis in AXES))
        for r in rows
    )
    words = [Plain(w) for w in (title, "people, as a power of ten", "processor seconds, as a power of ten")]
    return svg(Plot(words[0], words[1], words[2], lines), width=9.0, height=4.0)


if __name__ == "__main__":
    main()
