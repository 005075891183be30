"""The page for use by hand, in a real browser: a person writes, the bot answers, a button is pressed."""

import pytest
from playwright.async_api import async_playwright, expect
from telegram import InlineKeyboardButton as Key
from telegram import InlineKeyboardMarkup as Keyboard

from tests.fakes.conftest import Scene

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_conversation_by_hand(scene: Scene, chromium: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(scene.server.url)
        await page.fill("#text", "<script>alert(1)</script>")
        await page.press("#text", "Enter")
        (update,) = await scene.api.get_updates(timeout=5)
        await update.message.reply_html("<b>受影响吗？</b>", reply_markup=Keyboard([[Key("是", callback_data="yes")]]))
        await expect(page.locator("#log b")).to_have_text("受影响吗？")
        await page.get_by_role("button", name="是", exact=True).click()
        pressed = (await scene.api.get_updates(offset=update.update_id + 1, timeout=5))[0].callback_query
        assert (pressed.data, pressed.from_user.id) == ("yes", scene.chat.id)
        await pressed.answer("已记录")
        await pressed.message.edit_text("谢谢")
        await expect(page.get_by_role("status")).to_have_text("已记录")
        await expect(page.get_by_text("谢谢")).to_be_visible()
        await expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
        await browser.close()
    assert errors == []
