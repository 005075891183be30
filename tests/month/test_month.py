"""A simulated month for a thousand members, message by message against an oracle that knows nothing of the service."""

from collections import Counter
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import Texts
from tests.month import oracle, playing, world
from tests.month.oracle import Message
from tests.month.world import World
from tests.service import Service

# Clocks go back in Europe and Lebanon on 25 October, in Egypt on the 30th, in America on 1 November; they go forward in
# America on 8 March, in Europe and Lebanon on the 29th.
AUTUMN, SPRING = date(2026, 10, 12), date(2026, 3, 2)


def compare(service: Service, month: World, folder: Path, texts: Texts) -> list[Message]:
    expected = oracle.foretell(month)
    channel = playing.play(service, month, folder)
    arrivals = [
        world.Person(act.who, "", month.people[0].habits, act.what) for act in month.acts if act.kind == "register"
    ]
    sent = playing.messages(channel, [*(one for one in month.people if one.wishes), *arrivals], texts)
    missing, surplus = Counter(expected) - Counter(sent), Counter(sent) - Counter(expected)
    zones = {one.name: ZoneInfo(one.habits.zone) for one in month.people}
    tell = [*(("missing", one) for one in missing), *(("surplus", one) for one in surplus)]
    tell.sort(key=lambda pair: (pair[1].at, pair[1].who))
    report = "\n".join(f"{what} {one.at.astimezone(zones[one.who]):%m-%d %H:%M %Z} {one}" for what, one in tell[:40])
    assert not tell, f"{len(missing)} missing, {len(surplus)} surplus of {len(expected)}:\n{report}"
    return sent


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", [pytest.param(AUTUMN, id="autumn"), pytest.param(SPRING, id="spring", marks=pytest.mark.timed)]
)
def test_everyone_gets_what_concerns_them_in_the_right_minute_once(
    start: date, service: Service, tmp_path: Path, texts: Texts
) -> None:
    month = world.make(seed=1, start=start, days=31, people=1000, documents=90)
    sent = compare(service, month, tmp_path, texts)
    kinds = Counter(one.kind for one in sent)
    assert len(sent) > 1500, "too little happened to say anything"
    assert min(kinds["alert"], kinds["closing"], kinds["digest"]) > 50, kinds
    assert sum(one.why == "followed" for one in sent) > 50
