"""The composition root: settings in, the running service out. Nothing else builds objects."""

import asyncio
import importlib
import pkgutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, func, select
from starlette.types import ASGIApp

from bot import (
    alerts,
    clock,
    i18n,
    inbox,
    interests,
    log,
    notices,
    recalls,
    services,
    surveys,
    tickets,
)
from bot.advice import CurrentAdvice
from bot.answer_links import Maker
from bot.channels import configured
from bot.channels.rows import RowChannel
from bot.channels.telegram import reask
from bot.conversation import Conversations
from bot.db.engine import AnyRow
from bot.db.migrate import open_database
from bot.db.models import inbox as inbox_table
from bot.dialogue.assistant import Assistant
from bot.dialogue.engine import EmbeddedEngine
from bot.dialogue.events import ActionExecutionRejection
from bot.drafts import LIVE
from bot.jobs import jobs
from bot.messages import Reply
from bot.ports import Channel, Engine, Writer
from bot.rasa_server import RasaEngine
from bot.scheduler import Scheduler
from bot.search import Search
from bot.services import Services
from bot.settings import Settings
from bot.training import interpreter, model_dir
from bot.web import asgi, sessions
from bot.web.feed import Feed
from bot.web.limits import Limiter
from bot.web.state import WebState
from bot.worker import Renderer, Worker, text_renderer
from knowledge import base as knowledge_base
from knowledge import keeping
from knowledge.advice import Advice
from knowledge.asking import second_look
from knowledge.calibration import Calibration

if TYPE_CHECKING:
    from bot.channels.telegram.service import Telegram

WARM_SECONDS = 60
RECOVER_SECONDS = 2
PROJECT = Path(__file__).resolve().parent.parent

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class App:
    """Everything that was built; `running` brings it to life."""

    services: Services
    conversations: Conversations
    channels: Mapping[str, Channel]
    renderers: Mapping[str, Renderer]
    telegram: "Telegram | None" = None

    def worker(self, channels: Mapping[str, Channel] | None = None, *, address: str | None = None) -> Worker:
        """A delivery worker for these channels (or all); with `address`, for that one person only."""
        mine, settings = channels or self.channels, self.services.settings.delivery
        return Worker(self.services.db, self.services.clock, mine, self.renderers, settings, address)

    def close(self) -> None:
        self.services.db.close()


def build(settings: Settings) -> App:
    """Load the model, the articles and the dialogue, open the database. Trains first if the data changed."""
    log.configure(settings.log)
    understanding = interpreter(settings)
    now, db, texts = clock.from_setting(settings.clock), open_database(settings), i18n.load()
    advice = CurrentAdvice(partial(load_advice, settings.data), settings.data / LIVE)
    built = Services(settings, now, db, texts, advice, Search(), _writer(settings))
    services.install(built)
    assistant = load_assistant()
    conversations = Conversations(
        db=db,
        clock=now,
        engine=_engine(settings, assistant),
        interpreter=understanding,
        texts=texts,
        domain=assistant.domain,
        second_look=lambda text, parse, topic: second_look(text, parse, built.advice, topic=topic),
        centre={"zh": settings.desk.name_zh, "en": settings.desk.name_en},
        default_language=settings.default_language,
        max_attempts=settings.limits.inbox_attempts,
        max_chars=settings.limits.message_chars,
    )
    channels: dict[str, Channel] = {name: RowChannel(name, db, now) for name in ("web", "rest")}
    telegram = _telegram(built, conversations)
    if telegram:
        channels["telegram"] = telegram.channel
    channels |= configured.build(built, _links(settings))
    return App(built, conversations, channels, renderers(built), telegram)


def _writer(settings: Settings) -> Writer | None:
    """None unless an address is set: then httpx is not even loaded for it."""
    if settings.writer.url is None:
        return None
    from bot.writer import HttpWriter

    return HttpWriter(settings.writer)


def _links(settings: Settings) -> Maker:
    """Links to answer with, from every channel on which nobody can press a button."""
    days = timedelta(days=settings.links.days)
    return Maker(_secret(settings), settings.web.public_url, days)


def _secret(settings: Settings) -> bytes:
    return sessions.secret(settings.data, settings.secret.get_secret_value() if settings.secret else None)


