"""How a registration is filled in (pure): what a message does to products, HS codes, markets and the confirmation."""

from bot.registration.fill import LISTS, ORDER, fill, offered
from bot.registration.said import DECLINED, Change, Done, Filled, Note, Said, stated
from bot.registration.words import named_products, suggested_codes

__all__ = [
    "DECLINED",
    "LISTS",
    "ORDER",
    "Change",
    "Done",
    "Filled",
    "Note",
    "Said",
    "fill",
    "named_products",
    "offered",
    "stated",
    "suggested_codes",
]
