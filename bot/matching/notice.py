"""A notification prepared for matching (pure): folded once, then compared with thousands of interests."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.matching.categories import categories
from bot.matching.kinds import objectives
from bot.matching.words import AFTER_HEAD, BREAK, CJK, PURPOSE, Term, foreign, included, stems
from nlu import markets, products
from nlu.normalize import fold

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")

ALL_PRODUCTS = re.compile(
    r"^\W*(?:all|any|various)(?: kinds of| types of)?"
    r" (?:(?:consumer|industrial|imported|manufactured|regulated|packaged)\s)?"
    r"(?:products|goods|commodities)(?:,? services)?(?:,? (?:and|or) (?:services|processes|goods))?"
    r"(?:,? (?:that are |which are )?(?:subject to|placed on|sold|marketed|imported|covered by|regulated by)\b.*)?"
    r"\W*(?:[;(].*)?$"
    r"|^\W*(?:所有|各类|全部)(?:产品|商品|货物)\W*$",
    re.IGNORECASE | re.DOTALL,
)
# "Products such as remote controls, kitchen scales": what a description lists is what it is about.
EXAMPLES = re.compile(
    r"\b(?:products?|goods|appliances?|equipment|articles?|devices?|items?|foods?|foodstuffs?|vehicles?|machines?|tools"
    r"|commodities|tableware|apparel|garments?|utensils|instruments|accessories|furniture)\b[^.;,]{0,40}?,?\s*\(?"
    r"\b(?:such as|including|e\.g\.,?|namely|for example|like)\s(?P<list>[^.;]{3,400})",
    re.IGNORECASE,
)
EXAMPLES_ZH = re.compile(
    r"(?:产品|商品|设备|电器|用品|食品|器具|制品)[^。；，]{0,8}(?:例如|包括|如)[:：]?(?P<list>[^。；]{2,200})"
)
ICS_PART = re.compile(r"(?:(?<=[;,\n])|^)[^;,\n(]*\(ics\b[^;]*")
JOINED = re.compile(r"(?<=[a-zß-ÿ)])(?=[A-Z][a-zß-ÿ]{2})")  # a lost line break: "ShowersLavatory equipment"
SHARED_HEAD = re.compile(r"(?=(?: |^)((?:[a-z]+ , )*[a-z]+) (?:, )?(?:and|or) [a-z]+ ([a-z]+) )")
SYMBOL_MEMBER = re.compile(r"/N/([A-Z]{2,4})/", re.IGNORECASE)
AGREEMENT = re.compile(r"\b(TBT|SPS)\b", re.IGNORECASE)
CODES_ONLY = re.compile(
    r"\b(?:hs|ics|codes?|n/?a|none|not applicable|see|below|c[oó]digos?|s\.?a\.?|del?|la)(?!\w)", re.IGNORECASE
)
DOCUMENT = re.compile(
    r"(?:requirements?|regulations?|standards?|specifications?|rules?|decrees?|label+ing|safety|limits?|resolutions?|orders?"
    r"|drafts?|tolerances?|polic(?:y|ies)|procedures?|methods?|conditions?|criteria|systems?|scheme|programm?e?|certification"
    r"|approval|authori[sz]ation|registration|notification|guidelines?|measures?|controls?|levels?|provisions?|protocol"
    r"|permits?|licen[cs]ing|code|certificate)\W*(?:\([^)]*\))?\W*$|^\W*$"
)
ENGLISH = re.compile(r"\s(?:of|the|for|and|with|from|on)\s.*\s(?:of|the|for|and|with|from|on)\s", re.DOTALL)
SHORTEST_DERIVED = 4
MUCH = 200  # characters of a cell that tell whether it holds more than codes
CARRIED = ("products", "products_en", "hs_codes", "ics_codes", "objectives")


@dataclass(frozen=True, slots=True)
class Named:
    """A product of the gazetteer that the notification names."""

    text: str
    stems: str
    chinese: bool
    hs_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What matching looks at: `stems` and `chinese` are title and products, `direct` is without what they are for,
    `all_*` holds description, keywords and objectives too; `worded` = the subject says more than codes."""

    symbol: str
    agreement: str
    type: str
    markets: frozenset[str]
    hs_codes: tuple[str, ...]
    ics_codes: tuple[str, ...]
    stems: str
    direct: str
    chinese: str
    all_stems: str
    all_chinese: str
    named: tuple[Named, ...]
    derived: tuple[str, ...]
    categories: tuple[str, ...]
    all_products: bool
    worded: bool
    objectives: frozenset[str] = frozenset()
    seen: dict[Any, Any] | None = field(default=None, compare=False, repr=False)

    def remembering(self) -> "Notice":
        """The same, to be compared with many interests in a row: what was found out about a word or a code that one
        of them names is not looked for again."""
        return replace(self, seen={})

    def once(self, rule: "Callable[[Asked, Notice], Found]", asked: Asked) -> Found:
        """What a rule says of a value that an interest asks for."""
        if self.seen is None:
            return rule(asked, self)
        key = rule, asked
        if key not in self.seen:
            self.seen[key] = rule(asked, self)
        return self.seen[key]  # type: ignore[no-any-return]  # under its rule stands what that rule said


