"""What is new since one last looked is that of a person, on whichever channel they look."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import members
from bot.channels.memory import MemoryChannel
from bot.db.models import inbox
from tests.service import Service

ONE, TWO = "G/TBT/N/USA/9001", "G/TBT/N/USA/9002"


@pytest.fixture
def both(service: Service) -> Service:
    """Anna follows power banks and is reached on two channels."""
    service.app = replace(service.app, channels={**service.app.channels, "telegram": MemoryChannel("telegram")})
    service.say("关注充电宝，HS 8507.60，美国")
    service.say("确认")
    member_id = _anna(service)
    service.run(members.add_address, member_id, "telegram", "77", now=service.clock.now())
    service.clock.at += timedelta(days=1)
    _arrives(service, ONE)
    return service


def _anna(service: Service) -> int:
    member_id = service.look(members.known_at, "memory", "anna")
    assert member_id is not None
    return member_id


def _arrives(service: Service, symbol: str) -> None:
    service.arrive(
        symbol=symbol, date="2026-11-20", comment_deadline="2027-01-20", title="Power banks", members=["US"],
        hs_codes=["850760"],
    )  # fmt: skip
    service.clock.at += timedelta(hours=1)


def _news(service: Service, channel: str, *, key: str | None = None) -> str:
    sender = {"memory": "anna", "telegram": "77"}[channel]
    return "\n".join(reply.text for reply in service.say("有什么新的", sender=sender, channel=channel, key=key))


def test_what_was_seen_on_one_channel_is_not_new_on_another(both: Service) -> None:
    assert ONE in _news(both, "memory")
    both.clock.at += timedelta(hours=1)
    _arrives(both, TWO)
    seen = _news(both, "telegram")
    assert TWO in seen
    assert ONE not in seen
    both.clock.at += timedelta(hours=1)
    assert "没有与您的关注有关的新提醒" in _news(both, "memory")


def test_a_visit_on_another_channel_is_a_visit(both: Service) -> None:
    both.say("你好", sender="77", channel="telegram")
    both.clock.at += timedelta(days=1)
    _arrives(both, TWO)
    seen = _news(both, "memory")
    assert TWO in seen
    assert ONE not in seen


def test_done_again_a_turn_shows_the_same(both: Service) -> None:
    """The action wrote, and the turn was cut off before it was stored."""
    now = both.clock.now()
    turn = 1 + (both.look(lambda tx: tx.execute(select(func.max(inbox.c.id))).scalar()) or 0)
    cut_off = {"since": (now - timedelta(days=9)).isoformat(), "at": now.isoformat(), "key": f"turn:{turn}"}
    both.run(members.look, _anna(both), cut_off)
    assert ONE in _news(both, "memory")
    assert ONE not in _news(both, "memory")


def test_when_two_become_one_the_later_look_counts(both: Service) -> None:
    now = both.clock.now()
    other = both.run(members.at_address, "telegram", "99", now=now)
    early, late = ({"since": now.isoformat(), "at": (now + timedelta(hours=n)).isoformat(), "key": "k"} for n in (1, 2))
    both.run(members.look, _anna(both), early)
    both.run(members.look, other, late)
    both.run(members.merge, keep=_anna(both), gone=other)
    assert both.look(members.looked, _anna(both)) == late
