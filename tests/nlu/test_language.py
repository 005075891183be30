"""Chinese or English, also in mixed and very short messages, and always the same answer."""

import pytest

from nlu.language import detect


@pytest.mark.parametrize(
    "text",
    [
        "CE认证怎么办",
        "G/TBT/N/USA/1234是什么",
        "我想subscribe欧盟的toys",
        "訂閱",
        "LED灯出口EU要什么certification",
        "RoHS 有哪些物质",
    ],
)
def test_chinese(text: str) -> None:
    assert detect(text, default="en") == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "what does 玩具 mean in English please",
        "lithium batteries",
        "hello",
        "toys",
        "show me G/TBT/N/EU/1",
        "we export furniture",
        "unsubscribe",
    ],
)
def test_english(text: str) -> None:
    assert detect(text, default="zh") == "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9503",
        "G/TBT/N/USA/1234",
        "https://www.wto.org/a",
        "👍",
        "bonjour je voudrais des informations",
        "ありがとうございます",
    ],
)
def test_nothing_to_judge_by_gives_the_default(text: str) -> None:
    assert detect(text, default="en") == "en"
    assert detect(text, default="zh") == "zh"


@pytest.mark.parametrize(
    "text",
    [
        *("ok", "OK!", "yes", "no", "skip", "more", "I-000009", "KJRF-VKUK", "AB2C-3DE4", "asdfgh", "qwe", "8517.12"),
        *(
            "Xiaomi",
            "Redmi Note",
            "Golden Toys Co., Ltd",
            "ACME Lighting GmbH",
            "USA, JP",
            "Portuguese",
            "dingyue wanju",
        ),
    ],
)
@pytest.mark.parametrize("default", ["zh", "en"])
def test_answers_names_and_noise_keep_the_language(text: str, default: str) -> None:
    assert detect(text, default=default) == default


@pytest.mark.parametrize(
    "text",
    [
        *("show me more", "next page please", "resume alerts", "power banks EU", "go back", "ok let's go"),
        *("delete everything", "I want to join Golden Toys Co., Ltd", "Germany and France", "follow Korea"),
    ],
)
def test_two_ordinary_words_are_english(text: str) -> None:
    assert detect(text, default="zh") == "en"


def test_the_same_text_always_gives_the_same_answer() -> None:
    answers = {detect("ceramic tableware glazing", default="zh") for _ in range(20)}
    assert len(answers) == 1
