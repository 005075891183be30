"""What a sentence says about when alerts shall come."""

from datetime import time

import pytest

from nlu.hours import DAILY, INSTANT, NIGHT, WEEKLY, Choice, choice

SAID = [
    ("每天汇总一次", Choice(DAILY)),
    ("weekly digest please", Choice(WEEKLY)),
    ("改回随到随发", Choice(INSTANT)),
    ("不要一条条发，攒着一起发", Choice()),
    ("don't send them one by one, collect them", Choice()),
    ("有新通报马上发我，不要等汇总", Choice(INSTANT)),
    ("digest off, one by one please", Choice(INSTANT)),
    ("日报改周报", Choice(WEEKLY)),
    ("switch from daily to weekly report", Choice(WEEKLY)),
    ("每周一上午九点给我汇总", Choice(WEEKLY, time(9), 0)),
    ("make it Friday at half past four in the afternoon", Choice(WEEKLY, time(16, 30), 4)),
    ("每天晚上八点发给我", Choice(DAILY, time(20))),
    ("once a day at 8 am is enough", Choice(DAILY, time(8))),
    ("提醒时间改成早上九点", Choice(DAILY, time(9))),
    ("my 3 products daily", Choice(DAILY)),
    ("HS 8507 每周汇总", Choice(WEEKLY)),
    ("每两周一次可以设吗", Choice(other=True)),
    ("monthly", Choice(other=True)),
    ("three alerts a day at most", Choice(other=True)),
    ("晚上9点到早上8点别打扰", Choice(quiet=(time(21), time(8)))),
    ("no messages from 22 to 7", Choice(quiet=(time(22), time(7)))),
    ("免打扰时间设成22:00到7:00", Choice(quiet=(time(22), time(7)))),
    ("silence from 9 pm to 8 am", Choice(quiet=(time(21), time(8)))),
    ("晚上十点半以后别发", Choice(quiet=(time(22, 30), NIGHT[1]))),
    ("no alerts before half past twelve", Choice(quiet=(NIGHT[0], time(12, 30)))),
    ("只在早上9点到下午6点发给我", Choice(quiet=(time(18), time(9)))),
    ("夜里别吵我", Choice(quiet=NIGHT)),
    ("no alerts at night", Choice(quiet=NIGHT)),
    ("取消免打扰", Choice(quiet_off=True)),
    ("turn off quiet hours", Choice(quiet_off=True)),
    ("设置免打扰", Choice()),
    ("change alert frequency", Choice()),
    ("提醒频率怎么调", Choice()),
]


@pytest.mark.parametrize(("text", "wanted"), SAID)
def test_what_is_meant(text: str, wanted: Choice) -> None:
    assert choice(text) == wanted


@pytest.mark.parametrize("text", ["25点到99点别打扰", "nothing from 99 to 77", "每天", "", "9" * 5000, "到到到到-:-:"])
def test_odd_hours_are_no_hours(text: str) -> None:
    assert choice(text).quiet is None
    assert choice(text).at is None
