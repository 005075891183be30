"""How people say "later", "not notified", "the last alert", "change the product to ...", and why they do not answer."""

import re
from dataclasses import dataclass

from bot.feedback.said import CORE, Refusal
from nlu.edits import EditKind, edit

LATER = re.compile(
    r"^\W*(?:我|这个|先)*(?:以后|回头|晚点|晚些|之后|改天|过后|等会儿?|待会儿?|明天|下次|有空|过几天|过一会儿?)"
    r"(?:再|时)?(?:说|填|弄|写|来|回答|补充?|继续)?(?:吧|了|哦|啊)?\W*$|^\W*(?:先)?(?:保存|存一?下|存着)(?:吧|草稿)?\W*$"
    r"|^\W*(?:maybe |ok(?:ay)?,? |i(?:'ll| will) (?:do|finish|fill|continue|answer) (?:it|this|that|the rest) )?"
    r"(?:later|another time|some other time|tomorrow|not now|next time|next week)(?: please| on| maybe)?\W*$"
    r"|^\W*(?:save (?:it|this|the draft)?(?: for later)?|finish (?:it )?later)\W*$",
    re.IGNORECASE,
)
ENOUGH = re.compile(
    r"^\W*(?:就)?(?:这些|这样|到此为止|够了|不用了|不补充了?|没有了|结束|完成|好了)(?:吧|了)?\W*$"
    r"|^\W*(?:that'?s (?:all|it|enough)|enough|done|finish(?:ed)?|no more|end)(?: thanks| thank you| for now)?\W*$",
    re.IGNORECASE,
)
UNNOTIFIED = re.compile(
    r"未(?:经|曾)?(?:向\S{0,4})?通报|没(?:有)?(?:被|人|向\S{0,4})?通报|不是通报|无通报|查不到通报|找不到通报"
    r"|\bun-?notified\b|\bnot (?:been )?notified\b|\bno (?:such )?notification\b|\bnever notified\b"
    r"|\bwithout (?:a |any )?notification\b|\bnobody notified\b",
    re.IGNORECASE,
)
LAST_ALERT = re.compile(
    r"刚才|刚刚|刚收到|上[一面]?[条个份]|最近(?:的|那|这|一)|最新的?[一那]?[条个份]|最后[一那]?[条个份]|[这那][条个份](?:提醒|通报)"
    r"|\b(?:the )?(?:last|latest|newest|most recent|previous|that|this) (?:alert|one|notification|warning|message)\b"
    r"|\bjust (?:got|received|sent)\b",
    re.IGNORECASE,
)
NO_PRODUCT = re.compile(
    r"^\W*(?:没有?|不针对|不限)(?:具体|特定|专门|某)|^\W*no (?:particular|specific|single) ", re.IGNORECASE
)  # it concerns all or none of them
REACHED_AT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<!\d)\+?\d[\d -]{6,16}\d(?!\d)")  # an e-mail address or a phone number
WRONG = re.compile(
    r"不对|有误|错了|改一?[下改]|修改|更正|要改|想改|重[填写]"
    r"|\b(?:wrong|incorrect|change|correct|edit|not right|redo|fix)\b",
    re.IGNORECASE,
)
START = re.compile(
    r"^\W*(?:我?(?:们)?(?:要|想)?(?:给|提交|填写?|做|写)?(?:个|一下|一个)?(?:影响)?反馈(?:一下)?|继续(?:反馈|填写?)?"
    r"|(?:i(?:'d| would)? (?:like|want) to )?(?:give|leave|submit|fill in|continue)?(?: my| the| some)? ?feedback"
    r"|continue)\W*$",
    re.IGNORECASE,
)
NOT_AFFECTED = re.compile(
    r"^\W*(?:我们?(?:公司|厂)?)?(?:完全|基本)?(?:不受影响|没有?(?:什么)?影响|无影响|没受影响|不影响(?:我们)?)(?:的|了|吧)?\W*$"
    r"|^\W*(?:we(?:'re| are)? |it(?:'s| is| does)? |this (?:one )?(?:is|does) )?(?:not affected|unaffected|no impact"
    r"|not affect(?:ing)? us|no effect(?: on us)?)(?: at all| by (?:it|this|that))?\W*$",
    re.IGNORECASE,
)
UNSURE_AFFECTED = re.compile(
    r"^\W*(?:还)?(?:不确定|不知道|不清楚|说不准)(?:是否|有没有|会不会|受不受)(?:受)?(?:到)?影响\W*$"
    r"|^\W*(?:i |we )?(?:don'?t|do not) know (?:if|whether) (?:we are|it|we're|this)\b.{0,24}$"
    r"|^\W*not sure (?:if|whether) (?:we are|we're|it)\b.{0,24}$",
    re.IGNORECASE,
)
AFFECTED = re.compile(
    r"^\W*(?:我们?(?:公司|厂)?)?(?:会|有|是)?(?:受影响|受到影响|有影响)(?:的|了)?\W*$"
    r"|^\W*(?:yes,? )?(?:we(?:'re| are)? |it )?(?:affected|affects us)\W*$",
    re.IGNORECASE,
)

