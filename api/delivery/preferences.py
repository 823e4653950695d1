"""What a rep wants: own preferences over the file's for the rep over the file's for all, and when that is due.

Weeks are those of the rep's own calendar. A list is due at the weekday and hour on the rep's clocks; where these leap
over that hour it is due right after, and an hour that comes twice is taken at its first coming.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from api.delivery.config import MAIL, WEEKDAYS, Config, Language, Weekday, Wishes
from graphsvc.clock import week_end
from graphsvc.errors import TransientError
from graphsvc.policy import OWNER
from graphsvc.schedule import instant
from graphsvc.store import Store

KIND = "delivery_preferences"
HOUR = 3600  # [s]
TRIES = 20
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Preferences:
    """What holds for one rep."""

    language: Language
    timezone: str
    weekday: Weekday
    hour: int
    channels: tuple[str, ...]
    unsubscribed: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The rep's clocks."""
        return ZoneInfo(self.timezone)

    def due(self, week: str) -> int:
        """When the list of an ISO week is due [us].

        Examples
        --------
        >>> from graphsvc.clock import show_moment
        >>> show_moment(Preferences("en", "Europe/Berlin", "monday", 8, ("mail",)).due("2026-W20"))
        '2026-05-11T06:00:00Z'
        """
        return instant(self.day(week), self.hour * HOUR, self.zone)

    def day(self, week: str) -> dt.date:
        """The day of an ISO week on which its list is due.

        Raises
        ------
        InputError
            When it is not of the form 2026-W47.
        """
        week_end(week)
        return dt.datetime.strptime(f"{week}-{WEEKDAYS.index(self.weekday) + 1}", "%G-W%V-%u").date()

    def week(self, now: int) -> str:
        """The ISO week that the rep's calendar shows at a moment [us]."""
        year, week, _ = (_EPOCH + dt.timedelta(microseconds=now)).astimezone(self.zone).isocalendar()
        return f"{year}-W{week:02d}"

    def next(self, now: int) -> int:
        """The first due moment after ``now`` [us]."""
        moments = (self.due(self.week(now + ahead * 7 * 24 * HOUR * 1_000_000)) for ahead in range(3))
        return next(moment for moment in moments if moment > now)


def standard(config: Config, store: Store) -> Preferences:
    """What holds for whom nobody said anything."""
    zone = config.timezone or store.setting("timezone") or "UTC"
    return Preferences(config.language, zone, config.weekday, config.hour, config.channels)


def preferences(config: Config, store: Store) -> Mapping[str, Preferences]:
    """What holds for every rep of whom something was said, by public id.

    What was said under an id that is another's since a merge holds for that one; of several the newest.
    """
    base = standard(config, store)
    out = {ident: _over(base, wishes) for ident, wishes in named(config, store).items()}
    for kept in sorted(store.documents(KIND), key=lambda document: document.changed):
        found = store.resolve(kept.owner, OWNER, "person")
        if len(found) == 1:
            out[found[0].id] = _kept(out.get(found[0].id, base), kept.value)
    return out


def preference(config: Config, store: Store, rep: str) -> Preferences:
    """What holds for one rep, by public id."""
    return preferences(config, store).get(rep) or standard(config, store)


def named(config: Config, store: Store) -> dict[str, Wishes]:
    """The reps that the file names, by public id; a key nobody or several are known by is left out."""
    found = {key: store.resolve(key, OWNER, "person") for key in config.reps}
    return {people[0].id: config.reps[key] for key, people in found.items() if len(people) == 1}


def channels_of(config: Config, store: Store, rep: str) -> tuple[str, ...]:
    """The channels a rep may choose from: mail, and the robots that tell theirs."""
    mine = []
    for name, robot in config.robots.items():
        people = [store.resolve(key, OWNER, "person") for key in robot.reps]
        if not robot.reps or any(len(found) == 1 and found[0].id == rep for found in people):
            mine.append(name)
    return (MAIL, *mine)


def keep(store: Store, rep: str, wanted: Preferences) -> None:
    """Keep a rep's own preferences; of two at once the later one holds.

    Raises
    ------
    TransientError
        When others keep being first.
    """
    _change(store, rep, {**asdict(wanted), "channels": list(wanted.channels)})


def leave(store: Store, rep: str) -> bool:
    """Deliver nothing more to somebody, whatever else is wanted; False where that was so before.

    Raises
    ------
    TransientError
        As :func:`keep`.
    """
    known = store.document(KIND, rep)
    if known is not None and known.value.get("unsubscribed"):
        return False
    _change(store, rep, {"unsubscribed": True})
    return True


def _change(store: Store, rep: str, value: Mapping[str, Any]) -> None:
    for _ in range(TRIES):
        known = store.document(KIND, rep)
        whole = {**(known.value if known else {}), **value}
        if store.put_document(KIND, rep, rep, whole, known.version if known else 0) is not None:
            return
    raise TransientError("delivery.busy")


def _over(base: Preferences, wishes: Wishes) -> Preferences:
    return replace(base, **{k: v for k, v in wishes.model_dump().items() if v is not None})


def _kept(base: Preferences, value: Mapping[str, Any]) -> Preferences:
    """Preferences as a store has them; what an erasure took out of them is the standard again."""
    known = {k: v for k, v in value.items() if k in Preferences.__dataclass_fields__ and v not in ("", None)}
    if "channels" in known:
        known["channels"] = tuple(known["channels"])
    return replace(base, **known)
