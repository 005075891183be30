"""A real browser against the service in a process of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bot.app import App
from tests.e2e.browsing import DESK, LOCALES, Opened, Reader, watched
from tests.server import House, Server, furnished
from tests.service import prototype

__all__ = ["prototype"]

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")  # not longer: while it runs, no other test could use asyncio in this thread
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        with playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as running:
            yield running


@pytest.fixture(scope="module")
def house(prototype: App, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    """One house for all tests here: each opens the page as somebody new."""
    model = prototype.services.settings.data / "model"
    return furnished(tmp_path_factory.mktemp("e2e") / "house", model=model, database=sqlite_template)


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[Server]:
    with house.up("--demo") as running:
        yield running


@pytest.fixture
def opened(browser: Browser, server: Server) -> Iterator[Opened]:
    """Open the page as somebody new. At the end nobody's browser may have complained or left this machine."""
    readers: list[Reader] = []
    with ExitStack() as stack:

        def open_(size: tuple[int, int] = DESK, language: str = "zh", path: str = "/", **more: Any) -> Reader:
            shape = {"viewport": {"width": size[0], "height": size[1]}, "locale": LOCALES[language]}
            phone = {"has_touch": True, "is_mobile": True} if size[0] < 500 else {}
            context = browser.new_context(**{**shape, **phone, **more})
            stack.callback(context.close)
            readers.append(watched(context))
            readers[-1].page.goto(path if path.startswith("http") else server.url + path)
            return readers[-1]

        yield open_
        assert [problem for reader in readers for problem in reader.problems] == []
