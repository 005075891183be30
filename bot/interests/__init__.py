"""What a member registers: products, codes and markets; kept, changed, ended, and found for a notification."""

from bot.interests.store import (
    ENDED,
    LISTS,
    Asking,
    Interest,
    Registration,
    Wanted,
    active,
    after,
    by_id,
    catch_up,
    change,
    concerned,
    end,
    is_behind,
    leave_out,
    matching_now,
    prepare_open,
    refine,
    register,
    set_frequency,
    take_back,
    that_brought,
)

__all__ = [
    "ENDED", "LISTS", "Asking", "Interest", "Registration", "Wanted", "active", "after", "by_id", "catch_up", "change",
    "concerned", "end", "is_behind", "leave_out", "matching_now", "prepare_open", "refine", "register", "set_frequency",
    "take_back", "that_brought",
]  # fmt: skip