def notice(record: Mapping[str, Any], *, above: Sequence[Mapping[str, Any]] = (), also: Iterable[str] = ()) -> Notice:
    """Prepare a normalised record. `above`: its parent and the parent's parents, from which a part that names no
    product takes products and codes; `also`: further markets of a joint notification."""
    full = _inherit(record, above)
    symbol = str(record.get("symbol", "")).strip()
    subject = [included(text) for text in _subject(full)]
    hs, ics = _hs(full), tuple(str(code).strip() for code in _many(full.get("ics_codes")))
    rest = [
        *_texts(full, "description", "description_zh"),
        *(fold(text).text for key in ("keywords", "objectives") for text in _many(full.get(key))),
    ]
    listed = [found for text in _texts(full, "description", "description_zh") for found in _listed(included(text))]
    everything, all_chinese = f"{_latin(subject)}|{_latin(rest)}", _chinese([*subject, *rest])
    if not hs and not any(_has_words(text) for text in _texts(full, "products", "products_en")):
        subject = [*subject, *(included(text) for text in _texts(full, "description", "description_zh"))]
    subject = [*subject, *listed]
    cells = [included(text) for text in _texts(full, "products", "products_en")]
    named = _named(subject)
    return Notice(
        symbol=symbol,
        agreement=str(record.get("agreement") or _first(AGREEMENT, symbol)).lower(),
        type=str(record.get("type") or "").lower(),
        markets=frozenset((*_markets(record, symbol), *also)),
        hs_codes=hs, ics_codes=ics,
        stems=_spelled_out(_latin(subject)),
        direct=_spelled_out(_latin(_without_purpose(_without_ics(subject)))), chinese=_chinese(subject),
        all_stems=everything, all_chinese=all_chinese,
        named=named, derived=() if hs else _derived(full, listed),
        categories=_whole(categories(_without_ics(cells)), _named(_texts(full, "title", "title_zh", "title_above"))),
        worded=bool(named) or _is_read(" ".join(subject)),
        objectives=objectives(_many(full.get("objectives"), split=False)),
        all_products=any(ALL_PRODUCTS.match(text) for text in _texts(full, "products", "products_en")),
    )  # fmt: skip


def mentions(prepared: Notice, term: Term, *, everywhere: bool = False) -> str | None:
    """The words of the term that the notification uses, or None. `everywhere`: in the description and keywords too."""
    if everywhere:
        return _phrase(term, prepared.all_stems, prepared.all_chinese) or _bag(term, prepared.all_stems)
    if not _phrase(term, prepared.stems, prepared.chinese):  # nearly always so, and the rest costs ten times as much
        return _bag(term, prepared.stems) if term.bag and not _contradicts(prepared, term) else None
    narrow = _contradicts(prepared, term)
    latin, chinese = _without_others(prepared, term, prepared.direct if narrow else prepared.stems)
    return _head(term, latin, chinese) if narrow else _phrase(term, latin, chinese) or _bag(term, latin)


def _phrase(term: Term, latin: str, chinese: str) -> str | None:
    """The form that the text has, best one in the language in which the term was named."""
    english = next((form for phrase, form in term.phrases if phrase in latin), None)
    native = next((word for word in term.chinese if word in chinese), None)
    return native or english if CJK.search(term.word) else english or native


def _bag(term: Term, latin: str) -> str | None:
    """All words of an English phrase within one part of a sentence: "kettles, electric" for electric kettles."""
    if term.bag and any(term.bag.issubset(part.split()) for part in latin.split(BREAK)):
        return term.word
    return None


def _without_others(prepared: Notice, term: Term, latin: str) -> tuple[str, str]:
    """The subject without the names of other products that hold the words: rice in "rice cooker", car in "toy car"."""
    mine = {code[:2] for code in term.hs_codes}
    chinese = prepared.chinese
    for other in prepared.named:
        if not mine.isdisjoint(code[:2] for code in other.hs_codes):
            continue
        if any(phrase in other.stems and phrase != other.stems for phrase, _ in term.phrases):
            latin = latin.replace(other.stems, f" {BREAK} ")
        if any(word in other.text and word != other.text for word in term.chinese):
            chinese = chinese.replace(other.text, BREAK)
    return latin, chinese


def _contradicts(prepared: Notice, term: Term) -> bool:
    """The notification states codes, and none of a chapter in which the product of these words is."""
    stated = {code[:2] for code in prepared.hs_codes}
    return bool(stated and term.hs_codes) and stated.isdisjoint(code[:2] for code in term.hs_codes)


def _head(term: Term, latin: str, chinese: str) -> str | None:
    """The words as what is regulated, not as what it is made of or for: not "eggs of silkworm", "leather polish"."""
    for phrase, written in term.phrases:
        if any(rest.split(" ", 1)[0] in AFTER_HEAD for rest in latin.split(phrase)[1:]):
            return written
    for word in term.chinese:
        if any(not rest or not CJK.match(rest) or rest[0] in "和与及等的或" for rest in chinese.split(word)[1:]):
            return word
    return None


