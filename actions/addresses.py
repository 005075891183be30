"""Where a member is reached: another address of theirs, one that is to be confirmed, and which of them comes first."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn, turn
from bot import enrolment, mail_address, members
from bot.enrolment import Purpose
from bot.errors import BadInput
from bot.members import Address

CODE = re.compile(r"(?<![0-9A-Z])([2-9A-HJ-NP-Z]{4})\s?[-–—]\s?([2-9A-HJ-NP-Z]{4})(?![0-9A-Z])", re.IGNORECASE)
EMAIL = "email"
NAMED = {
    EMAIL: re.compile(r"邮件|邮箱|e-?mails?\b|\bmail", re.IGNORECASE),
    "telegram": re.compile(r"telegram|电报", re.IGNORECASE),
    "wecom": re.compile(r"企业微信|企微|wecom", re.IGNORECASE),
    "dingtalk": re.compile(r"钉钉|dingtalk", re.IGNORECASE),
    "feishu": re.compile(r"飞书|feishu|\blark\b", re.IGNORECASE),
    "web": re.compile(r"网页|\bweb", re.IGNORECASE),
}
LINKING = re.compile(r"绑|关联|连接|连起来|合并|对上|\b(?:link|connect|attach|associate|merge)", re.IGNORECASE)


class LinkAccount(Action):
    """Another address of the same person: here a code, there the code typed. Or one that is to be the first."""

    def name(self) -> str:
        return "action_link_account"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        if typed := CODE.search(now.text):
            await use_code(now, f"{typed[1]}-{typed[2]}")
        elif address := mail_address.found_in(now.text):
            await _ask_for_proof(now, Address(EMAIL, address))
        elif channel := _named(now.text):
            await _prefer(now, channel)
        else:
            await _give_code(now)
        return []


def _named(text: str) -> str | None:
    """The one channel that is named; to connect accounts is another wish."""
    found = [name for name, pattern in NAMED.items() if pattern.search(text)]
    return found[0] if len(found) == 1 and (found[0] == EMAIL or not LINKING.search(text)) else None


async def _give_code(now: Turn) -> None:
    code = await now.services.db.run(enrolment.make_code, Purpose.LINK, now=now.now, member_id=now.member_id)
    now.say("people.link_code", code=code)


async def _ask_for_proof(now: Turn, address: Address) -> None:
    """Nothing is sent to an address before its owner has shown that they read it."""
    mine = await now.services.db.read(members.addresses_of, now.member_id)
    if now.services.settings.email.host is None:
        now.say("people.no_email")
    elif address in mine:
        await _first(now, [address])
    else:
        try:
            await now.services.db.run(enrolment.ask_address, now.member_id, address, key=now.key, now=now.now)
            now.say("people.address_asked", address=address.address)
        except BadInput as error:
            now.say(error.key, **error.values)


async def _prefer(now: Turn, channel: str) -> None:
    mine = await now.services.db.read(members.addresses_of, now.member_id)
    if wanted := [one for one in mine if one.channel == channel]:
        await _first(now, wanted)
    elif channel != EMAIL:
        now.say("people.not_there_yet", channel=now.said(f"people.channel.{channel}"))
        await _give_code(now)
    else:
        now.say("people.which_email" if now.services.settings.email.host else "people.no_email")


async def _first(now: Turn, wanted: list[Address]) -> None:
    await now.services.db.run(members.prefer, now.member_id, wanted)
    now.say("people.first_here", channel=now.said(f"people.channel.{wanted[0].channel}"))


async def use_code(now: Turn, code: str) -> None:
    """What a typed one-time code does: join an organisation, become one person with another address, confirm one."""
    try:
        used = await now.services.db.run(enrolment.redeem, code, member_id=now.member_id, now=now.now)
    except BadInput as error:
        now.say(error.key, **error.values)
        return
    if used.address is not None:
        now.say("people.address_added", address=used.address.address)
    elif used.organisation is None:
        now.say("people.linked")
    else:
        now.say("people.joined", organisation=used.organisation.name(now.language))
