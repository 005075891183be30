"""Words for comparing (pure): Latin words by their stems and boundaries, Chinese by substring, both with synonyms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from nlu import products
from nlu.normalize import fold

HERE = Path(__file__).parent
TOKEN = re.compile(r"[a-z0-9à-öø-ÿ]+|[,，、]|[;:；：|()（）\n\[\]•。]|\.(?=\s|$)|(?<=\s)-(?=\s)")
POSSESSIVE = re.compile(r"'s?(?=\W|$)")
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
BREAK, COMMA = "|", ","
# What a cell says is *not* covered: "(excl. motor vehicles)", "other than toys", 玩具除外.
EXCLUDED = re.compile(
    r"[(（]\s*(?:excl\b|excluding|except|other than|but not|not including|不包括|不含|除外)"
    r"[^()（）]*(?:[(（][^()（）]*[)）][^()（）]*)*(?:[)）]|$)"
    r"|\b(?:excluding|excl\.|except for|except|other than|but not|not including|with the exception of)\b[^;.)）\n]*"
    r"|(?:does|do|shall|will) not (?:apply to|cover|include)[^;.\n]*"
    r"|(?:不包括|不含|不适用于)[^;；。)）\n]*|[(（][^()（）]*除外\s*[)）]"
    r"|headings? \d{4}[^;)]*",
    re.IGNORECASE,
)
PURPOSE = re.compile(
    r"\s(?:for use|for|used|intended|of a kind used|designed for|permitted in|to be used)\s|用(?=[^品具户途于])"
)
HEAD_END = re.compile(r"\s(?:for|of|with|made|used|in|from|containing|intended)\s")
GENERAL_TAIL = re.compile(r" (?:products?|goods|items?|articles?|extracts?|sets?|supplies|series)$")
SUFFIXES = ("制品", "产品", "用品", "类")


def word_set(words: str) -> frozenset[str]:
    """The words and phrases of a list with commas or line ends between them."""
    return frozenset(part.strip() for part in words.replace("\n", ",").split(",") if part.strip())


EVERYTHING = word_set("""
    any, all, everything, product, products, goods, good, item, items, commodity, commodities, merchandise, article
    articles, all products, all goods, any product, any products, all items, all commodities, every product
    产品, 商品, 货物, 全部, 所有, 不限, 所有产品, 全部产品, 各类产品, 一切产品, 任何产品, 所有商品, 全部商品
""")
EMPTY_WORDS = word_set("a, an, the, and, or, of, for, in, with, to, etc, other, such, as, by, on, from, its, their, |")
# After the words a product is named with, nothing but these may follow when only the words speak for a match.
AFTER_HEAD = word_set("""
    |, and, or, for, in, with, without, intended, used, incl, including, whose, from, on, containing, at, by, to
    as, is, are, which, that, under, not, via, imported, originating, destined, no, standard, regulation, order, based
    product, liquid, article, device, equipment, system, appliance, apparatus, good, item, preparation, type, safety
""") | {COMMA, ""}
AMERICAN = dict(products.SPELLINGS)
BRITISH = re.compile("|".join(AMERICAN))
UNINFLECTED = re.compile(r"(?:ss|us|is|os|as)$")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a person named: the ways to write it, and the HS codes that the gazetteer has for it."""

    word: str  # the word alone is hashed: terms are looked up a thousand times for one notification
    # stems between blanks and the words as written: (" power bank ", "power banks")
    phrases: tuple[tuple[str, str], ...] = field(hash=False)
    chinese: tuple[str, ...] = field(hash=False)
    bag: frozenset[str] = field(hash=False)  # the words of an English phrase, for "kettles, electric"
    hs_codes: tuple[str, ...] = field(hash=False)
    everything: bool = field(default=False, hash=False)


def stem(token: str) -> str:
    """A Latin word without its plural and in one spelling: batteries -> battery, tyres -> tire."""
    word = _singular(token) if token[-1] == "s" and len(token) > 2 else token
    return _IRREGULAR.get(word, _american(word))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies") and word != "series":
        return word[:-3] + ("ie" if len(word) <= 4 else "y")
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word if UNINFLECTED.search(word) and word[:-1] not in _in_a_or_o() else word[:-1]


@cache
def _in_a_or_o() -> frozenset[str]:
    """camera, avocado: of these -as and -os are the plural, and no ending of a language that has no other."""
    words = (word for entry in products.entries() for phrase in entry.en for word in phrase.split())
    return frozenset(word for word in words if word.endswith(("a", "o")))


_IRREGULAR = {
    "knive": "knife", "leave": "leaf", "shelve": "shelf", "potatoe": "potato", "tomatoe": "tomato", "mangoe": "mango",
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "lense": "lens", "gase": "gas", "buse": "bus", "busse": "bus", "glove": "glove", "labelling": "labeling",
    "labelled": "labeled", "mosse": "moss", "virus": "virus", "watche": "watch", "matche": "match",
}  # fmt: skip


def _american(word: str) -> str:
    return BRITISH.sub(lambda found: AMERICAN[found[0]], word, count=1)


def stems(text: str) -> str:
    """The stems of a folded text between blanks, "|" where a phrase must not run on: " electric kettle | toy "."""
    return f" {' '.join(map(_token, TOKEN.findall(POSSESSIVE.sub('', text))))} "