_UNKNOWN = re.compile(
    r"不(?:太|大|是很)?(?:知道|清楚|了解|确定|晓得|详|好说)|说不[好准清]|没(?:统计|算|数|概念)|未知|没有统计"
    r"|\b(?:know|sure|idea|clue|unknown|unsure)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"^\W*(?:暂时|目前|现在|还|也|都|啥|什么)*(?:没有?|无|暂无|没了|没啥|没什么|不适用|不需要|不用了?|不必)"
    r"|^\W*(?:none|nothing|no|nope|n/?a|not applicable|no comments?)\b",
    re.IGNORECASE,
)
_FIELDS = {
    "notification": r"通报号?|notification|symbol",
    "product": r"产品(?:名称?)?|商品|货物|products?|goods",
    "export_value": r"出口额|出口金额|出口值|出口|export values?|exports?|export",
    "estimated_loss": r"(?:预计|估计)?损失(?:额|金额)?|(?:estimated |expected )?loss(?:es)?",
    "extra_cost": r"(?:新增|额外|增加的?)?(?:成本|费用)|(?:extra |additional |added )?costs?",
    "measures_taken": r"(?:应对|已采取的?)?措施|(?:the )?measures?(?: taken)?|steps",
    "comment": r"(?:评议)?意见|评论|建议|comments?|opinion",
    "help_needed": r"(?:需要的?)?(?:帮助|支持|协助)|help(?: needed)?|support",
    "contact": r"联系(?:人|方式|电话)|电话|手机号?|邮箱|contact(?: person| details)?|phone(?: number)?|e-?mail",
}
_NAME = "|".join(f"(?P<{slot}>{words})" for slot, words in _FIELDS.items())
_LEAD = (
    r"^\W*(?:不对|不是|错了|等等|等一下|抱歉|更正|请|麻烦|no|sorry|wait|actually|correction|oops|well|please)?"
    r"[\s,，。.:：!！]*"
)
_OF = r"(?:the|my|our|把|将|上面的?|前面的?|刚才的?)?\s*"
_CORRECTIONS = (
    re.compile(
        rf"{_LEAD}{_OF}(?:{_NAME})\s*(?:那[里项]|这项|填?写?)?\s*(?:应该|要|请|我想)?(?:改成|改为|改到|更正为|换成|应该?是|应为|变成"
        rf"|(?:不对|有误|写?填?说?错了?)[,，\s]*(?:应该)?[是为改成]*)\s*[:：]?\s*(?P<rest>.*)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"^\W*(?:不对|不是|错了|说错了|更正|no|sorry|wait|actually|correction|oops)[\s,，。.:：!！-]+{_OF}(?:{_NAME})\s*"
        rf"(?:是|为|is|was|are|were|should be|[:：=])\s*(?P<rest>.*)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"{_LEAD}(?:can you |could you |i(?:'d like| want) to )?(?:change|correct|set|update|make|fix|replace)\s+{_OF}"
        rf"(?:{_NAME})(?:\s*(?:to|into|with|=|:|as)\s*(?P<rest>.*)|\s*)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"{_LEAD}{_OF}(?:{_NAME})\s+(?:should be|must be|has to be|needs to be|is wrong,?(?: it(?:'s| is))?)"
        rf"\s*(?P<rest>.*)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"{_LEAD}(?:我?要?想?)?(?:修改|更正|改一?下|改|重[填写])\s*{_OF}(?:{_NAME})\s*[:：]?\s*(?P<rest>)$",
        re.IGNORECASE | re.DOTALL,
    ),
)
_STATED = re.compile(rf"^\W*{_OF}(?:{_NAME})\s*(?:是|为|is|[:：=])\s*(?P<rest>.+)$", re.IGNORECASE | re.DOTALL)
LONGEST_CORRECTION = 160  # characters; what is longer is an answer that happens to use such words


@dataclass(frozen=True, slots=True)
class Correction:
    """ "The export value should be 2 million": the slot and what is to stand there ("" = ask again)."""

    slot: str
    rest: str
    by_name: bool = True


def correction(text: str, *, at_review: bool = False) -> Correction | None:
    """An earlier answer that the message changes by name. At the review page "contact: Li" is one too."""
    if len(text) > LONGEST_CORRECTION:
        return None
    patterns = (*_CORRECTIONS, _STATED) if at_review else _CORRECTIONS
    for match in filter(None, (pattern.match(text) for pattern in patterns)):
        return Correction(_slot(match), (match["rest"] or "").strip(" \t,，。.!！"))
    return None


def _slot(match: re.Match[str]) -> str:
    return next(slot for slot in CORE if match[slot])


def refusal(text: str) -> Refusal | None:
    """Why the message gives no answer, if that is what it says."""
    if edit(text).kind is not EditKind.DECLINE:
        return None
    if _UNKNOWN.search(text):
        return Refusal.UNKNOWN
    return Refusal.NONE if _NONE.search(text) else Refusal.DECLINED
