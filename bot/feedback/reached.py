"""Which of the member's own feedbacks a sentence means (pure): by number, else the only one, else it is not clear."""

import re
from collections.abc import Sequence

from bot.feedback.store import Feedback

NUMBER = re.compile(r"(?<![a-z])F-?\s?0*(\d{1,9})(?!\d)", re.IGNORECASE)
LATEST = re.compile(
    r"刚才|刚刚|上次|上一[份个条]|最近|昨天|\b(?:last|latest|just|newest|yesterday|previous)\b", re.IGNORECASE
)


def numbers(text: str) -> list[int]:
    """The receipt numbers of the text: F-000123, f123."""
    return [int(found[1]) for found in NUMBER.finditer(text)]


def without_number(text: str) -> str:
    """The text without receipt numbers and the words that tie them in: "in F-000123", "把F-000123的"."""
    return re.sub(
        rf"(?:把|将|对|给|\b(?:in|of|for|on)\b)?\s*(?:反馈|feedback|回执|receipt)?\s*{NUMBER.pattern}\s*(?:的|里的?)?",
        " ",
        text,
        flags=re.IGNORECASE,
    )


def meant(own: Sequence[Feedback], text: str, pressed: Sequence[int] = ()) -> Feedback | None:
    """`own`: newest first. `pressed`: what a button names."""
    wanted = [*pressed, *numbers(text)]
    if wanted:
        return next((one for one in own if one.id in wanted), None)
    return own[0] if len(own) == 1 or (own and LATEST.search(text)) else None
