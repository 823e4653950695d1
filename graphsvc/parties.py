"""Who a field names when it holds mail addresses as mail programs write them: ``Ann <ann@x.com>; bob@x.com``."""

from __future__ import annotations

import re

_ADDRESS = r"[^@\s<>,;:\"'()；，]+@(?:[\w-]+\.)+[\w-]+"
_HOLDS_ONE = re.compile(_ADDRESS)
_ITEM = re.compile(rf"\s*(?:[^<>]*<\s*(?:mailto:)?({_ADDRESS})\s*>|(?:mailto:)?({_ADDRESS}))\s*")
_PARTS = re.compile(r'((?:"[^"]*"|[^;,；，"])+)([;,；，]?)')
COMPOUND = r"@[^\x00]*[<>;,；，\"\s]|[<>;,；，\"\s][^\x00]*@"  # may be more than one bare key


def addresses_in(text: str) -> tuple[str, ...] | None:
    """The mail addresses in a field; the text itself where it is a plain key; None where a part is neither.

    Examples
    --------
    >>> addresses_in("Bob <b@x.com>"), addresses_in("b@x.com; c@x.com"), addresses_in("c;d"), addresses_in("b@x.com; ?")
    (('b@x.com',), ('b@x.com', 'c@x.com'), ('c;d',), None)
    >>> addresses_in("Doe, John <john@x.com>, 'k@x.com' <k@x.com>")
    ('john@x.com', 'k@x.com')
    """
    if not re.search(COMPOUND, text) or not _HOLDS_ONE.search(text):
        return (text,)
    found: list[str] = []
    begun = ""  # of a name such as "Doe, John", which a comma parts
    for part, separator in _PARTS.findall(text):
        if not part.strip():
            continue
        item = _ITEM.fullmatch(begun + part)
        if item:
            found.append(item[1] or item[2])
            begun = ""
        elif "@" not in part and separator in {",", "，"}:
            begun += f"{part} "
        else:
            return None
    return tuple(dict.fromkeys(found)) if found and not begun else None
