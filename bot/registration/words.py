"""Plain words in a registration: product names that no table knows, gibberish, "all of them", "the first one"."""

import re
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from bot.registration.said import Said
from nlu import products

T = TypeVar("T")

LONGEST_PRODUCT = 60  # characters; longer is a story, not a product
LONGEST_ANSWER = 100  # of which a Chinese character counts for two: a longer one is a story around the known products
LONGEST_PART = 24  # of a list in which other parts are products for sure
OFFERED = 4

LEAD = re.compile(
    r"^\W*(?:我们|我司|我厂|本公司|公司|我)?(?:主要|专门|一直)?(?:是|做|生产|出口|销售|卖|经营|关注|想关注|要关注)?"
    r"(?:的)?(?:产品)?(?:是|有|为|:|：)?\s*"
    r"|^\W*(?:it'?s|it is|they are|we (?:make|export|sell|produce)|our products? (?:is|are)|mainly|just|only"
    r"|products?:?)\s+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:这些|这类|这种|等)?(?:产品|的)?(?:吧|呢|啊|哦|谢谢|please|thanks)?[\s。.!！,，;；]*$", re.IGNORECASE
)
SPLIT = re.compile(r"\s*(?:[,，、;；/]|\band\b|\bor\b|&|以及|还有|和|与|及)\s*", re.IGNORECASE)
# what is left of "出口到德国" or "to Germany" when the market is taken out
TRADE = re.compile(
    r"提醒我?|关注|通知|直到|截[至止]|为止|出口|外销|销往|销到|卖到|卖往|发往|发到|运到|运往|主要|市场|(?<!\w)[到往去至](?!\w)|hs\s*编码|税号|编码"
    r"|\b(?:export(?:s|ing|ed)?|sell(?:ing)?|sold|ship(?:ping|ped)?|to|in|into|for|until|till|by|alert|markets?|hs|codes?|the)\b",
    re.IGNORECASE,
)
# words of a sentence, not of a product's name
SENTENCE = re.compile(
    r"[我你您他她咱这那吗么呢?？]|什么|怎么|公司|工厂|企业|一家|还没|没有|知道|可以|需要|提醒|通知|关注|麻烦|谢谢"
    r"|\b(?:we|i|you|they|he|she|is|am|are|was|were|have|has|our|my|your|company|factory|please|pls|plz|me|us|alert|notify|thanks|want|would|like|what|how)\b",
    re.IGNORECASE,
)
# stands where a product's name would and is none
PLACEHOLDER = re.compile(
    r"(?:另外?|再|新的?|别的|其他的?|其它的?)*(?:[一几两]?[个种类些样]|这[个种些]|那[个种些]|它们?)?(?:新的?|别的|其他的?|其它的?)?"
    r"(?:产品|商品|货|东西)?"
    r"|(?:an?|the|my|our|some|any|more|other|another|new|ones?|it|this|that|these|those|else|something|products?|goods"
    r"|items?|things?|stuff|\s)+",
    re.IGNORECASE,
)
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
RUN = 4
HAN = re.compile(r"[\u3400-\u9fff]")

THIS_ONE = re.compile(
    r"^\W*(?:对|是的?|嗯+|好的?|yes|yeah|yep|ok(?:ay)?)?\W*(?:就是?|用|选|要)?"
    r"(?:这个|它|that one|this one|the one|that'?s (?:right|it)|that is right)(?:吧|了)?\W*$",
    re.IGNORECASE,
)
ALL_OF_THEM = re.compile(
    r"^\W*(?:对|好的?|嗯+|yes|ok(?:ay)?)?\W*(?:这些|上面|那就)?"
    r"(?:都要|全要|全都要|全部都要|全部|所有|都是|都选|全选|都对|都关注|都可以|都加上?)(?:的|了|吧)?\W*$"
    r"|^\W*(?:yes|ok(?:ay)?)?\W*(?:i(?:'ll| will)? (?:want|take|need)|take|use|add)?\s*(?:all|both|every ?one)"
    r"(?:\s+(?:of (?:them|these|those)|two|three|four|please))*\W*$",
    re.IGNORECASE,
)
ORDINALS = (
    re.compile(r"^\W*(?:就|选|要)?第?(?:1|一)个?\W*$|^\W*(?:the )?(?:first|1st)(?: one)?\W*$", re.IGNORECASE),
    re.compile(r"^\W*(?:就|选|要)?第?(?:2|二)个?\W*$|^\W*(?:the )?(?:second|2nd)(?: one)?\W*$", re.IGNORECASE),
    re.compile(r"^\W*(?:就|选|要)?第?(?:3|三)个?\W*$|^\W*(?:the )?(?:third|3rd)(?: one)?\W*$", re.IGNORECASE),
    re.compile(r"^\W*(?:就|选|要)?第?(?:4|四)个?\W*$|^\W*(?:the )?(?:fourth|4th)(?: one)?\W*$", re.IGNORECASE),
)


