"""Packages that only some set-ups need (extras such as ``server``): whether they are there, a sentence where not."""

from __future__ import annotations

from importlib.util import find_spec

from graphsvc.errors import InputError

LOCKS = {"server": "server", "report": "server", "deliver": "run"}  # which requirements/*.lock has an extra


def installed(package: str) -> bool:
    """True when a package can be imported."""
    return find_spec(package) is not None


def needs(package: str, extra: str = "server") -> None:
    """Go on only with a package, which comes with an extra.

    Raises
    ------
    InputError
        Telling how to install it.

    Examples
    --------
    >>> needs("numpy")
    """
    if not installed(package):
        raise InputError("errors.needs_extra", package=package, extra=LOCKS.get(extra, extra))
