"""Places that a message says goods go to, and that are none of the markets: "we export toys to Mars"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from nlu.normalize import Folded

Span = tuple[int, int]
MOST_WORDS = 3
_TO = re.compile(
    r"(?<![a-z])(?:exports?|exported|exporting|sells?|selling|sold|ships?|shipping|supply|supplies|supplying)"
    r"(?![a-z])[^.;?!]{0,60}?(?<![a-z])(?:in)?to\s+(?P<en>[^.;?!:()]{2,60})|"
    r"(?:出口|销售|卖|销|发货|运|供货|出货)[^,。;?!]{0,12}?(?:到|去|往|至)(?P<zh>[^,。;?!:的()\s]{2,12})"
)
_LISTED = re.compile(r"\s*(?:[,、/&]|(?<![a-z])(?:and|or)(?![a-z])|以及|还有|[和与及跟])\s*")
_OVER = re.compile(
    r"\s*(?:(?<![a-z])(?:from|for|by|since|with|which|please|pls|via|through|as|every|each|this|next|at|in|on)(?![a-z])|"
    r"[要不需请有怎可能]|市场|那边|那里|去$|来$|了$|吗$|呢$|啊$|吧$).*"
)
_NO_PLACE = re.compile(
    r"(?<![a-z])(?:a|an|any|all|many|several|some|different|other|others|foreign|abroad|overseas|world|worldwide|global|everywhere|"
    r"customers?|clients?|buyers?|importers?|retailers?|distributors?|shops?|stores?|countr(?:y|ies)|markets?|regions?|"
    r"amazon|temu|shein|warehouses?|ports?|border|customs|them|him|her|you|us|me|my|our|your|their|its?|that|these|those|"
    r"be|do|get|make|meet|avoid|comply|know|see|sell|ship|export|where|what|whom|date|time|there|here|home)(?![a-z])|"
    r"[国海境]外|全球|客户|客人|各国|各地|世界|外国|哪|什么|多少|国家|地区|亚马逊|仓|港|口岸|海关|[那这他她它你我]|时候|[今去明]年|现在|"
    r"^[期时位底家货处场手账付]|\d"
)


def unknown(known: Folded, taken: Collection[Span]) -> list[Span]:
    """Where such places stand in the original text; `taken` are the spans of what was recognised there."""
    found = [span for match in _TO.finditer(known.text) for span in _parts(known, match)]
    spans = (known.span(*span) for span in found)
    return [span for span in spans if not any(span[0] < end and start < span[1] for start, end in taken)]


def _parts(known: Folded, match: re.Match[str]) -> Iterator[Span]:
    """The places listed there, up to three words each; what is no place ends the list."""
    group = "en" if match["en"] else "zh"
    at, end = match.start(group), match.end(group)
    for piece in _LISTED.split(_OVER.sub("", match[group])):
        name = re.sub(r"^the\s+", "", piece).strip()
        start = known.text.find(name, at, end)
        if not name or _NO_PLACE.search(name) or len(name.split()) > MOST_WORDS:
            return
        at = start + len(name)
        yield start, at
