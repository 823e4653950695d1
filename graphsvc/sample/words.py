"""Vocabulary of the sample: industries, regions, titles, topics, works, subjects; all of it made up."""

from __future__ import annotations

from typing import NamedTuple

OWN_DOMAIN = "yuanlan.example"
OWN_NAME = "远岚智联科技"


class Industry(NamedTuple):
    """An industry: name, the word companies put into their Chinese and English names, mail-domain word."""

    name: str
    zh: str
    en: str
    word: str


INDUSTRIES = [
    Industry("Steel", "特钢", "Steelworks", "steel"),
    Industry("Automotive parts", "汽车零部件", "Drivetrain", "auto"),
    Industry("Chemicals", "化工", "Chemicals", "chem"),
    Industry("Pharmaceuticals", "制药", "Pharma", "pharma"),
    Industry("Food and beverage", "食品", "Foods", "food"),
    Industry("Electronics", "电子", "Electronics", "elec"),
    Industry("Machinery", "重工", "Machinery", "mach"),
    Industry("Energy", "能源", "Energy", "energy"),
    Industry("Logistics", "物流", "Logistics", "logi"),
    Industry("Textiles", "纺织", "Textiles", "textile"),
    Industry("Packaging", "包装", "Packaging", "pack"),
    Industry("Medical devices", "医疗器械", "Medical", "med"),
]


class Region(NamedTuple):
    """A sales region: name, country, hours ahead of UTC, currency, Chinese-speaking, share of the accounts."""

    name: str
    country: str
    offset: int
    currency: str
    chinese: bool
    share: float


REGIONS = [
    Region("East China", "China", 8, "CNY", True, 0.26),
    Region("South China", "China", 8, "CNY", True, 0.18),
    Region("North China", "China", 8, "CNY", True, 0.14),
    Region("West China", "China", 8, "CNY", True, 0.07),
    Region("Germany", "Germany", 1, "EUR", False, 0.12),
    Region("France", "France", 1, "EUR", False, 0.06),
    Region("Nordics", "Sweden", 1, "EUR", False, 0.04),
    Region("United States", "United States", -6, "USD", False, 0.10),
    Region("Singapore", "Singapore", 8, "USD", False, 0.03),
]

COINED_ZH = [
    ("澜", "lan"), ("岚", "lan"), ("昀", "yun"), ("祁", "qi"), ("砚", "yan"), ("霁", "ji"), ("朔", "shuo"),
    ("湛", "zhan"), ("蔚", "wei"), ("曜", "yao"), ("衡", "heng"), ("泓", "hong"), ("钧", "jun"), ("屹", "yi"),
    ("楷", "kai"), ("沐", "mu"), ("珩", "heng"), ("峤", "qiao"), ("煦", "xu"), ("筑", "zhu"), ("骏", "jun"),
    ("溯", "su"), ("霖", "lin"), ("阔", "kuo"),
]  # fmt: skip
COINED_EN = [
    "Alder", "Birken", "Corvin", "Dunmore", "Elster", "Fenwick", "Galden", "Harrow", "Iskar", "Jorvik", "Kestrel",
    "Lindow", "Marlow", "Norden", "Ostara", "Pellan", "Quarrel", "Rowan", "Selkirk", "Thornby", "Umber", "Vardal",
    "Westen", "Yarrow", "Zellin",
]  # fmt: skip
COINED_EN_END = ["mere", "vale", "holm", "gate", "field", "stead", "brook", "haven", "ford", "crest"]
SUFFIX_ZH = ["股份有限公司", "有限公司", "集团", "科技有限公司"]
SUFFIX_EN = {"Germany": "GmbH", "France": "S.A.", "Sweden": "AB", "United States": "Inc.", "Singapore": "Pte. Ltd."}


class Title(NamedTuple):
    """A job title in two languages, its level as in the model and how common it is."""

    en: str
    zh: str
    level: str
    share: float


TITLES = [
    Title("Chief Executive Officer", "首席执行官", "c_level", 1.2),
    Title("Chief Technology Officer", "首席技术官", "c_level", 1.2),
    Title("Chief Information Officer", "首席信息官", "c_level", 1.0),
    Title("Chief Financial Officer", "首席财务官", "c_level", 0.8),
    Title("Vice President Operations", "运营副总裁", "vp", 2.0),
    Title("Vice President Engineering", "工程副总裁", "vp", 2.0),
    Title("Vice President Supply Chain", "供应链副总裁", "vp", 1.5),
    Title("Procurement Director", "采购总监", "director", 4.0),
    Title("IT Director", "信息化总监", "director", 4.0),
    Title("R&D Director", "研发总监", "director", 4.0),
    Title("Quality Director", "质量总监", "director", 3.0),
    Title("Production Manager", "生产经理", "manager", 9.0),
    Title("IT Manager", "信息部经理", "manager", 8.0),
    Title("Quality Manager", "质量经理", "manager", 7.0),
    Title("Purchasing Manager", "采购经理", "manager", 8.0),
    Title("Project Manager", "项目经理", "manager", 8.0),
    Title("Process Engineer", "工艺工程师", "staff", 12.0),
    Title("Automation Engineer", "自动化工程师", "staff", 12.0),
    Title("Data Analyst", "数据分析师", "staff", 8.0),
    Title("Buyer", "采购专员", "staff", 8.0),
    Title("Quality Engineer", "质量工程师", "staff", 10.0),
]
LEVELS = ["staff", "manager", "director", "vp", "c_level"]

STAFF = [  # department, how many of sixty, title, Chinese title, level
    ("exec", 4, "Managing Director", "总经理", "c_level"),
    ("sales", 20, "Account Manager", "大客户经理", "manager"),
    ("presales", 8, "Solution Engineer", "解决方案工程师", "staff"),
    ("service", 8, "Service Engineer", "服务工程师", "staff"),
    ("marketing", 4, "Marketing Manager", "市场经理", "manager"),
    ("product", 10, "Product Architect", "产品架构师", "staff"),
    ("office", 6, "Sales Operations Specialist", "销售运营专员", "staff"),
]

TOPICS = [
    "Predictive maintenance", "Energy saving", "Batch traceability", "Line balancing", "Visual inspection",
    "Warehouse automation", "Carbon reporting", "Recipe management", "Spare parts", "Shop-floor data", "Audit trail",
    "Demand planning", "Cold chain", "Tool wear",
]  # fmt: skip
CHAIN_TOPIC = "Batch traceability"

PRODUCTS = ["Edge gateway", "Line historian", "Quality suite", "Trace platform", "Energy cockpit"]
STAGES = [
    "Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote",
    "Negotiation/Review",
]  # fmt: skip
BUYING_ROLES = ["Decision Maker", "Economic Buyer", "Technical Buyer", "Executive Sponsor"]
OTHER_ROLES = ["Evaluator", "Influencer", "Business User"]

WORK_KINDS = ["design", "repository", "paper", "post", "solution"]
WORK_NAMES = {
    "design": "Reference design: {topic}",
    "repository": "{topic} toolkit",
    "paper": "White paper: {topic} in practice",
    "post": "Notes on {topic}",
    "solution": "{topic} solution blueprint",
}
SUBJECTS = [
    "Quotation", "Next steps", "项目进展", "Meeting minutes", "技术方案", "Delivery date", "合同条款", "Trial results",
    "现场安排", "Questions on the interface", "培训计划", "Budget for next year", "验收时间", "Site visit",
]  # fmt: skip
BODIES = [
    "Please see the notes from today.",
    "资料已更新，请查收。",
    "Thank you, this works for us.",
    "好的，我们内部确认后回复。",
]
