"""The chat page in a real browser: on a phone and on a desk, in both languages, with a keyboard, on a bad line."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, delete, select

from bot.channels import rows
from bot.db.engine import Database
from bot.db.models import web_sessions
from tests.e2e.browsing import DESK, NARROW, PHONE, Opened, Reader
from tests.server import House, Server

pytestmark = pytest.mark.browser

NEW = {
    "symbol": "G/TBT/N/EU/7001/REV.1/ADD.2",
    "members": ["EU"],
    "date": "2026-11-21",
    "title": "Energy consumption of Bluetooth loudspeakers",
    "title_zh": "蓝牙音箱的能耗要求",
    "products": "Bluetooth loudspeakers",
    "hs_codes": ["851822"],
    "comment_deadline": "2027-01-20",
}
SAID = {
    "zh": {"skip": "跳过", "confirm": "确认", "details": "查看详情", "subscribe": "我们出口蓝牙音箱"},
    "en": {"skip": "Skip", "confirm": "Yes", "details": "Details", "subscribe": "We export Bluetooth speakers"},
}  # fmt: skip
LONG = "https://example.org/" + "a" * 300 + " G/TBT/N/USA/1234/REV.1/ADD.2/CORR.3 " + "w" * 300


@pytest.fixture
def db(house: House) -> Iterator[Database]:
    """The service's database, as another process sees it."""
    found = Database(f"sqlite:///{house.data / 'fengsui.db'}", threads=1)
    yield found
    found.close()


def push(db: Database, *texts: str) -> None:
    """Messages of ours to the visitor who came last."""
    db.now(_push, texts)


def _push(tx: Connection, texts: tuple[str, ...]) -> None:
    who = tx.execute(select(web_sessions.c.visitor).order_by(web_sessions.c.created_at.desc())).scalars().first()
    assert who
    for text in texts:
        rows.put(tx, "web", who, key=text, body={"text": text}, mine=False, now=datetime.now(UTC))


def subscribe(reader: Reader, language: str) -> None:
    """From the suggestion to the number of the registration, with buttons alone."""
    said = SAID[language]
    reader.page.get_by_role("button", name=re.compile(said["subscribe"])).click()
    reader.page.get_by_role("button", name=said["skip"], exact=True).click()
    reader.page.get_by_role("button", name=said["confirm"], exact=True).click()
    expect(reader.page.get_by_text(re.compile(r"I-\d{6}"))).to_be_visible()


# --- the whole way ---------------------------------------------------------------------------------


def test_from_a_suggestion_to_an_alert(opened: Opened, house: House, tmp_path: Path) -> None:
    readers = {(size, language): opened(size, language) for size in (PHONE, DESK) for language in ("zh", "en")}
    for (_, language), reader in readers.items():
        subscribe(reader, language)
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(NEW) + "\n", "utf-8")
    house.run("import", "notifications", str(file))
    for (_, language), reader in readers.items():
        alert = reader.replies.filter(has_text=NEW["symbol"]).last
        expect(alert).to_be_visible()
        expect(alert).to_contain_text(str(NEW["title_zh" if language == "zh" else "title"]))
        reader.press(SAID[language]["details"])
        assert str(NEW["symbol"]) in reader.texts()[-1]
        assert reader.sideways() == 0
        before = reader.texts()
        reader.page.reload()
        expect(reader.page.locator("#log .bubble")).to_have_count(len(before))
        assert reader.texts() == before


def test_a_link_lets_a_member_in_once(opened: Opened, house: House, server: Server) -> None:
    told = house.run("member", "add", "--name", "Li", "--org", "CENTRE", "--role", "enterprise")
    path = re.search(r"/enter/\S+", told)
    assert path
    reader = opened(language="en", path=path[0])
    reader.page.get_by_role("button", name="Enter").click()
    expect(reader.page.locator("#welcome")).to_be_visible()
    reader.say("hello")
    second = opened(language="en", path=path[0])
    second.page.get_by_role("button", name="Enter").click()
    expect(second.page.get_by_role("alert")).to_be_visible()
    second.forgive("400")
    second.page.get_by_role("link").click()
    expect(second.page.locator("#welcome")).to_be_visible()


def test_a_file_comes_down(opened: Opened) -> None:
    reader = opened(PHONE, "en")
    reader.say("export my data")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="my-data.jsonl").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8").splitlines()[0])["table"] == "members"


def test_a_photo_goes_up_and_hangs_on_the_feedback(opened: Opened, tmp_path: Path) -> None:
    reader = opened(PHONE, "en")
    for text in ("feedback", "not notified", "toys"):
        reader.say(text)
    photo = tmp_path / "label.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    before = reader.replies.count()
    reader.page.set_input_files("#file", photo)
    expect(reader.replies.nth(before)).to_contain_text("attached it to your feedback F-00000")
    expect(reader.page.get_by_role("link", name="File: label.png")).to_be_visible()
    assert reader.sideways() == 0
    assert reader.problems == []


