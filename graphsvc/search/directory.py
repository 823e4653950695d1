"""Everything entities are called, in memory, as search reads it; brought up to date by what changed.

A Directory is never changed: what was said anew is appended, and the entities it replaces are dead. So threads that
search need no lock. It says nothing of T or of rights; who searches says which of its entities there are (see
:class:`graphsvc.search.finding.View`). An erasure drops it whole (see :meth:`graphsvc.workspace.Workspace.directory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.identity import is_address
from graphsvc.model import Label
from graphsvc.projection import Bools, Index, Ints
from graphsvc.search.folding import fold, has_han, is_plain, lowered, respelt, simplified
from graphsvc.search.lines import ADDRESS, NAMELESS, OTHERWISE, PINYIN, SHOWN, Lines, large
from graphsvc.search.romanise import romanised
from graphsvc.search.words import surname_length, without_form
from graphsvc.store import Called

if TYPE_CHECKING:
    from graphsvc.replica import Replica

_STAMPS = count(1)
AT_ONCE = 4_000  # entities read in one go
NAMES, TURNED = 8, 4  # names of one entity, and words of a name whose last word is also tried first
LONGEST_WORD = 24  # letters of a word that may be misspelt
_NONE = 255  # longer than any name
Rows = list[tuple[str, int, int]]
Domains = Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Directory:
    """What entities are called; one row each.

    Attributes
    ----------
    id, label, size, described : public id, :class:`Label`, length of the shortest name, and whether a source tells of
        it (it is more than a key in somebody else's record).
    latin, native, keys, titles : names in Latin letters, names as written otherwise, keys and addresses, titles.
    member, place, of : members with the place (source and key, as a number) of each and the entity it belongs to.
    live : which rows are not replaced by later ones.
    shadow : which are there only because a key might have meant them, and most likely did not.
    vocabulary : words of names in Latin letters, and whole names without blanks; some may be there twice.
    stamp : another number wherever rows or texts are others.
    """

    sequence: int = 0
    id: NDArray[np.bytes_] = field(default_factory=lambda: np.zeros(0, dtype="S32"))
    label: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    size: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    described: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    live: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    shadow: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    vocabulary: NDArray[np.bytes_] = field(default_factory=lambda: np.zeros(0, dtype="S24"), repr=False)
    stamp: int = 0
    latin: Lines = field(default_factory=Lines, repr=False)
    native: Lines = field(default_factory=Lines, repr=False)
    keys: Lines = field(default_factory=Lines, repr=False)
    titles: Lines = field(default_factory=Lines, repr=False)
    member: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    place: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    of: Index = field(default_factory=lambda: np.zeros(0, dtype=np.int32), repr=False)

    def __len__(self) -> int:
        return len(self.id)

    def touched(self, members: Ints) -> Ints:
        """All members of the entities of some members, and those members themselves."""
        rows = np.zeros(len(self), dtype=bool)
        rows[self.of[np.isin(self.member, members)]] = True
        return np.union1d(members, self.member[rows[self.of] & self.live[self.of]])

    def plus(self, called: Iterable[Called], domains: Domains, replaced: Ints, sequence: int) -> Directory:
        """With what was said anew, in place of all that was said of some members.

        Parameters
        ----------
        called : entities, whole.
        domains : mail domains of organizations, by member.
        replaced : all members of the entities, as :meth:`touched` gives them.
        """
        live = self.live.copy()
        live[self.of[np.isin(self.member, replaced)]] = False
        out = replace(self, sequence=sequence, live=live, stamp=next(_STAMPS))
        words: set[str] = set()
        for some in _batches(called, AT_ONCE):
            out = out._appended(some, domains, words)
        more = np.array([w for w in words if len(w) <= LONGEST_WORD], dtype=self.vocabulary.dtype)
        return replace(out, vocabulary=np.append(out.vocabulary, more))

    def shadowed(self, twin: NDArray[np.integer]) -> Directory:
        """With its shadows found anew.

        Parameters
        ----------
        twin : by member, the member of the same key under another label; negative where there is none.
        """
        shadow = self._shadows(np.append(twin, np.full(max(0, int(self.member.max(initial=0)) + 1 - len(twin)), -1)))
        return replace(self, shadow=shadow)

    @property
    def worn(self) -> bool:
        """Most rows are dead: time to read all anew."""
        return len(self) > 2 * int(self.live.sum()) + AT_ONCE

    def _shadows(self, twin: NDArray[np.integer]) -> Bools:
        twinned = np.zeros(len(self), dtype=bool)
        twinned[self.of[twin[self.member] >= 0]] = True
        alive = np.flatnonzero(self.live[self.of])
        of, (places, place) = self.of[alive], np.unique(self.place[alive], return_inverse=True)
        known, marked = (np.zeros((len(places), len(Label)), dtype=bool) for _ in range(2))
        label = self.label[of]
        np.logical_or.at(known, (place, label), self.described[of])
        np.logical_or.at(marked, (place, label), twinned[of])

        def elsewhere(held: Bools) -> Bools:
            others: Bools = held.sum(axis=1)[place] > held[place, label]
            return others

        out = np.zeros(len(self), dtype=bool)
        out[of[elsewhere(known) | (elsewhere(marked) & ~twinned[of])]] = True
        return out & ~self.described

    def _appended(self, called: Sequence[Called], domains: Domains, words: set[str]) -> Directory:
        draft = _Draft(len(self), domains, words)
        draft.read(called)
        places = [(m, hash(place)) for c in called for m, place in c.members]
        member, place = np.array(places, dtype=np.int64).reshape(-1, 2).T
        of = np.repeat(np.arange(len(called)), [len(c.members) for c in called]) + len(self)
        more: dict[str, Any] = {name: getattr(self, name).plus(Lines.of(rows)) for name, rows in draft.lines.items()}
        columns: dict[str, NDArray[Any]] = {
            "id": np.array([c.id.encode() for c in called], dtype="S32"),
            "label": np.array([c.label for c in called], dtype=np.int8),
            "size": np.array(draft.sizes, dtype=np.uint8),
            "described": np.array([c.described for c in called], dtype=bool),
            "live": np.ones(len(called), dtype=bool),
            "member": member,
            "place": place,
            "of": of.astype(np.int32),
        }
        more |= {name: np.append(getattr(self, name), values) for name, values in columns.items()}
        return replace(self, **more)


class _Draft:
    """Lines of some entities, from row ``first`` on."""

    def __init__(self, first: int, domains: Domains, words: set[str]) -> None:
        self.first, self.domains, self.words = first, domains, words
        self.lines: dict[str, Rows] = {"latin": [], "native": [], "keys": [], "titles": []}
        self.sizes: list[int] = []

    def read(self, called: Sequence[Called]) -> None:
        """Take everything in; all Chinese texts are converted in one go."""
        written = list({text for c in called for text in (*c.names[:NAMES], *c.titles[:NAMES])})
        plain = dict(zip(written, simplified([fold(text) for text in written]), strict=True))
        for row, c in enumerate(called, start=self.first):
            names, titles = ([plain[text] for text in some[:NAMES]] for some in (c.names, c.titles))
            public = SHOWN if c.label in (Label.ORGANIZATION, Label.WORK) else 0
            self.sizes.append(min((len(without_form(n)) for n in names if n), default=_NONE))
            for place, (name, said) in enumerate(zip(names, c.names, strict=False)):
                shown = SHOWN if c.label == Label.PERSON and place == 0 and "@" not in said else public
                self._name(row, name, said, shown, person=c.label == Label.PERSON)
            self.lines["titles"] += [(title, row, public) for title in titles if title]
            self._keys(row, c, public)

    def _name(self, row: int, name: str, written: str, shown: int, *, person: bool) -> None:
        if not name:
            return
        latin, han = self.lines["latin"], has_han(name)
        if not is_plain(name):
            self.lines["native"].append((name, row, shown))
        mark = shown | PINYIN if han else shown
        spellings = [s for s in ([w for w in r.split() if w.isascii()] for r in romanised(name, person=person)) if s]
        latin += [(large(s), row, mark if i == 0 else mark | OTHERWISE) for i, s in enumerate(spellings)]
        latin += [(large(other.split()), row, shown) for other in (respelt(written),) if other and is_plain(other)]
        if not spellings:
            return
        words = spellings[0]
        self.words.update(words)
        if person and 2 <= len(words) <= TURNED:
            self.words.add("".join(words))
            head = surname_length(name) if han else len(words) - 1
            latin.append((large((*words[head:], *words[:head])), row, mark | OTHERWISE))

    def _keys(self, row: int, c: Called, public: int) -> None:
        stands_in = NAMELESS if not c.names else 0
        domains = [self.domains[pk] for pk, _ in c.members if pk in self.domains]
        for key in dict.fromkeys((c.key, *(key for _, (_, key) in c.members), *c.emails, *domains)):
            address = ADDRESS if is_address(key) else 0
            hidden = c.label != Label.PERSON or key != c.key
            mark = public if hidden else stands_in | (0 if "@" in key else SHOWN)
            self.lines["keys"].append((lowered(key).replace("\n", " "), row, mark | address))


def build(called: Iterable[Called], domains: Domains, sequence: int) -> Directory:
    """A Directory of all entities."""
    return Directory().plus(called, domains, np.zeros(0, dtype=np.int64), sequence)


def read_domains(replica: Replica) -> dict[int, str]:
    """Mail domains of organizations, by member."""
    table = replica.tables["organizations"]
    rows = np.flatnonzero(table.living & (table["gone"] == 0) & (table["domain"] >= 0))
    pairs = zip(table["member"][rows].tolist(), table["domain"][rows].tolist(), strict=True)
    return {member: replica.words[word] for member, word in pairs}


def changed_members(replica: Replica, since: int) -> Ints:
    """Members of which something was said, taken back or decided after a sequence number."""
    out = [np.flatnonzero(replica.tables["members"].living & (replica.tables["members"]["rec"] > since))]
    for name, columns in (
        ("people", ("member",)), ("organizations", ("member",)), ("works", ("member",)), ("opportunities", ("member",)),
        ("links", ("a", "b")),
    ):  # fmt: skip
        table = replica.tables[name]
        rows = np.flatnonzero(table.living & ((table["rec"] > since) | (table["gone"] > since)))
        out += [table[column][rows].astype(np.int64) for column in columns]
    return np.unique(np.concatenate(out))


def _batches(called: Iterable[Called], size: int) -> Iterator[list[Called]]:
    some: list[Called] = []
    for c in called:
        some.append(c)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
