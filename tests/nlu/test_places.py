"""Places that goods are said to go to, and that are no market."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.entities import extract
from nlu.normalize import fold
from nlu.places import unknown

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("we export toys to Mars", ["Mars"]),
        ("We sell LED lamps to the Gemany and Japan", ["Gemany"]),
        ("we ship garden chairs to Wakanda, Japan and Atlantis since 2020", ["Wakanda", "Atlantis"]),
        ("出口玩具到火星", ["火星"]),
        ("我们的玩具销往瓦坎达和日本", ["瓦坎达"]),
        ("we export toys to the EU and the US", []),
        ("we ship toys to our customers", []),
        ("we export to make money", []),
        ("export the list to CSV please", ["CSV"]),  # a task whose action asks for no market
        ("玩具出口到国外要什么", []),
        ("雨伞卖到法国要做检测吗", []),
        ("许可证出口到期了", []),
        ("货发到客户仓库了", []),
        ("把玩具出口到欧盟各国", []),
    ],
)
def test_unknown(text: str, named: list[str]) -> None:
    known = fold(text)
    taken = [(one.start, one.end) for one in extract(text, now=NOW, folded=known)]
    assert [text[start:end] for start, end in unknown(known, taken)] == named
