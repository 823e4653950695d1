"""What ``active`` and ``relationship_health`` keep of a graph, so that a few new events ask for a few ties only.

Of a tie the model knows its own contacts, what both people do with everybody, and the contacts they have in common; so
new events change the ties of the people who took part in them, and no others. The contexts (who does how much, which
ties are alive; :mod:`graphsvc.kernels.context`) of today and of four weeks ago stay with the graph, and are renewed for
the next one around these people.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from algorithms.health_model import Ties, find_ties, ties_among
from algorithms.health_trend import before
from graphsvc.incremental import Touched
from graphsvc.kernels.contacts import Contacts, contacts_of, find_contacts
from graphsvc.kernels.context import Context, find_context
from graphsvc.projection import Projection

CONTEXTS = "contexts of ties"  # among what a Projection keeps
Contexts = dict[int, Context]
_turn = threading.RLock()  # two scores of one graph rest on the same contexts


def all_ties(p: Projection, *, directed: bool) -> Ties:
    """All ties of a graph, with contexts that stay with it."""
    ties = find_ties(p, directed=directed)
    return replace(ties, contexts=_contexts(p, ties.contacts))


def ties_touched(p: Projection, touched: Touched, *, directed: bool) -> Ties:
    """All ties of the people of some new events."""
    with _turn:
        c = touched.shared.get("contacts")
        if not isinstance(c, Contacts):
            c = touched.shared["contacts"] = contacts_of(p, touched.people)
    return replace(ties_among(p, c, directed=directed), contexts=_renewed(p, touched, c))


def _contexts(p: Projection, c: Contacts) -> Contexts:
    with _turn:
        kept: Contexts | None = _kept(p)
        return _keep(p, {at: find_context(c, at) for at in _dates(p)}) if kept is None else kept


def _renewed(p: Projection, touched: Touched, c: Contacts) -> Contexts:
    with _turn:
        kept, older = _kept(p), touched.older()
        if kept is not None:
            return kept
        then = None if older is None else _kept(older)
        if then is None:
            return _contexts(p, find_contacts(p))
        return _keep(p, {at: _around(p, then[at], touched, c) for at in _dates(p)})


def _around(p: Projection, old: Context, touched: Touched, c: Contacts) -> Context:
    same = touched.nobody_new and touched.since(p, old.at)
    return old if same else old.renewed(c, touched.image, touched.people)


def _dates(p: Projection) -> tuple[int, int]:
    return p.as_of, before(p.as_of)


def _kept(p: Projection) -> Contexts | None:
    found = p.derived.get(CONTEXTS)
    return found if isinstance(found, dict) else None


def _keep(p: Projection, contexts: Contexts) -> Contexts:
    p.derived[CONTEXTS] = contexts
    return contexts
