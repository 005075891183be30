"""What a running form makes of a message: the answer to its question, or another task that interrupts it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.classifier import OUTSIDE, IntentScore
from nlu.edits import EditKind, edit
from nlu.entities import Entity

CONFIRM = "confirm"
FORM_INTENTS = {
    "subscribe_form": "subscribe",
    "feedback_form": "give_feedback",
    "details_form": "give_feedback",
    "withdraw_form": "withdraw_feedback",
    "erase_form": "delete_my_data",
    "response_form": "ask_countermeasure",
    "notice_form": "broadcast_notice",
    "ticket_form": "about_ticket",
}
_FORM_STARTS = frozenset({"give_feedback", "subscribe"})  # "feedback", said in the middle of something else
_LIST_SLOTS = frozenset({"product", "hs_code", "market"})
_FIGURE_SLOTS = frozenset({"hs_code", "export_value", "estimated_loss", "extra_cost"})
# Answers in one's own words: nearly anything may be one, also a question or a wish.
_FREE_SLOTS = frozenset(
    {"measures_taken", "comment", "help_needed", "contact", "reason", "clause", "wanted_outcome", "name"}
    | {"notice_text", "notice_other", "ticket_more"}
)
_CONTROL = frozenset({"stop", "restart", "go_back", "help", "contact_expert", "set_language", "resume"})
_OWN_ANSWERS = frozenset({"list_feedback", "withdraw_feedback", "withdraw_consent"})  # "my feedback"
_ASKING = frozenset({
    "ask_question", "ask_countermeasure", "ask_case", "help", "search_notifications", "show_notification",
    "list_subscriptions", "contact_expert", "out_of_scope", "set_language", "show_again", "link_account", "export_data",
    "more", "pause_alerts", "enrol", "survey_progress", "calendar_file",
})  # fmt: skip
# Tasks of their own that no answer to a question for a code, a country or a sum sounds like
_ELSEWHERE = frozenset({
    "ask_case", "ask_countermeasure", "ask_question", "delete_my_data", "export_data", "link_account", "list_feedback",
    "list_subscriptions", "pause_alerts", "search_notifications", "set_digest", "set_language", "show_again",
    "survey_progress", "unsubscribe", "withdraw_consent", "mute_notices", "amend_feedback", "withdraw_feedback",
})  # fmt: skip
# Where any words may be the answer ("mobile crane" is no address), these say that we are meant
_OF_US = re.compile(
    r"我的|发.{0,4}给我|邮箱|邮件|微信|钉钉|飞书|短信|提醒|推送|通知我|(?<![a-z])(?:my|me|e-?mails?|alerts?|notify)(?![a-z])"
)
_ABOUT_IT = re.compile(
    r"编码|税号|归类|市场|国家|产品|商品|[查找]|(?<![a-z])(?:codes?|hs|find|look|check|know|markets?|countr(?:y|ies)|products?|goods)(?![a-z])"
)
_QUESTION = re.compile(
    r"\w\W*\?\s*$|[吗么呢]\s*[?。!]?$|什么|怎么|如何|为什么|为何|多少|多久|几[天个项种]|哪|是否|能不能|可不可以|要不要|"
    r"有没有|区别|啥|谁|"
    r"^(?:\W*(?:and|but|so|by the way|btw|wait|hey|sorry|one question)\W+)*(?:what|how|why|when|which|who|where|is|"
    r"are|do|does|can|could|should|will|would|did|has|have)(?:'s|'re)?\s"
)
# Words without which nothing is a yes or a no: rows of letters and cries are neither.
_CLEAR = {
    "affirm": re.compile(
        r"是|对(?!不起|方|手|于|比)|(?<!不)好|行|可以|没错|没问题|没毛病|确认|确定|提交|同意|保存|嗯|要得|正确|无误|准确|办吧|照办|发吧|登记吧|当然|"
        r"(?<![a-z])(?:yes|yeah|yep|yup|ok|okay|sure|right|correct|confirm(?:ed)?|fine|good|great|go ahead|submit|"
        r"save|send|agreed?|perfect|do it|exactly|absolutely|certainly|definitely|indeed|true|please do|that's it|"
        r"alright|of course|register)(?![a-z])"
    ),
    "deny": re.compile(
        r"不(?!好意思|过|知道|清楚|懂|明白|太懂)|没|别|错|误|否|等|改|"
        r"(?<![a-z])(?:no|not|nope|nah|don't|dont|do not|wrong|incorrect|never|wait|hold|mistakes?|errors?|false|"
        r"isn't|change|disagree|negative|rather not|later)(?![a-z])"
    ),
}
_DOUBT = re.compile(r"\?|[吗么]\s*[。!]?$|(.)不\1|是不是")
_TASK = re.compile(
    r"^(?:(?:请|麻烦|帮我|帮忙|我想|我要|我们|我|能不能|可以|先|那|等等|等一下|顺便|给我|再)\s*[,，]?\s*)*(?:查|搜|"
    r"看看|看一下|显示|打开|列出|列一下|退订|取消订阅|取消关注|取消对|导出|下载|"
    r"删除我|注销|切换|换成|改用|用英|用中|转人工|转接|转|联系专家|找专家|找个专家|找人|订阅|关注|暂停|停止推送|"
    r"绑定|加入|恢复|解除静音|下一页|更多|还有|继续看|群发|退出|取消|停|算了|不填|不弄|不想填|不想弄|重新开始|重来|从头|继续|咨询)|"
    r"^(?:(?:please|pls|ok|well|wait|first|actually|can you|could you|i want to|i'd like to|i would like to|let me|"
    r"let's|just|hey|no)\s*,?\s+)*(?:show|search|find|list|open|look|"
    r"unsubscribe|cancel|stop|quit|exit|export|download|delete my|erase|switch|change the language|speak|talk|"
    r"connect|join|resume|unpause|unmute|turn|more|next page|subscribe|follow|pause|mute|link|"
    r"broadcast|restart|start over|start again|begin again|forget|"
    r"explain|"
    r"tell me)(?![a-z])"
)
# "加入玩具" and "更多国家" answer a question about goods or countries; these words say that another thing is meant
_PARTS = {
    "enrol": re.compile(
        r"公司|厂|协会|商会|企业|单位|机构|局|合作社|集团|会员|入会|入驻|码|(?<![a-z])(?:join|member|employee|staff|company|ltd|"
        r"association|chamber|code|organi[sz]ation)"
    ),
    "export_data": re.compile(
        r"导出|下载|表|文件|excel|csv|xlsx|(?<![a-z])(?:data|my|our|lists?|records?|download|file|"
        r"spreadsheet|table|exports? all)(?![a-z])|^export\W*$"
    ),
    "more": re.compile(r"^(?!.*(?:国家|市场|产品|编码|税号|countr|market|product|code))(?!还有[^吗么没别其更剩])"),
}
_SURE, _QUITE_SURE, _VERY_SURE, _SHORT = 0.55, 0.7, 0.85, 24
_ANY_SURE, _ALL_SURE = 0.4, 0.97  # where no answer looks like the message; where nearly anything may be one


def is_free(slot: str | None) -> bool:
    """Is the slot answered in one's own words?"""
    return slot in _FREE_SLOTS


