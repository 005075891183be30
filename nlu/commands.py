"""Messages that name a notice (N-12) or a ticket (T-12), two short commands of staff, an address: no classifier asked.

What such a message is about can be anything, so words that would mislead a classifier do no harm here.
"""

from __future__ import annotations

import re

# "N-95 masks" and "T-8 tubes" are goods.
NOTICE = re.compile(r"(?<![a-z0-9])n\s?[-–—]\s?\d{1,9}(?![\d/])(?!\s*(?:口罩|面罩|型|mask|respirator))", re.IGNORECASE)
TICKET = re.compile(
    r"(?<![a-z0-9])t\s?[-–—]\s?\d{1,9}(?![\d/])(?!\s*(?:灯|管|荧光|型|led|lamp|tube|fluor|light|bulb|shirt))",
    re.IGNORECASE,
)
MAIL_LONGEST = 240
NEAR = 40  # characters before the number: further on it is only mentioned
_WORDS = {  # in this order
    "decide_notice": r"^\W*(?:我)?(?:不?同意|批准|通过|退回|驳回|不批|拒绝|approve|agree|reject|refuse|"
    r"send(?:ing)? back|return|"
    r"decline)",
    "cancel_notice": r"取消|停止|停发|撤回|撤销|撤掉|别发|不要发|中止|\b(?:stop|cancel|recall|withdraw|abort|"
    r"don'?t send)\b",
    "remind_notice": r"提醒|催|再发|补发|\b(?:remind|nudge|again to)\b",
    "mute_notices": r"不再接收|不想收|不要再发|退订|\bunsubscribe\b|no more",
    "broadcast_notice": r"继续|接着|修改|编辑|改一下|\b(?:go on|continue|edit|change|resume)\b",
    "acknowledge_notice": r"已阅|确认|收到|\b(?:confirm|i (?:have )?read|acknowledge|received)\b",
}
_NOTICES = {name: re.compile(words, re.IGNORECASE) for name, words in _WORDS.items()}
_STOP = re.compile(
    r"^\W*(?:请|马上|立即|快)?(?:停止|取消|停掉|撤回|中止|停)(?:发送|推送|群发)?(?:这[则条个]|刚才的|那[则条个]|"
    r"上一[则条])?(?:公告|通知)(?:的?(?:发送|推送))?\W*$"
    r"|^\W*(?:please )?(?:stop|cancel|recall|withdraw)(?: sending)? (?:the|that|this|my|"
    r"our)? ?(?:last )?(?:notice|announcement)\W*$",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"^\W*(?:请)?(?:连接|绑定|接入|断开|解除连接|取消连接)(?:本|这个|此|该)群(?:组|聊)?\W*$"
    r"|^\W*(?:请)?(?:把)?(?:本|这个)群(?:连上|连接上|绑定|断开)\W*$"
    r"|^\W*(?:please )?(?:dis)?connect (?:this|the|our) (?:group|chat|group chat)\W*$",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\W*(?:回复|答复|回答|解答|answer|reply(?: to)?|respond to)\s*(?:工单|ticket)?\W*t\s?[-–—]?\s?\d", re.IGNORECASE
)
_ABOUT = re.compile(
    r"^\W*(?:(?:关于|有关|针对|至于|我的|about|regarding|re|on|concerning|my)\W*)?(?:工单|问题|编号|ticket|"
    r"question)?\W*$",
    re.IGNORECASE,
)
_TICKET_WORDS = re.compile(
    r"关闭|了结|结束|重开|重新打开|打开|追问|补充|状态|进度|怎么样|解决|没用|有用|帮|取消|备注|接|"
    r"\b(?:close|reopen|open|status|add|more|helped|solved|settled|take|note|cancel|what about|how)\b",
    re.IGNORECASE,
)
# An address by itself, or said to be one's own: alerts are wanted there.
_MAIL = re.compile(
    r"^\W*(?:(?:这是|我们?的?|以后|请|新的?|换成|改成|改为|用|发到|发给|发|my|our|the|new|here is|here's|it is|it's|"
    r"please|use|send(?: it)? to)\s*)*(?:电子)?(?:邮箱|邮件|信箱|e-?mail)?\s*(?:地址|address)?\s*(?:改|换)?"
    r"(?:是|为|成|[:：]|is)?\s*"
    r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+\W*$",
    re.IGNORECASE,
)
ACKNOWLEDGING = "acknowledge_notice"


def intent_of(text: str) -> str | None:
    """The intent of such a message, None for every other."""
    if len(text) > 6000 or text.startswith("/"):
        return None
    if _STOP.match(text):
        return "cancel_notice"
    if _GROUP.match(text):
        return "connect_group"
    if _ANSWER.match(text):
        return "answer_ticket"
    if "@" in text and len(text) < MAIL_LONGEST and _MAIL.match(text):
        return "link_account"
    return _of_ticket(text) or _of_notice(text)


def _of_ticket(text: str) -> str | None:
    found = TICKET.search(text[: NEAR + 16])
    if found is None:
        return None
    before = text[: found.start()]
    whole = _ABOUT.match(before) is not None
    return "about_ticket" if whole or (len(text) < 2 * NEAR and _TICKET_WORDS.search(text)) else None


def _of_notice(text: str) -> str | None:
    found = NOTICE.search(text[: NEAR + 16])
    if found is None:
        return None
    for name, words in _NOTICES.items():
        if words.search(text[: found.start()] if name == "decide_notice" else text[: found.end() + NEAR]):
            return name
    return "show_notice" if len(text) < 2 * NEAR else None
