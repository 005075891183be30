"""What a message does to an answer already given; real answers must stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.edits import EditKind, edit


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("还有日本", "日本"),
        ("also Japan", "Japan"),
        ("日本也要", "日本"),
        ("Japan too", "Japan"),
        ("plus Korea", "Korea"),
        ("另外还有越南", "越南"),
        ("还有Ｊａｐａｎ", "Ｊａｐａｎ"),
    ],
)
def test_append(text: str, rest: str) -> None:
    assert (edit(text).kind, edit(text).rest) == (EditKind.APPEND, rest)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("不是，是日本", "日本"),
        ("no, I meant Japan", "Japan"),
        ("改成美国", "美国"),
        ("不是欧盟，是美国", "美国"),
        ("not the EU, the US", "the US"),
        ("Japan instead", "Japan"),
        ("actually, make it Brazil", "Brazil"),
        ("說錯了，是歐盟", "歐盟"),
    ],
)
def test_replace(text: str, rest: str) -> None:
    assert (edit(text).kind, edit(text).rest) == (EditKind.REPLACE, rest)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("去掉日本", "日本"),
        ("remove Japan", "Japan"),
        ("not Japan", "Japan"),
        ("把日本去掉", "日本"),
        ("日本不要了", "日本"),
    ],
)
def test_remove(text: str, rest: str) -> None:
    assert (edit(text).kind, edit(text).rest) == (EditKind.REMOVE, rest)


@pytest.mark.parametrize(
    "text",
    [
        "跳过",
        "不方便说",
        "没有",
        "不知道",
        "暂时没有",
        "也没有别的要说的",
        "商业机密",
        "skip",
        "none",
        "I don't know",
        "prefer not to say",
        "I'd rather not say",
        "n/a",
        "not sure",
    ],
)
def test_decline(text: str) -> None:
    assert edit(text).kind is EditKind.DECLINE


@pytest.mark.parametrize("text", ["上一步", "回上一题", "go back", "back", "previous question please", "/back"])
def test_back(text: str) -> None:
    assert edit(text).kind is EditKind.BACK


@pytest.mark.parametrize(
    "text",
    [
        "玩具",
        "我们没有检测设备，只能委托第三方",
        "we don't know the supplier but paid 20k",
        "我不知道要不要做认证，但是我们已经送检了",
        "没有采取措施",
        "我们已经换成环保材料",
        "增加了20%成本",
        "no testing lab nearby",
        "not affected yet",
        "backpacks",
        "skipping ropes",
    ],
)
def test_a_real_answer_stays_whole(text: str) -> None:
    assert edit(text) == type(edit(text))(EditKind.PLAIN, text)


@given(st.text(max_size=60))
def test_the_rest_is_part_of_the_message(text: str) -> None:
    found = edit(text)
    assert found.rest in text
    if found.kind is EditKind.PLAIN:
        assert found.rest == text