def settle(
    ranking: Sequence[IntentScore], folded: str, entities: Sequence[Entity], *, form: str, slot: str, short: str | None
) -> IntentScore | None:
    """The intent that the form's situation dictates, or None when the ranking speaks for itself.

    `short` is the settled meaning of a whole short message, if it has one. A plain answer gets the form's own intent.
    """
    own = FORM_INTENTS.get(form, form.removesuffix("_form"))
    if slot == CONFIRM:
        return _at_confirm(ranking, folded, entities, own=own, short=short)
    if short in _CONTROL and edit(folded).kind is not EditKind.DECLINE:
        return None
    kind = edit(folded).kind
    if kind is EditKind.BACK:
        return IntentScore("go_back", 1.0)
    if short in _FORM_STARTS and short != own:
        return None
    if short in {"greet", "thanks", "goodbye", "affirm"} or (short == "more" and kind is EditKind.PLAIN):
        return None
    if kind is EditKind.DECLINE or not _interrupts(ranking[0], folded, entities, slot=slot, own=own):
        return IntentScore(own, 1.0)
    return None


def _at_confirm(
    ranking: Sequence[IntentScore], folded: str, entities: Sequence[Entity], *, own: str, short: str | None
) -> IntentScore | None:
    if short:
        return IntentScore(short, 1.0)
    best = ranking[0]
    if edit(folded).kind is not EditKind.PLAIN and entities:
        return IntentScore(own, 1.0)
    if best.name in _CLEAR:
        clear = best.confidence >= _SURE and _CLEAR[best.name].search(folded) and not _DOUBT.search(folded)
        return best if clear else IntentScore(own, 1.0)
    question = bool(_QUESTION.search(folded))
    if best.name in _CONTROL or (question and best.name in _ASKING) or _TASK.match(folded):
        return best if best.confidence >= _SURE else IntentScore(own, 1.0)
    return IntentScore(own, 1.0)