def _inherit(record: Mapping[str, Any], above: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """An addendum or corrigendum that leaves products or codes out means those of the document that it belongs to."""
    full = dict(record)
    for parent in above:
        if not any(full.get(key) for key in ("products", "products_en")):
            full["title_above"] = parent.get("title") or parent.get("title_zh")
        for key in CARRIED:
            full[key] = full.get(key) or parent.get(key)
    return full


def _subject(full: Mapping[str, Any]) -> list[str]:
    return _texts(full, "products", "products_en", "title", "title_zh", "title_above")


def _without_purpose(texts: Iterable[str]) -> Iterator[str]:
    """Each part of the texts without what its product is for; but "requirements for toys" is about toys."""
    for part in (part for text in texts for part in re.split(r"[;；\n]", text)):
        start = PURPOSE.split(part, maxsplit=1)[0]
        yield part if DOCUMENT.search(start) else start


def _without_ics(texts: Iterable[str]) -> Iterator[str]:
    """The cells without the titles of their ICS codes, when they say more than those."""
    for text in texts:
        rest = ICS_PART.sub("", text) if "(ics" in text else ""
        yield rest if _has_words(rest) else text


def _listed(text: str) -> Iterator[str]:
    for pattern in (EXAMPLES, EXAMPLES_ZH):
        yield from (found["list"] for found in pattern.finditer(text))


def _spelled_out(latin: str) -> str:
    """With the head of a list beside each of its words: "bamboo, cane and rattan articles" has bamboo articles."""
    pairs = (f" {word} {found[2]} " for found in SHARED_HEAD.finditer(latin) for word in found[1].split(" , ") if word)
    more = f" {BREAK} ".join(pairs)
    return f"{latin}{BREAK}{more}" if more else latin


def _texts(full: Mapping[str, Any], *keys: str) -> list[str]:
    return [fold(JOINED.sub(" ; ", text)).text for key in keys for text in _many(full.get(key), split=False)]


def _many(value: Any, *, split: bool = True) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value]
    return [part.strip() for part in re.split(r"[;,，；]", str(value))] if split else [str(value)]


def _hs(full: Mapping[str, Any]) -> tuple[str, ...]:
    codes = (re.sub(r"\D", "", code) for code in _many(full.get("hs_codes")))
    return tuple(dict.fromkeys(code for code in codes if 2 <= len(code) <= 10))


def _markets(record: Mapping[str, Any], symbol: str) -> Iterable[str]:
    stated = [code for text in _many(record.get("members")) if (code := markets.from_wto_member(text))]
    own = [code for member in SYMBOL_MEMBER.findall(symbol) if (code := markets.from_symbol_code(member))]
    return stated or own


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _has_words(text: str) -> bool:
    start = text[:MUCH]
    return bool(CJK.search(start)) or len(re.sub(r"[^a-zà-ÿ]+", "", CODES_ONLY.sub("", start))) > 3


def _is_read(text: str) -> bool:
    """Whether the text is in a language whose product words we know: English or Chinese."""
    return bool(CJK.search(text) or ENGLISH.search(text))


def _latin(texts: Iterable[str]) -> str:
    return "|".join(stems(text) for text in texts)


def _chinese(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if CJK.search(text))


def _named(texts: Iterable[str]) -> tuple[Named, ...]:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        found |= {match.text: match.hs_codes for match in products.find(text)}
        found |= {word: products.hs_codes_for(english) for word, english in foreign(text)}
    return tuple(_one_named(word, codes) for word, codes in found.items())


def _one_named(word: str, codes: tuple[str, ...]) -> Named:
    return Named(word, stems(word), bool(CJK.search(word)), codes)


def _derived(full: Mapping[str, Any], listed: Sequence[str]) -> tuple[str, ...]:
    """HS codes that its product words mean when it states none; the title speaks when the products do not."""
    for texts in (_texts(full, "products", "products_en"), _texts(full, "title", "title_zh", "title_above")):
        named = _named(PURPOSE.split(part)[0] for text in texts for part in re.split(r"[;；\n]", included(text)))
        codes = _below_chapter(named)
        if codes:
            return (*codes, *_below_chapter(_named(listed)))
    return _below_chapter(_named(listed))


def _whole(found: tuple[str, ...], titled: Iterable[Named]) -> tuple[str, ...]:
    """The categories of the cell, none when the title names a product of them: "Food products", on olive oil."""
    narrower = (code for one in titled if not categories([one.text]) for code in one.hs_codes)
    return () if found and any(code.startswith(found) for code in narrower) else found


def _below_chapter(named: Iterable[Named]) -> tuple[str, ...]:
    codes = dict.fromkeys(code for one in named for code in one.hs_codes)
    return tuple(code for code in codes if len(code) >= SHORTEST_DERIVED)


def narrows(codes: Iterable[str], heading: str) -> bool:
    """Whether a named product has codes inside this heading, below it."""
    return any(code.startswith(heading) and len(code) > len(heading) for code in codes)
