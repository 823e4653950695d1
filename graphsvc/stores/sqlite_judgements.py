"""What people say of entities and ties: overrides and marks; and who "ours" is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphsvc.identity import clean_key, is_address
from graphsvc.model import Label
from graphsvc.stores.sqlite_connection import Database, Transaction
from graphsvc.stores.sqlite_names import BLOCKED, NONE, Names

OVERRIDE, ROLE, RESTRICTED = "override", "role", "restricted"
_DOMAIN = re.compile(r"@?((?:[\w-]+\.)+[\w-]{2,})")


@dataclass(frozen=True)
class Judgement:
    """One judgement on member ``a`` (and ``b``, -1 for none): a kind, a name and, for an override, a value."""

    kind: str
    name: str
    a: int
    b: int
    value: float | None
    author: str
    reason: str


def kind_of(name: str) -> tuple[str, str]:
    """Kind and name of a judgement as the command line names it.

    Examples
    --------
    >>> kind_of("depth"), kind_of("role:Economic Buyer"), kind_of("restricted")
    (('override', 'depth'), ('role', 'Economic Buyer'), ('restricted', 'restricted'))
    """
    if name == RESTRICTED:
        return RESTRICTED, RESTRICTED
    if name.startswith("role:") and name.removeprefix("role:").strip():
        return ROLE, clean_key(name.removeprefix("role:"))
    return OVERRIDE, name


def insert_judgements(change: Transaction, judgements: Sequence[Judgement]) -> None:
    """Write judgements."""
    words = _words(change, {w for j in judgements for w in (j.kind, j.name)})
    first = change.next_pk("judgements")
    rows = (
        (first + n, words[j.kind], words[j.name], j.a, j.b, j.value, change.sequence, 0, j.author, j.reason)
        for n, j in enumerate(judgements)
    )
    change.insert("judgements", rows, first, len(judgements))


def replace_judgement(change: Transaction, judgement: Judgement, *, keep: bool) -> None:
    """Retire what was said before under the same kind and name of the same entity or tie; ``keep`` says the new."""
    words = _words(change, {judgement.kind, judgement.name})
    found = change.connection.execute(
        "SELECT pk FROM judgements WHERE gone = 0 AND kind = ? AND name = ? AND a = ? AND b = ?",
        (words[judgement.kind], words[judgement.name], judgement.a, judgement.b),
    )
    change.retire("judgements", [pk for (pk,) in found])
    if keep:
        insert_judgements(change, [judgement])


def put_own(db: Database, change: Transaction, values: Iterable[str], author: str) -> None:
    """Add mail domains, addresses or source keys to those said to be ours.

    A text with a dot and no blank is a domain unless some record has it as its key; any other is a key, which counts
    for the records that have it now and for those that come with it later.
    """
    names = Names(db, change, "")
    for text in filter(None, map(clean_key, values)):
        if is_address(text):
            _insert_own(change, [(NONE, names.member(Label.PERSON, text))], author)
            continue
        known = [(NONE, pk) for pk in _with_key(change, text)]
        domain = _DOMAIN.fullmatch(text)
        if domain and not known:
            _insert_own(change, [(int(names.words([domain[1].lower()])[0]), NONE)], author)
            continue
        kept = change.connection.execute("INSERT OR IGNORE INTO own_keys(key, author) VALUES (?, ?)", (text, author))
        change.dirty |= kept.rowcount > 0
        _insert_own(change, known, author)


def own_newcomers(change: Transaction, first_new: int) -> None:
    """Members that are new and have a key said to be ours before it was known."""
    for author, pk in change.connection.execute(
        "SELECT o.author, m.pk FROM own_keys AS o JOIN members AS m ON m.key = o.key"
        " WHERE m.pk >= ? AND m.label IN (?, ?) ORDER BY m.pk",
        (first_new, int(Label.PERSON), int(Label.ORGANIZATION)),
    ).fetchall():
        _insert_own(change, [(NONE, pk)], author)


def _with_key(change: Transaction, key: str) -> list[int]:
    sql = "SELECT pk FROM members WHERE key = ? AND label IN (?, ?) ORDER BY pk"
    rows = change.connection.execute(sql, (key, int(Label.PERSON), int(Label.ORGANIZATION)))
    return [pk for (pk,) in rows]


def _insert_own(change: Transaction, pairs: Sequence[tuple[int, int]], author: str) -> None:
    """Write (domain, member) pairs that are not there yet."""
    held = set(change.connection.execute("SELECT domain, member FROM own WHERE gone = 0"))
    new = [pair for pair in pairs if pair not in held and BLOCKED not in pair]
    first = change.next_pk("own")
    rows = ((first + n, domain, member, change.sequence, 0, author) for n, (domain, member) in enumerate(new))
    change.insert("own", rows, first, len(new))


def _words(change: Transaction, texts: set[str]) -> dict[str, int]:
    """Handles of words outside a page; created where new."""
    out: dict[str, int] = {}
    for text in sorted(texts):
        row = change.connection.execute("SELECT pk FROM words WHERE text = ?", (text,)).fetchone()
        if row is None:
            pk = change.next_pk("words")
            change.insert("words", [(pk, text)], pk, 1)
            row = (pk,)
        out[text] = row[0]
    return out
