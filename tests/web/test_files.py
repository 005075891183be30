"""Files that were sent to a visitor: theirs alone, and no way out of the folder."""

import asyncio
import json
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, select

from bot.db.models import web_sessions
from bot.messages import Attachment, Recipient, Reply
from bot.web.sessions import Sessions
from tests.web.site import Site, Visitor


@pytest.fixture
def sent(visitor: Visitor) -> dict[str, str]:
    """{"name", "size", "href"} of the visitor's own data."""
    visitor.post("导出我的数据")
    with visitor.listen() as stream:
        file: dict[str, str] = stream.until(lambda message: "file" in message)[-1]["file"]
    return file


def test_the_visitor_gets_the_file(visitor: Visitor, sent: dict[str, str]) -> None:
    answer = visitor.client.get(sent["href"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert {"members", "chat_messages"} <= {line["table"] for line in lines}
    assert len(answer.content) == int(sent["size"])


def test_nobody_else_gets_it(site: Site, sent: dict[str, str]) -> None:
    assert site.visitor().client.get(sent["href"]).status_code == 403
    assert site.client().get(sent["href"]).status_code == 403


@pytest.mark.parametrize("change", ["s=", "s=00", "", "S="])
def test_an_address_that_was_not_signed_is_refused(visitor: Visitor, sent: dict[str, str], change: str) -> None:
    assert visitor.client.get(f"{sent['href'].partition('?')[0]}?{change}").status_code == 403


OUTSIDE = ["../secret", "..%2fsecret", "x/../../secret", "/etc/passwd", "%2fetc%2fpasswd", "....//secret", "a\x00b"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leads_out_is_refused(visitor: Visitor, sent: dict[str, str], path: str) -> None:
    answer = visitor.client.get(f"/files/{quote(path, safe='%/.')}", params={"s": sent["href"].partition("?s=")[2]})
    assert answer.status_code in (403, 404)
    assert "root:" not in answer.text


@pytest.mark.parametrize("path", ["../secret", "sub/../../secret", "/etc/passwd", "nothing.txt"])
def test_even_a_signature_leads_to_nothing_outside(site: Site, path: str) -> None:
    settings = site.service.app.services.settings
    signer = Sessions((settings.data / "secret").read_text().encode(), days=30)
    visitor = site.visitor()
    who = site.service.look(_newest_visitor)
    (settings.data / "files").mkdir(exist_ok=True)
    answer = visitor.client.get(f"/files/{quote(path, safe='')}", params={"s": signer.sign_file(who, path)})
    assert answer.status_code == 404


def _newest_visitor(tx: Connection) -> str:
    return str(tx.execute(select(web_sessions.c.visitor).order_by(web_sessions.c.created_at.desc())).scalar())


def test_a_name_with_every_kind_of_character(site: Site) -> None:
    """What a file is called is shown and carried, never interpreted."""
    visitor = site.visitor()
    who, name = site.service.look(_newest_visitor), "报告 <b>#1?.csv"
    target = site.service.app.services.settings.data / "files" / "x" / name
    target.parent.mkdir(parents=True)
    target.write_text("=1+1\n", "utf-8")
    reply = Reply("好了", file=Attachment(name, "text/csv", f"x/{name}", 5))
    asyncio.run(site.service.app.channels["web"].send(Recipient("web", who), reply, key="one"))
    file = visitor.history()[0]["file"]
    assert file["name"] == name
    assert visitor.client.get(file["href"]).text == "=1+1\n"


def test_a_picture_comes_to_its_visitor_alone(site: Site, visitor: Visitor) -> None:
    site.service.load_demo()
    visitor.ask("hello")
    visitor.ask('/show_notification{"symbol": "G/TBT/N/EU/9901", "field": "timeline"}')
    with visitor.listen() as stream:
        shown = stream.until(lambda message: message.get("image") or "no font" in message.get("text", ""))[-1]
    if not shown.get("image"):
        pytest.skip("no Chinese font")
    assert visitor.client.get(shown["image"]).headers["content-type"] == "image/png"
    assert site.visitor().client.get(shown["image"]).status_code == 403
