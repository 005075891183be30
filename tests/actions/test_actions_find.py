"""What a search looks for, and how its pages follow one another."""

import pytest

from actions import search as find
from actions.turn import payload
from tests.service import Service


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("最新通报", ""),
        ("查通报", ""),
        ("帮我查一下最近的通报", ""),
        ("show me the latest notifications", ""),
        ("火星的通报", "火星"),
        ("notifications about Mars", "Mars"),
        ("有没有关于登月鞋的通报？", "登月鞋"),
    ],
)
def test_the_words_that_are_looked_for(text: str, words: str) -> None:
    assert find.ASKING.sub(" ", text).strip(" ,，.。?？!！") == words


@pytest.mark.parametrize(
    "text", ["可以评议的通报", "还在评议的", "正在征求意见的通报", "open for comment", "can I still comment"]
)
def test_only_what_is_open(text: str) -> None:
    assert find.OPEN.search(text)


def test_pages_show_every_notification_once(service: Service) -> None:
    service.load_demo()
    reply, seen = service.say("通报")[0], []
    while True:
        more = [button for button in reply.buttons if button.title == "更多"]
        seen += [button.payload for button in reply.buttons if button.payload.startswith("/show_notification")]
        if not more:
            break
        reply = service.say(more[0].payload)[0]
    assert len(seen) == len(set(seen)) > 2 * find.PAGE
    assert f"找到 {len(seen)} 份" in reply.text


def test_words_that_only_share_a_sign_are_not_found(service: Service) -> None:
    service.load_demo()
    assert "没有找到" in service.say("火星的通报")[0].text


def test_a_button_carries_the_whole_search(service: Service) -> None:
    service.load_demo()
    search = payload("search_notifications", market=["EU"], field=["open"])
    assert "可以评议" in service.say(search)[0].text
    assert "欧盟" in service.say(search)[0].text


def test_a_symbol_among_other_words_is_shown(service: Service) -> None:
    service.load_demo()
    assert service.say("查一下 G/TBT/N/EU/9901 这份通报")[0].text.startswith("G/TBT/N/EU/9901")
