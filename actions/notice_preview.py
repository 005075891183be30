"""The preview of a notice before it goes out: how it looks, to how many, to whom for example, and when."""

from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Connection

from actions.turn import Turn, turn
from bot import audience, notices
from bot.errors import BadInput, NotAllowed
from bot.notices import Preview


class AskConfirm(Action):
    """The preview: how it looks, to how many, to whom for example, and when."""

    def name(self) -> str:
        return "action_ask_notice_form_confirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        number = int(tracker.get_slot("notice"))
        try:
            seen, words = await now.services.db.read(_preview, now, number)
        except (BadInput, NotAllowed) as error:
            now.say(error.key, **error.values)
            return []
        yes = "notice.button_ask_approval" if seen.second_approval else "notice.button_confirm"
        buttons = [now.button(yes, "affirm"), now.button("notice.button_change", "go_back")]
        now.show(preview_text(now, seen, words), buttons=[*buttons, now.button("notice.button_cancel", "stop")])
        return []


def _preview(tx: Connection, now: Turn, number: int) -> tuple[Preview, str]:
    seen = notices.preview(tx, now.member_id, number, texts=now.services.texts, now=now.now)
    words = audience.described(tx, seen.notice.audience, texts=now.services.texts, language=now.language)
    return seen, words


def preview_text(now: Turn, seen: Preview, words: str) -> str:
    found = seen.notice
    return now.said(
        "notice.ask_confirm",
        number=found.number,
        organisation=seen.organisation.name(now.language),
        look="\n\n".join(seen.looks[language].text for language in found.languages),
        audience=words,
        count=_count(now, seen),
        sample=_sample(now, seen),
        when=_when(now),
        file=found.file.name if found.file else now.said("notice.no_file"),
        acknowledge=now.said("notice.yes" if found.acknowledge else "notice.no"),
    )


def _count(now: Turn, seen: Preview) -> str:
    counted = seen.counted
    text = now.said("notice.count", n=counted.total)
    if len(counted.languages) > 1:
        parts = [now.said(f"notice.language_count_{one}", n=many) for one, many in sorted(counted.languages.items())]
        text = now.said("notice.count_languages", count=text, languages=now.said("notification.comma").join(parts))
    if counted.without_address:
        text = now.said("notice.count_without", count=text, without=counted.without_address)
    return now.said("notice.count_groups", count=text, groups=seen.groups) if seen.groups else text


def _sample(now: Turn, seen: Preview) -> str:
    names = []
    for one in seen.sample[:3]:
        place = one.organisation_en if now.language == "en" else one.organisation_zh
        name = one.name or now.said("notice.nameless")
        names.append(now.said("notice.sample_line", name=name, organisation=place) if place else name)
    return now.said("notification.comma").join(names) or now.said("notice.sample_none")


def _when(now: Turn) -> str:
    when = send_at(now)
    return now.said("notice.at_time", time=f"{when:%Y-%m-%d %H:%M}") if when else now.said("notice.at_once")


def send_at(now: Turn) -> datetime | None:
    kept = now.tracker.get_slot("notice_when")
    return datetime.fromisoformat(kept) if kept else None
