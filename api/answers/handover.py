"""The hand-over of a colleague who leaves: account by account, who should take over which contact, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from algorithms.handover import Heritage, colleagues_of, heritage
from algorithms.outreach import WARM, Basis, OutreachParams, Worth, account_worth, own_accounts, own_deals
from api.aliases import aliased
from api.answers.ask import Ask
from api.answers.decisions import list_owner
from api.answers.paths import incoming_of, network
from api.shapes import Entity
from api.shapes_boards import HandoverAccount, HandoverAnswer, HandoverContact
from graphsvc.clock import show_moment
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Ints
from graphsvc.scores import Scores


def handover(ask: Ask, rep: str, to: str | None = None, limit: int | None = None) -> HandoverAnswer:
    """What a rep leaves behind and who should take over, accounts with most open amount first.

    Of each account at most ``limit`` contacts, the important ones first, and how many there are. A rep sees the own
    hand-over: colleagues' ties as bands only.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's.
    InputError
        When nobody said who we are, or ``to`` is no colleague who is here.
    """
    if limit is not None:
        ask.budget.limit(limit)
    who = ask.find(rep, "person")
    list_owner(ask, who)
    p, heir = ask.projection, None if to is None else ask.find(to, "person")
    strength, health = (ask.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health"))
    ways = network(ask)
    found = heritage(p, who, colleagues_of(p, who, heir), (strength, health), (ways, incoming_of(ask, ways)))
    found = replace(found, important=found.important & _telling(ask, found, strength))
    told = _Told(ask, who, heir, found, (strength, health), _names(ask, who, heir, found), limit)
    homes = p.entities.organization[found.contact]
    owned = own_accounts(p, who)
    worth = account_worth(p, own_deals(p, who), OutreachParams())
    places = [*owned.tolist(), *sorted(set(homes.tolist()) - set(owned.tolist()))]
    made = [told.account(place, np.flatnonzero(homes == place), worth, set(owned.tolist())) for place in places]
    made.sort(key=lambda a: (not a.owned, -(a.amount or 0.0), -a.count, a.organization.id if a.organization else ""))
    hidden = 0 if ask.caller.is_owner else int((found.own_row >= 0).sum())
    return HandoverAnswer(
        meta=ask.meta("relationship_health", hidden=hidden, total=len(found)),
        as_of=show_moment(p.as_of),
        rep=told.names[who],
        to=told.names[heir] if heir is not None else None,
        accounts=made,
        people=len(found),
        at_risk=int((found.important & ~found.known).sum()),
    )


def _telling(ask: Ask, found: Heritage, strength: Scores) -> Bools:
    """Whose importance the caller may be told: a buying role at somebody else's account is not a rep's to see."""
    warm = strength.value[found.row] >= WARM
    out: Bools = warm | (ask.sight.own[found.contact] if not ask.caller.is_owner else ~warm)
    return out


def _names(ask: Ask, who: int, heir: int | None, found: Heritage) -> dict[int, Entity]:
    p = ask.projection
    shown = {
        who,
        -1 if heir is None else heir,
        *found.contact.tolist(),
        *found.heir.tolist(),
        *(i for path in found.paths for i in path),
    }
    shown |= {*p.entities.organization[found.contact].tolist(), *own_accounts(p, who).tolist()}
    return ask.entities(shown - {-1})


@dataclass(frozen=True)
class _Told:
    """A heritage as answers have it."""

    ask: Ask
    who: int
    to: int | None
    found: Heritage
    scores: tuple[Scores, Scores]
    names: Mapping[int, Entity]
    limit: int | None

    def account(self, place: int, rows: Ints, worth: Worth, owned: set[int]) -> HandoverAccount:
        """One account with its contacts, the important ones first."""
        f, mine, count = self.found, place in owned, len(rows)
        rows = rows[np.lexsort((rows, ~f.important[rows]))][: self.limit]
        seen = mine and place >= 0 and self.ask.sight.entity(place) and worth.deals[place] > 0
        amount = float(worth.value[place]) if seen and worth.basis[place] == Basis.OPEN else None
        return HandoverAccount(
            organization=self.names.get(place),
            owned=mine,
            amount=amount,
            currency=self.ask.projection.text(worth.currency) if amount is not None else None,
            open_deals=int(worth.deals[place]) if seen else 0,
            count=count,
            contacts=[self._contact(i) for i in rows.tolist()],
        )

    def _contact(self, i: int) -> HandoverContact:
        ask, f, (strength, health) = self.ask, self.found, self.scores
        person, row, own = int(f.contact[i]), int(f.row[i]), int(f.own_row[i])
        full = ask.sight.tie(self.who, person)
        at = health.row_of(self.who, person) if full else None
        last = int(strength.beside["last_time"][row])
        return HandoverContact(
            person=self.names[person],
            title=self._title(person),
            band=ask.band(strength, row),
            strength=float(strength.value[row]) if full else None,
            health=float(health.value[at]) if at is not None and np.isfinite(health.value[at]) else None,
            last=show_moment(last) if full else None,
            important=bool(f.important[i]),
            suggested=self.names.get(int(f.heir[i])),
            suggested_band=ask.band(strength, own) if own >= 0 else None,
            path=[self.names[n] for n in f.paths[i]],
            why=[ask.text(r) for r in self._why(i)],
        )

    def _title(self, person: int) -> str | None:
        return self.ask.known(person).title if self.ask.sight.entity(person) and not aliased() else None

    def _why(self, i: int) -> list[Phrase]:
        """Why this colleague, and what is at stake."""
        f, p = self.found, self.ask.projection
        out = [] if f.known[i] else [phrase("boards.nobody_else")]
        if f.own_row[i] >= 0:
            out.append(phrase("boards.heir_tie" if self.to is not None else "boards.heir_best"))
        elif f.paths[i]:
            via = " → ".join(self._called(n) for n in f.paths[i][1:-1])
            out.append(phrase("boards.heir_path", via=via))
        elif self.to is not None:
            out.append(phrase("boards.heir_none"))
        if p.entities.buyer[f.contact[i]] and self.ask.sight.entity(int(f.contact[i])):
            out.append(phrase("weekly.buyer"))
        return out

    def _called(self, index: int) -> str:
        entity = self.names[index]
        return entity.name or entity.key
