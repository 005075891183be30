"""The turn that an action runs in: who speaks, what was said, and the sentences in their language."""

import json
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from bot import authority, services
from bot.errors import BadInput, NotAllowed
from bot.messages import Attachment, Button
from bot.services import Services

SURE = 0.7  # the confidence of a yes that counts


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as an action sees it."""

    services: Services
    tracker: Tracker
    dispatcher: CollectingDispatcher
    member_id: int
    inbox_id: int
    language: str
    channel: str
    address: str

    @property
    def text(self) -> str:
        return str(self.tracker.latest_message.get("text") or "")

    @property
    def intent(self) -> str:
        return str(self.tracker.latest_message.get("intent", {}).get("name") or "")

    @property
    def confidence(self) -> float:
        return float(self.tracker.latest_message.get("intent", {}).get("confidence") or 0.0)

    @property
    def agrees(self) -> bool:
        """A clear yes: what is registered or erased on a guess cannot be taken back by the one who did not say it."""
        return self.intent == "affirm" and self.confidence >= SURE

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    @property
    def today(self) -> date:
        """The date where the desk is: deadlines are told by it."""
        return self.now.astimezone(ZoneInfo(self.services.settings.desk.time_zone)).date()

    @property
    def key(self) -> str:
        """The same for every try of this turn: what is written under it is written once."""
        return f"turn:{self.inbox_id}"

    def entities(self, name: str) -> list[Any]:
        """The values of this entity in the message, in order, none twice."""
        found = self.tracker.latest_message.get("entities") or ()
        return list(dict.fromkeys(entity["value"] for entity in found if entity["entity"] == name))

    def said(self, key: str, **values: Any) -> str:
        return self.services.texts(key, self.language, **values)

    def say(self, key: str, *, buttons: Iterable[Button] = (), **values: Any) -> None:
        self.show(self.said(key, **values), buttons=buttons)

    def show(
        self, text: str, *, buttons: Iterable[Button] = (), file: Attachment | None = None, image: str | None = None
    ) -> None:
        """`image` is a path below the files, as that of `file`."""
        shown = [{"title": button.title, "payload": button.payload} for button in buttons]
        self.dispatcher.utter_message(
            text=text, buttons=shown or None, attachment=asdict(file) if file else None, image=image
        )

    async def refused(self, error: NotAllowed, deed: str, subject: str | None = None) -> None:
        """Say that it is not allowed, and log the try."""
        record = authority.record
        await self.services.db.run(record, self.member_id, deed, allowed=False, now=self.now, subject=subject)
        self.say(error.key, **error.values)

    @property
    def local(self) -> datetime:
        """The moment where the desk is."""
        return self.now.astimezone(ZoneInfo(self.services.settings.desk.time_zone))

    def button(self, key: str, intent: str, **entities: Any) -> Button:
        return Button(self.said(key), payload(intent, **entities))


def payload(intent: str, **entities: Any) -> str:
    """What a button says: Rasa's `/intent{json}`."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False)}" if entities else f"/{intent}"


def turn(tracker: Tracker, dispatcher: CollectingDispatcher) -> Turn:
    metadata: Mapping[str, Any] = tracker.latest_message.get("metadata") or {}
    chosen = tracker.get_slot("language") or metadata.get("language") or "zh"
    return Turn(
        services.current(),
        tracker,
        dispatcher,
        int(metadata["member_id"]),
        int(metadata["inbox_id"]),
        str(chosen),
        str(metadata["channel"]),
        str(metadata["address"]),
    )


async def safely(now: Turn, deed: str, subject: str | None, work: Awaitable[list[EventType]]) -> list[EventType]:
    """Do it; what is not allowed is said and logged, what cannot be is said."""
    try:
        return await work
    except NotAllowed as error:
        await now.refused(error, deed, subject)
    except BadInput as error:
        now.say(error.key, **error.values)
    return []
