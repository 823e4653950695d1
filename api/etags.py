"""ETags: an answer is the same as long as the store, the models, T, the caller and the question are.

The tag is worked out before the answer, from sequence numbers only, so that "nothing new" (304) costs next to nothing.
A commit between the two makes the tag older than the answer, never newer: the next call simply computes again. Tags are
weak (RFC 9110, 8.8.1): two processes may differ in the last bits of a number.
"""

from __future__ import annotations

import hashlib

from api.aliases import aliased
from api.answers import Ask
from graphsvc import __version__
from graphsvc.phrases import current_language


def state_tag(ask: Ask, question: str) -> str:
    """Tag of the answer: sequence, newest run, decisions on models, T, known_at, caller, language and version."""
    store, moment, caller = ask.workspace.store, ask.moment, ask.caller
    newest = store.runs(None, 1)
    why = (moment.why.code, sorted(moment.why.args.items())) if moment.why else None
    who = (caller.name, caller.entity, sorted(caller.roles), aliased())
    run = newest[0].id if newest else None
    sequence = min((store.sequence, *(p.sequence for p in moment.held)))
    state = (sequence, run, ask.workspace.models_decided, moment.as_of, moment.known_at, why)
    return _weak((__version__, *state, who, current_language(), question))


def content_tag(body: bytes, question: str) -> str:
    """Tag of a body that is cheap to make, such as the list of models."""
    return _weak((hashlib.sha256(body).hexdigest(), question))


def matches(tag: str, if_none_match: str | None) -> bool:
    """Whether an ``If-None-Match`` header names the tag (weak comparison)."""
    if if_none_match is None:
        return False
    given = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag.removeprefix("W/") in given


def _weak(parts: tuple[object, ...]) -> str:
    return f'W/"{hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'
