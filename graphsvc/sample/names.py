"""Names of people, made by chance from common surnames and given-name syllables; nobody in particular."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from graphsvc.sample.draw import pick

_SURNAMES = """
王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou 吴Wu 徐Xu 孙Sun 胡Hu 朱Zhu 高Gao 林Lin 何He 郭Guo
马Ma 罗Luo 梁Liang 宋Song 郑Zheng 谢Xie 韩Han 唐Tang 冯Feng 于Yu 董Dong 萧Xiao 程Cheng 曹Cao 袁Yuan 邓Deng 许Xu
傅Fu 沈Shen 曾Zeng 彭Peng 吕Lv 苏Su 卢Lu 蒋Jiang 蔡Cai 贾Jia 丁Ding 魏Wei 薛Xue 叶Ye 阎Yan 余Yu 潘Pan 杜Du 戴Dai
夏Xia 钟Zhong 汪Wang 田Tian 任Ren 姜Jiang 范Fan 方Fang 石Shi 姚Yao 谭Tan 廖Liao 邹Zou 熊Xiong 金Jin 陆Lu 郝Hao
孔Kong 白Bai 崔Cui 康Kang 毛Mao 邱Qiu 秦Qin 江Jiang 史Shi 顾Gu 侯Hou 邵Shao 孟Meng 龙Long 万Wan 段Duan 雷Lei 钱Qian
汤Tang 尹Yin 黎Li 易Yi 常Chang 武Wu 乔Qiao 贺He 赖Lai 龚Gong 文Wen 欧阳Ouyang 司徒Situ 上官Shangguan 诸葛Zhuge
"""
_GIVEN = """
伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 娟juan 涛tao 明ming 超chao 霞xia
平ping 刚gang 玲ling 桂gui 英ying 华hua 建jian 国guo 文wen 辉hui 力li 健jian 俊jun 峰feng 晨chen 宇yu 浩hao 轩xuan
梓zi 涵han 欣xin 怡yi 嘉jia 诗shi 雨yu 思si 琪qi 晓xiao 东dong 海hai 波bo 斌bin 鹏peng 飞fei 龙long 凯kai 旭xu
阳yang 博bo 天tian 翔xiang 志zhi 永yong 春chun 梅mei 兰lan 竹zhu 秋qiu 冬dong 雪xue 冰bing 倩qian 婷ting 颖ying
慧hui 莹ying 洁jie 琳lin 瑶yao 璐lu 丹dan 萍ping 红hong 云yun 玉yu 珍zhen 秀xiu 凤feng 素su 爱ai 新xin 成cheng
家jia 子zi 一yi 泽ze 昊hao 睿rui 铭ming 哲zhe 远yuan 航hang 舟zhou 帆fan 松song 柏bo 森sen 林lin 岩yan 山shan
川chuan 河he 江jiang 源yuan 清qing 澄cheng 润run 泉quan 瑞rui 祥xiang 福fu 康kang 宁ning 安an 然ran 毅yi 恒heng
诚cheng 信xin 义yi 礼li 智zhi 仁ren 德de 贤xian 良liang 善shan 正zheng 方fang 圆yuan 光guang 亮liang 晖hui 昕xin
"""
_FIRST = """
Anna Amelia Andrew Anders Astrid Beatrice Benjamin Bianca Bruno Camille Carl Caroline Charles Claire Clara Colin
Daniel Diana Diego Dominic Edith Edward Elena Elise Emil Emma Erik Esther Eva Felix Fiona Florian Frances Frank
Frederick Gabriel Georg Grace Greta Hannah Harold Heidi Helen Henry Hugo Ida Ines Irene Isabel Ivan Jacob James
Jana Jasper Jean Joanna Johan John Jonas Judith Julia Karen Karl Kate Kevin Klara Lars Laura Lena Leo Liam Linda
Louis Lucas Lucy Luise Magnus Marco Maria Marie Mark Martha Martin Matthew Maya Michael Mila Miriam Monica Nadia
Nathan Nicole Nina Noah Nora Oliver Olivia Oscar Otto Patricia Paul Paula Peter Petra Philip Rachel Ralph Rebecca
Renata Richard Robert Rosa Rupert Ruth Samuel Sandra Sara Sebastian Silvia Simon Sofia Stefan Stella Susan Sven
Theo Thomas Tina Tobias Ulrich Ursula Valerie Vera Victor Vincent Walter Wendy William Yvonne Zoe
"""
_LAST = """
Abbott Ackerman Adler Albrecht Aldridge Ashby Atwood Bachmann Bailey Barlow Bauer Becker Bell Bennett Berger Bishop
Blake Boyd Brandt Brooks Burke Burton Calloway Carlson Carver Chapman Clarke Cole Conrad Cooper Craig Crane Dalton
Davies Dawson Dietrich Doyle Drake Dubois Duncan Eklund Ellis Engel Erikson Fairbanks Faure Fischer Fleming
Fletcher Forsberg Foster Fournier Franke Frost Fuller Garnier Garrett Gibson Gordon Graham Granger Gray Greene
Griffin Haas Hale Hansen Harding Harper Hartmann Hayes Henning Hoffmann Holm Holt Horn Howell Hughes Hunt Ingram
Jansen Jensen Joyner Kaiser Keller Kemp Kessler Klein Koch Kramer Krause Lambert Lang Larsen Laurent Lawson Lehmann
Lindgren Lorenz Lowell Ludwig Maddox Mallory Marsh Mason Mercer Meyer Miller Moreau Morgan Muller Nash Neumann
Newton Nolan Norris Novak Olsen Osborne Otto Palmer Parker Perrin Pfeiffer Pierce Porter Preston Quinn Ramsey Reed
Reinhardt Reyes Richter Ritter Roche Roth Rousseau Russell Sanders Sawyer Schmidt Schubert Schulz Seidel Shaw
Sinclair Sommer Stark Steiner Stone Strand Sutton Svensson Tanner Thorne Torres Turner Vance Vaughn Vogel Wagner
Walsh Warner Weber Wells Werner Whitaker Winter Wolff Wood Ziegler
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(m[1], m[2]) for m in re.finditer(r"([^\x00-\x7f]+)([A-Za-z]+)", text)]


