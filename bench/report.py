"""docs/benchmarks.md from the kept results: ``python -m bench.report`` (``make bench-report``).

Every suite writes a file of its own; the document shows them as they are, ratios to a peer in the same run first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.measure import ROOT
from graphsvc.evaluations import Plot, Series
from graphsvc.figures import figure
from graphsvc.phrases import Phrase
from graphsvc.plots import svg

RESULTS, DOCUMENT, PICTURE, GROWTH = (
    ROOT / "bench" / "results",
    ROOT / "docs" / "benchmarks.md",
    ROOT / "docs" / "benchmarks.svg",
    ROOT / "docs" / "benchmarks-growth.svg",
)
TITLES = {
    "latest": "Import, Enron, sample company, graph measures",
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
LEAD = """# How fast, beside what

Made by `make bench-report` from `bench/results`, which `make bench` (all suites) or `python -m bench SUITE` renew.
Times are wall seconds on two cores of a shared machine; the ratio is to a peer in the same run, and above 1 ours is
faster. Goals in brackets are the project's own.

![Times as fast as the peer in the same run](benchmarks.svg)
"""


class Plain(Phrase):
    """A text that is its own words: the document is in English only."""

    def text(self, language: str | None = None) -> str:
        """The words."""
        return self.code


def main() -> None:
    """Write the document and its picture."""
    found = {name: json.loads((RESULTS / f"{name}.json").read_text("utf-8")) for name in TITLES if _there(name)}
    DOCUMENT.write_text(LEAD + "".join(_section(name, kept) for name, kept in found.items()), encoding="utf-8")
    PICTURE.write_text(_picture([row for kept in found.values() for row in kept["rows"]]), encoding="utf-8")
    if "growth" in found:
        GROWTH.write_text(_growth(found["growth"]["rows"]), encoding="utf-8")


def _there(name: str) -> bool:
    return (RESULTS / f"{name}.json").exists()


def _section(name: str, kept: Mapping[str, Any]) -> str:
    lines = [f"\n## {TITLES[name]}\n", f"`python -m bench {'' if name == 'latest' else name}`".replace(" `", "`")]
    lines += [f"({_versions(kept['versions'])})\n"]
    if name == "growth":
        lines += ["![Processor seconds by people, both as powers of ten](benchmarks-growth.svg)\n"]
    lines += ["| what | time | remark | peak | beside |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *_rows(kept["rows"])]) + "\n"


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in versions.items())


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        goal = f" [goal {row['goal']}]" if row.get("goal") else ""
        peak = f"{row['peak_mb']:,.0f} MB" if row.get("peak_mb") else ""
        peer = f"{figure(row['ratio'])} × {row['peer']} ({_time(row['peer_seconds'])})" if row.get("ratio") else ""
        cells = (row["what"], _time(row["seconds"]), row["figure"] + goal, peak, peer)
        yield "| " + " | ".join(str(cell).replace("|", "\\|").strip() for cell in cells) + " |"


def _time(seconds: float) -> str:
    """Seconds in the unit that reads best.

    Examples
    --------
    >>> _time(0.0000842), _time(0.0142), _time(20.5)
    ('84 µs', '14 ms', '20 s')
    """
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0 or unit == "µs":
            return f"{seconds * factor:.2g} {unit}" if seconds * factor < 100 else f"{seconds * factor:,.0f} {unit}"
    raise AssertionError("no unit left")


def _picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Ratios on a logarithmic scale, the largest last."""
    measured = sorted((r for r in rows if r.get("ratio")), key=lambda r: r["ratio"])
    places = tuple(float(i) for i in range(len(measured)))
    ratios = tuple(float(_log(r["ratio"])) for r in measured)
    labels = tuple(f"{r['what']}: {figure(r['ratio'])} × {r['peer']}"[:110] for r in measured)
    words = [Plain(text) for text in ("Times as fast as the peer in the same run", "factor, as a power of ten", "")]
    plot = Plot(words[0], words[1], words[2], (Series(words[1], ratios, places),), kind="points", labels=labels)
    return svg(plot, width=9.0, height=0.22 * len(measured) + 1.0)


def _growth(rows: Sequence[Mapping[str, Any]]) -> str:
    """Processor seconds by people, both logarithmic: the slope of a line is its exponent."""
    drawn = [r for r in rows if r.get("series") and len(r["series"]["people"]) > 1]
    lines = tuple(
        Series(
            Plain(r["what"].removeprefix("growth: ")),
            *(tuple(map(_log, r["series"][c])) for c in ("people", "seconds")),
        )
        for r in drawn
    )
    words = [Plain(w) for w in ("How cost grows", "people, as a power of ten", "processor seconds, as a power of ten")]
    return svg(Plot(words[0], words[1], words[2], lines), width=9.0, height=7.0)


def _log(ratio: float) -> float:
    from math import log10

    return log10(ratio)


if __name__ == "__main__":
    main()
