"""Packages that only some set-ups need (the extra ``server``): whether they are there, and a sentence where not."""

from __future__ import annotations

from importlib.util import find_spec

from graphsvc.errors import InputError


def installed(package: str) -> bool:
    """True when a package can be imported."""
    return find_spec(package) is not None


def needs(package: str) -> None:
    """Go on only with a package.

    Raises
    ------
    InputError
        Telling how to install it.

    Examples
    --------
    >>> needs("numpy")
    """
    if not installed(package):
        raise InputError("errors.needs_extra", package=package)
