"""What is wrong with market sheets, cases, countermeasures, terms and experts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.case import Case
from knowledge.check.entries import (
    ID,
    bad_codes,
    cited,
    codes,
    dates,
    empty,
    fact_texts,
    facts,
    place,
    related,
    sentences,
    shared_texts,
    source_texts,
    sources,
)
from knowledge.countermeasure import Countermeasure
from knowledge.entry import LANGUAGES, Entry, Text, Texts
from knowledge.expert import Expert
from knowledge.glossary import Term, Topic
from knowledge.market import Field, MarketSheet
from nlu import markets, symbols

FEWEST_FIELDS = 4  # a sheet with less is no sheet
LONGEST_SHORT = {"zh": 16, "en": 36}  # characters of one cell of a table on a phone
FEWEST_EVENTS = 2
FEWEST_STEPS = 2
LONGEST_SUMMARY = {"zh": 400, "en": 900}
LONGEST_DEFINITION = {"zh": 200, "en": 450}


@dataclass(frozen=True, slots=True)
class Links:
    """The ids that may be named, by kind."""

    articles: Collection[str]
    cases: Collection[str]
    countermeasures: Collection[str]
    tags: Collection[str]


def entry(one: Entry, links: Links) -> Iterator[str]:
    """What every entry that stands in a file of its own must have right."""
    yield from place(one)
    yield from empty(shared_texts(one))
    yield from codes(one)
    yield from dates(one)
    yield from sources(one.sources)
    yield from facts(one.facts, one)
    yield from related(one.related, links.articles)


def market(sheet: MarketSheet, links: Links) -> Iterator[str]:
    yield from entry(sheet, links)
    if len(sheet.fields) < FEWEST_FIELDS:
        yield f"fields: {len(sheet.fields)}, should be {FEWEST_FIELDS} or more"
    yield from _fields(sheet.fields, sheet, "fields")
    named = [group.group for group in sheet.groups]
    for number, group in enumerate(sheet.groups):
        where = f"groups[{number}]"
        if group.group in named[:number]:
            yield f"{where}: {group.group} is there already"
        yield from bad_codes(group.hs_codes, f"{where}.hs_codes")
        yield from _lists(group.products, f"{where}.products", fewest=1)
        yield from _fields(group.fields, sheet, f"{where}.fields")


def _fields(fields: Mapping[str, Field], sheet: MarketSheet, where: str) -> Iterator[str]:
    for topic, field in fields.items():
        yield from _field(field, sheet, f"{where}.{topic}")


def _field(field: Field, sheet: MarketSheet, where: str) -> Iterator[str]:
    yield from empty({f"{where}.short": field.short, f"{where}.text": field.text})
    yield from empty(fact_texts(field.facts, f"{where}.facts"))
    yield from _short_enough(field.short, LONGEST_SHORT, f"{where}.short")
    yield from facts(field.facts, sheet, f"{where}.facts")
    yield from cited(field.sources, sheet.sources, f"{where}.sources")
    if not field.sources:
        yield f"{where}.sources: there is none"


def _short_enough(text: Text, longest: Mapping[str, int], where: str) -> Iterator[str]:
    for language in LANGUAGES:
        if len(text[language]) > longest[language]:
            yield f"{where}: {len(text[language])} characters in {language}, at most {longest[language]}"


def case(one: Case, links: Links) -> Iterator[str]:
    yield from entry(one, links)
    texts = ("measure", "background", "cause", "result", "after_effects")
    yield from empty({name: getattr(one, name) for name in texts})
    yield from empty({f"course[{number}].text": event.text for number, event in enumerate(one.course)})
    yield from cited([event.source for event in one.course], one.sources, "course.source")
    if len(one.course) < FEWEST_EVENTS:
        yield f"course: {len(one.course)} events, should be {FEWEST_EVENTS} or more"
    if [event.date for event in one.course] != sorted(event.date for event in one.course):
        yield "course: the events are not in the order of their dates"
    yield from _lists(one.lessons, "lessons", fewest=1)
    yield from (f"symbols: {symbol!r} is no symbol" for symbol in one.symbols if symbols.find(symbol) == [])
    yield from related(one.countermeasures, links.countermeasures, what="countermeasure")


def countermeasure(one: Countermeasure, links: Links) -> Iterator[str]:
    yield from entry(one, links)
    yield from empty({"summary": one.summary, "deadline": one.deadline})
    yield from empty({f"legal_hooks[{number}].text": hook.text for number, hook in enumerate(one.legal_hooks)})
    yield from empty({"template": one.template} if any(one.template.both) else {})
    yield from cited([hook.source for hook in one.legal_hooks], one.sources, "legal_hooks.source")
    yield from (f"{name}: is empty" for name in ("states", "actors", "experts") if not getattr(one, name))
    yield from _short_enough(one.summary, LONGEST_SUMMARY, "summary")
    for language in LANGUAGES:
        if one.summary[language] and sentences(one.summary[language], language) not in range(1, 6):
            yield f"summary: should be 1 to 5 sentences in {language}"
    yield from _lists(one.steps, "steps", fewest=FEWEST_STEPS)
    yield from _lists(one.inputs, "inputs", fewest=1)
    yield from related(one.cases, links.cases, what="case")
    yield from (f"experts: no expert has the tag {tag!r}" for tag in one.experts if tag not in links.tags)


def _lists(found: Texts, where: str, *, fewest: int) -> Iterator[str]:
    for language in LANGUAGES:
        if len(found[language]) < fewest:
            yield f"{where}: {len(found[language])} in {language}, should be {fewest} or more"
        if not all(found[language]):
            yield f"{where}: an empty one in {language}"


def glossary(topic: Topic, links: Links) -> Iterator[str]:
    yield from sources(topic.sources)
    yield from empty(source_texts(topic.sources))
    if topic.next_check is None:
        yield "next_check: is missing"
    for number, term in enumerate(topic.terms):
        yield from (f"terms[{number}].{what}" for what in _term(term, topic, links))


def _term(term: Term, topic: Topic, links: Links) -> Iterator[str]:
    if not ID.fullmatch(term.id):
        yield f"id: {term.id!r} should be small letters, digits and single hyphens"
    yield from empty({"term": term.title, "definition": term.definition})
    yield from _short_enough(term.definition, LONGEST_DEFINITION, "definition")
    yield from cited(term.cited, topic.sources, "sources")
    if not term.cited:
        yield "sources: there is none"
    yield from related(term.related, links.articles)


def same_terms(terms: Sequence[Term]) -> Iterator[tuple[str, str]]:
    """(file, what) for a term that stands twice."""
    seen: dict[str, Term] = {}
    for term in terms:
        for name in (f"id {term.id}", term.title.zh, term.title.en.casefold()):
            if name and seen.setdefault(name, term) is not term:
                yield term.file, f"{name!r} is also in {seen[name].file}"


def expert(one: Expert) -> Iterator[str]:
    if one.file != f"{one.id}.yml":
        yield f"id: {one.id!r} is not the file's name"
    if not (one.sample or one.consent_to_be_named):
        yield "consent_to_be_named: a real person is named only with consent"
    yield from empty({"name": one.name, "organisation": one.organisation, "hours": one.hours})
    yield from _lists(one.fields, "fields", fewest=1)
    yield from (f"{name}: is empty" for name in ("tags", "languages") if not getattr(one, name))
    yield from (f"markets: {code!r} is not known" for code in one.markets if code not in markets.markets())
    yield from bad_codes(one.hs_codes)