# --- what is typed ---------------------------------------------------------------------------------


def test_enter_sends_and_shift_enter_makes_a_line(opened: Opened) -> None:
    reader = opened()
    height = reader.page.locator("#text").bounding_box()["height"]  # type: ignore[index]
    reader.page.locator("#text").press_sequentially("第一行")
    reader.page.keyboard.press("Shift+Enter")
    reader.page.keyboard.type("第二行")
    assert reader.page.locator("#text").bounding_box()["height"] > height  # type: ignore[index]
    assert reader.own.count() == 0
    reader.page.keyboard.press("Enter")
    expect(reader.own).to_have_count(1)
    assert "第一行\n第二行" in reader.texts()[0]
    assert reader.page.input_value("#text") == ""
    assert reader.page.locator("#text").bounding_box()["height"] == height  # type: ignore[index]
    reader.page.keyboard.press("Enter")  # nothing to send
    expect(reader.replies.first).to_be_visible()
    expect(reader.own).to_have_count(1)


def test_everything_can_be_done_with_the_keyboard(opened: Opened) -> None:
    reader = opened(language="en")
    expect(reader.page.locator("#text")).to_be_focused()
    seen = [_focused(reader.page)]
    while seen[0][0] != "Skip to the input field":
        reader.page.keyboard.press("Shift+Tab")
        seen.insert(0, _focused(reader.page))
    assert [name[:16] for name, _ in seen] == [
        "Skip to the inpu", "中文", "MAIN", "How long is the ", "Any recent EU no", "We export Blueto",
        "What am I follow", "INPUT", "TEXTAREA",
    ]  # fmt: skip
    assert all(visible for _, visible in seen)
    for _ in range(3):
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    expect(reader.own).to_have_count(1)
    expect(reader.replies.first).to_contain_text("60")


def _focused(page: Page) -> tuple[str, bool]:
    """What has the focus, and whether one sees it."""
    name, visible = page.evaluate(
        "(e => [e.innerText && e.tagName !== 'MAIN' ? e.innerText.trim() : e.tagName,"
        " getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2])"
        "(document.activeElement)"
    )
    return str(name), bool(visible)


def test_a_pressed_button_is_told_and_not_pressed_twice(opened: Opened) -> None:
    reader = opened(language="en")
    subscribe(reader, "en")
    pressed = reader.page.get_by_role("button", name="Skip", exact=True)
    expect(pressed).to_be_disabled()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(reader.page.locator("#text")).to_be_focused()


def test_markup_is_shown_as_it_was_typed(opened: Opened) -> None:
    reader = opened()
    said = "<img src=x onerror=alert(1)> <b>bold</b> https://example.org/a?b=c. 完"
    reader.say(said)
    assert said in reader.texts()[0]
    assert reader.page.locator("#log img, #log b, #log script").count() == 0
    link = reader.page.locator("#log li.mine a")
    assert link.get_attribute("href") == "https://example.org/a?b=c"
    assert link.get_attribute("rel") == "noopener noreferrer"


# --- what is seen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_a_narrow_phone(opened: Opened, language: str) -> None:
    reader = opened(NARROW, language)
    assert reader.sideways() == 0
    reader.say(LONG)
    reader.say({"zh": "TBT通报的评议期是多久？", "en": "How long is the comment period?"}[language])
    subscribe_text = {"zh": "欧盟最近有哪些关于充电宝的通报？", "en": "Any recent EU notifications about power banks?"}
    reader.say(subscribe_text[language])
    assert reader.sideways() == 0
    box = reader.page.locator("#form").bounding_box()
    assert box
    assert box["y"] + box["height"] <= NARROW[1] + 1  # the input is in the window


def test_dark_is_dark(opened: Opened) -> None:
    def brightness(reader: Reader, of: str) -> int:
        colour = reader.page.evaluate(f"getComputedStyle(document.querySelector('{of}')).{'backgroundColor'}")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    light, dark = opened(color_scheme="light"), opened(color_scheme="dark")
    for of in ("body", "header", "#form"):
        assert brightness(light, of) > 600
        assert brightness(dark, of) < 150


