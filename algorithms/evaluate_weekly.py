"""Does the weekly list name whom we are about to lose? A back-test on past weeks, beside simpler lists.

At each of some past dates every rep's list is made from what was known then. In question are the contacts that were in
touch with the rep within the horizon before the date; lost is who has no contact with the rep within the horizon after
it. The list ranks by gain, which is value times chance, so two things are asked: how many of its first lines were
lost (precision), and which part of the value that was lost stood on them (value found).

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
Jarvelin, K. & Kekalainen, J. (2002). Cumulated gain-based evaluation of IR techniques. ACM TOIS 20(4), 422-446.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.outreach import OutreachParams
from algorithms.weekly_board import Board, make_board
from graphsvc.clock import show_moment
from graphsvc.evaluations import Evaluation, Past, Plot, Progress, Series, Table
from graphsvc.kernels.bootstrap import bootstrap, standard_error
from graphsvc.kernels.ties import contacts
from graphsvc.phrases import phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.registry import evaluation

SCORES = ("tie_strength", "relationship_health", "active")
SHORT = 5  # first lines of a list, where few contacts are in question
REPLICATES = 1000
RIVALS = ("recency", "amount", "random")
LISTS = 30  # lists from which a size is told of first
SURE = 2.0  # standard errors from which a difference is told


class WeeklyTest(BaseModel):
    """How the lists are tested."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(28.0, gt=0, description="In touch within it before, lost without contact after [days].")
    dates: int = Field(8, ge=1, description="Past dates, 28 days apart, newest first.")
    history_days: float = Field(90.0, ge=0, description="History before the first date [days].")
    reps: int = Field(25, ge=1, description="Busiest reps looked at per date.")
    size: int = Field(20, ge=1, description="Lines of a list.")
    seed: int = Field(0, description="Seed of the bootstrap.")


@dataclass(frozen=True)
class _Case:
    """One rep at one date: the contacts in question, in the order of the Projection's ids.

    ``orders`` are rankings of them, best first, each possibly of some of them only; ``lost`` and ``value`` by contact.
    """

    at: int
    orders: Mapping[str, Ints]
    lost: Bools
    value: Floats
    guarded: Bools  # left in peace by the fatigue guard
    waiting: Bools  # wrote last, so that the next word is ours

    def precision(self, name: str, size: int) -> float:
        """Part of the first ``size`` lines that was lost; at random, what is to be expected."""
        if name == "random":
            return float(self.lost.mean())
        return float(self.lost[self.orders[name][:size]].mean())

    def found(self, name: str, size: int) -> float:
        """Part of the value that was lost which stood on the first ``size`` lines; NaN where nothing was lost."""
        if name == "random":
            return size / len(self.lost) if self.lost.any() else float("nan")
        gone = np.where(self.lost, self.value, 0.0)
        return float(gone[self.orders[name][:size]].sum() / gone.sum()) if gone.sum() > 0 else float("nan")


@evaluation(name="weekly", of=("weekly",), params=WeeklyTest)
def evaluate_weekly(past: Past, params: WeeklyTest, progress: Progress) -> Evaluation:
    """Back-test of the weekly list against lists by recency, by amount, by health alone and at random.

    Returns
    -------
    ``figures``: ``precision`` and ``precision_random`` of the first 20 lines, ``value_found``, ``lists``; ``detail``
    holds every ranking's figures with standard errors (bootstrap over reps), and what the fatigue guard held back.
    """
    dates = _dates(past.now, params)
    cases: list[_Case] = []
    for done, at in enumerate(dates):
        progress(show_moment(at)[:10], done / len(dates))
        cases += _cases(past, at, params)
    sizes = [s for s in (SHORT, params.size) if any(len(c.lost) > s for c in cases)]
    protocol = phrase("evaluate_weekly.protocol", dates=len(dates), days=f"{params.horizon_days:g}", size=params.size)
    if not sizes:
        verdict = phrase("evaluate_weekly.too_little", dates=len(dates), size=SHORT)
        return Evaluation("weekly", verdict, protocol, told=False, detail={"dates": len(dates), "lists": 0})
    figures = {size: _compared(cases, size, params) for size in sizes}
    guard = _guard(cases)
    return _told(figures, guard, protocol, params)


