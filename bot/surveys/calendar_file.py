"""The dates of what a member follows as an iCalendar file (RFC 5545), for the calendar of a phone or an office."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, select

from bot import interests
from bot.db.models import follows, notifications
from bot.i18n import Texts
from bot.notifications.family import newest_deadline, part
from bot.notifications.store import SELECTED, Notification, read
from bot.surveys.local_clock import local_dues

OCTETS = 75  # of a line, its end left out; what is longer goes on in the next line after a blank
ALARM_DAYS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One whole day. The same `uid` in a later file is the same entry, moved."""

    uid: str
    day: date
    summary: str
    description: str


def entries(tx: Connection, member_id: int, *, today: date, texts: Texts, language: str) -> list[Entry]:
    """What lies ahead: when comments close, and by when the member is to answer a survey; the soonest first."""
    families: dict[str, list[Notification]] = {}
    mine = _families(tx, member_id, today)
    for row in tx.execute(SELECTED.where(notifications.c.family.in_(mine)).order_by(notifications.c.id)):
        found = read(row)
        families.setdefault(found.family, []).append(found)
    dues = local_dues(tx, member_id, families)
    made = [*_official(families, texts, language)]
    made += [
        _entry(family, "local", due.day, families[family], texts, language)
        for family, due in dues.items()
        if not due.answered
    ]
    return sorted((one for one in made if one.day >= today), key=lambda one: (one.day, one.uid))


def _families(tx: Connection, member_id: int, today: date) -> set[str]:
    """What they heard of, and what is open now and concerns their interests; not what they said is not theirs."""
    rows = tx.execute(select(follows.c.family, follows.c.state).where(follows.c.member_id == member_id)).all()
    known = {row.family: row.state for row in rows}
    open_now = {
        found.family
        for interest in interests.active(tx, member_id)
        for found, _ in interests.matching_now(tx, interest, today=today)
    }
    followed = {family for family, state in known.items() if state == "active"}
    return {one for one in followed | open_now if known.get(one) != "muted"}


def _official(families: dict[str, list[Notification]], texts: Texts, language: str) -> Iterator[Entry]:
    for family, documents in families.items():
        closes = newest_deadline([part(one.record) for one in documents])
        if closes and not all(one.withdrawn_by for one in documents if one.symbol == family):
            yield _entry(family, "official", closes, documents, texts, language)


def _entry(family: str, kind: str, day: date, documents: list[Notification], texts: Texts, language: str) -> Entry:
    record = next((one.record for one in documents if one.symbol == family), documents[0].record)
    keys = ("title_zh", "title") if language == "zh" else ("title", "title_zh")
    title = next((str(record[key]) for key in keys if record.get(key)), "")
    summary = texts(f"survey.calendar.{kind}", language, symbol=family)
    return Entry(f"{kind}-{family}@fengsui", day, summary, title)


def file(entries: Iterable[Entry], *, name: str, now: datetime) -> bytes:
    """The file's content (pure)."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    number = int(now.timestamp()) // 60  # of two files with the same entry, the later one counts
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fengsui//EN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}"]
    for one in entries:
        lines += _event(one, stamp, number)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _event(one: Entry, stamp: str, number: int) -> list[str]:
    summary = _text(one.summary)
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(one.uid)}",
        f"DTSTAMP:{stamp}",
        f"SEQUENCE:{number}",
        f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{summary}",
        f"DESCRIPTION:{_text(one.description)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-P{ALARM_DAYS}D",
        f"DESCRIPTION:{summary}",
        "END:VALARM",
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(line.strip() for line in escaped.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Cut between characters, never within one: an octet limit and Chinese do not know of each other."""
    current, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > OCTETS:
            yield current
            current, size = " ", 1
        current, size = current + character, size + octets
    yield current
