"""What a member registers: products, codes and markets; kept, changed, ended, and found for a notification."""

from bot.interests.store import (
    LISTS,
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
    matching_now,
    prepare_open,
    register,
    set_frequency,
)

__all__ = [
    "LISTS", "Interest", "Registration", "Wanted", "active", "after", "by_id", "catch_up", "change", "concerned", "end",
    "is_behind", "matching_now", "prepare_open", "register", "set_frequency",
]  # fmt: skip