def _dates(p: Projection, params: WeeklyTest) -> list[int]:
    """Dates back from the newest one whose outcome is known, with enough history before; ascending [us]."""
    if not len(p.interactions):
        return []
    newest = p.as_of - int(params.horizon_days * DAY)
    oldest = int(p.interactions.time[len(p.interactions) // 200]) + int(params.history_days * DAY)
    dates = [newest - k * 28 * DAY for k in range(params.dates)]
    return sorted(at for at in dates if at >= oldest)


def _cases(past: Past, at: int, params: WeeklyTest) -> Iterator[_Case]:
    """Every rep's case at one date."""
    p = past.at(at)
    scores = {name: past.scores(name, at) for name in SCORES}
    after = _met(past.now, at, at + int(params.horizon_days * DAY))
    before = _met(p, at - int(params.horizon_days * DAY), at)
    for rep in _reps(p, before, params.reps).tolist():
        board = make_board(p, scores, rep, OutreachParams(size=params.size))
        case = _case(board, before, after, past.now)
        if len(case.lost):
            yield case


def _met(p: Projection, since: int, until: int) -> set[tuple[bytes, bytes]]:
    """Pairs of public ids, both ways round, with a contact in (since, until]."""
    x = p.interactions
    rows = np.flatnonzero(contacts(p) & (x.time > since) & (x.time <= until))
    pairs = np.unique(np.column_stack([x.actor[rows], x.target[rows]]), axis=0)
    ids = p.entities.id
    one = {(ids[a], ids[b]) for a, b in pairs.tolist()}
    return one | {(b, a) for a, b in one}


def _reps(p: Projection, met: set[tuple[bytes, bytes]], most: int) -> Index:
    """People with the most contacts in question: colleagues of ours, anybody where nobody said who ours are."""
    count = np.zeros(len(p))
    for a, b in met:
        i, j = p.index[a.decode()], p.index[b.decode()]
        count[i] += p.customer[j] or not p.own_known
    may = p.entities.internal & ~p.entities.left if p.own_known else np.ones(len(p), dtype=bool)
    people = p.people[may[p.people] & (count[p.people] > SHORT)]
    return people[np.lexsort((people, -count[people]))][:most]


def _case(board: Board, before: set[tuple[bytes, bytes]], after: set[tuple[bytes, bytes]], now: Projection) -> _Case:
    p, rep = board.p, -1 if board.rep is None else board.rep
    ids = p.entities.id
    people = np.flatnonzero(board.candidate & ~p.entities.left & ~p.entities.restricted)
    still = np.array([ids[i].decode() in now.index for i in people.tolist()], dtype=bool)
    rows = np.array([i for i in people[still].tolist() if (ids[i], ids[rep]) in before], dtype=np.int64)
    place = np.full(len(p), -1)
    place[rows] = np.arange(len(rows))
    on_list = place[board.ranking]
    organization = board.organization[rows]
    value = _per_contact(organization, board.worth.value)
    keys = {
        "health": board.chance.now[rows],
        "recency": -np.nan_to_num(board.chance.silent_days[rows]),
        "amount": -value,
    }
    orders = {name: np.lexsort((np.arange(len(rows)), key)) for name, key in keys.items()}
    lost = np.array([(ids[i], ids[rep]) not in after for i in rows.tolist()], dtype=bool)
    guarded = np.array([_is_guarded(board, i) for i in rows.tolist()], dtype=bool)
    return _Case(
        p.as_of, {"list": on_list[on_list >= 0], **orders}, lost, value, guarded, board.touched.wrote_last[rows]
    )


def _per_contact(organization: Index, worth: Floats) -> Floats:
    """An account's value, shared by its contacts in question: to lose one of five is not to lose the account."""
    known = organization >= 0
    count = np.bincount(organization[known], minlength=len(worth))
    out = np.ones(len(organization))
    out[known] = worth[organization[known]] / count[organization[known]]
    return out


def _is_guarded(board: Board, who: int) -> bool:
    reason = board.refused.get(who)
    return reason is not None and reason.code == "weekly.overloaded"


Compared = Mapping[str, Mapping[str, Any]]


def _compared(cases: Sequence[_Case], size: int, params: WeeklyTest) -> Compared:
    """Figures of every ranking over the cases with more contacts in question than lines, and random's expectation."""
    used = [c for c in cases if len(c.lost) > size and len(c.orders["list"]) >= size]
    columns: dict[tuple[str, str], Floats] = {}
    for name in ("list", "health", *RIVALS):
        for figure, values in (("precision", [c.precision(name, size) for c in used]),
                               ("value_found", [c.found(name, size) for c in used])):  # fmt: skip
            columns[name, figure] = np.array(values)
            columns[name, f"{figure}_ahead"] = columns["list", figure] - columns[name, figure]
    told = _means(np.column_stack(list(columns.values())), params.seed)
    table: dict[str, dict[str, Any]] = {}
    for (name, figure), (mean, error) in zip(columns, told, strict=True):
        table.setdefault(name, {"lists": len(used)}).update({figure: mean, f"{figure}_se": error})
    return table


def _means(values: Floats, seed: int) -> list[tuple[float | None, float | None]]:
    """Mean of each column over the cases that have a value, and its standard error by bootstrap over cases."""

    def means(weight: Floats) -> Floats:
        known = np.where(np.isfinite(values), weight[:, None], 0.0)
        total = known.sum(axis=0)
        sums = (known * np.nan_to_num(values)).sum(axis=0)
        out: Floats = np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0)
        return out

    if not len(values):
        return [(None, None)] * values.shape[1]
    errors = standard_error(bootstrap(np.arange(len(values)), means, REPLICATES, seed))
    both = zip(means(np.ones(len(values))).tolist(), errors.tolist(), strict=True)
    return [(None if np.isnan(mean) else mean, None if np.isnan(error) else error) for mean, error in both]


def _guard(cases: Sequence[_Case]) -> dict[str, Any]:
    """What the fatigue guard held back: how many, how many of them waited for us, and how many were lost after."""
    guarded = np.concatenate([c.guarded for c in cases])
    waiting = np.concatenate([c.waiting for c in cases])
    lost = np.concatenate([c.lost for c in cases])

    def rate(rows: Bools) -> float | None:
        return float(lost[rows].mean()) if rows.any() else None

    return {
        "contacts": len(guarded),
        "held_back": int(guarded.sum()),
        "held_back_waiting": int((guarded & waiting).sum()),
        "held_back_lost": rate(guarded),
        "others_lost": rate(~guarded),
    }


def _beats(row: Mapping[str, Any], figure: str) -> bool:
    ahead, error = row[f"{figure}_ahead"], row[f"{figure}_ahead_se"]
    return ahead is not None and error is not None and ahead > SURE * error


def _told(figures: Mapping[int, Compared], guard: Mapping[str, Any], protocol: Any, params: WeeklyTest) -> Evaluation:
    size = _telling(figures)
    main = figures[size]
    beaten = [phrase(f"evaluate_weekly.by_{n}").text() for n in RIVALS if _beats(main[n], "precision")]
    verdict = phrase(
        "evaluate_weekly.verdict" if beaten else "evaluate_weekly.no_better",
        size=size,
        precision=_percent(main["list"]["precision"]),
        chance=_percent(main["random"]["precision"]),
        found=_percent(main["list"]["value_found"]),
        beaten="; ".join(beaten),
        lists=main["list"]["lists"],
    )
    return Evaluation(
        name="weekly",
        verdict=verdict,
        protocol=protocol,
        told=True,
        figures={
            "precision": main["list"]["precision"],
            "precision_random": main["random"]["precision"],
            "value_found": main["list"]["value_found"],
            "lists": main["list"]["lists"],
        },
        tables=(*(_table(s, rows) for s, rows in figures.items()), _guard_table(guard)),
        plots=(_plot(size, main),),
        detail={
            "horizon_days": params.horizon_days,
            "by_size": {str(s): rows for s, rows in figures.items()},
            "guard": guard,
        },
    )


def _telling(figures: Mapping[int, Compared]) -> int:
    """The longest lists of which there are enough to tell; where there are not, the size most lists reach."""
    lists = {size: rows["list"]["lists"] for size, rows in figures.items()}
    return max((s for s in lists if lists[s] >= LISTS), default=max(lists, key=lambda s: lists[s]))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _table(size: int, rows: Compared) -> Table:
    heads = ("ranking", "precision", "error", "value_found", "error", "lists")
    return Table(
        phrase("evaluate_weekly.table", size=size),
        tuple(phrase(f"evaluate_weekly.head_{h}") for h in heads),
        tuple(
            (phrase(f"evaluate_weekly.by_{name}"), r["precision"], r["precision_se"], r["value_found"],
             r["value_found_se"], r["lists"])
            for name, r in rows.items()
        ),
    )  # fmt: skip


def _guard_table(guard: Mapping[str, Any]) -> Table:
    return Table(
        phrase("evaluate_weekly.guard"),
        (phrase("evaluate_weekly.head_what"), phrase("evaluate_weekly.head_value")),
        tuple((phrase(f"evaluate_weekly.guard_{name}"), value) for name, value in guard.items()),
    )


def _plot(size: int, rows: Compared) -> Plot:
    names = tuple(rows)
    place = tuple(float(i) for i in range(len(names)))

    def series(figure: str) -> Series:
        y = tuple(rows[n][figure] if rows[n][figure] is not None else float("nan") for n in names)
        error = tuple(rows[n][f"{figure}_se"] or 0.0 for n in names)
        return Series(phrase(f"evaluate_weekly.head_{figure}"), place, y, error)

    return Plot(
        phrase("evaluate_weekly.table", size=size),
        phrase("evaluate_weekly.head_ranking"),
        phrase("evaluate_weekly.head_part"),
        (series("precision"), series("value_found")),
        kind="bars",
        labels=tuple(phrase(f"evaluate_weekly.by_{n}") for n in names),
    )