def _engine(settings: Settings, assistant: Assistant) -> Engine:
    """What decides the dialogue: our own interpreter of the project, or a Rasa server that runs it."""
    run = action_runner()
    return RasaEngine(settings.rasa, run) if settings.engine == "rasa" else EmbeddedEngine(assistant, run)


def _telegram(built: Services, conversations: Conversations) -> "Telegram | None":
    """The bot, if there is a token. Its library takes half a second to load, which nobody else should wait for."""
    if built.settings.telegram.token is None:
        return None
    from bot.channels.telegram import service

    return service.build(built, conversations)


def load_advice(data: Path) -> Advice:
    """The curated base, with what editors published over it.

    A file that cannot be read is left out and logged: it must not keep all others from the reader. What the words of
    the base weigh is kept beside the model, as weighing them takes a second.
    """
    base = knowledge_base.read(PROJECT / "knowledge", over=data / LIVE)
    for problem in base.problems:
        logger.error("entry_unreadable", problem=str(problem))
    return Advice(
        base, Calibration.load(), keeping.weighed(base.entries, model_dir(data) / keeping.FILE, logger.warning)
    )


def load_assistant() -> Assistant:
    """The dialogue: domain, rules and policy of this project. Raises ProjectError with all problems."""
    return Assistant.load(
        config=PROJECT / "config.yml", domain=PROJECT / "nlu" / "domain", rules=PROJECT / "nlu" / "rules.yml"
    )


