"""How entries of the base are shown: the text, what must be said with it, its sources, and the buttons below."""

from collections.abc import Iterable, Sequence

from actions.turn import Turn, payload
from bot.messages import Button
from knowledge.answer import Caveat, caveats
from knowledge.article import Article
from knowledge.case import Case
from knowledge.countermeasure import Countermeasure
from knowledge.entry import Entry, Source
from knowledge.market import MarketSheet

SOURCES = 2
CAVEATS = (Caveat.LAPSED, Caveat.NOT_YET, Caveat.UNVERIFIED, Caveat.STALE)
MOST_BUTTONS = 8
PATH = "path"  # what the button of a certification path says
QUESTION = 300  # characters of the question that a thumb carries along
TITLE = 40  # characters of a title on a button
ELLIPSIS = "…"


def show_article(now: Turn, article: Article, *, also: Sequence[Entry] = (), details: bool = False) -> None:
    language = now.language
    more = article.details[language]
    lines = [article.title[language], article.answer[language], *([more] if details and more else [])]
    lines += footer(now, article, everything=details)
    buttons = [now.button("answer.more", "show_article", article=article.id)] if more and not details else []
    buttons += path_button(now, article)
    near: list[Entry] = [*also, *related(now, article)]
    buttons += [topic(now, one) for one in dict.fromkeys(near) if one.id != article.id]
    show(now, lines, [*buttons, *cases_like(now, article), *next_steps(now, article), *thumbs(now, article.id)])


def path_button(now: Turn, article: Article) -> list[Button]:
    return [now.button("path.button", "show_article", article=article.id, field=PATH)] if article.path else []


def footer(now: Turn, entry: Entry, *, everything: bool = False, cited: Sequence[Source] | None = None) -> list[str]:
    """What must be said with an entry: that it ended, is old, is disputed, was not checked; and where it stands."""
    told = caveats(entry, now.today)
    lines = [now.said(f"answer.{caveat}", date=_date_of(entry, caveat)) for caveat in CAVEATS if caveat in told]
    if entry.notes[now.language]:
        lines.append(now.said("answer.note", note=entry.notes[now.language]))
    return [
        *lines,
        *sources(now, entry.sources if cited is None else cited, everything=everything),
        *_checked(now, entry),
    ]


def _date_of(entry: Entry, caveat: Caveat) -> str:
    day = {
        Caveat.LAPSED: entry.valid_until,
        Caveat.NOT_YET: entry.valid_from,
        Caveat.STALE: entry.next_check,
    }.get(caveat)
    return day.isoformat() if day else ""


def _checked(now: Turn, entry: Entry) -> list[str]:
    return [now.said("answer.checked_on", date=entry.checked_on.isoformat())] if entry.checked_on else []


def sources(now: Turn, found: Sequence[Source], *, everything: bool = False) -> list[str]:
    return [_source(now, one) for one in (found if everything else found[:SOURCES])]


def _source(now: Turn, one: Source) -> str:
    """A source that was not opened says so: its address is where to look, not what was read."""
    key = "answer.source" if one.opened else "answer.source_unread"
    return now.said(key, issuer=one.issuer[now.language], title=one.title[now.language], url=one.url)


def related(now: Turn, entry: Entry) -> list[Article]:
    known = now.services.advice.library.articles
    return [known[key] for key in entry.related[:2] if key in known]


def topic(now: Turn, entry: Entry) -> Button:
    """The button that shows an entry of any kind."""
    match entry:
        case Case():
            return case_button(now, entry)
        case Countermeasure():
            return measure_button(now, entry)
        case MarketSheet():
            return Button(_title(entry.title[now.language]), payload("show_sheet", market=entry.market))
    return Button(_title(entry.title[now.language]), payload("show_article", article=entry.key))


def case_button(now: Turn, case: Case) -> Button:
    title = now.said("library.case_button", title=_title(case.title[now.language]))
    return Button(title, payload("show_case", article=case.id))


def measure_button(now: Turn, measure: Countermeasure) -> Button:
    return Button(_title(measure.title[now.language]), payload("show_countermeasure", article=measure.id))


def _title(text: str) -> str:
    return text if len(text) <= TITLE else text[: TITLE - 1].rstrip() + ELLIPSIS


def cases_like(now: Turn, entry: Entry) -> list[Button]:
    """The case that names the entry as related, if there is one."""
    every = now.services.advice.responses.cases.entries.values()
    return [case_button(now, case) for case in every if entry.id in case.related][:1]


def next_steps(now: Turn, entry: Entry | None = None) -> list[Button]:
    """Be told what comes, and a person."""
    return [*_notify(now, entry), now.button("answer.to_person", "contact_expert")]


def _notify(now: Turn, entry: Entry | None) -> list[Button]:
    """What the message names, else what the entry is on."""
    named = {name: now.entities(name) for name in ("product", "hs_code", "market") if now.entities(name)}
    if not named and entry is not None:
        words, places = list(entry.products[now.language][:1]), list(entry.markets[:1])
        named = {name: value for name, value in (("product", words), ("market", places)) if value}
    return [now.button("library.notify", "subscribe", **named)] if "product" in named or "hs_code" in named else []


def thumbs(now: Turn, entry_id: str) -> list[Button]:
    """Was this useful? What is pressed is kept with the question."""
    if now.text.startswith("/"):
        return []  # nothing was asked in words
    about = {"article": entry_id, "question": now.text[:QUESTION]}
    return [
        now.button("library.useful", "rate_answer", field="useful", **about),
        now.button("library.not_asked", "rate_answer", field="not_asked", **about),
    ]


def show(now: Turn, lines: Iterable[str], buttons: Iterable[Button] = ()) -> None:
    distinct = {button.payload: button for button in buttons}
    now.show("\n".join(line for line in lines if line), buttons=list(distinct.values())[:MOST_BUTTONS])
