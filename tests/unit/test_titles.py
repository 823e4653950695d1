"""Titles tell seniority and buying authority; stages tell the outcome; what says nothing stays unknown."""

import pytest

from graphsvc.model import Level, Won
from graphsvc.titles import level_of, outcome_of, signs

TITLES = {
    Level.C_LEVEL: [
        "CEO",
        "Chief Technology Officer",
        "C.T.O.",
        "CTO",
        "President",
        "President, Enron Global Mkts",
        "Founder & CTO",
        "Managing Director",
        "General Manager",
        "Owner",
        "Chairman of the Board",
        "VP & CFO",
        "Chief Executive",
        "总经理",
        "董事长",
        "总裁",
        "首席技术官",
        "首席执行官",
        "创始人兼CTO",
        "总经理 / CEO",
        "集团总裁",
        "CHRO",
        "CISO",
        "Co-Founder",
        "Managing Partner",
        "厂长",
        "Chief Information Security Officer",
        "ＣＴＯ",
    ],
    Level.VP: [
        "Vice President",
        "Vice President, Enron Online",
        "VP of Engineering",
        "SVP Sales",
        "Senior Vice-President",
        "副总裁",
        "副总经理",
        "副总",
        "高级副总裁",
        "总工程师",
        "General Manager EMEA",
        "华东区域总经理",
        "技术副总裁",
        "Assistant Vice President",
        "General Counsel",
    ],
    Level.DIRECTOR: [
        "Director",
        "Head of Procurement",
        "Global Head, Data",
        "技术总监",
        "财务总监",
        "副总监",
        "采购部部长",
        "Chief of Staff",
        "Senior Director of IT",
        "项目负责人",
        "首席架构师",
        "Director, Office of the CEO",
    ],
    Level.MANAGER: [
        "Manager",
        "IT Manager",
        "采购经理",
        "主管",
        "Team Lead",
        "Assistant Manager",
        "副经理",
        "车间主任",
        "Managing Editor",
        "Financial Controller",
    ],
    Level.STAFF: [
        "Employee, Specialist",
        "Trader",
        "Software Engineer",
        "工程师",
        "销售代表",
        "Executive Assistant to the CEO",
        "总经理助理",
        "Secretary",
        "Account Executive",
        "Product Owner",
        "HR Business Partner",
        "董事长秘书",
        "架构师",
        "Assistant to the President",
        "CEO's Office Assistant",
    ],
    Level.UNKNOWN: ["", None, "Beekeeper", "Former CEO", "ex-CTO", "前任总经理", "N/A", "3", "—"],
}


@pytest.mark.parametrize(("title", "level"), [(t, level) for level, titles in TITLES.items() for t in titles])
def test_level_is_read_from_the_title(title, level):
    assert level_of(None, title) is level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("c_level", Level.C_LEVEL),
        ("C-Level", Level.C_LEVEL),
        ("c level", Level.C_LEVEL),
        ("VP", Level.VP),
        ("vice_president", Level.VP),
        ("director", Level.DIRECTOR),
        ("Manager", Level.MANAGER),
        ("staff", Level.STAFF),
        ("总监", Level.DIRECTOR),
        ("经理", Level.MANAGER),
        ("高管", Level.C_LEVEL),
        ("Individual Contributor", Level.STAFF),
        ("CTO", Level.C_LEVEL),
        ("Senior", Level.STAFF),
    ],
)
def test_level_column_wins_over_the_title(text, level):
    assert level_of(text, "Trader") is level


@pytest.mark.parametrize("text", ["3", "unknown", "", "  "])
def test_a_level_that_says_nothing_leaves_it_to_the_title(text):
    assert level_of(text, "Director") is Level.DIRECTOR
    assert level_of(text, None) is Level.UNKNOWN


@pytest.mark.parametrize(
    "title",
    [
        "CEO",
        "President",
        "CFO",
        "Chief Financial Officer",
        "Procurement Specialist",
        "Head of Purchasing",
        "Owner",
        "Buyer",
        "总经理",
        "董事长",
        "采购经理",
        "财务总监",
        "首席执行官",
        "Managing Director",
        "VP Finance",
        "VP & CFO",
        "Founder / CTO",
        "采购",
        "总裁",
        "Chief Procurement Officer",
        "厂长",
    ],
)
def test_heads_finance_and_procurement_sign(title):
    assert signs(title)


@pytest.mark.parametrize(
    "title",
    [
        "CTO",
        "Chief Technology Officer",
        "Architect",
        "首席架构师",
        "首席技术官",
        "Vice President",
        "副总经理",
        "副总裁",
        "Product Owner",
        "Assistant to the CEO",
        "总经理助理",
        "Former CEO",
        None,
        "",
        "Engineer",
        "Director, Office of the CEO",
        "总裁办主任",
        "Sales Director",
        "财务专员",
    ],
)
def test_technical_heads_aides_and_the_rest_do_not_sign(title):
    assert not signs(title)


@pytest.mark.parametrize(
    ("stage", "won"),
    [
        ("won", Won.WON),
        ("Won", Won.WON),
        ("Closed Won", Won.WON),
        ("closed-won", Won.WON),
        ("closedwon", Won.WON),
        ("赢单", Won.WON),
        ("已成交", Won.WON),
        ("成交", Won.WON),
        ("lost", Won.LOST),
        ("Closed Lost", Won.LOST),
        ("closed_lost", Won.LOST),
        ("closedlost", Won.LOST),
        ("输单", Won.LOST),
        ("丢单", Won.LOST),
        ("未成交", Won.LOST),
        ("Engaging", Won.OPEN),
        ("Prospecting", Won.OPEN),
        ("即将成交", Won.OPEN),
        ("", Won.OPEN),
        (None, Won.OPEN),
        ("Negotiation", Won.OPEN),
        ("Value Proposition", Won.OPEN),
        ("wonderful", Won.OPEN),
    ],
)
def test_outcome_is_read_from_the_stage(stage, won):
    assert outcome_of(stage) is won
