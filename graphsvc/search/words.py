"""Words that search must know: legal forms of companies, forms of address, surnames.

Readings of surnames are those of the dictionary 现代汉语词典 (7th edition, The Commercial Press), entries marked 姓.
"""

from __future__ import annotations

import re

# Surnames whose reading is not the usual one of the character.
_READINGS = """
    曾:zeng 单:shan 仇:qiu 解:xie 查:zha 任:ren 朴:piao 盖:ge 区:ou 葛:ge 卜:bu 召:shao 乜:nie 员:yun 逄:pang 翟:zhai
    缪:miao 覃:qin 秘:bi 冼:xian 洗:xian 种:chong 重:chong 乐:yue 燕:yan 应:ying 郗:xi 祭:zhai 晁:chao 隗:wei 宁:ning
    宓:mi 幺:yao 繁:po 黑:he 瞿:qu 郇:xun 那:na 阚:kan 褚:chu 谌:chen 佘:she 尉:yu 令:ling 石:shi 折:she 洪:hong
    盛:sheng 贾:jia 车:che 纪:ji 柏:bai 行:xing 都:du 句:gou 曲:qu 阿:a 长:zhang 牟:mou 咸:xian 俱:ju 邵:shao 叶:ye
    万俟:mo,qi 尉迟:yu,chi 单于:chan,yu 长孙:zhang,sun 澹台:tan,tai 令狐:ling,hu 鲜于:xian,yu 乐正:yue,zheng
    呼延:hu,yan 赫连:he,lian 皇甫:huang,fu
"""
_DOUBLE = """
    欧阳 司马 司徒 上官 诸葛 夏侯 东方 慕容 宇文 独孤 南宫 端木 轩辕 钟离 百里 东郭 濮阳 闾丘 公冶 申屠 公羊 拓跋
    西门 左丘 公孙 淳于 仲孙 太史 万俟 尉迟 单于 长孙 澹台 令狐 鲜于 乐正 呼延 赫连 皇甫 司空 闻人
"""
SURNAME_READINGS = dict(pair.split(":") for pair in _READINGS.split())
DOUBLE_SURNAMES = frozenset(_DOUBLE.split())

# A form of address, and how titles read that go with it; None: it goes with any.
_CHIEFS = r"总|董|\bc[a-z]o\b|chief|president|\bs?e?vp\b|vice|general manager|director|founder|owner"
HONORIFICS: dict[str, str | None] = {
    word: titles
    for words, titles in (
        ("总 老总 总裁 总经理", _CHIEFS),
        ("董 董事长 董事", r"董|chair|\bboard\b"),
        ("工 工程师 总工", r"工程|工艺|技术|engineer|architect|developer"),
        ("经理", r"经理|manager|head"),
        ("总监", r"总监|director|head"),
        ("主任", r"主任|head|director"),
        ("部长 处长 科长 局长 院长 校长 厂长 行长 所长 主席 书记 秘书 会计 律师 主管 组长", r"[长席记书计师管]|head"),
        ("教授 博士 老师 医生 大夫", r"教授|博士|老师|研究|科学|医|professor|\bdr\b|scientist|research|teacher"),
        ("先生 女士 小姐 太太 夫人 同学 哥 姐 君", None),
    )
    for word in words.split()
}
_LATIN_HONORIFICS = "mr mrs ms miss mister dr prof professor sir madam mme monsieur herr frau sr sra ing mag dipl"
# Offices that have a short name; the words of a set say the same.
_OFFICES = (
    ("ceo", "首席执行官", "chief executive officer"), ("cto", "首席技术官", "chief technology officer"),
    ("cfo", "首席财务官", "chief financial officer"), ("coo", "首席运营官", "chief operating officer"),
    ("cio", "首席信息官", "chief information officer"), ("cmo", "首席营销官", "chief marketing officer"),
    ("cpo", "首席采购官", "chief procurement officer"), ("vp", "副总裁", "vice president"),
)  # fmt: skip
SAME_TITLES = {word: [w for w in words if w != word] for words in _OFFICES for word in words}
LATIN_HONORIFICS = frozenset(_LATIN_HONORIFICS.split())

_HAN_FORMS = """
    股份有限责任公司 股份有限公司 有限责任公司 集团有限公司 有限公司 集团公司 控股集团 集团 公司 株式会社 有限会社
"""
_LATIN_FORMS = """
    inc incorporated corp corporation co company ltd limited llc llp lp plc gmbh ag kg kgaa ug se sa sas sarl srl spa
    bv nv ab oy as aps pty pte kk group holding holdings the and und et
"""
LATIN_FORMS = frozenset(_LATIN_FORMS.split())
_HAN_FORM = re.compile(f"(?:{'|'.join(sorted(_HAN_FORMS.split(), key=len, reverse=True))})+$")
_ADDRESSED = re.compile(f"(.{{1,3}}?)({'|'.join(sorted(HONORIFICS, key=len, reverse=True))})")
_FAMILIAR = re.compile("[老小阿](.)")


def without_form(text: str) -> str:
    """A folded name of a company without its legal form; as it is where nothing else would be left.

    Examples
    --------
    >>> [without_form(name) for name in ("上海智联科技有限公司", "acme co ltd", "集团", "the company")]
    ['上海智联科技', 'acme', '集团', 'the company']
    """
    words = text.split(" ")
    kept = [word for word in words if word not in LATIN_FORMS] or words
    last = _HAN_FORM.sub("", kept[-1])
    rest = [*kept[:-1], last] if last else kept[:-1] or kept
    return " ".join(rest)


def addressed(text: str) -> tuple[str, str] | None:
    """Surname and form of address in a Chinese text; None where it is none.

    Examples
    --------
    >>> addressed("王总"), addressed("欧阳老师"), addressed("老张"), addressed("王伟")
    (('王', '总'), ('欧阳', '老师'), ('张', ''), None)
    """
    found = _ADDRESSED.fullmatch(text)
    if found:
        return found[1], found[2]
    familiar = _FAMILIAR.fullmatch(text)
    return (familiar[1], "") if familiar else None


def surname_length(text: str) -> int:
    """How many characters the surname of a Chinese name has.

    Examples
    --------
    >>> surname_length("欧阳修"), surname_length("王伟"), surname_length("王")
    (2, 1, 1)
    """
    return 2 if len(text) > 2 and text[:2] in DOUBLE_SURNAMES else 1
