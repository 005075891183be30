"""A family of documents as one story (pure): which part withdraws which, and which deadline counts now."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from bot.notifications.record import Record, family_of, parent_of, type_of

CORRECTING = ("addendum", "corrigendum", "supplement")
WITHDRAWN_KEYWORD = "withdrawal of the measure"
# "cancels and supersedes the last version" (standards), "withdrawal period" (veterinary drugs) and "withdrawal
# from the market" are not withdrawals of a notification: the patterns ask for what is withdrawn.
THING = (
    r"(?:notification|notice|proposed rule|proposal|proposed rulemaking|rulemaking|draft|measure|regulation|order"
    r"|addendum|corrigendum)"
)
UNDONE = r"(?:withdrawn|cancell?ed|revoked|rescinded|disregarded|annulled)"
WITHDRAWAL = re.compile(
    rf"null and void|circulated (?:erroneously|in error|by mistake)|(?:erroneously|wrongly) circulated"
    rf"|(?:withdraws?|withdrew|cancels|revokes|rescinds) (?:the |its |this )?"
    rf"(?:above-mentioned |previous |draft )?{THING}"
    rf"|{THING}[^.;]{{0,90}}?\b(?:is|are|was|were|has been|have been|should be|is being|hereby) (?:hereby )?{UNDONE}"
    rf"|\b(?:withdrawal|cancellation) of (?:the )?(?:notification|notice|proposed|draft|g/)"
    rf"|sin efecto la notificaci[oó]n|se (?:retira|anula) la notificaci[oó]n"
    rf"|nulle et non avenue|notification (?:est )?retir[ée]e"
    rf"|(?:撤销|撤回|取消)[^。；]{{0,12}}(?:通报|草案|措施)"
    rf"|(?:通报|草案|措施)[^。；]{{0,30}}(?:已|予以|被)?(?:撤销|撤回|作废|无效)",
    re.IGNORECASE,
)
TITLE_WITHDRAWAL = re.compile(
    r"[;:,–—-]\s*(?:withdrawal|cancellation|withdrawn|cancelled|撤销|撤回)\s*\.?\s*$"
    r"|^(?:撤销|撤回|cancellation|withdrawal)\b",
    re.IGNORECASE,
)
SYMBOL = re.compile(r"G/(?:TBT|SPS)/N/[A-Z]{2,4}/\d+(?:/(?:REV|ADD|CORR|SUPPL)\.\d+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a family, as it states itself."""

    symbol: str
    day: date | None
    deadline: date | None
    withdraws: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a document now: its comment deadline, and who withdrew it."""

    deadline: date | None
    withdrawn_by: str | None


def part(record: Record) -> Part:
    return Part(record["symbol"], _day(record.get("date")), _day(record.get("comment_deadline")), withdraws(record))


def withdraws(record: Record) -> str | None:
    """The symbol that this addendum or corrigendum takes back, None when it takes back nothing."""
    symbol = record["symbol"]
    if type_of(symbol) not in CORRECTING:
        return None
    title = record.get("title", "")
    text = " ".join(record.get(key, "") for key in ("title", "description", "title_zh", "description_zh"))
    stated = any(word.lower() == WITHDRAWN_KEYWORD for word in record.get("keywords", ()))
    if not (stated or TITLE_WITHDRAWAL.search(title) or WITHDRAWAL.search(text)):
        return None
    return _named(text, symbol) or parent_of(symbol)


def _named(text: str, symbol: str) -> str | None:
    """The first document of the same family that the text itself names."""
    names = (found.upper() for found in SYMBOL.findall(text))
    return next((name for name in names if name != symbol and family_of(name) == family_of(symbol)), None)


def standings(parts: Sequence[Part]) -> dict[str, Standing]:
    """What holds for each document: an addendum's deadline counts for what it belongs to, and the newest one counts."""
    taken_back = {one.withdraws: one.symbol for one in _by_age(parts) if one.withdraws}
    living = [one for one in _by_age(parts) if one.symbol not in taken_back]
    return {one.symbol: Standing(_stated(one, living), taken_back.get(one.symbol)) for one in parts}


def newest_deadline(parts: Sequence[Part]) -> date | None:
    """The latest statement of the whole family: what a person who asks "until when" must be told."""
    gone = {one.withdraws for one in parts if one.withdraws}
    living = [one for one in _by_age(parts) if not _is_gone(one.symbol, gone)]
    return next((one.deadline for one in reversed(living) if one.deadline), None)


def _is_gone(symbol: str, gone: Container[str | None]) -> bool:
    """A withdrawn document takes its addenda with it, not its revisions."""
    return symbol in gone or (type_of(symbol) in CORRECTING and parent_of(symbol) in gone)


def _stated(own: Part, living: Sequence[Part]) -> date | None:
    later = (one for one in reversed(living) if one.deadline and _speaks_for(one.symbol, own.symbol))
    found = next(later, None)
    return found.deadline if found else own.deadline


def _speaks_for(symbol: str, other: str) -> bool:
    """A document speaks for itself and, as an addendum or corrigendum, for what it hangs on."""
    rest = symbol.removeprefix(other)
    return symbol == other or (rest != symbol and rest.startswith("/") and "/REV." not in rest)


def _by_age(parts: Sequence[Part]) -> list[Part]:
    return sorted(parts, key=lambda one: (one.day or date.min, one.symbol.count("/"), one.symbol))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
