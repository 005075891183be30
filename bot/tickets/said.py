"""What a message about a ticket wants (pure), after its number was taken off."""

import re
from enum import StrEnum


class Meant(StrEnum):
    """The values are what buttons say, too."""

    HELPED = "helped"
    NOT_HELPED = "not_helped"
    MORE = "more"
    TAKE = "take"
    CLOSE = "close"
    REOPEN = "reopen"
    STATUS = "status"
    TEXT = "text"  # a follow-up in the message itself


SHORT = 24  # characters: a longer message is a follow-up, whatever words are in it
_WORDS: tuple[tuple[Meant, str], ...] = (
    (Meant.NOT_HELPED, r"没(?:有)?(?:解决|帮|用|搞定|弄清)|不满意|没什么用|不管用|还是不(?:懂|清楚|明白)|"
        r"\b(?:did(?:n't| not) help|"
        r"not? (?:helpful|solved|useful)|unsolved|useless|not satisfied)\b"),
    (Meant.REOPEN, r"重开|重新打开|再打开|重新处理|\b(?:reopen|open (?:it )?again)\b"),
    (Meant.CLOSE, r"关闭|了结|结束|不用(?:答|回|管|处理)?了|取消|撤销|\b(?:close|cancel|never mind|no longer need|"
        r"forget)\b"),
    (Meant.HELPED, r"解决了|已解决|有(?:帮助|用)|帮(?:上|到)|搞定|满意|清楚了|明白了|\b(?:helped|solved|resolved|"
        r"settled|useful|"
        r"satisfied|helpful)\b"),
    (Meant.TAKE, r"我来(?:处理|答|回)|接(?:单|下|手)|\b(?:i(?:'ll| will) take|take it|i take|mine)\b"),
    (Meant.MORE, r"^(?:想|我想|我要|要)?(?:继续)?(?:追问|补充|再问|接着问)(?:一下|个问题)?\W*$|"
        r"还有(?:个)?问题\W*$|^(?:i )?(?:want to |"
        r"would like to )?(?:ask|add)(?: (?:some(?:thing)?|a little))?(?: more| again)\W*$|more question"),
    (Meant.STATUS, r"怎么样|怎样|如何了|进度|状态|进展|答复了[吗没]|有(?:没有)?(?:答复|回复|结果|消息|人)|"
        r"什么时候|多久|到哪|\b(?:status|how is|how far|"
        r"any (?:news|answer|reply|progress)|when|answered yet|progress)\b"),
)  # fmt: skip
WORDS = tuple((what, re.compile(words, re.IGNORECASE)) for what, words in _WORDS)


def meant(text: str) -> Meant:
    """What the rest of the message wants; nothing at all asks how the ticket stands."""
    plain = text.strip(" \t\n,，。.!！?？:：")
    if not plain:
        return Meant.STATUS
    short = len(plain) <= (SHORT if not plain.isascii() else 2 * SHORT)
    found = next((what for what, words in WORDS if words.search(plain)), None) if short else None
    return found or Meant.TEXT
