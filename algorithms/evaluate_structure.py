"""Is structure true? Communities, stability, silence and ecosystem verdicts held against the time after T.

At dates in the later half of the history: do the next window's contacts fall inside the communities found at T more
than people's activity alone would have it (configuration model); is a community found again, in the ties of the time
after alone, as often as its stability says; do quiet pairs of groups talk again the less, the more unusual their
silence; and do organizations called pivots reach out more afterwards?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.structure import Communities, StructureParams, find_communities
from algorithms.structure_trials import (
    Fall,
    Outreach,
    Talked,
    dates,
    falls,
    found_again,
    homes,
    outreach,
    pauses,
    spearman,
    talked,
    window,
)
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc.clock import show_moment
from graphsvc.evaluations import Cell, Evaluation, Past, Plot, Progress, Series, Table
from graphsvc.kernels.silences import survival
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats
from graphsvc.registry import evaluation

ENOUGH_TIES, ENOUGH_COMMUNITIES = 50, 5  # contacts in all windows, and larger communities, to tell anything by
ENOUGH_PAUSES = 50  # pauses of pairs of groups begun after T
ENOUGH_ADOPTIONS, ENOUGH_ORGANIZATIONS = 20.0, 3  # credited after T, and organizations per verdict
UNUSUAL = 0.1


class StructureTrialParams(BaseModel):
    """What is measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(28.0, ge=1, description="Window in which ties fall and groups talk again [days].")
    start: int | None = Field(None, description="No reference date before this [us].")
    references: int = Field(6, ge=1, le=100, description="Reference dates at most.")
    again_days: float = Field(91.0, ge=1, description="Time after T in which communities are found again [days].")
    adoption_days: float = Field(180.0, ge=1, description="Time after T in which outward adoptions count [days].")
    replicates: int = Field(20, ge=1, le=1000, description="Replicates of each stability.")


@dataclass(frozen=True)
class _Trial:
    """What was measured at one date."""

    at: int
    communities: Fall
    fresh: Fall
    organizations: Fall
    stated: Floats
    again: Floats
    quiet: Talked
    pauses: tuple[Floats, Bools]


@evaluation(name="structure", of=("ecosystem",), params=StructureTrialParams)
def evaluate_structure(past: Past, params: StructureTrialParams, progress: Progress) -> Evaluation:
    """Communities, their stability, silence and ecosystem verdicts against what came after T."""
    when = dates(past.now, params.horizon_days, params.start, params.references)
    trials = []
    for k, at in enumerate(when):
        progress("structure", k / (len(when) + 1))
        trials.append(_trial(past, at, params))
    reach = _outreach(past, params)
    progress("structure", 1.0)
    if sum(t.communities.ties for t in trials) < ENOUGH_TIES:
        ties = sum(t.communities.ties for t in trials)
        return _evaluation(phrase("structure.too_short", dates=len(when), ties=ties, needed=ENOUGH_TIES), params)
    return _told(params, trials, reach)


def _trial(past: Past, at: int, params: StructureTrialParams) -> _Trial:
    p, now = past.at(at), past.now
    strength = tie_strength(p, TieStrengthParams())
    found = find_communities(p, strength, StructureParams(replicates=params.replicates))
    w = window(p, now, at + int(params.horizon_days * DAY))
    label, every = found.of_entities(len(p)), np.ones(len(w.a), dtype=bool)
    stated, again = _again(past, found, at, params)
    return _Trial(
        at=at,
        communities=falls(w, label, every),
        fresh=falls(w, label, w.new),
        organizations=falls(w, homes(p), every),
        stated=stated,
        again=again,
        quiet=talked(p, w, strength, found),
        pauses=pauses(p, now, found),
    )


def _again(past: Past, found: Communities, at: int, params: StructureTrialParams) -> tuple[Floats, Floats]:
    until = at + int(params.again_days * DAY)
    if until > past.now.as_of:
        return np.zeros(0), np.zeros(0)
    return found_again(past.at(at), found, past.at(until))


