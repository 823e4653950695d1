"""From columns as a file has them to clean rows of one table, a reason for each row that is not, and notes.

Everything works on whole columns: texts that repeat (keys, kinds, channels) are handled once per distinct value.
The first thing found wrong with a row, in the order of the table's columns, is its reason.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from graphsvc import words
from graphsvc.habits import Habits, habits_of
from graphsvc.identity import is_of_another_label
from graphsvc.model import FACT_KINDS, TABLES, Row, Won, arrow_schema, column_names
from graphsvc.parties import COMPOUND, addresses_in
from graphsvc.phrases import Arg, Phrase
from graphsvc.projection import DAY
from graphsvc.raw_columns import MISSING, bare, decoded, is_missing, is_text, is_true, whole
from graphsvc.records import Reject
from graphsvc.times import Column, Mask, contradicts, parse_times, pc, year_last
from graphsvc.titles import outcome_of

SHOWN = 60  # characters of a wrong value that a sentence quotes
KEPT = 500  # characters of a field that quarantine keeps
LARGEST = {"weight": 1e9, "amount": 1e15}  # beyond any real one, and sums of them would lose the rest
LONGEST = 4_000  # bytes of a text: longer keys and names fit in no database's index, and are none
OLD = 631_152_000_000_000  # 1990-01-01: an earlier interaction is worth a note
EVENT_FACTS = frozenset(
    {"ADOPTED", "SHARED", "REFERRED", "AUTHORED", "ASKED_INTRODUCTION"}
)  # they happened, in the past

# Columns that hold keys: a mail address among them is lower-cased, so that it is one key however it is written.
_KEYS = {
    "people": {"id", "organization"},
    "organizations": {"id"},
    "interactions": {"from", "to", "object"},
    "facts": {"subject", "object"},
    "works": {"id", "author"},
    "opportunities": {"organization", "owner"},
}
_DISTINCT = {"interactions": {"id"}, "people": {"id", "email", "name"}, "organizations": {"id", "name", "domain"}}


@dataclass(frozen=True)
class Cleaned:
    """Good rows, and what was wrong with the rest.

    Attributes
    ----------
    rows : the good rows, in the columns, order and types of ``arrow_schema``.
    positions : int64, input row of each good row, ascending.
    rejects, reject_positions : one Reject per other row, and its input row, ascending.
    notes : reason code -> rows taken but worth telling.
    """

    rows: pa.Table
    positions: np.ndarray[tuple[int], np.dtype[np.int64]]
    rejects: tuple[Reject, ...]
    reject_positions: np.ndarray[tuple[int], np.dtype[np.int64]]
    notes: Mapping[str, int]


@dataclass
class _Sheet:
    """The table being cleaned: columns so far, the first wrong thing of each row, notes."""

    table: str
    raw: pa.Table
    received: int
    habits: Habits
    columns: dict[str, Column] = field(default_factory=dict)
    wrong: list[tuple[str, str, dict[str, Arg]]] = field(default_factory=list)  # code, column, arguments
    notes: dict[str, Mask] = field(default_factory=dict)
    verdict: np.ndarray[tuple[int], np.dtype[np.int32]] = field(init=False)  # 0 good, else 1 + index into wrong

    def __post_init__(self) -> None:
        self.verdict = np.zeros(len(self.raw), dtype=np.int32)

    def reject(self, mask: Mask, code: str, column: str, **args: Arg) -> None:
        """Rows of the mask are wrong, unless something was wrong with them before."""
        if mask.any():
            self.wrong.append((code, column, args))
            self.verdict[mask & (self.verdict == 0)] = len(self.wrong)

    def note(self, mask: Mask, code: str) -> None:
        """Rows of the mask are worth telling."""
        if mask.any():
            self.notes[code] = self.notes.get(code, np.zeros(len(self.raw), dtype=bool)) | mask


def clean(
    table: str, raw: pa.Table, *, where: Callable[[int], str], received: int, habits: Habits | None = None
) -> Cleaned:
    """Clean rows of a table.

    Parameters
    ----------
    table : one of :data:`graphsvc.model.TABLES`.
    raw : columns by their model names (``from``, not ``sender``), as text or already typed; missing ones are empty,
        others are ignored here but kept with a rejected row.
    where : says where an input row stands ("people.csv:17").
    received : when the rows came in [us]; a row dated more than a day later is rejected.
    habits : how their file writes times and numbers; default: as most of these rows do.

    Examples
    --------
    >>> raw = pa.table({"time": ["2001-05-01", "soon"], "from": ["A@x.com", "b"], "to": [" b ", "c"]})
    >>> done = clean("interactions", raw, where=lambda i: f"mail.csv:{i + 2}", received=2**50)
    >>> done.rows.select(["from", "to"]).to_pylist(), [r.reason.text("en")[:39] for r in done.rejects]
    ([{'from': 'a@x.com', 'to': 'b'}], ['mail.csv:3: time “soon” is not a time; '])
    """
    model = TABLES[table]
    sheet = _Sheet(table, raw.combine_chunks(), received, habits or habits_of(table, raw))
    for column in arrow_schema(model):
        sheet.columns[column.name] = _read(sheet, column)
        if not column.nullable:
            sheet.reject(is_missing(sheet.columns[column.name]), "sources.empty_field", column.name, table=table)
    _RULES[table](sheet)
    return _result(sheet, model, where)


def _result(sheet: _Sheet, model: type[Row], where: Callable[[int], str]) -> Cleaned:
    good = sheet.verdict == 0
    nullable = pa.schema([f.with_nullable(True) for f in arrow_schema(model)])
    rows = pa.table([sheet.columns[name] for name in column_names(model)], schema=nullable)
    positions, bad = np.flatnonzero(good), np.flatnonzero(~good)
    if len(bad):
        rows = rows.take(positions)
    counts = {code: int((mask & good).sum()) for code, mask in sheet.notes.items()}
    return Cleaned(
        rows=rows.cast(arrow_schema(model)),
        positions=positions,
        rejects=tuple(_reject(sheet, int(i), where(int(i))) for i in bad),
        reject_positions=bad,
        notes={code: count for code, count in counts.items() if count},
    )


def _reject(sheet: _Sheet, row: int, place: str) -> Reject:
    code, column, more = sheet.wrong[sheet.verdict[row] - 1]
    raw = {name: _shown(sheet.raw.column(name)[row], KEPT) for name in sheet.raw.column_names}
    args: dict[str, Arg] = {"where": place, "field": column, "value": raw.get(column, "")[:SHOWN], **more}
    return Reject(where=place, table=sheet.table, reason=Phrase(code, args), raw={k: v for k, v in raw.items() if v})


def _shown(value: object, limit: int) -> str:
    """A raw value as a person can read it, broken bytes and all."""
    scalar = value.cast(pa.binary()) if isinstance(value, pa.StringScalar) else value
    plain = scalar.as_py() if isinstance(scalar, pa.Scalar) else scalar
    text = plain.decode("utf-8", "replace") if isinstance(plain, bytes) else "" if plain is None else str(plain)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- columns ------------------------------------------------------------------------------------------------------


def _read(sheet: _Sheet, column: Column) -> Column:
    """One column of the model from the raw one; wrong values are null and marked."""
    name, n = column.name, len(sheet.raw)
    if name not in sheet.raw.column_names:
        return pa.nulls(n, column.type)
    values = whole(sheet.raw.column(name))
    if pa.types.is_null(values.type):
        return pa.nulls(n, column.type)
    if pa.types.is_string(column.type):
        return _text(sheet, name, values)
    values = bare(values)
    if pa.types.is_timestamp(column.type):
        return _times(sheet, name, values)
    if pa.types.is_boolean(column.type):
        return _flags(sheet, name, values)
    return _numbers(sheet, name, values)


def _text(sheet: _Sheet, name: str, values: Column) -> Column:
    values = decoded(values)
    if name in _DISTINCT.get(sheet.table, ()):
        sheet.reject(_damaged(values), "sources.broken_text", name)
        sheet.reject(_long(name, values), "sources.too_long", name, limit=LONGEST)
        return _tidy(sheet.table, name, values)
    coded = values.dictionary_encode()
    damaged, long = _damaged(coded.dictionary), _long(name, coded.dictionary)
    if damaged.any():
        sheet.reject(is_true(pc.take(pa.array(damaged), coded.indices)), "sources.broken_text", name)
    if long.any():
        sheet.reject(is_true(pc.take(pa.array(long), coded.indices)), "sources.too_long", name, limit=LONGEST)
    return pc.take(_tidy(sheet.table, name, coded.dictionary), coded.indices)


def _damaged(values: Column) -> Mask:
    """Characters that stand for lost ones, and zero bytes, as left by a wrong encoding."""
    return is_true(pc.or_(pc.match_substring(values, "\ufffd"), pc.match_substring(values, "\x00")))


def _long(name: str, values: Column) -> Mask:
    """Texts that are too long for a key or a name; a list of authors may be longer, each of them not."""
    long = is_true(pc.greater(pc.binary_length(values), LONGEST))
    if name == "author" and long.any():
        for row in long.nonzero()[0].tolist():
            long[row] = any(len(part.encode()) > LONGEST for part in values[row].as_py().split(";"))
    return long


def _tidy(table: str, name: str, values: Column) -> Column:
    """Stripped, in Unicode form NFC, null where empty; mail addresses among keys in lower case."""
    values = pc.utf8_trim_whitespace(values)
    if not is_true(pc.string_is_ascii(values)).all():
        values = pa.array(
            [None if v is None else unicodedata.normalize("NFC", v) for v in values.to_pylist()], pa.string()
        )
    if name in _KEYS[table]:
        address = pc.match_substring(values, "@")
        values = pc.if_else(address, pc.utf8_lower(values), values)
    return pc.if_else(pc.is_in(values, MISSING), pa.scalar(None, pa.string()), values)


def _times(sheet: _Sheet, name: str, values: Column) -> Column:
    times, wrong = parse_times(values, years=sheet.table != "interactions", habit=sheet.habits.of_time(name))
    if wrong.any():
        sheet.reject(contradicts(values, wrong), "sources.mixed_times", name)
        sheet.reject(year_last(values, wrong), "sources.day_or_month", name)
    sheet.reject(wrong, "sources.bad_time", name)
    return times


def _numbers(sheet: _Sheet, name: str, values: Column) -> Column:
    comma = name in sheet.habits.commas and is_text(values)
    try:
        numbers = _as_written(values, comma) if comma else values.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = _as_written(values, comma)
    wrong = ~is_missing(values) & ~is_true(pc.is_finite(numbers))
    sheet.reject(wrong, "sources.bad_number", name)
    return pc.if_else(pa.array(wrong), pa.scalar(None, pa.float64()), numbers)


def _as_written(values: Column, comma: bool) -> Column:
    """Numbers with currency signs and separators, one distinct text at a time."""
    coded = values.cast(pa.string()).dictionary_encode()
    each = pa.array([words.number(v, comma) for v in coded.dictionary.to_pylist()], pa.float64())
    return pc.take(each, coded.indices)


def _flags(sheet: _Sheet, name: str, values: Column) -> Column:
    if pa.types.is_boolean(values.type):
        return values
    coded = values.cast(pa.string()).dictionary_encode()
    texts = coded.dictionary.to_pylist()
    flags = [_flag(name, t) for t in texts]
    known = pa.array([f is not None or _says_open(name, t) for f, t in zip(flags, texts, strict=True)], pa.bool_())
    sheet.reject(~is_missing(values) & ~is_true(pc.take(known, coded.indices)), "sources.bad_flag", name)
    return pc.take(pa.array(flags, pa.bool_()), coded.indices)


def _flag(name: str, text: str) -> bool | None:
    outcome = outcome_of(text) if name == "won" else Won.OPEN
    return words.flag(text) if outcome is Won.OPEN else outcome is Won.WON


def _says_open(name: str, text: str) -> bool:
    return name == "won" and text.casefold() in {"open", "-1", "进行中", "未结"}


def _map(values: Column, function: Callable[[str], str | None]) -> Column:
    """A function over the distinct values of a text column; null stays null."""
    coded = values.dictionary_encode()
    mapped = [function(v) for v in coded.dictionary.to_pylist()]
    return pc.take(pa.array(mapped, pa.string()), coded.indices)


# -- rules per table ------------------------------------------------------------------------------------------------


def _future(sheet: _Sheet, column: str, among: Mask | None = None) -> None:
    late = is_true(pc.greater(sheet.columns[column].cast(pa.int64()), sheet.received + DAY))
    sheet.reject(late if among is None else late & among, "sources.future", column)


def _not_negative(sheet: _Sheet, column: str) -> None:
    sheet.reject(is_true(pc.less(sheet.columns[column], 0.0)), "sources.negative", column)


def _not_huge(sheet: _Sheet, column: str) -> None:
    huge = pc.greater(pc.abs(sheet.columns[column]), LARGEST[column])
    sheet.reject(is_true(huge), "sources.too_large", column, limit=f"{LARGEST[column]:,.0f}")


def _parties(sheet: _Sheet, *columns: str) -> None:
    """``Ann <ann@x.com>`` is the key ann@x.com; a field that names several people, or not clearly one, is no key."""
    for name in columns:
        coded = sheet.columns[name].dictionary_encode()
        texts = coded.dictionary
        compound = np.flatnonzero(is_true(pc.match_substring_regex(texts, COMPOUND))).tolist()
        if not compound:
            continue
        keys = texts.to_pylist()
        found = {i: addresses_in(keys[i]) for i in compound}
        keys = [(found[i] or ("",))[0] if i in found else key for i, key in enumerate(keys)]
        odd = np.array([i in found and len(found[i] or ()) != 1 for i in range(len(keys))], dtype=bool)
        sheet.reject(is_true(pc.take(pa.array(odd), coded.indices)), "sources.several_people", name)
        sheet.columns[name] = pc.take(pa.array(keys, pa.string()), coded.indices)


def _people(sheet: _Sheet) -> None:
    _parties(sheet, "id")
    given = sheet.columns["email"]
    sheet.columns["email"] = _map(given, words.address)
    sheet.note(is_missing(sheet.columns["email"]) & ~is_missing(given), "sources.odd_email")


def _organizations(sheet: _Sheet) -> None:
    sheet.columns["domain"] = _map(sheet.columns["domain"], words.domain)
    sheet.columns["kind"] = _map(sheet.columns["kind"], words.organization_kind)


def _interactions(sheet: _Sheet) -> None:
    c = sheet.columns
    _parties(sheet, "from", "to")
    _future(sheet, "time")
    _not_negative(sheet, "weight")
    _not_huge(sheet, "weight")
    outside = pc.or_(pc.less(c["relevance"], 0.0), pc.greater(c["relevance"], 1.0))
    sheet.reject(is_true(outside), "sources.outside_one", "relevance")
    roles, kinds = _map(c["role"], words.role), _map(c["kind"], words.kind)
    sheet.note(is_missing(roles) & ~is_missing(c["role"]), "sources.unknown_role")
    sheet.note(~is_missing(kinds) & ~is_true(pc.is_in(kinds, pa.array(words.KINDS))), "sources.unknown_kind")
    known = pc.if_else(pc.and_(pc.is_null(roles), pc.is_valid(c["role"])), "other", roles)
    c["role"], c["kind"], c["channel"] = known, kinds, _map(c["channel"], str.lower)
    sheet.note(is_true(pc.equal(c["from"], c["to"])), "sources.self_addressed")
    sheet.note(is_true(pc.less(c["time"].cast(pa.int64()), OLD)), "sources.old_date")


def _facts(sheet: _Sheet) -> None:
    c = sheet.columns
    kinds = _map(c["kind"], words.fact_kind)
    sheet.reject(
        is_missing(kinds) & ~is_missing(c["kind"]), "sources.unknown_fact", "kind", kinds=", ".join(FACT_KINDS)
    )
    c["kind"] = kinds
    _parties(sheet, "subject", "object")
    _ends(sheet, kinds)
    _future(sheet, "valid_from", among=is_true(pc.is_in(kinds, pa.array(sorted(EVENT_FACTS)))))
    sheet.reject(is_true(pc.less(c["valid_to"], c["valid_from"])), "sources.ends_early", "valid_to")
    _not_negative(sheet, "weight")
    _not_huge(sheet, "weight")


def _ends(sheet: _Sheet, kinds: Column) -> None:
    """Refuse a subject or object whose prefix names another thing than the kind of fact takes there."""
    for end, name in enumerate(("subject", "object")):
        rows = np.flatnonzero(is_true(pc.match_substring(sheet.columns[name], ":")) & ~is_missing(kinds))
        pairs = zip(sheet.columns[name].take(rows).to_pylist(), kinds.take(rows).to_pylist(), strict=True)
        wrong: dict[str, Mask] = {}
        for row, (text, kind) in zip(rows.tolist(), pairs, strict=True):
            if is_of_another_label(text, kind, end):
                wrong.setdefault(kind, np.zeros(len(sheet.raw), dtype=bool))[row] = True
        for kind, mask in wrong.items():
            takes = [label.name.lower() for label in FACT_KINDS[kind][end]]
            sheet.reject(mask, "sources.wrong_label", name, kind=kind, labels=", ".join(takes), first=takes[0])


def _works(sheet: _Sheet) -> None:
    _future(sheet, "time")
    sheet.columns["kind"] = _map(sheet.columns["kind"], str.lower)


def _opportunities(sheet: _Sheet) -> None:
    c = sheet.columns
    _parties(sheet, "owner")
    _future(sheet, "created")
    coded = c["stage"].dictionary_encode()
    staged = pc.take(
        pa.array([outcome_of(s) is not Won.OPEN for s in coded.dictionary.to_pylist()], pa.bool_()), coded.indices
    )
    still_open = is_missing(c["won"]) & ~is_true(staged)
    expected = still_open & ~is_missing(c["closed"])
    sheet.note(expected, "sources.expected_close")  # a close date of an open deal is a hope, not an event
    c["closed"] = pc.if_else(pa.array(expected), pa.scalar(None, c["closed"].type), c["closed"])
    _future(sheet, "closed")
    currency = _map(c["currency"], words.currency)
    sheet.note(is_missing(currency) & ~is_missing(c["currency"]), "sources.odd_currency")
    c["currency"] = currency
    _not_huge(sheet, "amount")
    sheet.note(is_true(pc.less(c["amount"], 0.0)), "sources.negative_amount")


_RULES: dict[str, Callable[[_Sheet], None]] = {
    "people": _people,
    "organizations": _organizations,
    "interactions": _interactions,
    "facts": _facts,
    "works": _works,
    "opportunities": _opportunities,
}
