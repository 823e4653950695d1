"""Tables, plots, JSON and the one sentence of the test of influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.influence_nulls import Against, Nulls
from algorithms.influence_trial import OURS, RANKERS, Trial
from graphsvc.clock import show_moment
from graphsvc.evaluations import Cell, Plot, Series, Table
from graphsvc.kernels.metrics import auc, calibration_error, log_loss
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Projection

if TYPE_CHECKING:
    from algorithms.evaluate_influence import Ranked

SURE = 2.0  # standard errors from which a difference is told
WORKS = 10  # works shown, those with the most adopters
BINS = 10


def pairs(trials: Sequence[Trial]) -> dict[str, float]:
    """Who adopts next, by the pairs of all dates; expected over actual later followers."""
    y = np.concatenate([t.came for t in trials]).astype(np.float64)
    p = np.concatenate([t.probability for t in trials])
    rate = np.concatenate([np.full(len(t.came), t.rate) for t in trials])
    actual = sum(float(t.truth.sum()) for t in trials)
    return {
        "auc": auc(y, p),
        "log_loss": log_loss(y, p),
        "log_loss_rate": log_loss(y, rate),
        "calibration_error": calibration_error(y, p),
        "expected_over_actual": sum(float(t.expected.sum()) for t in trials) / actual,
        "pairs": float(len(y)),
        "later_followers": actual,
    }


def nearest(mean: Mapping[str, Mapping[str, float]], rivals: Sequence[str]) -> str:
    """The plain ranking with the highest correlation."""
    return max(rivals, key=lambda name: mean[name]["spearman"])


def deviations(chance: Nulls | None) -> dict[str, float | None]:
    """Adoptions with an earlier source, in standard deviations above each chance."""
    if chance is None:
        return {}
    return {
        "z_shuffled": _number(chance.shuffled.z),
        "z_rewired": _number(chance.rewired.z),
        "z_likeness": _number(chance.likeness.z),
    }


def verdict(
    mean: Mapping[str, Mapping[str, float]], best: str, lead: float, error: float, chance: Nulls | None
) -> Phrase:
    """One sentence: whether reach beats the plain counts, and whether credit is more than likeness."""
    sure = np.isfinite(error) and abs(lead) > SURE * error
    how = ("ahead" if lead > 0 else "behind") if sure else "even"
    beyond = "untold"
    if chance is not None and np.isfinite(chance.likeness.z):
        first = chance.shuffled.rank == 1 and chance.rewired_likeness.rank == 1
        beyond = "beyond" if first and chance.likeness.z > SURE else "within"
    said = {"reach": f"{mean['reach']['spearman']:.3f}", "rival": f"{mean[best]['spearman']:.3f}"}
    said |= {"credit": f"{mean['credit']['spearman']:.3f}", "lead": f"{lead:+.3f}", "error": f"{error:.3f}"}
    return phrase(f"influence.verdict_{how}_{beyond}", **said)


def tables(
    trials: Sequence[Trial], ranked: Ranked, about: Mapping[str, float], chance: Nulls | None, now: Projection
) -> tuple[Table, ...]:
    """Rankers; leads; dates; next adopters; credit against chance."""
    out = [_rankers(ranked), _leads(ranked), _dates(trials, ranked), _pairs(about)]
    if chance is not None:
        out.append(_chance(chance, now))
    return tuple(out)


def plots(trials: Sequence[Trial], ranked: Ranked) -> tuple[Plot, ...]:
    """Correlation by date; expected against actual later followers."""
    x = tuple(float(t.at) for t in trials)
    shown = ("reach", "credit", "open_followers", "followers", "pagerank")
    lines = tuple(Series(ranker(name), x, tuple(ranked.by_date[name])) for name in shown)
    over_time = Plot(
        phrase("influence.plot_dates"), phrase("influence.date"), phrase("influence.spearman"), lines, dates=True
    )
    expected, actual = np.concatenate([t.expected for t in trials]), np.concatenate([t.truth for t in trials])
    parts = [i for i in np.array_split(np.argsort(expected, kind="stable"), BINS) if len(i)]
    points = Series(
        phrase("influence.people_alike"),
        tuple(float(expected[i].mean()) for i in parts),
        tuple(float(actual[i].mean()) for i in parts),
        tuple(float(actual[i].std() / np.sqrt(len(i))) for i in parts),
    )
    axes = phrase("influence.plot_reach"), phrase("influence.expected"), phrase("influence.actual")
    return over_time, Plot(*axes, (points,), kind="points", diagonal=True)


def detail(
    trials: Sequence[Trial],
    ranked: Ranked,
    about: Mapping[str, float],
    chance: Nulls | None,
    now: Projection,
    horizon: float,
) -> dict[str, Any]:
    """Everything as plain JSON values."""
    return {
        "horizon_days": horizon,
        "places": ranked.size,
        "rankers": {
            name: {
                **{m: _number(v) for m, v in ranked.mean[name].items()},
                **{f"{m}_error": _number(v) for m, v in ranked.error[name].items()},
            }
            for name in RANKERS
        },
        "leads": {
            mine: {
                rival: {"difference": d, "error_people": _number(a), "error_dates": _number(b)}
                for rival, (d, a, b) in ranked.lead[mine].items()
            }
            for mine in OURS
        },
        "dates": [
            {
                "date": show_moment(t.at)[:10],
                "people": len(t),
                "later_followers": float(t.truth.sum()),
                "expected": float(t.expected.sum()),
                "spearman": {name: ranked.by_date[name][i] for name in RANKERS},
            }
            for i, t in enumerate(trials)
        ],
        "next_adopters": {name: _number(value) for name, value in about.items()},
        "chance": None if chance is None else _chances(chance, now),
    }


def ranker(name: str) -> Phrase:
    """A ranking as people call it."""
    return phrase(f"influence.ranker_{name}")


def _rankers(ranked: Ranked) -> Table:
    columns = ("ranking", "spearman", "error", "ndcg", "precision", "later_credit")
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(RANKERS, key=lambda r: -ranked.mean[r]["spearman"]):
        figures = (ranked.mean[name][m] for m in ("spearman", "ndcg", "precision", "later_credit"))
        first, *others = (_cell(value) for value in figures)
        rows.append((ranker(name), first, _cell(ranked.error[name]["spearman"]), *others))
    return Table(phrase("influence.table_rankers", size=ranked.size), _head(*columns), tuple(rows))


def _leads(ranked: Ranked) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (ranker(mine), ranker(rival), _cell(d), _cell(a), _cell(b))
        for mine in ("reach", "credit", "credit_ahead")
        for rival, (d, a, b) in ranked.lead[mine].items()
    ]
    head = _head("ranking", "rival", "difference", "error_people", "error_dates")
    return Table(phrase("influence.table_leads"), head, tuple(rows))


def _dates(trials: Sequence[Trial], ranked: Ranked) -> Table:
    shown = ("reach", "credit", "open_followers", "followers")
    rows: list[tuple[Cell, ...]] = [
        (
            show_moment(t.at)[:10],
            len(t),
            float(t.truth.sum()),
            _cell(float(t.expected.sum())),
            *(_cell(ranked.by_date[name][i]) for name in shown),
        )
        for i, t in enumerate(trials)
    ]
    head = (*_head("date", "people", "actual", "expected"), *(ranker(name) for name in shown))
    return Table(phrase("influence.table_dates"), head, tuple(rows))


def _pairs(about: Mapping[str, float]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (phrase(f"influence.{name}"), _cell(value)) for name, value in about.items()
    )
    return Table(phrase("influence.table_pairs"), _head("what", "value"), rows)


def _chance(chance: Nulls, now: Projection) -> Table:
    named = (("shuffled", chance.shuffled), ("rewired", chance.rewired), ("likeness", chance.likeness))
    rows: list[tuple[Cell, ...]] = [_against(phrase(f"influence.null_{n}"), a) for n, a in named]
    rows.append(_against(phrase("influence.null_rewired_likeness"), chance.rewired_likeness))
    if chance.turned is not None:
        rows.append((phrase("influence.null_turned"), None, None, _cell(chance.turned), None))
    for work, *each in chance.works[:WORKS] if len(chance.works) > 1 else ():
        title = now.entities.id[work].decode()[:8]
        rows += [_against(f"{title} {phrase(f'influence.null_{n}')}", a) for (n, _), a in zip(named, each, strict=True)]
    return Table(phrase("influence.table_chance"), _head("what", "real", "by_chance", "z", "rank"), tuple(rows))


def _against(what: Cell, a: Against) -> tuple[Cell, ...]:
    rank = f"{a.rank} / {a.repetitions + 1}" if a.repetitions else None
    return what, _cell(a.real), _cell(a.mean), _cell(a.z), rank


def _chances(chance: Nulls, now: Projection) -> dict[str, Any]:
    def plain(a: Against) -> dict[str, Any]:
        return {
            "real": a.real,
            "mean": a.mean,
            "deviation": a.error,
            "z": _number(a.z),
            "rank": a.rank,
            "of": a.repetitions,
        }

    return {
        "shuffled": plain(chance.shuffled),
        "rewired": plain(chance.rewired),
        "likeness": plain(chance.likeness),
        "rewired_likeness": plain(chance.rewired_likeness),
        "turned_z": None if chance.turned is None else _number(chance.turned),
        "works": [
            {"work": now.entities.id[w].decode(), "shuffled": plain(a), "rewired": plain(b), "likeness": plain(c)}
            for w, a, b, c in chance.works
        ],
    }


def _head(*names: str) -> tuple[Phrase, ...]:
    return tuple(phrase(f"influence.head_{name}") for name in names)


def _cell(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
