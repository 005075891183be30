"""HTML of messages, read as the real server reads it: the rules of `parse_html` and `clean_input_string` in tdlib.

Source: https://github.com/tdlib/td, td/telegram/MessageEntity.cpp and td/telegram/misc.cpp.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram.errors import ApiError, bad_request

Entity = dict[str, Any]  # {"type", "offset", "length"} in UTF-16 code units, and "url" or "language"

TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
SPACE = b" \t\n\v\f\r\0"
TRIMMED = " \n"
REFERENCE = re.compile(rb"&(?:#x([0-9A-Fa-f]*)|#([0-9]*)|([A-Za-z]*));?")
NAME_TOKEN = re.compile(rb"[A-Za-z0-9.\-]*")
CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
DROPPED = re.compile(r"[\r\u2028-\u202e\u0333\u033f\u030a]")
MARKS = re.compile(r"[\u200e\u200f]+(?=[\u200e\u200f])")
BLANK = re.compile(r"[\s\u180e\u200b-\u200f\u2060-\u2064\u2800\ufffc\ufe0f\x00-\x20]*", re.UNICODE)
FOUND = re.compile(
    r"(?P<url>\b(?:https?|ftp)://[^\s<>\"]+[^\s<>\".,;:!?)\]}。,、)])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z]\w{2,31}\b)"
    r"|(?P<hashtag>(?<![\w#])#\w*[^\W\d]\w*)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?\b(?!/))",
    re.ASCII,
)


@dataclass(slots=True)
class Tag:
    name: str
    argument: str
    offset: int  # UTF-16 units
    position: int  # index into the text so far


@dataclass(slots=True)
class Reader:
    """The source as bytes (errors speak of byte offsets), the text so far and the tags that are open."""

    source: bytes
    at: int = 0
    units: int = 0
    text: list[str] = field(default_factory=list)
    open: list[Tag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def byte(self) -> bytes:
        return self.source[self.at : self.at + 1] or b"\0"

    def skip_space(self) -> None:
        while self.at < len(self.source) and self.byte() in SPACE:
            self.at += 1

    def write(self, text: str) -> None:
        self.text.append(text)
        self.units += width(text)


def width(text: str) -> int:
    """Length in UTF-16 code units, the unit of entities."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Raises ApiError 400 "can't parse entities: ..." with the real server's reason."""
    reader = Reader(source.encode("utf-8", "surrogatepass"))
    while reader.at < len(reader.source):
        _step(reader)
    if reader.open:
        raise cannot(f'Can\'t find end tag corresponding to start tag "{reader.open[-1].name}"')
    text = "".join(reader.text)
    if re.search(r"[\ud800-\udfff]", text):
        raise bad_request("Text contains invalid Unicode characters after decoding HTML entities")
    return text, sorted(reader.entities, key=lambda one: (one["offset"], -one["length"]))


def cannot(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")


def _step(reader: Reader) -> None:
    if reader.byte() == b"<":
        return _end_tag(reader) if reader.source[reader.at + 1 : reader.at + 2] == b"/" else _start_tag(reader)
    if reader.byte() == b"&" and (found := _reference(reader)):
        return reader.write(found)
    end = reader.at + 1
    while end < len(reader.source) and reader.source[end : end + 1] not in b"<&":
        end += 1
    reader.write(reader.source[reader.at : end].decode("utf-8", "surrogatepass"))
    reader.at = end
    return None


def _reference(reader: Reader) -> str | None:
    """`&lt;`, `&#60;`, `&#x3c;`; None (and nothing read) for what the server leaves as it is."""
    match = REFERENCE.match(reader.source, reader.at)
    if not match:
        return None
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        found = NAMED.get(name)
    else:
        code = int(hexadecimal or b"0", 16) if hexadecimal is not None else int(decimal or b"0")
        digits_end = match.end() - match.group().endswith(b";")
        found = chr(code) if 0 < code < 0x10FFFF and digits_end - reader.at < 10 else None
    if found:
        reader.at = match.end()
    return found


def _start_tag(reader: Reader) -> None:
    begin = reader.at
    end = begin + 1
    while end < len(reader.source) and reader.source[end : end + 1] not in SPACE + b">":
        end += 1
    if end >= len(reader.source):
        raise cannot(f"Unclosed start tag at byte offset {begin}")
    name = reader.source[begin + 1 : end].decode("utf-8", "replace").lower()
    if name not in TYPES:
        raise cannot(f'Unsupported start tag "{name}" at byte offset {begin}')
    reader.at = end
    argument = _attributes(reader, name, begin)
    if name == "span" and argument != "spoiler":
        raise cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
    reader.at += 1
    reader.open.append(Tag(name, argument, reader.units, len(reader.text)))


def _attributes(reader: Reader, tag: str, begin: int) -> str:
    """Reads up to the closing `>`; returns the one attribute that matters for this tag."""
    argument = ""
    while reader.byte() != b">":
        reader.skip_space()
        if reader.byte() == b">" and reader.at < len(reader.source):
            break
        name, value = _attribute(reader, tag, begin)
        argument = _wanted(tag, name, value) or argument
    return argument


def _attribute(reader: Reader, tag: str, begin: int) -> tuple[str, str | None]:
    start = reader.at
    while reader.at < len(reader.source) and reader.byte() not in SPACE + b"=>/\"'":
        reader.at += 1
    if start == reader.at:
        raise cannot(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
    name = reader.source[start : reader.at].decode("utf-8", "replace")
    reader.skip_space()
    if reader.at >= len(reader.source):
        raise cannot(f'Unclosed start tag "{tag}" at byte offset {begin}')
    if reader.byte() != b"=":
        return name, None
    reader.at += 1
    reader.skip_space()
    if reader.at >= len(reader.source):
        raise cannot(f'Unclosed start tag "{tag}" at byte offset {begin}')
    value = _quoted(reader) if reader.byte() in b"'\"" else _token(reader)
    if reader.at >= len(reader.source):
        raise cannot(f"Unclosed start tag at byte offset {begin}")
    return name, value


def _token(reader: Reader) -> str:
    match = NAME_TOKEN.match(reader.source, reader.at)
    assert match
    start, reader.at = reader.at, match.end()
    if reader.at < len(reader.source) and reader.byte() not in SPACE + b">":
        raise cannot(f"Unexpected end of name token at byte offset {start}")
    return match.group().decode().lower()


def _quoted(reader: Reader) -> str:
    quote, found = reader.byte(), bytearray()
    reader.at += 1
    while reader.at < len(reader.source) and reader.byte() != quote:
        if reader.byte() == b"&" and (decoded := _reference(reader)):
            found += decoded.encode("utf-8", "surrogatepass")
        else:
            found += reader.byte()
            reader.at += 1
    reader.at += 1
    return found.decode("utf-8", "replace")


def _wanted(tag: str, name: str, value: str | None) -> str | None:
    if tag == "blockquote" and name == "expandable":
        return "1"
    if value is None:
        return None
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
        return value
    if tag == "code" and name == "class" and value.startswith("language-"):
        return value.removeprefix("language-")
    return value[3:] if tag == "span" and name == "class" and value.startswith("tg-") else None


def _end_tag(reader: Reader) -> None:
    begin = reader.at
    if not reader.open:
        raise cannot(f"Unexpected end tag at byte offset {begin}")
    end = begin + 2
    while end < len(reader.source) and reader.source[end : end + 1] not in SPACE + b">":
        end += 1
    name = reader.source[begin + 2 : end].decode("utf-8", "replace").lower()
    reader.at = end
    reader.skip_space()
    if reader.at >= len(reader.source) or reader.byte() != b">":
        raise cannot(f"Unclosed end tag at byte offset {begin}")
    tag = reader.open[-1]
    if name and name != tag.name:
        raise cannot(f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{name}>"')
    reader.at += 1
    reader.open.pop()
    if reader.units > tag.offset:
        _close(reader, tag)


def _close(reader: Reader, tag: Tag) -> None:
    span = {"offset": tag.offset, "length": reader.units - tag.offset}
    last = reader.entities[-1] if reader.entities else {}
    same = bool(last) and all(last[key] == value for key, value in span.items())
    if tag.name == "pre" and same and last["type"] == "code" and last.get("language"):
        last["type"] = "pre"
    elif tag.name == "code" and same and last["type"] == "pre" and tag.argument:
        last["language"] = tag.argument
    elif tag.name == "a":
        url = checked_link(tag.argument or "".join(reader.text[tag.position :]))
        reader.entities += [{"type": "text_link", **span, "url": url}] if url else []
    elif tag.name == "code" and tag.argument:
        reader.entities.append({"type": "code", **span, "language": tag.argument})
    elif tag.name == "tg-emoji":
        reader.entities.append({"type": "custom_emoji", **span, "custom_emoji_id": _emoji(tag.argument)})
    elif tag.name == "blockquote" and tag.argument:
        reader.entities.append({"type": "expandable_blockquote", **span})
    elif tag.name != "tg-time":
        reader.entities.append({"type": TYPES[tag.name], **span})


def _emoji(identifier: str) -> str:
    if not identifier.isdigit() or not int(identifier):
        raise cannot("Invalid custom emoji identifier specified")
    return identifier


def checked_link(url: str) -> str:
    """The address with its scheme, or "" for what is none: then the words stay and the link goes."""
    url = url.strip()
    if re.match(r"(?i)(https?|ftp|tg|ton|mailto|tel):", url):
        return url if re.match(r"(?i)(tg|mailto|tel):\S|[a-z]+://[^\s/]+[.:][^\s]+", url) else ""
    return f"http://{url}/" if re.fullmatch(r"[\w-]+(\.[\w-]+)+", url) else ""


# --- what every text goes through -----------------------------------------------------------------


def clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become spaces, some marks go, both ends are trimmed; entities follow. Empty -> 400."""
    text = MARKS.sub(lambda match: "\u200c" * len(match.group()), CONTROL.sub(" ", text))
    text, entities = _drop(text, entities)
    text, entities = _trim(text, entities)
    if not text or BLANK.fullmatch(text):
        raise bad_request("text must be non-empty")
    return text, [_tidy(one) for one in entities]


