"""Erasing a person from what is not the graph: scores, suggestions, lists, held-back lines, reasons, jobs and so on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graphsvc.stores.erase_documents import erase_documents
from graphsvc.stores.ledger import Writer
from graphsvc.stores.results import dumped, pack, unpack
from queries.erasure import (
    AllJobLines,
    AllScoreParts,
    JobTexts,
    JudgementReasons,
    LinkReasons,
    ListItems,
    ListRow,
    ModelReasons,
    QuarantineTexts,
    ScorePart,
    SuggestionTexts,
)

SHORTEST = 4  # a shorter name or key is looked for as a whole value only
_SUGGESTED = ("owner", "target", "through")  # columns of a suggestion with public ids
_JOB_SAYS = ("note", "error", "report")


@dataclass(frozen=True)
class Person:
    """Who is erased: the members, their public ids (canonical first) and texts that tell who it was, without case."""

    members: tuple[int, ...]
    ids: tuple[str, ...]
    texts: frozenset[str]

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Texts that name the person wherever they stand."""
        return (*self.ids, *sorted(text for text in self.texts if len(text) >= SHORTEST))

    def named_in(self, *texts: str | None) -> bool:
        """True when some text names the person.

        Examples
        --------
        >>> who = Person((1,), ("ab12",), frozenset({"li", "li na"}))
        >>> who.named_in("Ask LI NA"), who.named_in(None, "likes it")
        (True, False)
        """
        folded = [text.casefold() for text in texts if text]
        return any(needle in text for text in folded for needle in self.needles)

    def named_in_fields(self, text: str) -> bool:
        """True when some value of a JSON object names the person."""
        fields = {str(value).strip().casefold() for value in json.loads(text).values()}
        return bool(fields & self.texts) or self.named_in(*fields)


def erase_results(writer: Writer, person: Person) -> dict[str, int]:
    """Remove what names a person from all shelves and from the reasons people gave; counts per table."""
    for what in ("scores", "suggestions", "jobs"):
        writer.lock(what)
    return {
        "scores": _scores(writer, person),
        "suggestions": _suggestions(writer, person),
        "lists": _lists(writer, person),
        **_silence(writer, person),
        "quarantine": _quarantine(writer, person),
        **_jobs(writer, person),
        "documents": erase_documents(writer, person),
    }


def _scores(writer: Writer, person: Person) -> int:
    """Drop the rows about a person, or that name them, from the parts of all scores; other parts stay as they are."""
    shorter: list[ScorePart] = []
    dropped = 0
    for part in writer.lines(AllScoreParts()):
        table = unpack(part.rows)
        kept = table.filter(pc.invert(_about(table, person)))
        if len(kept) < len(table):
            dropped += len(table) - len(kept)
            shorter.append(part._replace(rows=pack(kept)))
    _put(writer, "score_parts", shorter)
    return dropped


def _about(table: pa.Table, person: Person) -> Any:
    """Which rows of a score are about a person or name them in some text."""
    out: Any = pa.chunked_array([pa.array([False] * len(table), pa.bool_())])
    ids = pa.array(person.ids, pa.string())
    for name in table.column_names:
        column = table[name]
        if name in ("a", "b"):
            out = pc.or_(out, pc.is_in(column, value_set=ids))
        elif not pa.types.is_primitive(column.type) and not pa.types.is_null(column.type):
            out = pc.or_(out, _naming(column, person))
    return out


def _naming(column: pa.ChunkedArray[Any], person: Person) -> Any:
    """Which values of a column of texts, or of what holds texts, name a person; each distinct one is read once."""
    if not pa.types.is_string(column.type):
        column = pa.chunked_array([pa.array([dumped(value) for value in column.to_pylist()], pa.string())])
    named = [text for text in pc.unique(column).to_pylist() if person.named_in(text)]
    return pc.is_in(column, value_set=pa.array(named, pa.string()))


def _suggestions(writer: Writer, person: Person) -> int:
    count = sum(writer.remove("suggestions", column, person.ids) for column in _SUGGESTED)
    naming = [s.id for s in writer.ask(SuggestionTexts()) if person.named_in(s.reasons, s.reason)]
    return count + writer.remove("suggestions", "id", naming)


def _lists(writer: Writer, person: Person) -> int:
    """Lists of the person go, lists of others lose the items that name them; counts lists and items."""
    count = writer.remove("lists", "rep", person.ids)
    shorter: list[ListRow] = []
    for row in writer.lines(ListItems()):
        items: list[Mapping[str, Any]] = json.loads(row.items)
        kept = [item for item in items if not person.named_in(json.dumps(item, ensure_ascii=False))]
        if len(kept) < len(items):
            count += len(items) - len(kept)
            shorter.append(row._replace(items=dumped(kept)))
    _put(writer, "lists", shorter)
    return count


def _silence(writer: Writer, person: Person) -> dict[str, int]:
    """Take the person out of the reasons people gave for what they said of others."""
    counts: dict[str, int] = {}
    for table, question in (("links", LinkReasons()), ("judgements", JudgementReasons())):
        named = [row.pk for row in writer.ask(question) if person.named_in(row.reason)]
        counts[table] = writer.amend(table, "pk", named, {"reason": None})
    told = [row.pk for row in writer.ask(ModelReasons()) if person.named_in(row.reason)]
    return {**counts, "model_states": writer.amend("model_states", "pk", told, {"said": None})}


def _quarantine(writer: Writer, person: Person) -> int:
    lines = writer.lines(QuarantineTexts())
    pks = [x.pk for x in lines if person.named_in_fields(x.raw) or person.named_in_fields(x.args)]
    return writer.remove("quarantine", "pk", pks)


def _jobs(writer: Writer, person: Person) -> dict[str, int]:
    """Jobs that were asked to do something about the person go; others lose what they and their logs say of them."""
    jobs = writer.ask(JobTexts())
    gone = {job.id for job in jobs if person.named_in(job.args)}
    count = writer.remove("jobs", "id", sorted(gone))
    for column in _JOB_SAYS:
        named = [job.id for job in jobs if job.id not in gone and person.named_in(getattr(job, column))]
        count += writer.amend("jobs", "id", named, {column: None})
    return {"jobs": count, "job_lines": _job_lines(writer, person, gone)}


def _job_lines(writer: Writer, person: Person, gone: Set[str]) -> int:
    lines = writer.ask(AllJobLines())
    wrong = {line for line in lines if line.job in gone or person.named_in(line.text)}
    touched = {line.job for line in wrong}
    writer.remove("job_lines", "job", sorted(touched))
    _put(writer, "job_lines", [line for line in lines if line.job in touched and line not in wrong])
    return len(wrong)


def _put(writer: Writer, shelf: str, rows: Sequence[NamedTuple]) -> None:
    """Keep whole rows of a shelf, in place of those of the same key."""
    if rows:
        columns = zip(*rows, strict=True)
        writer.put(shelf, dict(zip(rows[0]._fields, columns, strict=True)), len(rows))
