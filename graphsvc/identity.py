"""Who is who: ids of source records, and which of them are one entity.

A *member* is one key of one source under one label. Its public id is an HMAC under the workspace's own key, so that it
can be neither guessed nor reversed, and survives erasure as a mere number. Members become one *entity* by links: by a
mail address two sources share, or by a person's judgement. An entity is a connected component over the links that
hold; its canonical id is that of the member recorded first, and every other member's id redirects to it for ever.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphsvc.model import FACT_KINDS, Label
from graphsvc.projection import Index, Ints

EMAIL = "email"  # the space of mail addresses, whichever source they come from
SEPARATOR = "\x1f"
_ADDRESS = re.compile(r"[^@\s<>,;\"()]+@(?:[\w-]+\.)*[\w-]+")
# what stands before an "@" in running text: as widely as an address allows, and without what often stands before one
_LOCALS = tuple(re.compile(rf"[^@\s<>,;\"(){more}]+\Z") for more in ("", r":'\[\]/="))
_DOMAIN = re.compile(r"(?:[\w-]+\.)*[\w-]+")
_FIELDS = re.compile(r"[,;|\t\r\n\"{}\[\]]+")
_PREFIXES = {label.name.lower(): label for label in Label}


def clean_key(key: str) -> str:
    """A source key as it is compared: NFC, without surrounding blanks.

    Examples
    --------
    >>> clean_key("  Li Na ")
    'Li Na'
    """
    return key.strip() if key.isascii() else unicodedata.normalize("NFC", key).strip()


def is_address(key: str) -> bool:
    """True when a key has the form of a mail address.

    Examples
    --------
    >>> is_address("li.na@example.cn"), is_address("@handle"), is_address("crm-17")
    (True, False, False)
    """
    return "@" in key and _ADDRESS.fullmatch(key) is not None


def keys_in(text: str) -> tuple[str, ...]:
    """Everything in a text that may be somebody's key: the text, its fields, and each mail address anywhere in it.

    Examples
    --------
    >>> keys_in("Zeta Quill <zeta@cust.example>")
    ('Zeta Quill <zeta@cust.example>', 'zeta@cust.example', 'zeta@cust')
    >>> keys_in("z1;mailto:li@cn")
    ('z1;mailto:li@cn', 'z1', 'mailto:li@cn', 'li@cn')
    """
    found = [text, *_FIELDS.split(text)]
    for at in (i for i, character in enumerate(text) if character == "@"):
        if domain := _DOMAIN.match(text, at + 1):
            locals_ = (pattern.search(text, max(0, at - 64), at) for pattern in _LOCALS)
            ends = (domain[0], domain[0].rpartition(".")[0])  # a file's name goes on with its ending
            found += [f"{local[0]}@{end}" for local in locals_ if local for end in ends if end]
    return tuple(dict.fromkeys(clean_key(part) for part in found if part.strip()))


def locate(key: str, source: str) -> tuple[str, str]:
    """The (space, key) a source key lives in: mail addresses are one space for all sources, in lower case.

    Examples
    --------
    >>> locate(" Li.Na@Example.cn", "crm"), locate("17", "crm")
    (('email', 'li.na@example.cn'), ('crm', '17'))
    """
    key = clean_key(key)
    return (EMAIL, key.lower()) if is_address(key) else (source, key)


def domain_of(address: str) -> str:
    """Domain of a mail address, in lower case."""
    return address.rpartition("@")[2].lower()


def entity_id(workspace_key: bytes, label: Label, space: str, key: str) -> str:
    """Public id of a member: the first 32 hexadecimal digits of HMAC-SHA256 over label, space and key.

    Examples
    --------
    >>> entity_id(b"k" * 32, Label.PERSON, "crm", "17")
    '752984c23e40c15fd5115bdd91ff0fef'
    """
    message = SEPARATOR.join((label.name.lower(), space, key)).encode()
    return hmac.digest(workspace_key, message, "sha256")[:16].hex()


def signature(workspace_key: bytes, purpose: str, text: str) -> str:
    """Who has this was given it by the workspace: 32 hexadecimal digits over a purpose and a text.

    The key is one derived for signing (HMAC-SHA256), so that no id is a signature and no signature an id.

    Examples
    --------
    >>> signature(b"k" * 32, "unsubscribe", "x") == signature(b"k" * 32, "unsubscribe", "y")
    False
    """
    derived = hmac.digest(workspace_key, b"signing", "sha256")
    return hmac.digest(derived, f"{purpose}{SEPARATOR}{text}".encode(), "sha256")[:16].hex()


def record_key(scope: str, record_id: str) -> int:
    """Internal key of an interaction with a source id: a signed 64-bit hash, independent of order and store."""
    return _hash64(scope, record_id)


def record_keys(scope: str, record_ids: Sequence[str]) -> Ints:
    """:func:`record_key` of many ids."""
    head, blake2b = (scope + SEPARATOR).encode(), hashlib.blake2b
    digests = b"".join([blake2b(head + text.encode(), digest_size=8).digest() for text in record_ids])
    return np.frombuffer(digests, dtype=">i8").astype(np.int64)


def moment_key(source: str, actor: str, channel: str) -> int:
    """Internal key of an interaction without an id: with equal time it is the same interaction.

    ``actor`` is the sender's member id, ``channel`` the channel's text ("" for none).
    """
    return _hash64(source, actor, channel)


def endpoint(text: str, kind: str, end: int) -> tuple[str, Label, Label | None]:
    """Key, label and second possible label of a fact's subject (``end`` 0) or object (1).

    A prefix such as ``person:`` forces one of the labels the kind allows; otherwise the first is meant, and the second
    is the label the key may have instead.

    Examples
    --------
    >>> endpoint("organization:acme", "ADOPTED", 0), endpoint("acme", "FOLLOWS", 1)
    (('acme', <Label.ORGANIZATION: 1>, None), ('acme', <Label.PERSON: 0>, None))
    >>> endpoint("x", "MEMBER_OF", 0)
    ('x', <Label.PERSON: 0>, <Label.ORGANIZATION: 1>)
    """
    allowed = FACT_KINDS[kind][end]
    forced, rest = _forced(text)
    if forced in allowed and rest.strip():
        return rest, allowed[allowed.index(forced)], None
    return text, allowed[0], allowed[1] if len(allowed) > 1 else None


def is_of_another_label(text: str, kind: str, end: int) -> bool:
    """True when a fact's subject (``end`` 0) or object (1) is by its prefix nothing that the kind of fact allows there.

    Examples
    --------
    >>> [is_of_another_label(key, "WORKS_AT", 1) for key in ("person:b", "organization:person:b", "b:c")]
    [True, False, False]
    """
    forced, rest = _forced(text)
    return forced is not None and forced not in FACT_KINDS[kind][end] and rest[:1].strip() != ""


def _forced(text: str) -> tuple[Label | None, str]:
    """The label a prefix forces, and the key behind it."""
    prefix, colon, rest = text.partition(":")
    return (_PREFIXES.get(prefix.strip().lower()), rest) if colon else (None, "")


def components(a: Ints, b: Ints, n: int, rec: Ints, ids: NDArray[np.bytes_]) -> Index:
    """Canonical member of each member: connected components over links, named by the earliest-recorded member.

    Parameters
    ----------
    a, b : ends of the links that hold, indices 0..n-1.
    n : number of members.
    rec : sequence number each member was recorded at, shape (n,).
    ids : public ids, shape (n,), dtype S32; of members recorded together the smallest id is canonical.

    Returns
    -------
    Index of the canonical member, shape (n,); a member without links is its own.

    Examples
    --------
    >>> ids = np.array([b"c", b"a", b"b", b"d"], dtype="S32")
    >>> components(np.array([1, 1]), np.array([2, 0]), 4, np.array([2, 1, 1, 1]), ids).tolist()
    [1, 1, 1, 3]
    """
    if len(a) == 0:
        return np.arange(n, dtype=np.int32)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    order = np.lexsort((ids, rec))
    _, first = np.unique(group[order], return_index=True)
    canonical: Index = order[first][group].astype(np.int32)
    return canonical


def _hash64(*parts: str) -> int:
    digest = hashlib.blake2b(SEPARATOR.join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
