"""People talk to the bot on Telegram: both ways of receiving, both languages."""

import pytest

from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio


async def test_a_question_is_answered(stage: Stage) -> None:
    async with stage.up():
        chat = stage.person()
        await chat.start()
        hello = await chat.next()
        assert "烽燧" in hello.text or "您好" in hello.text
        await chat.say("你好")
        await chat.wait_for(lambda message: bool(message.text))
        await stage.bot.confirmed()
