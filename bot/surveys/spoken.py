"""Progress as it is told in chat to county officers, secretaries and the centre."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, select

from bot import authority
from bot.authority import Deed
from bot.db.models import invitations, surveys
from bot.i18n import Texts
from bot.notifications import day_text
from bot.surveys.listing import within
from bot.surveys.progress import Count, Progress, Row, progress
from bot.surveys.rules import Rules
from bot.surveys.survey import SELECTED, State, read

SHOWN = 3  # surveys in one reply
ROWS = 12  # counties or associations of each


def progress_text(tx: Connection, member_id: int, *, texts: Texts, language: str, now: datetime, rules: Rules) -> str:
    """The open surveys within reach, those due first on top; for who has no such role, those that ask them."""
    held = [one for one in authority.grants(tx, member_id) if authority.permits(one.role, Deed.SEE_PROGRESS)]
    if not held:
        return _own(tx, member_id, texts, language, rules.today(now))
    query = select(surveys.c.id).where(surveys.c.state == State.OPEN, within(tx, member_id))
    ids = list(tx.execute(query.order_by(surveys.c.enterprise_due, surveys.c.id)).scalars())
    if not ids:
        return texts("survey.progress.none", language)
    parts = [
        "\n".join(_lines(progress(tx, one, by=member_id, now=now, rules=rules), texts, language, rules, now))
        for one in ids[:SHOWN]
    ]
    if len(ids) > SHOWN:
        parts.append(texts("survey.progress.more", language, n=len(ids) - SHOWN))
    return "\n\n".join(parts)


def _own(tx: Connection, member_id: int, texts: Texts, language: str, today: date) -> str:
    """What everybody else answered is for staff to see."""
    mine = (invitations.c.survey_id == surveys.c.id) & (invitations.c.member_id == member_id)
    query = SELECTED.join(invitations, mine).add_columns(invitations.c.answered_at)
    rows = tx.execute(query.where(surveys.c.state == State.OPEN).order_by(surveys.c.enterprise_due)).all()
    if not rows:
        return texts("survey.progress.none_own", language)
    lines = [texts("survey.progress.own", language)]
    for row in rows[:ROWS]:
        one, key = read(row), "own_answered" if row.answered_at else "own_open"
        day = day_text(one.enterprise_due, language, today, texts)
        lines.append(texts(f"survey.progress.{key}", language, title=one.title(language), number=one.number, due=day))
    return "\n".join(lines)


def _lines(found: Progress, texts: Texts, language: str, rules: Rules, now: datetime) -> Iterator[str]:
    survey, today = found.survey, rules.today(now)
    yield texts("survey.progress.head", language, title=survey.title(language), number=survey.number)
    dues = {"enterprise": survey.enterprise_due, "county": survey.county_due, "centre": survey.centre_due}
    days = {name: day_text(day, language, today, texts) for name, day in dues.items()}
    yield texts("survey.progress.dates", language, **days)
    rows = [*found.counties, *(() if found.whole else found.associations)]
    if found.whole or len(rows) > 1:
        yield _line(texts("survey.progress.total", language), found.total, texts, language)
    for row in rows[:ROWS]:
        place = row.organisation
        name = place.name(language) if place else texts("survey.progress.no_county", language)
        yield _line(name, row.count, texts, language) + _sheet(row, texts, language)


def _line(name: str, count: Count, texts: Texts, language: str) -> str:
    line = texts(
        "survey.progress.line", language, name=name, asked=count.asked, answered=count.answered, silent=count.silent
    )
    if count.late:
        line += texts("survey.progress.late", language, n=count.late)
    return line + (texts("survey.progress.declined", language, n=count.declined) if count.declined else "")


def _sheet(row: Row, texts: Texts, language: str) -> str:
    if row.sheet is None:
        return ""
    return texts(f"survey.progress.sheet_{'late' if row.sheet_late else row.sheet}", language)
