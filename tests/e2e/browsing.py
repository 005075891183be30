"""Somebody with the chat page open in a browser, and whatever that browser complains about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

PHONE, DESK, NARROW = (390, 844), (1280, 800), (320, 640)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# What a page does against its own policy is told to the page.
WATCH = (
    "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
)


@dataclass(slots=True)
class Reader:
    """Somebody with the page open. Whatever their browser complains about is in `problems`."""

    page: Page
    context: BrowserContext
    problems: list[str] = field(default_factory=list)

    @property
    def replies(self) -> Any:
        return self.page.locator("#log li:not(.mine):not(.day)")

    def forgive(self, *expected: str) -> None:
        """What a browser must complain about in this test."""
        self.problems[:] = [one for one in self.problems if not any(word in one for word in expected)]

    @property
    def own(self) -> Any:
        return self.page.locator("#log li.mine")

    def say(self, text: str) -> None:
        """Type it, press Enter, and wait until the answer has begun."""
        before = self.replies.count()
        self.page.fill("#text", text)
        self.page.wait_for_load_state()  # the field is there before the script that sends
        self.page.press("#text", "Enter")
        expect(self.replies.nth(before)).to_be_visible()

    def press(self, title: str) -> None:
        """The newest button of this name; waits for what it brings."""
        before = self.replies.count()
        self.page.get_by_role("button", name=title, exact=True).last.click()
        expect(self.replies.nth(before)).to_be_visible()

    def texts(self) -> list[str]:
        """What stands in the bubbles, who said it first."""
        found: list[str] = self.page.locator("#log .bubble").all_text_contents()
        return found

    def height(self, of: Locator) -> float:
        """How many pixels high it is, once the page has its style."""
        self.page.wait_for_load_state()
        box = of.bounding_box()
        assert box is not None, "it is not on the page"
        return box["height"]

    def sideways(self) -> int:
        """How many pixels the page is wider than its window, anywhere."""
        self.page.wait_for_load_state()
        width: int = self.page.evaluate(
            "Math.max(...[...document.querySelectorAll('html, body, main, header, form')]"
            ".map(e => e.scrollWidth - e.clientWidth))"
        )
        return width


Opened = Callable[..., Reader]


def watched(context: BrowserContext) -> Reader:
    context.add_init_script(WATCH)
    reader = Reader(context.new_page(), context)

    def complained(message: Any) -> None:
        if message.type in ("error", "warning"):
            reader.problems.append(f"{message.type}: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            reader.problems.append(f"outside: {request.url}")

    context.on("console", complained)
    context.on("weberror", lambda error: reader.problems.append(str(error.error)))
    context.on("request", asked)
    return reader
