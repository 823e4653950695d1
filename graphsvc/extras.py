"""Packages that only some set-ups need (extras such as ``server``): whether they are there, and a sentence where not."""

from __future__ import annotations

from importlib.util import find_spec

from graphsvc.errors import InputError


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
        raise InputError("errors.needs_extra", package=package, extra=extra)