def action_runner() -> Callable[[dict[str, Any]], Awaitable[tuple[list[dict[str, Any]], list[dict[str, Any]]]]]:
    """The actions/ package behind rasa-sdk's executor, in this process."""
    _import_rasa_sdk()
    from rasa_sdk.executor import ActionExecutor
    from rasa_sdk.interfaces import ActionExecutionRejection as Declined

    executor = ActionExecutor()
    for action in _own_actions():
        executor.register_action(action)

    async def run(call: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        try:
            result = await executor.run(call)
        except Declined as error:
            raise ActionExecutionRejection(call["next_action"]) from error
        return (result.events, result.responses) if result else ([], [])

    return run


def _own_actions() -> Iterator[type]:
    """The action classes of the actions/ package. rasa-sdk's register_package would take every one of the process."""
    for module in pkgutil.iter_modules([str(PROJECT / "actions")], "actions."):
        for member in vars(importlib.import_module(module.name)).values():
            if isinstance(member, type) and member.__module__ == module.name and hasattr(member, "run"):
                yield member


def _import_rasa_sdk() -> None:
    """Without Sanic, its own web server, which it names in one annotation: that spares 0.2 s and 15 MB at the start."""
    if "sanic" in sys.modules or "rasa_sdk" in sys.modules:
        return
    stand_in = ModuleType("sanic")
    stand_in.__dict__["Sanic"] = object
    sys.modules["sanic"] = stand_in
    try:
        importlib.import_module("rasa_sdk")
    finally:
        del sys.modules["sanic"]


def renderers(built: Services) -> dict[str, Renderer]:
    zone = ZoneInfo(built.settings.desk.time_zone)

    def alert(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        today = now.astimezone(zone).date()
        local = partial(surveys.local_line, texts=built.texts, language=language, today=today)
        return alerts.render(tx, row, texts=built.texts, language=language, today=today, local=local)

    survey = partial(surveys.render, texts=built.texts, rules=surveys.Rules.of(built.settings))

    def notice(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        return notices.render(tx, row, texts=built.texts, language=language)

    def ticket(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        return tickets.render(tx, row, texts=built.texts)

    def digest(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        today = now.astimezone(zone).date()
        more = partial(recalls.in_digest, texts=built.texts, language=language, today=today)
        return alerts.render_digest(tx, row.id, texts=built.texts, language=language, today=today, more=more)

    def recall(tx: Connection, row: AnyRow, *, language: str, now: datetime) -> Reply | None:
        return recalls.render(tx, row, texts=built.texts, language=language, today=now.astimezone(zone).date())

    again = reask.renderer(built.texts)
    return {
        "alert": alert,
        alerts.MAYBE: alert,
        "digest": digest,
        recalls.KIND: recall,
        "survey": survey,
        "notice": notice,
        "ticket": ticket,
        "text": text_renderer(built.texts),
        reask.KIND: again,
    }


def web_state(app: App, channel: RowChannel) -> WebState:
    settings = app.services.settings
    return WebState(
        services=app.services,
        conversations=app.conversations,
        channel=channel,
        sessions=sessions.Sessions(_secret(settings), settings.web.session_days, settings.web.public_url),
        feed=Feed(app.services.db, "web"),
        limiter=Limiter(settings.limits.burst, settings.limits.per_second),
        inbox_floor=app.services.db.look(_newest_inbox_row),
        telegram=app.telegram.listener if app.telegram and app.telegram.listener.by_webhook else None,
        rasa=rasa if isinstance(rasa := app.conversations.engine, RasaEngine) else None,
    )


def _newest_inbox_row(tx: Connection) -> int:
    return int(tx.execute(select(func.max(inbox_table.c.id))).scalar() or 0)


@asynccontextmanager
async def running(app: App, *, role: str = "all") -> AsyncIterator[ASGIApp]:
    """The service at work: what a crash left is handled first, then web app, delivery worker and scheduler."""
    channel = app.channels["web"]
    assert isinstance(channel, RowChannel)
    web = web_state(app, channel)
    async with AsyncExitStack() as stack:
        if web.rasa:
            stack.push_async_callback(web.rasa.close)
            await stack.enter_async_context(_task(_recover(app, web.rasa)))
        if role in ("all", "web"):
            await replay(app)
            await stack.enter_async_context(_task(web.feed.run()))
            await stack.enter_async_context(_task(_keep_warm(app)))
            stack.push_async_callback(web.finish)
        if app.telegram:
            stack.push_async_callback(app.telegram.channel.close)
        if app.telegram and role in _listening(app.telegram):
            await stack.enter_async_context(_task(app.telegram.listener.run()))
        if role in ("all", "worker"):
            await stack.enter_async_context(_task(app.worker().run()))
        if role in ("all", "scheduler"):
            scheduler = Scheduler(app.services.db, jobs(app.services))
            scheduler.start()
            stack.push_async_callback(scheduler.stop)
        yield asgi.build(web)


def _listening(telegram: "Telegram") -> tuple[str, ...]:
    """The roles that take Telegram's updates: a webhook's arrive where the web is."""
    return ("all", "telegram", "web") if telegram.listener.by_webhook else ("all", "telegram")


async def _keep_warm(app: App) -> None:
    """Prepares what is open for comment before anyone registers an interest, and indexes what is new."""
    services = app.services
    while True:
        try:
            today = services.clock.now().astimezone(ZoneInfo(services.settings.desk.time_zone)).date()
            while await services.db.read(interests.prepare_open, today=today):
                await asyncio.sleep(0)
            await services.db.read(services.search.refresh)
        except Exception:
            logger.exception("not_warmed")
        await asyncio.sleep(WARM_SECONDS)


async def _recover(app: App, rasa: RasaEngine) -> None:
    """Takes up what was left while Rasa was down, as soon as it is back."""
    was_there = True
    while True:
        is_there = await rasa.alive()
        if is_there != was_there:
            logger.warning("rasa_back" if is_there else "rasa_down", url=app.services.settings.rasa.url)
        if is_there and not was_there:
            await replay(app, push=True)
        was_there = is_there
        await asyncio.sleep(RECOVER_SECONDS)


@asynccontextmanager
async def _task(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def replay(app: App, *, push: bool = False) -> int:
    """Take up what a crash left in the inbox; returns how many messages.

    Web replies are sent. REST replies wait in the inbox until their sender asks again, or with `push` come with the
    sender's next turn.
    """
    left = await app.services.db.read(inbox.open_rows, channels=("web", "rest"))
    for received in left:
        logger.info("inbox_replayed", inbox_id=received.id, handled=received.handled)
        message = received.message
        again: Callable[[], Awaitable[Any]] = (
            partial(app.conversations.respond, message, app.channels[message.channel])
            if push or message.channel == "web"
            else partial(app.conversations.handle, message)
        )
        try:
            await again()
        except Exception:
            logger.exception("replay_failed", inbox_id=received.id)
    return len(left)
