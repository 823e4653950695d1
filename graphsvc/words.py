"""Single values as people write them: roles, kinds, yes and no, numbers, addresses, domains, currencies.

Each function gives the word the model uses, or None where the value says nothing known.
"""

from __future__ import annotations

import re
import unicodedata

from graphsvc.model import FACT_KINDS, KIND_WEIGHTS, Role

KINDS = tuple(KIND_WEIGHTS)
_YES = frozenset({"true", "yes", "y", "t", "1", "1.0", "on", "是", "对", "真", "有"})
_NO = frozenset({"false", "no", "n", "f", "0", "0.0", "off", "否", "不是", "假", "没有"})

_ROLES: dict[str, Role] = {
    **{role.name.lower(): role for role in Role},
    **dict.fromkeys(("recipient", "receiver", "收件人", "主送"), Role.TO),
    **dict.fromkeys(("organiser", "host", "chair", "owner", "组织者", "主持人", "发起人"), Role.ORGANIZER),
    **dict.fromkeys(
        ("required", "req-participant", "attendees", "participant", "invitee", "member", "参会人", "与会人", "必选"),
        Role.ATTENDEE,
    ),
    **dict.fromkeys(("copy", "抄送"), Role.CC),
    **dict.fromkeys(("blind copy", "密送", "暗送"), Role.BCC),
    **dict.fromkeys(("opt-participant", "non-participant", "fyi", "可选"), Role.OPTIONAL),
}
_KIND_SYNONYMS: dict[str, str] = {
    **dict.fromkeys(("email", "e-mail", "message", "邮件", "电子邮件"), "mail"),
    **dict.fromkeys(("re", "answer", "回复", "答复"), "reply"),
    **dict.fromkeys(("im", "instant message", "wechat", "聊天", "即时消息", "微信"), "chat"),
    **dict.fromkeys(("phone", "phone call", "telephone", "电话", "通话"), "call"),
    **dict.fromkeys(("meet", "appointment", "video meeting", "会议", "会面"), "meeting"),
    **dict.fromkeys(("on-site visit", "site visit", "拜访", "走访"), "visit"),
    **dict.fromkeys(("webinar", "conference", "seminar", "活动", "沙龙", "展会"), "event"),
    **dict.fromkeys(("forward", "repost", "分享", "转发"), "share"),
    **dict.fromkeys(("下载",), "download"),
    **dict.fromkeys(("case", "support ticket", "工单"), "ticket"),
    **dict.fromkeys(("newsletter", "mailing list", "群发邮件"), "list_mail"),
    **dict.fromkeys(("autoreply", "automatic reply", "auto-reply", "自动回复"), "robot_mail"),
}
_ORGANIZATION_KINDS: dict[str, str] = {
    **dict.fromkeys(("client",), "customer"),
    **dict.fromkeys(("lead", "潜在客户", "意向客户"), "prospect"),
    **dict.fromkeys(("channel partner", "reseller", "合作伙伴", "伙伴", "渠道"), "partner"),
    **dict.fromkeys(("vendor", "供应商"), "supplier"),
    **dict.fromkeys(("ours", "self", "本公司", "我方"), "own"),
}
# Parts of longer names, the more telling first ("Customer - Channel", "Channel Partner / Reseller", "潜在客户").
_ORGANIZATION_SIGNS = {
    "prospect": "prospect", "潜在": "prospect", "partner": "partner", "reseller": "partner", "伙伴": "partner",
    "supplier": "supplier", "vendor": "supplier", "供应商": "supplier", "customer": "customer", "客户": "customer",
}  # fmt: skip
_CURRENCIES = {
    "¥": "CNY",
    "￥": "CNY",
    "RMB": "CNY",
    "CNH": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "US$": "USD",
    "$": "USD",
}
_CURRENCIES |= {"美元": "USD", "€": "EUR", "欧元": "EUR", "£": "GBP", "英镑": "GBP", "HK$": "HKD", "港元": "HKD"}
_COMMAS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")  # commas between thousands
_DOTS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?")  # dots between thousands, a decimal comma
_ADDRESS = re.compile(r"[^@\s<>,;\"']+@[^@\s<>,;\"']+\.[^@\s<>,;\"'.]+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def role(text: str) -> str | None:
    """A participant's role in the words of :class:`graphsvc.model.Role`.

    Examples
    --------
    >>> role("TO"), role("Organiser"), role("抄送"), role("mascot")
    ('to', 'organizer', 'cc', None)
    """
    known = _ROLES.get(_folded(text).rstrip(":"))
    return None if known is None else known.name.lower()


def kind(text: str) -> str:
    """What happened, in the words of the model where it is known, else as written in lower case."""
    folded = _folded(text)
    plain = folded.replace(" ", "_").replace("-", "_")
    return plain if plain in KIND_WEIGHTS else _KIND_SYNONYMS.get(folded, folded)


def fact_kind(text: str) -> str | None:
    """A fact kind: ``follows``, ``works at`` and ``WORKS_AT`` are alike."""
    name = re.sub(r"[\s-]+", "_", _folded(text)).upper()
    return name if name in FACT_KINDS else None


def organization_kind(text: str) -> str:
    """What an organization is to us, in the model's words where known.

    Examples
    --------
    >>> organization_kind("Customer - Direct"), organization_kind("Technology Partner"), organization_kind("供应商")
    ('customer', 'partner', 'supplier')
    """
    folded = _folded(text)
    known = _ORGANIZATION_KINDS.get(folded)
    return known or next((kind for sign, kind in _ORGANIZATION_SIGNS.items() if sign in folded), folded)


def flag(text: str) -> bool | None:
    """Yes or no, in English or Chinese.

    Examples
    --------
    >>> flag("Yes"), flag("否"), flag("perhaps")
    (True, False, None)
    """
    folded = _folded(text)
    return True if folded in _YES else False if folded in _NO else None


def number(text: str | None, comma: bool = False) -> float | None:
    """A number with or without currency sign, thousands separators and a decimal comma; None where it is none.

    ``comma``: in its column a comma marks the decimals, so that a dot can only part thousands.

    Examples
    --------
    >>> number("1,234.50"), number("¥ 12,000"), number("0,5"), number("1.234,5"), number("12%"), number("ten")
    (1234.5, 12000.0, 0.5, 1234.5, None, None)
    >>> number("1.250"), number("1.250", comma=True), number("€ 1.000.000"), number("1 250,50"), number("(500)")
    (1.25, 1250.0, 1000000.0, 1250.5, -500.0)
    """
    bare = (text or "").strip()
    if bare.startswith("(") and bare.endswith(")"):  # as accountants write it
        inside = number(bare[1:-1], comma)
        return None if inside is None or inside < 0 else -inside
    digits = _digits(bare)
    if comma and _DOTS.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif comma and re.fullmatch(r"[+-]?\d+\.\d+", digits):
        return None
    elif not comma and _COMMAS.fullmatch(digits) and not digits.lstrip("+-").startswith("0"):
        digits = digits.replace(",", "")
    elif decimal_mark(text or "") == ",":
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "") if _COMMAS.fullmatch(digits) and "." in digits else digits
        digits = digits.replace(",", ".") if re.fullmatch(r"[+-]?\d{1,3},\d+", digits) else digits
    try:
        return float(digits)
    except ValueError:
        return None


