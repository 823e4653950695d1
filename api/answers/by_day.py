"""Listings of what ran, grouped by kind and day, so that one busy job does not bury all others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar
from zoneinfo import ZoneInfo

from graphsvc.store import Store

READ = 5_000  # of the newest runs or jobs are grouped at most
T = TypeVar("T")


def by_day(store: Store, found: Iterable[T], kind: Callable[[T], str], at: Callable[[T], int]) -> list[list[T]]:
    """What is of one kind and day, in the order given; groups by their first.

    Parameters
    ----------
    found : newest first.
    at : the moment [us] of each; days are those of the workspace's zone.
    """
    zone, groups = zone_of(store), dict[tuple[str, str], list[T]]()
    for one in found:
        groups.setdefault((kind(one), day_of(at(one), zone)), []).append(one)
    return list(groups.values())


def zone_of(store: Store) -> ZoneInfo:
    """The workspace's zone."""
    return ZoneInfo(store.setting("timezone") or "UTC")


def day_of(moment: int, zone: ZoneInfo) -> str:
    """The day of a moment [us], ISO 8601.

    Examples
    --------
    >>> day_of(0, ZoneInfo("Asia/Shanghai"))
    '1970-01-01'
    """
    return dt.datetime.fromtimestamp(moment // 1_000_000, zone).date().isoformat()
