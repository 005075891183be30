"""A whole survey in real browsers: the centre opens it, enterprises of two counties answer or are reminded, a county
passes its sheet up, and the centre takes the results home."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bot.app import App
from bot.db.engine import Database
from bot.db.models import surveys
from bot.surveys import Rules
from tests.e2e.browsing import DESK, PHONE, Opened, Reader
from tests.server import House, Server, furnished
from tests.service import PROJECT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MONDAY = "2026-11-23T02:00:00Z"  # ten in the morning at the desk
PASSWORD = "a quiet lantern"
SYMBOL = "G/TBT/N/EU/7100"
NOTIFICATION = {
    "symbol": SYMBOL, "members": ["EU"], "date": "2026-11-20", "title": "Power banks: durability of batteries",
    "title_zh": "充电宝电池耐久性", "products": "power banks", "hs_codes": ["850760"], "comment_deadline": "2027-01-25",
}  # fmt: skip
PLACES = (
    "code,kind,name_zh,name_en,parent,associations\n"
    "NORTH,bureau,北县市场监管局,North County,CENTRE,\n"
    "SOUTH,bureau,南县市场监管局,South County,CENTRE,\n"
    "ACME,enterprise,甲厂,Acme Works,NORTH,\n"
    "BOLT,enterprise,乙厂,Bolt Works,NORTH,\n"
    "CORD,enterprise,丙厂,Cord Works,SOUTH,\n"
)


@pytest.fixture
def own_house(prototype: App, sqlite_template: Path, tmp_path: Path) -> House:
    """A house without demonstration data, on a working day."""
    model = prototype.services.settings.data / "model"
    house = furnished(tmp_path / "house", model=model, database=sqlite_template)
    house.env["FENGSUI_CLOCK"] = MONDAY
    return house


def link(house: House, name: str, org: str, role: str) -> str:
    told = house.run("member", "add", "--name", name, "--org", org, "--role", role)
    found = re.search(r"/enter/\S+", told)
    assert found
    return found[0]


def staff(opened: Opened, server: Server, path: str, login: str) -> Reader:
    reader = opened(DESK, "en", server.url + path)
    page = reader.page
    page.get_by_role("button").click()
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    page.locator("button.main").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    return reader


def enterprise(opened: Opened, server: Server, path: str) -> Reader:
    """Somebody of an enterprise who follows power banks in the EU."""
    reader = opened(PHONE, "en", server.url + path)
    reader.page.get_by_role("button", name="Enter").click()
    reader.say("We export power banks to the EU, please alert me")
    reader.press("Skip")
    reader.press("Yes")
    expect(reader.replies.filter(has_text=re.compile(r"I-\d{6}"))).to_have_count(1)
    return reader


def sign_in(page: Page, url: str, login: str) -> None:
    page.goto(f"{url}/console/login")
    page.get_by_label("Login name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(download.value.path()).read_bytes()


def day_before(due: date) -> datetime:
    """Ten in the morning on the working day before the enterprises' deadline."""
    from bot.settings import load

    calendar, day = Rules.of(load(PROJECT / "config.yml", environ={})).calendar, due - timedelta(days=1)
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(2), UTC)


