from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

def njit(
    *,
    cache: bool = ...,
    nogil: bool = ...,
    fastmath: bool = ...,
    parallel: bool = ...,
    boundscheck: bool = ...,
    inline: str = ...,
) -> Callable[[F], F]: ...

prange = range
