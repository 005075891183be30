"""Which notification concerns which interest, and why (pure)."""

from bot.matching.files import match_files
from bot.matching.index import Index
from bot.matching.lesson import Wrong, lesson
from bot.matching.maybe import maybe
from bot.matching.notice import Notice, notice
from bot.matching.profile import Profile, profile
from bot.matching.rules import Band, Match, Miss, Reason, ReasonKind, match, miss
from bot.matching.wording import reason_text

__all__ = [
    "Band", "Index", "Match", "Miss", "Notice", "Profile", "Reason", "ReasonKind", "Wrong", "lesson", "match",
    "match_files", "maybe", "miss", "notice", "profile", "reason_text",
]  # fmt: skip
