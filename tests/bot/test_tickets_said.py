"""What a message about a ticket wants, its number taken off."""

import pytest

from bot.tickets.said import Meant, meant

CASES = [
    ("", Meant.STATUS), ("怎么样了", Meant.STATUS), ("any news?", Meant.STATUS), ("解决了", Meant.HELPED),
    ("that helped", Meant.HELPED), ("没解决", Meant.NOT_HELPED), ("did not help", Meant.NOT_HELPED),
    ("不用回了", Meant.CLOSE), ("close it", Meant.CLOSE), ("重新打开", Meant.REOPEN), ("reopen", Meant.REOPEN),
    ("我来处理", Meant.TAKE), ("I will take it", Meant.TAKE), ("我想追问", Meant.MORE), ("还有问题", Meant.MORE),
    ("还有包装的要求也想问清楚", Meant.TEXT), ("and what does the packaging need?", Meant.TEXT),
    ("你们说的办法我们试过了，还是没有解决，客户坚持要重新检测一次，怎么办", Meant.TEXT),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what"), CASES, ids=[text or "nothing" for text, _ in CASES])
def test_what_is_wanted(text: str, what: Meant) -> None:
    assert meant(text) == what
