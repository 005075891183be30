"""The centre's draft comment on a notification: ten blocks from what enterprises allowed to be used."""

from bot.comments.drafting import BLOCKS, Blocks, consenting, draft
from bot.comments.store import DraftComment, approve, edit, keep, of_survey

__all__ = ["BLOCKS", "Blocks", "DraftComment", "approve", "consenting", "draft", "edit", "keep", "of_survey"]
