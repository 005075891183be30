"""The demonstration's surveys: open, with people who were asked and some who have answered; nobody is written to."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from bot import feedback, organisations, surveys
from bot.db import models
from bot.demo.entries import SOURCE, Entry, entries
from bot.feedback import Filled, Origin
from bot.settings import Settings
from bot.surveys import Rules, Survey
from bot.surveys.inviting import invite

HERE = Origin(SOURCE, SOURCE, "zh")

People = dict[str, tuple[int, int]]  # the name in the data files -> (member, organisation)


def put_surveys(tx: Connection, people: People, *, now: datetime) -> None:
    """Through the same functions as real ones, but for the messages."""
    rules = Rules.of(Settings())
    for entry in entries("surveys"):
        survey = _open(tx, entry, people, now, rules)
        _ask(tx, survey, [people[name][0] for name in entry["asked"]], now)
        for number, answer in enumerate(entry["answers"]):
            _answer(tx, entry["symbol"], answer, people, f"{survey.id}:{number}", now)
        _give_studies(tx, survey, entry, people, now)


def _open(tx: Connection, entry: Entry, people: People, now: datetime, rules: Rules) -> Survey:
    by, place = people[entry["opened_by"]]
    named = {name: entry[name] for name in ("title_zh", "title_en", "questions")}
    key = f"{SOURCE}:{entry['symbol']}"
    return surveys.open_survey(
        tx, entry["symbol"], by=by, organisation_id=place, audience={"organisations": [place], "roles": ["enterprise"]},
        key=key, now=now, rules=rules, demo=True, **named,
    )  # fmt: skip


def _ask(tx: Connection, survey: Survey, asked: list[int], now: datetime) -> None:
    invite(tx, survey, asked, organisations.acting_for(tx, asked), now)
    mine = models.surveys.c.id == survey.id
    tx.execute(update(models.surveys).where(mine).values(invited_all_at=now))


def _answer(tx: Connection, symbol: str, answer: Entry, people: People, number: str, now: datetime) -> None:
    member_id, key = people[answer["member"]][0], f"{SOURCE}:answer:{number}"
    filled = Filled()
    filled.take("notification", symbol)
    for slot, value in answer.get("answers", {}).items():
        filled.take(slot, value)
    draft = feedback.begin(tx, member_id, filled, origin=HERE, key=key, now=now, affected=answer["affected"])
    done = feedback.submit(tx, draft, origin=HERE, key=f"{key}:submit", now=now)
    tx.execute(update(models.feedback).where(models.feedback.c.id == done.id).values(demo=True))


def _give_studies(tx: Connection, survey: Survey, entry: Entry, people: People, now: datetime) -> None:
    by, place = people[entry["opened_by"]]
    for one in entry.get("studies", ()):
        due = now.date() + timedelta(days=one["due_in"])
        surveys.assign_study(
            tx, by=by, organisation_id=place, survey_id=survey.id, assignee_id=people[one["assignee"]][0],
            title=one["title"], task=one["task"], due=due, now=now, rules=Rules.of(Settings()),
        )  # fmt: skip
