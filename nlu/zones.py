"""Time zones by what people call them: a city, a country, an offset; and the messages that say where one is (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from nlu import markets, numerals
from nlu.normalize import fold

INTENT = "set_time_zone"
TOPIC = "zone"  # what the last turn was about when it asked which zone
TABLE = Path(__file__).parent / "reference" / "time_zones.tsv"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message says of the reader's zone: `said` is empty when it only asks, or names no place."""

    said: str = ""

    @property
    def zones(self) -> tuple[str, ...]:
        """One: that is meant. Several: to be asked back. None: nobody knows such a place."""
        return named(self.said) if self.said else ()


@dataclass(frozen=True, slots=True)
class _Row:
    zone: str
    countries: tuple[str, ...]
    names: dict[str, str]
    others: tuple[str, ...]


# Offsets that only one place has and that know no summer time; whole hours are Etc/GMT, whose sign is turned round.
_PARTS_OF_HOURS = {
    "+3:30": "Asia/Tehran", "+4:30": "Asia/Kabul", "+5:30": "Asia/Kolkata", "+5:45": "Asia/Kathmandu",
    "+6:30": "Asia/Yangon", "+8:45": "Australia/Eucla", "+9:30": "Australia/Darwin", "-9:30": "Pacific/Marquesas",
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?")
_BELT = re.compile(r"(?P<side>东|西)(?P<hours>[一二三四五六七八九十]{1,2}|\d{1,2})区")
_AROUND = re.compile(
    r"^(?:the |in |at |city of |现在|目前|当地|本地|应该是?|是|在|用|按|成|为|到|去)+(?=\S)|"
    r"(?:的?(?:当地|本地)?时间|的?时区|标准时间|那边|这边|当地|市|[了吧呢啊呀]|谢谢|"
    r"\s*(?:(?:local |standard |daylight )?time(?:[ -]?zone)?|now|at the moment|these days|currently|please|thanks|"
    r"thank you))$"
)
_ZONE_ZH = r"(?:我们?)?的?(?:所在)?(?:时区)"
_CHANGE_ZH = (
    r"(?:应该|现在|目前)*(?:是在?|为|在|(?:改|换|设|调|切|变)(?:换|置|定|整)?(?:一下)?(?:成|为|到|回|在)?|选|用|按|:)"
)
_MINE_EN = r"(?:my |the |our )?(?:(?:local )?time ?zone|time-zone|timezone)"
# The word "time zone" stands there: it is about nothing else, also within a dialogue
_PLAIN = [
    rf"(?:请|麻烦|帮我|帮忙|把|将|能不能|可以)*{_ZONE_ZH}(?:请|帮我)*(?:{_CHANGE_ZH}| )\s*(?P<v>.+?)",
    r"(?:请|麻烦|帮我|我要|我想)*(?:改|换|设|调|切|选)(?:换|置|定|整)?(?:一下)?(?:我的)?时区(?:成|为|到|[:,])\s*(?P<v>.+?)",
    r"(?:请|麻烦|帮我)*(?:改|换|设|调|切)?(?:换|置|定|整)?(?:成|为|到|用|按|以)(?P<v>[^早晚上下]+?)的?时区(?:来|为准|发|推送|提醒)*",
    r"(?:我们?|人)?(?:这边|这里)?(?:现在|目前)?(?:是|在|属于)?(?P<v>(?:东|西)\S{1,3}区)(?:的?时间|时区)?",
    rf"(?:please )?(?:can you |could you |i want to |i'd like to )?(?:set|change|switch|put|update|make|move) "
    rf"{_MINE_EN}(?: to| as| for|:| =)? (?P<v>.+?)",
    rf"{_MINE_EN}(?: is now| is|:| =|'s| should be)? (?P<v>.+?)",
    r"(?:please )?(?:use|set|choose) (?P<v>.+?) (?:as|for) " + _MINE_EN,
    r"(?:please )?(?:i'?m|i am|we'?re|we are|use|switch to) (?:on |in )?(?:the )?(?P<v>.+?) time ?zone",
]
_ASKED = [
    rf"{_ZONE_ZH}(?:现在)?(?:是|设的是)?(?:什么|哪个|哪里|多少|几区|几)?(?:时区|地方)?(?:呢|啊)?",
    r"(?:我们?)?(?:现在)?(?:用|设|按)的?是?(?:什么|哪个)时区(?:发的?|的)?",
    r"(?:请|怎么|如何|我要|我想|想|帮我|能不能|可以|在哪里?)*(?:改|换|设|调|修改|设置|设定|调整|切换|更改)(?:一下)?(?:我的)?时区(?:[吗呢])?",
    r"(?:我的?)?时区(?:怎么|如何|在哪里?|能)?(?:改|换|设|调|修改|设置|调整|不对|错了|有问题)+(?:[了吗呢])?",
    rf"(?:what(?:'s| is)|which is|show(?: me)?|tell me) {_MINE_EN}",
    r"(?:what|which) time ?zone (?:am i|are we|do you|is).{0,30}",
    rf"(?:how (?:do|can) i |please |i want to |i'd like to |can i |let me )?(?:set|change|switch|update) {_MINE_EN}",
    rf"{_MINE_EN}(?: is| seems)? wrong",
]
# Where somebody is: meant only when the place is known, and only outside of a dialogue
_HERE = [
    r"(?:你好[,,]?)?(?:我们?|本人)(?:人)?(?:现在|目前|常驻|已经|刚|最近|一直|都)*(?:人)?(?:在|到了?|搬到了?|搬去了?|住在?|来了?|去了)"
    r"(?P<v>.+?)(?:这边|出差|工作|常驻|办公|生活|上班|参展|时间|了|呢|,)*",
    r"(?:以后|请|都|麻烦)*(?:按|用|以|改用|改按|换成|改成|设成)(?:照)?(?P<v>.+?)的?时间"
    r"(?:来|为准|给我|发|推送|提醒|显示|汇总|通知|吧|就行|就好)*",
    r"(?:hi,? |hello,? )?(?:i'?m|i am|we'?re|we are|i live|i work|i have moved|i've moved|i moved|we moved)"
    r" (?:now |currently |based |located |living |working |staying |travelling |here |still )*(?:in|to|at) (?P<v>.+?)"
    r"(?: now| at the moment| these days| this week| this month)?",
    r"(?:please )?(?:use|switch to|go by|i'?m on|i am on|we'?re on|we are on|put me on|"
    r"send (?:them |it |alerts )?(?:in|on|by)) (?P<v>.+?) time",
]
_END = r"\s*[。.!！~吧]*\s*"
_PLAIN_RULES = [re.compile(rf"\s*(?:{one}){_END}") for one in _PLAIN]
_ASKED_RULES = [re.compile(rf"\s*(?:{one})\s*[。.!！?？~]*\s*") for one in _ASKED]
_HERE_RULES = [re.compile(rf"\s*(?:{one}){_END}") for one in _HERE]
_BESIDE = re.compile(r"[,;。]")


def read(text: str, *, in_form: bool = False, asked: bool = False) -> Wish | None:
    """What a whole message says about the zone, None for every other. `asked`: "which zone?" stands above."""
    if len(text) > LONGEST or text.startswith("/"):
        return None
    plain = " ".join(fold(text).text.split())
    if any(rule.fullmatch(plain) for rule in _ASKED_RULES):
        return Wish()
    for said in _matches(_PLAIN_RULES, plain):
        return Wish(said)
    if in_form:
        return None
    for said in (*_matches(_HERE_RULES, plain), *([plain] if asked else ())):
        if named(said):
            return Wish(said)
    return None


def beside(text: str) -> str | None:
    """The one zone that a sentence names beside what it is about: "我在德国，晚上10点到早上7点别打扰"."""
    plain = " ".join(fold(text[: 2 * LONGEST]).text.split())
    for part in _BESIDE.split(plain):
        wish = read(part)
        if wish and len(wish.zones) == 1:
            return wish.zones[0]
    return None


def named(said: str) -> tuple[str, ...]:
    """The zones that a place, a country, an offset or a key of the IANA database means, in the order of the table."""
    plain = _bare(fold(said).text)
    found = tuple(_by_name().get(plain, ())) or _of_country(plain)
    if found:
        return found
    one = _offset(plain) or _keys().get(plain.replace(" ", "_"))
    return (one,) if one else ()


def name(zone: str, language: str) -> str:
    """What a zone is called in "zh" or "en"; one that the table does not have by its key, an offset as UTC+8."""
    if zone.startswith("Etc/GMT") and zone[7:]:
        return "UTC" + zone[7:].translate({ord("+"): "-", ord("-"): "+"})
    row = _rows().get(zone)
    if row is None:
        return zone
    return row.names["zh" if language == "zh" else "en"] or markets.name(row.countries[0], language)


def offset(zone: str, at: datetime) -> str:
    """How far from UTC it is at an aware moment: UTC+8, UTC-3:30, UTC."""
    shift = at.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = int(shift.total_seconds() // 60) if shift else 0
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def _matches(rules: list[re.Pattern[str]], plain: str) -> Iterator[str]:
    yield from (found["v"].strip() for rule in rules if (found := rule.fullmatch(plain)))


def _bare(plain: str) -> str:
    """The place alone: "the dubai time zone" and "纽约那边的时间" are Dubai and 纽约."""
    left = plain.strip(" \t。.,!?~\"'")
    while not _by_name().get(left) and (shorter := _AROUND.sub("", left).strip()) not in (left, ""):
        left = shorter
    return left


def _of_country(plain: str) -> tuple[str, ...]:
    code = markets.from_wto_member(plain) if plain else None
    return _by_country().get(code, ()) if code else ()


def _offset(plain: str) -> str | None:
    if belt := _BELT.fullmatch(plain):
        hours = numerals.chinese(belt["hours"]) if not belt["hours"].isdecimal() else int(belt["hours"])
        return None if hours is None else _fixed(int(hours) if belt["side"] == "东" else -int(hours), "")
    if plain == "零时区":
        return "UTC"
    found = _OFFSET.fullmatch(plain)
    if found is None:
        return None
    hours = int(found["hours"])
    return _fixed(hours if found["sign"] == "+" else -hours, found["minutes"] or "", found["sign"])


def _fixed(hours: int, minutes: str, sign: str = "+") -> str | None:
    if minutes.strip("0"):
        return _PARTS_OF_HOURS.get(f"{sign}{abs(hours)}:{minutes}")
    if hours == 0:
        return "UTC"
    return f"Etc/GMT{-hours:+d}" if -12 <= hours <= 14 else None


@cache
def _rows() -> dict[str, _Row]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return {row.zone: row for row in (_row(line) for line in lines if not line.startswith("#"))}


def _row(line: str) -> _Row:
    zone, countries, english, chinese, others = line.split("\t")
    return _Row(zone, tuple(countries.split()), {"en": english, "zh": chinese}, tuple(filter(None, others.split("|"))))


@cache
def _by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _rows().values():
        for one in dict.fromkeys(fold(one).text for one in (*row.names.values(), *row.others) if one):
            found.setdefault(one, []).append(row.zone)
    return found


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows().values():
        for code in row.countries:
            found.setdefault(code, []).append(row.zone)
    return {code: tuple(zones) for code, zones in found.items()}


@cache
def _keys() -> dict[str, str]:
    """Every key of the IANA database by itself in small letters: a member may know it."""
    return {key.lower(): key for key in available_timezones() if "/" in key}
