"""What can be done about a measure: who is named as able to help."""

import pytest

from tests.service import Service


def told(service: Service, *words: str) -> str:
    return "\n".join(reply.text for text in words for reply in service.say(text))


@pytest.mark.parametrize(
    ("words", "sample", "desk"),
    [
        (("草案对我们不利，有什么对策", "欧盟", "打火机"), "（示例）", "点“转人工”，由通报咨询中心答复您"),
        (
            ("The draft is bad for us, what can we do about it?", "European Union", "lighters"),
            "(Sample)",
            'press "Talk to someone"; the enquiry centre will answer you',
        ),
    ],
)
def test_a_sample_expert_is_shown_with_the_demonstration_data_only(
    service: Service, words: tuple[str, ...], sample: str, desk: str
) -> None:
    before = told(service, *words)
    assert desk in before
    assert sample not in before
    service.load_demo()
    after = told(service, *words)
    assert sample in after
    assert desk not in after
