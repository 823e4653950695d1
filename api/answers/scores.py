"""Answers about scores: values with their terms, and what each term opens to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from api.answers.ask import Ask
from api.cursors import decode_cursor, encode_cursor
from api.shapes import ExplainAnswer, ScoreItem, ScoresAnswer, Term
from graphsvc.clock import show_moment
from graphsvc.errors import AmbiguousError, ForbiddenError, NotFoundError
from graphsvc.policy import ONE_TIE, require
from graphsvc.projection import Bools, Index, Ints
from graphsvc.registry import find_algorithm
from graphsvc.scores import Scores, TermEvidence
from graphsvc.tabular import ranks


def scores(
    ask: Ask, name: str, keys: Sequence[str] | None = None, limit: int = 100, cursor: str | None = None
) -> ScoresAnswer:
    """A score by value, highest first, or of the entities (or ties of the people) that ``keys`` name."""
    spec = find_algorithm(name)
    ask.budget.limit(max(limit, len(keys or ())))
    table = ask.scores(spec.name)
    unknown: list[str] = []
    rows, closed = (_by_rank(ask, table), 0) if keys is None else _named(ask, table, keys, unknown)
    allowed = rows[_allowed(ask, table, rows)]
    start = decode_cursor(cursor, ask.projection.sequence) if cursor else 0
    page = allowed[start : start + limit] if keys is None else allowed
    more = keys is None and start + limit < len(allowed)
    return ScoresAnswer(
        meta=ask.meta(spec.name, hidden=closed + len(rows) - len(allowed)),
        name=spec.name,
        items=score_items(ask, table, page),
        next_cursor=encode_cursor(start + limit, ask.projection.sequence) if more else None,
        unknown=unknown,
    )


def score_items(ask: Ask, table: Scores, rows: Index) -> list[ScoreItem]:
    """The rows of a score with names, terms, reason and override."""
    second = table.b if table.b is not None else np.full(len(table), -1, dtype=np.int32)
    a, b = table.a[rows].tolist(), second[rows].tolist()
    names = ask.entities([*a, *b])
    rank = _ranks(ask, table)
    ranked = int(rank.max(initial=0))
    mine = {(x, y): v for score, x, y, v in ask.projection.overrides if score == table.name}
    out = []
    for row, x, y in zip(rows.tolist(), a, b, strict=True):
        if x in names:
            value = float(table.value[row])
            out.append(
                ScoreItem(
                    name=table.name,
                    a=names[x],
                    b=names.get(y),
                    value=None if np.isnan(value) else value,
                    rank=int(rank[row]) or None,
                    of=ranked if rank[row] else None,
                    low=_number(table.low, row),
                    high=_number(table.high, row),
                    terms={t: float(c[row]) for t, c in table.terms.items() if not np.isnan(c[row])},
                    beside=_beside(ask, table, row),
                    reason=_reason(ask, table, row),
                    override=mine.get((x, y)),
                    unit=table.unit,
                    link=table.link,
                )
            )
    return out


def explain(ask: Ask, name: str, key: str, other: str | None = None, limit: int = 50) -> ExplainAnswer:
    """A score taken apart down to the source records; each term's evidence is the ``limit`` heaviest rows.

    Raises
    ------
    NotFoundError
        When there is no such score of this entity or tie.
    ForbiddenError
        When the caller may not open it.
    """
    ask.budget.limit(limit)
    spec, table = find_algorithm(name), ask.scores(name)
    row = _row(ask, table, key, other)
    if not _allowed(ask, table, np.array([row], dtype=np.int32))[0]:
        raise ask.refusal(*(int(end[row]) for end in (table.a, table.b) if end is not None))
    opened: list[TermEvidence] = []
    if spec.explain is not None:
        model = next((m for m in ask.workspace.store.models(spec.name) if m.id == table.model_id), None)
        inputs = ask.workspace.inputs(spec, ask.moment, model)
        opened = spec.explain(ask.projection, spec.params(), inputs, table, row)
    found = [_term(ask, t, limit, context=_own_context(ask, table, row, t.term)) for t in opened]
    terms, hidden = [t for t, _ in found], sum(h for _, h in found)
    item = score_items(ask, table, np.array([row], dtype=np.int32))[0]
    return ExplainAnswer(meta=ask.meta(spec.name, hidden=hidden), score=item, terms=terms)


def _term(ask: Ask, t: TermEvidence, limit: int, *, context: bool) -> tuple[Term, int]:
    """A term as the caller may see it, and how much of it is hidden: records of others' ties, counts of them."""
    table: Literal["facts", "interactions"] = "facts" if t.table == "facts" else "interactions"
    rows = np.zeros(0, dtype=np.int64) if t.rows is None else t.rows
    mine = ask.openable(table, rows)
    kept, shares = rows[mine], None if t.shares is None else t.shares[mine]
    if shares is not None and len(kept):
        heaviest = np.lexsort((kept, -np.abs(shares)))[:limit]
        evidence, _ = ask.evidence(table, kept[heaviest], shares[heaviest].tolist())
    else:
        evidence, _ = ask.evidence(table, kept[:limit])
    closed = t.phrase is not None and ((t.kind == "context" and not context) or (len(rows) > 0 and not len(kept)))
    term = Term(
        term=t.term,
        kind=t.kind,
        value=None if np.isnan(t.value) else t.value,
        text=ask.text(t.phrase) if t.phrase and not closed else None,
        evidence=evidence,
        evidence_count=len(kept),
    )
    return term, len(rows) - len(kept) + closed


