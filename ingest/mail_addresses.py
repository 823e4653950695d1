"""Addresses and encoded words of mail headers, read in linear time whatever a sender wrote.

Common shapes (``Name <a@b>``, ``"Last, First" <a@b>``, ``a@b``) take one pattern each; all the rest (comments, groups,
``user at domain``, addresses hidden in encoded words, unbalanced quotes) goes through one scanner that never recurses.

References
----------
RFC 5322 §3.4 (addresses), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers).
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import NamedTuple

NAME_CHARS = 200  # a longer display name is cut
ADDRESS_CHARS = 320  # 64 of local part, "@", 255 of domain

_ATOM = r"[^\s\x00-\x1f\x7f<>()\",:;@\\\[\]]"
_ADDRESS = re.compile(rf'(?:{_ATOM}++|"[^"\x00-\x1f\x7f]++")@(?:{_ATOM}++|\[[^\s\[\]@]++\])')
_NAMED = re.compile(rf'\s*+(?:"([^"\\]*+)"|([^"<>@\\():;]*+))\s*+<\s*+({_ATOM}++@{_ATOM}++)\s*+>\s*+')
_BARE = re.compile(rf"\s*+({_ATOM}++@{_ATOM}++)\s*+")
# Commas inside quotes and encoded words do not part addresses.
_ITEMS = re.compile(r'(?:=\?[^?"\s,]++\?[bBqQ]\?[^?"]*+\?=|"[^"]*+"|[^",=]++|=|"(?=[^"]*+\Z))++')
_HARD = re.compile(r"[():;\\]")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|\\.|[(),:;<>"\\]|[^"\\(),:;<>]++', re.DOTALL)

_WORD = re.compile(r"=\?([^?*\s]++)(?:\*[^?\s]*+)?\?([bBqQ])\?([^?]*+)\?=")
_BETWEEN = re.compile(r"(\?=)\s++(?==\?)")
_CHARSET = re.compile(
    r"utf-?(?:7|8|16(?:le|be)?)|us-ascii|ascii|iso-?8859-\d+|latin-?\d|windows-\d+|cp-?\d+|koi8-[ru]|gbk|gb18030|cp936"
    r"|hz|hz-gb-2312|big5|big5-hkscs|euc-(?:jp|kr|cn)|iso-2022-\w+|shift[_-]jis|sjis|tis-620|macintosh|mac-roman"
)
_WIDER = {
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "euc-cn": "gb18030", "gbk": "gb18030", "cp936": "gb18030",
    "x-gbk": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "big5": "big5hkscs", "iso-8859-8-i": "iso-8859-8", "shift_jis": "cp932", "utf8": "utf-8", "plain-gb2312": "gb2312",
}  # fmt: skip
GUESSES = ("utf-8", "plain-gb2312")  # unlike its supersets GB 2312 proper rarely fits Western text by chance
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_UNPRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]++")

_ROBOT = re.compile(
    r"(?:^|[-_.+=])(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer[-_.]?daemon|postmaster|notifications?"
    r"|notify|bounces?|auto[-_.]?(?:reply|mailer|confirm|notify)|automailer|newsletters?|cron|daemon|nobody|alerts?"
    r"|system[-_.]?admin(?:istrator)?)(?:$|[-_.+=0-9])"
)


class Address(NamedTuple):
    """One mailbox: lower-case address, display name or None, and whether a program stands behind it."""

    address: str
    name: str | None
    robot: bool


class AddressList(NamedTuple):
    """What a From, To, Cc or Bcc header names; ``bad`` holds the parts no address could be read from."""

    good: tuple[Address, ...]
    bad: tuple[str, ...]


NOBODY = AddressList((), ())


def parse_addresses(text: str) -> AddressList:
    """Read an address list, keeping what is readable; a group's members count, its name does not.

    Examples
    --------
    >>> [a.address for a in parse_addresses('"Doe, J." <J@X.org>, k at y.org (Kim), team: l@z.org;').good]
    ['j@x.org', 'k@y.org', 'l@z.org']
    """
    return _parse_cached(text) if len(text) <= 2000 else _parse(text)


def _parse(text: str) -> AddressList:
    if _HARD.search(text):
        return _scan(text)
    items = _ITEMS.findall(text) if '"' in text or "=?" in text else text.split(",")
    return _joined([_read_item(item) for item in items])


_parse_cached = lru_cache(maxsize=1 << 14)(_parse)


@lru_cache(maxsize=1 << 16)
def _read_item(item: str) -> AddressList:
    if found := _NAMED.fullmatch(item):
        return _accept(found[3], found[1] or found[2], item)
    if found := _BARE.fullmatch(item):
        return _accept(found[1], None, item)
    return _scan(item)


def _scan(text: str, again: bool = True) -> AddressList:
    """The general reader: one pass over tokens, with the depth of comments as its only memory."""
    found: list[AddressList] = []
    phrase: list[str] = []
    angle: list[str] = []
    comment: list[str] = []
    after: list[str] = []  # text behind the angle brackets
    depth, inside = 0, False

    def flush() -> None:
        found.append(_assemble("".join(phrase or after if angle else phrase), "".join(angle), "".join(comment), again))
        for part in (phrase, angle, comment):
            part.clear()

    for piece in _TOKEN.findall(text):
        if depth:
            depth += (piece == "(") - (piece == ")")
            comment.append(piece if depth else "")
        elif piece == "(":
            depth = 1
        elif piece in ",;" and not inside:
            flush()
            after.clear()
        elif piece == ":" and not inside and "@" not in "".join(phrase[-1:]):
            phrase.clear()  # the name of a group, or "mailto"
        elif piece == "<":
            if angle:  # no comma before the next one; some programs encode it as if it were text
                flush()
                phrase, after = after, phrase
            inside = True
        elif piece == ">":
            inside = False
        else:
            (angle if inside else after if angle else phrase).append(piece)
    flush()
    if depth and not any(f.good for f in found):
        found.append(AddressList((), (text[:ADDRESS_CHARS],)))  # a comment that never ends swallowed the address
    return _joined(found)


def _joined(parts: list[AddressList]) -> AddressList:
    if len(parts) == 1:
        return parts[0]
    return AddressList(tuple(a for p in parts for a in p.good), tuple(b for p in parts for b in p.bad))


def _assemble(phrase: str, angle: str, comment: str, again: bool) -> AddressList:
    whole = f"{phrase} <{angle}>".strip() if angle else phrase.strip()
    if not whole or whole == "<>":
        return NOBODY
    if "@" not in whole and again and "=?" in whole:
        return _scan(decode_words(whole), again=False)
    if angle:
        return _accept(angle.rpartition(":")[2], phrase, whole)
    if _ADDRESS.fullmatch(whole):
        return _accept(whole, comment, whole)
    before, last = _spelled(phrase.split())
    return _accept(last, comment or before, whole)


def _spelled(words: list[str]) -> tuple[str, str]:
    """Name and address of words without angle brackets; archives write ``user at domain``."""
    if len(words) >= 3 and words[-2].lower() in ("at", "(at)", "[at]"):
        return " ".join(words[:-3]), f"{words[-3]}@{words[-1]}"
    return " ".join(words[:-1]), words[-1]


def _accept(address: str, name: str | None, whole: str) -> AddressList:
    address = address.strip().strip("'").rstrip(".").lower()
    if " at " in address:
        address = _spelled(address.split())[1]
    if len(address) > ADDRESS_CHARS or not _ADDRESS.fullmatch(address):
        return AddressList((), (" ".join(whole[:ADDRESS_CHARS].split()),))
    shown = clean_name(name) if name else None
    if shown is not None and shown.lower() == address:
        shown = None
    return AddressList((Address(address, shown, bool(_ROBOT.search(address.partition("@")[0]))),), ())


def clean_name(text: str) -> str | None:
    """A display name as people read it: words decoded, quotes and control characters gone; None when nothing is left.

    Examples
    --------
    >>> clean_name('"=?gb2312?B?1cXI/Q==?="')
    '张三'
    """
    if "\\" in text:
        text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    text = _UNPRINTED.sub(" ", decode_words(text.replace('"', "")))
    return text.strip(" ',").strip()[:NAME_CHARS].strip() or None


def decode_words(text: str) -> str:
    """Decode RFC 2047 words; what is not well formed stays as it stands."""
    if "=?" not in text:
        return text
    # A multi-byte character cut between two words is whole again once neighbours of one charset are one word.
    out: list[str] = []
    charset, held = "", b""
    at = 0
    text = _BETWEEN.sub(r"\1", text)
    for word in _WORD.finditer(text):
        payload = _unpack(word[2], word[3])
        if word.start() > at or word[1].lower() != charset:
            out += [decode_bytes(held, charset, *GUESSES), text[at : word.start()]]
            charset, held = word[1].lower(), b""
        held += payload
        at = word.end()
    return "".join([*out, decode_bytes(held, charset, *GUESSES), text[at:]])


def _unpack(how: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if how in "qQ":
        return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw.replace(b"_", b" "))
    digits = bytes(c for c in raw if c in _BASE64)
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def decode_bytes(raw: bytes, *charsets: str) -> str:
    """Text of header bytes by the first of the charsets that fits, else as Windows-1252."""
    for charset in charsets:
        name = _WIDER.get(charset.lower(), charset.lower())
        if name in _WIDER.values() or _CHARSET.fullmatch(name):
            try:
                return raw.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return raw.decode("cp1252", "replace")