def test_the_page_says_what_its_parts_are(opened: Opened) -> None:
    reader = opened(language="en")
    page = reader.page
    assert page.locator("html").get_attribute("lang") == "en-GB"
    expect(page.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(page.get_by_role("navigation", name="Language")).to_be_visible()
    assert page.locator("img:not([alt])").count() == 0
    reader.say("hello")
    assert reader.texts()[0].startswith("You: ")
    assert reader.texts()[1].startswith("Fengsui: ")
    assert page.locator("#log time").first.get_attribute("datetime")
    small = "[...document.querySelectorAll('button, nav a')].filter(e => e.offsetParent && e.offsetHeight < 44).length"
    assert page.evaluate(small) == 0  # a thumb finds them all


def test_the_language_changes_and_the_conversation_stays(opened: Opened) -> None:
    reader = opened()
    reader.say("您好")
    expect(reader.page.locator("#log .bubble")).to_have_count(3)
    reader.page.get_by_role("link", name="English").click()
    expect(reader.page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(reader.page.locator("#log .bubble")).to_have_count(3)


def test_the_dots_come_and_go(opened: Opened) -> None:
    reader = opened()
    reader.page.evaluate(
        "window.seen = []; new MutationObserver(() => seen.push(!document.getElementById('typing').hidden))"
        ".observe(document.getElementById('typing'), {attributes: true})"
    )
    reader.say("您好")
    expect(reader.page.locator("#typing")).to_be_hidden()
    reader.page.wait_for_function("seen.length >= 2")
    assert reader.page.evaluate("seen[0]") is True
    assert reader.page.evaluate("seen.at(-1)") is False


def test_a_long_answer_is_read_from_its_beginning(opened: Opened) -> None:
    reader = opened(NARROW)
    for text in ("您好", "TBT通报的评议期是多久？"):
        reader.say(text)
    expect(reader.own.last).to_be_in_viewport()
    assert reader.page.evaluate("document.querySelector('main').scrollTop") > 0


def test_what_arrives_does_not_take_the_reader_away(opened: Opened, db: Database) -> None:
    reader = opened(PHONE)
    push(db, *(f"number {place}" for place in range(60)))
    expect(reader.replies.last).to_contain_text("number 59")
    newest = reader.page.locator("#newest")
    reader.page.evaluate("document.querySelector('main').scrollTop = 500")
    reader.page.wait_for_function("document.querySelector('main').scrollTop === 500")
    push(db, "the alert")
    expect(newest).to_be_visible()
    assert reader.page.evaluate("document.querySelector('main').scrollTop") == 500
    newest.click()
    expect(reader.page.get_by_text("the alert")).to_be_in_viewport()
    expect(newest).to_be_hidden()
    push(db, "one more")  # at the end the page follows
    expect(reader.page.get_by_text("one more")).to_be_in_viewport()


def test_earlier_messages_come_on_demand(opened: Opened, db: Database) -> None:
    reader = opened()
    push(db, *(f"number {place}" for place in range(120)))
    reader.page.reload()
    expect(reader.replies).to_have_count(50)
    reader.page.get_by_role("button", name="查看更早的消息").click()
    expect(reader.replies).to_have_count(100)
    reader.page.get_by_role("button", name="查看更早的消息").click()
    expect(reader.replies).to_have_count(120)
    expect(reader.page.locator("#earlier")).to_be_hidden()
    assert [text.split()[-1] for text in reader.texts()] == [str(place) for place in range(120)]


# --- several windows, bad lines --------------------------------------------------------------------


def test_two_tabs_show_the_same(opened: Opened, server: Server) -> None:
    reader = opened()
    tab = reader.context.new_page()
    tab.goto(server.url)
    reader.say("您好")
    expect(tab.locator("#log .bubble")).to_have_count(3)
    tab.fill("#text", "谢谢")
    tab.press("#text", "Enter")
    expect(reader.own).to_have_count(2)
    expect(reader.page.locator("#log .bubble")).to_have_count(5)


def test_a_restart_loses_nothing_and_doubles_nothing(opened: Opened, house: House) -> None:
    first = house.start()
    reader = opened(language="en", path=first.url)
    reader.say("hello")
    first.kill()
    reader.page.fill("#text", "thank you")
    reader.page.press("#text", "Enter")
    expect(reader.page.get_by_role("alert")).to_be_visible()
    with house.up(port=first.port):
        expect(reader.replies).to_have_count(3, timeout=20_000)
        expect(reader.page.get_by_role("alert")).to_be_hidden()
        reader.say("goodbye")
        said = reader.own.locator(".bubble").all_text_contents()
        assert said == ["You: hello", "You: thank you", "You: goodbye"]
        reader.page.reload()
        expect(reader.own).to_have_count(3)
    reader.forgive("net::ERR_")


def test_a_session_that_is_over_is_told(opened: Opened, db: Database) -> None:
    reader = opened(language="en")
    reader.say("hello")
    db.now(lambda tx: tx.execute(delete(web_sessions)))
    reader.page.fill("#text", "are you there")
    reader.page.press("#text", "Enter")
    expect(reader.page.get_by_role("alert")).to_contain_text("expired")
    assert reader.page.input_value("#text") == "are you there"  # not lost
    reader.page.get_by_role("link", name="Reload the page").click()
    expect(reader.page.locator("#welcome")).to_be_visible()
    reader.forgive("401")
