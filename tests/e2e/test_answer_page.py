"""The page behind an answer link, in a real browser on a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from bot import answer_links, members
from bot.answer_links import Maker, Offer
from bot.db.engine import Database
from bot.messages import Button, Recipient, Reply
from tests.e2e.browsing import NARROW, PHONE, Opened
from tests.server import House, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SYMBOL = "G/TBT/N/EU/9901"
TITLES = {
    "zh": ("查看详情", "不受影响", "与我无关", "受影响"),
    "en": ("Details", "Not affected", "Not for me", "Affected"),
}
TEXTS = {
    "zh": "欧盟：移动电源生态设计条例草案\n剩余54天可以评议",
    "en": "European Union: draft ecodesign rules\n54 days left",
}


@pytest.fixture
def offer(house: House, server: Server, request: pytest.FixtureRequest) -> Iterator[Offer]:
    language: str = request.param
    details, fine, mine, hit = TITLES[language]
    buttons = (
        Button(details, f'/show_notification{{"symbol": "{SYMBOL}"}}'),
        Button(fine, f'/give_feedback{{"symbol": "{SYMBOL}", "affected": "none"}}'),
        Button(mine, f'/not_mine{{"symbol": "{SYMBOL}"}}'),
        Button(hit, f'/give_feedback{{"symbol": "{SYMBOL}", "affected": "yes"}}'),
    )
    to, maker = Recipient("email", f"{language}@example.com", language), Maker(b"k", server.url, timedelta(days=60))
    db = Database(f"sqlite:///{house.data / 'fengsui.db'}", threads=1)
    try:
        db.now(members.at_address, to.channel, to.address, now=NOW)
        yield db.now(answer_links.offer, maker, to, Reply(TEXTS[language], buttons), key=request.node.name, now=NOW)
    finally:
        db.close()


@pytest.mark.parametrize(("offer", "said"), [("zh", "已记录您的回答：不受影响"), ("en", "is recorded: Not affected")],
                         indirect=["offer"])  # fmt: skip
def test_from_the_link_to_the_answer_on_a_phone(opened: Opened, offer: Offer, said: str) -> None:
    title, url = offer.choices[1]
    reader = opened(PHONE, "zh", url, java_script_enabled=False)
    button = reader.page.get_by_role("button", name=title, exact=True)
    expect(button).to_be_visible()
    assert reader.height(button) >= 44
    button.click()
    expect(reader.page.get_by_role("status")).to_contain_text(said)
    assert reader.page.get_by_role("button").count() == 0


@pytest.mark.parametrize("offer", ["zh"], indirect=True)
def test_nothing_is_wider_than_a_narrow_phone(opened: Opened, offer: Offer) -> None:
    for url in (offer.page, offer.stop):
        assert opened(NARROW, "zh", url).sideways() == 0


@pytest.mark.parametrize(
    ("offer", "title", "answer"), [("zh", "受影响", "移动电源"), ("en", "Affected", "power banks")], indirect=["offer"]
)
def test_the_questions_are_answered_there_one_by_one(opened: Opened, offer: Offer, title: str, answer: str) -> None:
    reader = opened(NARROW, "zh", offer.page, java_script_enabled=False)
    reader.page.get_by_role("button", name=title, exact=True).click()
    field = reader.page.get_by_role("textbox")
    before = reader.page.get_by_role("status").inner_text()
    field.fill(answer)
    reader.page.locator("button.main").click()
    expect(reader.page.get_by_role("status")).not_to_have_text(before)
    expect(field).to_have_value("")
    assert reader.height(reader.page.locator("button.main")) >= 44
    assert reader.sideways() == 0
