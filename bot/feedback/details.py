"""The optional second step of a feedback (pure): its questions, their choices, and what an answer in words chooses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.feedback import money, wording
from bot.registration.words import chosen

FIELDS = ("affected", "clause", "reason", "wanted_outcome", "amount_year", "measure_kind", "consent")
EXTRA = "extra"  # the form's slot for the survey's own questions, one after the other

AFFECTED = ("none", "minor", "serious", "lost_market", "unknown")
REASONS = ("limit", "test_method", "certificate", "label", "time", "cost", "ip", "other")
OUTCOMES = ("withdraw", "amend", "longer_transition", "accept_reports", "clarify", "other")
CONSENTS = ("aggregate", "anonymous", "quote", "foreign")
# The categories of the national survey on the influence of technical measures, so that totals can be compared.
INDUSTRIAL = (
    "certification", "standards", "labels_marks", "toxic_limits", "packaging", "personal_safety", "environment",
    "units", "wood_packaging", "special_tests", "maker_registration", "other_industrial",
)  # fmt: skip
AGRI_FOOD = (
    "residues", "heavy_metals", "microbes", "food_labels", "plant_registration", "additives", "food_contact",
    "pests", "toxins", "other_agri",
)  # fmt: skip
MEASURE_KINDS = (*INDUSTRIAL, *AGRI_FOOD)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "affected": AFFECTED,
    "reason": REASONS,
    "wanted_outcome": OUTCOMES,
    "measure_kind": MEASURE_KINDS,
    "consent": CONSENTS,
}
SEVERAL = frozenset({"reason", "wanted_outcome", "measure_kind"})  # more than one may be chosen
LONGEST = 1000
EARLIEST = 1995
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
LAST_YEAR = re.compile(r"去年|上一?年|\blast year\b", re.IGNORECASE)
THIS_YEAR = re.compile(r"今年|本年|\bthis year\b|\bcurrent\b", re.IGNORECASE)
YES = re.compile(r"^\W*(?:是|对|有|会|能|可以|需要|yes|yeah|yep|y(?![a-z])|sure|true)", re.IGNORECASE)
NO = re.compile(r"^\W*(?:不|没|否|无|no|not|none|nope|n|false)(?![a-z])", re.IGNORECASE)
# Words that choose an option without being its title.
WORDS: Mapping[str, re.Pattern[str]] = {
    option: re.compile(words, re.IGNORECASE)
    for option, words in {
        "none": r"不受影响|没有?影响|not affected|no (?:impact|effect)",
        "minor": r"较小|一点|轻微|不大|\b(?:minor|little|slight)",
        "serious": r"严重|很大|非常大|\bserious|\bheav|\bbadly",
        "lost_market": r"失去|退出|丢掉?市场|\blos(?:e|t) the market",
        "unknown": r"说不准|不确定|不知道|cannot tell|don'?t know|not sure",
        "limit": r"限量|限值|指标|limit|threshold|mg/kg|ppm",
        "test_method": r"(?:检测|试验|测试)方法|test(?:ing)? method",
        "certificate": r"认证|证书|资质|certific|registration",
        "label": r"标签|标识|标志|\blabel|marking",
        "time": r"时间|过渡期|太急|来不及|太短|\btime|transition|too (?:short|soon)|deadline",
        "cost": r"成本|费用|太贵|\bcosts?\b|fees|expens",
        "ip": r"专利|知识产权|\bpatents?|intellectual property|\bip\b",
        "withdraw": r"撤[回销]|取消|废除|withdraw|drop it|repeal",
        "amend": r"修改|改条款|调整|放宽|amend|change the clause|relax",
        "longer_transition": r"延[期长]|过渡期|推迟|longer|transition|postpone|delay|more time",
        "accept_reports": r"(?:接受|承认|认可).{0,6}(?:报告|检测|实验室)"
        r"|(?:accept|recogni[sz]e).{0,20}(?:report|lab|test)",
        "clarify": r"澄清|说明|解释|明确|clarif|explain",
        "aggregate": r"汇总|统计|aggregate|totals?|statistic",
        "anonymous": r"匿名|不(?:署|具)名|anonym|without (?:our|my) name",
        "quote": r"引用|署名|quote|with (?:our|my) name",
        "foreign": r"外方|国外|对方国家|转给|foreign|other side|abroad|pass (?:it )?on",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: its id, and its title in both languages."""

    id: str
    zh: str
    en: str

    def title(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Question:
    """A question: one of ours, or one that a survey asks. `kind`: text | choice | choices | year | amount | yes_no."""

    id: str
    kind: str
    options: tuple[Option, ...] = ()
    zh: str = ""
    en: str = ""

    def asked(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer is: a value, left out, or not understood and why (a key of bot/texts)."""

    value: Any = None
    skipped: bool = False
    problem: str | None = None
    offered: tuple[Any, ...] = ()


def kind_of(field: str) -> str:
    if field in SEVERAL:
        return "choices"
    return "choice" if field in CHOICES else "year" if field == "amount_year" else "text"


def survey_questions(stored: Sequence[Mapping[str, Any]]) -> list[Question]:
    """The questions of a survey as it stores them: [{id, kind, zh, en, options: [{id, zh, en}]}]."""
    return [
        Question(
            str(one["id"]),
            str(one.get("kind", "text")),
            tuple(Option(str(o["id"]), str(o["zh"]), str(o["en"])) for o in one.get("options") or ()),
            str(one["zh"]),
            str(one["en"]),
        )
        for one in stored
    ]


def read(question: Question, text: str, intent: str, *, year: int, entities: Sequence[Mapping[str, Any]]) -> Answered:
    """What the answer means. `year`: the current one."""
    if wording.refusal(text) and not (question.kind == "yes_no" and NO.match(text)) and not _titled(question, text):
        return Answered(skipped=True)
    if question.kind in ("choice", "choices"):
        return _choice(question, text, intent)
    return _READERS[question.kind if question.kind in _READERS else "text"](text, intent, year, entities)


def _titled(question: Question, text: str) -> bool:
    plain = text.strip().casefold()
    return any(plain in (one.zh.casefold(), one.en.casefold(), one.id) for one in question.options)


def _choice(question: Question, text: str, intent: str) -> Answered:
    plain = text.casefold()
    exact = [one.id for one in question.options if plain.strip() in (one.zh.casefold(), one.en.casefold(), one.id)]
    named = [one.id for one in question.options if one.zh.casefold() in plain or one.en.casefold() in plain]
    worded = [one.id for one in question.options if one.id in WORDS and WORDS[one.id].search(text)]
    placed = chosen(text, intent, [one.id for one in question.options])
    found = exact or list(dict.fromkeys([*named, *worded])) or placed
    if not found:
        return Answered(problem="details.choose")
    if question.kind == "choices":
        return Answered(found)
    return Answered(found[0]) if len(found) == 1 or exact else Answered(problem="details.choose_one")


def _year(text: str, intent: str, year: int, entities: Sequence[Mapping[str, Any]]) -> Answered:
    found = YEAR.search(text)
    value = int(found[1]) if found else year - 1 if LAST_YEAR.search(text) else year if THIS_YEAR.search(text) else None
    return Answered(value) if value and EARLIEST <= value <= year + 5 else Answered(problem="details.no_year")


def _amount(text: str, intent: str, year: int, entities: Sequence[Mapping[str, Any]]) -> Answered:
    one = money.read(text)
    if one is None or money.NEGATIVE.search(text):
        return Answered(problem="details.no_amount")
    return Answered(one.answer()) if one.currency else Answered(problem="details.no_currency")


def _yes_no(text: str, intent: str, year: int, entities: Sequence[Mapping[str, Any]]) -> Answered:
    if intent == "affirm" or YES.match(text):
        return Answered("yes")
    return Answered("no") if intent == "deny" or NO.match(text) else Answered(problem="details.yes_or_no")


def _text(text: str, intent: str, year: int, entities: Sequence[Mapping[str, Any]]) -> Answered:
    return Answered(text.strip()[:LONGEST])


_READERS = {"year": _year, "amount": _amount, "yes_no": _yes_no, "text": _text}
