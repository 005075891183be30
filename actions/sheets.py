"""Market sheets and comparisons as text that reads well on a phone."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.entries import PATH, footer, next_steps, related, show, thumbs, topic
from actions.paths import paths_button, show_paths_of
from actions.turn import Turn, payload, turn
from bot.messages import Button
from knowledge.advice import Composed
from knowledge.entry import NO_TEXT, Source
from knowledge.market import Field, MarketSheet, ProductGroup, Topic
from knowledge.sheets import Comparison, SheetView
from nlu import markets


def show_composed(now: Turn, composed: Composed) -> None:
    near = [topic(now, composed.article)] if composed.article else []
    if isinstance(composed.of, Comparison):
        _show_comparison(now, composed.of, near)
    else:
        _show_sheet(now, composed.of, near)


def _show_sheet(now: Turn, view: SheetView, near: list[Button], *, details: bool = False) -> None:
    sheet = view.sheet
    shown = [name for name in Topic if name in (view.topics or tuple(Topic))]
    lines = [_title(now, sheet, view.group), *([now.said("library.in_general")] if view.unspecific else [])]
    for name in shown:
        lines += _field(now, view, name, whole=details or bool(view.topics))
    fields = [field for name in shown if (field := sheet.field(name, view.group))]
    lines += footer(now, sheet, everything=details, cited=None if details else _cited(sheet, fields))
    place = {"market": sheet.market, **({"field": view.group.group} if view.group else {})}
    more = [] if details else [Button(now.said("answer.more"), payload("show_sheet", **place))]
    more += paths_button(now, sheet, view.group)
    buttons = [*more, *near, *(topic(now, one) for one in related(now, sheet)), *next_steps(now, sheet)]
    show(now, lines, [*buttons, *thumbs(now, sheet.id)])


def _cited(sheet: MarketSheet, fields: Sequence[Field]) -> list[Source]:
    """The sources of what is shown, in the order of the fields."""
    numbers = dict.fromkeys(number for field in fields for number in field.sources)
    return [sheet.sources[number - 1] for number in numbers if 1 <= number <= len(sheet.sources)]


def _title(now: Turn, sheet: MarketSheet, group: ProductGroup | None) -> str:
    place = markets.name(sheet.market, now.language)
    if group is None:
        return now.said("library.sheet_head", market=place)
    return now.said("library.sheet_head_group", market=place, group=now.said(f"library.group_{group.group}"))


def _field(now: Turn, view: SheetView, name: Topic, *, whole: bool) -> list[str]:
    field = view.sheet.field(name, view.group)
    label = now.said(f"library.topic_{name}")
    if field is None:
        return [now.said("library.line", label=label, text=now.said("library.not_known"))] if view.topics else []
    return [now.said("library.line", label=label, text=(field.text if whole else field.short)[now.language])]


def _show_comparison(now: Turn, wanted: Comparison, near: list[Button]) -> None:
    names = now.said("library.versus").join(markets.name(sheet.market, now.language) for sheet, _ in wanted.columns)
    group = now.said(f"library.group_{wanted.group}") if wanted.group else ""
    lines = [now.said("library.compare_head_group", markets=names, group=group) if group else names]
    for name in wanted.topics or tuple(Topic):
        lines += _block(now, wanted, Topic(name))
    if wanted.missing:
        places = now.said("notification.comma").join(markets.name(code, now.language) for code in wanted.missing)
        lines.append(now.said("library.no_sheet", markets=places))
    lines += dict.fromkeys(line for column in wanted.columns for line in _column_footer(now, *column, wanted.topics))
    sheets = [_sheet_button(now, sheet, group) for sheet, group in wanted.columns]
    show(now, lines, [*near, *sheets, *next_steps(now), *thumbs(now, _id_of(wanted))])


def _column_footer(now: Turn, sheet: MarketSheet, group: ProductGroup | None, topics: Sequence[str]) -> list[str]:
    """One source of what a column shows, and whether it is old or was never checked."""
    fields = [field for name in topics or tuple(Topic) if (field := sheet.field(name, group))]
    return footer(now, dataclasses.replace(sheet, notes=NO_TEXT), cited=_cited(sheet, fields)[:1])


def _block(now: Turn, wanted: Comparison, name: Topic) -> list[str]:
    """One topic, market by market; left out when no sheet has it, unless it was asked for."""
    cells = [(sheet, sheet.field(name, group)) for sheet, group in wanted.columns]
    if not wanted.topics and not any(field for _, field in cells):
        return []
    unknown = now.said("library.not_known")
    rows = [
        now.said(
            "library.line",
            label=markets.name(sheet.market, now.language),
            text=field.short[now.language] if field else unknown,
        )
        for sheet, field in cells
    ]
    return [now.said("library.block", label=now.said(f"library.topic_{name}")), *rows]


def _sheet_button(now: Turn, sheet: MarketSheet, group: ProductGroup | None) -> Button:
    named = {"market": sheet.market, **({"field": group.group} if group else {})}
    return Button(markets.name(sheet.market, now.language), payload("show_sheet", **named))


def _id_of(wanted: Comparison) -> str:
    return "-".join(sheet.id for sheet, _ in wanted.columns)


class ShowSheet(Action):
    """A button: the whole sheet of one market, for a group of products if there is one."""

    def name(self) -> str:
        return "action_show_sheet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = turn(tracker, dispatcher)
        sheet = now.services.advice.sheets.of(str((now.entities("market") or [""])[0]))
        if sheet is None:
            now.say("answer.no_such_article")
            return []
        named = set(now.entities("field"))
        group = next((one for one in sheet.groups if one.group in named), None)
        if PATH in named:
            await show_paths_of(now, sheet, group)
        else:
            _show_sheet(now, SheetView(sheet, group, (), pure=True), [], details=True)
        return []
