"""Rules that a text names by number: regulations, articles, standards, notifications; only what has them answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nlu import numerals, symbols
from nlu.normalize import fold

# What names a rule has a figure, or 第 and 条, or is an annex
_MAY_NAME = re.compile(r"\d|第|附|[Aa]nnex|[Aa]ppendix")
_CHINESE = r"[零〇一二三四五六七八九十百]+"
_NEW = r"(?<![a-z\d])"  # a word begins, also beside Chinese, where \b sees none
_YEAR = r"(?:19|20)\d\d"
_REGULATION = re.compile(rf"(?<![\d/.])(?:({_YEAR})/(\d{{1,5}})|(\d{{1,5}})/({_YEAR}))(?![\d/])")
_ARTICLE = re.compile(
    rf"(?:第\s*(\d{{1,4}}(?:\.\d+)*|{_CHINESE})\s*条(?:\s*第?\s*(?P<part>\d{{1,2}}|{_CHINESE})\s*款)?"
    rf"|(\d{{1,4}}(?:\.\d+)+)\s*条|{_NEW}(?:article|arts?\.?)\s*(\d{{1,4}}(?:\.\d+)*)"
    rf"(?:,?\s*para(?:graph)?\.?\s*(?P<para>\d{{1,2}})(?![\d.]))?"
    rf"|(?<![\w.])(\d{{1,2}}(?:\.\d{{1,2}}){{2}})(?![\d.]*\d))"  # 2.9.2 alone is an article of an agreement
)
_ANNEX = re.compile(rf"(?:附件|附录|{_NEW}annex\s|{_NEW}appendix\s)\s*(\d{{1,2}}|[a-z]|[ivx]{{1,5}})(?![a-z0-9])")
_CODE = re.compile(r"(?<![a-z\d.])(\d{1,2})\s*cfr\s*(?:parts?\s*|§+\s*)?(\d{1,5})(?![\d%])")  # of the United States
_BODIES = "iso|iec|en|gb|astm|cispr|etsi|jis|ul|ansi|din|nom|as|nzs|gso|saso|sni|tcvn|abnt|nbr|gost|cns|csa|bs"
_STANDARD = re.compile(
    rf"{_NEW}((?:{_BODIES})(?:\s*/\s*(?:{_BODIES}|tr|ts|t))*)\s*[-:]?\s*([a-z]?\d{{3,6}}|[a-z]\d{{2,6}}|71|14|31)(?![\d%])"
)


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One named rule; `key` compares, `text` is as it was written."""

    key: tuple[str, str]
    text: str


def find(text: str) -> list[Reference]:
    """All rules that `text` names, in the order of their kinds; a notification's symbol is no regulation number."""
    folded = fold(text)
    named = symbols.find(text, folded=folded)
    rest = _blanked(folded.text, [folded.inside(start, end) for start, end, _ in named])
    found = [Reference(("symbol", str(symbol)), text[start:end]) for start, end, symbol in named]
    annexes = [Reference(("annex", one[1]), one[0]) for one in _ANNEX.finditer(rest)]
    return [*found, *_regulations(rest), *_articles(rest), *annexes, *_standards(rest), *_codes(rest)]


def keys(texts: Iterable[str]) -> frozenset[tuple[str, str]]:
    return frozenset(reference.key for text in texts if _MAY_NAME.search(text) for reference in find(text))


def covers(known: frozenset[tuple[str, str]], asked: Iterable[Reference]) -> bool:
    """Whether every rule asked about is among the known ones; Article 2 is there where Article 2.9.4 is."""
    return all(_is_in(known, reference.key) for reference in asked)


def _is_in(known: frozenset[tuple[str, str]], key: tuple[str, str]) -> bool:
    if key in known or key[0] != "article":
        return key in known
    parts = key[1]
    return any(kind == "article" and other.startswith(f"{parts}.") for kind, other in known)


def _codes(text: str) -> list[Reference]:
    return [Reference(("cfr", f"{one[1]}/{one[2]}"), one[0]) for one in _CODE.finditer(text)]


def _regulations(text: str) -> list[Reference]:
    found = _REGULATION.finditer(text)
    return [Reference(("regulation", "/".join(sorted(part for part in one.groups() if part))), one[0]) for one in found]


def _articles(text: str) -> list[Reference]:
    found = []
    for one in _ARTICLE.finditer(text):
        part = one["part"] or one["para"]
        number = next(group for group in one.groups() if group)
        whole = ".".join(map(_figures, (number, part) if part else (number,)))
        found.append(Reference(("article", whole), one[0].strip()))
    return found


def _figures(number: str) -> str:
    return number if number[0].isdigit() else f"{numerals.chinese(number) or 0:.0f}"


def _standards(text: str) -> list[Reference]:
    """EN IEC 62368 is EN 62368 and IEC 62368 as well: the number and one letter before it tell."""
    return [Reference(("standard", one[2]), one[0]) for one in _STANDARD.finditer(text) if not _is_word(one)]


def _is_word(match: re.Match[str]) -> bool:
    return match[1] in {"as", "en", "no"} and match[2].isdigit() and len(match[2]) == 3 and match[0].count(" ") == 1


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
