"""The staff console in a real browser: from the one-time link to a Chinese title and a decided request."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import Connection, select

from bot import enrolment, members, organisations
from bot.db.engine import Database
from bot.db.models import notifications
from tests.e2e.browsing import DESK, NARROW, PHONE, Opened, Reader
from tests.server import House

pytestmark = pytest.mark.browser

PASSWORD = "a quiet lantern"
PAGES = (
    "", "notifications", "notifications/1", "imports", "surveys", "surveys/1", "surveys/1/silent", "surveys/new",
    "feedback", "feedback/1", "studies", "notices", "notices/new", "tickets", "knowledge", "requests", "members",
    "members/1", "organisations", "organisations/1", "deliveries", "rates", "audit", "account",
)  # fmt: skip


@pytest.fixture
def db(house: House) -> Iterator[Database]:
    found = Database(f"sqlite:///{house.data / 'fengsui.db'}", threads=1)
    yield found
    found.close()


def entered(opened: Opened, house: House, name: str, *, size: tuple[int, int] = DESK, language: str = "en") -> Reader:
    """An administrator who came by the link and has chosen login and password."""
    told = house.run("member", "add", "--name", name, "--org", "DEMO-CENTRE", "--role", "administrator")
    path = re.search(r"/enter/\S+", told)
    assert path
    reader = opened(size, language, path[0])
    reader.page.get_by_role("button").click()
    reader.page.locator("[name=login]").fill(name.lower())
    reader.page.locator("[name=password]").fill(PASSWORD)
    reader.page.locator("[name=again]").fill(PASSWORD)
    reader.page.locator("button.main").click()
    return reader


def ask_to_join(tx: Connection, name: str) -> None:
    now = datetime.now(UTC)
    member_id = members.at_address(tx, "web", f"e2e-{name}", now=now)
    members.rename(tx, member_id, name)
    place = organisations.by_code(tx, "DEMO-MINGHUI")
    enrolment.ask(tx, member_id, place.id, now=now, note="我是明辉灯具的，想加入。")


def test_from_the_link_to_a_title_and_a_decision(opened: Opened, house: House, db: Database) -> None:
    db.now(ask_to_join, "Wang")
    reader = entered(opened, house, "Zhou", size=PHONE)
    page = reader.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.get_by_role("link", name="Wang").click()
    page.get_by_role("region", name="request 1").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("the member is told")

    page.get_by_text("Menu").click()
    page.get_by_role("link", name="Notifications").click()
    page.get_by_label("Symbol or product").fill("power banks")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="G/TBT/N/EU/9901").click()
    page.get_by_label("Chinese title").fill("充电宝生态设计新要求")
    page.get_by_label("Chinese summary").fill("充电宝须标明循环次数。")
    page.locator("form", has=page.get_by_label("Chinese title")).get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")

    chatting = opened(PHONE, "zh")
    chatting.say("G/TBT/N/EU/9901")
    card = chatting.replies.filter(has_text="G/TBT/N/EU/9901")
    expect(card).to_contain_text("充电宝生态设计新要求")
    expect(card).to_contain_text("循环次数")


def test_the_preview_comes_into_the_page(opened: Opened, house: House, db: Database) -> None:
    reader = entered(opened, house, "Qian")
    row = db.look(
        lambda tx: tx.execute(
            select(notifications.c.id).where(notifications.c.symbol == "G/TBT/N/EU/9901")
        ).scalar_one()
    )  # fmt: skip
    here = f"/console/notifications/{row}"
    reader.page.goto(reader.page.url.split("/console")[0] + here)
    reader.page.get_by_role("link", name="Who would get it now").click()
    expect(reader.page.locator("#preview")).to_contain_text("It concerns")
    assert reader.page.url.endswith(here)


def test_signing_in_and_out_with_the_keyboard(opened: Opened, house: House) -> None:
    reader = entered(opened, house, "Sun")
    page = reader.page
    page.get_by_role("link", name="Sun").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("Login name").focus()
    page.keyboard.type("sun")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_a_narrow_phone_and_none_breaks_its_own_rules(
    opened: Opened, house: House, language: str
) -> None:
    reader = entered(opened, house, f"Narrow{language}", size=NARROW, language=language)
    root = reader.page.url.split("/console")[0]
    small = "[...document.querySelectorAll('main button, nav a')].filter(e => e.offsetParent && e.offsetHeight < 44)"
    for path in PAGES:
        reader.page.goto(f"{root}/console/{path}")
        expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
        assert reader.sideways() == 0, path
        assert reader.page.evaluate(f"{small}.length") == 0, path
        assert reader.page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en-GB")
        unnamed = "[...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
        assert reader.page.evaluate(f"{unnamed}.filter(e => !e.labels.length).length") == 0, path
