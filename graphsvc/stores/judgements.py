"""What people say of entities and ties: overrides and marks; and who "ours" is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphsvc.identity import clean_key, is_address
from graphsvc.model import Label
from graphsvc.stores.ledger import Change, Ledger
from graphsvc.stores.names import BLOCKED, NONE, Names
from queries.judgements import HoldersOfKeys, JudgementsOf, OwnNewcomers, OwnPairs
from queries.members import WordsByText

OVERRIDE, ROLE, RESTRICTED = "override", "role", "restricted"
_OURS = (int(Label.PERSON), int(Label.ORGANIZATION))  # labels a key of ours may have
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


def insert_judgements(change: Change, judgements: Sequence[Judgement]) -> None:
    """Write judgements."""
    words = _words(change, {w for j in judgements for w in (j.kind, j.name)})
    values = {
        "kind": [words[j.kind] for j in judgements],
        "name": [words[j.name] for j in judgements],
        **{column: [getattr(j, column) for j in judgements] for column in ("a", "b", "value", "author", "reason")},
    }
    change.insert("judgements", values, len(judgements))


def replace_judgement(change: Change, judgement: Judgement, *, keep: bool) -> None:
    """Retire what was said before under the same kind and name of the same entity or tie; ``keep`` says the new."""
    words = _words(change, {judgement.kind, judgement.name})
    held = change.ask(JudgementsOf(words[judgement.kind], words[judgement.name], judgement.a, judgement.b))
    change.retire("judgements", [row.pk for row in held])
    if keep:
        insert_judgements(change, [judgement])


def put_own(ledger: Ledger, change: Change, values: Iterable[str], author: str) -> None:
    """Add mail domains, addresses or source keys to those said to be ours.

    A text with a dot and no blank is a domain unless some record has it as its key; any other is a key, which counts
    for the records that have it now and for those that come with it later.
    """
    names = Names(ledger, change, "")
    texts = list(dict.fromkeys(filter(None, map(clean_key, values))))
    others = [text for text in texts if not is_address(text)]
    people = names.members(Label.PERSON, [text for text in texts if is_address(text)]).tolist()
    known = change.ask(HoldersOfKeys(others, _OURS)) if others else []
    held = {row.key for row in known}
    domains = {text: found[1].lower() for text in others if text not in held and (found := _DOMAIN.fullmatch(text))}
    keys = [text for text in others if text not in domains]
    kept = change.writer.add_missing("own_keys", {"key": keys, "author": author}, len(keys))
    change.dirty |= kept > 0
    pairs = [(word, NONE) for word in names.words(list(domains.values())).tolist()]
    pairs += [(NONE, pk) for pk in (*people, *(row.pk for row in known))]
    _insert_own(change, dict.fromkeys(pairs, author))


def own_newcomers(change: Change, first_new: int) -> None:
    """Members that are new and have a key said to be ours before it was known."""
    if change.next_pk("members") > first_new:
        found = change.ask(OwnNewcomers(first_new, _OURS))
        _insert_own(change, {(NONE, row.pk): row.author for row in found})


def _insert_own(change: Change, authors: Mapping[tuple[int, int], str | None]) -> None:
    """Write those of some (domain, member) pairs that are not there yet, each with who said so."""
    if not authors:
        return
    held = {(row.domain, row.member) for row in change.ask(OwnPairs())}
    new = [pair for pair in authors if pair not in held and BLOCKED not in pair]
    values = {"domain": [d for d, _ in new], "member": [m for _, m in new], "author": [authors[p] for p in new]}
    change.insert("own", values, len(new))


def _words(change: Change, texts: set[str]) -> dict[str, int]:
    """Handles of words outside a page; created where new."""
    if not texts:
        return {}
    out = {row.text: row.pk for row in change.ask(WordsByText(sorted(texts)))}
    new = sorted(texts - out.keys())
    first = change.insert("words", {"text": new}, len(new))
    return out | dict(zip(new, range(first, first + len(new)), strict=True))
