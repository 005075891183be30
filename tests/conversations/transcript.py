"""Transcripts: conversations as data, and what is compared with what the service did.

A file is a list of stories, each `story:` (a title) and `turns:`. A turn is one of

    user: TEXT | press: BUTTON TITLE     what a person writes or presses (`as: NAME` for another person than `anna`)
    wait: {days: 3}                      the clock moves
    arrives: {symbol: ..., ...}          a notification comes in, goes round and is delivered
    recalled: {number: ..., ...}         a recall or refusal abroad comes in, goes round and is delivered
    job: erase | surveys | notices | tickets | let_go   what the scheduler would do
    opens: SYMBOL                        a survey about it, by the member `as`
    assigns: NAME                        a special study to that person, by the member `as`

with what is expected of it (all optional):

    bot      text keys (subscribe.ask_market, utter_greet) or pieces of text, each in some reply; the last one asks
    not      the same, in no reply
    intent   of the message          slots   {name: value}; null = empty        asks    the slot asked for, null = none
    form     the running form        outcome the slot form_outcome              buttons titles that stand there
    language of the replies from here on (else the folder's)                    quotes  true: may quote the other one
    pushed   like `bot`, for what the worker sent                               keep    {name: REGEX} for {name} later

A story may have `demo: true` (the demonstration is loaded), `people: {name: [organisation, role]}` (a small tree of
organisations is there), `invited: {name: organisation}` (a code for {name} in user) and `stored: {interests: 1}` (rows
of all senders at the end). `second_approval: association`: its notices need a second person.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select, update

from bot import alerts, conversation, enrolment, i18n, members, notices, surveys, tickets
from bot import app as root
from bot.authority import Role
from bot.db import models
from bot.dialogue.tracker import Tracker
from bot.enrolment import Purpose
from bot.messages import Reply
from tests import factories
from tests.service import Service

HERE = Path(__file__).parent
HAN = re.compile(r"[\u3400-\u9fff]")
KEY = re.compile(r"[a-z]+\.[a-z_]+|utter_[a-z_]+")
BLANK = re.compile(r"\\\{\w+\\\}")
TURN_KEYS = frozenset({
    "user", "press", "wait", "arrives", "recalled", "job", "opens", "assigns", "as", "bot", "not", "intent", "slots",
    "asks", "form", "outcome", "buttons", "language", "quotes", "pushed", "keep",
})  # fmt: skip
STORY_KEYS = frozenset({"second_approval", "story", "turns", "demo", "people", "invited", "stored"})
TEXTS = ("bot", "not", "pushed", "buttons")
MAIN = "anna"

Story = Mapping[str, Any]
Step = Mapping[str, Any]


def stories() -> Iterator[tuple[str, str, Story]]:
    """(language, name for the test, story) of every transcript."""
    for path in sorted(HERE.glob("*/*.yml")):
        for story in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader):
            yield path.parent.name, f"{path.parent.name}/{path.stem}: {story.get('story')}", story


def problems(story: Story) -> list[str]:
    """Keys that nobody reads: a misspelt expectation would never fail."""
    unknown = [f"story: {key}" for key in story.keys() - STORY_KEYS]
    for number, turn in enumerate(story["turns"], 1):
        unknown += [f"turn {number}: {key}" for key in turn.keys() - TURN_KEYS]
        words = [turn.get("user", ""), *(one for key in TEXTS for one in _list(turn.get(key, ())))]
        unknown += [f"turn {number}: put {one} in quotes" for one in words if not isinstance(one, str)]
    return unknown


@dataclass(slots=True)
class Play:
    """A story under way."""

    service: Service
    language: str
    replies: dict[str, tuple[Reply, ...]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    notices: int = 0

    def run(self, story: Story) -> None:
        self.set_up(story)
        for number, step in enumerate(story["turns"], 1):
            problem = self.tried(step)
            if problem:
                pytest.fail(f"turn {number} {step!r}\n{problem}\n{self._seen(step)}", pytrace=False)
        self.check_end(story)

    def tried(self, step: Step) -> str | None:
        try:
            self.step(step)
        except AssertionError as error:
            return str(error)
        return None

    def set_up(self, story: Story) -> None:
        now = self.service.clock.now()
        if story.get("demo"):
            self.service.load_demo()
        if "people" in story or "invited" in story:
            self._organise(story, self.service.run(factories.tree, now=now), now)

    def _organise(self, story: Story, tree: factories.Tree, now: datetime) -> None:
        for name, (place, role) in story.get("people", {}).items():
            at, language = getattr(tree, place), self.language
            self.service.run(factories.person, name, now=now, at=at, role=Role(role), language=language)
        for name, place in story.get("invited", {}).items():
            at, role, invite = getattr(tree, place).id, Role.ENTERPRISE, Purpose.INVITE
            made = self.service.run(enrolment.make_code, invite, now=now, organisation_id=at, role=role)
            self.kept[name] = made
        if place := story.get("second_approval"):
            wants = update(models.organisations).where(models.organisations.c.id == getattr(tree, place).id)
            self.service.run(lambda tx: tx.execute(wants.values(second_approval=True)))

    def step(self, step: Step) -> None:
        self.language = step.get("language", self.language)
        if "wait" in step:
            self.service.clock.move(**step["wait"])
        elif "arrives" in step:
            self._arrive(step)
        elif "recalled" in step:
            self.service.recall(**step["recalled"])
        elif "job" in step:
            self._jobs()[step["job"]]()
        elif "opens" in step or "assigns" in step:
            self._staff(step)
        else:
            self._talk(step)
        if "pushed" in step:
            self._pushed(step)

    def _jobs(self) -> Mapping[str, Callable[[], object]]:
        service, desk = self.service, tickets.Desk.of(self.service.app.services.settings)
        return {
            "erase": lambda: [service.run(members.erase, one) for one in service.look(members.to_erase)],
            "surveys": lambda: surveys.run(service.db, service.clock, self._rules()),
            "notices": lambda: notices.run(service.db, service.clock),
            "let_go": lambda: service.run(alerts.release, now=service.clock.now()),
            "tickets": lambda: service.run(tickets.tell_overdue, now=service.clock.now(), desk=desk),
        }

    def _arrive(self, step: Step) -> None:
        self.service.arrive(**step["arrives"])

    def _staff(self, step: Step) -> None:
        """What staff do in the console."""
        now, run = self.service.clock.now(), self.service.run
        by = run(members.at_address, "memory", step["as"], now=now)
        if "opens" in step:
            run(surveys.open_survey, step["opens"], by=by, key=step["opens"], now=now, rules=self._rules())
            return
        to, place = run(members.at_address, "memory", step["assigns"], now=now), self.service.look(surveys.centre_id)
        assert place is not None
        task = {"title": "Kettles 电水壶", "task": "Cost? 成本？", "due": now.date() + timedelta(days=9)}
        run(surveys.assign_study, by=by, organisation_id=place, assignee_id=to, now=now, rules=self._rules(), **task)

    def _rules(self) -> surveys.Rules:
        return surveys.Rules.of(self.service.app.services.settings)

    def _pushed(self, step: Step) -> None:
        before = len(self.service.memory.shown(step.get("as", MAIN)))
        self.service.deliver()
        came = tuple(self.service.memory.shown(step.get("as", MAIN))[before:])
        _expect(step["pushed"], came, self.language)
        self.replies[step.get("as", MAIN)] = came

    def _talk(self, step: Step) -> None:
        who = step.get("as", MAIN)
        text = self._button(who, step["press"]) if "press" in step else step["user"]
        for name, value in self.kept.items():
            text = text.replace(f"{{{name}}}", value)
        self.replies[who] = self.service.say(text, sender=who)
        self._check_replies(step, self.replies[who])
        self._check_state(step, self.service.tracker(who))
        self._keep(step, self.replies[who])

    def _button(self, who: str, title: str) -> str:
        buttons = {button.title: button.payload for reply in self.replies[who] for button in reply.buttons}
        assert title in buttons, f"no button {title!r}: {sorted(buttons)}"
        return buttons[title]

    def _keep(self, step: Step, replies: tuple[Reply, ...]) -> None:
        for name, pattern in step.get("keep", {}).items():
            found = re.search(pattern, "\n".join(reply.text for reply in replies))
            assert found, f"nothing to keep like {pattern}"
            self.kept[name] = found[0]

    def _check_replies(self, step: Step, replies: tuple[Reply, ...]) -> None:
        said = tuple(reply for reply in replies if not _matches("talk.privacy_notice", reply.text, self.language))
        self.notices += len(replies) - len(said)
        assert said, "silence, or only the privacy notice"
        for reply in said:
            _sound(reply, self.language, quotes=bool(step.get("quotes")))
        _expect(step.get("bot", ()), said, self.language)
        for wanted in _list(step.get("not", ())):
            assert not any(_matches(wanted, reply.text, self.language) for reply in said), f"must not say {wanted!r}"
        titles = {button.title for reply in said for button in reply.buttons}
        missing = [title for title in step.get("buttons", ()) if title not in titles]
        assert not missing, f"buttons {missing} are not among {sorted(titles)}"

    def _check_state(self, step: Step, tracker: dict[str, Any]) -> None:
        slots, form = tracker["slots"], (tracker["active_loop"] or {}).get("name")
        if "intent" in step:
            assert (tracker["latest_message"].get("intent") or {}).get("name") == step["intent"], "intent"
        for name, value in step.get("slots", {}).items():
            assert slots[name] == value, f"slot {name}: {slots[name]!r}"
        if "asks" in step:
            assert slots["requested_slot"] == step["asks"], f"asks {slots['requested_slot']}"
        if "form" in step:
            assert form == step["form"], f"form {form}"
        if "outcome" in step:
            assert slots["form_outcome"] == step["outcome"], f"outcome {slots['form_outcome']}"
        assert form is None or slots["form_outcome"] is None, "form_outcome while a form runs"
        for name in ("product", "hs_code", "market"):
            text = name == "product" and slots["feedback_heard"] is not None  # a feedback is about one product
            kind = (list, str) if text else list
            assert slots[name] is None or (isinstance(slots[name], kind) and slots[name]), f"{name}: {slots[name]!r}"

    def check_end(self, story: Story) -> None:
        for name, count in story.get("stored", {}).items():
            table = getattr(models, name)
            rows = select(func.count()).select_from(table)
            rows = rows.where(table.c.state == "active") if name == "interests" else rows
            made_up = select(models.members.c.id).where(models.members.c.demo)
            rows = rows.where(table.c.member_id.not_in(made_up)) if name == "tickets" else rows
            assert self.service.look(lambda tx, rows=rows: tx.execute(rows).scalar()) == count, f"stored {name}"
        for who in self.replies:
            self._check_fold(who)

    def _check_fold(self, who: str) -> None:
        """The stored events give the stored conversation."""
        events = self.service.look(conversation.history, "memory", who)
        snapshot = self.service.look(conversation.snapshot, "memory", who)
        if not snapshot:
            return
        domain = self.service.app.conversations.domain
        folded, stored = Tracker.fold(who, events, domain), Tracker.restore(who, snapshot, domain)
        assert folded.slots == stored.slots, "the events do not fold to the stored slots"
        assert folded.active_loop_name == stored.active_loop_name, "the events do not fold to the stored form"

    def _seen(self, step: Step) -> str:
        who = step.get("as", MAIN)
        said = self.replies.get(who, ())
        lines = [f"  | {reply.text} {[button.title for button in reply.buttons]}" for reply in said]
        slots = {k: v for k, v in self.service.slots(who).items() if v is not None and k != "session_started_metadata"}
        intent = self.service.tracker(who)["latest_message"].get("intent")
        return "\n".join([*lines, f"  = {intent} {slots}"])


def _sound(reply: Reply, language: str, *, quotes: bool) -> None:
    """No reply is empty, raw, endless or in the wrong language."""
    assert reply.text or reply.file or reply.image, "an empty reply"
    assert "__declined__" not in reply.text, "a raw value"
    assert not re.search(r"\{\w+\}|\[\]|None", reply.text), "a raw value"
    assert len(reply.text) <= 4000, "too long for a chat"
    if reply.text and not quotes:
        assert bool(HAN.search(reply.text)) == (language == "zh"), f"not in {language}: {reply.text}"


def _expect(wanted: Any, replies: tuple[Reply, ...], language: str) -> None:
    for one in _list(wanted):
        assert any(_matches(one, reply.text, language) for reply in replies), f"does not say {one!r}"


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _matches(wanted: str, text: str, language: str) -> bool:
    if not KEY.fullmatch(wanted):
        return wanted in text
    return any(re.search(pattern, text, re.DOTALL) for pattern in _patterns(wanted, language))


@cache
def _patterns(key: str, language: str) -> list[str]:
    """A sentence with its blanks open."""
    sentence = _responses()[key][language] if key.startswith("utter_") else _texts().sentences[language][key]
    forms = sentence.values() if isinstance(sentence, dict) else (sentence,)
    return [BLANK.sub(".*", re.escape(form.strip())) for form in forms]


@cache
def _texts() -> i18n.Texts:
    return i18n.load()


@cache
def _responses() -> dict[str, dict[str, str]]:
    path = root.PROJECT / "nlu" / "domain" / "responses.yml"
    loaded = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["responses"]
    return {key: {"en" if one.get("condition") else "zh": one["text"] for one in ones} for key, ones in loaded.items()}