@lru_cache(maxsize=30_000)  # notifications use the same few thousand words again and again
def _token(found: str) -> str:
    if found[0].isalnum():
        return stem(found)
    return COMMA if found in ",，、" else BREAK


def included(text: str) -> str:
    """The text without what it says is not covered."""
    return EXCLUDED.sub(" ; ", text)


@lru_cache(maxsize=50_000)
def product(word: str) -> Term:
    """What a product word stands for: its synonyms in all languages and its HS codes; an unknown word only itself."""
    text = " ".join(fold(word.strip()).text.split())
    entries = _aliases().get(text) or tuple(filter(None, (_entry_of(text),)))
    known = dict.fromkeys(form for entry in entries for form in products.synonyms(entry))
    abroad = (form for entry in entries for form in _foreign().get(_key(entry), ()))
    forms = dict.fromkeys((text, *_shorter(text), *known, *abroad))
    codes = dict.fromkeys(code for entry in entries for code in products.hs_codes_for(entry))
    return _term(text, forms, tuple(codes))


@lru_cache(maxsize=20_000)
def keyword(word: str) -> Term:
    """What a keyword stands for: itself, its other forms in the table of concepts, and the synonyms of a product."""
    text = " ".join(fold(word.strip()).text.split())
    forms = dict.fromkeys((text, *_concepts().get(text, ()), *products.synonyms(text)))
    return _term(text, forms, ())


def _term(text: str, forms: dict[str, None], codes: tuple[str, ...]) -> Term:
    latin = [form for form in forms if not CJK.search(form)]
    phrases = {found: form for form in reversed(latin) if (found := stems(form)).strip(" |,")}
    chinese = tuple(form for form in forms if CJK.search(form))
    bag = frozenset[str]() if CJK.search(text) else frozenset(stems(text).split()) - EMPTY_WORDS - {COMMA}
    several = bag if len(bag) > 1 else frozenset[str]()
    return Term(text, tuple(reversed(phrases.items())), chinese, several, codes, text in EVERYTHING)


def _entry_of(text: str) -> str | None:
    """The gazetteer's word for this one: the whole, or what its last words are (a child's *toy*, 儿童*玩具*)."""
    if products.hs_codes_for(text):
        return text
    if other := next(filter(products.hs_codes_for, _respelled(text)), None):
        return other
    head = HEAD_END.split(f" {text} ")[0].strip()
    found = products.find(head)
    return found[-1].text if found and found[-1].end == len(head) else None


def _respelled(text: str) -> Iterator[str]:
    """鞋 -> 鞋子, 鞋类; 蜂蜜产品 -> 蜂蜜; garlic products -> garlic: with and without the general word behind it."""
    if not CJK.search(text):
        yield GENERAL_TAIL.sub("", text)
        return
    yield from (text + suffix for suffix in ("子", *SUFFIXES))
    yield from (text.removesuffix(suffix) for suffix in SUFFIXES if text.endswith(suffix) and len(text) > len(suffix))
    yield from _languages(text)


def _languages(text: str) -> Iterator[str]:
    """Each language of what a member wrote in two: 电动自行车 e-bike."""
    parts = re.findall(r"[\u2e80-\u9fff]+|[a-z0-9][a-z0-9 .'/&-]*", text)
    yield from sorted((part.strip() for part in parts if len(part.strip()) > 1), key=len, reverse=True)


def _shorter(text: str) -> tuple[str, ...]:
    """Of three and more English words the last two as well: portable bluetooth speakers -> bluetooth speakers."""
    parts = text.split()
    if CJK.search(text) or len(parts) < 3 or EMPTY_WORDS & set(parts):
        return ()
    return (" ".join(parts[-2:]),)


def table(name: str) -> Iterator[list[tuple[str, ...]]]:
    """The lines of a table beside this module: cells between tabs, folded words between bars."""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [tuple(fold(word).text for word in cell.split("|") if word) for cell in line.split("\t")]


@cache
def _concepts() -> dict[str, tuple[str, ...]]:
    """Every form of the table -> all forms of its line."""
    lines = [tuple(word for cell in cells for word in cell) for cells in table("concepts.tsv")]
    return {form: forms for forms in lines for form in forms}


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    return {word: entries for words, entries in table("aliases.tsv") for word in words}


def _key(entry: str) -> str:
    """What all words of an entry of the product table have in common."""
    return next(iter(products.synonyms(entry)), entry)


@cache
def _foreign() -> dict[str, tuple[str, ...]]:
    """An entry of the product table -> how Spanish, Portuguese and French notifications say it."""
    found: dict[str, tuple[str, ...]] = {}
    for words, (english,) in table("foreign.tsv"):
        found[_key(english)] = (*found.get(_key(english), ()), *(form for word in words for form in _both(word)))
    return found


def _both(word: str) -> tuple[str, ...]:
    """The word and its plural: "neumáticos" must not be taken for an English word in -os, which has none."""
    return (word,) if word.endswith("s") else (word, word + "s")


@cache
def _foreign_finder() -> tuple[products.WordFinder, dict[str, str]]:
    entries = {word: entry for entry, words in _foreign().items() for word in words}
    return products.WordFinder(entries), entries


def foreign(text: str) -> Iterator[tuple[str, str]]:
    """The Spanish, Portuguese and French product words of a folded text, each with a word of the product table."""
    finder, entries = _foreign_finder()
    yield from ((text[start:end], entries[text[start:end]]) for start, end in finder.find(text))
