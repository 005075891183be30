"""What a sentence says about when alerts shall come: how often, at which hour, and when it shall be quiet (pure)."""

import re
from dataclasses import dataclass, replace
from datetime import time
from itertools import pairwise

from nlu import numerals
from nlu.normalize import fold

INSTANT, DAILY, WEEKLY = "instant", "daily", "weekly"
NIGHT = (time(22), time(8))  # what "at night" means when no hour is named


@dataclass(frozen=True, slots=True)
class Choice:
    """What was said; None = nothing about it. `other`: a rhythm that is not offered."""

    frequency: str | None = None
    at: time | None = None
    weekday: int | None = None
    quiet: tuple[time, time] | None = None
    quiet_off: bool = False
    other: bool = False


_PART = r"(?P<part>凌晨|清晨|早上|早晨|上午|早|中午|下午|傍晚|晚上|夜里|晚)?\s*"
_ZH = r"(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})\s*(?:点钟?|时|:)\s*(?:(?P<minute>\d{1,2})分?|(?P<half>半))?"
_EN = (
    r"(?P<half_past>half past )?(?P<hour_en>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"midnight|noon)(?!\d)(?:[:.](?P<minute_en>\d{2}))?\s*(?:o'?clock)?\s*(?P<half_day>am|pm|a\.m\.|p\.m\.)?"
    r"(?:\s*(?P<part_en>in the (?:morning|afternoon|evening)|at night))?"
)
_CLOCK = re.compile(rf"{_PART}{_ZH}|\b(?<![-/]){_EN}(?!\s*(?:days?|times?|weeks?|months?|mails?|alerts?|次|天|周|条))")
_BETWEEN = re.compile(r"\s*(?:到|至|-|–|—|~|和|to|till?|until|and|through)\s*(?:第二天|次日|the next)?\s*")
_HOUR_COMES = re.compile(r"(?:\b(?:at|to|till?|until|from|before|after|past|between|and)|[-–—~到至])\s*$")
_HOUR_ENDS = re.compile(r"\s*(?:[-–—~]|to|till?|until)\s*\d")
_QUIET = re.compile(
    r"免打扰|勿扰|打扰|静默|安静|清静|静音|吵|不要?(?:再)?(?:发|推|提醒|通知)|别(?:再)?(?:发|推|提醒|通知|在)|不发|不推"
    r"|不(?:要有|收)|\bquiet\b|\bsilen\w+|disturb|\bdnd\b|\bno (?:alerts?|messages?|notifications?|push\w*|mails?)\b"
    r"|\bnothing\b|\bdon'?t (?:send|write|wake|message|notify|push|bother)|\bnot (?:at|before|after|between)\b|\bmute\b"
)
_NIGHT = re.compile(r"夜里|夜间|半夜|深夜|晚上|凌晨|\bat night\b|\bovernight\b|\bnights?\b|\bat dawn\b")
_AFTER = re.compile(r"以后|之后|后|\bafter\b|\bpast\b|\bfrom\b")
_BEFORE = re.compile(r"以前|之前|前|\bbefore\b|\bearliest\b|再说")
_ONLY = re.compile(r"只在|仅在|只能在|\bonly (?:between|from|during)\b")
_QUIET_OFF = re.compile(
    r"(?:取消|关闭|关掉|解除|去掉|不用|不需要|停用|结束)\S{0,4}(?:免打扰|勿扰|静默|安静)"
    r"|(?:免打扰|勿扰|静默)\S{0,4}(?:取消|关|解除|去掉)"
    r"|\b(?:no more|turn off|switch off|cancel|end|remove|drop|disable|without|stop)\b.{0,12}"
    r"(?:quiet|do[- ]not[- ]disturb|dnd)"
    r"|(?:quiet hours|do[- ]not[- ]disturb|dnd) off"
)
# What is named only to be left
_LEFT = re.compile(
    r"(?:不要|不再|别再?|不用|取消|关掉|关闭|停掉)\S{0,2}(?:每天|每日|每周|汇总|摘要|日报|周报|一条条|逐条|即时|实时|等汇总)"
    r"|\b(?:no|not|don'?t|stop|instead of|rather than|no longer|without)\s+(?:the |send (?:them )?)?"
    r"(?:daily|weekly|digests?|one by one|instant\w*|summar\w+|waiting|wait for the summary)"
    r"|digest off|(?:日报|每天|每日)(?=\S{0,3}(?:改|换|调)(?:成|为|到)?\S*(?:周|星期))"
    r"|(?:周报|每周)(?=\S{0,3}(?:改|换|调)(?:成|为|到)?\S*(?:日|天))|\bfrom (?:daily|weekly|instant)\b"
)
_OFF = re.compile(
    r"(?:不要|不用|关掉|关闭|取消|停掉)\S{0,2}(?:汇总|摘要|等汇总)|\bdigests? off\b|\bno digests?\b"
    r"|\bstop (?:the )?digests?"
)
_INSTANT = re.compile(
    r"随到随发|随时发|实时|即时|立即|立刻|马上|一有|逐条|一条条"
    r"|\binstant\w*|\bimmediate\w*|\breal[- ]?time\b|\bat once\b"
    r"|\bright away\b|\bstraight away\b|\bas soon as\b|\bone by one\b|\blive\b|\bas they (?:come|arrive)\b"
)
_OTHER = re.compile(
    r"每?(?:两|二|三|四|2|3|4)(?:周|个?星期|天|个?月)|每个?月|月报|半个?月|一个?月|隔天|隔周|季度|各一次|工作日|周末|节假日|最多"
    r"|\b(?:monthly|a month|per month|every month|fortnight\w*|every (?:two|three|other|2|3)|twice|weekends?|weekdays"
    r"|working days|holidays?|at most|quarterly)\b"
)
_DAYS = "一二三四五六日"
_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])|\b(?P<en>mon|tues|wednes|thurs|fri|satur|sun)days?\b"
)
_EN_DAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_WEEKLY = re.compile(r"每周|每个?星期|每个?礼拜|周报|一周一?|一星期|周一次|\bweekly\b|\b(?:a|per|each|every) week\b")
_DAILY = re.compile(
    r"每天|每日|天天|日报|一天一?|一日一|\bdaily\b"
    r"|\b(?:a|per|each|every) (?:day|morning|evening|noon|night)\b"
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_LATE = ("下午", "傍晚", "晚上", "夜里", "晚")


def choice(text: str) -> Choice:
    """What the sentence asks for; empty when it only says that something shall change."""
    plain = fold(text).text.lower()
    if _QUIET_OFF.search(plain):
        return Choice(quiet_off=True)
    if quiet := _quiet(plain):
        return replace(_often(plain), quiet=quiet, at=None, weekday=None, other=False)
    found = _often(plain)
    clocks = [at for _, at, _ in _clocks(plain)]
    if found.frequency == INSTANT or not clocks:
        return found
    return replace(found, at=clocks[-1], frequency=found.frequency or (None if found.other else DAILY))


def _often(plain: str) -> Choice:
    said = _LEFT.sub(" ", plain)
    day = _WEEKDAY.search(said)
    weekday = (
        None if day is None else _DAYS.index(day["zh"].replace("天", "日")) if day["zh"] else _EN_DAYS.index(day["en"])
    )
    if _OTHER.search(said):
        return Choice(other=True)
    if weekday is not None or _WEEKLY.search(said):
        return Choice(WEEKLY, weekday=weekday)
    if _DAILY.search(said):
        return Choice(DAILY)
    return Choice(INSTANT) if _INSTANT.search(said) or _OFF.search(plain) else Choice()


def _quiet(plain: str) -> tuple[time, time] | None:
    """Two hours with a stretch between them, one with "after" or "before", or just the night."""
    clocks = _clocks(plain)
    for (_, start, end_of), (begin_of, end, _) in pairwise(clocks):
        if _BETWEEN.fullmatch(plain[end_of:begin_of]) and start != end:
            return (end, start) if _ONLY.search(plain) else (start, end)
    if not _QUIET.search(plain):
        return None
    if clocks:
        _, at, _ = clocks[0]
        if _BEFORE.search(plain):
            return (NIGHT[0], at) if at != NIGHT[0] else None
        if _AFTER.search(plain):
            return (at, NIGHT[1]) if at != NIGHT[1] else None
        return None
    return NIGHT if _NIGHT.search(plain) else None


def _clocks(plain: str) -> list[tuple[int, time, int]]:
    """The times of day: where each begins, which it is, where it ends."""
    return [(one.start(), at, one.end()) for one in _CLOCK.finditer(plain) if (at := _time(one)) is not None]


def _time(one: re.Match[str]) -> time | None:
    if one["hour_en"] and not one["half_past"] and not _is_clock(one):
        return None
    hour = _number(one["hour"] or one["hour_en"])
    if hour is None:
        return None
    minute = 30 if one["half"] or one["half_past"] else int(one["minute"] or one["minute_en"] or 0)
    part, half = one["part"] or "", (one["half_day"] or "").replace(".", "")
    late = part in _LATE or half == "pm" or (one["part_en"] or "") in ("in the afternoon", "in the evening", "at night")
    if late and hour < 12 and not (part == "夜里" and hour < 6):
        hour += 12
    elif late and hour == 12 and part in ("晚上", "夜里", "晚"):
        hour = 0
    if part == "中午" and hour < 3:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    hour %= 24 if hour == 24 else 100
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_clock(one: re.Match[str]) -> bool:
    """A bare number is an hour only where an hour would stand: "3 products" has none."""
    marked = one["minute_en"] or one["half_day"] or one["part_en"] or "clock" in one[0]
    named = one["hour_en"] in ("midnight", "noon")
    beside = _HOUR_COMES.search(one.string[: one.start()]) or _HOUR_ENDS.match(one.string[one.end() :])
    return bool(marked or named or beside)


def _number(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    if text in ("midnight", "noon"):
        return 0 if text == "midnight" else 12
    if text in _NUMBERS:
        return _NUMBERS.index(text) + 1
    value = numerals.chinese(text)
    return None if value is None else int(value)
