"""Words that differ in one letter: one too many, missing, another, or two changed places.

References
----------
Damerau, F. J. (1964). A technique for computer detection and correction of spelling errors. Communications of the ACM
7(3), 171-176: four in five misspellings are one of these four.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Ints

SHORTEST = 5  # letters of a word that may be misspelt
MOST = 40  # words that one misspelling may mean


def similar(word: str, vocabulary: NDArray[np.bytes_]) -> list[str]:
    """Words of a vocabulary at Damerau distance 1 of a word, at most :data:`MOST`.

    Parameters
    ----------
    word : Latin letters and digits.
    vocabulary : words in ASCII, at most as long as its type holds.

    Examples
    --------
    >>> words = np.array([b"mller", b"muller", b"mulleri", b"mulelr", b"miller", b"mueler"])
    >>> similar("muller", words), similar("abc", words)
    (['mller', 'mulleri', 'mulelr', 'miller', 'mueler'], [])
    """
    width = vocabulary.dtype.itemsize
    if not SHORTEST <= len(word) < width or not len(vocabulary):
        return []
    held = vocabulary.view(np.uint8).reshape(-1, width)
    size = np.char.str_len(vocabulary).astype(np.int64)
    some = np.flatnonzero(np.abs(size - len(word)) <= 1)
    held, size = held[some], size[some]
    near = _one_edit(held, size, np.frombuffer(word.encode("ascii"), dtype=np.uint8))
    return [w.decode() for w in vocabulary[some[near]][:MOST]]


def _one_edit(held: NDArray[np.uint8], size: Ints, word: NDArray[np.uint8]) -> Bools:
    """Which rows are one edit away from the word: by how much they share at the beginning and at the end."""
    n, width = len(word), held.shape[1]
    padded = np.zeros(width, dtype=np.uint8)
    padded[:n] = word
    head = _run(held == padded, np.minimum(size, n))
    back = size[:, None] - 1 - np.arange(width)
    ends = np.where(back >= 0, np.take_along_axis(held, np.maximum(back, 0), axis=1), 0)
    padded[:n] = word[::-1]
    tail = _run(ends == padded, np.minimum(size, n))
    shorter = np.minimum(size, n)
    replaced = (size == n) & (head + tail == n - 1)
    moved = (size != n) & (head + tail >= shorter)
    at = np.minimum(head, n - 2)
    rows = np.arange(len(held))
    crossed = (held[rows, at] == word[at + 1]) & (held[rows, at + 1] == word[at])
    out: Bools = replaced | moved | ((size == n) & (head + tail == n - 2) & crossed)
    return out


def _run(equal: Bools, most: Ints) -> Ints:
    """How many leading places are equal, at most ``most``."""
    stop = np.where(equal.all(axis=1), equal.shape[1], np.argmin(equal, axis=1))
    out: Ints = np.minimum(stop, most)
    return out
