"""Strings that break things elsewhere: in, stored, and out again as they were."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.channels.telegram import wording
from bot.db.models import inbox
from bot.messages import Recipient, Reply
from bot.ports import Rejected, Sent
from tests.fakes.telegram.markup import clean
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio

NAUGHTY = [
    "undefined", "null", "NaN", "1E+02", "0x0", "-1/0", "１２３", "٠١٢٣", ",./;'[]\\-=", "<>?:\"{}|_+", "!@#$%^&*()`~",
    "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい", "社會科學院語學研究所", "𠜎𠜱𠝹𠱓", "ثم نفس سقطت وبالتحديد،", "בְּרֵאשִׁית", "﷽",
    "\u202etest\u202e", "\u2066test\u2067", "Ṱ̺̺̕o͞ ̷i̲̬͇̪n̝̗͕v̟̜̘̦", "😍 👩🏽 👾 🙇 💁 🙅", "🇺🇸🇷🇺🇸", "👨‍👩‍👧‍👦", "ﾟ･✿ヾ╲(｡◕‿◕｡)╱✿･ﾟ",
    "<script>alert(1)</script>", "<b>bold</b> <i", "&lt;b&gt; &amp; &#60; &unknown; &", "</code></pre>",
    "<a href='x'>y</a>",
    "javascript:alert(1)", "'; DROP TABLE members; --", "1' OR '1'='1", "$(rm -rf /)", "`id`", "../../../etc/passwd",
    "%s %d {0} {language} {}", "{{7*7}} ${7*7}", "=1+1", "@SUM(A1)", "C:\\con\\con", "a\u200bb\u2060c\ufeffd",
    "a\u00adb",
    "line one\nline two\n\nline four", "tab\there", "/dev/null; touch x", "/", "//", "/{}", '/affirm{"', "/help@",
    "@", "#",
    "*_~`[]()", "\\*", "|| spoiler ||", "𝕋𝕙𝕖 𝕢𝕦𝕚𝕔𝕜", "Kelvin K Å ﬁ ß İ ı", "\U0010ffff", "a" * 4096, "壁" * 4096,
]  # fmt: skip


async def test_in_and_stored_unchanged(polling: Stage) -> None:
    await typed_and_stored(polling, NAUGHTY)


async def test_out_and_shown_as_meant(polling: Stage) -> None:
    await sent_and_shown(polling, NAUGHTY)


async def typed_and_stored(stage: Stage, strings: Sequence[str]) -> None:
    """A person types them one after the other: each is stored as it was typed, handled without failure, answered."""
    async with stage.up():
        chat = stage.person()
        typed = [await chat.say(text) for text in strings]
        await stage.bot.confirmed(timeout=60)
        await stage.listener.lanes.idle()
    rows = stage.service.look(lambda tx: tx.execute(select(inbox).order_by(inbox.c.id)).all())
    assert [row.message["text"] for row in rows] == [message.text for message in typed]
    # What is left away or replaced was so on the way to Telegram, as it is in reality.
    assert [message.text for message in typed] == [clean(text, [])[0] for text in strings]
    assert [row.failure for row in rows if row.failure] == []
    assert all(row.replied_at for row in rows)


async def sent_and_shown(stage: Stage, strings: Sequence[str]) -> None:
    """The bot says them: each is shown as it was meant, and none is taken for markup."""
    chat = stage.person()
    await chat.start()
    for number, text in enumerate(strings):
        sent = await stage.telegram.channel.send(Recipient("telegram", str(chat.id)), Reply(text), key=f"n{number}")
        if wording.is_blank(text):
            assert isinstance(sent, Rejected)
            continue
        assert isinstance(sent, Sent), text
        meant, _ = clean(text, [])
        assert chat.text == meant
        assert chat.last.entities == [] or all(
            one["type"] in ("url", "mention", "hashtag", "bot_command", "email") for one in chat.last.entities
        )
