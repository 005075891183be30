"""Addresses as the administrator gives them: CHANNEL:ID, an e-mail address checked before anything is stored."""

import pytest

from bot import imports
from bot.errors import BadInput


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("web:abc", ("web", "abc")),
        ("telegram:-100:7", ("telegram", "-100:7")),
        ("email:Li.Hua@Example.com", ("email", "li.hua@example.com")),
    ],
)
def test_a_channel_and_where(text: str, found: tuple[str, str]) -> None:
    assert imports.address(text) == found


@pytest.mark.parametrize("text", ["email:li", "email:", "email:li@example.com\nBcc: x@y.com", "li@example.com", ":x"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        imports.address(text)
