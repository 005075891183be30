"""A certification path in the chat: the steps as text always, the picture where there is a font."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot import retention, services
from bot.jobs import jobs
from bot.reports import path as drawing
from bot.reports.path import units, wrapped
from tests.actions.test_actions_timeline import PNG, with_font
from tests.service import Service


def without_font(tmp_path: Path) -> None:
    known = services.current()
    reports = known.settings.reports.model_copy(update={"font": tmp_path / "none.ttf"})
    services.install(replace(known, settings=known.settings.model_copy(update={"reports": reports})))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("沙特认证流程图", ["1. 进口商：在SABER平台注册企业账户", "【非受管制产品】", "来源：", "核对日期："]),
        ("show me the steps for SABER", ["1. Importer: Opens a company account", "[Products that are not", "Source:"]),
    ],
)
@with_font
def test_the_picture_and_the_same_as_text(service: Service, asked: str, words: list[str]) -> None:
    shown, told = service.say(asked)[:2]
    assert shown.image is not None
    files = service.app.services.settings.data / "files"
    assert (files / shown.image).read_bytes().startswith(PNG)
    assert [word for word in words if word not in told.text] == []
    assert service.say(asked)[0].image == shown.image  # drawn once
    assert len(list((files / "pictures").rglob("*.png"))) == 1


@with_font
def test_a_picture_that_is_shown_again_counts_as_new_for_the_sweep(service: Service) -> None:
    image = service.say("沙特认证流程图")[0].image
    assert image is not None
    whole = service.app.services.settings.data / "files" / image
    os.utime(whole, (1.0, 1.0))
    service.say("沙特认证流程图")
    assert retention.sweep_drawn(whole.parents[2], older_than=2.0) == 0
    os.utime(whole, (1.0, 1.0))
    assert retention.sweep_drawn(whole.parents[2], older_than=2.0) == 1
    assert service.say("沙特认证流程图")[0].image == image  # drawn anew
    assert whole.is_file()


@with_font
def test_the_job_deletes_what_was_not_looked_at_for_so_long(service: Service) -> None:
    image = service.say("沙特认证流程图")[0].image
    assert image is not None
    whole = service.app.services.settings.data / "files" / image
    work = {job.name: job.work for job in jobs(service.app.services)}
    asyncio.run(cast(Coroutine[Any, Any, None], work["retention"]()))
    assert whole.is_file()
    os.utime(whole, (1.0, 1.0))
    asyncio.run(cast(Coroutine[Any, Any, None], work["retention"]()))
    assert not whole.exists()


@pytest.mark.parametrize(("asked", "sentence"), [("沙特认证流程图", "没有中文字体"), ("steps for SABER", "no font")])
def test_without_a_font_the_steps_are_there_and_a_sentence_says_so(
    service: Service, tmp_path: Path, asked: str, sentence: str
) -> None:
    without_font(tmp_path)
    told, *_ = service.say(asked)
    assert told.image is None
    assert "SABER" in told.text
    assert "SCoC" in told.text
    assert sentence in told.text


def test_the_buttons_below_an_article_and_a_market_lead_to_it(service: Service, tmp_path: Path) -> None:
    without_font(tmp_path)
    article, *_ = service.say("What is the difference between PCoC and SCoC?")
    button = next(one for one in article.buttons if one.title == "Certification path")
    assert "1. Importer" in service.say(button.payload)[0].text
    sheet, *_ = service.say("What do I need to sell small appliances in Saudi Arabia?")
    button = next(one for one in sheet.buttons if one.title == "Certification path")
    assert "1. Importer" in service.say(button.payload)[0].text


def test_of_several_paths_of_a_market_one_is_chosen(service: Service, tmp_path: Path) -> None:
    without_font(tmp_path)
    service.say("hello")
    asked, *_ = service.say('/show_sheet{"market": "US", "field": ["path"]}')
    assert "Which one" in asked.text
    assert len(asked.buttons) == 2
    assert "CPC" in service.say(asked.buttons[1].payload)[0].text + service.say(asked.buttons[0].payload)[0].text
    toys, *_ = service.say('/show_sheet{"market": "US", "field": ["path", "toys"]}')
    assert "CPC" in toys.text
    assert not toys.text.startswith(asked.text[:10])
    none, *_ = service.say('/show_sheet{"market": "CH", "field": ["path"]}')
    assert "not in our base yet" in none.text


def test_asked_as_what_to_do_it_is_the_path_too(service: Service, tmp_path: Path) -> None:
    without_font(tmp_path)
    told, *_ = service.say("What are the steps to get CE?")
    assert "declaration of conformity" in told.text
    assert "1. Manufacturer" in told.text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("在SABER平台注册企业账户", ["在SABER平台注", "册企业账户"]),
        ("证书（有效）。完", ["证书（有效）。", "完"]),
        ("one two three four", ["one two three", "four"]),
        ("", []),
    ],
)
def test_lines_break_between_words_and_never_before_a_mark(text: str, lines: list[str]) -> None:
    assert wrapped(text, 14) == lines


def test_every_text_of_a_picture_fits_its_box() -> None:
    for article in services.current().advice.library.articles.values():
        steps = [step for route in article.path for step in route.steps]
        for text in (text for step in steps for text in (*step.what.both, *step.result.both, *step.time.both)):
            assert all(units(line) <= drawing.UNITS for line in wrapped(text)), text
            assert "".join(wrapped(text)).replace(" ", "") == text.replace(" ", "")
