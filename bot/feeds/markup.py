"""Text of HTML: tags gone, entities read, one line a paragraph (pure)."""

from html.parser import HTMLParser

from bot.feeds import cells

BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4"})
SILENT = frozenset({"script", "style", "head", "title"})


def plain(text: str) -> str:
    """Text that has neither tags nor entities is only tidied."""
    if "<" in text or "&" in text:
        reader = _Plain()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    return cells.text(text)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT and self._silent > 0
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
