"""Writing a notice for one of several organisations, and for none that is not one's own."""

from sqlalchemy import func, select

from bot import enrolment, notices
from bot.authority import Role
from bot.db import models
from tests import factories
from tests.service import Service


def test_in_the_name_that_was_pressed(service: Service) -> None:
    now = service.clock.now()
    tree = service.run(factories.tree, now=now)
    anna = service.run(factories.person, "anna", now=now, at=tree.association, role=Role.SECRETARY, language="zh")
    service.run(enrolment.grant, anna, tree.county.id, Role.OFFICER, now=now)
    first = service.say("发公告")[0]
    assert "association机构的名义" in first.text
    (other,) = first.buttons
    assert other.title == "county机构"
    assert "county机构的名义" in service.say(other.payload)[0].text
    service.say("年会通知")
    assert service.look(notices.by_id, 1).organisation_id == tree.county.id


def test_a_name_that_is_not_ones_own_is_refused_and_logged(service: Service) -> None:
    now = service.clock.now()
    tree = service.run(factories.tree, now=now)
    service.run(factories.person, "anna", now=now, at=tree.association, role=Role.SECRETARY, language="zh")
    service.say("发公告")
    service.say(f'/broadcast_notice{{"organisation": "{tree.other_county.id}"}}')
    assert "权限" in service.say("年会通知")[0].text
    assert service.look(lambda tx: tx.execute(select(func.count()).select_from(models.notices)).scalar()) == 0
    refused = select(models.audit_log.c.action).where(~models.audit_log.c.allowed)
    assert service.look(lambda tx: tx.execute(refused).scalars().all()) == ["write_notice"]
