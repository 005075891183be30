"""WTO document symbols as printed and as typed: G/TBT/N/USA/1234/Rev.1, tbt/usa1234, 美国1234号通报, GSPSNCRI347A1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nlu import markets, numerals
from nlu.normalize import Folded, fold

_PART_NAMES = {
    "rev": "REV", "add": "ADD", "cor": "CORR", "sup": "SUPPL", "修": "REV", "补遗": "ADD", "增": "ADD", "附": "ADD",
    "勘": "CORR", "更": "CORR", "补充": "SUPPL", "补编": "SUPPL", "r": "REV", "a": "ADD", "c": "CORR", "s": "SUPPL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Symbol:
    """One notification document; `parts` are its suffixes in order, ("REV", 1), ("ADD", 2)."""

    agreement: str
    member: str
    number: int
    parts: tuple[tuple[str, int], ...] = field(default=())

    def __str__(self) -> str:
        suffix = "".join(f"/{name}.{number}" for name, number in self.parts)
        return f"G/{self.agreement}/N/{self.member}/{self.number}{suffix}"

    @property
    def family(self) -> Symbol:
        """The base document that revisions, addenda, corrigenda and supplements belong to."""
        return Symbol(self.agreement, self.member, self.number)


_WORD = (
    r"(?:rev(?:ision)?|add(?:end(?:um|a))?|corr?(?:igend(?:um|a))?|suppl?(?:ement)?|修订[版本稿]?|补遗|增补|"
    r"附件?补遗|勘误表?|更正|补充|补编)"
)
_ORDINAL = r"(?:\d{1,2}(?!\d)|[一二三四五六七八九十]{1,2})"
_PART = (
    rf"\s*[/.,\-_]?\s*(?:的|and\s+)?(?:{_WORD}\s*[.\-]?\s*(?:no\.?\s*|第)?{_ORDINAL}号?|"
    rf"第\s*{_ORDINAL}\s*[号次个份]?\s*{_WORD})"
)
_PART_ONE = re.compile(
    rf"(?P<name>{_WORD})\s*[.\-]?\s*(?:no\.?\s*|第)?(?P<n>{_ORDINAL})|第\s*(?P<n2>{_ORDINAL})\s*[号次个份]?\s*(?P<name2>{_WORD})"
)
_NUMBER = r"(?P<number>\d{1,5})"
_HAN = r"[一二两三四五六七八九][零一二三四五六七八九十百千]{0,8}"
# g/tbt/n/usa/1234 with any of its slashes missing or blanks around them
_PRINTED = re.compile(
    rf"(?<![a-z0-9])(?P<g>g\s?[/\-_.]?\s?)?(?P<agreement>tbt|sps)\s?[/\-_.]?\s?(?P<n>n\s?[/\-_.]?\s?)??"
    rf"(?P<member>[a-z]{{2,4}})\s?[/\-_.]?\s?{_NUMBER}(?P<parts>(?:{_PART})*)(?![a-z0-9])"
)
_JOINED = re.compile(
    rf"\s*(?:[,、;]|and|和|及|与)\s*(?P<member>[a-z]{{2,4}})\s?/\s?{_NUMBER}(?P<parts>(?:{_PART})*)(?![a-z0-9/])"
)
# names of files: TBTN25/USA2211, GSPSNCRI347A1, NJPN1345A1.docx
_FILE = re.compile(
    r"(?<![a-z0-9])(?:(?:g/?)?(?P<folder>tbtn|spsn)(?P<year>\d\d)/?|(?:g/?)?(?P<bare>tbtn|sps)/n?|g(?P<joined>tbt|"
    r"sps)n|(?P<sps>n))(?P<member>[a-z]{2,4})(?P<number>\d{1,5})"
    r"(?P<parts>(?:[racs]\d{1,2})*)(?:\.(?:docx?|pdf))?(?![a-z0-9])"
)
# USA/1567/Add.3: nothing but member, number and a part
_SHORT = re.compile(
    rf"(?<![a-z0-9/])(?P<member>[a-z]{{2,4}})\s?/\s?{_NUMBER}(?P<parts>(?:\s*/\s*{_WORD}[.\s]*{_ORDINAL})+)(?![a-z0-9/])"
)
# before the symbol: the second addendum to G/TBT/N/EU/1100
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_PART_BEFORE = re.compile(
    rf"(?:the\s+)?(?:(?P<digits>\d{{1,2}})(?:st|nd|rd|th)|(?P<word>{'|'.join(_ORDINALS)}))\s+"
    r"(?P<name>revision|addendum|corrigendum|supplement)\s+(?:of|to|for)\s+(?:the\s+)?$"
)
_BARE_FILE = re.compile(r"(?P<member>[a-z]{2,4})(?P<number>\d{1,5})(?P<parts>(?:[racs]\d{1,2})*)(?:\.(?:docx?|pdf))?")
_FILE_PART = re.compile(r"([racs])(\d{1,2})")
# after a market's name: 美国1234号通报, 欧盟TBT通报第1100号, US notification 1234
_AFTER_MARKET = re.compile(
    rf"(?:的|发布的|发的|那[个份条]|这[个份条]|'s)?\s*(?:20\d\d年的?)?\s*(?:g/)?(?P<agreement>tbt|sps)?[\s/]*(?:的)?(?P<word>通报|"
    rf"notification|notice)?\s*"
    rf"(?P<mark>第|no\.?\s*|number\s*|#|号\s*)?\s*(?:(?P<number>\d{{1,5}})|(?P<han>{_HAN})(?=号))(?!\d|[.,]\d|"
    rf"[年月日天%万千亿件个元条])\s*(?P<hao>号)?\s*(?:的)?(?P<agreement2>tbt|sps|卫生|动植物检疫)?\s*(?P<word2>通报|notification)?"
    rf"(?P<parts>(?:{_PART})*)"
)
_MARKET_AFTER = re.compile(
    r"(?:(?P<agreement>tbt|sps)\s+)?notification\s+(?:no\.?\s*|number\s*|#\s*)?(?P<number>\d{1,5})\s+(?:from|of|"
    r"by)\s+(?:the\s+)?$"
)
# with words between, when it is said to be a document: 印度那份紧急的1234号文件, 美国今年发的2211号文件
_DOCUMENT_AFTER = re.compile(
    r"(?P<between>[^,。;!?\d]{0,10}?(?:那[个份条]?|这[个份条]?|发布?的?|出的?|紧急的?|提交的?|通报的?)[^,。;!?\d]{0,8}?)"
    r"(?:第\s*)?(?P<number>\d{1,5})\s*(?P<hao>号)\s*(?P<kind>卫生|动植物检疫|sps|tbt)?(?=\s*(?:文件|通报|通知))"
)
_AROUND = re.compile(r"\s|通报|notification|的|卫生|动植物检疫")
_MAY_HOLD = re.compile(r"tbt|sps|号|通报|notif|(?<![a-z])n[a-z]{2,4}\d|[a-z]{2}\s?/\s?\d")


def parse(text: str) -> Symbol | None:
    """The one symbol that a text is, as typed or printed, or as the name of its file; None if it is not just that."""
    folded = fold(text.strip()).text.strip(" .,;。")
    for start, end, symbol in _search(folded, text.strip()):
        if not _AROUND.sub("", folded[:start] + folded[end:]):
            return symbol
    bare = _BARE_FILE.fullmatch(folded)
    return _file(bare, "TBT") if bare and _known(bare["member"]) else None


def find(text: str, *, folded: Folded | None = None) -> list[tuple[int, int, Symbol]]:
    """All symbols in reading order with offsets in the original text; a joint list gives one for each member."""
    known = folded or fold(text)
    found = _search(known.text, text)
    return [(*known.span(start, end), symbol) for start, end, symbol in found]


def _search(folded: str, original: str) -> list[tuple[int, int, Symbol]]:
    if not _MAY_HOLD.search(folded) or not re.search(r"\d|[一二三四五六七八九十百千]号", folded):
        return []
    found: list[tuple[int, int, Symbol]] = []
    for candidate in (*_files(folded), *_printed(folded), *_short(folded), *_spoken(folded, original)):
        if not any(candidate[0] < end and start < candidate[1] for start, end, _ in found):
            found.append(_with_part_before(folded, candidate))
    return sorted(found, key=lambda item: item[0])


def _with_part_before(folded: str, found: tuple[int, int, Symbol]) -> tuple[int, int, Symbol]:
    start, end, symbol = found
    before = _PART_BEFORE.search(folded, 0, start)
    if before is None or symbol.parts:
        return found
    number = int(before["digits"] or _ORDINALS.index(before["word"]) + 1)
    return before.start(), end, replace(symbol, parts=((_PART_NAMES[before["name"][:3]], number),))


def _printed(folded: str) -> Iterator[tuple[int, int, Symbol]]:
    for match in _PRINTED.finditer(folded):
        if not (match["g"] and match["n"]) and not _is_plausible(match):
            continue
        agreement = match["agreement"].upper()
        yield match.start(), match.end(), _symbol(agreement, match)
        yield from _joined(folded, match.end(), agreement)


def _short(folded: str) -> Iterator[tuple[int, int, Symbol]]:
    for match in _SHORT.finditer(folded):
        if _known(match["member"]):
            yield match.start(), match.end(), _symbol("TBT", match)


def _is_plausible(match: re.Match[str]) -> bool:
    """Without the whole "g/tbt/n/": a known member, and two letters ("sps in 2025") only between slashes."""
    if not _known(match["member"]):
        return False
    short = len(match["member"]) == 2 and match["member"] != "eu"
    return not short or f"/{match['member']}/" in match[0].replace(" ", "")


def _joined(folded: str, at: int, agreement: str) -> Iterator[tuple[int, int, Symbol]]:
    """G/TBT/N/ARE/637, BHR/736, KWT/712: the rest of a joint notification repeats only member and number."""
    while (match := _JOINED.match(folded, at)) and _known(match["member"]):
        yield match.start("member"), match.end(), _symbol(agreement, match)
        at = match.end()


def _files(folded: str) -> Iterator[tuple[int, int, Symbol]]:
    for match in _FILE.finditer(folded):
        agreement = (match["folder"] or match["bare"] or match["joined"] or "sps")[:3].upper()
        if _known(match["member"]):
            yield match.start(), match.end(), _file(match, agreement)


def _file(match: re.Match[str], agreement: str) -> Symbol:
    parts = tuple((_PART_NAMES[letter], int(number)) for letter, number in _FILE_PART.findall(match["parts"]))
    return Symbol(agreement, _member(match["member"]), int(match["number"]), parts)


def _spoken(folded: str, original: str) -> Iterator[tuple[int, int, Symbol]]:
    if not re.search(r"号|通报|notif|\d\s*(?:tbt|sps)", folded):
        return
    capitals = original if len(original) == len(folded) else folded
    for start, end, market in markets.find(capitals):
        after = _AFTER_MARKET.match(folded, end)
        if after is not None and _is_spoken(after):
            said = (after["agreement"] or after["agreement2"] or "tbt").upper()
            agreement = said if said in {"TBT", "SPS"} else "SPS"  # 卫生通报
            member, parts = markets.symbol_code(market), _parts(after["parts"])
            yield start, _right_edge(after), Symbol(agreement, member, _spoken_number(after), parts)
        elif far := _DOCUMENT_AFTER.match(folded, end):
            agreement = "SPS" if re.search("sps|卫生|检疫", far[0]) else "TBT"
            yield start, far.end("hao"), Symbol(agreement, markets.symbol_code(market), int(far["number"]))
        elif before := _MARKET_AFTER.search(folded[:start]):
            agreement = (before["agreement"] or "tbt").upper()
            yield before.start(), end, Symbol(agreement, markets.symbol_code(market), int(before["number"]))


def _spoken_number(match: re.Match[str]) -> int:
    return int(match["number"]) if match["number"] else int(numerals.chinese(match["han"]) or 0)


def _is_spoken(match: re.Match[str]) -> bool:
    """A number after a market is a symbol only with 号 or a word for notification, and if it is not a year."""
    if match["hao"] and not (match["word"] or match["word2"] or match["agreement"]):
        return not re.match(
            r"\s*(?:法规|法令|令|公告|法案|条例|决议|指令|标准|文件|修正案)", match.string[match.end() :]
        )
    if match["word"] and (match["mark"] or match["hao"]):
        return True
    looks_like_year = 1990 <= _spoken_number(match) <= 2040
    if match["agreement2"] in {"tbt", "sps"} and not looks_like_year:
        return True
    return bool((match["hao"] or match["word"] or match["word2"]) and not (looks_like_year and not match["hao"]))


def _right_edge(match: re.Match[str]) -> int:
    """The symbol ends with its number or its last part; 通报 and 号 belong to the sentence only when parts follow."""
    if match["parts"]:
        return match.end()
    if match["hao"]:
        return match.end("hao")
    tail = match["agreement2"] and not match["word2"]  # "USA 1890 TBT" is one name
    return match.end("agreement2") if tail else match.end("number")


def _symbol(agreement: str, match: re.Match[str]) -> Symbol:
    return Symbol(agreement, _member(match["member"]), int(match["number"]), _parts(match["parts"]))


def _parts(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(_part(match) for match in _PART_ONE.finditer(text or ""))


def _part(match: re.Match[str]) -> tuple[str, int]:
    name, number = match["name"] or match["name2"], match["n"] or match["n2"]
    key = next(key for key in (name[:3], name[:2], name[:1]) if key in _PART_NAMES)
    return _PART_NAMES[key], int(number) if number.isdigit() else int(numerals.chinese(number) or 0)


def _known(member: str) -> bool:
    upper = member.upper()
    return markets.from_symbol_code(upper) is not None or (len(upper) == 2 and upper in markets.markets())


def _member(code: str) -> str:
    """Two letters other than EU are an ISO alpha-2 typed by mistake: US -> USA, CN -> CHN."""
    upper = code.upper()
    if len(upper) == 2 and upper in markets.markets():
        return markets.symbol_code(upper)
    return upper
