"""What a job title says: seniority and buying authority, in English and Chinese; and what a stage says of a deal.

Rules are ordered lists of patterns, most telling first; a title of several parts ("VP & CFO") counts as its highest.
Unknown stays unknown: a title that no rule fits is a class of its own, never a middle value.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from graphsvc.model import Level, Won

# Levels as people write them in a column of their own, compared without case, spaces, `-` and `_`.
_LEVEL_NAMES: dict[str, Level] = {
    **dict.fromkeys(("clevel", "csuite", "cxo", "chief", "executive", "exec", "高管", "高层", "决策层"), Level.C_LEVEL),
    **dict.fromkeys(("vp", "vicepresident", "svp", "evp", "avp", "副总", "副总级"), Level.VP),
    **dict.fromkeys(("director", "head", "总监", "总监级", "中高层"), Level.DIRECTOR),
    **dict.fromkeys(("manager", "mgr", "lead", "supervisor", "经理", "主管", "经理级", "中层"), Level.MANAGER),
    **dict.fromkeys(
        ("staff", "ic", "individualcontributor", "employee", "entry", "junior", "senior", "nonmanager"), Level.STAFF
    ),
    **dict.fromkeys(("员工", "普通员工", "基层", "职员"), Level.STAFF),
}

# Words that name somebody else's office, and people who no longer hold it.
_ELSEWHERE = re.compile(
    r"\b(?:assistant|aide|secretary|advis[eo]r|reporting|liaison)\s+to\s+.*|\boffice of the\b[^,;/&]*"
    r"|\b(?:ceo|cto|cfo|president|chairman)(?:'s)?\s+office\b"
    r"|(?:董事长|总裁|总经理|CEO)(?:办公室|办)",
    re.IGNORECASE,
)
_FORMER = re.compile(r"\b(?:former|ex|retired|past)\b[\s-]|^前任?(?=[^台端])|已离职|退休", re.IGNORECASE)
_AIDE = re.compile(
    r"\b(?:executive|personal|administrative|admin)\s+(?:assistant|secretary)\b|\b(?:assistant|secretary)$"
    r"|\bassistant to\b|助理$|(?<!董事会)秘书$",
    re.IGNORECASE,
)

_CHIEF = (
    r"\bc[eftiosmpdlrh]o\b|\bc[hp]ro\b|\bciso\b|\bchief\b[\w\s]*\bofficer\b|\bchief executive\b"
    r"|\b(?:co-?)?(?:founder|owner|chair(?:man|woman|person)?)\b|\bpresident\b|\bmanaging (?:director|partner)\b"
    r"|\b(?:general|founding|senior|equity) partner\b|^partner$|^(?:general manager|gm)$|\bproprietor\b"
    r"|首席[^\s,，]{1,6}官|董事长|董事会|(?<!副)总裁|执行董事|^(?:独立)?董事$|创始人|合伙人|老板|法人|法定代表人"
    r"|(?:^|公司|集团|有限)总经理|(?<!副)(?:厂长|院长|校长|行长|局长)"
)
_RULES: tuple[tuple[Level, re.Pattern[str]], ...] = tuple(
    (level, re.compile(pattern, re.IGNORECASE))
    for level, pattern in (
        (Level.STAFF, r"\b(?:product|process|scrum) owner\b|\bbusiness partner\b|\baccount executive\b"),
        (
            Level.VP,
            r"\bvice[\s-]*president\b|\b[seag]?vp\b|\bdeputy (?:ceo|general manager)\b|副总裁|副总(?!监|工)|副董事长"
            r"|总工程师|总会计师|总经济师|总法律顾问|(?:分公司|事业部|部门?|大区|区域|地区|分部|子公司)总经理"
            r"|\bgeneral counsel\b",
        ),
        (
            Level.DIRECTOR,
            r"\bchief of staff\b|\bchief (?:architect|engineer|scientist|economist|representative)\b"
            r"|首席(?![^\s,，]{1,6}官)",
        ),
        (Level.C_LEVEL, _CHIEF),
        (Level.VP, r"\bgeneral manager\b|\bgm\b|\bexecutive director\b|总经理|副(?:厂长|院长|校长|行长|局长)"),
        (Level.DIRECTOR, r"\bdirector\b|\bhead\b|总监|部长|处长|负责人|\bprincipal\b|\bdean\b"),
        (
            Level.MANAGER,
            r"\bmanag(?:er|ing)\b|\bmgr\b|\bsupervisor\b|\b(?:team|tech|technical|project) lead(?:er)?\b|\blead\b"
            r"|\bforeman\b|\bcontroller\b|\btreasurer\b|经理|主管|科长|主任(?!工程师|医师)|组长|班长|店长|领班",
        ),
        (
            Level.STAFF,
            r"\b(?:analyst|engineer|developer|architect|specialist|associate|assistant|secretary|coordinator|trader"
            r"|representative|rep|administrator|accountant|consultant|designer|technician|clerk|officer|buyer|agent"
            r"|employee|staff|intern|trainee|lawyer|attorney|counsel|scientist|researcher|programmer|nurse|operator"
            r"|salesperson|sales|advis[eo]r|executive|buyer|recruiter|editor|writer|teacher|planner|expert)\b"
            r"|工程师|专员|助理|秘书|员工|职员|代表|顾问|分析师|架构师|设计师|会计|出纳|文员|采购员|业务员|销售|研究员"
            r"|技术员|实习生|律师|教师|讲师|专家|开发|客服|操作员|买手|采购",
        ),
    )
)
_SIGNS = re.compile(
    r"\bceo\b|\bcfo\b|\bcoo\b|\bcpo\b|\bchief (?:executive|financial?|procurement|purchasing|operating)\b"
    r"|(?<!vice )(?<!vice-)\bpresident\b|(?<!product )(?<!process )\bowner\b|\bfounder\b|\bproprietor\b"
    r"|(?<!vice )(?<!vice-)\bchair(?:man|woman|person)?\b|\bmanaging (?:director|partner)\b|\bgeneral manager\b|^gm$"
    r"|\bprocurement\b|\bpurchas(?:e|er|ing)\b|\bbuyer\b|\bstrategic sourcing\b|\bsourcing (?:manager|director|lead)\b"
    r"|\bfinanc(?:e|ial) (?:director|controller)\b|\b(?:director|head|vp|vice president),? (?:of )?finance\b"
    r"|\btreasurer\b|\bfinancial controller\b"
    r"|首席执行官|首席财务官|首席运营官|首席采购官|(?<!副)董事长|执行董事|(?<!副)总裁|(?<!副)总经理|创始人|老板|法人|法定代表人"
    r"|采购|财务(?:总监|负责人|部长|副?总)|总会计师|(?<!副)厂长",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*(?:[,;/&|+、，；]|\band\b|兼|暨)\s*", re.IGNORECASE)


def _plain(title: str | None) -> str:
    text = unicodedata.normalize("NFKC", title or "").replace(".", "").replace("’", "'")
    return _ELSEWHERE.sub(" assistant" if re.search(r"assistant|secretary", text, re.IGNORECASE) else "", text).strip()


@lru_cache(maxsize=65_536)
def level_of(level: str | None, title: str | None) -> Level:
    """Seniority of a person: from the level column where it says something known, else from the title.

    Parameters
    ----------
    level : a level's name ("c_level", "C-Level", "VP", "总监") or a title put into that column; numbers say nothing.
    title : job title, English or Chinese.

    Examples
    --------
    >>> level_of("C-Level", None).name, level_of(None, "Head of Data").name, level_of("3", "副总经理").name
    ('C_LEVEL', 'DIRECTOR', 'VP')
    >>> level_of(None, "Assistant to the CEO").name, level_of(None, "Beekeeper").name
    ('STAFF', 'UNKNOWN')
    """
    named = _LEVEL_NAMES.get(re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", level or "")).casefold())
    return named or _of_title(level) or _of_title(title)


def _of_title(title: str | None) -> Level:
    text = _plain(title)
    if not text or _FORMER.search(text):
        return Level.UNKNOWN
    if _AIDE.search(text):
        return Level.STAFF
    return max(_of_part(part) for part in _PARTS.split(text))


def _of_part(part: str) -> Level:
    return next((level for level, pattern in _RULES if pattern.search(part)), Level.UNKNOWN)


@lru_cache(maxsize=65_536)
def signs(title: str | None) -> bool:
    """True for a title that can sign a purchase: head of the company, finance or procurement.

    A technical head does not sign, however senior.

    Examples
    --------
    >>> [signs(t) for t in ("CFO", "采购经理", "Vice President", "CTO", "首席架构师", "Executive Assistant to the CEO")]
    [True, True, False, False, False, False]
    """
    text = _plain(title)
    if _FORMER.search(text) or _AIDE.search(text):
        return False
    return any(_SIGNS.search(part) for part in _PARTS.split(text))


_LOST = re.compile(
    r"\b(?:lost|loss)\b|closed\s*lost|输单|丢单|失单|流单|战败|落标|[未没]\S{0,2}(?:成交|中标|赢单|签约)", re.IGNORECASE
)
_WON = re.compile(
    r"\bwon\b|closed\s*won|^win$|(?<!待)(?<!拟)(?<!预计)(?<!即将)(?<!有望)(?:赢单|成交|中标|已签约)", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def outcome_of(stage: str | None) -> Won:
    """Outcome of a deal as its stage tells it; a stage that says neither won nor lost is open.

    Examples
    --------
    >>> [outcome_of(s).name for s in ("Closed Won", "丢单", "Negotiation", "未成交", None)]
    ['WON', 'LOST', 'OPEN', 'LOST', 'OPEN']
    """
    text = unicodedata.normalize("NFKC", stage or "").replace("_", " ").replace("-", " ").strip()
    if _LOST.search(text):
        return Won.LOST
    return Won.WON if _WON.search(text) else Won.OPEN