def test_from_opening_to_the_files(opened: Opened, own_house: House, tmp_path: Path) -> None:
    house, places = own_house, tmp_path / "places.csv"
    boss_link = link(house, "Zhou", "CENTRE", "administrator")
    places.write_text(PLACES, "utf-8")
    house.run("import", "organisations", str(places))
    links = {name: link(house, name, org, "enterprise") for name, org in (("A", "ACME"), ("B", "BOLT"), ("C", "CORD"))}
    north_link = link(house, "Chen", "NORTH", "officer")
    file = tmp_path / "new.jsonl"
    file.write_text(json.dumps(NOTIFICATION) + "\n", "utf-8")

    first = house.start()
    try:
        boss = staff(opened, first, boss_link, "zhou")
        north = staff(opened, first, north_link, "chen")
        people = {name: enterprise(opened, first, path) for name, path in links.items()}
        house.run("import", "notifications", str(file))
        _open_survey(boss, first)
        _answer(people)
    finally:
        first.stop()
    db = Database(f"sqlite:///{house.data / 'fengsui.db'}", threads=1)
    due = db.look(lambda tx: tx.execute(select(surveys.c.enterprise_due)).scalar_one())
    db.close()

    with house.up(port=first.port, FENGSUI_CLOCK=day_before(due).isoformat()) as second:
        # The silent one is reminded, whoever has answered is not.
        expect(people["C"].replies.filter(has_text="We have no answer from you yet")).to_have_count(1, timeout=40_000)
        for name in ("A", "B"):
            expect(people[name].replies.filter(has_text="no answer from you")).to_have_count(0)
        _pass_up(north, second)
        _take_home(boss, second)
    for reader in (boss, north, *people.values()):
        reader.forgive("net::ERR_", "htmx:")  # the restart


def _open_survey(boss: Reader, server: Server) -> None:
    page = boss.page
    page.goto(f"{server.url}/console/notifications?q={SYMBOL}")
    page.get_by_role("link", name=SYMBOL).click()
    page.get_by_role("link", name="Ask enterprises about it").click()
    expect(page.locator("#count")).to_contain_text("It concerns 3 members")
    page.get_by_label("English title").fill("Durability of power banks")
    page.get_by_role("button", name="Open the survey").click()
    expect(page.get_by_role("status")).to_contain_text("The survey is open")


def _answer(people: dict[str, Reader]) -> None:
    """One by a tap, one in the dialogue, one not at all."""
    for reader in people.values():
        expect(reader.replies.filter(has_text="asks for your view")).to_have_count(1, timeout=40_000)
    people["A"].press("Not affected")
    other = people["B"]
    other.press("Affected")
    comment = "The transition period is too short."  # the product is known: it is what they follow
    for said in ("USD 3 million", "USD 200,000", "skip", "skip", comment, "skip", "skip"):
        other.say(said)
    expect(other.replies.filter(has_text="if it is right").last).to_be_visible()
    other.say("submit")
    expect(other.replies.filter(has_text=re.compile(r"F-\d{6}")).last).to_be_visible()


def _pass_up(north: Reader, server: Server) -> None:
    page = north.page
    sign_in(page, server.url, "chen")
    page.get_by_role("link", name="Durability of power banks").click()
    page.get_by_role("link", name="North County").click()
    page.get_by_label("What the answers mean").fill("A longer transition period is needed.")
    page.get_by_role("button", name="Save and pass up").click()
    expect(page.get_by_role("status")).to_contain_text("Passed up")


def _take_home(boss: Reader, server: Server) -> None:
    page = boss.page
    sign_in(page, server.url, "zhou")
    page.get_by_role("link", name="Durability of power banks").click()
    expect(page.locator("#progress")).to_contain_text("Enterprises asked 3, answered 2, silent 1")
    expect(page.locator("#progress canvas")).to_be_visible()
    expect(page.locator("#progress tr", has_text="North County")).to_contain_text("passed up")
    cells = [
        cell.value for sheet in load_workbook(io.BytesIO(downloaded(page, "XLSX"))) for row in sheet for cell in row
    ]
    assert "The transition period is too short." in cells
    assert 3_000_000 in cells
    rows = list(csv.reader(io.StringIO(downloaded(page, "CSV").decode("utf-8-sig"))))
    assert len(rows) == 3  # the head and two answers
    assert downloaded(page, "PDF").startswith(b"%PDF")
    page.get_by_role("link", name="Draft comment").click()
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("button", name="Approve this version").click()
    expect(page.get_by_role("status")).to_contain_text("Approved")
    paper = docx.Document(io.BytesIO(downloaded(page, "DOCX English")))
    assert SYMBOL in "\n".join(one.text for one in paper.paragraphs)
