"""The other engine: a Rasa server over its HTTP API.

Rasa decides what comes next; what a message means and what an action does it asks of this service, by
POST /model/parse and POST /actions/webhook. Both are answered for turns under way only, each known by a mark that
nobody else has: who speaks is kept here and never believed of a request.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from bot.dialogue import responses
from bot.dialogue.engine import TurnResult, UserMessage
from bot.dialogue.events import ActionExecutionRejection, Event
from bot.dialogue.tracker import Tracker
from bot.errors import EngineDown
from bot.settings import Rasa

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger()

RunAction = Callable[[dict[str, Any]], Awaitable[tuple[list[Event], list[dict[str, Any]]]]]


class UnknownTurn(Exception):
    """Somebody asked for an action of a turn that is not under way here."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What this service knows of a turn, and Rasa does not."""

    mark: str
    message: UserMessage


@dataclass(slots=True)
class RasaEngine:
    """Takes turns to a Rasa server. `run_action` is the executor that the embedded engine would use."""

    settings: Rasa
    run_action: RunAction
    client: "httpx.AsyncClient" = field(init=False)
    _under_way: dict[str, UnderWay] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import httpx  # a fifth of a second that only this engine's users pay

        token = self.settings.token.get_secret_value() if self.settings.token else None
        params = {"token": token} if token else {}
        self.client = httpx.AsyncClient(base_url=self.settings.url, timeout=self.settings.timeout, params=params)

    async def close(self) -> None:
        await self.client.aclose()

    async def alive(self) -> bool:
        """Does the server answer, with a model loaded?"""
        try:
            return bool((await self._ask("GET", "/status")).get("model_file"))
        except EngineDown:
            return False

    async def turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        """One turn. Raises EngineDown when the server does not answer; the turn may then be taken again."""
        sender, mark = name_there(tracker), secrets.token_urlsafe(16)
        self._under_way[sender] = UnderWay(mark, message)
        try:
            known = await self._new_events(tracker) if message.metadata.get("attempts", 1) > 1 else []
            if _heard(known, message):  # the last try got so far: Rasa has it, its answer was lost
                return TurnResult(known, _replies(known))
            said = await self._say(sender, mark, message)
            events = await self._new_events(tracker)
        finally:
            self._under_way.pop(sender, None)
        if not _heard(events, message):
            raise EngineDown("talk.engine_down")  # Rasa gave the message up: its log says why
        return TurnResult(events, said)

    async def _say(self, sender: str, mark: str, message: UserMessage) -> list[dict[str, Any]]:
        told = {"sender": sender, "message": message.text, "metadata": {"mark": mark, "turn": message.message_id}}
        replies = await self._ask("POST", "/webhooks/rest/webhook", told)
        return [{key: value for key, value in reply.items() if key != "recipient_id"} for reply in replies]

    async def _new_events(self, tracker: Tracker) -> list[Event]:
        """What happened since this conversation was stored here."""
        found = await self._ask("GET", f"/conversations/{name_there(tracker)}/tracker?include_events=ALL")
        since = tracker.latest_event_time or 0.0
        return [event for event in found["events"] or () if event["timestamp"] > since]

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        import httpx

        try:
            answer = await self.client.request(method, path, json=body)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            log.info("rasa_did_not_answer", path=path.partition("?")[0], error=repr(error))
            raise EngineDown("talk.engine_down") from error

    def parse_of(self, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the message of a turn under way means: it was understood here, with the form and the clock known."""
        turn = next((one for one in self._under_way.values() if one.mark == metadata.get("mark")), None)
        return turn.message.parse if turn else None

    async def act(self, call: dict[str, Any]) -> dict[str, Any]:
        """Run an action for Rasa. Raises UnknownTurn, ActionExecutionRejection, or what the action raises."""
        known = self._under_way.get(str(call.get("sender_id")))
        heard = call.get("tracker", {}).get("latest_message", {})
        if known is None or not secrets.compare_digest(_mark(heard).encode(), known.mark.encode()):
            raise UnknownTurn
        heard |= {"metadata": known.message.metadata, "message_id": known.message.message_id}
        events, said = await self.run_action(call)
        return {"events": events, "responses": said}


def name_there(tracker: Tracker) -> str:
    """What a conversation is called at Rasa, which does not decode an address: letters and digits only."""
    return hashlib.sha256(tracker.sender_id.encode()).hexdigest()[:32]


def _mark(heard: Mapping[str, Any]) -> str:
    return str((heard.get("metadata") or {}).get("mark", ""))


def _heard(events: list[Event], message: UserMessage) -> bool:
    """Is this message among them?"""
    users = (event for event in events if event["event"] == "user")
    return any((event.get("metadata") or {}).get("turn") == message.message_id for event in users)


def _replies(events: list[Event]) -> list[dict[str, Any]]:
    bots = (event for event in events if event["event"] == "bot")
    return [reply for event in bots for reply in responses.messages(event, paragraphs=True)]


__all__ = ["ActionExecutionRejection", "RasaEngine", "UnknownTurn"]
