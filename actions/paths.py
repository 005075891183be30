"""Certification paths in the chat: the steps as text that anybody can read, and the same as a picture."""

from collections.abc import Sequence
from functools import partial

from actions.entries import PATH, footer, next_steps, show, thumbs
from actions.pictures import picture
from actions.turn import Turn, payload
from bot.errors import NotReady
from bot.messages import Button
from bot.reports import path as drawing
from bot.reports.path import Box, Column
from knowledge.article import Article
from knowledge.entry import Source
from knowledge.market import MarketSheet, ProductGroup
from knowledge.path import Route, Step
from nlu import markets


async def show_path(now: Turn, article: Article, others: Sequence[Article] = ()) -> None:
    """The picture first, where there is a font, then the steps with their sources and the buttons."""
    title = now.said("path.head", title=article.title[now.language])
    columns = [_column(now, route, alone=len(article.path) == 1) for route in article.path]
    missing = []
    try:
        image = await picture(now, PATH, (title, columns), partial(drawing.draw, title, columns))
        now.show("", image=image)  # what it shows is in the text that follows
    except NotReady:
        missing = [now.said("path.no_font")]
    lines = [title, *(line for route in article.path for line in _lines(now, route, article)), *missing]
    lines += footer(now, article, everything=True, cited=_cited(article))
    more = now.button("answer.more", "show_article", article=article.id)
    near = [_named(now, one) for one in others]
    show(now, lines, [more, *near, *next_steps(now, article), *thumbs(now, article.id)])


async def show_paths_of(now: Turn, sheet: MarketSheet, group: ProductGroup | None) -> None:
    """The path of a market; of several the person chooses."""
    found = now.services.advice.paths.of(sheet, group)
    if len(found) == 1:
        await show_path(now, found[0])
    elif found:
        place = markets.name(sheet.market, now.language)
        show(now, [now.said("path.which", market=place)], [_named(now, one) for one in found])
    else:
        now.say("path.none")


def paths_button(now: Turn, sheet: MarketSheet, group: ProductGroup | None) -> list[Button]:
    if not now.services.advice.paths.of(sheet, group):
        return []
    named = [PATH, *([group.group] if group else [])]
    return [now.button("path.button", "show_sheet", market=sheet.market, field=named)]


def _named(now: Turn, article: Article) -> Button:
    title = now.said("path.named", title=article.title[now.language])
    return Button(title, payload("show_article", article=article.id, field=PATH))


def _lines(now: Turn, route: Route, article: Article) -> list[str]:
    head = [now.said("library.block", label=route.name[now.language])] if len(article.path) > 1 else []
    return [*head, *(_line(now, number, step) for number, step in enumerate(route.steps, 1))]


def _line(now: Turn, number: int, step: Step) -> str:
    said = now.said("path.step", number=number, who=_who(now, step), what=step.what[now.language])
    return said + "".join(now.said("path.result", result=one) for one in _results(now, step))


def _column(now: Turn, route: Route, *, alone: bool) -> Column:
    boxes = (Box(_who(now, step), step.what[now.language], _arrowed(now, step)) for step in route.steps)
    return Column("" if alone else route.name[now.language], tuple(boxes))


def _arrowed(now: Turn, step: Step) -> tuple[str, ...]:
    return tuple(now.said("path.result", result=one).strip() for one in _results(now, step))


def _results(now: Turn, step: Step) -> list[str]:
    result, time = step.result[now.language], step.time[now.language]
    if result and time:
        return [now.said("path.timed", result=result, time=time)]
    return [one for one in (result, time) if one]


def _who(now: Turn, step: Step) -> str:
    return now.said(f"path.who_{step.who}")


def _cited(article: Article) -> list[Source]:
    """The sources of the steps, in the article's order."""
    used = {number for route in article.path for step in route.steps for number in step.sources}
    return [source for number, source in enumerate(article.sources, 1) if number in used]