SURNAMES = _pairs(_SURNAMES)
GIVEN = _pairs(_GIVEN)
FIRST = _FIRST.split()
LAST = _LAST.split()


@dataclass(frozen=True)
class Name:
    """A name in parts, as written, and the part of a mail address before the ``@``."""

    first: str
    last: str
    full: str
    mailbox: str


def ascii_word(text: str) -> str:
    """Lower-case Latin letters and digits of a text, for mail addresses and domains."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower())


def chinese_names(rng: np.random.Generator, n: int) -> list[Name]:
    """``n`` Chinese names; frequent surnames come more often."""
    surname = pick(rng, 1.0 / (np.arange(len(SURNAMES)) + 12.0), n)
    given = rng.integers(0, len(GIVEN), size=(n, 2))
    double = rng.random(n) < 0.72
    return [
        _chinese(SURNAMES[s], [GIVEN[g] for g in gs[: 1 + d]]) for s, gs, d in zip(surname, given, double, strict=True)
    ]


def _chinese(surname: tuple[str, str], given: list[tuple[str, str]]) -> Name:
    first, mailbox = "".join(g[0] for g in given), "".join(g[1] for g in given)
    return Name(first, surname[0], surname[0] + first, f"{mailbox}.{surname[1].lower()}")


def western_names(rng: np.random.Generator, n: int) -> list[Name]:
    """``n`` European or American names."""
    first, last = rng.integers(0, len(FIRST), n), rng.integers(0, len(LAST), n)
    return [_western(FIRST[f], LAST[k]) for f, k in zip(first, last, strict=True)]


def _western(first: str, last: str) -> Name:
    return Name(first, last, f"{first} {last}", f"{ascii_word(first)}.{ascii_word(last)}")
