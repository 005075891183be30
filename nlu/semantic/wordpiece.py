"""Cut an English text into the pieces that BERT's uncased models know (Wu et al. 2016; Devlin et al. 2018)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

START, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LONGEST_WORD = 100
LONGEST_TEXT = 128  # pieces, with the two marks around them; what is longer is cut
_ASCII_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


class Pieces:
    """The vocabulary of an encoder: the number of a piece is its line."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers

    @classmethod
    def read(cls, path: Path) -> Pieces:
        """Read vocab.txt. Raises OSError, and ValueError when one of the marks is not in it."""
        numbers = {piece: number for number, piece in enumerate(path.read_text("utf-8").split("\n"))}
        if missing := [mark for mark in (START, END, UNKNOWN) if mark not in numbers]:
            raise ValueError(f"{path}: not a vocabulary of BERT, it lacks {', '.join(missing)}")
        return cls(numbers)

    def cut(self, text: str) -> list[int]:
        """The numbers of the text's pieces between the two marks."""
        found = [number for word in words(text) for number in self._cut_word(word)]
        return [self._numbers[START], *found[: LONGEST_TEXT - 2], self._numbers[END]]

    def _cut_word(self, word: str) -> list[int]:
        """The longest known piece first, again and again; a word with an unknown rest is unknown as a whole."""
        unknown = [self._numbers[UNKNOWN]]
        if len(word) > LONGEST_WORD:
            return unknown
        found, start = list[int](), 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self._numbers.get(word[start:end] if start == 0 else f"##{word[start:end]}")
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return unknown
        return found


def words(text: str) -> Iterator[str]:
    """Words and marks in lower case without accents; marks and Chinese characters stand for themselves."""
    word = ""
    for character in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(character)
        if kind == "Mn" or (kind[0] == "C" and character not in "\t\n\r"):
            continue
        if character.isspace():
            if word:
                yield word
            word = ""
        elif kind[0] == "P" or character in _ASCII_MARKS or _is_chinese(character):
            if word:
                yield word
            yield character
            word = ""
        else:
            word += character
    if word:
        yield word


def _is_chinese(character: str) -> bool:
    return "㐀" <= character <= "鿿" or "豈" <= character <= "﫿" or "𠀀" <= character <= "𯨟"
