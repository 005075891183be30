"""The robots of groups in the console: from the settings to an organisation, and its notices into the group."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import notices, services
from bot.answer_links import Maker
from bot.authority import Role
from bot.channels import configured
from bot.db.models import audit_log, deliveries
from bot.errors import BadInput
from tests import factories
from tests.channels.robot_desk import PATHS, read
from tests.conftest import NOW
from tests.fakes.robots_server import SECRET, Robots, robots
from tests.service import Service
from tests.web.console.desk import Desk, Staff
from tests.web.site import listening

KINDS = {"dingtalk": "dingtalk", "wecom_robot": "wecom"}  # the channel, and its part of the settings


@pytest.fixture
def providers() -> Iterator[Robots]:
    with robots(time.time) as server:
        yield server


@pytest.fixture
def desk(service: Service, providers: Robots) -> Iterator[Desk]:
    """A console whose settings name a robot of each kind."""
    named = {
        section: {"robots": {"team": {"url": providers.url + PATHS[channel].format("team"), "secret": SECRET}}}
        for channel, section in KINDS.items()
    }
    with listening(service, **named) as site:
        yield Desk(site, service.run(factories.tree, now=NOW))


def page(desk: Desk) -> str:
    return f"/organisations/{desk.tree.association.id}"


def send(desk: Desk, by: Staff) -> None:
    """A notice of the association to all of its members, out of the outbox."""
    service, built = desk.site.service, services.current()
    made = service.run(
        notices.draft, by.member_id, organisation_id=desk.tree.association.id, key=f"{time.monotonic_ns()}", now=NOW,
        titles={"zh": "年会通知"}, bodies={"zh": "请准时参加。"},
    )  # fmt: skip
    service.run(notices.schedule, by.member_id, made.id, now=NOW)
    notices.run(service.db, service.clock)
    channels = configured.build(built, Maker(b"key", desk.site.url, timedelta(days=60)))

    async def deliver() -> None:
        worker = service.app.worker(channels)
        while await worker.once():
            pass

    asyncio.run(deliver())


def rows(desk: Desk) -> list[tuple[str, str]]:
    query = select(deliveries.c.channel, deliveries.c.state).where(deliveries.c.channel.in_(KINDS))
    return [(row.channel, row.state) for row in desk.site.service.look(lambda tx: tx.execute(query).all())]


@pytest.mark.parametrize("channel", KINDS)
def test_what_an_association_writes_reaches_the_group_of_its_robot(desk: Desk, providers: Robots, channel: str) -> None:
    admin = desk.staff(Role.ADMINISTRATOR, language="zh")
    assert f'value="{channel}:team"' in admin.see(page(desk))
    admin.do(f"{page(desk)}/groups", robot=f"{channel}:team")
    seen = admin.see(page(desk))
    assert f'value="{channel}:team"' not in seen
    assert f"{providers.url}" not in seen
    assert SECRET not in seen
    send(desk, admin)
    [(kind, _, body)] = providers.shown
    assert (kind, rows(desk)) == (channel, [(channel, "sent")])
    assert "年会通知" in read(body)[0]
    [group] = desk.site.service.look(notices.groups.of, desk.tree.association.id)
    desk.staff(Role.SECRETARY, desk.tree.association).do(f"{page(desk)}/groups/end", group=str(group.id))
    with pytest.raises(BadInput, match="nobody"):
        send(desk, admin)
    assert len(providers.shown) == 1
    deeds = select(audit_log.c.action).where(audit_log.c.action.like("%connect_group")).order_by(audit_log.c.id)
    assert desk.site.service.look(lambda tx: tx.execute(deeds).scalars().all()) == ["connect_group", "disconnect_group"]


def test_a_robot_serves_one_organisation(desk: Desk) -> None:
    admin = desk.staff(Role.ADMINISTRATOR)
    admin.do(f"{page(desk)}/groups", robot="dingtalk:team")
    other = f"/organisations/{desk.tree.county.id}"
    for robot in ("dingtalk:team", "dingtalk:nobody", "", "feishu:team"):
        answer = admin.post(f"{other}/groups", robot=robot)
        assert "There is no such robot, or another organisation has it" in answer.text
    assert "wecom_robot:team" in admin.see(other)
    assert admin.post(f"{other}/groups/end", group="1").status_code == 400
    assert desk.site.service.look(notices.groups.of, desk.tree.county.id) == []


def test_who_may_not_is_refused(desk: Desk) -> None:
    secretary = desk.staff(Role.SECRETARY, desk.tree.association)
    assert secretary.post(f"{page(desk)}/groups", robot="dingtalk:team").status_code == 403
    assert '<select name="robot"' not in secretary.see(page(desk))
    beside = desk.staff(Role.OFFICER, desk.tree.other_county)
    assert beside.post(f"{page(desk)}/groups/end", group="1").status_code == 403
    assert desk.site.service.look(notices.groups.of, desk.tree.association.id) == []