def _outreach(past: Past, params: StructureTrialParams) -> Outreach | None:
    """The assessed organizations one adoption window ago; None where that was before everything."""
    at = past.now.as_of - int(params.adoption_days * DAY)
    time = past.now.interactions.time
    if not len(time) or at <= int(time[0]):
        return None
    return outreach(past.at(at), past.scores("ecosystem", at), past.now)


def _told(params: StructureTrialParams, trials: Sequence[_Trial], reach: Outreach | None) -> Evaluation:
    ties, fresh, homes_ = (_pooled([getattr(t, n) for t in trials]) for n in ("communities", "fresh", "organizations"))
    stated, again = (np.concatenate([getattr(t, n) for t in trials]) for n in ("stated", "again"))
    quiet = Talked(*(np.concatenate([getattr(t.quiet, n) for t in trials]) for n in ("chance", "days", "again")))
    figures: dict[str, float | None] = {
        "tie_lift": _lift(ties),
        "tie_auc": _auc(ties),
        "new_tie_auc": _auc(fresh),
        "organization_tie_auc": _auc(homes_),
        **_recovery_figures(stated, again),
        **_silence_figures(trials),
        **_outreach_figures(reach),
    }
    verdict = phrase(
        "structure.verdict",
        inside=_percent(ties.inside / ties.ties),
        expected=_percent(ties.expected / ties.ties),
        stated=_number(figures["stated_stability"]),
        found=_number(figures["found_again"]),
    )
    tables = [_falls_table(ties, fresh, homes_), _stability_table(stated, again), _silence_table(quiet)]
    if reach is not None and len(reach.later):
        tables.append(_outreach_table(reach))
    return _evaluation(verdict, params, figures, tuple(tables), _plots(stated, again), _detail(trials, reach))


def _evaluation(
    verdict: Phrase,
    params: StructureTrialParams,
    figures: dict[str, float | None] | None = None,
    tables: tuple[Table, ...] = (),
    plots: tuple[Plot, ...] = (),
    detail: dict[str, object] | None = None,
) -> Evaluation:
    protocol = phrase(
        "structure.protocol",
        horizon=round(params.horizon_days),
        again=round(params.again_days),
        adoption=round(params.adoption_days),
        replicates=params.replicates,
    )
    told = figures is not None
    return Evaluation("structure", verdict, protocol, told, figures or {}, tables, plots, detail or {})


# -- figures -----------------------------------------------------------------------------------------------------------


def _pooled(parts: Sequence[Fall]) -> Fall:
    return Fall(sum(f.ties for f in parts), sum(f.inside for f in parts), sum(f.expected for f in parts))


def _lift(f: Fall) -> float | None:
    return f.inside / f.expected if f.expected > 0 else None


def _auc(f: Fall) -> float | None:
    """AUC of "same group" for telling the ties that came from random pairs of equally active people."""
    return 0.5 + 0.5 * (f.inside - f.expected) / f.ties if f.ties >= ENOUGH_TIES else None


def _recovery_figures(stated: Floats, again: Floats) -> dict[str, float | None]:
    if len(stated) < ENOUGH_COMMUNITIES:
        return dict.fromkeys(("stated_stability", "found_again", "stability_error", "stability_spearman"))
    return {
        "stated_stability": float(stated.mean()),
        "found_again": float(again.mean()),
        "stability_error": float(np.abs(stated - again).mean()),
        "stability_spearman": spearman(stated, again),
    }


def _silence_figures(trials: Sequence[_Trial]) -> dict[str, float | None]:
    """The part of later pauses so long that only ``UNUSUAL`` of them should be (Kaplan-Meier, as some are not over)."""
    odds, over = (np.concatenate([t.pauses[i] for t in trials]) for i in (0, 1))
    if len(odds) < ENOUGH_PAUSES:
        return dict.fromkeys(("unusual_stated", "unusual_found"))
    found = survival(1.0 - odds, over.astype(bool), np.array([1.0 - UNUSUAL]))
    return {"unusual_stated": UNUSUAL, "unusual_found": float(found[0])}