def _own_context(ask: Ask, table: Scores, row: int, term: str) -> bool:
    """Whether the caller may see what a context term counts: both sides own, and not the figure of a single tie."""
    ends = [int(table.a[row])] + ([int(table.b[row])] if table.b is not None else [])
    return ask.caller.is_owner or (all(ask.sight.entity(i) for i in ends) and term != "best_tie")


def _row(ask: Ask, table: Scores, key: str, other: str | None) -> int:
    ends = [ask.find(key, None if table.of != "organization" else "organization")]
    if table.of == "tie":
        if other is None:
            raise NotFoundError("errors.needs_two", name=table.name)
        ends.append(ask.find(other))
    row = table.row_of(*ends)
    if row is None:
        raise NotFoundError("errors.no_such_score", name=table.name, key=" – ".join(map(ask.called, ends)))
    return row


def _by_rank(ask: Ask, table: Scores) -> Index:
    rank = _ranks(ask, table)

    def make() -> Index:
        return np.lexsort((np.arange(len(rank)), np.where(rank == 0, len(rank) + 1, rank))).astype(np.int32)

    return ask.workspace.kept.get(("order", *_state(ask, table)), make)


def _ranks(ask: Ask, table: Scores) -> Ints:
    return ask.workspace.kept.get(("ranks", *_state(ask, table)), lambda: ranks(table, ask.projection))


def _state(ask: Ask, table: Scores) -> tuple[object, ...]:
    p = ask.projection
    return p.sequence, p.as_of, p.known_at, table.name, table.model_id


def _named(ask: Ask, table: Scores, keys: Sequence[str], unknown: list[str]) -> tuple[Index, int]:
    """Rows of the entities some keys name, and how many of the keys name what the caller may not see at all."""
    found: list[int] = []
    closed, deadline = 0, ask.budget.deadline()
    for key in keys:
        deadline.check()
        try:
            i = ask.find(key)
        except (NotFoundError, AmbiguousError):
            unknown.append(key)
            continue
        except ForbiddenError:
            require(ask.caller, "read")
            closed += 1
            continue
        found += table.rows_of(i).tolist()
    return np.array(list(dict.fromkeys(found)), dtype=np.int32), closed


def _allowed(ask: Ask, table: Scores, rows: Index) -> Bools:
    """Which of some rows the caller may see."""
    if table.b is not None:
        return ask.sight.ties(table.a[rows], table.b[rows])
    if ask.caller.is_owner:
        return np.ones(len(rows), dtype=bool)
    own: Bools = ask.sight.own[table.a[rows]]
    return own


def _number(column: Any, row: int) -> float | None:
    return None if column is None or np.isnan(column[row]) else float(column[row])


def _beside(ask: Ask, table: Scores, row: int) -> dict[str, Any]:
    out = {}
    for name, column in table.beside.items():
        if name in ONE_TIE and table.b is None and not ask.caller.is_owner:
            continue  # the figure of one tie among many, most likely somebody else's
        value = np.asarray(column)[row].item()
        if name.endswith("_time"):
            value = show_moment(int(value))
        out[name] = None if isinstance(value, float) and np.isnan(value) else value
    return out


def _reason(ask: Ask, table: Scores, row: int) -> str | None:
    if table.reason is None or table.reason[row] < 0:
        return None
    return ask.text(table.reasons[int(table.reason[row])])