def _drop(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    gone = [width(text[: match.start()]) for match in DROPPED.finditer(text)]  # all of one unit
    if not gone:
        return text, entities

    def moved(offset: int) -> int:
        return offset - sum(one < offset for one in gone)

    spans = [(one, moved(one["offset"]), moved(one["offset"] + one["length"])) for one in entities]
    return DROPPED.sub("", text), [one | {"offset": a, "length": b - a} for one, a, b in spans if b > a]


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    text = text.rstrip(TRIMMED)
    end = width(text)
    entities = [one | {"length": min(one["length"], end - one["offset"])} for one in entities if one["offset"] < end]
    ahead = len(text) - len(text.lstrip(TRIMMED))
    ahead = min([ahead, *(one["offset"] for one in entities)])
    return text[ahead:], [one | {"offset": one["offset"] - ahead} for one in entities]


def _tidy(entity: Entity) -> Entity:
    return {key: value for key, value in entity.items() if key != "language" or entity["type"] == "pre"}


def detect(text: str) -> list[Entity]:
    """Addresses, @names, #tags and /commands, which nobody marks up."""
    return [
        {"type": str(match.lastgroup), "offset": width(text[: match.start()]), "length": width(match.group())}
        for match in FOUND.finditer(text)
    ]


def merged(marked: list[Entity], detected: list[Entity]) -> list[Entity]:
    """What was marked up wins over what was only recognised inside code and links."""
    closed = [one for one in marked if one["type"] in {"code", "pre", "text_link"}]
    free = [one for one in detected if not any(_overlap(one, other) for other in closed)]
    return sorted(marked + free, key=lambda one: (one["offset"], -one["length"]))


def _overlap(a: Entity, b: Entity) -> bool:
    return bool(a["offset"] < b["offset"] + b["length"] and b["offset"] < a["offset"] + a["length"])


def read(source: str, parse_mode: str, entities: list[Entity] | None = None) -> tuple[str, list[Entity]]:
    """The text as shown and its entities. parse_mode "" or "HTML" (Markdown is not used here: 400)."""
    if parse_mode.lower() not in {"", "html"}:
        raise bad_request("unsupported parse_mode")
    text, marked = parse_html(source) if parse_mode else (source, entities or [])
    text, marked = clean(text, marked)
    return text, merged(marked, detect(text))
