"""Folding: what becomes equal, and the way back to the original offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.normalize import fold, simplify


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Ｇ／ＴＢＴ／Ｎ／ＵＳＡ／１２３４", "g/tbt/n/usa/1234"),
        ("訂閱歐盟玩具通報", "订阅欧盟玩具通报"),
        ("臺灣的電池標準", "台湾的电池标准"),
        ("ﬁne LED", "fine led"),
        ("don’t", "don't"),
        ("欧\u200b盟", "欧盟"),
        ("a\u00a0b\u3000c", "a b c"),
        ("two\nlines\there", "two lines here"),
        ("a\x00b", "a b"),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed).text == folded


def test_simplified_text_is_left_alone() -> None:
    assert simplify("我想订阅欧盟的玩具通报") == "我想订阅欧盟的玩具通报"


def test_span_covers_a_character_that_became_several() -> None:
    folded = fold("½ kg")
    assert folded.text == "1⁄2 kg"
    assert folded.span(0, 3) == (0, 1)
    assert folded.span(4, 6) == (2, 4)


@given(st.text(max_size=60))
def test_every_folded_stretch_comes_from_a_stretch_of_the_original(text: str) -> None:
    folded = fold(text)
    for start in range(len(folded.text)):
        left, right = folded.span(start, start + 1)
        assert 0 <= left < right <= len(text)
        first, last = folded.inside(left, right)
        assert first <= start < last


@given(st.text(max_size=60))
def test_spans_grow_with_offsets(text: str) -> None:
    folded = fold(text)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert spans == sorted(spans)


@given(st.text(alphabet="訂閱歐盟玩具通報ＡＢ１２ab, 。é́", max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once