def decimal_mark(text: str) -> str | None:
    """What marks the decimals in a number, where the number alone tells; "1,250" may be one thing or the other.

    Examples
    --------
    >>> [decimal_mark(t) for t in ("1.250,50", "12,5", "1,250.5", "0.5", "1,250", "1.000.000")]
    [',', ',', '.', '.', None, ',']
    """
    digits = _digits(text.strip().strip("()"))
    if re.fullmatch(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),(?:\d{1,2}|\d{4,})", digits):
        return ","
    if re.fullmatch(r"[+-]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|0,\d+)", digits):
        return ","
    if re.fullmatch(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)\.(?:\d{1,2}|\d{4,})", digits):
        return "."
    if re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|0\.\d+)", digits):
        return "."
    return None


def _digits(text: str) -> str:
    """A number without its currency and the blanks and apostrophes between its digits."""
    return re.sub(r"^[^\d+.,-]{1,3}\s*|(?<=\d)\s*(?:元|CNY|USD|EUR|[€$£¥￥])$|[\s\u00a0_'’]", "", text)


def address(text: str) -> str | None:
    """A mail address in lower case, out of ``Name <address>`` too; None where it is none ("n/a").

    Examples
    --------
    >>> address("Ann <ANN@Example.com>"), address("none")
    ('ann@example.com', None)
    """
    bare = text.rsplit("<", 1)[-1].rstrip("> ").removeprefix("mailto:").strip()
    return bare.lower() if _ADDRESS.fullmatch(bare) else None


def domain(text: str) -> str | None:
    """The mail domain in a domain, web address or mail address; None where it is none.

    Examples
    --------
    >>> domain("https://www.Example.com/about"), domain("@example.com"), domain("tbd")
    ('example.com', 'example.com', None)
    """
    host = re.sub(r"^\w+://", "", text.strip().lower()).split("/")[0].split("?")[0].split(":")[0].rsplit("@", 1)[-1]
    host = host.removeprefix("www.").rstrip(".")
    return host if _DOMAIN.fullmatch(host) else None


def currency(text: str) -> str | None:
    """An ISO 4217 code.

    Examples
    --------
    >>> currency("usd"), currency("￥"), currency("beads")
    ('USD', 'CNY', None)
    """
    code = text.strip().upper()
    return _CURRENCIES.get(code) or (code if re.fullmatch(r"[A-Z]{3}", code) else None)
