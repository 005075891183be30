"""Tell Chinese from English: a rule over scripts and common words first, seeded langdetect behind it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlu import concepts, function_words, markets, products
from nlu.company_names import find_names
from nlu.normalize import fold

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

# Codes, addresses and names of standards say nothing about the language of the sentence around them.
_NOISE = re.compile(
    r"https?://[!-~]+|[!-~]+@[!-~]+|^\s*/[a-z_]+\{.*|(?<![a-z])g\s*/\s*(?:tbt|sps)[!-~]*|"
    r"\b[a-z]+-\d[\w-]*|\b[a-z]*\d[\w./-]*|\b[a-z0-9]{4}-[a-z0-9]{4}\b(?=[^a-z]*$)|"
    r"\b(?:tbt|sps|wto|hs|ics|ce|rohs|reach|svhc|fda|fcc|ccc|bis|gpsr|stc|eping|usd|eur|rmb|cny|pdf|excel)\b",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_OTHER_SCRIPT = re.compile(
    "[\u3040-\u30ff\uac00-\ud7af\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u0370-\u03ff]"
)
_LATIN_WORD = re.compile(r"[a-zA-ZÀ-ɏ']+")
_STOP_WORDS = {language: function_words.load()[language] for language in ("en", "fr", "es")}
# Answers that people of all languages type; they keep the language of the conversation.
_ANYBODYS = function_words.load()["anybodys"]
_ENOUGH = 4
_SURE = 0.7
_PRIOR = {"en": 0.6, "fr": 0.2, "es": 0.2}


def detect(text: str, *, default: str = "zh") -> str:
    """ "zh" or "en" for the sentence; anything else, or nothing to judge by, gives the default.

    One answer ("ok", "yes"), a name, a code or a row of letters is nothing to judge by; a command, a product or two
    ordinary words are.
    """
    words_only = _NOISE.sub(" ", text[:2000])
    han = len(_HAN.findall(words_only))
    words = _LATIN_WORD.findall(words_only)
    if len(_OTHER_SCRIPT.findall(words_only)) > han:
        return default
    if han and han * 2 >= len(words):
        return "zh"
    return _latin(_without_names(words_only, words), default) if words else default


def _without_names(text: str, words: list[str]) -> list[str]:
    """The words that stand in no company's name."""
    names = find_names(text)
    if not names:
        return words
    folded = fold(text).text
    kept = [match for match in _LATIN_WORD.finditer(folded) if not any(s <= match.start() < e for s, e in names)]
    return [match[0] for match in kept]


def _latin(words: list[str], default: str) -> str:
    lowered = [word.lower() for word in words]
    if all(word in _ANYBODYS for word in lowered):
        return default
    votes = {language: sum(word in stops for word in lowered) for language, stops in _STOP_WORDS.items()}
    best = max(votes, key=lambda language: votes[language])
    if votes[best] and list(votes.values()).count(votes[best]) == 1:
        return "en" if best == "en" and _is_sentence(words, lowered) else default
    return "en" if _is_ordinary(words, lowered) else default


def _is_sentence(words: list[str], lowered: list[str]) -> bool:
    """More than a name with an "in" or an "a" of some other language: half of the words are English ones."""
    known = sum(word in _STOP_WORDS["en"] or word in ordinary_words() or word in _places(words) for word in lowered)
    return 2 * known >= len(lowered) or len(lowered) >= _ENOUGH


def _is_ordinary(words: list[str], lowered: list[str]) -> bool:
    places = _places(words)
    others = [word for word in lowered if word not in places]
    known = sum(word in ordinary_words() for word in others)
    if others and (known == len(others) or (known >= 2 and 2 * known >= len(others))):
        return True
    named = all(word[:1].isupper() for word in words)
    return len(words) >= _ENOUGH and known > 0 and not named and _guess(" ".join(words)) == "en"


def _places(words: list[str]) -> frozenset[str]:
    """Those words that name markets, which look alike in many languages."""
    text = " ".join(words)
    return frozenset(word.lower() for start, end, _ in markets.find(text) for word in text[start:end].split())


@cache
def ordinary_words() -> frozenset[str]:
    """English words that are no names: function words, and those of the tables of concepts and products know."""
    phrases = [*(word for words in concepts.table().values() for word in words)]
    phrases += [word for entry in products.entries() for word in entry.en]
    words = {word for phrase in phrases if phrase.isascii() for word in _LATIN_WORD.findall(phrase) if len(word) > 2}
    return frozenset(words | {word + "s" for word in words}) | function_words.load()["common"]


def _guess(text: str) -> str | None:
    """The language by letter statistics, None when not sure. Seeded: the same text always gives the same answer."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.set_prior_map(_PRIOR)
    detector.append(text)
    try:
        best = detector.get_probabilities()[0]
    except (LangDetectException, IndexError):
        return None
    return str(best.lang) if best.prob >= _SURE else None


@cache
def _factory() -> DetectorFactory:
    """An own factory with three profiles: langdetect's shared one loads 55 and is not seeded."""
    from pathlib import Path

    from langdetect import detector_factory

    folder = Path(detector_factory.__file__).parent / "profiles"
    detector_factory.DetectorFactory.seed = 0
    factory = detector_factory.DetectorFactory()
    factory.seed = 0
    factory.load_json_profile([(folder / language).read_text(encoding="utf-8") for language in _PRIOR])
    return factory
