"""What members think of answers, and the questions that the base answers badly or not at all, like ones together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from bot.db.models import answer_ratings, tickets
from bot.tickets import Kind
from knowledge.clusters import clustered

LONGEST = 2000
MOST_ROWS = 5000  # the newest ones are looked at


class Verdict(StrEnum):
    USEFUL = "useful"
    NOT_ASKED = "not_asked"


class Origin(StrEnum):
    UNANSWERED = "unanswered"  # the base had nothing: there is a ticket
    NOT_ASKED = "not_asked"  # what it had was not what was asked


@dataclass(frozen=True, slots=True)
class Question:
    """One question that went badly. `id` is a ticket's or a rating's; `entry` is what was shown, if anything."""

    origin: Origin
    id: int
    text: str
    language: str
    entry: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask for the same, newest first."""

    questions: tuple[Question, ...]

    @property
    def newest(self) -> datetime:
        return self.questions[0].at


def rate(
    tx: Connection,
    member_id: int,
    *,
    question: str,
    language: str,
    entry: str,
    verdict: Verdict,
    key: str,
    now: datetime,
) -> None:
    """Keep what the member thinks of the answer to their question; a second thought takes the place of the first."""
    same = answer_ratings.c.key == key
    values = {"verdict": verdict, "created_at": now, "state": "open"}
    if tx.execute(update(answer_ratings).where(same).values(values)).rowcount:
        return
    fixed = {"member_id": member_id, "question": question[:LONGEST], "language": language, "entry": entry, "key": key}
    tx.execute(insert(answer_ratings).values(**fixed, **values))


def gaps(tx: Connection, *, since: datetime | None = None) -> list[Gap]:
    """Open questions without a good answer, clustered; the ones asked most often first, then the newest."""
    questions = sorted([*_unanswered(tx, since), *_not_asked(tx, since)], key=lambda one: one.at, reverse=True)
    found = clustered([question.text for question in questions])
    groups = [Gap(tuple(questions[number] for number in sorted(group))) for group in found]
    return sorted(groups, key=lambda gap: (-len(gap.questions), -gap.newest.timestamp()))


def settle(tx: Connection, questions: Sequence[Question]) -> None:
    """An editor has dealt with these: ratings are done; a ticket keeps its own way of ending."""
    ids = [question.id for question in questions if question.origin is Origin.NOT_ASKED]
    tx.execute(update(answer_ratings).where(answer_ratings.c.id.in_(ids)).values(state="done"))


def counts(tx: Connection) -> dict[str, dict[Verdict, int]]:
    """How often each entry was called useful or not what was asked."""
    told: dict[str, dict[Verdict, int]] = {}
    for row in tx.execute(select(answer_ratings.c.entry, answer_ratings.c.verdict)):
        own = told.setdefault(row.entry, dict.fromkeys(Verdict, 0))
        own[Verdict(row.verdict)] += 1
    return told


def _unanswered(tx: Connection, since: datetime | None) -> list[Question]:
    wanted = (tickets.c.kind == Kind.UNANSWERED) & (tickets.c.state == "open")
    wanted = wanted & (tickets.c.created_at >= since) if since else wanted
    rows = tx.execute(select(tickets).where(wanted).order_by(tickets.c.id.desc()).limit(MOST_ROWS))
    return [Question(Origin.UNANSWERED, row.id, row.question, row.language, None, row.created_at) for row in rows]


def _not_asked(tx: Connection, since: datetime | None) -> list[Question]:
    table = answer_ratings
    wanted = (table.c.verdict == Verdict.NOT_ASKED) & (table.c.state == "open")
    wanted = wanted & (table.c.created_at >= since) if since else wanted
    rows = tx.execute(select(table).where(wanted).order_by(table.c.id.desc()).limit(MOST_ROWS))
    return [Question(Origin.NOT_ASKED, row.id, row.question, row.language, row.entry, row.created_at) for row in rows]
