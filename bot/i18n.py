"""Every sentence that the service says, in Chinese and English: data in bot/texts/<language>/<area>.yml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parent / "texts"

Sentence = str | dict[str, str]  # English plurals: {one: ..., other: ...}, chosen by the value `n`


@dataclass(frozen=True, slots=True)
class Texts:
    """All sentences by language and key. Call it: texts("alert.open", "zh", days=12)."""

    sentences: Mapping[str, Mapping[str, Sentence]]

    def __call__(self, key: str, language: str, /, **values: Any) -> str:
        """The sentence of `key`, filled. Raises KeyError for a key or a value that is not there."""
        sentence = self.sentences[language][key]
        if isinstance(sentence, dict):
            sentence = sentence["one" if values.get("n") == 1 else "other"]
        return sentence.format_map(values)

    def area(self, prefix: str, language: str) -> dict[str, Sentence]:
        """All sentences below `prefix.`, for a page that needs them at once."""
        return {k: v for k, v in self.sentences[language].items() if k.startswith(prefix + ".")}

    def has(self, key: str) -> bool:
        return key in self.sentences[LANGUAGES[0]]


def load(folder: Path = FOLDER) -> Texts:
    return Texts({language: dict(_read(folder / language)) for language in LANGUAGES})


def _read(folder: Path) -> Iterator[tuple[str, Sentence]]:
    for path in sorted(folder.glob("*.yml")):
        for key, sentence in (yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}).items():
            yield f"{path.stem}.{key}", sentence


def problems(texts: Texts) -> list[str]:
    """Every hole: a key without its twin, an empty sentence, placeholders that differ between the languages."""
    found: list[str] = []
    zh, en = (texts.sentences[language] for language in LANGUAGES)
    for key in sorted(zh.keys() | en.keys()):
        if key not in zh or key not in en:
            found.append(f"{key}: only in {'zh' if key in zh else 'en'}")
        elif not zh[key] or not en[key]:
            found.append(f"{key}: empty")
        elif _neutral(_names(zh[key])) != _neutral(_names(en[key])):
            found.append(f"{key}: placeholders differ: {sorted(_names(zh[key]))} and {sorted(_names(en[key]))}")
    return found


def _neutral(names: set[str]) -> set[str]:
    """Values that come in both languages (`name_zh`, `name_en`) count as one."""
    return {name.removesuffix("_zh").removesuffix("_en") for name in names}


def _names(sentence: Sentence) -> set[str]:
    parts = sentence.values() if isinstance(sentence, dict) else (sentence,)
    return {name for part in parts for _, name, _, _ in Formatter().parse(part) if name}
