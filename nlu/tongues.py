"""Tell a language from what bears its name: "in German, please" is no market, "talk in Mandarin" no fruit."""

from __future__ import annotations

import re

# Product words that are also languages; adjectives of markets are marked in reference/markets.tsv.
PRODUCTS = frozenset({"mandarin", "polish"})
_BEFORE = re.compile(
    r"\b(?:in|into|to|with|only|also|fluent in|native|my|your|our|no|any|some|bad|good|poor|little|"
    r"(?:speak|use|using|read|write|know|understand|learn|talk|prefer|want|offer|support|have|answer|reply|get)"
    r"(?:s|ing)?|"
    r"(?:speak|read|write|know|understand|in)(?:s|ing)? [a-z]+(?:, [a-z]+)? (?:and|or))\s+$"
)
_AFTER = re.compile(
    r"\s*(?:$|[^\w\s]|(?:please|pls|now|instead|only|version|language|translation|text|or|and|who|that|than|too|is|"
    r"as|at|well|so|but|here|for me)\b)"
)
_NOUN = re.compile(r"[\s-]+(?:version|language|translation|text|original|speak(?:er|ers|ing)|interpreter|translator)\b")
_ALONE = re.compile(r"(?:please|pls|ok|yes)?\s*,?\s*")
_ALONE_AFTER = re.compile(r"\s*,?\s*(?:please|pls|thanks|now|instead|only)?\s*[.!?]*\s*")


def is_language(folded: str, start: int, end: int) -> bool:
    """Say whether the word at start..end names a language: spoken or read, asked for alone, or before "version"."""
    if _NOUN.match(folded, end):
        return True
    if _ALONE.fullmatch(folded, 0, start) and _ALONE_AFTER.fullmatch(folded, end):
        return True
    return bool(_BEFORE.search(folded, max(0, start - 40), start) and _AFTER.match(folded, end))
