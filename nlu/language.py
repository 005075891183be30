"""Tell Chinese from English: a rule over scripts and stop words first, seeded langdetect behind it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nlu import function_words

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

# Codes, addresses and names of standards say nothing about the language of the sentence around them.
_NOISE = re.compile(
    r"https?://[!-~]+|[!-~]+@[!-~]+|^\s*/[a-z_]+\{.*|(?<![a-z])g\s*/\s*(?:tbt|sps)[!-~]*|\b[a-z]*\d[\w./-]*|"
    r"\b(?:tbt|sps|wto|hs|ics|ce|rohs|reach|svhc|fda|fcc|ccc|bis|gpsr|stc|eping|usd|eur|rmb|cny|pdf|excel)\b",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_OTHER_SCRIPT = re.compile(
    "[\u3040-\u30ff\uac00-\ud7af\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u0370-\u03ff]"
)
_LATIN_WORD = re.compile(r"[a-zA-ZÀ-ɏ']+")
_STOP_WORDS = {language: function_words.load()[language] for language in ("en", "fr", "es")}
_SHORT = 4
_SURE = 0.7
_PRIOR = {"en": 0.6, "fr": 0.2, "es": 0.2}


def detect(text: str, *, default: str = "zh") -> str:
    """ "zh" or "en" for the sentence; anything else, or nothing to judge by, gives the default."""
    words_only = _NOISE.sub(" ", text[:2000])
    han = len(_HAN.findall(words_only))
    words = _LATIN_WORD.findall(words_only)
    if len(_OTHER_SCRIPT.findall(words_only)) > han:
        return default
    if han and han * 2 >= len(words):
        return "zh"
    return _latin(words, default) if words else default


def _latin(words: list[str], default: str) -> str:
    lowered = [word.lower() for word in words]
    votes = {language: sum(word in stops for word in lowered) for language, stops in _STOP_WORDS.items()}
    best = max(votes, key=lambda language: votes[language])
    if votes[best] and list(votes.values()).count(votes[best]) == 1:
        return "en" if best == "en" else default
    if sum(map(len, words)) <= _SHORT:
        return default
    return "en" if _guess(" ".join(words)) == "en" else default


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
