"""An answer that a writer has put together from entries: shown only if it says nothing but what they say."""

import time

from actions.entries import footer, next_steps, path_button, show, thumbs
from actions.entries import topic as topic_button
from actions.turn import Turn
from bot import writings
from bot.messages import Button
from bot.ports import NotDrafted, Writer
from bot.writings import SHOWN
from knowledge import grounding
from knowledge.answer import Found, is_over
from knowledge.article import Article
from knowledge.brief import Brief, brief

MOST_ENTRIES = 3
LEAK = 12  # signs of the task in a row that a draft must not repeat


async def written(now: Turn, question: str, found: Found) -> str | None:
    """The text to show for what was found; None for the curated one. Nothing is locked while the writer is asked."""
    writer, entries = now.services.writer, _entries(now, found)
    if writer is None or not entries:
        return None
    material = brief(question, entries, language=now.language)
    began = time.monotonic()
    text, state, detail = await _tried(now, writer, material)
    await now.services.db.run(
        writings.record,
        state,
        detail=detail,
        entries=[one.id for one in material.entries],
        language=now.language,
        milliseconds=round((time.monotonic() - began) * 1000),
        now=now.now,
    )
    return text


def _entries(now: Turn, found: Found) -> list[Article]:
    """The articles to write from, the one that answers first; none when that is no article, or lapsed."""
    every = (found.entry, *found.also)
    usable = [one for one in every if isinstance(one, Article) and not is_over(one, now.today)]
    return usable[:MOST_ENTRIES] if usable and usable[0] is found.entry else []


async def _tried(now: Turn, writer: Writer, material: Brief) -> tuple[str | None, str, str]:
    """The text, or None; what became of it; the words that were at fault."""
    task = now.said("writer.task")
    draft = await writer.draft(task, material.material())
    if isinstance(draft, NotDrafted):
        return None, draft.reason, ""
    if repeats(draft.text, task):
        return None, "leak", ""
    flaw = grounding.check(draft.text, material.given, language=now.language)
    return (None, flaw.flaw, flaw.what) if flaw else (draft.text, SHOWN, "")


def repeats(draft: str, task: str) -> bool:
    """Whether the draft tells what the writer was told to do."""
    said = "".join(draft.split())
    whole = "".join(task.split())
    return any(whole[start : start + LEAK] in said for start in range(max(len(whole) - LEAK + 1, 0)))


def show_written(now: Turn, text: str, found: Found) -> None:
    """The text, from which entries it was put together, and each of them with its status, sources and dates."""
    entries = _entries(now, found)
    names = now.said("notification.comma").join(
        now.said("writer.entry", title=one.title[now.language]) for one in entries
    )
    key = "writer.joined" if len(entries) > 1 else "writer.rephrased"
    feet = (line for one in entries for line in footer(now, one))
    buttons: list[Button] = [topic_button(now, one) for one in entries]
    buttons += [*path_button(now, entries[0]), *next_steps(now, entries[0]), *thumbs(now, entries[0].id)]
    show(now, [text, now.said(key, entries=names), *dict.fromkeys(feet)], buttons)
