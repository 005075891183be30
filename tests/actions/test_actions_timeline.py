"""The timeline of a notification: which days are on it, what is drawn, and who can see it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import services
from bot.errors import NotReady
from bot.reports import fonts, timeline
from tests.service import Service

PNG = b"\x89PNG\r\n\x1a\n"
SYMBOL = "G/TBT/N/EU/9901"
PRESSED = f'/show_notification{{"symbol": "{SYMBOL}", "field": "timeline"}}'


def has_font() -> bool:
    try:
        fonts.chinese()
    except NotReady:
        return False
    return True


def picture(service: Service) -> str:
    return next(reply.image for reply in service.say(PRESSED) if reply.image)


with_font = pytest.mark.skipif(not has_font(), reason="no Chinese font")


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        ([date(2026, 11, 1), date(2026, 11, 2)], [0, 3]),
        ([date(2026, 1, 1), date(2026, 1, 2), date(2026, 12, 31)], [0, 1, 3.99]),
        ([date(2026, 1, 1)] * 2, [0, 1]),
        ([date(2026, 1, 1)], [0]),
    ],
)
def test_days_stand_by_time_and_never_on_one_another(days: list[date], rows: list[float]) -> None:
    assert timeline.places(days) == pytest.approx(rows, abs=0.01)


@with_font
@pytest.mark.parametrize(("first", "words"), [("hello", "Timeline of"), ("你好", "的时间线")])
def test_the_button_draws_the_comment_period(service: Service, first: str, words: str) -> None:
    service.load_demo()
    service.say(first)
    reply, *_ = service.say(PRESSED)
    assert words in reply.text
    image = picture(service)
    files = service.app.services.settings.data / "files"
    assert (files / image).read_bytes().startswith(PNG)
    assert picture(service) == image  # drawn once
    assert [path.name for path in (files / "pictures").rglob("*.*")] == ["timeline.png"]


def test_without_a_font_a_sentence_says_so(service: Service, tmp_path: Path) -> None:
    service.load_demo()
    service.say("hello")
    known = services.current()
    reports = known.settings.reports.model_copy(update={"font": tmp_path / "none.ttf"})
    services.install(replace(known, settings=known.settings.model_copy(update={"reports": reports})))
    reply, *_ = service.say(PRESSED)
    assert "no font" in reply.text


def test_a_notification_without_dates_has_none(service: Service) -> None:
    service.arrive(symbol="G/TBT/N/EU/77", members=["EU"], date=None, comment_deadline=None)
    service.say("hello")
    reply, *_ = service.say(PRESSED.replace("9901", "77"))
    assert "no timeline" in reply.text
