"""Texts are cut as BERT's uncased models cut them."""

from pathlib import Path

import pytest

from nlu.semantic.wordpiece import LONGEST_TEXT, Pieces, words
from tests.nlu.semantic import tiny


@pytest.fixture
def pieces(tmp_path: Path) -> Pieces:
    return Pieces.read(tiny.build(tmp_path) / "vocab.txt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stop  the\talerts!", ["stop", "the", "alerts", "!"]),
        ("Café RÉSUMÉ", ["cafe", "resume"]),
        ("欧盟 toys", ["欧", "盟", "toys"]),
        ("2023/1542", ["2023", "/", "1542"]),
        ("a\u200bb\x00c", ["abc"]),
        ("$5 ^up", ["$", "5", "^", "up"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toys?", ["[CLS]", "toy", "##s", "?", "[SEP]"]),
        ("unaffable", ["[CLS]", "un", "##aff", "##able", "[SEP]"]),
        ("unaffected toy", ["[CLS]", "[UNK]", "toy", "[SEP]"]),
        ("toy" * 50, ["[CLS]", "[UNK]", "[SEP]"]),
        ("", ["[CLS]", "[SEP]"]),
    ],
)
def test_the_longest_known_piece_comes_first(pieces: Pieces, text: str, expected: list[str]) -> None:
    assert [tiny.WORDS[number] for number in pieces.cut(text)] == expected


def test_a_long_text_is_cut_and_still_has_its_end(pieces: Pieces) -> None:
    found = pieces.cut("new toys " * 200)
    assert len(found) == LONGEST_TEXT
    assert tiny.WORDS[found[-1]] == "[SEP]"


def test_what_is_no_vocabulary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("toy\n[CLS]\n", "utf-8")
    with pytest.raises(ValueError, match=r"\[SEP\], \[UNK\]"):
        Pieces.read(tmp_path / "vocab.txt")
