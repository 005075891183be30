"""Two web processes: what one person says at both is answered once, in its order, and shown by either."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import cycle
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from bot.db.models import conversations, events, inbox
from tests.machines.network import Network, locked
from tests.server import Server
from tests.web.site import Visitor

pytestmark = pytest.mark.slow


@pytest.fixture
def webs(network: Network) -> tuple[Server, Server]:
    return network.web(), network.web()


def _say(web: Server, sender: str, text: str, key: str | None = None) -> list[dict[str, Any]]:
    body = {"sender": sender, "message": text, **({"message_id": key} if key else {})}
    answer = httpx.post(f"{web.url}/webhooks/rest/webhook", json=body, timeout=60).raise_for_status().json()
    return list(answer)


def _texts(replies: list[dict[str, Any]]) -> str:
    return "\n".join(reply.get("text", "") for reply in replies)


def test_a_dialogue_goes_on_wherever_the_next_message_lands(webs: tuple[Server, Server]) -> None:
    turns = cycle(webs)
    said = [_texts(_say(next(turns), "anna", text)) for text in ("We export toys to the EU, alert me", "skip", "yes")]
    assert "HS codes" in said[0]
    assert "Please check" in said[1]
    assert "registration number" in said[2]


def test_what_is_said_while_another_process_is_still_at_the_message_before_is_handled_after_it(
    network: Network, webs: tuple[Server, Server]
) -> None:
    one, other = webs
    for text in ("We export toys to the EU, alert me", "skip"):
        _say(one, "ben", text)
    with ThreadPoolExecutor(2) as pool:
        with locked(network, "interests"):  # the first is held up in the middle of its turn
            first = pool.submit(_say, one, "ben", "yes")
            network.until(_arrived("yes"))
            second = pool.submit(_say, other, "ben", "/list_subscriptions")
            network.until(_arrived("/list_subscriptions"))
            assert not wait([second], timeout=1).done, "the second was answered before the first"
        assert "registration number" in _texts(first.result(60))
        assert "toys" in _texts(second.result(60))


def _arrived(text: str) -> Callable[[Connection], bool]:
    said = select(inbox.c.message)
    return lambda tx: text in [message["text"] for message in tx.execute(said).scalars()]


def test_many_at_once_are_each_handled_once_and_the_story_has_no_gap(
    network: Network, webs: tuple[Server, Server]
) -> None:
    turns = cycle(webs)
    texts = [f'/show_notification{{"symbol": "G/TBT/N/EU/{number}"}}' for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: _say(next(turns), "carl", text), texts))
    assert all(answers)
    rows = network.db.look(lambda tx: tx.execute(select(inbox).where(inbox.c.sender == "carl")).all())
    assert len(rows) == len(texts)
    assert all(row.handled_at and row.failure is None for row in rows)
    story = (
        select(events.c.seq).join(conversations, conversations.c.id == events.c.conversation_id)
        .where(conversations.c.sender == "carl").order_by(events.c.seq)
    )  # fmt: skip
    found = network.db.look(lambda tx: list(tx.execute(story).scalars()))
    assert found == list(range(1, len(found) + 1))


def test_the_same_message_brought_to_both_is_one(network: Network, webs: tuple[Server, Server]) -> None:
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda web: _texts(_say(web, "dora", "How long is the comment period?", "m-1")), webs))
    assert said[0] == said[1]
    rows = network.db.look(lambda tx: tx.execute(select(inbox.c.id).where(inbox.c.sender == "dora")).all())
    assert len(rows) == 1


def test_the_page_is_answered_over_the_stream_of_the_other_process(webs: tuple[Server, Server]) -> None:
    one, other = webs
    with httpx.Client(base_url=one.url, timeout=30, headers={"Origin": one.url}) as here:
        visitor = Visitor(here)
        here.get("/").raise_for_status()
        with httpx.Client(base_url=other.url, timeout=30, cookies=dict(here.cookies)) as there:
            with Visitor(there).listen() as stream:
                visitor.post("How long is the comment period of a TBT notification?").raise_for_status()
                found = stream.take(2)
    assert [message["mine"] for message in found] == [True, False]
    assert "60" in found[1]["text"]
