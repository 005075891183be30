"""Splitting by bytes: nothing is lost, every part fits, no letter is torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import splitting
from bot.channels.splitting import Size, in_bytes, in_json

LONG = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=80), st.sampled_from(["\n", "。", "长" * 40])
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize("size", [in_bytes, in_json])
@given(text=LONG, limit=st.integers(30, 300))
def test_nothing_is_lost_and_every_part_fits(size: Size, text: str, limit: int) -> None:
    parts = splitting.split(text, limit, size)
    assert "".join(parts) == text
    assert all(size(part) <= limit for part in parts)


def test_a_chinese_character_counts_three_bytes() -> None:
    assert [len(part) for part in splitting.split("长" * 2000, 2048, in_bytes)] == [682, 682, 636]


def test_in_json_a_line_break_counts_two() -> None:
    assert [in_json(text) for text in ("a\n", '"', "\x00", "长")] == [3, 2, 6, 3]


def test_it_is_cut_where_it_reads_best() -> None:
    text = "第一段的内容比较长一些。\n\n第二段的内容也比较长一些。"
    assert splitting.split(text, 60, in_bytes) == ["第一段的内容比较长一些。\n\n", "第二段的内容也比较长一些。"]
