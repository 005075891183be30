"""Matching over two files, a pure function of them: what each interest would be sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from bot import i18n
from bot.i18n import LANGUAGES, Texts
from bot.matching.index import Index
from bot.matching.notice import Notice, notice
from bot.matching.profile import Profile, profile
from bot.matching.rules import Match
from bot.matching.wording import reason_text
from nlu import language, symbols

Line = Mapping[str, Any]
SEGMENTS = 5


def match_files(
    notifications: Iterable[Line], interests: Iterable[Line], *, texts: Texts | None = None
) -> Iterator[dict[str, Any]]:
    """One line for each interest, in order: {"id", "send": [{"symbol", "reason"}]}, each symbol once as it was written.

    Notification lines are normalised records (only `symbol` is needed), interest lines have
    id company lang products hs_codes markets keywords (only `id` is needed).
    """
    lines = list(interests)
    profiles = [profile(interest) for interest in lines]
    found = _found(_prepare(list(notifications)), Index(profiles))
    sentences = texts or i18n.load()
    for number, (interest, wanted) in enumerate(zip(lines, profiles, strict=True)):
        say = partial(reason_text, language=_language(interest, wanted), texts=sentences)
        sent = [_line(written, why, say) for written, why in found.get(number, ())]
        yield {"id": interest.get("id"), "send": sent}


def _found(prepared: Iterable[tuple[str, list[Notice]]], index: Index) -> dict[int, list[tuple[str, Match]]]:
    """What each interest is sent, by its number. A symbol that stands on several lines (a joint notification, once
    for each member) is sent when one matches, for the best reason."""
    found: dict[int, list[tuple[str, Match]]] = {}
    for written, notices in prepared:
        best: dict[int, Match] = {}
        for number, why in (pair for one in notices for pair in index.matches(one)):
            best[number] = max(best.get(number, why), why, key=lambda match: match.score)
        for number, why in best.items():
            found.setdefault(number, []).append((written, why))
    return found


def _line(symbol: str, why: Match, say: Callable[[Match], str]) -> dict[str, str]:
    return {"symbol": symbol, "reason": say(why)}


def _prepare(lines: list[Line]) -> list[tuple[str, list[Notice]]]:
    """Each symbol as it was first written, with all of its lines."""
    by_symbol: dict[str, list[Line]] = {}
    for line in lines:
        if line.get("symbol"):
            by_symbol.setdefault(canonical(str(line["symbol"])), []).append(line)
    firsts = {symbol: same[0] for symbol, same in by_symbol.items()}
    return [
        (str(same[0]["symbol"]), [notice(line, above=_above(line, firsts)) for line in same])
        for same in by_symbol.values()
    ]


def canonical(symbol: str) -> str:
    """The symbol in capitals; any typed form is understood, what is no symbol stays as it is."""
    text = symbol.strip().upper()
    if text.startswith("G/"):
        return text
    parsed = symbols.parse(symbol)
    return str(parsed) if parsed else text


def _above(line: Line, by_symbol: Mapping[str, Line]) -> list[Line]:
    """The documents of the file that this one is a part of, nearest first."""
    chain: list[Line] = []
    symbol = canonical(str(line.get("symbol", "")))
    stated = line.get("parent")
    if stated and canonical(str(stated)) not in ("", symbol) and canonical(str(stated)) in by_symbol:
        chain.append(by_symbol[canonical(str(stated))])
    while symbol.count("/") >= SEGMENTS:
        symbol = symbol.rpartition("/")[0]
        if symbol in by_symbol and by_symbol[symbol] not in chain:
            chain.append(by_symbol[symbol])
    return chain


def _language(interest: Line, wanted: Profile) -> str:
    stated = str(interest.get("lang") or "")[:2].lower()
    if stated in LANGUAGES:
        return stated
    words = " ".join(term.word for term in (*wanted.products, *wanted.keywords))
    return language.detect(words) if words else LANGUAGES[0]