def _outreach_figures(reach: Outreach | None) -> dict[str, float | None]:
    names = ("pivot_later", "other_later", "ecosystem_spearman")
    if reach is None or not _enough(reach):
        return dict.fromkeys(names)
    pivot = reach.verdict == "pivot"
    values = (_rate(reach.later, pivot), _rate(reach.later, ~pivot), spearman(reach.value, reach.later))
    return dict(zip(names, values, strict=True))


def _enough(reach: Outreach) -> bool:
    pivots = int((reach.verdict == "pivot").sum())
    others = len(reach.verdict) - pivots
    return float(reach.later.sum()) >= ENOUGH_ADOPTIONS and min(pivots, others) >= ENOUGH_ORGANIZATIONS


def _rate(values: Floats, which: Bools) -> float | None:
    return float(values[which].mean()) if which.any() else None


# -- tables ------------------------------------------------------------------------------------------------------------


def _heads(*names: str) -> tuple[Phrase, ...]:
    return tuple(phrase(f"structure.column_{name}") for name in names)


def _falls_table(ties: Fall, fresh: Fall, homes_: Fall) -> Table:
    named = (("row_ties", ties), ("row_new_ties", fresh), ("row_organizations", homes_))
    rows: list[tuple[Cell, ...]] = []
    for name, f in named:
        shares = (f.inside / f.ties, f.expected / f.ties) if f.ties else (None, None)
        rows.append((phrase(f"structure.{name}"), f.ties, *shares, _lift(f), _auc(f)))
    heads = _heads("grouping", "ties", "inside", "expected", "lift", "auc")
    return Table(phrase("structure.table_falls"), heads, tuple(rows))


def _stability_table(stated: Floats, again: Floats) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, low, high in (("cannot_tell", 0.0, 0.5), ("partly", 0.5, 0.75), ("stable", 0.75, 2.0)):
        some = (stated >= low) & (stated < high)
        rows.append((phrase(f"structure.band_{name}"), int(some.sum()), _rate(stated, some), _rate(again, some)))
    return Table(phrase("structure.table_stability"), _heads("band", "communities", "stated", "found"), tuple(rows))


def _silence_table(quiet: Talked) -> Table:
    broken, y = quiet.chance <= UNUSUAL, quiet.again.astype(np.float64)
    named = (("row_silent", broken), ("row_in_rhythm", ~broken))
    rows = tuple((phrase(f"structure.{name}"), int(some.sum()), _rate(y, some)) for name, some in named)
    return Table(phrase("structure.table_silence"), _heads("verdict", "pairs", "talked"), rows)


def _outreach_table(reach: Outreach) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name in ("pivot", "lighthouse", "none"):
        some = reach.verdict == (name if name != "none" else "")
        cells = (int(some.sum()), _rate(reach.stable, some), _rate(reach.value, some), _rate(reach.later, some))
        rows.append((phrase(f"structure.verdict_{name}"), *cells))
    heads = _heads("verdict", "organizations", "stable", "reach", "later")
    return Table(phrase("structure.table_outreach"), heads, tuple(rows))


def _plots(stated: Floats, again: Floats) -> tuple[Plot, ...]:
    if not len(stated):
        return ()
    points = Series(phrase("structure.series_communities"), tuple(stated.tolist()), tuple(again.tolist()))
    axes = (phrase("structure.column_stated"), phrase("structure.column_found"))
    return (Plot(phrase("structure.table_stability"), *axes, (points,), kind="points", diagonal=True),)


def _detail(trials: Sequence[_Trial], reach: Outreach | None) -> dict[str, object]:
    dated = [
        {
            "as_of": show_moment(t.at),
            "communities": asdict(t.communities),
            "new_ties": asdict(t.fresh),
            "organizations": asdict(t.organizations),
            "stated": t.stated.tolist(),
            "found_again": t.again.tolist(),
            "quiet_pairs": len(t.quiet.again),
        }
        for t in trials
    ]
    columns = {} if reach is None else {name: column.tolist() for name, column in vars(reach).items()}
    return {"dates": dated, "outreach": columns}


def _percent(x: float) -> str:
    return f"{100 * x:.1f}"


def _number(x: float | None) -> str:
    return "–" if x is None else f"{x:.2f}"
