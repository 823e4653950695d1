"""What people say of entities and ties: overrides and marks; and who "ours" is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphsvc.errors import InputError
from graphsvc.identity import clean_key, is_address
from graphsvc.model import Label
from graphsvc.stores.sqlite_connection import Database, Transaction
from graphsvc.stores.sqlite_names import NONE, Names

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
    """Add mail domains, addresses or known source keys to those said to be ours.

    Raises
    ------
    InputError
        For a text that is neither a domain nor an address nor a key the store knows.
    """
    names = Names(db, change, "")
    wanted = {pair for text in values if text.strip() for pair in _own_pairs(names, clean_key(text))}
    held = set(change.connection.execute("SELECT domain, member FROM own WHERE gone = 0"))
    new = sorted(wanted - held)
    first = change.next_pk("own")
    rows = ((first + n, domain, member, change.sequence, 0, author) for n, (domain, member) in enumerate(new))
    change.insert("own", rows, first, len(new))


def _own_pairs(names: Names, text: str) -> list[tuple[int, int]]:
    if is_address(text):
        return [(NONE, names.member(Label.PERSON, text))]
    known = names.connection.execute(
        "SELECT pk FROM members WHERE key = ? AND label IN (?, ?) ORDER BY pk",
        (text, int(Label.PERSON), int(Label.ORGANIZATION)),
    ).fetchall()
    if known:
        return [(NONE, pk) for (pk,) in known]
    domain = _DOMAIN.fullmatch(text)
    if domain is None:
        raise InputError("store.unknown_own", text=text)
    return [(int(names.words([domain[1].lower()])[0]), NONE)]


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
