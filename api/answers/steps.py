"""Next steps: those kept since the last scoring, or those the scores of another moment give, as decided by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from algorithms.suggest import suggestions as suggested
from api.answers.ask import Ask
from api.answers.standing import Key, followed, known_until, proposes, stood
from graphsvc.phrases import Phrase
from graphsvc.policy import OWNER
from graphsvc.projection import FOREVER, Projection
from graphsvc.suggestions import Suggestion
from graphsvc.workspace import run_for

LIST_SCORES = ("tie_strength", "relationship_health", "active")
UNDECIDED = ("proposed", "snoozed", "expired")  # states of a step that nobody has taken or refused
STEP_SCORES = (*LIST_SCORES, "depth", "breadth", "influence", "ecosystem")


def made_steps(ask: Ask) -> list[Suggestion]:
    """The suggestions that the scores at T give, by gain, highest first; their phrases name entities by public id."""
    p = ask.projection

    def make() -> list[Suggestion]:
        run = run_for(ask.workspace, ask.moment, LIST_SCORES)
        scores = {name: ask.workspace.effective(name, ask.moment) for name in STEP_SCORES}
        found = suggested(p, scores, run_id=run.id if run else "")
        return [replace(s, reasons=tuple(_by_id(ask, r) for r in s.reasons)) for s in found]

    return ask.workspace.kept.get(("steps", p.sequence, p.as_of, p.known_at), make)


def current(ask: Ask) -> list[tuple[Suggestion, str | None]]:
    """Suggestions as they stood at the moment asked about, by gain, and to whom each belongs by now.

    Where records were merged, several kept ones propose the same; of these the one decided on last counts. What nobody
    decided on is left out where it names who may not stand on a list.
    """
    kept = stood(ask, ask.workspace.store.suggestions(OWNER))
    live = known_until(ask) == FOREVER
    made = [] if live else made_steps(ask)
    to = followed(ask, (i for s in (*kept, *made) for i in (s.owner, s.target, s.through)))
    found = {proposes(s, to): s for s in reversed(made)}
    for key, s in _decided_last(kept, to).items():
        at_t = found.get(key)
        if at_t is not None:
            found[key] = replace(
                s,
                gain=at_t.gain,
                reasons=at_t.reasons,
                evidence=at_t.evidence,
                run_id=at_t.run_id,
                expires=at_t.expires,
            )
        elif live or s.state != "proposed":
            found[key] = s
    stands = {key: s for key, s in found.items() if s.state not in UNDECIDED or not _barred(ask.projection, key)}
    return [(s, key[1]) for key, s in sorted(stands.items(), key=lambda item: (-item[1].gain, item[1].id))]


def refresh(ask: Ask) -> int:
    """Keep the suggestions that the scores at T give; gives how many are new.

    Kept ones that name who may not stand on a list expire; they are proposed again once that is over.
    """
    store = ask.workspace.store
    made = store.save_suggestions(made_steps(ask))
    kept = store.suggestions(OWNER, "proposed")
    to = followed(ask, (i for s in kept for i in (s.owner, s.target, s.through)))
    store.expire_suggestions([s.id for s in kept if _barred(ask.projection, proposes(s, to))])
    return made


def _barred(p: Projection, key: Key) -> bool:
    """Whether a step names who left or must not appear on lists; a hand-over is about who left."""
    play, owner, target, through = key
    named = {i: p.index[i] for i in (owner, target, through) if i in p.index}
    gone = {i for i in named if p.entities.left[named[i]] and not (play == "hand_over" and i == through)}
    account = int(p.entities.organization[named[target]]) if target in named else -1
    places = [*named.values(), *([account] if account >= 0 else [])]
    return bool(gone) or bool(p.entities.restricted[places].any())


def _decided_last(kept: Iterable[Suggestion], to: dict[str, str]) -> dict[Key, Suggestion]:
    """Of the suggestions that propose the same the one decided on last; else one made since the merge."""
    out: dict[Key, Suggestion] = {}
    for s in sorted(kept, key=lambda s: (s.decided or 0, to.get(s.target) == s.target, s.gain)):
        out[proposes(s, to)] = s
    return out


def _by_id(ask: Ask, said: Phrase) -> Phrase:
    """Phrases kept in a store name entities by public id, not by an index of one Projection."""
    ids = ask.projection.entities.id
    slots = {
        k: ids[v].decode() for k in ("who", "org", "work", "via") if isinstance(v := said.args.get(k), int) and v >= 0
    }
    return Phrase(said.code, dict(said.args) | slots)
