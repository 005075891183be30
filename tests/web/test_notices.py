"""A notice in the web chat counts as read when the page was given it, over the stream or with the history."""

from typing import Any

import pytest
from sqlalchemy import select

from bot import enrolment, members, notices
from bot.authority import Role
from bot.db.models import addresses, receipts
from tests.factories import person, tree
from tests.web.site import Site, Visitor


@pytest.fixture
def reader(site: Site, visitor: Visitor) -> int:
    """The visitor is a member of the association, whose secretary is somewhere else."""
    visitor.post("你好")
    with visitor.listen() as stream:
        stream.take(2)
    now, run = site.service.clock.now(), site.service.run
    places = run(tree, now=now)
    member_id = site.service.look(lambda tx: tx.execute(select(addresses.c.member_id)).scalar_one())
    run(enrolment.grant, member_id, places.enterprise.id, Role.ENTERPRISE, now=now)
    by = run(person, "secretary", now=now, at=places.association, role=Role.SECRETARY)
    made = run(notices.draft, by, organisation_id=places.association.id, key="one", now=now, titles={"zh": "年会"})
    run(notices.schedule, by, made.id, now=now)
    notices.run(site.service.db, site.service.clock)
    site.service.deliver()
    return int(member_id)


def seen(site: Site) -> list[Any]:
    query = select(receipts.c.member_id, receipts.c.acknowledged_at).where(receipts.c.read_at.is_not(None))
    return site.service.look(lambda tx: [tuple(row) for row in tx.execute(query)])


def test_with_the_history(site: Site, visitor: Visitor, reader: int) -> None:
    assert seen(site) == []
    assert any("年会" in message["text"] for message in visitor.history())
    assert seen(site) == [(reader, None)]
    visitor.history()
    assert seen(site) == [(reader, None)]


def test_over_the_stream(site: Site, visitor: Visitor, reader: int) -> None:
    with visitor.listen() as stream:
        while not any("年会" in message["text"] for message in stream.take(1)):
            pass
        visitor.post("谢谢")
        while not any("谢谢" in message["text"] for message in stream.take(1)):
            pass
    assert seen(site) == [(reader, None)]


def test_a_file_that_is_sent_while_it_is_written_goes_with_it(site: Site, visitor: Visitor) -> None:
    visitor.ask("你好")
    now, run = site.service.clock.now(), site.service.run
    places = run(tree, now=now)
    member_id = site.service.look(lambda tx: tx.execute(select(addresses.c.member_id)).scalar_one())
    run(enrolment.grant, member_id, places.association.id, Role.SECRETARY, now=now)
    run(person, "anna", now=now, at=places.enterprise, language="zh")
    visitor.ask("发公告")
    visitor.ask("年会通知")
    site.service.clock.move(minutes=1)
    visitor.client.post("/chat/files", data={"id": "upload-0001"}, files={"file": ("议程.pdf", b"%PDF-1.7 ...")})
    with visitor.listen() as stream:
        stream.until(lambda message: "议程.pdf" in str(message) and not message["mine"])
    said = [*visitor.ask("不用"), *visitor.ask("全部会员")]
    assert any("附件：议程.pdf" in message.get("text", "") for message in said)
    made = site.service.look(notices.by_id, 1)
    assert made.file is not None
    assert made.file.path.startswith("notices/")
    folder = site.service.app.services.settings.data / "files"
    assert (folder / made.file.path).read_bytes() == b"%PDF-1.7 ..."
    assert made.file.path not in site.service.look(members.files_of, member_id)