def _interrupts(best: IntentScore, folded: str, entities: Sequence[Entity], *, slot: str, own: str) -> bool:
    """Another task, said so: a question, a command to do something else, or a sure word to the bot itself."""
    if best.name == own:
        return False
    if slot in _LIST_SLOTS and _asks_something_else(best, folded, entities):
        return True
    if best.confidence < _SURE:
        return False
    task, question = bool(_TASK.match(folded)) and best.name != OUTSIDE, bool(_QUESTION.search(folded))
    if slot in _LIST_SLOTS:
        if _PARTS.get(best.name) and not _PARTS[best.name].search(folded):
            return False
        named = any(entity.entity in _LIST_SLOTS for entity in entities)
        to_bot = best.name in _CONTROL and not named and best.confidence >= _VERY_SURE
        return task or to_bot or (question and best.name in _ASKING) or _elsewhere(best, slot, folded, named=named)
    if slot == "contact" and question and best.name in _ASKING:
        return True
    if slot in _FREE_SLOTS:
        brief = len(folded) <= _SHORT or (folded.isascii() and len(folded) <= 2 * _SHORT)
        asks = question and best.name in {"ask_question", "help", "search_notifications"} and slot != "help_needed"
        speaks = best.name == "set_language" and brief  # "说英文" and "in English please" answer nothing
        return best.confidence >= _VERY_SURE and ((task and brief) or asks or speaks)
    if not entities and _elsewhere(best, slot, folded, named=False):
        return True
    enough = _QUITE_SURE if best.name in _OWN_ANSWERS else _VERY_SURE
    to_bot = best.name in _CONTROL | _OWN_ANSWERS and best.confidence >= enough
    return task or (question and best.name in _ASKING) or to_bot


def _elsewhere(best: IntentScore, slot: str, folded: str, *, named: bool) -> bool:
    """A task that names none of what is asked for; where any words may be the answer, it must be told us."""
    if named or best.name not in _ELSEWHERE:
        return False
    if slot in _FIGURE_SLOTS:
        return best.confidence >= _VERY_SURE
    return slot in _LIST_SLOTS and best.confidence >= _ALL_SURE and bool(_OF_US.search(folded))


def _asks_something_else(best: IntentScore, folded: str, entities: Sequence[Entity]) -> bool:
    """A question that names nothing and is not about what was asked for answers no question for a name or a code."""
    asks = best.name == "ask_question" and best.confidence >= _ANY_SURE and _QUESTION.search(folded)
    return bool(asks) and not entities and not re.search(r"\d", folded) and not _ABOUT_IT.search(folded)
