"""What is said while a notice is written (pure): title and text, whom it is for, when, and what is to change."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from bot.audience import Audience
from bot.authority import Role
from bot.organisations import Kind, Organisation
from nlu import numerals
from nlu.normalize import fold

TITLE = 80  # a single line that is longer is a text whose beginning is the title

EVERYONE = re.compile(
    r"全部|所有|全体|全员|每[个位家]|大家|各(?:会员|企业)|\b(?:all|every(?:one|body)?|each|whole)\b", re.IGNORECASE
)
ENGLISH = re.compile(r"(?:英文|英语)|\benglish\b", re.IGNORECASE)
CHINESE = re.compile(r"(?:中文|汉语)|\bchinese\b", re.IGNORECASE)
STAFF = {
    Role.OFFICER: re.compile(r"县局|区局|各局|局里|\b(?:county )?officers?\b|\bcounty offices?\b", re.IGNORECASE),
    Role.SECRETARY: re.compile(r"秘书(?:处|长)?|各协会|\bsecretar(?:y|ies)\b", re.IGNORECASE),
}
# What may stand around the names of an audience and says nothing itself
FILLER = re.compile(
    r"工作人员|员工|发送?给|发送?到|推送给?|通知|只要|只发|只给|仅限|仅|只|改成|改为|改|换成|就|给|发|会员|企业|公司|单位|厂家|"
    r"厂商|工厂|同行|成员|"
    r"出口商|出口|销往|销售|销|生产|制造|经营|从事|关注|做|卖|产|到|往|去|向|对|输|市场|产品|类|的人|的|和|与|及|"
    r"跟|以及|或者|或|看|用|"
    r"说|读|使用|在|里|位于|辖区|本地|我们|咱们|我|这些|那些|这个|有|把|它|请|麻烦|帮忙|帮|吧|了|都|也|各|地区|县|"
    r"市|区|省|乡|镇|局|协会|"
    r"商会|行业|公告|人|家|些|不限|条件|是|要|范围|对象|"
    r"\b(?:send|it|this|to|only|just|the|our|of|in|from|for|who|that|which|those|them|members?|companies|company|"
    r"firms?|enterprises?|exporters?|export(?:ing|s)?|mak(?:ers?|ing|es?)|manufactur\w+|produc\w+|sell(?:ers?|ing|s)?|"
    r"into|and|or|with|please|people|readers?|read(?:ing)?|speak(?:ing|ers?)?|use|using|interested|market|notice|"
    r"county|area|district|association|be|should|go|goes|get|audience|is|are|change|instead|make|their|a|an|so)\b|"
    r"[\s,，、;；.。:：!！?？/&+()（）\"'“”‘’\-]",
    re.IGNORECASE,
)
HAN, LETTERS = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]")
CITY = re.compile(r"^.{2,4}?[省市县区]")
BRACKETS = re.compile(r"[(（].*?[)）]")
CENTRE = {"通报咨询中心", "咨询中心", "enquiry centre", "the centre"}  # how people call a centre, whatever its name
ZH_TAILS = ("市场监督管理局", "监督管理局", "管理局", "商务局", "海关", "行业协会", "协会", "行业商会", "商会", "局")
EN_TAILS = re.compile(
    r"\s*\b(?:market supervision bureau|bureau|county|district|city|association|chamber.*|office)\b", re.IGNORECASE
)

CLOCK = re.compile(
    r"\b(?P<hour12>\d{1,2})(?::(?P<minute12>\d{2}))?\s*(?P<half12>am|pm|a\.m\.|p\.m\.)"
    r"|(?P<part>凌晨|早上|上午|早晨|中午|下午|傍晚|晚上|今晚|明晚)?\s*"
    r"(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})\s*"
    r"(?:点|时|：|:)\s*(?:(?P<minute>\d{1,2}|[零一二三四五六七八九十]{1,3})分?|(?P<half>半))?(?!\d|\s*(?:am|pm|a\.m|p\.m))"
    r"|\bat\s+(?P<at>\d{1,2})(?::(?P<atminute>\d{2}))?\b(?!:|\s*(?:am|pm|a\.m|p\.m))",
    re.IGNORECASE,
)
AFTERNOON = ("下午", "傍晚", "晚上", "今晚", "明晚", "pm", "p.m.")
NOW = re.compile(r"现在|马上|立即|立刻|即刻|\b(?:now|immediately|at once|right away)\b", re.IGNORECASE)
MORNING = time(9)


class Part(StrEnum):
    """What of a notice a message changes."""

    TITLE = "title"
    BODY = "body"
    AUDIENCE = "audience"
    WHEN = "when"
    ACKNOWLEDGE = "acknowledge"
    FILE = "file"
    WHOLE = "whole"  # both title and text, written again


@dataclass(frozen=True, slots=True)
class Written:
    """Title and text, and the language they are in."""

    language: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Heard:
    """An audience as far as it was understood. `unknown`: words of the message that mean nothing here."""

    audience: Audience | None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    part: Part
    text: str = ""
    language: str | None = None
    yes: bool = True


# --- the text -------------------------------------------------------------------------------------


def language_of(text: str) -> str:
    """By its script: a character says about as much as three letters."""
    han, letters = len(HAN.findall(text)), len(LETTERS.findall(text))
    return "zh" if 3 * han >= letters else "en"


def written(text: str) -> Written | None:
    """The first line is the title; of a long single line the first sentence. None for nothing."""
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [re.sub(r"^(?:标题|title)\s*[:：]\s*", "", line, flags=re.IGNORECASE) for line in lines]
    if not lines or not lines[0]:
        return None
    title, body = lines[0], "\n".join(lines[1:]).strip()
    body = re.sub(r"^(?:正文|内容|text|body)\s*[:：]\s*", "", body, flags=re.IGNORECASE)
    if len(title) > TITLE and not body:
        title, body = _first_sentence(title), title
    return Written(language_of(text), title, body)


def _first_sentence(line: str) -> str:
    found = re.match(r"[^。！？!?；;\n]{4,80}", line)
    return (found[0] if found else line[:TITLE]).strip()


# --- whom it is for -------------------------------------------------------------------------------


def heard(text: str, entities: Sequence[Mapping[str, Any]], places: Iterable[Organisation]) -> Heard:
    """Whom the words mean: products, codes and markets that were found in it, places, languages, staff, or all."""
    named = {
        name: [one["value"] for one in entities if one["entity"] == name] for name in ("product", "hs_code", "market")
    }
    rest = _without(text, entities)
    found, rest = _places(rest, places)
    read_in = [code for code, words in (("zh", CHINESE), ("en", ENGLISH)) if words.search(rest)]
    staff = [role for role, words in STAFF.items() if words.search(rest)]
    everyone = bool(EVERYONE.search(rest))
    for words in (ENGLISH, CHINESE, *STAFF.values(), EVERYONE):
        rest = words.sub(" ", rest)
    unknown = " ".join(FILLER.sub(" ", rest).split())
    audience = Audience.of(
        products=named["product"], hs_codes=named["hs_code"], markets=named["market"], languages=read_in,
        roles=staff or [Role.ENTERPRISE], **found,
    )  # fmt: skip
    says = everyone or any((*named.values(), read_in, staff, *found.values()))
    return Heard(audience if says and not unknown else None, unknown)


def _without(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    letters = list(text)
    for one in entities:
        if one["entity"] in ("product", "hs_code", "market", "date") and one.get("start") is not None:
            letters[one["start"] : one["end"]] = " " * (one["end"] - one["start"])
    return "".join(letters)


def _places(text: str, places: Iterable[Organisation]) -> tuple[dict[str, list[int]], str]:
    """The organisations that the text names, by the list that they belong to, and the text without their names."""
    lists = {Kind.BUREAU: "regions", Kind.ASSOCIATION: "associations"}
    names = sorted(((name, place) for place in places for name in short_names(place)), key=lambda one: -len(one[0]))
    found: dict[str, list[int]] = {}
    rest = text
    for name, place in names:  # the longest first: 清溪县 before 清溪
        if _is_in(name, rest.casefold()):
            found.setdefault(lists.get(place.kind, "organisations"), []).append(place.id)
            rest = re.sub(re.escape(name), " ", rest, flags=re.IGNORECASE)
    return found, rest


def named(text: str, places: Iterable[Organisation]) -> Organisation | None:
    """The one of these that the text names, by its longest name."""
    folded = text.casefold()
    names = [(name, place) for place in places for name in short_names(place) if _is_in(name, folded)]
    return max(names, key=lambda one: len(one[0]))[1] if names else None


def _is_in(name: str, folded: str) -> bool:
    if not name.isascii():
        return name in folded
    return re.search(rf"(?<![a-z0-9-]){re.escape(name)}(?![a-z0-9-])", folded) is not None


def short_names(place: Organisation) -> set[str]:
    """How people call it: 义乌市市场监督管理局 is 义乌, Qingxi County Market Supervision Bureau is Qingxi."""
    zh = BRACKETS.sub("", place.name_zh).strip()
    en = BRACKETS.sub("", place.name_en).strip()
    names = {zh, en.casefold(), place.code.casefold()}
    if place.kind in (Kind.BUREAU, Kind.ASSOCIATION):
        core = next((zh.removesuffix(tail) for tail in ZH_TAILS if zh.endswith(tail)), zh)
        names |= {core, core + "局", core + "协会"}
        names |= {core.rstrip("市县区")} if place.kind is Kind.BUREAU else {CITY.sub("", core), CITY.sub("", zh)}
        names |= {EN_TAILS.sub("", en.casefold().removeprefix("the ")).strip(), en.casefold().removeprefix("the ")}
    if place.kind is Kind.CENTRE:
        names |= CENTRE
    return {name for name in names if len(name) > 1}


# --- when -----------------------------------------------------------------------------------------


def moment(text: str, days: Collection[str], *, now: datetime) -> datetime | None:
    """The time that is meant, in the zone of `now`; `days` are the dates found in the text. None: not understood."""
    if NOW.search(text):
        return now
    clock = _clock(text)
    if clock is None and not days:
        return None
    day = date.fromisoformat(next(iter(days))) if days else now.date()
    found = datetime.combine(day, clock or MORNING, now.tzinfo)
    return found + timedelta(days=1) if not days and found <= now else found


def _clock(text: str) -> time | None:
    found = CLOCK.search(fold(text).text)
    if found is None:
        return None
    hour = _number(found["hour"] or found["hour12"] or found["at"])
    minute = 30 if found["half"] else _number(found["minute"] or found["minute12"] or found["atminute"] or "0")
    if hour is None or minute is None:
        return None
    part = found["part"] or found["half12"] or ""
    if part in AFTERNOON and hour < 12:
        hour += 12
    if part == "中午" and hour < 3:
        hour += 12
    if part in ("am", "a.m.") and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _number(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    value = numerals.chinese(text)
    return None if value is None else int(value)


# --- changes --------------------------------------------------------------------------------------

_OF = r"(?:的)?\s*(?:改成|改为|换成|改一下[:：]?|应该是|应为|是|为|[:：]|\bis\b|\bto\b|\bshould be\b)\s*[:：]?\s*"
_TONGUE = r"(?P<tongue>中文|英文|chinese\s+|english\s+)?"
_EDITS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (
        Part.TITLE,
        re.compile(
            rf"^\W*(?:把|change )?(?:the )?{_TONGUE}(?:标题|题目|title){_OF}(?P<text>.+)", re.IGNORECASE | re.DOTALL
        ),
    ),
    (
        Part.BODY,
        re.compile(
            rf"^\W*(?:把|change )?(?:the )?{_TONGUE}(?:正文|内容|text|body){_OF}(?P<text>.+)", re.IGNORECASE | re.DOTALL
        ),
    ),
)
_CONFIRMING = re.compile(
    r"确认已阅|已阅|回执|确认收到|(?:要|让|请)(?:他们|大家|会员|读者).{0,4}确认|"
    r"\bask(?:s|ing)? (?:them|readers|members) to confirm|\bconfirm(?:ation of|ing)? reading|\breceipts?\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"不(?:用|要|需要|必)|无需|别|取消|\b(?:no|not|don'?t|without|need not)\b", re.IGNORECASE)
_FILE_OFF = re.compile(
    r"(?:去掉|删掉|删除|不要|移除|取消)\s*附件|附件(?:去掉|删掉|不要|删除)|\b(?:remove|drop|no|"
    r"without)\b.*\b(?:attachment|file)",
    re.IGNORECASE,
)
_TO = re.compile(
    r"发给|只发|只给|发到|对象|范围|\b(?:send (?:it )?(?:only )?to|only (?:to|for|members|those)|audience|"
    r"to (?:all|members|"
    r"the|those|firms|companies))\b",
    re.IGNORECASE,
)


def edit(text: str) -> Edit | None:
    """What of the notice this changes, None when it is no such command."""
    for part, pattern in _EDITS:
        if found := pattern.match(text):
            tongue = (found["tongue"] or "").strip().casefold()
            language = {"中文": "zh", "chinese": "zh", "英文": "en", "english": "en"}.get(tongue)
            return Edit(part, found["text"].strip(), language or language_of(found["text"]))
    if _FILE_OFF.search(text):
        return Edit(Part.FILE, yes=False)
    if _CONFIRMING.search(text) and len(text) < 60:
        return Edit(Part.ACKNOWLEDGE, yes=not _NOT.search(text))
    if _TO.search(text):
        return Edit(Part.AUDIENCE, text)
    return None
