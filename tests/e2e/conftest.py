"""A real browser against the service in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.server import House, Server, house
from tests.service import prototype

__all__ = ["house", "prototype"]

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
)
PHONE, DESK, NARROW = (390, 844), (1280, 800), (320, 640)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# What a page does against its own policy is told to the page.
WATCH = "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"

expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")  # not longer: while it runs, no other test could use asyncio in this thread
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())


@pytest.fixture
def server(house: House) -> Iterator[Server]:  # noqa: F811  the fixture that is imported above
    with house.up("--demo") as running:
        yield running


@dataclass(slots=True)
class Reader:
    """Somebody with the page open. Whatever their browser complains about is in `problems`."""

    page: Page
    context: BrowserContext
    problems: list[str] = field(default_factory=list)

    @property
    def replies(self) -> Any:
        return self.page.locator("#log li:not(.mine):not(.day)")

    @property
    def own(self) -> Any:
        return self.page.locator("#log li.mine")

    def say(self, text: str) -> None:
        """Type it, press Enter, and wait until the answer has begun."""
        before = self.replies.count()
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        expect(self.replies.nth(before)).to_be_visible()

    def press(self, title: str) -> None:
        """The newest button of this name; waits for what it brings."""
        before = self.replies.count()
        self.page.get_by_role("button", name=title, exact=True).last.click()
        expect(self.replies.nth(before)).to_be_visible()

    def texts(self) -> list[str]:
        found: list[str] = self.page.locator("#log .bubble").all_inner_texts()
        return found

    def sideways(self) -> int:
        """How many pixels the page is wider than its window, anywhere."""
        width: int = self.page.evaluate(
            "Math.max(...[...document.querySelectorAll('html, body, main, header, form')]"
            ".map(e => e.scrollWidth - e.clientWidth))"
        )
        return width


Opened = Callable[..., Reader]


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
            readers.append(_watched(context, server.url))
            readers[-1].page.goto(server.url + path)
            return readers[-1]

        yield open_
        assert [problem for reader in readers for problem in reader.problems] == []


def _watched(context: BrowserContext, home: str) -> Reader:
    context.add_init_script(WATCH)
    reader = Reader(context.new_page(), context)

    def complained(message: Any) -> None:
        if message.type in ("error", "warning") and "ERR_CONNECTION_REFUSED" not in message.text:
            reader.problems.append(f"{message.type}: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            reader.problems.append(f"outside: {request.url}")

    context.on("console", complained)
    context.on("weberror", lambda error: reader.problems.append(str(error.error)))
    context.on("request", asked)
    return reader
