"""How fresh the data are: each channel against its own rhythm, and how each source's last sync went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from algorithms.board_freshness import Freshness, freshness
from api.answers.ask import Ask
from api.shapes_boards import ChannelFreshness, FreshnessBoard, ReasonCount, SourceFreshness
from graphsvc.clock import show_moment
from graphsvc.jobs import Job
from graphsvc.phrases import gist, phrase
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.scores import Run

RUNS = 1000  # newest syncs looked at
HELD_BACK = 100_000  # rows held back that are counted


def freshness_board(ask: Ask) -> FreshnessBoard:
    """Freshness per channel at T, and of each source the last sync; counts over everybody's data are the owner's."""
    p, owner = ask.projection, ask.caller.is_owner
    key = ("freshness", p.sequence, p.as_of, p.known_at)
    found = ask.workspace.kept.get(key, lambda: freshness(p))
    sources = _sources(ask)
    hidden = 0 if owner else len(sources) + len(found.channel)
    notes = [] if owner else [phrase("boards.counts_for_owner")]
    return FreshnessBoard(
        meta=ask.meta(hidden=hidden, notes=notes),
        as_of=show_moment(p.as_of),
        channels=_channels(ask, found),
        sources=sources if owner else [],
    )


def _channels(ask: Ask, f: Freshness) -> list[ChannelFreshness]:
    """Late ones first, then the freshest."""
    p = ask.projection
    made = [
        ChannelFreshness(
            channel=p.text(int(f.channel[i])) or "other",
            newest=show_moment(int(f.newest[i])),
            age_days=round((p.as_of - int(f.newest[i])) / DAY, 3),
            usual_days=None if np.isnan(f.usual[i]) else float(f.usual[i]),
            late=f.late(i),
            weeks=f.weeks[i].tolist() if ask.caller.is_owner else [],
        )
        for i in range(len(f.channel))
    ]
    return sorted(made, key=lambda c: (not c.late, c.age_days, c.channel))


def _sources(ask: Ask) -> list[SourceFreshness]:
    """Every source that was synced by the moment asked for or failed to be, or whose rows are held back; by name."""
    store, known = ask.workspace.store, ask.known_at
    runs = [r for r in store.runs("sync", RUNS) if known is None or r.started <= known]
    last = {run.name: run for run in reversed(runs)}
    failed = _failed(ask)
    held: dict[str, Counter[str]] = {}
    for row in store.quarantine(OWNER, None, HELD_BACK):
        if known is None or row["time"] <= known:
            held.setdefault(row["source"], Counter())[row["code"]] += 1
    names = sorted({*last, *failed, *held})
    return [_source(name, last.get(name), failed.get(name), held.get(name, Counter())) for name in names]


def _failed(ask: Ask) -> Mapping[str, Job]:
    """The newest failed sync job of each source."""
    jobs = [j for j in ask.workspace.store.list_jobs("failed", RUNS) if j.kind == "sync" and j.name]
    known = ask.known_at
    return {j.name: j for j in reversed(jobs) if known is None or (j.finished or j.created) <= known}


def _source(name: str, run: Run | None, failed: Job | None, held: Counter[str]) -> SourceFreshness:
    total = dict(run.report.get("total", {})) if run is not None else {}
    broke = failed is not None and (run is None or (failed.finished or failed.created) > run.started)
    count = held.total()
    return SourceFreshness(
        source=name,
        last_run=show_moment(run.started) if run is not None else None,
        state="failed" if broke else "never" if run is None else "partly" if count else "ok",
        rows=int(total.get("read", 0)),
        quarantined=count,
        reasons=[
            ReasonCount(reason=gist(code), count=n) for code, n in sorted(held.items(), key=lambda r: (-r[1], r[0]))
        ],
    )
