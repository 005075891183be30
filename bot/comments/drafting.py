"""A draft comment from a survey's results: ten blocks in Chinese and English, which an officer then edits (pure).

What enterprises wrote stays in their own language, marked for translation: a draft that guesses is worse than a gap.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.comments.hooks import hooks_for
from bot.i18n import LANGUAGES, Texts
from bot.results import Answer, Cell, Summary
from nlu import markets

# The parts of a comment, in their order. `internal` stays in the house.
BLOCKS = (
    "subject", "addressee", "commenter", "opening", "comments", "questions", "requests", "attachments", "language",
    "internal",
)  # fmt: skip
SENDABLE = ("anonymous", "quote", "foreign")  # consents under which words may go into a comment
NAMED = "foreign"  # and the one under which the enterprise may be named in it
DECLINED = "__"

Blocks = dict[str, dict[str, str]]  # block -> language -> text
Say = Callable[..., str]


def draft(found: Summary, texts: Texts, *, centre: Mapping[str, str]) -> Blocks:
    """The blocks of a comment. Raises nothing: what is not known is a bracket for the officer to fill."""

    def both(block: str) -> dict[str, str]:
        return {language: _block(block, found, texts, language, centre) for language in LANGUAGES}

    return {block: both(block) for block in BLOCKS}


def consenting(given: Sequence[Answer]) -> list[Answer]:
    """The answers whose words may be used, in the order in which they came."""
    return [one for one in given if one.consent in SENDABLE and one.is_affected]


def _block(block: str, found: Summary, texts: Texts, language: str, centre: Mapping[str, str]) -> str:
    def say(key: str, **values: Any) -> str:
        return texts(f"comment.{key}", language, **values)

    about = found.about.notification
    symbol = about.symbol if about else say("no_symbol")
    title = (about.record.get("title") if about else None) or found.about.title(language)
    codes = about.record["members"] if about else ()
    names = say("comma").join(markets.name(code, language) for code in codes) or say("member_unknown")
    simple: dict[str, Callable[[], str]] = {
        "subject": lambda: say("subject", symbol=symbol, title=title),
        "addressee": lambda: say("addressee", member=names),
        "commenter": lambda: _commenter(found, say, centre[language]),
        "opening": lambda: say("opening", member=names, symbol=symbol),
        "comments": lambda: _comments(found, say, language, texts),
        "questions": lambda: _questions(found, say),
        "requests": lambda: _requests(found, say),
        "attachments": lambda: say("attachments"),
        "language": lambda: _tongue(codes, say),
        "internal": lambda: _internal(found, say, language),
    }
    return simple[block]()


def _commenter(found: Summary, say: Say, centre: str) -> str:
    total = next(iter(found.tables)).total
    lines = [say("commenter", centre=centre, n=_figure(total.cells[0], say))]
    interest = total.cells[2]
    if interest.value is not None and not interest.hidden:
        lines.append(say("trade_interest", amount=f"{interest.value:,.0f}"))
    return "\n".join(lines)


def _figure(cell: Cell, say: Say) -> str:
    return say("several") if cell.hidden or cell.value is None else f"{cell.value:.0f}"


def _comments(found: Summary, say: Say, language: str, texts: Texts) -> str:
    """One numbered comment for each clause that was named, with what was said of it."""
    groups: dict[tuple[str, tuple[str, ...]], list[Answer]] = {}
    for answer in consenting(found.answers):
        clause = next(iter(_said(answer, "clause")), "")
        groups.setdefault((clause, _said(answer, "reason")), []).append(answer)
    if not groups:
        return say("no_comments")
    parts = [
        _comment(number, clause, reasons, its, found, say, language, texts)
        for number, ((clause, reasons), its) in enumerate(groups.items(), start=1)
    ]
    return "\n\n".join(parts)


def _comment(
    number: int, clause: str, reasons: Sequence[str], its: Sequence[Answer], found: Summary, say: Say, language: str,
    texts: Texts,
) -> str:  # fmt: skip
    about = found.about.notification
    lines = [say("clause", number=number, clause=_own(clause, its[0], language, say) or say("clause_unknown"))]
    lines += [say("problem", text=text) for answer in its if (text := _problem(answer, language, say))]
    named = say("comma").join(_words("reason", one, texts, language) for one in reasons)
    lines.append(say("reason", text=named or say("reason_unknown")))
    fitting = hooks_for(about.record["agreement"] if about else "TBT", reasons)
    lines += [
        say("hook", agreement=one.agreement, articles=one.articles, text=one.text(language)) for one in fitting
    ] or [say("hook_unknown")]
    wanted = dict.fromkeys(one for answer in its for one in _said(answer, "wanted_outcome"))
    outcomes = [say("proposal", text=_words("wanted_outcome", one, texts, language)) for one in wanted]
    lines += outcomes or [say("proposal_unknown")]
    return "\n".join(lines)


def _said(answer: Answer, field: str) -> tuple[str, ...]:
    """What was chosen or written there: one, several, or nothing."""
    value = answer.more.get(field)
    values = value if isinstance(value, list) else [value] if value else []
    return tuple(str(one) for one in values if not str(one).startswith(DECLINED))


def _words(field: str, chosen: str, texts: Texts, language: str) -> str:
    key = f"details.{field}_{chosen}"
    return texts(key, language) if texts.has(key) else chosen


def _problem(answer: Answer, language: str, say: Say) -> str:
    words = answer.texts.get("comment", "")
    if not words:
        return ""
    text = _own(words, answer, language, say)
    named = answer.consent == NAMED and answer.enterprise is not None
    return say("by_name", name=answer.enterprise[language], text=text) if named and answer.enterprise else text


def _own(words: str, answer: Answer, language: str, say: Say) -> str:
    """An enterprise's own words; in the other language they are marked for the translator."""
    return words if not words or answer.language == language else say("to_translate", text=words)


def _questions(found: Summary, say: Say) -> str:
    asks = any("clarify" in _said(one, "wanted_outcome") for one in consenting(found.answers))
    return say("questions") if asks else say("no_questions")


def _requests(found: Summary, say: Say) -> str:
    wanted = {outcome for one in consenting(found.answers) for outcome in _said(one, "wanted_outcome")}
    lines = [say("request.reply")]
    lines += [say(f"request.{one}") for one in ("longer_transition", "accept_reports") if one in wanted]
    return "\n".join(lines)


def _tongue(members: Sequence[str], say: Say) -> str:
    return say("language_spanish" if "MX" in members else "language")


def _internal(found: Summary, say: Say, language: str) -> str:
    """For the file only: who was asked, what they lose, who may be named."""
    total = next(iter(found.tables)).total
    counts = {name: sum(one.consent == name for one in found.answers) for name in ("aggregate", *SENDABLE)}
    lines = [
        say("internal.consulted", answers=len(found.answers), enterprises=found.enterprises),
        say("internal.consents", **counts),
    ]
    loss = total.cells[3]
    if loss.value is not None and not loss.hidden:
        lines.append(say("internal.loss", amount=f"{loss.value:,.0f}"))
    named = [one.enterprise[language] for one in found.answers if one.consent == NAMED and one.enterprise]
    if named:
        lines.append(say("internal.named", names=say("comma").join(dict.fromkeys(named))))
    return "\n".join(lines)
