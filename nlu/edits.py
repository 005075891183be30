"""What a message does to an answer already given: add to it, replace it, take something away, decline, go back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from nlu.normalize import Folded, fold


class EditKind(StrEnum):
    """The effect of a message on the answer that the form holds."""

    PLAIN = "plain"
    APPEND = "append"
    REPLACE = "replace"
    REMOVE = "remove"
    DECLINE = "decline"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Edit:
    """The effect, and the text without the edit words (as the user wrote it)."""

    kind: EditKind
    rest: str


_POLITE_ZH = r"(?:(?:嗯|呃|额|啊|哦|那|好的?|你好|麻烦|请|帮我|我想|我要|我)\s*[,，]?\s*)*"
_POLITE_EN = (
    r"(?:(?:um|uh|er|well|oh|hi|ok|okay|please|pls|sorry|actually|hmm|i'd like to|i want to|can you|could you|let's|"
    r"let me)\s*,?\s+)*"
)
_END = r"\s*(?:吧|了|啊|呢|哈|哦|呀|谢谢|please|pls|thanks|thank you)*\s*[.。!~]*\s*$"


Patterns = tuple[re.Pattern[str], ...]


def _compile(*patterns: str) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


# Whole messages only: a real answer such as "我们没有检测设备" or "we don't know the supplier" must not match.
_DECLINE = _compile(
    rf"{_POLITE_ZH}(?:先)?(?:跳过|略过|略|忽略)(?:这个问题|这一?[步题项个]|该项|它|不填)?{_END}",
    rf"(?!.*[填弄做搞写]了){_POLITE_ZH}(?:不想|不方便|不便|不愿意?|不能|无法|没法|拒绝)(?:说|讲|透露|提供|回答|"
    rf"告诉你?们?|填写?|公开|答|披露|估计|估算|统计)?(?:这个|这项|具体)?{_END}",
    rf"{_POLITE_ZH}(?:这个?)?(?:暂时|目前|现在|还|真|也|都|我们)*(?:不知道|不清楚|不太清楚|不了解|不确定|不好说|"
    rf"说不好|说不准|没概念|不晓得|不详|未知|没数|没统计过?|没有统计过?|没算过?|说不清楚?)(?:具体(?:数字|金额|"
    rf"数)?)?{_END}",
    rf"{_POLITE_ZH}(?:这个?)?(?:暂时|目前|现在|还|也|都|啥|什么)*(?:没有|没|无|不|没啥|没什么|暂无|空着?|不填|"
    rf"不用填?|不需要|不必|不用了|没了|无所谓|都行|没有了|不适用)(?:什么|别的|其他)?(?:意见|想法|补充|要补充的?|"
    rf"要说的|其他的?|需要|数据|信息|这个|税号|编码)?(?:可说|可填|好说)?(?:的)?{_END}",
    rf"{_POLITE_ZH}(?:保密|商业秘密|商业机密|商业机密不便透露|下一[题步个项]|以后再说|回头再说|晚点再说|"
    rf"之后再填){_END}",
    rf"{_POLITE_EN}(?:skip|pass|next|next question|leave (?:it|this|that) (?:blank|empty|out)|ignore (?:it|this|"
    rf"that))(?:\s+(?:it|this|that|this one|this question|that one|the question|for now|question))*{_END}",
    rf"{_POLITE_EN}(?:no|nope|none|nothing|n/?a|not applicable|no idea|no clue|nothing to add|no comments?|not sure|"
    rf"unsure|unknown|no answer)(?:\s+(?:yet|so far|at the moment|for now|really|to add|else))*{_END}",
    rf"{_POLITE_EN}(?:i|we)?\s*(?:really\s+|honestly\s+)?(?:don'?t|do not|dont)\s+(?:really\s+)?(?:know|have (?:any|"
    rf"one|it|that|this|an? idea|a code|the code)|have|remember|want to (?:say|answer|tell|share|"
    rf"disclose))(?:\s+(?:it|that|this|yet|exactly|the code|right now|for now|at the moment|you))*{_END}",
    rf"{_POLITE_EN}(?:(?:i|we|i'd|we'd)\s+)?(?:(?:would\s+)?(?:prefer|rather)\s+not(?:\s+to)?|rather not|can'?t|"
    rf"cannot|can not|won'?t|decline to|refuse to)(?:\s+(?:say|tell|answer|share|disclose|that|this|it|you|"
    rf"estimate))*{_END}",
    rf"{_POLITE_EN}(?:that'?s |it'?s |this is )?(?:confidential|private|secret|a trade secret|none of your "
    rf"business){_END}",
)
_BACK = _compile(
    rf"{_POLITE_ZH}(?:返回|回到|退回|回|退)(?:到)?(?:上一?[步题个项]|前一?[步题个项]|前面|刚才(?:那步|那个)?|"
    rf"上一个问题)(?:去)?{_END}",
    rf"{_POLITE_ZH}(?:上一[步题个项]|前一[步题个项]|上一个问题|回退|后退|退后|往回退?|改上一[题个项步]){_END}",
    rf"{_POLITE_EN}(?:go |take me |step |move )?back(?:\s+(?:one|a|a step|one step|one question|please|to the "
    rf"(?:previous|last)(?: one| question| step)?))*{_END}",
    rf"{_POLITE_EN}(?:the )?(?:previous|last) (?:question|step|one){_END}",
    rf"{_POLITE_EN}(?:undo|/back)(?:\s+(?:that|it))?{_END}",
)
_APPEND = _compile(
    rf"^{_POLITE_ZH}(?:另外|此外)?\s*[,，]?\s*(?:还有|另外|再加上?|再来|加上|另加|此外还有|此外|以及|也(?:要|包括|"
    rf"加上?|关注|出口|做)|还(?:要|包括|做|出口|想加|想要|加|卖)|补充(?:一个|一下)?(?!了)|增加(?!了)|添加(?!了)|"
    rf"加(?:一个|个))\s*(?:一?[个下])?\s*[:：,，]?\s*(?=\S)",
    rf"^{_POLITE_EN}(?:and also|also add|also|plus|add|and|as well as|in addition|additionally|include|"
    rf"including)\s+(?:to\s+|for\s+|add\s+|include\s+)?(?=\S)",
)
_APPEND_TAIL = _compile(
    r"(?:也要|也加上?|也算上?|也有|也做|也关注|也包括)(?:吧|了|上)?\s*[.。!]*$",
    r",?\s+(?:too|as well|also)\s*[.!]*$",
)
_REPLACE = _compile(
    rf"^{_POLITE_ZH}(?:不是|不对|错了|说错了|弄错了|搞错了|写错了|打错了|不|更正一?下?|纠正一?下?)\s*[,"
    rf"，。;；!！、:]\s*(?:我说错了\s*[,，]\s*)?(?:是|应该是|应该?|我(?:说|指|要)的?是|改成|改为|换成|要的是|"
    rf"而是)?\s*(?=\S)",
    rf"^{_POLITE_ZH}(?:应该是|我(?:说|指|要|想要)的是|(?:不是这个\s*[,，]?\s*)?(?:改成|改为|换成|修改为|更正为|变成|"
    rf"更改为)|把(?:它|这个)(?:改成|换成|改为))\s*[:：]?\s*(?=\S)",
    rf"^{_POLITE_EN}(?:no|nope|wrong|not that|that'?s wrong|that is wrong|correction|i was wrong|my mistake|"
    rf"oops)\s*[,.;:!-]+\s*(?:sorry\s*,?\s*)?(?:i\s+(?:meant?|want(?:ed)?|said)\s+|it'?s\s+|it should be\s+|make "
    rf"(?:it|that)\s+|change (?:it|that) to\s+|only\s+|just\s+)?(?=\S)",
    rf"^{_POLITE_EN}(?:no\s+)?(?:i\s+(?:actually\s+)?mean[t]?|make (?:it|that)|change (?:it|that|this) to|replace "
    rf"(?:it|that|this) (?:with|by)|it should be|it should say|correct (?:it|that) to|switch (?:it )?to|"
    rf"rather)\s*:?\s+(?=\S)",
)
_REPLACE_PAIR = _compile(
    rf"^{_POLITE_ZH}(?:不是|不要)\s*[^,，。]{{1,20}}[,，]\s*(?:而?是|要|应该是|改成|换成)\s*(?=\S)",
    rf"^{_POLITE_ZH}(?:把|将)\s*[^,，。]{{1,20}}(?:改成|换成|改为|替换成|更正为)\s*(?=\S)",
    rf"^{_POLITE_EN}(?:not|no)\s+[^,]{{1,30}},\s*(?:but\s+)?(?=\S)",
    rf"^{_POLITE_EN}(?:change|replace|swap)\s+[^,]{{1,30}}?\s+(?:to|with|for|by)\s+(?=\S)",
)
_REPLACE_TAIL = _compile(r"\s+instead(?:\s+please)?\s*[.!]*$")
_REMOVE = _compile(
    rf"^{_POLITE_ZH}(?:把|将)?\s*(?:去掉|删掉|删除|删了|去除|移除|拿掉|不要|不包括|除掉|取消掉?|减去|不关注|不用|"
    rf"不需要|不含)\s*[:：]?\s*(?=[^了吧啊,，。]\S*)",
    rf"^{_POLITE_EN}(?:remove|delete|drop|take out|take off|exclude|without|except|not|no|get rid of|leave out|"
    rf"don'?t include|minus)\s+(?:the\s+)?(?=\S)",
)
_REMOVE_TAIL = _compile(
    r"(?:去掉|删掉|删除|删了|不要|不要了|拿掉|移除|除外|取消)(?:吧|了|它)?\s*[.。!]*$",
)
_LEADING_BA = re.compile(r"^(?:请?(?:把|将))\s*")
_MAX_REMOVE = 40
_MAX_WHOLE = 80
# "no labels on our products" or "不要求第三方检测" is an answer in words, not an edit of a list
_REMOVE_BLOCKED = re.compile(
    r"^(?:no|not|without|except)\s+(?:need|longer|problem|one|idea|yet|much|many|very|really|too|more|only|at|so|"
    r"sure|affected|any|big|significant|significantly|"
    r"testing|tests?|reports?|certific\w*|labels?|impact|change|losses|loss|measures?|extra|additional|[a-z]+ing\b)|"
    r"不要求|不用担心|不需要(?:额外|检测|认证|改)|不要紧|取消(?:订单|了)|no,|not,"
)


def edit(text: str) -> Edit:
    """What the message does. Anything that is not clearly an edit is PLAIN, with the whole text as the rest."""
    known = fold(text)
    folded = known.text
    if len(folded.strip()) <= _MAX_WHOLE:
        for kind, patterns in ((EditKind.BACK, _BACK), (EditKind.DECLINE, _DECLINE)):
            if any(pattern.fullmatch(folded.strip()) for pattern in patterns):
                return Edit(kind, "")
    return _partial(text, known) or Edit(EditKind.PLAIN, text)


def _partial(text: str, known: Folded) -> Edit | None:
    folded = known.text
    for kind, heads, tails in (
        (EditKind.REPLACE, (*_REPLACE_PAIR, *_REPLACE), _REPLACE_TAIL),
        (EditKind.REMOVE, _REMOVE, _REMOVE_TAIL),
        (EditKind.APPEND, _APPEND, _APPEND_TAIL),
    ):
        if kind is EditKind.REMOVE and (len(folded) > _MAX_REMOVE or _REMOVE_BLOCKED.match(folded)):
            continue
        rest = _rest(text, known, heads, tails)
        if rest:
            return Edit(kind, rest)
    return None


def _rest(text: str, known: Folded, heads: Patterns, tails: Patterns) -> str | None:
    for pattern in heads:
        if (match := pattern.match(known.text)) and match.end() < len(known.text):
            return text[known.span(match.end(), match.end() + 1)[0] :].strip()
    for pattern in tails:
        if (match := pattern.search(known.text)) and match.start() > 0:
            rest = text[: known.span(match.start(), match.start() + 1)[0]]
            return _LEADING_BA.sub("", rest).strip()
    return None
