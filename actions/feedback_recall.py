"""Feedback that begins under a recall or refusal abroad: what it is about is known."""

from sqlalchemy import Connection

from actions.turn import Turn
from bot import recalls
from bot.feedback import Filled
from bot.feedback.said import Refusal


def of_recall(tx: Connection, now: Turn, filled: Filled, recall_id: int) -> None:
    """A measure that nobody notified to the WTO, about the goods of the member that it was told for."""
    one = recalls.by_id(tx, recall_id)
    if one is None:
        return
    filled.refuse("notification", Refusal.UNNOTIFIED)
    told = recalls.line(one, texts=now.services.texts, language=now.language, today=now.today).lstrip("· ")
    filled.subject = now.said("recall.subject", number=recalls.number(one.id), line=told)
    if product := recalls.product_of(tx, now.member_id, recall_id):
        filled.take("product", product, told=True)