def suggested_codes(words: Sequence[str]) -> list[str]:
    """HS codes that the products' words point to, to be offered as buttons: each product's first one first."""
    found = [products.hs_codes_for(word) for word in words]
    ranked = sorted((place, turn, code) for turn, codes in enumerate(found) for place, code in enumerate(codes))
    return list(dict.fromkeys(code for _, _, code in ranked))[:OFFERED]


def chosen(text: str, intent: str, offered: Sequence[T]) -> list[T]:
    """Which offered values the words take: "yes" the only one, "all of them", "the second one"; [] = unclear."""
    if ALL_OF_THEM.match(text):
        return list(offered)
    if len(offered) == 1 and (intent == "affirm" or THIS_ONE.match(text)):
        return list(offered)
    place = next((place for place, pattern in enumerate(ORDINALS) if pattern.match(text)), len(offered))
    return list(offered[place : place + 1])


def named_products(text: str) -> list[str]:
    """The products that a plain answer names: "LED 灯、吸顶灯" -> two of them; nothing if a part cannot be one."""
    parts = [part for part in map(_bare, SPLIT.split(TAIL.sub("", LEAD.sub("", " ".join(text.split()))))) if part]
    if len(parts) > 1 and any(map(SENTENCE.search, parts)):
        return []
    longest = LONGEST_PRODUCT if len(parts) == 1 else LONGEST_PART + 8
    good = [part for part in parts if re.search(r"[^\W\d_]", part) and len(part) <= longest]
    return list(dict.fromkeys(good)) if len(good) == len(parts) and not all(map(says_nothing, good)) else []


def products_in(said: Said, start: int = 0) -> list[str]:
    """The products of a plain answer (from `start` on): the known ones, and list parts that can be nothing else."""
    found: list[str] = []
    guess = len(said.text) + len(HAN.findall(said.text)) <= LONGEST_ANSWER
    for begin, end in _parts(said.text, start):
        inside = [entity for entity in said.entities if entity["start"] < end and begin < entity["end"]]
        known = [str(entity["value"]) for entity in inside if entity["entity"] == "product"]
        found += known or (_unknown(said.text, begin, end, inside) if guess else [])
    return list(dict.fromkeys(found))


def _parts(text: str, start: int) -> list[tuple[int, int]]:
    ends = [*((match.start(), match.end()) for match in SPLIT.finditer(text, start)), (len(text), len(text))]
    begins = [start, *(after for _, after in ends)]
    return [(begin, end) for begin, (end, _) in zip(begins, ends, strict=False) if begin < end]


def _unknown(text: str, begin: int, end: int, inside: Sequence[object]) -> list[str]:
    """The words of a part without what else it names, if they read like a product's name."""
    rest = list(text[begin:end])
    for entity in inside:
        assert isinstance(entity, dict)
        first, last = max(entity["start"], begin) - begin, min(entity["end"], end) - begin
        rest[first:last] = " " * (last - first)
    words = "".join(rest)
    bare = _bare(TAIL.sub("", LEAD.sub("", " ".join((TRADE.sub(" ", words) if inside else words).split()))))
    reads = len(bare) >= 2 and len(bare) <= LONGEST_PART and re.search(r"[^\W\d_]", bare)
    return [bare] if reads and not SENTENCE.search(bare) and not says_nothing(bare) else []


def _bare(part: str) -> str:
    return part.strip(" \t\"'“”。.!！?？,，")


def says_nothing(word: str) -> bool:
    return is_placeholder(word) or is_gibberish(word)


def is_placeholder(word: str) -> bool:
    """ "Another product", 一个: words that name nothing."""
    return bool(PLACEHOLDER.fullmatch(word.strip()))


def is_gibberish(word: str) -> bool:
    """A hand that ran over the keyboard, or one letter held down: asdfgh, xkcdvb, hhhhh, 哈哈哈."""
    plain = word.casefold().strip()
    if re.fullmatch(r"(.)\1{2,}", plain):
        return True
    if HAN.search(plain) or not re.fullmatch(r"[a-z ]+", plain):
        return False
    if any(map(partial(_runs, plain), KEYBOARD)):
        return True
    return word.islower() and any(len(one) >= 5 and not re.search(r"[aeiouy]", one) for one in plain.split())


def _runs(word: str, row: str) -> bool:
    return any(row[at : at + RUN] in word and len(word) <= 2 * RUN + 4 for at in range(len(row) - RUN + 1))
